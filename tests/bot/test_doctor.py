"""`prudent doctor` tells the truth about this machine, also when parts of it are broken."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bot.cli import doctor
from bot.cli.main import main
from bot.diagnosis import Item, diagnose, is_ready
from checks.registry import CHECKS
from kb.folders import data_folder
from models.presets import usable_gpu_bytes
from tests.bot.reference_checks import ENGINE, Lint, Made
from tests.models.weights import tiny_gguf


def items_of(*checks: Made) -> dict[str, Item]:
    return {item.name: item for item in diagnose(checks)}


def report(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(doctor.command, arguments)
    return result.exit_code, result.stdout


def test_a_whole_machine_is_ready() -> None:
    code, text = report()
    assert code == 0
    assert text.endswith("Reviews can run.\n")
    for name in ("prudent", "Python", "git", "ruff", "grammars", "outcomes", "cache"):
        assert f"  {name}" in text


def test_the_report_as_json() -> None:
    code, text = report("--format", "json")
    document: dict[str, Any] = json.loads(text)
    assert code == 0
    assert document["schema"] == "prudent.doctor/1"
    assert document["ready"] is True
    assert {item["name"] for item in document["items"]} >= {check.SLUG for check in CHECKS if hasattr(check, "ENGINE")}


def test_an_engine_that_is_missing_or_broken_is_told_with_how_to_get_it() -> None:
    missing = Made("lint", ENGINE.RULES, (), Lint(version=None))
    broken = Made("lint2", ENGINE.RULES, (), Lint(broken="lint crashed"))
    found = items_of(ENGINE, missing, broken)
    assert found["lint"] == Item("engine", "lint", False, "not installed", "pip install lint==1.2")
    assert found["lint2"].says == "lint crashed"
    assert is_ready(diagnose((missing, broken)))


def test_an_installed_engine_is_told_with_its_version() -> None:
    assert items_of(ENGINE)["lint"].says == "1.2 (/opt/lint)"


def test_without_git_reviews_cannot_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["doctor"]) == 3
    out = capsys.readouterr().out
    assert "problem  git" in out
    assert "-> install git 2.25 or newer" in out
    assert out.endswith("Reviews cannot run: mend what is marked as a problem above.\n")


@pytest.mark.parametrize(
    ("said", "ready"), [("git version 2.24.9", False), ("git version 3.0.rc1", True), ("what", False)]
)
def test_an_old_git_is_too_old(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str, ready: bool) -> None:
    script = tmp_path / "git"
    script.write_text(f"#!/bin/sh\necho {said}\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert items_of()["git"].ok is ready


def test_a_store_that_does_not_exist_yet_is_not_made() -> None:
    item = items_of()["outcomes"]
    assert item.ok
    assert "does not exist yet" in item.says
    assert not (data_folder() / "outcomes.db").exists()


def test_a_store_that_exists_is_opened(tmp_path: Path) -> None:
    from kb.outcomes.store import open_store

    open_store().close()
    item = items_of()["outcomes"]
    assert item.ok
    assert "schema 0" in item.says


def test_a_broken_store_is_reported_and_reviews_can_run() -> None:
    data_folder().mkdir(parents=True)
    (data_folder() / "outcomes.db").write_bytes(b"this is no database, whatever its name says" * 100)
    items = diagnose(())
    store = next(item for item in items if item.name == "outcomes")
    assert not store.ok
    assert "is not a database" in store.says
    assert is_ready(items)


def test_a_store_out_of_reach_is_reported_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRUDENT_STORE", "postgresql://ada:hunter2@127.0.0.1:9/outcomes")
    code, text = report()
    assert code == 0
    assert "problem  outcomes" in text
    assert "hunter2" not in text
    assert "hunter2" not in report("--format", "json")[1]


def test_a_nonsense_store_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRUDENT_STORE", "nonsense")
    assert not items_of()["outcomes"].ok


def test_the_cache_is_weighed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = tmp_path / "weighed"
    (cache / "engines").mkdir(parents=True)
    (cache / "engines" / "a").write_bytes(b"x" * 3 * 2**20)
    monkeypatch.setenv("PRUDENT_CACHE", str(cache))
    assert items_of()["cache"].says.endswith(", 3.0 MB")


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PRUDENT_DATA", str(tmp_path / "file" / "below"))
    item = items_of()["data"]
    assert not item.ok
    assert item.hint


def test_colours_are_written_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[32mok     \x1b[0m" in report()[1]


def test_what_suggests_patches_is_told_and_never_needed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert items_of()["in use"] == Item("model", "in use", True, "switched off (PRUDENT_MODEL)")
    monkeypatch.setenv("PRUDENT_MODEL", "dream-7b")
    assert items_of()["in use"].says == "dream-7b: is fetched when it is first needed"
    path = tiny_gguf(tmp_path / "tiny.gguf")
    monkeypatch.setenv("PRUDENT_MODEL", str(path))
    assert items_of()["in use"].says == f"F32, {path}"
    path.write_bytes(b"GGUF")
    for damaged in (str(path), str(tmp_path / "none.gguf"), "nobody"):
        monkeypatch.setenv("PRUDENT_MODEL", damaged)
        items = diagnose(())
        item = next(item for item in items if item.name == "in use")
        assert not item.ok
        assert item.hint
        assert is_ready(items)


def test_a_gpu_that_llama_cpp_cannot_use_is_pointed_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if usable_gpu_bytes():
        assert items_of()["GPU"].ok
        return
    script = tmp_path / "nvidia-smi"
    script.write_text("#!/bin/sh\necho 24576\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    gpu = items_of()["GPU"]
    assert (gpu.ok, gpu.says) == (False, "24 GB, and llama.cpp was built without it")
    assert "CMAKE_ARGS" in gpu.hint
