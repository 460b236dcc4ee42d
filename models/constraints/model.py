"""What a decoder is handed: grammars that must hold, words that are preferred, and how much time they may take."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Domain(StrEnum):
    """What a constraint is about. The first three are hard (masks), the last two soft (re-weighting)."""

    SYNTAX = "syntax"
    TYPES = "types"
    IMPORTS = "imports"
    CONTROL_FLOW = "control_flow"
    SEMANTICS = "semantics"

    @property
    def is_hard(self) -> bool:
        """Return whether what violates it may not be written at all."""
        return self in (Domain.SYNTAX, Domain.TYPES, Domain.IMPORTS)


class Intensity(StrEnum):
    """How much is asked for, from nothing to everything; chosen by how salient the place is."""

    NONE = "none"
    SYNTAX_ONLY = "syntax_only"
    STANDARD = "standard"
    FULL_HARD = "full_hard"
    FULL = "full"
    EXHAUSTIVE = "exhaustive"

    @property
    def budget_us(self) -> int:
        """Return how many microseconds constraints may take per token."""
        return _BUDGET_US[self]


_BUDGET_US = {
    Intensity.NONE: 0,
    Intensity.SYNTAX_ONLY: 50,
    Intensity.STANDARD: 200,
    Intensity.FULL_HARD: 500,
    Intensity.FULL: 2000,
    Intensity.EXHAUSTIVE: 5000,
}


@dataclass(frozen=True)
class HardGrammar:
    """A Lark grammar in llguidance's dialect that the whole text of the hole has to match."""

    domain: Domain
    lark: str


@dataclass(frozen=True)
class Preference:
    """A word, and by how many nats it is made likelier (or less likely, if negative) where it may start."""

    domain: Domain
    word: str
    nats: float


@dataclass(frozen=True)
class Compiled:
    """The constraints on one hole, ready for a decoder.

    Where the masks of all hard grammars leave no token, the last of them is dropped, then the one before; `key` is
    equal for equal content.
    """

    hard: tuple[HardGrammar, ...] = ()  # the firmest first
    soft: tuple[Preference, ...] = ()
    intensity: Intensity = Intensity.STANDARD
    key: str = ""
    feasibility: float = 1.0  # 0..1: how likely it is that anything sensible satisfies all of it
    names: frozenset[str] = frozenset()  # what may be referred to in the hole; empty where that is not known
    notes: tuple[str, ...] = ()  # conflicts that were resolved, and how
