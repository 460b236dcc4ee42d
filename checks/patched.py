"""A change as it would be with a patch applied on top of its head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from checks.change import Change
from kb.diff import FileDiff, Hunk, Status
from kb.view import Overlay
from models.edit import Patch


def patched(change: Change, patch: Patch) -> Change:
    """Return the change with the patch applied; a file that it left alone is one of its files then."""
    head = Overlay(change.head, {patch.path: patch.data})
    entry = head.entries[patch.path]
    file = change.by_path.get(patch.path)
    if file is None:
        old = change.base.entries.get(patch.path)
        file = FileDiff(Status.MODIFIED if old else Status.ADDED, old, entry)
    hunks = with_replacement(file.hunks, patch.line, patch.end_line, patch.new_length)
    mended = replace(file, new=entry, hunks=hunks)
    others = tuple(mended if one.path == patch.path else one for one in change.files)
    files = others if patch.path in change.by_path else (*others, mended)
    return replace(change, head=head, head_id=head.id, files=files)


def with_replacement(hunks: Sequence[Hunk], first: int, last: int, length: int) -> tuple[Hunk, ...]:
    """Return base-to-patched hunks, given base-to-head `hunks` and head lines first..last replaced by `length` lines.

    Hunks that touch the replaced lines become one with them.
    """
    low, high = first, last + 1  # half-open, in head lines
    growth = length - (last - first + 1)
    before, after, shift = [], [], 0
    old_low: int | None = None
    for hunk in hunks:
        start = hunk.new_start if hunk.new_length else hunk.new_start + 1
        end = start + hunk.new_length
        if end < low:
            before.append(hunk)
            shift += hunk.old_length - hunk.new_length
        elif start > high:
            after.append(replace(hunk, new_start=hunk.new_start + growth))
        else:
            old_start = hunk.old_start if hunk.old_length else hunk.old_start + 1
            if old_low is None:
                old_low = min(low + shift, old_start)
            low, high = min(low, start), max(high, end)
            shift += hunk.old_length - hunk.new_length
    if old_low is None:
        old_low = low + shift
    return (*before, _hunk(old_low, high + shift, low, high + growth), *after)


def _hunk(old_low: int, old_high: int, new_low: int, new_high: int) -> Hunk:
    old_length, new_length = old_high - old_low, new_high - new_low
    return Hunk(old_low - (not old_length), old_length, new_low - (not new_length), new_length)
