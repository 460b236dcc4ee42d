"""What stands near changed code in the graph: its direct neighbours in order of weight, and a second ring."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from kb.graph.model import Edge, EdgeKind, Node, NodeKind
from kb.graph.queries import name_of, place
from kb.graph.queries_impact import is_test
from kb.graph.store import GraphReader
from kb.view import shown

EDGES = 1_000  # read around what changed; a hub has more, and nobody reads them
DIRECT, RING = 120, 300  # nodes that are weighed by salience: more than ever find room
_USED = (EdgeKind.CALLS, EdgeKind.USES, EdgeKind.INHERITS, EdgeKind.OVERRIDES)
_READABLE = frozenset((NodeKind.CLASS, NodeKind.FUNCTION, NodeKind.VARIABLE))
Score = Callable[[str, str], float | None]


class Tie(IntEnum):
    """How a neighbour hangs together with what changed, the closest first."""

    USED = 0  # named on changed lines
    ABOVE = 1  # a class or method that it stands on
    CALLER = 2
    CALLED = 3  # named by the changed definition, on a line that did not change
    BELOW = 4  # stands on it
    TEST = 5
    FURTHER = 6  # two steps away
    BESIDE = 7  # in the same file or class


_WHY = {
    Tie.USED: "used by changed lines of {}",
    Tie.ABOVE: "stands above {}",
    Tie.CALLER: "uses {}",
    Tie.CALLED: "used by {}",
    Tie.BELOW: "stands on {}",
    Tie.TEST: "tests {}",
}


@dataclass(frozen=True)
class Near:
    """One neighbour. `lines` are those of its file for which it is shown; `parent` is its order's for a second step."""

    node: Node
    tie: Tie
    lines: tuple[int, ...]
    why: str
    score: float = 0.0
    parent: int = 0

    @property
    def order(self) -> tuple[int, int, float, tuple[str, int, str]]:
        """Return what neighbours are put in order by: how close, how salient, then where."""
        return self.tie, self.parent, -self.score, place(self.node)


def touched(graph: GraphReader, path: str, lines: Collection[int]) -> list[Node]:
    """Return the innermost nodes of a file in which any of these lines stand; the file's own for what is in none."""
    nodes = graph.nodes_in(path)
    if not nodes or not lines:
        return []
    owners: list[int] = [0] * (max(lines) + 1)
    widest_first = sorted(range(len(nodes)), key=lambda at: nodes[at].line - nodes[at].end_line)
    for at in widest_first:
        node = nodes[at]
        end = min(node.end_line + 1, len(owners))
        owners[node.line : end] = [at] * max(0, end - node.line)
    found = {owners[line] for line in lines if line > 0}
    return [nodes[at] for at in sorted(found)]


def direct(
    graph: GraphReader, changed: Sequence[Node], lines: Mapping[str, Collection[int]], score: Score
) -> list[Near]:
    """Return what is one edge away from changed nodes, the weightiest first; `lines` are the changed ones by path."""
    own = {node.id: node for node in changed}
    above = _enclosing(graph, changed)
    inner = [node.id for node in changed if node.kind is not NodeKind.FILE]
    going = graph.edges_from([*own], (*_USED, EdgeKind.IMPORTS), EDGES)
    going = [edge for edge in going if edge.kind is not EdgeKind.IMPORTS or _is_changed(edge, own, lines)]
    going += graph.edges_from(sorted(above.keys() - own.keys()), (EdgeKind.INHERITS,), EDGES)
    coming = graph.edges_to(inner, _USED, EDGES)
    known = {**above, **own}
    ends = graph.nodes({edge.dst for edge in going} | {edge.src for edge in coming})
    found: dict[int, Near] = {}
    for edge in going:
        there, here = ends.get(edge.dst), known[edge.src]
        tie = _tie_out(edge, here, lines)
        if there is not None and there.kind in _READABLE and tie is not None:
            _add(found, Near(there, tie, (there.line,), name_of(here) or here.path))
    for edge in coming:
        there, here = ends.get(edge.src), known[edge.dst]
        if there is not None and there.path:
            _add(found, Near(there, _tie_in(edge, there), (edge.line,), name_of(here) or here.path))
    left = [near for id, near in found.items() if id not in own]
    return _weighed(left, DIRECT, score)


def _enclosing(graph: GraphReader, changed: Sequence[Node]) -> dict[int, Node]:
    """Return the classes that changed members stand in."""
    found: dict[int, Node] = {}
    for path in sorted({node.path for node in changed}):
        names = {node.qualified.rpartition(".")[0] for node in changed if node.path == path}
        found |= {n.id: n for n in graph.nodes_in(path) if n.kind is NodeKind.CLASS and n.qualified in names}
    return found


def _is_changed(edge: Edge, own: Mapping[int, Node], lines: Mapping[str, Collection[int]]) -> bool:
    return edge.line in lines.get(own[edge.src].path, ())


def _tie_out(edge: Edge, here: Node, lines: Mapping[str, Collection[int]]) -> Tie | None:
    """Return how what an edge leads to is tied; None for what the unchanged lines around definitions name."""
    if edge.line in lines.get(here.path, ()):
        return Tie.USED
    if edge.kind in (EdgeKind.INHERITS, EdgeKind.OVERRIDES):
        return Tie.ABOVE
    return None if here.kind is NodeKind.FILE else Tie.CALLED


def _tie_in(edge: Edge, there: Node) -> Tie:
    if is_test(there):
        return Tie.TEST
    return Tie.BELOW if edge.kind in (EdgeKind.INHERITS, EdgeKind.OVERRIDES) else Tie.CALLER


def _add(found: dict[int, Near], near: Near) -> None:
    """Keep the closest tie of a node, and every line for which it is shown."""
    known = found.get(near.node.id)
    if known is None:
        found[near.node.id] = near
        return
    closer = near if near.tie < known.tie else known
    found[near.node.id] = replace(closer, lines=tuple(sorted({*known.lines, *near.lines})))


def _weighed(found: Iterable[Near], most: int, score: Score) -> list[Near]:
    """Return the neighbours in order; salience is asked for as many as may find room."""
    first = sorted(found, key=lambda near: near.order)[:most]
    scored = (replace(n, score=score(n.node.path, n.node.qualified) or 0.0, why=_said(n)) for n in first)
    return sorted(scored, key=lambda near: near.order)


def _said(near: Near) -> str:
    return shown(_WHY[near.tie].format(near.why[:80])) if near.tie in _WHY else ""


def second(graph: GraphReader, changed: Sequence[Node], around: Sequence[Near], score: Score) -> list[Near]:
    """Return what is one edge away from the neighbours, members of classes among them, and what is beside changes."""
    turn = {near.node.id: at for at, near in enumerate(around)}
    hidden = {node.id for node in changed} | turn.keys()
    inner = [near.node.id for near in around if near.node.kind is not NodeKind.FILE]
    edges = [(e.src, e.dst) for e in graph.edges_from(inner, (*_USED, EdgeKind.DEFINES), EDGES)]
    edges += [(e.dst, e.src) for e in graph.edges_to(inner, _USED, EDGES)]
    nodes = graph.nodes({there for _, there in edges} - hidden)
    found: dict[int, Near] = {}
    for here, there in edges:
        node = nodes.get(there)
        if node is not None and node.kind in _READABLE:
            parent = min(turn[here], found[there].parent if there in found else turn[here])
            found[there] = Near(node, Tie.FURTHER, (node.line,), "", parent=parent + 1000 * is_test(node))
    for path in sorted({node.path for node in changed}):
        for node in graph.nodes_in(path):
            if node.id not in hidden and node.kind in _READABLE:
                found.setdefault(node.id, Near(node, Tie.BESIDE, (node.line,), ""))
    return _weighed(found.values(), RING, score)
