"""How well a repository's risk model foresees which later changes need a fix, against their size alone.

    python bench/risk.py CLONES [--only NAME,...] [--seed 0] [--out FILE]

CLONES is a folder of clones (work trees or bare). For each, the changes of the main line are put in order. The model
learns from the first 70 %, with labels from fixes made before the split alone; the graph is that of the tree at the
split. It is tried on the last 30 %, but the newest 90 days, whose defects nobody has found yet; their labels are all
fixes until today that came within a year. Only changes of source that is no test count, and no sweeps, for it and for
the size alone (lines changed). Intervals are of 1,000 draws from the tried changes.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.history import clones_in  # noqa: E402 (the script's own folder comes first)
from kb.errors import UserError  # noqa: E402
from kb.graph.index import Index  # noqa: E402
from kb.graph.salience import salience  # noqa: E402
from kb.history.mine import MinedHistory  # noqa: E402
from kb.repository import Repository  # noqa: E402
from kb.risk.features import Features  # noqa: E402
from kb.risk.features_graph import FileGraph, file_graph  # noqa: E402
from kb.risk.mined import Mined, labels_of, mined, rows_of  # noqa: E402
from kb.risk.model import model_from  # noqa: E402
from kb.risk.predict import Predictor  # noqa: E402
from kb.risk.train import GAP, Trained, trained  # noqa: E402

SPLIT = 0.7
DRAWS = 1_000
ASKED = 100  # changes of which the time is taken
FEWEST = 10  # tried changes that needed a fix: with less an area says nothing


def area(scores: Sequence[float], bad: Sequence[bool]) -> float:
    """Return the area under the ROC curve: how often a bad one has a higher score than a good one, ties half."""
    order = sorted(range(len(scores)), key=lambda at: scores[at])
    ranks = [0.0] * len(scores)
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and scores[order[end]] == scores[order[start]]:
            end += 1
        for at in order[start:end]:
            ranks[at] = (start + end + 1) / 2
        start = end
    positives = sum(bad)
    negatives = len(bad) - positives
    total = sum(rank for rank, is_bad in zip(ranks, bad, strict=True) if is_bad)
    return (total - positives * (positives + 1) / 2) / (positives * negatives)


def interval(columns: Sequence[Sequence[float]], bad: Sequence[bool], seed: int) -> list[tuple[float, float]]:
    """Return 95 % intervals of each column's area, and of the first one's lead over each other, in that order."""
    draw, size = random.Random(seed), len(bad)
    drawn: list[list[float]] = []
    while len(drawn) < DRAWS:
        chosen = [draw.randrange(size) for _ in range(size)]
        labels = [bad[at] for at in chosen]
        if 0 < sum(labels) < size:
            areas = [area([column[at] for at in chosen], labels) for column in columns]
            drawn.append([*areas, *(areas[0] - one for one in areas[1:])])
    return [
        (values[round(0.025 * DRAWS)], values[round(0.975 * DRAWS) - 1])
        for values in map(sorted, zip(*drawn, strict=True))
    ]


def graph_at(repository: Repository, commit: str, folder: Path) -> FileGraph:
    """Return the files of a tree with their neighbours and their salience at that time."""
    index = Index.open(None, repository.identity)
    try:
        code = index.code(repository.view(commit))
        past = MinedHistory(repository, folder).history(commit)
        found = salience(code.graph, past, past.known.newest)
        return file_graph(code.graph, {one: value.score for one, value in found.items()})
    finally:
        index.close()


def within(found: Mined, rows: dict[int, Features], split: int) -> tuple[list[int], list[bool]]:
    """Return the numbers of the changes that are tried, and which of them needed a fix."""
    newest = max(one.at for one in found.changes)
    tried = [one for one in sorted(rows) if one >= split and found.changes[one].at <= newest - GAP]
    bad = labels_of(found.changes, found.blames, len(found.changes)).changes
    return tried, [one in bad for one in tried]


def milliseconds(
    repository: Repository, found: Mined, made: Trained, tried: Sequence[int], folder: Path
) -> dict[str, float]:
    """Return what a prediction takes of a processor (p50, p95), and what getting ready for its base takes."""
    past = MinedHistory(repository, folder).history(made.model.tip)
    began = time.perf_counter()
    model = model_from(json.loads(json.dumps(made.model.as_json())))
    loaded = time.perf_counter()
    if model is None:
        raise AssertionError("what was just made is a model")
    predictor = Predictor(model, past)
    predictor.predicted(found.changes[tried[0]].files)  # goes through all commits once
    ready = time.perf_counter()
    times = []
    for one in list(tried)[:ASKED]:
        start = time.process_time()  # others' work on this machine is none of ours
        predictor.predicted(found.changes[one].files)
        times.append((time.process_time() - start) * 1000)
    times.sort()
    return {
        "p50": times[len(times) // 2],
        "p95": times[round(0.95 * (len(times) - 1))],
        "load": (loaded - began) * 1000,
        "ready": (ready - loaded) * 1000,
    }


def reliability(scores: Sequence[float], bad: Sequence[bool], bins: int = 5) -> list[tuple[float, float, int]]:
    """Return for equal parts of the changes in order of score: mean score, share that needed a fix, how many."""
    pairs = sorted(zip(scores, bad, strict=True))
    parts = [pairs[len(pairs) * at // bins : len(pairs) * (at + 1) // bins] for at in range(bins)]
    return [
        (sum(score for score, _ in part) / len(part), sum(is_bad for _, is_bad in part) / len(part), len(part))
        for part in parts
        if part
    ]


def measured(path: Path, seed: int) -> dict[str, Any]:
    """Return the figures of one repository."""
    with Repository.open(path) as repository, TemporaryDirectory() as name:
        began = time.monotonic()
        found = mined(repository, repository.merge_base("HEAD", "HEAD"))
        split = round(SPLIT * len(found.changes))
        graph = graph_at(repository, found.changes[split - 1].oid, Path(name))
        rows = rows_of(found, graph, {})
        read = time.monotonic()
        made = trained(found, rows, graph, until=split, seed=seed)
        learnt = time.monotonic()
        tried, bad = within(found, rows, split)
        if sum(bad) < FEWEST:
            raise UserError(f"only {sum(bad)} of the {len(tried)} later changes needed a fix: too few to tell")
        took = milliseconds(repository, found, made, tried, Path(name))
    scorer = made.model.change
    raw = [scorer.raw(rows[one].change) for one in tried]
    lines = [float(rows[one].lines) for one in tried]
    said = [scorer.probability(one) for one in raw]
    spans = interval((raw, lines), bad, seed)
    rate = sum(bad) / len(bad)
    return {
        "changes": len(found.changes),
        "learnt": made.changes,
        "learnt_bad": made.bad,
        "kind": scorer.kind,
        "tried": len(tried),
        "bad": sum(bad),
        "area": area(raw, bad),
        "size_area": area(lines, bad),
        "area_interval": spans[0],
        "lead_interval": spans[2],
        "brier": sum((p - b) ** 2 for p, b in zip(said, bad, strict=True)) / len(bad),
        "brier_rate": rate * (1 - rate),
        "mean": sum(said) / len(said),
        "rate": rate,
        "reliability": reliability(said, bad),
        "milliseconds": took,
        "seconds": {"read": read - began, "learnt": learnt - read},
    }


def main() -> int:
    """Measure every clone and print a table; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clones", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    only = set(filter(None, args.only.split(",")))
    for name, path in clones_in(args.clones):
        if only and name not in only:
            continue
        try:
            row = measured(path, args.seed)
        except UserError as error:
            print(f"{name}: {error}", flush=True)
            continue
        print_row(name, row)
        if args.out:
            with args.out.open("a", encoding="utf-8") as out:
                out.write(json.dumps({"repository": name, **row}) + "\n")
    return 0


def print_row(name: str, row: dict[str, Any]) -> None:
    """Print one repository's lines."""
    low, high = row["area_interval"]
    worse, better = row["lead_interval"]
    took = row["milliseconds"]
    print(
        f"{name}: learnt {row['learnt']:,} ({row['learnt_bad']} bad, {row['kind']}), tried {row['tried']:,}"
        f" ({row['bad']} bad): area {row['area']:.3f} [{low:.3f}, {high:.3f}], size alone {row['size_area']:.3f},"
        f" lead {row['area'] - row['size_area']:+.3f} [{worse:+.3f}, {better:+.3f}]\n"
        f"  Brier {row['brier']:.4f} (the mean rate alone {row['brier_rate']:.4f}), said {row['mean']:.3f},"
        f" was {row['rate']:.3f}; fifths "
        + " ".join(f"{said:.3f}/{was:.3f}" for said, was, _ in row["reliability"])
        + f"\n  prediction p50 {took['p50']:.2f} ms, p95 {took['p95']:.2f} ms; ready {took['ready']:.0f} ms, model read"
        f" {took['load']:.0f} ms; mined in {row['seconds']['read']:.0f} s, learnt in {row['seconds']['learnt']:.0f} s",
        flush=True,
    )


if __name__ == "__main__":
    raise SystemExit(main())
