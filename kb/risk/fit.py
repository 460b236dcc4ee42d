"""Fits one scorer to rows in the order of time. The only file that speaks to scikit-learn; nothing of it is kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from kb.risk.model import Scorer, Split

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FOLDS = (0.4, 0.55, 0.7, 0.85, 1.0)  # shares of the rows: what is before one of them is learnt, up to the next tried
FEWEST_IN_FOLD = 5  # positives to learn from and positives to try on, for a fold to count
STRENGTHS = (0.003, 0.03, 0.3)  # of logistic regression: scikit-learn's C
BETTER = 0.01  # area under the curve by which trees have to be better, as a line can be explained better
STEPWISE = 200  # positives from which calibration may follow any rising curve, and not only a logistic one
_QUANTILES = 41
_CLOSEST = 1e-6


@dataclass(frozen=True)
class Fitted:
    """A scorer and how it did on rows that were later than those it had learnt from; areas are 0..1."""

    scorer: Scorer
    area: float
    size_area: float  # of the number of changed lines alone, on the same rows
    brier: float
    tried: int  # rows


@dataclass(frozen=True)
class Table:
    """Rows in order of time. `known(n)` says of every row whether, when row n was made, it was known to be bad."""

    names: tuple[str, ...]
    rows: Sequence[Sequence[float]]
    lines: Sequence[int]
    bad: Sequence[bool]
    known: Callable[[int], Sequence[bool]]


def fitted(table: Table, seed: int) -> Fitted | None:
    """Return the kind of scorer that did best on later rows, fitted to all; None if no later rows can be tried."""
    import numpy as np
    from sklearn.metrics import brier_score_loss, roc_auc_score

    x, bad = np.asarray(table.rows, dtype=np.float64), np.asarray(table.bad, dtype=bool)
    folds = _folds(table, bad)
    if not folds:
        return None
    makers = _makers(seed)
    tried = {
        name: [(_raw_of(make, x, known, start, end), start, end) for start, end, known in folds]
        for name, make in makers.items()
    }
    areas = {
        name: float(np.mean([roc_auc_score(bad[start:end], raw) for raw, start, end in found]))
        for name, found in tried.items()
    }
    best = max(sorted(areas), key=lambda name: areas[name] - (BETTER if name.startswith("boosted") else 0.0))
    raw = np.concatenate([found for found, _, _ in tried[best]])
    later = np.concatenate([bad[start:end] for _, start, end in tried[best]])
    lines = np.asarray(table.lines, dtype=np.float64)
    size = float(np.mean([roc_auc_score(bad[start:end], lines[start:end]) for _, start, end in tried[best]]))
    scorer = _exported(table.names, makers[best], x, bad, _knots(raw, later))
    said = np.asarray([scorer.probability(float(one)) for one in raw])
    return Fitted(scorer, areas[best], size, float(brier_score_loss(later, said)), len(raw))


def _folds(table: Table, bad: NDArray[np.bool_]) -> list[tuple[int, int, NDArray[np.bool_]]]:
    """Return (first row tried, row after the last, what was known of the rows before), where there is enough of it."""
    import numpy as np

    bounds = [round(share * len(bad)) for share in FOLDS]
    found = []
    for start, end in pairwise(bounds):
        known = np.asarray(table.known(start), dtype=bool)[:start]
        positives, tried = int(known.sum()), bad[start:end]
        if positives >= FEWEST_IN_FOLD and FEWEST_IN_FOLD <= int(tried.sum()) < len(tried):
            found.append((start, end, known))
    return found


def _makers(seed: int) -> dict[str, Callable[[], Any]]:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression

    def logistic(strength: float) -> Callable[[], Any]:
        return lambda: LogisticRegression(C=strength, max_iter=2_000)

    def boosted(leaves: int) -> Callable[[], Any]:
        return lambda: HistGradientBoostingClassifier(
            max_iter=60,
            learning_rate=0.06,
            max_leaf_nodes=leaves,
            min_samples_leaf=20,
            l2_regularization=5.0,
            early_stopping=False,
            random_state=seed,
        )

    makers = {f"logistic {strength:g}": logistic(strength) for strength in STRENGTHS}
    return makers | {f"boosted {leaves}": boosted(leaves) for leaves in (4, 8)}


def _scaled(x: Floats, until: int) -> tuple[Floats, Floats, Floats]:
    mean, scale = x[:until].mean(axis=0), x[:until].std(axis=0)
    scale[scale < _CLOSEST] = 1.0
    return (x - mean) / scale, mean, scale


def _raw_of(make: Callable[[], Any], x: Floats, known: NDArray[np.bool_], start: int, end: int) -> Floats:
    """Return the log-odds of rows start..end by what is learnt from the rows before."""
    import numpy as np

    model, (scaled, _, _) = make(), _scaled(x, start)
    model.fit(scaled[:start], known)
    return np.asarray(model.decision_function(scaled[start:end]), dtype=np.float64)


def _exported(
    names: tuple[str, ...],
    make: Callable[[], Any],
    x: Floats,
    bad: NDArray[np.bool_],
    knots: tuple[tuple[float, float], ...],
) -> Scorer:
    import numpy as np

    scaled, mean, scale = _scaled(x, len(x))
    model = make()
    model.fit(scaled, bad)
    raw = np.asarray(model.decision_function(scaled), dtype=np.float64)
    ranks = np.maximum.accumulate(np.quantile(raw, np.linspace(0.0, 1.0, _QUANTILES)))
    means, scales = tuple(map(float, mean)), tuple(map(float, scale))
    quantiles = tuple(float(one) for one in ranks)
    if hasattr(model, "coef_"):
        coef = tuple(map(float, model.coef_[0]))
        return Scorer(names, means, scales, float(model.intercept_[0]), coef, knots=knots, ranks=quantiles)
    trees = tuple(_tree(one[0].nodes, mean, scale) for one in model._predictors)  # the only way to what it grew
    intercept = float(np.ravel(model._baseline_prediction)[0]) + sum(tree[0].value for tree in trees)
    return Scorer(names, means, scales, intercept, trees=trees, knots=knots, ranks=quantiles)


def _tree(nodes: Any, mean: Floats, scale: Floats) -> tuple[Split, ...]:  # noqa: ANN401 (a structured array)
    """Return a tree that asks about plain values; a node's value is the mean of its leaves, weighted by rows."""
    values = [0.0] * len(nodes)
    for at in range(len(nodes) - 1, -1, -1):
        node = nodes[at]
        left, right = int(node["left"]), int(node["right"])
        if node["is_leaf"]:
            values[at] = float(node["value"])
        else:
            of = [int(nodes[one]["count"]) for one in (left, right)]
            values[at] = (values[left] * of[0] + values[right] * of[1]) / max(1, sum(of))
    return tuple(
        Split(value)
        if node["is_leaf"]
        else Split(
            value,
            int(node["feature_idx"]),
            float(node["num_threshold"] * scale[node["feature_idx"]] + mean[node["feature_idx"]]),
            int(node["left"]),
            int(node["right"]),
        )
        for node, value in zip(nodes, values, strict=True)
    )


def _knots(raw: Floats, bad: NDArray[np.bool_]) -> tuple[tuple[float, float], ...]:
    """Return points of a rising curve from log-odds to probability, by what became of rows not learnt from."""
    import numpy as np

    low, high = float(raw.min()), float(raw.max())
    if high - low < _CLOSEST:
        return ((low, float(bad.mean())),)
    if int(bad.sum()) >= STEPWISE:
        from sklearn.isotonic import IsotonicRegression

        steps = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(raw, bad.astype(float))
        pairs = zip(steps.X_thresholds_, steps.y_thresholds_, strict=True)
        return tuple(sorted({float(x): float(y) for x, y in pairs}.items()))
    from sklearn.linear_model import LogisticRegression

    curve = LogisticRegression(C=1e3).fit(raw[:, None], bad)
    slope, at = max(0.0, float(curve.coef_[0][0])), float(curve.intercept_[0])
    return tuple((x, 1.0 / (1.0 + math.exp(-(slope * x + at)))) for x in map(float, np.linspace(low, high, 25)))
