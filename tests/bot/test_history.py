from __future__ import annotations

import json
import re
import stat
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from bot.cli.main import main
from kb.outcomes.app import Note
from kb.outcomes.audit import Became, State
from kb.outcomes.store import open_store
from kb.repository import Repository
from tests.kb.audits import NOON, ROOT, audit, dismissal, finding, run_apart, start_apart
from tests.repos import Repo

pytest_plugins = ["tests.kb.postgres"]


@pytest.fixture
def told(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Log three audits of three commits of a repository, and go there; returns the commits, oldest first."""
    commits = [repo.commit({"app.py": f"x = {n}\n"}, f"Commit {n}") for n in range(4)]
    with Repository.open(repo.root) as opened:
        name = opened.identity
    with open_store() as store:
        for number, findings in enumerate(
            [
                (finding("aaaa"), finding("bbbb", state=State.SILENCED, reason="known")),
                (finding("cccc", "lib/mix.py", slug="unused-import", severity="info"),),
                (),
            ]
        ):
            made = audit(*findings, base=commits[number], head=commits[number + 1], repository=name)
            store.log(replace(made, started_at=made.started_at.replace(hour=number)), landed=lambda *_: False)
        store.log(audit(repository="example.com/eve/other"))
    monkeypatch.chdir(repo.root)
    return commits


def said(capsys: pytest.CaptureFixture[str], *argv: str, code: int = 0) -> str:
    assert main(argv) == code
    captured = capsys.readouterr()
    return captured.err if code else captured.out


def test_history_lists_the_audits_of_this_repository_newest_first(told: list[str], capsys) -> None:
    text = said(capsys, "history")
    assert [line.split("  ")[3] for line in text.splitlines() if line.startswith("2026")] == [
        f"{base[:12]}..{head[:12]}" for base, head in list(pairwise(told))[::-1]
    ]
    assert "example.com/eve/other" not in text
    assert text.splitlines()[-4:] == [
        text.splitlines()[-4],
        "    1 blocking finding.",
        "    1 block; files: 2 reviewed",
        "    what became of them: 1 fixed",
    ]


def test_history_of_everything_needs_no_repository(told: list[str], capsys, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "example.com/eve/other" in said(capsys, "history", "--all")
    assert "not inside a git repository" in said(capsys, "history", code=2)


def test_history_of_a_range(told: list[str], capsys) -> None:
    found = json.loads(said(capsys, "history", "HEAD~1..HEAD", "--format", "json"))
    assert found["schema"] == "prudent.history/1"
    assert [one["head"] for one in found["audits"]] == [told[3]]
    assert [one["head"] for one in json.loads(said(capsys, "history", "HEAD~2..HEAD~1", "--format=json"))["audits"]]
    assert said(capsys, "history", "HEAD~3..HEAD") == "no audits\n"
    assert "nosuch" in said(capsys, "history", "HEAD..nosuch", code=2)


def test_history_of_a_path_from_anywhere_in_the_repository(told: list[str], capsys, repo: Repo, monkeypatch) -> None:
    assert said(capsys, "history", "app.py").count("\n2026") == 2
    assert said(capsys, "history", "nothing.py") == "no audits\n"
    (repo.root / "lib").mkdir()
    monkeypatch.chdir(repo.root / "lib")
    assert said(capsys, "history", "mix.py").count("\n2026") == 2
    assert said(capsys, "history", "../app.py").count("\n2026") == 2
    assert said(capsys, "history", "..").count("\n2026") == 2
    monkeypatch.chdir("/")
    assert said(capsys, "history", "lib", "--repo", str(repo.root)).count("\n2026") == 2


def test_a_file_whose_name_has_two_dots_is_a_path(told: list[str], capsys, repo: Repo) -> None:
    repo.write({"a..b": ""})
    assert said(capsys, "history", "a..b") == "no audits\n"


def test_findings_by_slug_with_what_became_of_them(told: list[str], capsys) -> None:
    text = said(capsys, "history", "--slug", "undefined-name")
    assert [line for line in text.splitlines() if not line.startswith(" ")] == [
        "silenced  block  undefined-name  app.py:3",
        "fixed  block  undefined-name  app.py:3",
    ]
    assert said(capsys, "history", "lib", "--slug", "undefined-name") == "no findings\n"
    (found,) = json.loads(said(capsys, "history", "--slug", "unused-import", "--format", "json"))["findings"]
    assert (found["became"], found["finding"]["path"], found["head"]) == ("fixed", "lib/mix.py", told[2])
    assert said(capsys, "history", "--slug", "undefined-name", "--limit", "1").count("undefined-name") == 1


@pytest.mark.parametrize("argv", [["--limit", "0"], ["--format", "xml"], ["HEAD~1..HEAD", "--slug", "x"]])
def test_bad_usage_is_one_line(told: list[str], capsys, argv: list[str]) -> None:
    assert said(capsys, "history", *argv, code=2).count("\n") == 1


def test_what_a_repository_says_cannot_move_the_terminal(capsys) -> None:
    with open_store() as store:
        nasty = "\x1b[2J\nok\r\u202e\udcff"
        store.log(audit(finding(path=nasty, message=nasty, slug="s"), subject=nasty, one_liner=nasty))
    for argv in (["--all"], ["--all", "--slug", "s"]):
        text = said(capsys, "history", *argv)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)
        assert not any(line.startswith("ok") for line in text.splitlines())


def test_a_store_that_cannot_be_used_is_one_line(capsys, monkeypatch, tmp_path) -> None:
    (tmp_path / "notes.db").write_text("my notes " * 200)
    monkeypatch.setenv("PRUDENT_STORE", f"sqlite:///{tmp_path / 'notes.db'}")
    for argv in (["history", "--all"], ["export", "outcomes"]):
        text = said(capsys, *argv, code=2)
        assert text.count("\n") == 1
        assert "is not a database; move it away" in text


def rows_in(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_export_writes_one_audit_row_per_verdict(told: list[str], capsys, store_url: str, monkeypatch) -> None:
    rows = rows_in(said(capsys, "export", "outcomes"))
    assert [row["kind"] for row in rows] == ["audit"] * 4 + ["finding"] * 3 + ["outcome"] * 3
    assert [row["head"] for row in rows[:3]] == told[1:]
    monkeypatch.setenv("PRUDENT_STORE", store_url)
    assert said(capsys, "export", "outcomes") == ""


def test_export_to_a_file_is_whole_and_readable_like_any_other(told: list[str], capsys, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    target.write_text("old")
    assert said(capsys, "export", "outcomes", "--output", str(target)) == ""
    assert len(rows_in(target.read_text("utf-8"))) == 10
    assert stat.S_IMODE(target.stat().st_mode) & 0o600 == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".prudent")] == []


def test_export_through_a_link_writes_where_it_points(told: list[str], capsys, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real.jsonl")
    said(capsys, "export", "outcomes", "--output", str(tmp_path / "link"))
    assert (tmp_path / "link").is_symlink()
    assert len(rows_in((tmp_path / "real.jsonl").read_text("utf-8"))) == 10


def test_export_that_cannot_be_written_is_one_line_and_leaves_nothing(told: list[str], capsys, tmp_path) -> None:
    assert said(capsys, "export", "outcomes", "--output", "/dev/full", code=2) == (
        "prudent: cannot write /dev/full: No space left on device\n"
    )
    nowhere = tmp_path / "no" / "out.jsonl"
    assert said(capsys, "export", "outcomes", "--output", str(nowhere), code=2) == (
        f"prudent: cannot write {nowhere}: No such file or directory\n"
    )
    assert "cannot write" in said(capsys, "export", "outcomes", "--output", str(tmp_path), code=2)
    assert "cannot write" in said(capsys, "export", "outcomes", "--output", "a\0b", code=2)


FULL = """
import resource, sys
from bot.cli.main import main
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
print(main(["export", "outcomes", "--output", sys.argv[1]]))
"""


def test_a_disk_that_fills_up_leaves_the_old_export(told: list[str], tmp_path: Path) -> None:
    target = tmp_path / "out" / "out.jsonl"
    target.parent.mkdir()
    target.write_text("old")
    assert run_apart(FULL, tmp_path / "data", str(target)) == "2\n"
    assert [path.read_text() for path in target.parent.iterdir()] == ["old"]


TO_FULL = """
import sys
from bot.cli.main import main
with open("/dev/full", "w") as sys.stdout:
    code = main(["export", "outcomes"])
    sys.stdout, full = sys.__stdout__, sys.stdout
    print(code)
    try:
        full.close()
    except OSError:
        pass
"""


def test_standard_output_on_a_full_disk_is_one_line(told: list[str], tmp_path: Path) -> None:
    process = start_apart(TO_FULL, tmp_path / "data")
    out, error = process.communicate(timeout=60)
    assert (out, error) == ("2\n", "prudent: cannot write standard output: No space left on device\n")


def test_history_tells_what_the_app_noted(capsys) -> None:
    with open_store() as store:
        store.log(audit(finding("aaaa"), finding("bbbb")))
        asked = Note("example.com/ada/palette", "topic", "aaaa", Became.COMMITTED, "h1", "", NOON)
        store.note(asked, mark="1")
        store.dismiss(dismissal("bbbb"), mark="2")
    assert "what became of them: 1 committed, 1 dismissed" in said(capsys, "history", "--all")
    told = said(capsys, "history", "--all", "--slug", "undefined-name")
    assert [line.split("  ")[0] for line in told.splitlines() if line.endswith("app.py:3")] == [
        "dismissed",
        "committed",
    ]


def test_the_documented_rows_are_the_rows_that_are_written(capsys) -> None:
    with open_store() as store:
        store.log(audit(finding()))
        store.log(audit(head="h2"))
        store.dismiss(dismissal(), mark="1")
        store.undismiss(dismissal().repository, "aaaa", by="eve", by_id=8, at=NOON, mark="2")
    written = {str(row["kind"]): row for row in rows_in(said(capsys, "export", "outcomes"))}
    page = (ROOT / "docs" / "outcomes.md").read_text("utf-8")
    documented = {row["kind"]: row for row in map(json.loads, re.findall(r"```json\n(.*?)```", page, re.DOTALL))}
    assert {kind: shape(row) for kind, row in documented.items()} == {k: shape(row) for k, row in written.items()}


def shape(value: object) -> object:
    """Return a JSON value with every leaf replaced by its type; what maps names to versions is one leaf."""
    if isinstance(value, dict):
        return {key: "names" if key == "versions" else shape(item) for key, item in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else type(value).__name__
