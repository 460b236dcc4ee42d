"""What a class descends from and what descends from it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kb.facts.model import Kind
from kb.graph.classes import mro_of
from kb.graph.code import Code
from kb.graph.model import Edge, EdgeKind, Node
from kb.graph.queries import CAP, DEEPEST, Route, Walk, name_of, walk
from kb.graph.store import GraphReader

_INHERITS = (EdgeKind.INHERITS,)
_ORDERED_DEPTH = 8  # working out the order takes a time that doubles with every level of a diamond
_WITH_BASES = frozenset((Kind.CLASS, Kind.INTERFACE, Kind.ENUM, Kind.STRUCT))


@dataclass(frozen=True)
class Kin:
    """A class above or below another one: how far, over which classes (its own last), by which edge of the last."""

    node: Node
    depth: int
    path: tuple[Node, ...]
    via: Edge
    order: int  # its place, from 1: nearest first, or as Python looks a member up (`in_lookup_order`)


@dataclass(frozen=True)
class Family:
    """The classes above, or below, a class. `elsewhere` are written bases that lead to no class of the graph."""

    target: Node
    kin: tuple[Kin, ...]
    truncated: bool
    elsewhere: tuple[tuple[Node, str], ...] = ()  # (class that names it, the base as it is written)


def ancestors(graph: GraphReader, node: Node, *, depth: int = DEEPEST, cap: int = CAP) -> Family:
    """Return the classes that a class inherits from, in at most `depth` steps (1 to 10)."""
    return _family(node, walk(graph, (node,), Route(_INHERITS), depth=depth, cap=cap))


def descendants(graph: GraphReader, node: Node, *, depth: int = DEEPEST, cap: int = CAP) -> Family:
    """Return the classes that inherit from a class, in at most `depth` steps (1 to 10)."""
    return _family(node, walk(graph, (node,), Route(_INHERITS, back=True), depth=depth, cap=cap))


def in_lookup_order(code: Code, family: Family) -> Family:
    """Return the ancestors of a Python class in the order in which its members are looked up; others as they are."""
    deep = max((kin.depth for kin in family.kin), default=0) > _ORDERED_DEPTH
    if deep or family.truncated or code.facts(family.target.path).language != "python":
        return family
    places = {node.id: at for at, node in enumerate(mro_of(code, family.target).classes)}
    kin = sorted(family.kin, key=lambda one: (places.get(one.node.id, len(places)), one.order))
    return replace(family, kin=tuple(replace(one, order=at) for at, one in enumerate(kin, 1)))


def bases_elsewhere(code: Code, family: Family) -> tuple[tuple[Node, str], ...]:
    """Return the bases, written in a class or in one of these ancestors of it, that lead to no class of the graph.

    They are of other packages or of the language, or could not be followed.
    """
    found: list[tuple[Node, str]] = []
    for node in (family.target, *(kin.node for kin in family.kin)):
        written = [base for row in code.definitions(node) if row.kind in _WITH_BASES for base in row.bases]
        edges = code.graph.edges_from((node.id,), _INHERITS)
        known = {name_of(base) for base in code.graph.nodes({edge.dst for edge in edges}).values()}
        aliases = len(written) == len(edges)  # each has its edge, whatever it is called there
        found += [(node, b) for b in dict.fromkeys(written) if not aliases and b.rpartition(".")[2] not in known]
    return tuple(found)


def _family(node: Node, reached: Walk) -> Family:
    kin = tuple(
        Kin(step.node, step.depth, tuple(s.node for s in reached.way(step.node.id)), step.edge, order)
        for order, step in enumerate(reached.steps, 1)
    )
    return Family(node, kin, reached.truncated)
