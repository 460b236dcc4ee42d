"""How sure we are of a patch, 0..1, from five factors: the model's opinion is the largest and never enough alone.

| factor | weight | what it says |
|---|---|---|
| model | 30 % | how far the likelihood stands out from the next best text, and from what stands there now |
| proof | 25 % | whether tests pass, or all checks ran again and found the defect gone and nothing new |
| novelty | 25 % | how unlike it is to everything that is known to have failed |
| simplicity | 10 % | how little is changed |
| containment | 10 % | how little depends on what is changed |

Every factor lies in 0..1, more is better, and the sum is weighted: it never falls when one of them rises. From 0.8 on a
patch is shown; from 0.5 on others are asked for, at most three times; below that nothing is said.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from models.mask.model import Scale

SURE = 0.8  # from here on a patch is shown
MAYBE = 0.5  # from here on others are asked for
DEPENDENTS = 500  # more make no difference: the graph's answers end there

_MARGIN = 3.0  # nats: two texts that are both proven have to be this far apart to be told apart half surely
_STEEPNESS = 0.75  # nats
_LARGE_TOKENS = 60  # of an edit that is not simple at all
_LARGE_LINES = 12
_SCALES = {Scale.EXPRESSION: 1.0, Scale.STATEMENT: 0.85, Scale.BLOCK: 0.6, Scale.BODY: 0.4}
_TOKEN = re.compile(r"\w+|[^\w\s]")


class Verdict(StrEnum):
    """What is done with a proven patch."""

    SUGGEST = "suggest"
    RESAMPLE = "resample"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Factors:
    """The five factors, each 0..1 and the more the better."""

    model: float
    proof: float
    novelty: float
    simplicity: float
    containment: float


def confidence_of(factors: Factors) -> float:
    """Return the weighted sum, 0..1; raises ValueError for a factor outside of that."""
    parts = (factors.model, factors.proof, factors.novelty, factors.simplicity, factors.containment)
    if not all(0.0 <= part <= 1.0 for part in parts):
        raise ValueError(f"a factor outside 0..1: {factors}")
    total = sum(weight * part for weight, part in zip((0.30, 0.25, 0.25, 0.10, 0.10), parts, strict=True))
    return min(1.0, round(total, 9))


def verdict_of(confidence: float) -> Verdict:
    """Return what a confidence means."""
    if confidence >= SURE:
        return Verdict.SUGGEST
    return Verdict.RESAMPLE if confidence >= MAYBE else Verdict.NOTHING


def model_factor(over_second: float, over_original: float) -> float:
    """Return what margins in nats say: four fifths the one over the next best text, one fifth that over the original.

    Each goes through 1 / (1 + exp(-(nats - 3) / 0.75)): 0.02 at no margin, 0.2 at 2 nats, one half at 3, 0.94 at 5.
    With all other factors at their best a patch is shown from 1.8 nats over the next best on, mostly from 2.7 on. The
    original counts little: it is known to be wrong already, and what adds a line is never likelier than what does not.
    """
    return (4 * _logistic(over_second) + _logistic(over_original)) / 5


def proof_factor(*, parses: bool, checked: bool, tested: bool | None = None) -> float:
    """Return what was shown of a patch: 1 if tests passed or every check agreed, a quarter if it only parses.

    `tested` is None where no tests were run; where they failed nothing else counts.
    """
    if tested is False or not parses:
        return 0.0
    return 1.0 if checked or tested else 0.25


def novelty_factor(text: str, failures: Collection[str], before: str = "") -> float:
    """Return one minus the greatest likeness to anything that failed, by the Jaccard index of the sets of tokens.

    What a text and a failure both have from `before`, the text they were to replace, is no likeness: candidates for
    one statement differ in a single word. Texts that only put the same words in another order count as half alike.
    """
    return 1.0 - max((_likeness(text, failure, before) for failure in failures), default=0.0)


def simplicity_factor(before: str, after: str, scale: Scale) -> float:
    """Return how little is changed, in tokens and in lines, times what the hole's scale allows."""
    changed = edit_size(before, after)
    lines = len(set(before.splitlines()) ^ set(after.splitlines()))
    tokens = 1.0 - min(1.0, changed / _LARGE_TOKENS)
    return _SCALES[scale] * (tokens + 1.0 - min(1.0, lines / _LARGE_LINES)) / 2


def containment_factor(dependents: int) -> float:
    """Return 1 where nothing depends on the enclosing symbol, falling with the logarithm, 0 from 500 on."""
    return 1.0 - math.log1p(min(max(dependents, 0), DEPENDENTS)) / math.log1p(DEPENDENTS)


def edit_size(before: str, after: str) -> int:
    """Return how many tokens (words, signs) are dropped, added or replaced from one text to the other.

    Levenshtein's distance over what differs between the common front and the common end.
    """
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    front = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    old, new = old[front:], new[front:]
    if len(old) * len(new) > 1_000_000:
        return max(len(old), len(new))
    row = list(range(len(new) + 1))
    for i, a in enumerate(old, 1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(new, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
    return row[-1]


def _logistic(nats: float) -> float:
    if math.isnan(nats):
        return 0.0  # min() and max() would make the most of it
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, (nats - _MARGIN) / _STEEPNESS))))


def _likeness(one: str, other: str, before: str) -> float:
    mine, yours = _TOKEN.findall(one), _TOKEN.findall(other)
    if mine == yours:
        return 1.0
    known = set(_TOKEN.findall(before))
    first, second = set(mine) - known, set(yours) - known
    return len(first & second) / len(first | second) if first | second else 0.5
