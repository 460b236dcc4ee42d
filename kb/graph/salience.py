"""How much it matters what is done to a file, a class or a function: from the graph and from history.

    score = 30 % PageRank + 15 % betweenness + 15 % HITS authority     what depends on it
          + 15 % churn + 10 % bus factor                               how often it changes, how few know it
          + 5 % size + 10 % tests                                      how large it is, whether a test reaches it

Every part is between 0 and 1. All but tests are *ranks*: the share of the other nodes with a smaller value, so that
0 is the least, 1 the most, and equal nodes are equal. Files are ranked among files, and classes and functions among
themselves; a class or function has the churn and the bus factor of its file.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

import msgspec

from kb.cache import Cache
from kb.graph.model import EdgeKind, Node, NodeKind
from kb.graph.queries_impact import is_test
from kb.graph.salience_scores import GraphScore, graph_scores
from kb.graph.store import GraphReader
from kb.history.past import FileHistory, History

VERSION = 2  # of what is returned; raise it with every change in it
_REFERS = (EdgeKind.CALLS, EdgeKind.IMPORTS, EdgeKind.INHERITS, EdgeKind.OVERRIDES, EdgeKind.USES)


class Quadrant(StrEnum):
    """What kind of place a node is: much or little depends on it, and it changes much or little."""

    FOUNDATIONAL_STABLE = "foundational-stable"
    ACTIVE_HOTSPOT = "active-hotspot"
    PERIPHERAL_ACTIVE = "peripheral-active"
    QUIET_LEAF = "quiet-leaf"


class Parts(NamedTuple):
    """What a score is made of, each 0..1."""

    pagerank: float
    betweenness: float
    authority: float
    churn: float
    bus_factor: float  # 1 where one author made half of the commits; 0 where nothing is known
    size: float
    tests: float  # 1 if a test refers to it, else 0

    @property
    def structure(self) -> float:
        """Return the part of the score that the graph gives, 0..0.6."""
        return 0.30 * self.pagerank + 0.15 * self.betweenness + 0.15 * self.authority

    @property
    def score(self) -> float:
        """Return the weighted sum, 0..1."""
        past = 0.15 * self.churn + 0.10 * self.bus_factor
        return self.structure + past + 0.05 * self.size + 0.10 * self.tests


class Salience(NamedTuple):
    """How salient one node is."""

    score: float
    parts: Parts
    quadrant: Quadrant


class _Raw(NamedTuple):
    graph: GraphScore
    churn: float
    bus_factor: float
    size: int
    tests: float


def salience(reader: GraphReader, history: History, now: int) -> dict[int, Salience]:
    """Return the salience of every file, class and function of a tree by node id; `now` is seconds since 1970.

    The result does not depend on the order of anything, nor on how far `now` is behind the newest commit.
    """
    nodes = {node.id: node for path in reader.files() for node in reader.nodes_in(path) if node.path}
    edges = list(_references(reader, nodes))
    symbols = {one for one, node in nodes.items() if node.kind in (NodeKind.CLASS, NodeKind.FUNCTION)}
    files = {node.path: one for one, node in nodes.items() if node.kind is NodeKind.FILE}
    tested = {there for here, there in edges if is_test(nodes[here]) and not is_test(nodes[there])}
    between_files = {(files[nodes[here].path], files[nodes[there].path]) for here, there in edges}
    tested |= {there for here, there in between_files if is_test(nodes[here]) and not is_test(nodes[there])}
    past = {path: history.file(path) for path in files}
    now = max(now, history.known.newest)

    def ranked(chosen: set[int], scores: Mapping[int, GraphScore]) -> dict[int, Salience]:
        raw = {one: _raw(nodes[one], scores[one], past[nodes[one].path], now, one in tested) for one in sorted(chosen)}
        return _ranked(raw)

    found = ranked(set(files.values()), graph_scores(set(files.values()), between_files))
    # what a module does when it is imported refers to symbols, too: its file stands for it
    return found | ranked(symbols, graph_scores(symbols | set(files.values()), edges))


def _references(reader: GraphReader, nodes: Mapping[int, Node]) -> Iterator[tuple[int, int]]:
    """Yield (from, to) for every edge by which one node of the tree refers to another."""
    for path in reader.files():
        for edge in reader.edges_from([node.id for node in reader.nodes_in(path) if node.path], _REFERS):
            if edge.src in nodes and edge.dst in nodes:
                yield edge.src, edge.dst


def _raw(node: Node, graph: GraphScore, past: FileHistory | None, now: int, is_tested: bool) -> _Raw:
    size, tests = max(1, node.end_line - node.line + 1), 1.0 if is_tested else 0.0
    if past is None:
        return _Raw(graph, 0.0, 0.0, size, tests)
    factor = past.bus_factor
    churn = float(f"{past.churn(now):.9g}")  # the same changes seen from another day differ in the last digits
    return _Raw(graph, churn, 1.0 / factor if factor else 0.0, size, tests)


def _ranked(raw: Mapping[int, _Raw]) -> dict[int, Salience]:
    pagerank = _ranks({one: value.graph.pagerank for one, value in raw.items()})
    betweenness = _ranks({one: value.graph.betweenness for one, value in raw.items()})
    authority = _ranks({one: value.graph.authority for one, value in raw.items()})
    churn = _ranks({one: value.churn for one, value in raw.items()})
    bus_factor = _ranks({one: value.bus_factor for one, value in raw.items()})
    size = _ranks({one: float(value.size) for one, value in raw.items()})
    parts = {
        one: Parts(pagerank[one], betweenness[one], authority[one], churn[one], bus_factor[one], size[one], value.tests)
        for one, value in raw.items()
    }
    structure = _middle([part.structure for part in parts.values()])
    activity = _middle([part.churn for part in parts.values()])
    return {
        one: Salience(round(part.score, 6), part, _quadrant(part.structure > structure, part.churn > activity))
        for one, part in parts.items()
    }


def _ranks(values: Mapping[int, float]) -> dict[int, float]:
    """Return for each value the share of the others that are smaller."""
    order = sorted(values.values())
    others = max(1, len(order) - 1)
    return {one: bisect_left(order, value) / others for one, value in values.items()}


def _middle(values: list[float]) -> float:
    return sorted(values)[(len(values) - 1) // 2] if values else 0.0


def _quadrant(is_central: bool, is_active: bool) -> Quadrant:
    if is_central:
        return Quadrant.ACTIVE_HOTSPOT if is_active else Quadrant.FOUNDATIONAL_STABLE
    return Quadrant.PERIPHERAL_ACTIVE if is_active else Quadrant.QUIET_LEAF


def kept_salience(cache: Cache, reader: GraphReader, history: History, now: int) -> dict[int, Salience]:
    """Return what `salience` returns, from the cache if this tree with this last commit was asked about before."""
    revision = reader.revision
    last = history.commits[0].oid if history.commits else ""
    if revision is None:
        return {}
    key = f"salience {VERSION} {revision.tree} {revision.versions} {last} {history.known}"
    if (stored := cache.get(key)) is not None:
        try:
            return msgspec.msgpack.decode(stored, type=dict[int, Salience])
        except msgspec.DecodeError:
            pass
    found = salience(reader, history, now)
    cache.put(key, msgspec.msgpack.encode(found))
    return found


def most_salient(
    reader: GraphReader, found: Mapping[int, Salience], quadrant: Quadrant | None = None, limit: int = 50
) -> list[tuple[Node, Salience]]:
    """Return the nodes with the highest scores, of one quadrant if one is given; equals in order of path and name."""
    chosen = {one: value for one, value in found.items() if quadrant is None or value.quadrant is quadrant}
    nodes = reader.nodes(chosen)
    rows = [(nodes[one], value) for one, value in chosen.items() if one in nodes]
    return sorted(rows, key=lambda row: (-row[1].score, row[0].path, row[0].qualified))[:limit]
