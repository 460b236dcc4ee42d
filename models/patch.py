"""What a model proposes, and the record of how a patch came to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from kb.source import Source
from models.constraints.model import Compiled
from models.mask.model import Hole
from models.model import NEVER, Model, Sampling, Stop

if TYPE_CHECKING:
    from kb.graph.code import Code


class Origin(StrEnum):
    """Who wrote a candidate."""

    ENUMERATED = "enumerated"  # one of the few things that can stand there, listed
    INFILLED = "infilled"  # written by the model, unconstrained
    CONSTRAINED = "constrained"  # written by the model under constraints, after the free one failed
    DIFFUSED = "diffused"


@dataclass(frozen=True)
class Candidate:
    """A text for a hole. `score` is how much likelier, in nats, the file becomes by it than as it is (or is empty)."""

    hole: Hole
    text: bytes
    origin: Origin
    score: float = 0.0
    tokens: int = 0  # decoded or scored for it
    note: str = ""  # what was changed, for people: "renamed to `total`"
    seed: int = 0
    ground: int = 2  # why it was proposed: 0 the tree says so, 1 a slip away, 2 it can stand there (models.choose.site)


@dataclass(frozen=True)
class Tried:
    """A candidate that was looked at, and why it fell; "" for the one that was chosen."""

    text: str
    origin: str
    score: float
    why: str = ""


@dataclass(frozen=True)
class Task:
    """One hole to be filled. `wrong` says what is known to be wrong in the hole, as data, never as prose."""

    source: Source
    language: str
    hole: Hole
    code: Code | None = None  # the graph of the tree that `source` belongs to
    constraints: Compiled | None = None
    wrong: Mapping[str, str] = field(default_factory=dict)  # "slug", "name", "want", ... of the finding
    instruction: str = ""  # what the user asks for; untrusted, one line
    avoid: frozenset[bytes] = frozenset()  # texts that failed before
    sampling: Sampling = field(default_factory=Sampling)
    count: int = 8  # candidates wanted
    salience: Callable[[], float | None] = lambda: (
        None
    )  # how much the place matters, 0..1: asked where it is written to
    grounded: bool = False  # list only what something speaks for: the rest would not be shown


@dataclass(frozen=True)
class Proposals:
    """What came of a task: candidates, the best first, and what fell on the way."""

    candidates: tuple[Candidate, ...] = ()
    fallen: tuple[Tried, ...] = ()
    tokens: int = 0
    constraints: tuple[str, ...] = ()  # the domains that were active
    notes: tuple[str, ...] = ()  # what was dropped or windowed, and why


class Proposer(Protocol):
    """A way of filling a hole: enumeration, infill, diffusion, or several of them in turn."""

    def __call__(self, task: Task, model: Model, stop: Stop = NEVER) -> Proposals:
        """Return candidates; raises ModelError where the model cannot work at all."""
        ...


@dataclass(frozen=True)
class Provenance:
    """How a patch came to be. Equal inputs and seed give an equal patch and an equal record, `ms` aside."""

    plan: str  # what was to be changed, in words: "expression at src/a.py:12"
    spans: tuple[tuple[int, int], ...]  # of the holes, in bytes of head
    model: str
    sha256: str  # of the model's file
    quantisation: str
    sampler: Mapping[str, float]
    seed: int
    constraints: tuple[str, ...]
    tried: tuple[Tried, ...]
    risk: float  # 0..1: one minus confidence
    tokens: int
    ms: int
    notes: tuple[str, ...] = ()
