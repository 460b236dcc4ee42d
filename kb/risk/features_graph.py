"""Where a file lies among the others: what the graph adds to a risk, and what neighbours tell about it.

A file has features of its own (salience, fan-in, fan-out, depth), and means and maxima of its neighbours' features over
one and two steps, as one layer and two of GraphSAGE with fixed aggregators (Hamilton, Ying, Leskovec 2017). So a file
that the model never saw gets its features in the same way: from its neighbours.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kb.graph.model import EdgeKind, Node, NodeKind, node_id
from kb.graph.store import GraphReader

REFERS = (EdgeKind.CALLS, EdgeKind.IMPORTS, EdgeKind.INHERITS, EdgeKind.OVERRIDES, EdgeKind.USES)
MOST_NEAR = 20  # neighbours of a file, those with most references first
MOST_FAR = 40  # neighbours of neighbours
MOST_FILES = 3_000  # that a model keeps, those with most neighbours first
MOST_COUNT = 2**31  # of references: nothing larger is a graph's
MOST_EDGES = 5_000  # read for one new file
OWN = ("salience", "fan_in", "fan_out", "depth")
NEAR = tuple(
    f"{ring}_{what}_{how}"
    for ring in ("near", "far")
    for what in ("churn", "fixes", "fan_in")
    for how in ("mean", "max")
)
Heat = Callable[[str], tuple[float, float]]


class FileNode(NamedTuple):
    """One file: 0..1 how salient, how many files refer to it, to how many it does, how far from what nobody uses."""

    salience: float
    fan_in: int
    fan_out: int
    depth: int
    near: tuple[str, ...]


_NOWHERE = FileNode(0.0, 0, 0, 0, ())


@dataclass(frozen=True)
class FileGraph:
    """The files of one tree and who their neighbours are."""

    nodes: Mapping[str, FileNode] = field(default_factory=dict)

    def own(self, path: str) -> tuple[float, ...]:
        """Return the features in `OWN`; zeros for a file that is not there."""
        node = self.nodes.get(path, _NOWHERE)
        return (node.salience, math.log1p(node.fan_in), math.log1p(node.fan_out), float(node.depth))

    def around(self, path: str, heat: Heat) -> tuple[float, ...]:
        """Return the features in `NEAR`: neighbours' means and maxima, as hot as `heat` says they are now."""
        near = self.nodes.get(path, _NOWHERE).near
        here = {path, *near}
        far = list(dict.fromkeys(one for other in near for one in self.nodes.get(other, _NOWHERE).near))
        rings = (near, [one for one in far if one not in here][:MOST_FAR])
        return tuple(value for ring in rings for value in self._pooled(ring, heat))

    def _pooled(self, paths: Sequence[str], heat: Heat) -> list[float]:
        if not paths:
            return [0.0] * 6
        rows = []
        for path in paths:
            changes, fixes = heat(path)
            fan_in = self.nodes.get(path, _NOWHERE).fan_in
            rows.append((math.log1p(changes), math.log1p(fixes), math.log1p(fan_in)))
        return [value for column in zip(*rows, strict=True) for value in (sum(column) / len(rows), max(column))]

    def with_files(self, more: Mapping[str, FileNode]) -> FileGraph:
        """Return the graph with further files; they are nobody's neighbours."""
        return FileGraph({**more, **self.nodes}) if more else self

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values: at most `MOST_FILES` files, and neighbours as their numbers."""
        named = [path for path in self.nodes if path.isprintable()]  # no database takes half a character
        kept = sorted(named, key=lambda path: (-len(self.nodes[path].near), -self.nodes[path].fan_in, path))
        paths = sorted(kept[:MOST_FILES])
        numbers = {path: at for at, path in enumerate(paths)}
        rows = []
        for path in paths:
            node = self.nodes[path]
            near = [numbers[one] for one in node.near if one in numbers]
            rows.append([round(node.salience, 4), node.fan_in, node.fan_out, node.depth, near])
        return {"paths": paths, "rows": rows}


def graph_from(body: Mapping[str, Any]) -> FileGraph:
    """Return what `as_json` wrote; raises KeyError, TypeError, ValueError or IndexError for anything else."""
    paths = [str(path) for path in body["paths"]]
    nodes = {}
    for path, (salience, fan_in, fan_out, depth, near) in zip(paths, body["rows"], strict=True):
        counts = (int(fan_in), int(fan_out), int(depth))
        if min(counts) < 0 or max(counts) > MOST_COUNT or not 0.0 <= float(salience) <= 1.0:
            raise ValueError("not a file of a graph")
        nodes[path] = FileNode(float(salience), *counts, tuple(paths[int(one)] for one in near))
    return FileGraph(nodes)


def file_graph(reader: GraphReader, salience: Mapping[int, float]) -> FileGraph:
    """Return the files of a tree with their neighbours; `salience` is a score by node id, as `kb.graph.salience`."""
    files = sorted(reader.files())
    paths = {node.id: path for path in files for node in reader.nodes_in(path) if node.path}
    forth: dict[str, Counter[str]] = {path: Counter() for path in files}
    back: dict[str, Counter[str]] = {path: Counter() for path in files}
    for at in range(0, len(paths), 5_000):
        chunk = list(paths)[at : at + 5_000]
        for edge in reader.edges_from(chunk, REFERS):
            here, there = paths[edge.src], paths.get(edge.dst)
            if there is not None and there != here:
                forth[here][there] += 1
                back[there][here] += 1
    depths = _depths(forth, back)
    return FileGraph(
        {
            path: FileNode(
                salience.get(node_id(path, ""), 0.0),
                len(back[path]),
                len(forth[path]),
                depths.get(path, 0),
                _nearest(forth[path] + back[path]),
            )
            for path in files
        }
    )


def file_nodes(reader: GraphReader, paths: Iterable[str], score: Callable[[str], float | None]) -> dict[str, FileNode]:
    """Return single files of a tree, asked for one by one; those that the tree does not have are left out."""
    found = {}
    for path in sorted(paths):
        ids = [node.id for node in reader.nodes_in(path)]
        if not ids:
            continue
        out = reader.edges_from(ids, REFERS, MOST_EDGES)
        into = reader.edges_to(ids, REFERS, MOST_EDGES)
        ends = reader.nodes({edge.dst for edge in out} | {edge.src for edge in into})
        forth = Counter(_path(ends.get(edge.dst)) for edge in out)
        back = Counter(_path(ends.get(edge.src)) for edge in into)
        for counts in (forth, back):
            for nothing in ("", path):
                counts.pop(nothing, None)
        # how deep it lies is not looked for: one step below what nobody uses, if somebody uses it
        found[path] = FileNode(score(path) or 0.0, len(back), len(forth), min(1, len(back)), _nearest(forth + back))
    return found


def _path(node: Node | None) -> str:
    return node.path if node is not None and node.kind is not NodeKind.IMPORT else ""


def _nearest(counts: Counter[str]) -> tuple[str, ...]:
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(path for path, _ in ranked[:MOST_NEAR])


def _depths(forth: Mapping[str, Counter[str]], back: Mapping[str, Counter[str]]) -> dict[str, int]:
    """Return how many references each file is away from the nearest one that nobody refers to."""
    found = {path: 0 for path in forth if not back[path]}
    queue = deque(sorted(found))
    while queue:
        here = queue.popleft()
        for there in sorted(forth[here]):
            if there not in found:
                found[there] = found[here] + 1
                queue.append(there)
    return found
