"""The numbers that a measurement may be summed up by: unbiased, exact where that is possible, with their intervals.

pass@k is the estimator of Chen et al. 2021 (arXiv:2107.03374), McNemar's test the exact binomial one, the correction
Holm's, intervals of rates Wilson's, and all other intervals percentiles of a bootstrap that resamples whole tasks:
lines of one problem are no independent draws.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

RESAMPLES = 2000
LEVEL = 0.95
Z = 1.959963984540054  # of the normal distribution, for two-sided 95 %


@dataclass(frozen=True)
class Interval:
    """A figure and the 95 % interval around it."""

    point: float
    low: float
    high: float


def pass_at_k(samples: int, correct: int, k: int) -> float:
    """Return the unbiased chance that one of `k` samples solves a task, 1 - C(n-c,k)/C(n,k).

    Raises ValueError unless 1 <= k <= samples and 0 <= correct <= samples.
    """
    if not 1 <= k <= samples or not 0 <= correct <= samples:
        raise ValueError(f"pass@{k} of {correct} in {samples} samples is not defined")
    return 1.0 - math.comb(samples - correct, k) / math.comb(samples, k)


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the two-sided p of two arms being equal, from the tasks that only one of them solves.

    Exact: under the null hypothesis the smaller count is a binomial draw with chance one half.
    """
    if only_first < 0 or only_second < 0:
        raise ValueError("counts are not negative")
    both = only_first + only_second
    tail = sum(math.comb(both, i) for i in range(min(only_first, only_second) + 1))
    return min(1.0, 2 * tail / (1 << both))


def holm(values: Mapping[str, float]) -> dict[str, float]:
    """Return the p values of several comparisons, adjusted so that all hold together (Holm 1979)."""
    adjusted, highest = {}, 0.0
    for rank, (name, value) in enumerate(sorted(values.items(), key=lambda item: (item[1], item[0]))):
        highest = max(highest, min(1.0, value * (len(values) - rank)))
        adjusted[name] = highest
    return {name: adjusted[name] for name in values}


def bootstrap(clusters: Sequence[Sequence[float]], *, seed: int, resamples: int = RESAMPLES) -> Interval:
    """Return the mean over all values with the interval that resampling whole clusters gives.

    Each cluster holds the values of one task; a resample draws as many tasks as there are, with replacement, and
    takes the mean of all their values. Raises ValueError where there is no value at all.
    """
    import numpy as np  # lazily: `prudent review` never comes here

    filled = [values for values in clusters if len(values)]
    if not filled:
        raise ValueError("there is nothing to take the mean of")
    sums = np.array([math.fsum(values) for values in filled])  # (T,)
    counts = np.array([len(values) for values in filled])  # (T,)
    drawn = np.random.default_rng(seed).integers(0, len(filled), size=(resamples, len(filled)))  # (R, T)
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)  # (R,)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(sums.sum() / counts.sum()), float(low), float(high))


def wilson(hits: int, total: int) -> Interval:
    """Return a rate with Wilson's score interval, which stays sensible at 0 and at 1.

    Raises ValueError unless 0 <= hits <= total and total > 0.
    """
    if not 0 <= hits <= total or total == 0:
        raise ValueError(f"{hits} of {total} is no rate")
    rate, square = hits / total, Z * Z / total
    middle = (rate + square / 2) / (1 + square)
    half = Z / (1 + square) * math.sqrt(rate * (1 - rate) / total + square / (4 * total))
    return Interval(rate, max(0.0, middle - half), min(1.0, middle + half))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0..1) of the values lie: the nearest rank, never one in between.

    Raises ValueError for no values.
    """
    if not values or not 0 <= share <= 1:
        raise ValueError("a percentile needs values and a share between 0 and 1")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
