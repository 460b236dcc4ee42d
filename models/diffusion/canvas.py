"""What a diffusion model is shown: the code before the hole, masks where the hole is, the code after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kb.source import Source
from models.errors import TooLong
from models.infill.window import window_of
from models.mask.model import Hole

TokensOf = Callable[[bytes], Sequence[int]]


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
    it is written together with the hole, must come out as it was, and is taken off again. `longest` is how many masks
    there is room for.
    """

    before: tuple[int, ...]
    after: tuple[int, ...]
    lead: bytes
    old: tuple[int, ...]  # of the lead and the hole's text
    longest: int
    notes: tuple[str, ...] = ()

    def canvas(self, length: int, mask: int) -> Canvas:
        """Return the canvas whose hole has `length` masks."""
        return Canvas((*self.before, *([mask] * length), *self.after), len(self.before), length)


@dataclass(frozen=True)
class Edges:
    """The tokens that open and close a text, where a model was trained with them, and how many it is shown at most.

    `opening` is a line that is put in front of the code, on the canvas only.
    """

    begin: int | None
    end: int | None
    window: int
    opening: bytes = b""


def layout_of(tokens_of: TokensOf, source: Source, hole: Hole, *, edges: Edges, longest: int) -> Layout:
    """Return the layout of a hole with room for `longest` masks, or for what stood there if that is more.

    Code that does not fit into the window is left out, far from the hole; the notes say so. The end token is set only
    where the file's end is shown. Raises TooLong where what stood in the hole, or the opening, takes more than half of
    the window.
    """
    before = source.data[: hole.span.start]
    lead = before[len(before.rstrip(b" \t")) :]
    old = tuple(tokens_of(lead + source.data[hole.span.start : hole.span.end]))
    opening = len(tokens_of(edges.opening))
    if 2 * max(len(old), opening) > edges.window:
        raise TooLong(f"a hole of {len(old)} tokens and an opening of {opening} in a window of {edges.window}")
    longest = max(len(old), min(longest, edges.window // 2))
    limit = max(0, edges.window - longest - opening - 2)
    shown = window_of(source, hole, limit, tokens_of)
    prefix = edges.opening + shown.prefix[: len(shown.prefix) - len(lead)] if shown.prefix else edges.opening
    is_end = hole.span.end + len(shown.suffix) == len(source.data)
    opened = () if edges.begin is None else (edges.begin,)
    closed = (edges.end,) if edges.end is not None and is_end else ()
    left = (*opened, *tokens_of(prefix))
    return Layout(left, (*tokens_of(shown.suffix), *closed), lead, old, longest, shown.notes)
