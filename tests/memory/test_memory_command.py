"""`prudent memory`: list, forget, remember, export, import."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cli.main import main
from kb.errors import UserError
from kb.memory.file_lines import LONGEST_LINE, lessons_in, line_of
from kb.memory.model import Fate, Lesson, Signal
from kb.outcomes.store import OutcomeStore, open_store
from kb.repository import Repository
from tests.kb.audits import NOON, audit, dismissal, finding
from tests.memory.lessons import HERE, NOW, lesson
from tests.repos import Repo

LATER = NOON + timedelta(days=1)


@pytest.fixture
def here(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> str:
    """Keep two lessons of a repository and one of another, and go there; returns the repository's identity."""
    repo.commit({"app.py": "x = 1\n"}, "Begin")
    monkeypatch.chdir(repo.root)
    at = datetime.now(UTC) - timedelta(days=1)
    with Repository.open(repo.root) as opened:
        name = opened.identity
    with open_store() as store:
        for number, (where, slug) in enumerate([(name, "unused-import"), (name, "long-line"), ("other", "long-line")]):
            made = finding(f"f{number}", f"src/part{number}.py", slug=slug, code="import os")
            store.log(audit(made, repository=where, subject="pull/3"))
            asked = dismissal(f"f{number}", repository=where, subject="pull/3", slug=slug, at=at)
            store.dismiss(asked, mark=str(number))
            store.learn(where, at + timedelta(hours=1))
    return name


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OutcomeStore]:
    with open_store(f"sqlite:///{tmp_path / 'memory.db'}") as opened:
        yield opened


def recent() -> Lesson:
    at = datetime.now(UTC).timestamp()
    return replace(lesson(), at=at, expires=at + 1_000_000)


def said(capsys: pytest.CaptureFixture[str], *argv: str, code: int = 0) -> str:
    assert main(["memory", *argv]) == code
    captured = capsys.readouterr()
    assert captured.err.count("\n") == (1 if code else 0)
    return captured.err if code else captured.out


def test_lessons_are_listed_newest_first(here: str, capsys) -> None:
    until = datetime.now(UTC) + timedelta(days=364)
    assert said(capsys, "list").splitlines() == [
        "2  dismissed  long-line  src/part1.py (Palette.mix)",
        "    `colour` is not defined",
        f"    pull/3 at h1 by ada, heeded until {until:%Y-%m-%d}",
        "    reason: by design",
        "1  dismissed  unused-import  src/part0.py (Palette.mix)",
        "    `colour` is not defined",
        f"    pull/3 at h1 by ada, heeded until {until:%Y-%m-%d}",
        "    reason: by design",
    ]


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        ((), [2, 1]),
        (("--slug", "long-line"), [2]),
        (("--path", "src/part0.py"), [1]),
        (("--path", "src"), [2, 1]),
        (("--fate", "accepted"), []),
        (("--limit", "1"), [2]),
        (("--all",), [3, 2, 1]),
    ],
)
def test_lessons_are_listed_by_what_is_asked(here: str, capsys, options: tuple[str, ...], numbers: list[int]) -> None:
    told = json.loads(said(capsys, "list", "--format", "json", *options))
    assert told["schema"] == "prudent.memory/1"
    assert [one["id"] for one in told["lessons"]] == numbers
    if not numbers:
        assert said(capsys, "list", *options) == "no lessons\n"


def test_a_lesson_is_forgotten_and_heeded_again(here: str, capsys) -> None:
    assert said(capsys, "forget", "1") == "lesson 1 is forgotten\n"
    assert "unused-import" not in said(capsys, "list")
    assert "(command line)" in said(capsys, "list", "--forgotten")
    assert "no lesson 1 is heeded" in said(capsys, "forget", "1", code=2)
    assert said(capsys, "remember", "1") == "lesson 1 is heeded again\n"
    assert "no lesson 1 is forgotten" in said(capsys, "remember", "1", code=2)
    assert "unused-import" in said(capsys, "list")


def test_another_repositorys_lesson_cannot_be_forgotten_from_here(here: str, capsys) -> None:
    assert "no lesson 3 is heeded in this repository" in said(capsys, "forget", "3", code=2)


@pytest.mark.parametrize("argv", [("forget", "0"), ("forget", "x"), ("list", "--fate", "liked"), ("import",)])
def test_wrong_usage_is_one_line(here: str, capsys, argv: tuple[str, ...]) -> None:
    said(capsys, *argv, code=2)


def test_outside_a_repository_there_are_no_lessons(tmp_path: Path, capsys) -> None:
    assert "not inside a git repository" in said(capsys, "list", "--repo", str(tmp_path), code=2)


def test_what_is_exported_is_known_again_and_can_be_carried_elsewhere(here: str, tmp_path: Path, capsys) -> None:
    file = tmp_path / "lessons.jsonl"
    said(capsys, "export", "--output", str(file))
    assert said(capsys, "export") == file.read_text()
    assert said(capsys, "import", str(file)) == "0 of 2 lessons are new\n"
    other = Repo(tmp_path / "elsewhere")
    other.commit({"b.py": ""}, "Begin")
    assert said(capsys, "import", str(file), "--repo", str(other.root)) == "2 of 2 lessons are new\n"
    assert said(capsys, "import", str(file), "--repo", str(other.root)) == "0 of 2 lessons are new\n"
    told = json.loads(said(capsys, "list", "--repo", str(other.root), "--format", "json"))["lessons"]
    assert {one["signal"] for one in told} == {"imported"}
    assert {one["subject"] for one in told} == {f"{here} pull/3"}


def test_lessons_are_read_from_standard_input(here: str, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line_of(recent()).encode())))
    assert said(capsys, "import", "-") == "1 of 1 lessons are new\n"


def test_a_file_that_cannot_be_read_is_named(here: str, tmp_path: Path, capsys) -> None:
    assert "cannot read" in said(capsys, "import", str(tmp_path / "none"), code=2)


def test_a_wrong_line_is_named_and_nothing_is_taken_in(here: str, tmp_path: Path, capsys) -> None:
    file = tmp_path / "lessons.jsonl"
    file.write_text(f"{line_of(recent())}\n\n{{}}\n")
    assert "line 3 is no lesson" in said(capsys, "import", str(file), code=2)
    assert said(capsys, "list", "--slug", "unused-import").count("pull/1") == 0


LINE = json.loads(line_of(lesson()))


@pytest.mark.parametrize(
    "wrong",
    [
        {"schema": "prudent.lesson/2"},
        {"fate": "perhaps"},
        {"signal": "shouted"},
        {"weight": 3},
        {"weight": 0},
        {"by_id": -1},
        {"by_id": "7"},
        {"slug": ""},
        {"text": "x" * 12_001},
        {"severity": "fatal"},
        {"at": "2026-01-01T12:00:00"},
        {"at": "2031-01-01T12:00:00+00:00", "expires": "2031-02-01T12:00:00+00:00"},
        {"expires": "2025-01-01T12:00:00+00:00"},
        {"expires": "2036-01-01T12:00:00+00:00"},
        {"more": 1},
        {"text": None},
    ],
)
def test_a_line_is_believed_in_nothing(wrong: dict[str, object]) -> None:
    with pytest.raises(UserError, match="line 2 is no lesson"):
        lessons_in([line_of(lesson()).encode(), json.dumps({**LINE, **wrong}).encode()], LATER)


@pytest.mark.parametrize("line", [b"\xff\xfe", b"[" * 5_000, b"null", b'{"schema": ', b"x" * (LONGEST_LINE + 1)])
def test_what_is_no_json_is_named(line: bytes) -> None:
    with pytest.raises(UserError, match="line 1"):
        lessons_in([line], LATER)


def test_a_line_that_lacks_a_field_is_named() -> None:
    for name in LINE:
        with pytest.raises(UserError, match="line 1"):
            lessons_in([json.dumps({key: value for key, value in LINE.items() if key != name}).encode()], LATER)


def test_a_lesson_comes_back_from_its_line(store: OutcomeStore) -> None:
    made = lesson(text="é \0 x", at=NOW, expires=NOW + 1000.5)
    (read,) = lessons_in([line_of(made).encode()], LATER)
    assert read == replace(made, id=0)


def test_secrets_are_taken_out_of_what_comes_in() -> None:
    key = "ghp" + "_" + "0123456789abcdefghijklmnopqrstuvwxyz"
    (read,) = lessons_in([line_of(lesson(code=f"token = '{key}'", reason=key)).encode()], LATER)
    assert key not in read.code + read.reason


def test_an_import_never_overwrites(store: OutcomeStore) -> None:
    own = [lesson(number) for number in (1, 2)]
    assert store.import_lessons(HERE, own, LATER) == 2
    (first, second) = store.lessons(HERE)
    assert store.forget_lesson(HERE, first.id, by="eve", at=LATER)
    changed = [replace(one, text="something else", fate=one.fate) for one in own]
    assert store.import_lessons(HERE, changed, LATER) == 0
    assert store.lessons(HERE) == (second,)
    assert second.signal is Signal.IMPORTED


def test_an_import_leaves_out_what_has_expired_and_doubles_in_the_file(store: OutcomeStore) -> None:
    assert store.import_lessons(HERE, [lesson(1, expires=NOW), lesson(2), lesson(2)], LATER) == 1


def test_imported_lessons_are_recalled_with_vectors(store: OutcomeStore) -> None:
    store.import_lessons("elsewhere", [lesson(number, Fate.ACCEPTED) for number in range(3)], LATER)
    recalled = store.recollect("elsewhere", "pull/1", LATER)
    assert recalled.vectors is not None
    assert np_norms(recalled.vectors) == pytest.approx([1, 1, 1], abs=0.01)
    assert {one.subject for one in recalled.lessons} == {f"{HERE} pull/{number}" for number in range(3)}


def np_norms(rows) -> list[float]:
    return [float((row.astype("f4") ** 2).sum() ** 0.5) for row in rows]
