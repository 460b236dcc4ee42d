"""Who calls a thing and what it calls, each call with its arguments and the ground on which it is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kb.facts.model import Call, Facts
from kb.graph.code import Code
from kb.graph.model import Edge, EdgeKind, Node, NodeKind, Shape, Sure, Unknown, node_id
from kb.graph.queries import CAP, DEEPEST, Route, edges_of, inside, name_of, place, walk
from kb.graph.queries_find import is_test_path
from kb.graph.store import GraphReader

CONSTRUCTORS = frozenset(("__init__", "__new__", "constructor"))
UNRESOLVED_CAP = 300


@dataclass(frozen=True)
class CallSite:
    """One call. Its place is in the caller's file; `depth` 1 is a call of (or from) the thing asked about."""

    caller: Node
    callee: Node
    line: int
    start: int
    shape: Shape
    sure: Sure
    flags: int  # kb.facts.model.Flag
    depth: int


@dataclass(frozen=True)
class Callers:
    """The known calls of a thing. Where `unresolved` is not empty, nobody may say that there are no others."""

    target: Node
    sites: tuple[CallSite, ...]  # by depth, those in tests after the others, then by place
    unresolved: tuple[tuple[str, Unknown], ...]  # (path, call) of the same name that could not be followed
    truncated: bool
    unresolved_truncated: bool
    dispatched: tuple[CallSite, ...] = ()  # calls of methods that it overrides: they run it where the object is its own


@dataclass(frozen=True)
class Callees:
    """The known calls that a thing makes. `elsewhere` counts its own calls that lead to nothing in the graph."""

    target: Node
    sites: tuple[CallSite, ...]
    elsewhere: int
    truncated: bool


def callers(graph: GraphReader, node: Node, *, depth: int = 1, cap: int = CAP) -> Callers:
    """Return who calls a node, and at depth 2 and more who calls those; for a constructor, who makes its class."""
    targets = called_as(graph, node)
    sites, truncated = _sites(graph, targets, Route((EdgeKind.CALLS,), back=True), depth, cap)
    unresolved, more = unresolved_calls(graph, targets)
    above, _ = _sites(graph, overridden(graph, node), Route((EdgeKind.CALLS,), back=True), 1, cap)
    # a method that calls what it overrides does so by `super()`: that runs no other class's method
    dispatched = tuple(site for site in above if name_of(site.caller) != name_of(node))
    return Callers(node, sites, unresolved, truncated, more, dispatched)


def callees(code: Code, node: Node, *, depth: int = 1, cap: int = CAP) -> Callees:
    """Return what a node calls; a class and a file call what anything in them calls."""
    holds_others = node.kind in (NodeKind.CLASS, NodeKind.FILE, NodeKind.MODULE)
    callers = inside(code.graph, node) if holds_others else [node]
    sites, truncated = _sites(code.graph, callers, Route((EdgeKind.CALLS,)), depth, cap)
    resolved = {site.start for site in sites if site.depth == 1}
    own = [] if node.kind is NodeKind.IMPORT else _own_calls(code.facts(node.path), node, holds_others)
    elsewhere = 0 if truncated else sum(call.start not in resolved for call in own)
    return Callees(node, sites, elsewhere, truncated)


def overridden(graph: GraphReader, node: Node) -> list[Node]:
    """Return the methods that a method overrides, nearest first; none for a constructor, which is called by its own."""
    if name_of(node) in CONSTRUCTORS:
        return []
    return [step.node for step in walk(graph, (node,), Route((EdgeKind.OVERRIDES,))).steps]


def called_as(graph: GraphReader, node: Node) -> list[Node]:
    """Return the nodes whose calls run a node: itself, and for a constructor the classes that are made by it."""
    if name_of(node) not in CONSTRUCTORS:
        return [node]
    owners = [edge.src for edge in graph.edges_to((node.id,), (EdgeKind.DEFINES,))]
    classes = [found for found in graph.nodes(owners).values() if found.kind is NodeKind.CLASS]
    heirs = walk(graph, classes, Route((EdgeKind.INHERITS,), back=True, keep=without_constructor(graph)))
    return [node, *classes, *(step.node for step in heirs.steps)]


def unresolved_calls(graph: GraphReader, nodes: Iterable[Node]) -> tuple[tuple[tuple[str, Unknown], ...], bool]:
    """Return (path, call) for calls by any of the nodes' names that were not resolved, and whether there are more.

    What was followed out of the repository is left out, unless it is called as something at the top of a module is:
    that may be a built copy of this repository.
    """
    asked = list(nodes)
    names = sorted({name_of(node) for node in asked} - CONSTRUCTORS - {""})
    bare = {node.qualified for node in asked}
    found = graph.unknowns_named(names, UNRESOLVED_CAP + 1) if names else []
    calls = [
        (path, unknown)
        for path, unknown in found[:UNRESOLVED_CAP]
        if unknown.is_call and (unknown.reason != "external" or unknown.chain in bare)
    ]
    return tuple(sorted(calls, key=lambda row: (row[0], row[1].start))), len(found) > UNRESOLVED_CAP


def without_constructor(graph: GraphReader) -> Callable[[Edge, Node, Node], bool]:
    """Return the rule by which a class has the constructor of its base: it has none of its own."""

    def keep(edge: Edge, here: Node, there: Node) -> bool:
        return not graph.nodes([node_id(there.path, f"{there.qualified}.{name}") for name in CONSTRUCTORS])

    return keep


def _sites(
    graph: GraphReader, starts: Iterable[Node], route: Route, depth: int, cap: int
) -> tuple[tuple[CallSite, ...], bool]:
    """Return the calls met on a walk: unlike a walk's steps, each call is one, also of a node met before."""
    frontier = {node.id: node for node in starts}
    known = dict(frontier)
    sites: list[CallSite] = []
    for level in range(1, min(depth, DEEPEST) + 1):
        edges, more = edges_of(graph, frontier, route)
        ends = {edge.src if route.back else edge.dst for edge in edges}
        fresh = graph.nodes(ends - known.keys())
        known |= fresh
        found = [_site(edge, known, level) for edge in edges if edge.src in known and edge.dst in known]
        room = cap - len(sites)
        sites += sorted(found, key=_order)[:room]
        if more or len(found) > room:
            return tuple(sites), True
        frontier = fresh
        if not frontier:
            break
    return tuple(sites), False


def _order(site: CallSite) -> tuple[object, ...]:
    return is_test_path(site.caller.path), place(site.caller), site.start, place(site.callee)


def _site(edge: Edge, nodes: dict[int, Node], depth: int) -> CallSite:
    shape = Shape.read(edge.shape) if edge.shape else Shape(0)
    return CallSite(nodes[edge.src], nodes[edge.dst], edge.line, edge.start, shape, edge.sure, edge.flags, depth)


def _own_calls(facts: Facts, node: Node, with_inner: bool) -> list[Call]:
    """Return the calls written in a node: in it alone, or in all that it holds too."""
    below = f"{node.qualified}." if node.qualified else ""
    named = [scope.qualified for scope in facts.scopes]
    return [
        call
        for call in facts.calls
        if named[call.scope] == node.qualified or (with_inner and named[call.scope].startswith(below))
    ]
