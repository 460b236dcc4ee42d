"""Walks through the graph of one tree: what is reached from some nodes, level by level, and over which way.

One read of edges and one of nodes per level, on any `GraphReader`: the same code asks SQLite and Neo4j. Every walk has
a cap, and says when there was more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property

from kb.graph.model import Edge, EdgeKind, Node, NodeKind, node_id
from kb.graph.store import GraphReader

DEEPEST = 10  # levels: nobody reads a longer chain
CAP = 500  # nodes or places in one answer
EDGES_PER_LEVEL = 10_000  # read at once; a hub has more, and nobody reads them


@dataclass(frozen=True)
class Step:
    """A node that was reached: at which distance, and by which edge first."""

    node: Node
    depth: int
    edge: Edge
    parent: int  # id of the node at the other end of `edge`, one level nearer to the start


@dataclass(frozen=True)
class Walk:
    """What was reached, nearest first, then in order of place. Each node once, at its least depth."""

    starts: tuple[Node, ...]
    steps: tuple[Step, ...]
    truncated: bool  # there is more than this: a cap was met

    @cached_property
    def _by_id(self) -> dict[int, Step]:
        return {step.node.id: step for step in self.steps}

    def way(self, node: int) -> tuple[Step, ...]:
        """Return the steps from a start to a node, the node's own last; empty for a start or a node not reached."""
        steps: list[Step] = []
        while node in self._by_id:
            steps.append(self._by_id[node])
            node = steps[-1].parent
        return tuple(reversed(steps))


@dataclass(frozen=True)
class Route:
    """Which edges a walk follows. `keep` is asked with the edge, the node stood on and the node it leads to."""

    kinds: tuple[EdgeKind, ...]
    back: bool = False  # against the edges' direction: from what is referred to, to what refers
    keep: Callable[[Edge, Node, Node], bool] = field(default=lambda edge, here, there: True)


def walk(graph: GraphReader, starts: Iterable[Node], route: Route, *, depth: int = DEEPEST, cap: int = CAP) -> Walk:
    """Return what is reached from some nodes in at most `depth` levels and `cap` nodes, the starts not counted."""
    begun = tuple(starts)
    seen = {node.id for node in begun}
    frontier = {node.id: node for node in begun}
    steps: list[Step] = []
    truncated = False
    for level in range(1, min(depth, DEEPEST) + 1):
        if not frontier:
            break
        edges, more = edges_of(graph, frontier, route)
        truncated = truncated or more
        found = _level(graph, edges, frontier, seen, route, level)
        room = cap - len(steps)
        if len(found) > room:
            found, truncated = found[:room], True
        steps += found
        if len(steps) == cap and truncated:
            break
        seen |= {step.node.id for step in found}
        frontier = {step.node.id: step.node for step in found}
    return Walk(begun, tuple(steps), truncated)


def edges_of(graph: GraphReader, frontier: Collection[int], route: Route) -> tuple[list[Edge], bool]:
    """Return the edges that a route takes from these nodes, and whether there are more."""
    read = graph.edges_to if route.back else graph.edges_from
    edges = read(frontier, route.kinds, EDGES_PER_LEVEL + 1)
    return edges[:EDGES_PER_LEVEL], len(edges) > EDGES_PER_LEVEL


def _level(
    graph: GraphReader, edges: list[Edge], frontier: dict[int, Node], seen: set[int], route: Route, level: int
) -> list[Step]:
    """Return a step to each node that is new and may be entered, by its first edge in order of place."""
    ends = [(edge.dst, edge.src) if route.back else (edge.src, edge.dst) for edge in edges]
    nodes = graph.nodes({there for _, there in ends} - seen)
    found: dict[int, Step] = {}
    for edge, (here, there) in zip(edges, ends, strict=True):
        node = nodes.get(there)
        if node is None or not route.keep(edge, frontier[here], node):
            continue
        known = found.get(there)
        if known is None or (edge.start, edge.kind, here) < (known.edge.start, known.edge.kind, known.parent):
            found[there] = Step(node, level, edge, here)
    return sorted(found.values(), key=lambda step: place(step.node))


def place(node: Node) -> tuple[str, int, str]:
    """Return what nodes are put in order by: file, line, name."""
    return node.path, node.line, node.qualified


def file_of(graph: GraphReader, path: str) -> Node | None:
    """Return the node of a file; None if it is not in the graph."""
    made = node_id(path, "")
    return graph.nodes((made,)).get(made)


def inside(graph: GraphReader, node: Node) -> list[Node]:
    """Return what is defined in a node, itself first: all of a file, the members of a class and what they hold."""
    if node.kind is NodeKind.IMPORT:
        return [node]
    below = f"{node.qualified}." if node.qualified else ""
    return [node, *(n for n in graph.nodes_in(node.path) if n.id != node.id and n.qualified.startswith(below))]


def name_of(node: Node) -> str:
    """Return the last word of a node's name; "" for a file."""
    return node.qualified.rpartition(".")[2]
