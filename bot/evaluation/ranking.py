"""How well likelihood orders what can stand in a place: a mutant and the alternatives that enumeration lists for it.

Each place is asked about twice. In the mutant: is what was there before listed, likelier than the mutation, likelier
than everything else? And in the function as it was: does anything that is listed beat what stands there? Nothing is
wrong there, so whatever would be proposed is a false proposal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from bot.evaluation.journal import Row
from bot.evaluation.mutants import LANGUAGE, Mutant
from kb.source import Edit, Source, Span, apply_edits
from models.choose.kinds import Way
from models.choose.propose import MOST, listed_for
from models.mask.model import Hole
from models.model import NEVER, Model, Stop
from models.patch import Candidate, Task
from models.rank import Reach, ranking_of

REACH = Reach(before=128, after=24)  # less than a patch is weighed by: a measurement has a thousand places
_LOGIC = (Way.OPERATORS, Way.NEGATION, Way.LITERALS)
WAYS: Mapping[str, tuple[Way, ...]] = MappingProxyType(  # what a finding would narrow the alternatives to
    {"arguments swapped": (Way.ARGUMENTS,), "name": (Way.NAMES,)}
)


@dataclass(frozen=True)
class Order:
    """What could stand in some lines: the likeliest alternative first, with its nats over what stands there."""

    texts: tuple[bytes, ...]
    scores: tuple[float, ...]

    @property
    def margin(self) -> float:
        """Return by how much the first beats both what stands there and the second; below 0 where it does not."""
        if not self.scores:
            return float("-inf")
        return min(self.scores[0], self.scores[0] - self.scores[1] if len(self.scores) > 1 else float("inf"))


def ranked(mutant: Mutant, model: Model, stop: Stop = NEVER) -> Row:
    """Return what listing and likelihood make of a mutant, and of the function as it was.

    Both are the same lines with the same text around them, so all that could stand there is read once.
    """
    ways = WAYS.get(mutant.kind, _LOGIC)
    region = _region(mutant.source, mutant.hole)
    lines, right = mutant.data[region.start : region.end], _right(mutant, region)
    in_mutant = _listed(mutant.source, mutant.hole, ways)
    in_clean = _listed(mutant.unchanged, mutant.place, ways)
    place = replace(mutant.hole, span=region, text=lines)
    got = ranking_of(model, mutant.source, place, [*in_mutant, *in_clean, right], stop=stop, reach=REACH)
    scores = {row.text: row.score for row in got.rows} | {lines: 0.0}
    changed, clean = _order(in_mutant, scores, lines), _order(in_clean, scores, right)
    return {
        "kind": mutant.kind,
        "package": mutant.function.path.split("/")[0],
        "function": f"{mutant.function.path}:{mutant.function.symbol}",
        "alternatives": len(changed.texts),
        "listed": right in changed.texts,
        "first": changed.texts[:1] == (right,),
        "over_mutant": round(scores[right], 4),
        "margin": _number(changed.margin),
        "clean_alternatives": len(clean.texts),
        "clean_margin": _number(clean.margin),
        "clean_over": _number(clean.scores[0]) if clean.scores else None,
        "tokens": got.tokens,
    }


def _listed(source: Source, hole: Hole, ways: Sequence[Way]) -> list[bytes]:
    """Return the alternatives for a hole as whole lines; those that change other lines are left out."""
    region = _region(source, hole)
    lines = source.data[region.start : region.end]
    found = listed_for(Task(source, LANGUAGE, hole), ways)[:MOST]
    inside = [one for one in found if region.start <= one.hole.span.start and one.hole.span.end <= region.end]
    return list(dict.fromkeys(_in_lines(lines, region, one) for one in inside))


def _order(texts: Sequence[bytes], scores: Mapping[bytes, float], stands: bytes) -> Order:
    """Return texts in the order of their scores over what stands there, ties by text."""
    rows = sorted(
        ((scores[text] - scores[stands], text) for text in texts if text != stands), key=lambda row: (-row[0], row[1])
    )
    return Order(tuple(text for _, text in rows), tuple(score for score, _ in rows))


def _region(source: Source, hole: Hole) -> Span:
    """Return the lines of a hole."""
    first, last = source.line_of(hole.span.start), source.line_of(max(hole.span.start, hole.span.end - 1))
    return source.span_of_lines(first, last)


def _in_lines(lines: bytes, region: Span, one: Candidate) -> bytes:
    span = Span(one.hole.span.start - region.start, one.hole.span.end - region.start)
    return apply_edits(lines, (Edit(span, one.text),))


def _right(mutant: Mutant, region: Span) -> bytes:
    """Return the lines of the mutant as they were before."""
    hole = mutant.hole
    span = Span(hole.span.start - region.start, hole.span.end - region.start)
    return apply_edits(mutant.data[region.start : region.end], (Edit(span, mutant.original),))


def _number(value: float) -> float | None:
    """Return a number that JSON can hold; None for the margin of nothing."""
    return None if value == float("-inf") else round(value, 4)
