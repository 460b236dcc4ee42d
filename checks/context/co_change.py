"""Which files used to change together with those of a change, as notes for a reader: softer than the check."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from checks.change import Change
from kb.history.model import MOST_TOGETHER
from kb.history.past import History
from kb.view import shown

LEAST, SHARE = 4, 0.5  # commits, and share of the file's commits, from which files belong together
MOST = 5  # notes


class CoChanged(NamedTuple):
    """One pair: in `together` of the `of` commits to `path`, `other` changed too; whether it does this time."""

    path: str
    other: str
    together: int
    of: int
    is_touched: bool

    def __str__(self) -> str:
        """Return it as a sentence."""
        now = "it changes here, too" if self.is_touched else "it does not change here"
        return f"{shown(self.other)} changed in {self.together} of {self.of} commits to {shown(self.path)}; {now}"


def co_changed(change: Change, history: History, *, most: int = MOST) -> tuple[CoChanged, ...]:
    """Return the surest pairs, those whose other half is left alone first; none for a change that sweeps."""
    if len(change.files) > MOST_TOGETHER:
        return ()
    touched = {file.old_path for file in change.files}
    found: dict[str, CoChanged] = {}
    for file in sorted(change.files, key=lambda file: file.old_path):
        if file.old is None:
            continue
        for pair in history.together(file.old_path, LEAST, SHARE):
            is_there = pair.other in change.base.entries
            note = CoChanged(file.old_path, pair.other, pair.together, pair.of, pair.other in touched)
            known = found.get(pair.other)
            if is_there and (known is None or _strength(note) > _strength(known)):
                found[pair.other] = note
    return tuple(_best(found.values(), most))


def _strength(note: CoChanged) -> tuple[float, int]:
    return note.together / note.of, note.together


def _best(notes: Iterable[CoChanged], most: int) -> list[CoChanged]:
    ordered = sorted(notes, key=lambda n: (n.is_touched, -n.together / n.of, -n.together, n.other))
    return ordered[:most]
