"""What a diffusion model is shown: the code before the hole, masks where the hole is, the code after it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kb.source import Source
from models.mask.model import Hole

TokensOf = Callable[[bytes], Sequence[int]]

_BYTES_PER_TOKEN = 16  # more than code has by far: text beyond the room times this is not even tokenised


@dataclass(frozen=True)
class Canvas:
    """Tokens of one sequence; the hole is `length` of them from `start`, all of them masks at first."""

    tokens: tuple[int, ...]
    start: int
    length: int


@dataclass(frozen=True)
class Layout:
    """What stands around a hole, in tokens, and what stood in it.

    `lead` is the white space between the line's last other character and the hole: a token often begins with it, so
    it is written together with the hole, must come out as it was, and is taken off again.
    """

    before: tuple[int, ...]
    after: tuple[int, ...]
    lead: bytes
    old: tuple[int, ...]  # of the lead and the hole's text
    notes: tuple[str, ...] = ()

    def canvas(self, length: int, mask: int) -> Canvas:
        """Return the canvas whose hole has `length` masks."""
        return Canvas((*self.before, *([mask] * length), *self.after), len(self.before), length)


@dataclass(frozen=True)
class Edges:
    """The tokens that open and close a text, where a model was trained with them, and how many it is shown at most."""

    begin: int | None
    end: int | None
    window: int


def layout_of(tokens_of: TokensOf, source: Source, hole: Hole, *, edges: Edges, longest: int) -> Layout:
    """Return the layout of a hole that leaves room for `longest` masks in the window.

    Code that does not fit is left out, far from the hole, in whole lines where a line is left at all; the notes say
    so. The end token is set only where the file's end is shown.
    """
    before, after = source.data[: hole.span.start], source.data[hole.span.end :]
    bare = before.rstrip(b" \t")
    lead = before[len(bare) :]
    room = max(0, edges.window - longest - 2)
    half = room // 2
    right, right_cut = _head(tokens_of, after, half)
    left, left_cut = _tail(tokens_of, bare, room - len(right))
    if right_cut and not left_cut:
        right, right_cut = _head(tokens_of, after, room - len(left))
    opened = () if edges.begin is None else (edges.begin,)
    closed = () if edges.end is None or right_cut else (edges.end,)
    sides = " and ".join(side for side, cut in (("before", left_cut), ("after", right_cut)) if cut)
    notes = (f"code {sides} the hole was left out: the window is {edges.window} tokens",) if sides else ()
    old = tuple(tokens_of(lead + source.data[hole.span.start : hole.span.end]))
    return Layout((*opened, *left), (*right, *closed), lead, old, notes)


def _tail(tokens_of: TokensOf, text: bytes, room: int) -> tuple[tuple[int, ...], bool]:
    """Return the tokens of as many whole last lines as have room, and whether something was left out."""
    near = text[max(0, len(text) - room * _BYTES_PER_TOKEN) :]
    tokens = tuple(tokens_of(near))
    if len(near) == len(text) and len(tokens) <= room:
        return tokens, False
    starts = _line_starts(near)
    fits = bisect_left(starts, True, key=lambda start: len(tokens_of(near[start:])) <= room)
    if fits < len(starts):
        return tuple(tokens_of(near[starts[fits] :])), True
    return tokens[max(0, len(tokens) - room) :], True


def _head(tokens_of: TokensOf, text: bytes, room: int) -> tuple[tuple[int, ...], bool]:
    """Return the tokens of as many whole first lines as have room, and whether something was left out."""
    near = text[: room * _BYTES_PER_TOKEN]
    tokens = tuple(tokens_of(near))
    if len(near) == len(text) and len(tokens) <= room:
        return tokens, False
    ends = _line_starts(near)[::-1]
    fits = bisect_left(ends, True, key=lambda end: len(tokens_of(near[:end])) <= room)
    if fits < len(ends):
        return tuple(tokens_of(near[: ends[fits]])), True
    return tokens[:room], True


def _line_starts(text: bytes) -> list[int]:
    """Return the offsets after each line end, of which the last has text after it."""
    return [at + 1 for at, byte in enumerate(text[:-1]) if byte == 0x0A]
