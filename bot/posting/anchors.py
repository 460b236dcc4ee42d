"""On which lines GitHub takes a comment: those that it shows, which are the changed ones and three around them.

GitHub refuses a whole review for one comment on any other line. The rules: RIGHT is an added line or context, LEFT a
deleted line or context; a range lies in one hunk, and one line is written without a start.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from checks.finding import Finding, Side, Suggestion
from kb.diff import FileDiff, Hunk, Status

CONTEXT = 3  # lines that GitHub shows around a change, as `git diff` does
_HEADER = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")


class Place(NamedTuple):
    """Where a comment goes; `start_line` is None for one line. Lines count in the head (RIGHT) or the base (LEFT)."""

    path: str
    start_line: int | None
    line: int
    side: str


@dataclass(frozen=True)
class Shown:
    """One hunk as it is shown, its context included. `below_removed`: head lines right below removed ones."""

    old: range
    new: range
    below_removed: frozenset[int]

    def lines(self, side: Side) -> range:
        """Return the lines of one side."""
        return self.new if side is Side.RIGHT else self.old


@dataclass(frozen=True)
class Anchors:
    """What is shown of every file, by its path at head (at base for a deleted one).

    `renamed` leads from a path at base to the one at head: GitHub knows both sides of a file by the latter.
    """

    files: Mapping[str, tuple[Shown, ...]]
    renamed: Mapping[str, str] = field(default_factory=dict)

    def anchor(self, finding: Finding) -> Place | None:
        """Return the place of a comment: all of the finding's lines, or as many from its first as are in one hunk."""
        path = self._path(finding.path, finding.side)
        shown = self._hunk(path, finding.line, finding.side)
        if shown is None:
            return None
        last = min(max(finding.end_line, finding.line), shown.lines(finding.side)[-1])
        return _place(path, finding.line, last, finding.side)

    def suggestion(self, path: str, suggestion: Suggestion) -> Place | None:
        """Return the place where GitHub can commit a suggestion: its whole range, and nothing removed inside it."""
        shown = self._hunk(path, suggestion.line, Side.RIGHT)
        if shown is None or suggestion.end_line < suggestion.line or suggestion.end_line not in shown.new:
            return None
        if any(line in shown.below_removed for line in range(suggestion.line + 1, suggestion.end_line + 1)):
            return None
        return _place(path, suggestion.line, suggestion.end_line, Side.RIGHT)

    def accepts(self, path: str, line: int, side: Side) -> bool:
        """Return whether a line can be commented on."""
        return self._hunk(path, line, side) is not None

    def _path(self, path: str, side: Side) -> str:
        return self.renamed.get(path, path) if side is Side.LEFT else path

    def _hunk(self, path: str, line: int, side: Side) -> Shown | None:
        return next((shown for shown in self.files.get(path, ()) if line in shown.lines(side)), None)


def _place(path: str, line: int, last: int, side: Side) -> Place:
    return Place(path, line if last > line else None, last, side.value)


def lines_in(data: bytes) -> int:
    """Return how many lines a file has as git counts them: the last one needs no line feed."""
    return data.count(b"\n") + (not data.endswith(b"\n") and bool(data))


def places_of(files: Sequence[FileDiff], sizes: Mapping[str, int]) -> Anchors:
    """Return where comments can be made on a change.

    Args:
        files: What differs from the merge base to the head.
        sizes: How many lines each file has at head (see `lines_in`), by its path there. For a file that is missing
            no context is taken to stand below its last change.
    """
    shown = {}
    for file in files:
        if file.status is not Status.RETYPED:  # shown as one file gone and another come, both of this name
            hunks = tuple(_widened(file.hunks, sizes.get(file.path)))
            shown[file.path] = tuple(map(_head_only, hunks)) if file.status is Status.COPIED else hunks
    renamed = {file.old_path: file.path for file in files if file.status is Status.RENAMED}
    return Anchors(shown, renamed)


def _head_only(shown: Shown) -> Shown:
    """Return a hunk without its base lines: GitHub does not look for copies, so to it the file is new."""
    return Shown(range(0), shown.new, frozenset())


def _widened(hunks: Sequence[Hunk], size: int | None) -> Iterator[Shown]:
    """Yield the hunks with context around them; those whose contexts meet are one."""
    group: list[Hunk] = []
    for hunk in sorted(hunks, key=_first_lines):
        if group and _first_lines(hunk)[0] - _after(group[-1])[0] > 2 * CONTEXT:
            yield _shown(group, CONTEXT)
            group = []
        group.append(hunk)
    if group:
        below = 0 if size is None else max(0, size - (_after(group[-1])[1] - 1))
        yield _shown(group, min(CONTEXT, below))


def _first_lines(hunk: Hunk) -> tuple[int, int]:
    """Return the first base and head line of a change, or where it would be."""
    return hunk.old_start + (not hunk.old_length), hunk.new_start + (not hunk.new_length)


def _after(hunk: Hunk) -> tuple[int, int]:
    """Return the base and head line that follow a change."""
    old, new = _first_lines(hunk)
    return old + hunk.old_length, new + hunk.new_length


def _shown(group: Sequence[Hunk], below: int) -> Shown:
    old, new = _first_lines(group[0])
    above = min(CONTEXT, new - 1)  # above the first change both sides have the same lines
    old_end, new_end = _after(group[-1])
    removed = frozenset(_first_lines(hunk)[1] for hunk in group if hunk.old_length)
    return Shown(range(old - above, old_end + below), range(new - above, new_end + below), removed)


def from_patches(patches: Mapping[str, str | None], renamed: Mapping[str, str] | None = None) -> Anchors:
    """Return the same from GitHub's own patch texts, by path at head; a file without one takes no comment.

    `renamed` leads from paths at base to paths at head.
    """
    return Anchors({path: tuple(_hunks_in(patch or "")) for path, patch in patches.items()}, renamed or {})


def _hunks_in(patch: str) -> Iterator[Shown]:
    lines = iter(patch.split("\n"))
    for line in lines:
        header = _HEADER.match(line)
        if header is None:
            continue
        old, old_length, new, new_length = (1 if group is None else int(group) for group in header.groups())
        at, removed, left = new + (not new_length), set(), [old_length, new_length]
        while sum(left) and (body := next(lines, None)) is not None:
            kind = body[:1]
            if kind == "-":
                removed.add(at)
            left[0] -= kind in ("-", " ", "")
            left[1] -= kind in ("+", " ", "")
            at += kind in ("+", " ", "")
        if left == [0, 0]:
            first_old, first_new = old + (not old_length), new + (not new_length)
            old_lines = range(first_old, first_old + old_length)
            yield Shown(old_lines, range(first_new, first_new + new_length), frozenset(removed))
