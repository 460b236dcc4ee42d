"""How sure we are of a proven candidate: the five factors of `models.confidence`, taken from what is known here."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.prove import Proof
from models.choose.site import Ground
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


NOTHING_GONE = 0.5  # of a proof that nothing new comes, where no finding says what is wanted
UNGROUNDED = 0.3  # with 0.7 from the other factors this stays below what is shown
NOT_SURE = Sureness(0.0, Factors(0.0, 0.0, 0.0, 0.0, 0.0))


def sureness_of(
    candidate: Candidate,
    rivals: Iterable[Candidate],
    patch: Patch,
    proof: Proof,
    *,
    is_asked: bool,
    code: Code | None,
    failures: Collection[str],
) -> Sureness:
    """Return how sure we are of a proven candidate, given the others that could stand there as well.

    `is_asked`: a person named the place and said what is wanted. Only rivals that were proposed on as firm a ground
    count: what the tree itself says stands above a likelihood.
    """
    next_best = max((one.score for one in rivals if one.ground <= candidate.ground), default=float("-inf"))
    before, after = _text(candidate.hole.text), _text(candidate.text)
    tested, gone = proof.steps.get("tests"), proof.steps.get("finding_gone", False)
    is_backed = is_asked or bool(tested)
    factors = Factors(
        model=model_factor(candidate.score - next_best, candidate.score) * _weight(candidate, before, after, is_backed),
        proof=proof_factor(parses=True, checked=True, tested=tested) * (1.0 if tested or gone else NOTHING_GONE),
        novelty=novelty_factor(_text(patch.replacement), failures, before),
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


def _weight(candidate: Candidate, before: str, after: str, is_backed: bool) -> float:
    """Return how much the model's word counts for a candidate, 0..1.

    Of one that was listed: all, but little where nothing speaks for it except that it can stand there; then it cannot
    be sure enough to be shown, unless a person said what is wanted at this very place, or tests pass
    with it. Of one that was
    written: the share of the old text that it keeps. Likelihood prefers what is common: a small model finds a docstring
    likelier than the statement that it replaces, and any short name likelier than the right one.
    """
    if candidate.origin is Origin.ENUMERATED:
        odd = candidate.ground == Ground.NEAR and candidate.score < 0  # the mending of a slip makes a file likelier
        return 1.0 if is_backed or (candidate.ground < Ground.POSSIBLE and not odd) else UNGROUNDED
    if not before.strip():
        return 1.0
    return max(0.0, 1.0 - edit_size(before, after) / max(edit_size(before, ""), edit_size("", after), 1))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
