"""Comments stand only on lines that the diff has: the law is git's own diff with three lines of context."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.posting.anchors import Anchors, Place, from_patches, lines_in, places_of
from checks.finding import Disposition, Side, Suggestion
from kb.diff import FileDiff, Hunk, Status
from kb.repository import Repository
from kb.view import Entry
from tests.bot.verdicts import finding
from tests.repos import Repo
from tests.strategies import unhurried

Spot = tuple[str, int, str]

# A file's lines before, and what is done to each: kept, dropped, replaced, or followed by new ones.
edits = st.lists(st.sampled_from(["keep"] * 12 + ["drop", "replace", "follow"]), max_size=60)


def written(lines: list[str], ends: bool) -> str:
    return "\n".join(lines) + ("\n" if ends and lines else "")


def versions(actions: list[str]) -> tuple[list[str], list[str]]:
    """Return a file before and after; some lines are equal, so that git must choose how to align."""
    before, after = [], []
    for number, action in enumerate(actions):
        line = "same" if number % 5 == 4 else f"line {number}"
        before.append(line)
        after += {"keep": [line], "drop": [], "replace": [f"new {number}"], "follow": [line, f"more {number}"]}[action]
    return before, after


def spots_in(diff: str) -> set[Spot]:
    """Return every line that a unified diff shows, on each side where it has it."""
    found: set[Spot] = set()
    path, old, new = "", 0, 0
    for line in diff.split("\n"):
        if line.startswith("diff --git "):
            path = line.rpartition(" b/")[2]
            old = new = 0
        elif header := re.match(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@", line):
            old, new = int(header[1]), int(header[2])
        elif old or new:
            if line[:1] in ("-", " "):
                found.add((path, old, "LEFT"))
                old += 1
            if line[:1] in ("+", " "):
                found.add((path, new, "RIGHT"))
                new += 1
    return found


def accepted(anchors: Anchors, paths: list[str], most: int = 140) -> set[Spot]:
    return {
        (path, line, side.value)
        for path in paths
        for line in range(most)
        for side in Side
        if anchors.accepts(path, line, side)
    }


def patches_in(diff: str) -> dict[str, str | None]:
    parts = re.split(r"(?m)^diff --git a/.* b/(.*)\n", diff)[1:]
    return {
        path: text[text.find("@@") :] if "@@" in text else None
        for path, text in zip(parts[::2], parts[1::2], strict=True)
    }


@settings(unhurried, max_examples=12)
@given(files=st.lists(st.tuples(edits, st.booleans(), st.booleans()), min_size=1, max_size=8), lost=st.integers(0, 3))
def test_a_line_takes_a_comment_just_if_git_shows_it(files: list[tuple[list[str], bool, bool]], lost: int) -> None:
    names = [f"f{number}.txt" for number in range(len(files))]
    before: dict[str, str | bytes | None] = {"always.txt": "one\n"}
    after: dict[str, str | bytes | None] = {"always.txt": "two\n"}
    for name, (actions, ended, ends) in zip(names, files, strict=True):
        old, new = versions(actions)
        before[name], after[name] = written(old, ended), written(new, ends)
    if lost < len(names):
        after[names[lost]] = None
    with TemporaryDirectory() as folder:
        repo = Repo(Path(folder))
        base, head = repo.commit(before), repo.commit(after)
        diff = repo.git("diff", "-U3", "--no-color", base, head)
        with Repository.open(folder) as repository:
            comparison = repository.compare(f"{base}..{head}")
            names.append("always.txt")
            sizes = {
                file.path: lines_in(comparison.head.read(file.path))
                for file in comparison.files
                if file.new is not None
            }
    assert accepted(places_of(comparison.files, sizes), names) == spots_in(diff)
    assert accepted(from_patches(patches_in(diff)), names) == spots_in(diff)
    assert accepted(places_of(comparison.files, {}), names) <= spots_in(diff)


def test_a_renamed_file_is_known_by_its_new_path_on_both_sides(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    lines = [f"line {number}\n" for number in range(1, 31)]
    base = repo.commit({"old.py": "".join(lines), "pure.py": "x\n" * 20})
    (tmp_path / "old.py").rename(tmp_path / "new.py")
    (tmp_path / "pure.py").rename(tmp_path / "moved.py")
    head = repo.commit({"new.py": "".join(["first\n", *lines[1:]])})
    with Repository.open(tmp_path) as repository:
        files = repository.compare(f"{base}..{head}").files
    anchors = places_of(files, {"new.py": 30, "moved.py": 20})
    assert anchors.anchor(finding(path="old.py", line=1, end_line=1, side=Side.LEFT)) == Place(
        "new.py", None, 1, "LEFT"
    )
    assert anchors.anchor(finding(path="new.py", line=4, end_line=4)) == Place("new.py", None, 4, "RIGHT")
    assert anchors.anchor(finding(path="new.py", line=5, end_line=5)) is None
    assert anchors.anchor(finding(path="old.py", line=1, end_line=1)) is None
    assert anchors.anchor(finding(path="moved.py", line=1, end_line=1)) is None


def modified(*hunks: Hunk, status: Status = Status.MODIFIED) -> FileDiff:
    return FileDiff(status, Entry("a.py", 0o100644, "1"), Entry("a.py", 0o100644, "2"), hunks)


@pytest.mark.parametrize(
    ("line", "end_line", "place"),
    [
        (10, 10, Place("a.py", None, 10, "RIGHT")),
        (9, 11, Place("a.py", 9, 11, "RIGHT")),
        (9, 99, Place("a.py", 9, 14, "RIGHT")),  # cut at the hunk's end
        (14, 15, Place("a.py", None, 14, "RIGHT")),
        (6, 10, None),  # its first line is not shown
        (10, 3, Place("a.py", None, 10, "RIGHT")),
        (0, 0, None),
    ],
)
def test_a_finding_keeps_its_first_line_and_what_of_it_is_in_that_hunk(
    line: int, end_line: int, place: Place | None
) -> None:
    anchors = places_of([modified(Hunk(10, 2, 10, 2))], {"a.py": 100})
    assert anchors.anchor(finding(path="a.py", line=line, end_line=end_line)) == place


def test_changes_six_lines_apart_are_one_hunk_and_seven_are_two() -> None:
    near = places_of([modified(Hunk(10, 1, 10, 1), Hunk(17, 1, 17, 1))], {"a.py": 100})
    far = places_of([modified(Hunk(10, 1, 10, 1), Hunk(18, 1, 18, 1))], {"a.py": 100})
    across = finding(path="a.py", line=10, end_line=18)
    assert near.anchor(across) == Place("a.py", 10, 18, "RIGHT")
    assert far.anchor(across) == Place("a.py", 10, 13, "RIGHT")


@pytest.mark.parametrize(
    ("line", "end_line", "fits"),
    [
        (10, 10, True),  # the changed line
        (10, 12, True),
        (9, 10, False),  # the removed line stands between them
        (7, 9, True),
        (12, 13, True),
        (13, 14, False),
        (12, 15, False),  # past the hunk's end
        (12, 11, False),
    ],
)
def test_a_suggestion_needs_its_whole_range_and_nothing_removed_inside(line: int, end_line: int, fits: bool) -> None:
    """Lines 7 to 16 are shown; a base line is removed above line 10 and above line 14."""
    anchors = places_of([modified(Hunk(10, 1, 10, 1), Hunk(14, 1, 13, 0))], {"a.py": 14})
    suggestion = Suggestion(line, end_line, "x\n", Disposition.SAFE, "ruff")
    assert (anchors.suggestion("a.py", suggestion) is not None) is fits


@pytest.mark.parametrize(
    "file",
    [
        modified(Hunk(1, 1, 1, 1), status=Status.RETYPED),
        FileDiff(Status.MODIFIED, Entry("a.py", 0o100644, "1"), Entry("a.py", 0o100644, "2"), binary=True),
        FileDiff(
            Status.MODIFIED, Entry("a.py", 0o100644, "1"), Entry("a.py", 0o100644, "2"), unread="larger than 5 MB"
        ),
    ],
)
def test_what_is_not_shown_line_by_line_takes_no_comment(file: FileDiff) -> None:
    assert accepted(places_of([file], {"a.py": 10}), ["a.py"]) == set()


def test_a_copy_takes_comments_at_head_only() -> None:
    copy = FileDiff(Status.COPIED, Entry("a.py", 0o100644, "1"), Entry("b.py", 0o100644, "2"), (Hunk(5, 1, 5, 1),))
    anchors = places_of([copy], {"b.py": 9})
    assert accepted(anchors, ["a.py", "b.py"]) == {("b.py", line, "RIGHT") for line in range(2, 9)}


def test_a_patch_that_is_cut_or_absent_takes_only_comments_on_whole_hunks() -> None:
    anchors = from_patches({"a.py": "@@ -1 +1 @@\n-a\n+b\n@@ -9,3 +9,3 @@\n x\n", "b.py": None, "c.py": "nonsense"})
    assert accepted(anchors, ["a.py", "b.py", "c.py"]) == {("a.py", 1, "LEFT"), ("a.py", 1, "RIGHT")}


def test_patch_text_that_looks_like_a_header_is_text() -> None:
    anchors = from_patches({"a.py": "@@ -1,2 +1,2 @@\n-@@ -50 +50 @@\n+@@ -60 +60 @@\n @@ -70 +70 @@\n\\ No newline"})
    assert accepted(anchors, ["a.py"]) == {("a.py", line, side) for line in (1, 2) for side in ("LEFT", "RIGHT")}


@pytest.mark.parametrize(("data", "count"), [(b"", 0), (b"a", 1), (b"a\n", 1), (b"a\nb", 2), (b"\n\n", 2)])
def test_the_last_line_needs_no_line_feed(data: bytes, count: int) -> None:
    assert lines_in(data) == count
