"""What a revert took out and a change brings in again is told with both commits; all else is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.history import reverted_before as check
from tests.history.pasts import Step, committed, said

PLAIN = "def load(path):\n    return read(path)\n"
CACHED = (
    "SEEN = {}\n\n\ndef load(path):\n    if path not in SEEN:\n        SEEN[path] = read(path)\n    return SEEN[path]\n"
)
REVERT = 'Revert "Keep what was loaded"'
PAST = (Step({"load.py": PLAIN}), Step({"load.py": CACHED}, "Keep what was loaded"), Step({"load.py": PLAIN}, REVERT))
AGAIN = Step({"load.py": CACHED}, "Load files once")


def test_both_commits_are_the_evidence(tmp_path: Path) -> None:
    original = committed(tmp_path / "first", PAST[:2])[1]
    named = Step({"load.py": PLAIN}, f"{REVERT}\n\nThis reverts commit {original}.")
    (one,) = said(tmp_path / "second", check, *PAST[:2], named, AGAIN)
    assert (one.path, one.line) == ("load.py", 1)
    revert, commit, *quotes = one.evidence
    assert revert.text.endswith(f" of 2026-01-01: {REVERT}")
    assert commit.text == f"it took back {original[:12]}: Keep what was loaded"
    assert [quote.line for quote in quotes] == [1, 5, 6]
    assert one.message.startswith("4 of the 4 lines that the revert ")


def test_a_revert_that_names_no_commit_is_quoted(tmp_path: Path) -> None:
    (one,) = said(tmp_path, check, *PAST, AGAIN)
    assert one.evidence[1].text == "it took back Keep what was loaded"


def test_most_of_it_is_enough_and_half_is_not(tmp_path: Path) -> None:
    lines = [f"    total_{n} = measure(path, {n})\n" for n in range(10)]
    long = "def load(path):\n" + "".join(lines)
    past = [Step({"load.py": "def load(path):\n    pass\n"}), Step({"load.py": long}), Step({"load.py": PLAIN}, REVERT)]
    most = "def load(path):\n" + "".join(lines[:8]) + "    total_8 = other(path)\n"
    half = "def load(path):\n" + "".join(lines[:5])
    assert said(tmp_path / "most", check, *past, Step({"load.py": most}))
    assert said(tmp_path / "half", check, *past, Step({"load.py": half})) == []


def test_it_is_found_in_a_file_that_was_removed_with_it(tmp_path: Path) -> None:
    past = [Step({"a.py": "x = 1\n"}), Step({"load.py": CACHED}), Step({"load.py": None}, REVERT)]
    (one,) = said(tmp_path, check, *past, AGAIN)
    assert (one.path, one.line) == ("load.py", 1)


@pytest.mark.parametrize(
    "statement", ["Reapply the cache", "Reland: cache", 'Revert "Revert "Keep""', "Bring back the cache"]
)
def test_who_says_so_knows(tmp_path: Path, statement: str) -> None:
    assert said(tmp_path, check, *PAST, Step(AGAIN.files, statement)) == []


@pytest.mark.parametrize("message", ["Load files anew", 'Revert "Revert "Load""', "Revert to plain loading"])
def test_what_was_no_revert_may_come_again(tmp_path: Path, message: str) -> None:
    assert said(tmp_path, check, *PAST[:2], Step({"load.py": PLAIN}, message), AGAIN) == []


def test_what_is_moved_does_not_come_again(tmp_path: Path) -> None:
    past = [*PAST, Step({"other.py": CACHED + "# here\n"}, "Reapply the cache elsewhere")]
    moved = Step({"load.py": CACHED, "other.py": "# here\n"}, "Move the cache")
    assert said(tmp_path, check, *past, moved) == []


@pytest.mark.parametrize("path", ["tests/test_load.py", "load.md", "load.json"])
def test_what_is_no_program_is_left_alone(tmp_path: Path, path: str) -> None:
    steps = [Step({path: step.files["load.py"]}, step.message) for step in (*PAST, AGAIN)]
    assert said(tmp_path, check, *steps) == []


def test_little_is_not_told_from_chance(tmp_path: Path) -> None:
    steps = [
        Step({"a.py": text}, message) for text, message in (("x = 1\n", "a"), ("x = 22\n", "b"), ("x = 1\n", REVERT))
    ]
    assert said(tmp_path, check, *steps, Step({"a.py": "x = 22\n"})) == []


def test_what_was_reverted_twice_is_told_once(tmp_path: Path) -> None:
    twice = [*PAST, Step({"load.py": CACHED}, "Reapply it"), Step({"load.py": PLAIN}, REVERT)]
    assert len(said(tmp_path, check, *twice, AGAIN)) == 1


def test_without_a_past_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert said(tmp_path, check, *PAST, AGAIN, history=False) == []
