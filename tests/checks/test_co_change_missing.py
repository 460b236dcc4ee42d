"""Files that belong together by habit: found in real histories, and left alone where the habit says nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from bot.pipeline import change_of
from checks.check import Example
from checks.constraint import co_change_missing
from checks.finding import Finding
from checks.knowledge import Knowledge
from checks.settings import Settings
from checks.workspace import open_workspace
from kb.history.mine import MinedHistory
from kb.repository import Repository
from tests.kb.histories import in_line, make_history

Tree = Mapping[str, str]


def found(folder: Path, trees: Sequence[Tree], settings: Settings | None = None) -> list[Finding]:
    """Return what is said about the step from the last tree but one to the last, the others being the past."""
    steps = [
        {**tree, **{path: None for path in before if path not in tree}}
        for before, tree in zip([{}, *trees], trees, strict=False)
    ]
    oids = make_history(folder / "repo", in_line(*steps))
    with Repository.open(folder / "repo") as repository, open_workspace(folder / "cache") as workspace:
        change = change_of(repository.compare(f"{oids[-2]}..{oids[-1]}"), "example")
        history = MinedHistory(repository, folder / "cache")
        return list(
            co_change_missing.run(change, Knowledge(workspace, settings or Settings(), history=history)).findings
        )


@pytest.mark.parametrize("example", co_change_missing.EXAMPLES, ids=lambda example: example.name)
def test_the_examples(tmp_path: Path, example: Example) -> None:
    said = found(tmp_path, [*example.history, example.before, example.after])
    assert [(one.slug, one.path, one.line) for one in said] == list(example.fires)


def past(*paths: str, times: int = 9) -> list[Tree]:
    return [dict.fromkeys(paths, f"x = {number}\n") for number in range(times)]


def test_history_is_the_evidence(tmp_path: Path) -> None:
    trees = past("a.py", "b.py")
    (one,) = found(tmp_path, [*trees, {**trees[-1], "a.py": "x = 'new'\n"}])
    assert one.message == "`b.py` changed in 9 of 9 commits that changed this file, and is left alone here."
    (evidence,) = one.evidence
    assert (evidence.kind, evidence.path) == ("history", "b.py")
    assert evidence.text.startswith("changed together in 9 of 9 commits, last ")
    assert evidence.text.endswith("; 9 commits of 8 days are known")


def test_the_change_itself_is_no_part_of_the_past(tmp_path: Path) -> None:
    trees = past("a.py", "b.py", times=7)
    assert found(tmp_path, [*trees, *past("a.py", "b.py", times=8)[-1:]]) == []
    alone = {**trees[-1], "a.py": "x = 'new'\n"}
    assert found(tmp_path / "two", [*trees, alone]) == []


def test_at_most_two_are_named_and_the_surest_first(tmp_path: Path) -> None:
    trees = past("a.py", "b.py", "c.py", "d.py", times=12)
    trees[3] = {**trees[3], "b.py": trees[2]["b.py"]}
    said = found(tmp_path, [*trees, {**trees[-1], "a.py": "x = 'new'\n"}])
    assert [one.text for one in said] == ["c.py", "d.py"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("tests/test_a.py", "a.py"),
        ("docs/a.md", "a.py"),
        ("a.py", "CHANGELOG.md"),
        ("a.py", "yarn.lock"),
        ("a.py", "pkg/_version.py"),
        ("setup.py", "a.py"),
        ("a.py", "vendor/a.py"),
        ("a.py", "a_pb2.py"),
        ("tests/fixtures/a.py", "b.py"),
    ],
)
def test_what_changes_by_habit_or_by_tools_is_not_spoken_of(tmp_path: Path, first: str, second: str) -> None:
    trees = past(first, second)
    assert found(tmp_path, [*trees, {**trees[-1], first: "x = 'new'\n"}]) == []


def test_a_file_that_is_gone_or_moves_in_this_change_is_not_missed(tmp_path: Path) -> None:
    trees = past("a.py", "b.py")
    assert found(tmp_path / "gone", [*trees, {"a.py": "x = 'new'\n"}]) == []
    moved = {"a.py": "x = 'new'\n", "c.py": trees[-1]["b.py"]}
    assert found(tmp_path / "moved", [*trees, moved]) == []


def test_a_file_that_was_renamed_keeps_its_habits(tmp_path: Path) -> None:
    body = "one = 1\ntwo = 2\nthree = 3\n"
    trees: list[Tree] = [{"a.py": f"{body}x = {number}\n", "b.py": f"x = {number}\n"} for number in range(9)]
    moved = {"new.py": f"{body}x = 9\n", "b.py": "x = 9\n"}
    (one,) = found(tmp_path, [*trees, moved, {**moved, "new.py": f"{body}x = 10\n"}])
    assert (one.path, one.line, one.text) == ("new.py", 4, "b.py")


def test_a_sweep_is_not_asked_about(tmp_path: Path) -> None:
    others = {f"f{number}.py": "x = 1\n" for number in range(60)}
    trees = [{**tree, **others} for tree in past("a.py", "b.py")]
    after = {**trees[-1], "a.py": "x = 'new'\n", **dict.fromkeys(others, "x = 2\n")}
    assert found(tmp_path, [*trees, after]) == []


def test_without_history_it_is_silent(tmp_path: Path) -> None:
    trees = past("a.py", "b.py")
    oids = make_history(tmp_path / "repo", in_line(*trees, {"a.py": "x = 'new'\n"}))
    with Repository.open(tmp_path / "repo") as repository, open_workspace(tmp_path / "cache") as workspace:
        change = change_of(repository.compare(f"{oids[-2]}..{oids[-1]}"), "example")
        assert co_change_missing.run(change, Knowledge(workspace)).findings == ()
