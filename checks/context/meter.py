"""Counting tokens as seldom as can be: each text once, and sums for what is put together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from checks.context.changed import Passage
from checks.context.model import Kind, Line, Piece
from kb.view import shown

_WHYS = 120  # characters


@dataclass(frozen=True)
class Meter:
    """Remembers what texts count. A tokenizer may count two texts together as a few tokens less, seldom more."""

    count: Callable[[str], int]
    _known: dict[str, int] = field(default_factory=dict)

    def of(self, text: str) -> int:
        """Return how many tokens a text has."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self.count(text)
        return known

    def line(self, line: Line) -> int:
        """Return how many tokens a line has with its end."""
        return self.of(f"{line.shown}\n")

    def lines(self, lines: Iterable[Line]) -> int:
        """Return how many tokens lines have together at most."""
        return sum(map(self.line, lines))

    def head(self, passage: Passage) -> int:
        """Return how many tokens the line over a passage has."""
        return self.of(f"{heading(passage)}\n")

    def passage(self, passage: Passage) -> int:
        """Return how many tokens a passage has with the line over it."""
        return self.of(f"{text_of(passage)}\n")

    def piece(self, passage: Passage) -> Piece:
        """Return a passage as a piece."""
        text = text_of(passage)
        tokens = self.of(f"{text}\n")
        return Piece(passage.path, passage.first, passage.last, text, passage.kind, tokens, passage.why)


def heading(passage: Passage) -> str:
    """Return the line that says where a passage is from; it stays one line whatever the path says."""
    why = f" ({shown(passage.why)[:_WHYS]})" if passage.why and passage.kind is not Kind.SIGNATURE else ""
    return f"## {_path(passage.path)} {passage.kind}{why}"


@lru_cache(maxsize=1024)
def _path(path: str) -> str:
    return shown(path)


def text_of(passage: Passage) -> str:
    """Return a passage as it is shown."""
    return "\n".join([heading(passage), *(line.shown for line in passage.lines)])
