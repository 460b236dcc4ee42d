"""What a model is shown of a change: pieces of numbered code within a budget of tokens.

A line of code is shown as its number, a bar and its text; what the change did to it stands before the number:

    12|def total(rows):
    -13|    return sum(rows)      a line of base that is gone, with its number there
    +13|    return sum(rows, 0)   a line of head that is new
    ...                           lines that are left out
    20|                           numbers that jump without it: blanks and comments were dropped

So everything after the bar of a line without `-` stands in head at that line, and can be found there again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from checks.check import Unseen

GAP = "..."  # stands where lines are left out
_NUMBERED = re.compile(r"([+-]?)(\d+)\|(.*)", re.DOTALL)


class Kind(StrEnum):
    """What a piece is of."""

    CHANGED = "changed"  # code that the change touches
    NEIGHBOUR = "neighbour"  # what it calls, what calls it, what it stands on
    SIGNATURE = "signature"  # first lines of what is one step further away
    DIFF = "diff"  # what is gone from head: lines of base alone
    GUIDE = "guide"  # what the repository says about itself
    NOTES = "notes"  # what was noted while reading more than fits


class Line(NamedTuple):
    """One line that is shown. `mark` is "", "+" (new) or "-" (gone, `number` is of base); number 0 is a gap."""

    mark: str
    number: int
    text: str

    @property
    def shown(self) -> str:
        """Return it as it is shown."""
        return f"{self.mark}{self.number}|{self.text}" if self.number else GAP


@dataclass(frozen=True)
class Piece:
    """One passage of one file. `text` begins with a line that says where it is from; lines are 1-based."""

    path: str
    first: int
    last: int
    text: str
    kind: Kind
    tokens: int  # of the text and the line end after it
    why: str = ""


@dataclass(frozen=True)
class Budget:
    """How many tokens a question may have, and the shares of its parts: code, signatures, all else and the answer."""

    total: int
    full: float = 0.40
    ring: float = 0.30
    rest: float = 0.30

    def __post_init__(self) -> None:
        """Refuse shares that are not shares of one whole; raises ValueError."""
        if self.total < 0 or min(self.full, self.ring, self.rest) < 0 or self.full + self.ring + self.rest > 1.0 + 1e-9:
            raise ValueError(f"{self} is no division of a budget")

    @property
    def full_tokens(self) -> int:
        """Return the tokens for what changed and its direct neighbours."""
        return int(self.total * self.full + 1e-9)

    @property
    def ring_tokens(self) -> int:
        """Return the tokens for signatures."""
        return int(self.total * self.ring + 1e-9)

    @property
    def code_tokens(self) -> int:
        """Return the tokens that a context may have."""
        return self.full_tokens + self.ring_tokens


@dataclass(frozen=True)
class Context:
    """What one question shows. `left_out` is changed code that no question shows, with the reason."""

    pieces: tuple[Piece, ...]
    tokens: int  # of `text`, exactly
    budget: Budget
    left_out: tuple[tuple[str, str], ...] = ()
    windows: int = 1  # into how many contexts the change was cut
    window: int = 1  # which of them this is
    omitted: int = 0  # neighbours and signatures that found no room
    full_tokens: int = field(default=0, compare=False)  # of `tokens`, those of what changed and its neighbours

    @cached_property
    def text(self) -> str:
        """Return all pieces in order."""
        return "\n".join(piece.text for piece in self.pieces)

    @property
    def paths(self) -> frozenset[str]:
        """Return the changed files of which something is shown."""
        return frozenset(piece.path for piece in self.pieces if piece.kind in (Kind.CHANGED, Kind.DIFF))


def lines_in(text: str) -> Iterator[Line]:
    """Yield the numbered lines of a text of pieces: what stands at which line of head ("" and "+") or base ("-")."""
    for row in text.split("\n"):
        found = _NUMBERED.fullmatch(row)
        if found:
            yield Line(found[1], int(found[2]), found[3])


def unseen_of(contexts: Iterable[Context]) -> tuple[Unseen, ...]:
    """Return the changed files that no model sees whole, each reason once, in order of path."""
    found = {(path, reason) for context in contexts for path, reason in context.left_out}
    return tuple(Unseen(path, reason) for path, reason in sorted(found))
