"""What a change of one thing may touch, and what lies around a thing."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from kb.facts.model import Flag
from kb.graph.model import Edge, EdgeKind, Node, NodeKind, Unknown
from kb.graph.queries import CAP, DEEPEST, EDGES_PER_LEVEL, Route, Walk, inside, name_of, place, walk
from kb.graph.queries_calls import CONSTRUCTORS, called_as, overridden, unresolved_calls, without_constructor
from kb.graph.queries_find import is_test_path
from kb.graph.queries_imports import LATER
from kb.graph.store import GraphReader

_USERS = (
    EdgeKind.CALLS,
    EdgeKind.USES,
    EdgeKind.INHERITS,
    EdgeKind.OVERRIDES,
    EdgeKind.IMPORTS,
    EdgeKind.EXPORTS,
    EdgeKind.DEFINES,
)
Keep = Callable[[Edge, Node, Node], bool]
_OF_ITS_NAME = frozenset((EdgeKind.IMPORTS, EdgeKind.EXPORTS, EdgeKind.OVERRIDES))  # nothing to those further off


@dataclass(frozen=True)
class Impact:
    """What may notice that a thing changes. Where `unresolved` is not empty there may be more."""

    target: Node
    walk: Walk  # all of it but tests; `walk.way(id)` shows how a node is reached
    files: tuple[str, ...]  # in which something is reached
    tests: tuple[str, ...]  # files of tests that reach the thing, or something that it reaches
    unresolved: tuple[tuple[str, Unknown], ...]  # (path, call) of the same name that could not be followed
    truncated: bool
    tests_truncated: bool


@dataclass(frozen=True)
class Near:
    """A node and how many edges it is away."""

    node: Node
    depth: int


@dataclass(frozen=True)
class Neighbourhood:
    """The nodes around a node, and every edge between them."""

    centre: Node
    nodes: tuple[Near, ...]  # the centre first, at depth 0
    edges: tuple[Edge, ...]
    truncated: bool


def impact(graph: GraphReader, node: Node, *, depth: int = DEEPEST, cap: int = CAP) -> Impact:
    """Return what calls, uses or inherits from a thing, directly or not, and what imports, exports or overrides it.

    Of a class or a file, all that it holds counts. A function inside another is that one's doing, a constructor that of
    whoever makes its class; a call of a method may run one that overrides it. Imports are followed further only from a
    file: to those that load what loads it. What is named in the thing itself is no impact.
    """
    own = {part.id: part for part in inside(graph, node)}
    above = {method.id: method for method in overridden(graph, node) if method.id not in own}
    starts = [*own.values(), *above.values()]
    passes = _passes(graph, node, own, above)
    reached = walk(graph, starts, Route(_USERS, back=True, keep=_unless(is_test(node), passes)), depth=depth, cap=cap)
    begun = [*starts, *(step.node for step in reached.steps)]
    into_tests = Route(_USERS, back=True, keep=lambda edge, here, there: is_test(there) and passes(edge, here, there))
    tests = walk(graph, begun, into_tests, depth=depth, cap=cap)
    unresolved, _ = unresolved_calls(graph, called_as(graph, node))
    return Impact(
        node,
        reached,
        tuple(sorted({step.node.path for step in reached.steps})),
        tuple(sorted({step.node.path for step in tests.steps})),
        unresolved,
        reached.truncated,
        tests.truncated,
    )


def is_test(node: Node) -> bool:
    """Return whether a node is a test or lies in a test's file."""
    return bool(node.flags & Flag.TEST.value) or is_test_path(node.path)


def neighbourhood(graph: GraphReader, node: Node, *, depth: int = 1, cap: int = 100) -> Neighbourhood:
    """Return the nodes that are at most `depth` edges away, whichever way the edges point, nearest first."""
    near = {node.id: Near(node, 0)}
    frontier, truncated = {node.id}, False
    for level in range(1, min(depth, DEEPEST) + 1):
        edges = [
            *graph.edges_from(frontier, (), EDGES_PER_LEVEL + 1),
            *graph.edges_to(frontier, (), EDGES_PER_LEVEL + 1),
        ]
        truncated = truncated or len(edges) > EDGES_PER_LEVEL
        ends = {end for edge in edges for end in (edge.src, edge.dst)} - near.keys()
        found = sorted(graph.nodes(ends).values(), key=place)
        room = cap - (len(near) - 1)
        truncated = truncated or len(found) > room
        near |= {one.id: Near(one, level) for one in found[:room]}
        frontier = {one.id for one in found[:room]}
        if not frontier:
            break
    among = graph.edges_from(near, (), EDGES_PER_LEVEL + 1)
    edges = [edge for edge in among[:EDGES_PER_LEVEL] if edge.dst in near]
    return Neighbourhood(node, tuple(near.values()), tuple(edges), truncated or len(among) > EDGES_PER_LEVEL)


def _unless(tests_too: bool, passes: Keep) -> Keep:
    """Return the rule without tests, which are looked for apart so that they do not fill the answer."""
    return passes if tests_too else lambda edge, here, there: not is_test(there) and passes(edge, here, there)


def _passes(
    graph: GraphReader, target: Node, own: Collection[int], above: Collection[int]
) -> Callable[[Edge, Node, Node], bool]:
    """Return the rule by which what happens to `here` may be noticed in `there`."""
    made: set[int] = set()  # classes that are reached because a constructor runs when they are made
    heirs = without_constructor(graph)

    def keep(edge: Edge, here: Node, there: Node) -> bool:
        if here.id in above and (edge.kind is not EdgeKind.CALLS or name_of(there) == name_of(target)):
            return False  # the second is a call by `super()`: see `callers`
        if edge.kind is EdgeKind.DEFINES:
            if there.kind is NodeKind.CLASS and name_of(here) in CONSTRUCTORS:
                made.add(there.id)
                return True
            return here.kind is NodeKind.FUNCTION and there.kind is NodeKind.FUNCTION
        if here.id in made:
            if edge.kind is EdgeKind.INHERITS and heirs(edge, here, there):
                made.add(there.id)
                return True
            return edge.kind is EdgeKind.CALLS
        if here.id in own or edge.kind not in _OF_ITS_NAME:
            return True
        is_load = edge.kind is EdgeKind.IMPORTS and here.kind is NodeKind.FILE and not edge.flags & LATER
        return is_load and target.kind is NodeKind.FILE

    return keep
