"""What the rows of a measurement come to: rates with their intervals, costs, and comparisons. No words, no pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bot.evaluation.arms import Arm, by_task, is_solved
from bot.evaluation.journal import Row
from bot.evaluation.statistics import Interval, bootstrap, holm, mcnemar, pass_at_k, percentile, wilson
from models.propose import UNASKED

PAIRS = ((Arm.A, Arm.B), (Arm.B, Arm.C), (Arm.B, Arm.D), (Arm.B, Arm.E), (Arm.E, Arm.D), (Arm.D, Arm.F))
MARGINS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)  # nats


@dataclass(frozen=True)
class ArmFigures:
    """How one arm did. Shares are of all samples; `passes` maps k to pass@k with its interval."""

    arm: Arm
    samples: int
    passes: Mapping[int, Interval]
    proposed: int
    parses: int  # of those proposed
    bound: int  # of those proposed
    tokens: int
    seconds: float
    us_p50: float | None  # of constraints per token chosen under them
    us_p99: float | None
    masks_per_token: float | None
    endings: Mapping[str, int]


@dataclass(frozen=True)
class Pair:
    """Two arms on the samples that both have: how often only one of them solved the task."""

    first: Arm
    second: Arm
    both: int  # samples compared
    only_first: int
    only_second: int
    difference: Interval  # of second minus first
    p: float
    p_holm: float


def arm_figures(rows: Sequence[Row], arm: Arm, *, seed: int) -> ArmFigures | None:
    """Return the figures of an arm; None where it has no sample."""
    tasks = by_task(rows, arm.value)
    mine = [row for of_task in tasks.values() for row in of_task]
    if not mine:
        return None
    proposed = [row for row in mine if row["text"] is not None]
    us = [float(one) for row in mine for one in row["us"]]
    chosen = sum(row["chosen"] for row in mine)
    return ArmFigures(
        arm=arm,
        samples=len(mine),
        passes=_passes(tasks, seed),
        proposed=len(proposed),
        parses=sum(row["parses"] for row in proposed),
        bound=sum(row["bound"] for row in proposed),
        tokens=sum(row["tokens"] for row in mine),
        seconds=sum(row["seconds"] for row in mine),
        us_p50=percentile(us, 0.5) if us else None,
        us_p99=percentile(us, 0.99) if us else None,
        masks_per_token=sum(row["masks"] for row in mine) / chosen if chosen else None,
        endings=dict(sorted(Counter(str(row["ending"]) for row in mine).items())),
    )


def _passes(tasks: Mapping[str, Sequence[Row]], seed: int) -> dict[int, Interval]:
    """Return pass@k for k = 1, 2, 4, ... up to the fewest samples that any task has."""
    fewest = min(len(rows) for rows in tasks.values())
    ks = [k for k in (1, 2, 4, 8, 16, 32, 64, 100) if k <= fewest]
    found = {}
    for k in ks:
        clusters: dict[str, list[float]] = {}
        for rows in tasks.values():
            rate = pass_at_k(len(rows), sum(map(is_solved, rows)), k)
            clusters.setdefault(str(rows[0]["problem"]), []).append(rate)
        found[k] = bootstrap([clusters[name] for name in sorted(clusters)], seed=seed)
    return found


def pairs_of(rows: Sequence[Row], *, seed: int) -> list[Pair]:
    """Return the comparisons of arms that are there, their p values adjusted for how many they are."""
    solved = {(row["task"], row["sample"], row["arm"]): row for row in rows if row["arm"] in list(Arm)}
    raw = {}
    for first, second in PAIRS:
        shared = sorted(
            {key[:2] for key in solved if key[2] == first} & {key[:2] for key in solved if key[2] == second}
        )
        outcomes = [(solved[(*key, first)], solved[(*key, second)]) for key in shared]
        if outcomes:
            raw[f"{first}{second}"] = (first, second, outcomes)
    counts = {}
    for name, (_, _, outcomes) in raw.items():
        only_first = sum(is_solved(one) and not is_solved(other) for one, other in outcomes)
        only_second = sum(is_solved(other) and not is_solved(one) for one, other in outcomes)
        counts[name] = (only_first, only_second, mcnemar(only_first, only_second))
    adjusted = holm({name: p for name, (_, _, p) in counts.items()})
    made = []
    for name, (first, second, outcomes) in raw.items():
        clusters: dict[str, list[float]] = {}
        for one, other in outcomes:
            clusters.setdefault(str(one["problem"]), []).append(float(is_solved(other)) - float(is_solved(one)))
        difference = bootstrap([clusters[problem] for problem in sorted(clusters)], seed=seed)
        only_first, only_second, p = counts[name]
        made.append(Pair(first, second, len(outcomes), only_first, only_second, difference, p, adjusted[name]))
    return made


@dataclass(frozen=True)
class KindFigures:
    """How mutants of one kind were ranked; `preferred` and `first` are of all of them."""

    kind: str
    count: int
    alternatives: float  # listed on average
    listed: int  # what was there before is among the alternatives
    preferred: int  # it is likelier than the mutation, listed or not
    first: int  # it is likelier than every other alternative
    best: int  # both: it stands above everything


def kind_figures(rows: Sequence[Row]) -> list[KindFigures]:
    """Return the figures by kind, and of all kinds last, under the name "all"."""
    kinds = sorted({str(row["kind"]) for row in rows})
    groups = [(kind, [row for row in rows if row["kind"] == kind]) for kind in kinds]
    return [_kind(kind, group) for kind, group in [*groups, ("all", list(rows))] if group]


def _kind(kind: str, rows: Sequence[Row]) -> KindFigures:
    return KindFigures(
        kind=kind,
        count=len(rows),
        alternatives=sum(row["alternatives"] for row in rows) / len(rows),
        listed=sum(row["listed"] for row in rows),
        preferred=sum(_is_preferred(row) for row in rows),
        first=sum(row["listed"] and row["first"] for row in rows),
        best=sum(row["listed"] and row["first"] and _is_preferred(row) for row in rows),
    )


def by_function(rows: Sequence[Row], *, seed: int) -> dict[str, Interval]:
    """Return the shares over all kinds with intervals that resample whole functions: mutants of one hang together."""
    asked: dict[str, Callable[[Row], bool]] = {
        "preferred": _is_preferred,
        "first": lambda row: row["listed"] and row["first"],
        "best": lambda row: row["listed"] and row["first"] and _is_preferred(row),
        f"at unchanged places something is {UNASKED:g} nats likelier than what stands there": lambda row: (
            row["clean_over"] is not None and row["clean_over"] >= UNASKED
        ),
    }
    functions: dict[str, list[Row]] = {}
    for row in rows:
        functions.setdefault(str(row["function"]), []).append(row)
    groups = [functions[name] for name in sorted(functions)]
    return {
        name: bootstrap([[float(holds(row)) for row in group] for group in groups], seed=seed)
        for name, holds in asked.items()
    }


def _is_preferred(row: Row) -> bool:
    return row["over_mutant"] is not None and row["over_mutant"] > 0


@dataclass(frozen=True)
class Threshold:
    """What would be proposed if a text had to beat what stands there, and the next best, by a margin in nats."""

    margin: float
    right: int  # mutants for which what was there before would be proposed
    wrong: int  # mutants for which something else would be
    mutants: int
    false: int  # unchanged places at which anything would be
    places: int

    @property
    def false_rate(self) -> Interval:
        """Return the share of unchanged places with a proposal."""
        return wilson(self.false, self.places)


def thresholds(rows: Sequence[Row], margins: Sequence[float] = MARGINS) -> list[Threshold]:
    """Return what margins would let through; empty for no rows."""
    found: list[Threshold] = []
    for margin in margins if rows else ():
        over = [row for row in rows if row["alternatives"] and row["margin"] is not None and row["margin"] >= margin]
        right = sum(row["listed"] and row["first"] for row in over)
        false = sum(row["clean_margin"] is not None and row["clean_margin"] >= margin for row in rows)
        found.append(Threshold(margin, right, len(over) - right, len(rows), false, len(rows)))
    return found
