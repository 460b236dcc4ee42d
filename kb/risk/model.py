"""A trained risk model as a value, and as the JSON that the outcomes store keeps. Nothing in it can be executed."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kb.risk.features import CHANGE_NAMES, FILE_NAMES, VERSION
from kb.risk.features_graph import FileGraph, graph_from

FORMAT = f"1.{VERSION}"  # of the body; a model of another one is not used
MOST_NODES = 2_000  # of one tree
MOST_TREES = 500
LATEST = 2**40  # seconds since 1970; no commit is from later


@dataclass(frozen=True)
class Split:
    """One node of a tree: the mean of what lies below, and, unless it is a leaf, on what it parts and where to."""

    value: float
    feature: int = -1
    threshold: float = 0.0
    left: int = 0
    right: int = 0


@dataclass(frozen=True)
class Scorer:
    """Numbers in, log-odds out; either a line (`coef`) or trees (`trees`).

    `knots` turn log-odds into a calibrated probability, by straight lines between them. `ranks` are evenly spaced
    quantiles of the log-odds of the changes it learnt from.
    """

    names: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    intercept: float
    coef: tuple[float, ...] = ()
    trees: tuple[tuple[Split, ...], ...] = ()
    knots: tuple[tuple[float, float], ...] = ()
    ranks: tuple[float, ...] = ()

    @property
    def kind(self) -> str:
        """Return "boosted" or "logistic"."""
        return "boosted" if self.trees else "logistic"

    def parts(self, row: Sequence[float]) -> tuple[float, ...]:
        """Return what each feature adds to the log-odds, compared with a mean change.

        Of a line that is coefficient times distance from the mean; of trees, by how much the mean of what lies below
        changes at each node that asks about the feature (Saabas 2014). With the intercept they sum up to `raw`.
        """
        if not self.trees:
            scaled = zip(self.coef, row, self.mean, self.scale, strict=True)
            return tuple(weight * (value - mean) / scale for weight, value, mean, scale in scaled)
        found = [0.0] * len(row)
        for tree in self.trees:
            at = tree[0]
            while at.feature >= 0:
                below = tree[at.left if row[at.feature] <= at.threshold else at.right]
                found[at.feature] += below.value - at.value
                at = below
        return tuple(found)

    def raw(self, row: Sequence[float]) -> float:
        """Return the log-odds."""
        return self.intercept + sum(self.parts(row))

    def probability(self, raw: float) -> float:
        """Return how likely it is, 0..1, by what became of later changes when the model was trained."""
        at = bisect_right(self.knots, (raw, math.inf))
        if at == 0 or at == len(self.knots):
            return self.knots[max(0, at - 1)][1]
        (x0, y0), (x1, y1) = self.knots[at - 1], self.knots[at]
        return y0 + (y1 - y0) * (raw - x0) / (x1 - x0)

    def rank(self, raw: float) -> float:
        """Return the share of the repository's earlier changes that were less risky, 0..1."""
        at = bisect_right(self.ranks, raw)
        if at == 0 or at == len(self.ranks):
            return float(at > 0)
        low, high = self.ranks[at - 1], self.ranks[at]
        return (at - 1 + (raw - low) / (high - low)) / (len(self.ranks) - 1)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        trees = [
            [
                [one.value] if one.feature < 0 else [one.value, one.feature, one.threshold, one.left, one.right]
                for one in t
            ]
            for t in self.trees
        ]
        return {
            "names": list(self.names),
            "mean": list(self.mean),
            "scale": list(self.scale),
            "intercept": self.intercept,
            "coef": list(self.coef),
            "trees": trees,
            "knots": [list(one) for one in self.knots],
            "ranks": list(self.ranks),
        }


@dataclass(frozen=True)
class RiskModel:
    """What was learnt of one repository: of whole changes and of single files, and what of its past is needed for it.

    `fixes` are the fronts of the ids of fix commits until `at` (seconds since 1970), all of one length.
    """

    tip: str
    at: int
    change: Scorer
    file: Scorer
    fixes: frozenset[str]
    graph: FileGraph

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "format": FORMAT,
            "tip": self.tip,
            "at": self.at,
            "change": self.change.as_json(),
            "file": self.file.as_json(),
            "fixes": sorted(self.fixes),
            "graph": self.graph.as_json(),
        }


def model_from(body: Mapping[str, Any]) -> RiskModel | None:
    """Return what `as_json` wrote; None for a body of another version, or one that is no model."""
    try:
        if body["format"] != FORMAT or not 0 <= int(body["at"]) <= LATEST:
            return None
        return RiskModel(
            str(body["tip"]),
            int(body["at"]),
            _scorer(body["change"], CHANGE_NAMES),
            _scorer(body["file"], FILE_NAMES),
            frozenset(str(one) for one in body["fixes"]),
            graph_from(body["graph"]),
        )
    except (KeyError, TypeError, ValueError, IndexError, OverflowError):
        return None


def _scorer(body: Mapping[str, Any], names: tuple[str, ...]) -> Scorer:
    if tuple(body["names"]) != names:
        raise ValueError("other features")
    count, coef = len(names), _numbers(body["coef"])
    mean, scale, trees = _numbers(body["mean"]), _numbers(body["scale"]), body["trees"]
    knots = tuple((float(x), float(y)) for x, y in body["knots"])
    ranks = _numbers(body["ranks"])
    if len(trees) > MOST_TREES or bool(trees) == bool(coef) or (coef and len(coef) != count) or not knots:
        raise ValueError("neither a line nor trees")
    if {len(mean), len(scale)} != {count} or 0.0 in scale or len(ranks) < 2:
        raise ValueError("no scales")
    if list(knots) != sorted(knots) or len(dict(knots)) != len(knots) or list(ranks) != sorted(ranks):
        raise ValueError("not in order")
    grown = tuple(tuple(_split(node, at, len(tree), count) for at, node in enumerate(tree)) for tree in trees)
    if not all(grown) or not all(math.isfinite(v) and 0.0 <= v <= 1.0 for _, v in knots):
        raise ValueError("not a probability")
    return Scorer(names, mean, scale, float(body["intercept"]), coef, grown, knots, ranks)


def _split(node: Sequence[float], at: int, nodes: int, features: int) -> Split:
    if len(node) == 1:
        return Split(float(node[0]))
    value, feature, threshold, left, right = node
    # children come after their parent: a walk ends
    if nodes > MOST_NODES or not 0 <= feature < features or not at < left < nodes or not at < right < nodes:
        raise ValueError("not a tree")
    return Split(float(value), int(feature), float(threshold), int(left), int(right))


def _numbers(values: Sequence[float]) -> tuple[float, ...]:
    found = tuple(float(one) for one in values)
    if not all(map(math.isfinite, found)):
        raise ValueError("not a number")
    return found
