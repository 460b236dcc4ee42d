"""Fits one scorer to rows in the order of time. The only file that speaks to scikit-learn; nothing of it is kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from kb.risk.model import Scorer, Split

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FOLDS = (0.4, 0.55, 0.7, 0.85, 1.0)  # shares of the rows: what is before one of them is learnt, up to the next tried
FEWEST_IN_FOLD = 5  # positives to learn from and positives to try on, for a fold to count
STRENGTH = 0.2  # of logistic regression: scikit-learn's C
USUAL = "logistic 0.15"  # share in which what is no size is believed: it drifts over the years, and size does not
SHARES = (0.15, 0.5)
BETTER = 0.01  # area under the curve by which another kind has to be better than the usual one
FADES = 3 * 365 * 86_400  # seconds after which a row counts half
LATEST = 1_000  # rows that ranks are taken among
CALIBRATING = 30  # positives that calibration is taken from
STEPWISE = 200  # positives from which calibration may follow any rising curve, and not only a logistic one
_QUANTILES = 41
_CLOSEST = 1e-6


@dataclass(frozen=True)
class Fitted:
    """A scorer and how it did on rows that were later than those it had learnt from; areas are 0..1."""

    scorer: Scorer
    area: float
    size_area: float  # of the number of changed lines alone, on the same rows
    brier: float  # of the rows that it was calibrated on
    tried: int  # rows


@dataclass(frozen=True)
class Table:
    """Rows in order of time (`at`). `known(n)` says of every row whether, when row n was made, it was known to be bad.

    `sizes` are the names of the features that say how large a change is, and of what.
    """

    names: tuple[str, ...]
    sizes: frozenset[str]
    rows: Sequence[Sequence[float]]
    at: Sequence[int]
    lines: Sequence[int]
    bad: Sequence[bool]
    known: Callable[[int], Sequence[bool]]


class _Fold(NamedTuple):
    start: int  # the first row that is tried
    end: int
    known: NDArray[np.bool_]  # of the rows before


class _Arrays(NamedTuple):
    x: Floats  # (rows, features)
    bad: NDArray[np.bool_]
    weights: Floats  # of the rows: what is younger counts more


_Make = Callable[[], Any]


def fitted(table: Table, seed: int) -> Fitted | None:
    """Return the kind of scorer that did best on later rows, fitted to all; None if no later rows can be tried."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # scikit-learn brings it

    with threadpool_limits(limits=1):  # several threads add up in another order each time, and are slower here
        return _fitted(table, seed)


def _fitted(table: Table, seed: int) -> Fitted | None:
    import numpy as np
    from sklearn.metrics import brier_score_loss, roc_auc_score  # type: ignore[import-untyped]

    ages = max(table.at, default=0) - np.asarray(table.at)
    bad = np.asarray(table.bad, dtype=bool)
    data = _Arrays(np.asarray(table.rows, dtype=np.float64), bad, np.exp2(-ages / FADES))
    folds = _folds(table, bad)
    if not folds:
        return None
    kinds = _kinds(table, seed)
    tried = {name: [_raw_of(kind, data, fold) for fold in folds] for name, kind in kinds.items()}

    def area(scores: Sequence[Floats]) -> float:
        pairs = zip(folds, scores, strict=True)
        return float(np.mean([roc_auc_score(bad[fold.start : fold.end], raw) for fold, raw in pairs]))

    areas = {name: area(scores) for name, scores in tried.items()}
    best = max(sorted(areas), key=lambda name: areas[name] + (BETTER if name == USUAL else 0.0))
    raw, later = _latest(tried[best], [bad[fold.start : fold.end] for fold in folds])
    lines = np.asarray(table.lines, dtype=np.float64)
    scorer = _exported(table.names, kinds[best], data, _knots(raw, later))
    said = np.asarray([scorer.probability(float(one)) for one in raw])
    size_area = area([lines[fold.start : fold.end] for fold in folds])
    count = sum(fold.end - fold.start for fold in folds)
    return Fitted(scorer, areas[best], size_area, float(brier_score_loss(later, said)), count)


def _folds(table: Table, bad: NDArray[np.bool_]) -> list[_Fold]:
    """Return what is learnt from and what is tried, where there is enough of both."""
    import numpy as np

    bounds = [round(share * len(bad)) for share in FOLDS]
    found = []
    for start, end in pairwise(bounds):
        known = np.asarray(table.known(start), dtype=bool)[:start]
        tried = int(bad[start:end].sum())
        if int(known.sum()) >= FEWEST_IN_FOLD and FEWEST_IN_FOLD <= tried < end - start:
            found.append(_Fold(start, end, known))
    return found


def _latest(raw: Sequence[Floats], bad: Sequence[NDArray[np.bool_]]) -> tuple[Floats, NDArray[np.bool_]]:
    """Return as many of the latest tried rows as calibration needs: how often defects are found changes over time."""
    import numpy as np

    first = len(raw) - 1
    while first > 0 and sum(int(one.sum()) for one in bad[first:]) < CALIBRATING:
        first -= 1
    return np.concatenate(raw[first:]), np.concatenate(bad[first:])


class _Kind(NamedTuple):
    """A way to fit: what makes an unfitted model, by how much each feature is believed (features,), and each row.

    `fades` is whether younger rows count more; trees take ten times as long to fit with weights.
    """

    make: _Make
    belief: Floats
    fades: bool


def _kinds(table: Table, seed: int) -> dict[str, _Kind]:
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier  # type: ignore[import-untyped]
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    def logistic() -> Any:  # noqa: ANN401 (scikit-learn's)
        return LogisticRegression(C=STRENGTH, max_iter=2_000)

    def boosted() -> Any:  # noqa: ANN401 (scikit-learn's)
        return HistGradientBoostingClassifier(
            max_iter=40,
            max_bins=64,
            learning_rate=0.1,
            max_leaf_nodes=4,
            min_samples_leaf=20,
            l2_regularization=5.0,
            early_stopping=False,
            random_state=seed,
        )

    kinds = {
        f"logistic {share:g}": _Kind(
            logistic, np.asarray([1.0 if name in table.sizes else share for name in table.names]), True
        )
        for share in SHARES
    }
    return kinds | {"boosted": _Kind(boosted, np.ones(len(table.names)), False)}


def _scaled(x: Floats, until: int) -> tuple[Floats, Floats, Floats]:
    mean, scale = x[:until].mean(axis=0), x[:until].std(axis=0)
    scale[scale < _CLOSEST] = 1.0
    return (x - mean) / scale, mean, scale


def _raw_of(kind: _Kind, data: _Arrays, fold: _Fold) -> Floats:
    """Return the log-odds of the rows that are tried, by what is learnt from the rows before."""
    import numpy as np

    model, (scaled, _, _) = kind.make(), _scaled(data.x, fold.start)
    scaled = scaled * kind.belief
    model.fit(scaled[: fold.start], fold.known, sample_weight=data.weights[: fold.start] if kind.fades else None)
    return np.asarray(model.decision_function(scaled[fold.start : fold.end]), dtype=np.float64)


def _exported(names: tuple[str, ...], kind: _Kind, data: _Arrays, knots: tuple[tuple[float, float], ...]) -> Scorer:
    import numpy as np

    scaled, mean, scale = _scaled(data.x, len(data.x))
    model = kind.make()
    model.fit(scaled * kind.belief, data.bad, sample_weight=data.weights if kind.fades else None)
    raw = np.asarray(model.decision_function((scaled * kind.belief)[-LATEST:]), dtype=np.float64)
    quantiles = np.maximum.accumulate(np.quantile(raw, np.linspace(0.0, 1.0, _QUANTILES)))
    means, scales, ranks = tuple(map(float, mean)), tuple(map(float, scale)), tuple(map(float, quantiles))
    if hasattr(model, "coef_"):
        coef = tuple(map(float, model.coef_[0] * kind.belief))
        return Scorer(names, means, scales, float(model.intercept_[0]), coef, knots=knots, ranks=ranks)
    trees = tuple(_tree(one[0].nodes, mean, scale) for one in model._predictors)  # the only way to what it grew
    intercept = float(np.ravel(model._baseline_prediction)[0]) + sum(tree[0].value for tree in trees)
    return Scorer(names, means, scales, intercept, trees=trees, knots=knots, ranks=ranks)


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
        from sklearn.isotonic import IsotonicRegression  # type: ignore[import-untyped]

        steps = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(raw, bad.astype(float))
        pairs = zip(steps.X_thresholds_, steps.y_thresholds_, strict=True)
        return tuple(sorted({float(x): float(y) for x, y in pairs}.items()))
    from sklearn.linear_model import LogisticRegression

    curve = LogisticRegression(C=1e3).fit(raw[:, None], bad)
    slope, at = max(0.0, float(curve.coef_[0][0])), float(curve.intercept_[0])
    return tuple((x, 1.0 / (1.0 + math.exp(-(slope * x + at)))) for x in map(float, np.linspace(low, high, 25)))
