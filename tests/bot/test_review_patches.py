"""`prudent review` with a model: patches where they can be proven, and the same review where there is no model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bot.cli.main import main
from tests.models.weights import smollm2_path
from tests.repos import Repo

__all__ = ["smollm2_path"]  # a fixture

SHOP = "def total(prices, rate=1):\n    return sum(prices) * rate\n"
SLIPS = SHOP + "\n\ndef report(prices):\n    amount = total(prices, rat=2)\n    return f'{amuont}'\n"
SCHEMA = Path(__file__).parents[2] / "docs" / "verdict.schema.json"


@pytest.fixture
def slips(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Repo:
    repo.commit({"shop.py": SHOP}, "Begin")
    repo.commit({"shop.py": SLIPS}, "Report")
    monkeypatch.chdir(repo.root)
    return repo


def reviewed(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main(["review", "HEAD~1..HEAD", "--format", "json", "--no-log", *words]) == 1
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


@pytest.mark.slow
def test_slips_are_mended_the_same_way_every_time(
    slips: Repo, smollm2_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = (reviewed(capsys, "--model", str(smollm2_path)) for _ in range(2))
    Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(one)
    patches = [finding["suggestion"] for finding in one["findings"]]
    assert [patch["replacement"] for patch in patches] == [
        "    amount = total(prices, rate=2)\n",
        "    return f'{amount}'\n",
    ]
    for document in (one, two):
        for finding in document["findings"]:
            assert finding["suggestion"]["provenance"].pop("ms") >= 0
    assert [f["suggestion"] for f in one["findings"]] == [f["suggestion"] for f in two["findings"]]
    made = patches[0]["provenance"]
    assert (made["model"], made["quantisation"], len(made["sha256"])) == ("SmolLM2-135M-Instruct", "Q4_1", 64)
    assert made["tokens"] > 0
    assert made["tried"][-1]["why"] == ""


def test_without_a_model_the_findings_are_the_same_and_have_no_patch(
    slips: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["--no-model"], ["--model", "none"]):
        document = reviewed(capsys, *words)
        assert [finding["suggestion"] for finding in document["findings"]] == [None, None]
        assert document["notes"] == []


def test_a_file_that_is_no_model_is_a_note_and_one_that_is_not_there_is_said_at_once(
    slips: Repo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF\x03\0\0\0")
    document = reviewed(capsys, "--model", str(broken))
    (note,) = document["notes"]
    assert note.startswith("no patches by a model: ")
    assert "broken.gguf" in note
    assert main(["review", "HEAD~1..HEAD", "--model", str(tmp_path / "gone.gguf")]) == 2
    assert "gone.gguf" in capsys.readouterr().err
    assert main(["review", "HEAD~1..HEAD", "--model", "no-such-model"]) == 2
    assert "no-such-model" in capsys.readouterr().err
