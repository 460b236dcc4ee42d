"""The text of the lines that a change adds and removes."""

from __future__ import annotations

from collections.abc import Iterator

from checks.change import Change
from checks.finding import Side
from kb.diff import FileDiff
from kb.errors import CorruptObject
from kb.source import Source


def source_of(change: Change, file: FileDiff, side: Side) -> Source | None:
    """Return a changed file on one side; None if it is not there or cannot be read."""
    entry = file.new if side is Side.RIGHT else file.old
    view = change.head if side is Side.RIGHT else change.base
    if entry is None or not entry.is_file or file.binary or file.unread:
        return None
    try:
        return Source(entry.path, view.read(entry.path))
    except (KeyError, CorruptObject):
        return None


def changed_lines(change: Change, file: FileDiff, side: Side) -> Iterator[tuple[int, str]]:
    """Yield the number and text of each line that is new (RIGHT) or gone (LEFT)."""
    source = source_of(change, file, side)
    if source is not None:
        for number in sorted(file.added if side is Side.RIGHT else file.removed):
            yield number, source.line(number)


def paths_outside(change: Change) -> frozenset[str]:
    """Return every path whose content differs between base and head but which is not under review."""
    base, head = change.base.entries, change.head.entries
    seen = {entry.path for file in change.files for entry in (file.old, file.new) if entry is not None}
    differing = (path for path in {*base, *head} if base.get(path) != head.get(path))
    return frozenset(path for path in differing if path not in seen)
