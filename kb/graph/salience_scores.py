"""How central each node of a graph is: PageRank, betweenness, HITS. The same graph gives the same numbers, always.

An edge goes from what refers to what is referred to, so a high score is something that much else depends on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

ALL_PAIRS = 2_000  # nodes; betweenness of more is estimated from some of them
PIVOTS = (8, 256)  # fewest and most nodes from which it is estimated
STEPS = 2_000_000  # edges walked for one estimate: seconds, not minutes
DECIMALS = 12  # scores add up to 1; below this is noise of the iteration


class GraphScore(NamedTuple):
    """Three measures of one node, none negative; only their order means anything."""

    pagerank: float
    betweenness: float
    authority: float


def graph_scores(nodes: Collection[int], edges: Iterable[tuple[int, int]]) -> dict[int, GraphScore]:
    """Return the scores of every node; edges to or from anything else, and from a node to itself, do not count.

    PageRank with damping 0.85 and the authorities of HITS as published (Brin and Page 1998, Kleinberg 1999);
    where HITS does not converge, a node's share of all edges stands for its authority.
    """
    import rustworkx  # lazily: it loads numpy

    order = sorted(nodes)
    place = {node: at for at, node in enumerate(order)}
    known = sorted({(place[a], place[b]) for a, b in edges if a in place and b in place and a != b})
    if not known:
        return dict.fromkeys(order, GraphScore(0.0, 0.0, 0.0))
    graph = rustworkx.PyDiGraph()
    graph.add_nodes_from(range(len(order)))
    graph.add_edges_from_no_data(known)
    ranks: Mapping[int, float] = rustworkx.pagerank(graph, alpha=0.85, tol=1e-10, max_iter=1000)
    between: Sequence[float] | Mapping[int, float]
    if len(order) <= ALL_PAIRS:
        # one thread: several would add up in another order each time
        between = rustworkx.digraph_betweenness_centrality(graph, parallel_threshold=ALL_PAIRS + 1)
    else:
        between = _estimated(len(order), known)
    try:
        authorities: Mapping[int, float] = rustworkx.hits(graph, tol=1e-10, max_iter=1000)[1]
    except rustworkx.FailedToConverge:
        authorities = _shares(len(order), known)
    return {
        node: GraphScore(*(round(values[at], DECIMALS) for values in (ranks, between, authorities)))
        for node, at in place.items()
    }


def _shares(count: int, edges: Sequence[tuple[int, int]]) -> dict[int, float]:
    found = dict.fromkeys(range(count), 0.0)
    for _, there in edges:
        found[there] += 1 / len(edges)
    return found


def _estimated(count: int, edges: Sequence[tuple[int, int]]) -> list[float]:
    """Return betweenness summed over shortest paths from evenly spread nodes only (Brandes and Pich 2007).

    Nodes are in the order of their ids, which are digests, so evenly spread is as good as drawn by lot.
    """
    following: list[list[int]] = [[] for _ in range(count)]
    for here, there in edges:
        following[here].append(there)
    pivots = min(PIVOTS[1], max(PIVOTS[0], STEPS // (count + len(edges))))
    found = [0.0] * count
    for number in range(pivots):
        _add_from(number * count // pivots, following, found)
    most = float(count * pivots)
    return [value / most for value in found]


def _add_from(start: int, following: Sequence[Sequence[int]], found: list[float]) -> None:
    """Add what the shortest paths from one node say of the nodes in between (Brandes 2001)."""
    depth, paths = {start: 0}, {start: 1.0}
    before: dict[int, list[int]] = {}
    order = []
    queue = deque([start])
    while queue:
        here = queue.popleft()
        order.append(here)
        for there in following[here]:
            if there not in depth:
                depth[there], paths[there] = depth[here] + 1, 0.0
                queue.append(there)
            if depth[there] == depth[here] + 1:
                paths[there] += paths[here]
                before.setdefault(there, []).append(here)
    weight = dict.fromkeys(order, 0.0)
    for there in reversed(order):
        for here in before.get(there, ()):
            weight[here] += paths[here] / paths[there] * (1.0 + weight[there])
        if there != start:
            found[there] += weight[there]
