"""How sure we are of a proven candidate: the five factors of `models.confidence`, taken from what is known here."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.prove import Proof
from models.confidence import (
    DEPENDENTS,
    Factors,
    confidence_of,
    containment_factor,
    edit_size,
    model_factor,
    novelty_factor,
    proof_factor,
    simplicity_factor,
)
from models.edit import Patch
from models.patch import Candidate, Origin

if TYPE_CHECKING:
    from kb.graph.code import Code


@dataclass(frozen=True)
class Sureness:
    """How sure we are, 0..1, and of what that is made."""

    confidence: float
    factors: Factors


NOT_SURE = Sureness(0.0, Factors(0.0, 0.0, 0.0, 0.0, 0.0))


def sureness_of(
    candidate: Candidate,
    rivals: Iterable[Candidate],
    patch: Patch,
    proof: Proof,
    *,
    code: Code | None,
    failures: Collection[str],
) -> Sureness:
    """Return how sure we are of a proven candidate, given the others that could stand there as well.

    Only rivals that were proposed on as firm a ground count: what the tree itself says stands above a likelihood.
    """
    next_best = max((one.score for one in rivals if one.ground <= candidate.ground), default=float("-inf"))
    before, after = _text(candidate.hole.text), _text(candidate.text)
    factors = Factors(
        model=model_factor(candidate.score - next_best, candidate.score) * _kept(candidate, before, after),
        proof=proof_factor(parses=True, checked=True, tested=proof.steps.get("tests")),
        novelty=novelty_factor(_text(patch.replacement), failures),
        simplicity=simplicity_factor(before, after, candidate.hole.scale),
        containment=containment_factor(dependents_of(code, patch.path, candidate.hole.symbol)),
    )
    return Sureness(confidence_of(factors), factors)


def dependents_of(code: Code | None, path: str, symbol: str) -> int:
    """Return how many definitions depend on a symbol, at most 500; as if it were many where there is no graph."""
    if code is None:
        return DEPENDENTS
    from kb.graph.model import node_id
    from kb.graph.queries_impact import impact  # where it is used: most reviews have no patch

    node = code.graph.nodes((node_id(path, symbol),)).get(node_id(path, symbol))
    return len(impact(code.graph, node, cap=DEPENDENTS).walk.steps) if node is not None else 0


def _kept(candidate: Candidate, before: str, after: str) -> float:
    """Return the share of the old text that a written candidate keeps, 1 for one that was listed.

    Likelihood prefers what is common: a small model finds a docstring likelier than the statement that it replaces.
    """
    if candidate.origin is Origin.ENUMERATED or not before.strip():
        return 1.0
    return max(0.0, 1.0 - edit_size(before, after) / max(edit_size(before, ""), edit_size("", after), 1))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
