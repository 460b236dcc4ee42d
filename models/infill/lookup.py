"""Guessing what comes next from the text that stood in the hole: a repair repeats most of it.

A guess is read by the model in one go with what was written, and only kept as far as the model, asked token by token,
writes the same: what comes out is what would have come out without it.
"""

from __future__ import annotations

from collections.abc import Sequence

MOST = 32  # tokens guessed at once
_LEAST, _MORE, _GRAM = 4, 4, 3


class Lookup:
    """Guesses along an old text, and less of it the more often it was wrong."""

    def __init__(self, old: Sequence[int]) -> None:
        self._old = tuple(old)
        self._at: int | None = 0
        self._width = _LEAST + _MORE

    def guess(self, room: int) -> tuple[int, ...]:
        """Return tokens that are likely to come next, at most `room`; none where nothing is known."""
        if self._at is None:
            return ()
        return self._old[self._at : self._at + max(0, min(self._width, room))]

    def judged(self, guessed: int, kept: int) -> None:
        """Learn how much of the last guess was right: after all of it more is guessed, after less the least.

        What was guessed in vain was read in vain: on a processor reading eight tokens costs as much as writing five.
        """
        if guessed:
            self._width = min(MOST, self._width + _MORE) if kept == guessed else _LEAST

    def follow(self, written: Sequence[int], last: int) -> None:
        """Move on by the `last` tokens of what was written; where they part from the old text, find a place again."""
        tail = tuple(written[len(written) - last :])
        if self._at is not None and self._old[self._at : self._at + last] == tail:
            self._at += last
            return
        gram = tuple(written[-_GRAM:])
        places = range(len(self._old) - len(gram), -1, -1)  # the last place first
        found = next((at for at in places if self._old[at : at + len(gram)] == gram), None)
        self._at = None if found is None or len(gram) < _GRAM else found + len(gram)
