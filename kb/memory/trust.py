"""How far findings of one slug are to be trusted in one repository: a Beta posterior of being accepted.

Prior: what the check declares of itself, as accepted and dismissed findings that nobody saw: 9 and 1 for high
confidence, 4 and 1 for medium, 2 and 1 for low. Every finding that people judged counts once, by its lesson's weight.

A slug goes silent if at least three distinct findings of it were dismissed, on three lines of work, and the 90 %
interval of its acceptance ends below nine tenths: then more than a tenth of it is dismissed, beyond doubt. What a
maintainer let speak again is counted from that moment on.

The interval's ends are quantiles of the Beta distribution. With whole a and b its distribution function is a sum of
binomial probabilities (DLMF 8.17.5): exact, so that no library that takes half a second to import is needed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from kb.memory.filter import ENOUGH, STRONG, distinct
from kb.memory.model import Fate, Lesson, Trust

PRIOR = {"high": (9, 1), "medium": (4, 1), "low": (2, 1)}
MEDIUM = "medium"
TOLERATED = 0.1  # share of dismissed findings (design.md 3)
TAIL = 0.05  # on either side of the interval
COUNTED = 400  # lessons, the newest: older ones say what people thought, and cost time
_STEPS = 40  # halvings: the ends are right to 1e-12


def trust_of(slug: str, lessons: Sequence[Lesson], confidence: str = MEDIUM, *, since: float = 0.0) -> Trust:
    """Return the trust in a slug.

    Args:
        slug: Which one.
        lessons: Those of this slug in one repository, one of each finding on each line of work.
        confidence: What the check declares: "high", "medium", "low".
        since: Seconds since the epoch; what was learnt before does not count.
    """
    counted = sorted((one for one in lessons if one.at > since), key=lambda one: (-one.at, -one.id))[:COUNTED]
    accepted = int(sum(one.weight for one in counted if one.fate is Fate.ACCEPTED))
    dismissed = int(sum(one.weight for one in counted if one.fate is Fate.DISMISSED))
    prior = PRIOR.get(confidence, PRIOR[MEDIUM])
    a, b = prior[0] + accepted, prior[1] + dismissed
    low, high = quantile(TAIL, a, b), quantile(1 - TAIL, a, b)
    strong = distinct([one for one in counted if one.fate is Fate.DISMISSED and one.weight >= STRONG])
    silenced = len(strong) >= ENOUGH and high < 1 - TOLERATED
    mean = a / (a + b)
    notice = _notice(slug, accepted, dismissed, low, high) if silenced else ""
    return Trust(slug, accepted, dismissed, mean, low, high, is_silenced=silenced, notice=notice)


def quantile(share: float, a: int, b: int) -> float:
    """Return where the distribution function of Beta(a, b) reaches a share, both parameters whole and positive."""
    import numpy as np

    total = a + b - 1
    won = np.arange(a, total + 1)  # (b,)
    logs = [math.lgamma(total + 1) - math.lgamma(j + 1) - math.lgamma(total - j + 1) for j in range(a, total + 1)]
    chosen, lost = np.array(logs), total - won
    below, above = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (below + above) / 2
        reached = float(np.exp(chosen + won * math.log(middle) + lost * math.log1p(-middle)).sum())
        below, above = (middle, above) if reached < share else (below, middle)
    return (below + above) / 2


def _notice(slug: str, accepted: int, dismissed: int, low: float, high: float) -> str:
    return (
        f"{slug} is silent here: people dismissed {dismissed} of {accepted + dismissed} of its findings"
        f" (90 % interval of the share: {1 - high:.0%} to {1 - low:.0%}). Its findings are recorded, not posted."
        f" A maintainer lets it speak again with `/prudent rules voice {slug}`."
    )
