"""What differs between two views, file by file, and how line numbers map across."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from kb.view import Entry


class Status(StrEnum):
    """What happened to a file."""

    ADDED = "added"
    DELETED = "deleted"
    MODIFIED = "modified"
    RENAMED = "renamed"
    COPIED = "copied"
    RETYPED = "retyped"  # file <-> symbolic link <-> submodule


@dataclass(frozen=True, slots=True)
class Hunk:
    """Old lines replaced by new lines, without context. A length of 0 is a pure insertion or deletion.

    With length 0 the start is the line *after which* the change sits, as in `git diff -U0`.
    """

    old_start: int
    old_length: int
    new_start: int
    new_length: int


@dataclass(frozen=True)
class FileDiff:
    """One file of a change: where it was, where it is, and which lines were replaced."""

    status: Status
    old: Entry | None
    new: Entry | None
    hunks: tuple[Hunk, ...] = ()
    binary: bool = False
    unread: str = ""  # why the content was not compared ("larger than 5 MB"); empty if it was

    @property
    def path(self) -> str:
        """Return the path at head, or at base for a deleted file."""
        for entry in (self.new, self.old):
            if entry is not None:
                return entry.path
        raise ValueError("a file diff needs an old or a new entry")

    @property
    def old_path(self) -> str:
        """Return the path at base, or at head for an added file: the file's identity over renames."""
        return self.old.path if self.old is not None else self.path

    @cached_property
    def added(self) -> frozenset[int]:
        """Return the head line numbers that are new or changed."""
        return frozenset(self._lines("new"))

    @cached_property
    def removed(self) -> frozenset[int]:
        """Return the base line numbers that are gone or changed."""
        return frozenset(self._lines("old"))

    def _lines(self, side: str) -> Iterator[int]:
        for hunk in self.hunks:
            start = hunk.new_start if side == "new" else hunk.old_start
            length = hunk.new_length if side == "new" else hunk.old_length
            yield from range(start, start + length)

    def to_new(self, line: int) -> int | None:
        """Return where a base line is at head; None if it was removed or changed."""
        return _mapped(line, ((h.old_start, h.old_length, h.new_length) for h in self.hunks))

    def to_old(self, line: int) -> int | None:
        """Return where a head line was at base; None if it is new or changed."""
        return _mapped(line, ((h.new_start, h.new_length, h.old_length) for h in self.hunks))


def _mapped(line: int, hunks: Iterable[tuple[int, int, int]]) -> int | None:
    """Return a line's number on the other side; hunks are (start and length on its own, length on the other)."""
    shift = 0
    for start, length, other in hunks:
        first = start if length else start + 1
        if line < first:
            break
        if line < first + length:
            return None
        shift += other - length
    return line + shift
