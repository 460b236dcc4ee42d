"""Classes as Python orders them: linearisation, members, constructors. On a graph, for the checks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from kb.facts.model import Definition, Flag, Kind, Parameter, ParameterKind, Signature, Status
from kb.graph.code import Code
from kb.graph.model import EdgeKind, Miss, Node, NodeKind, Want, node_id

Class = TypeVar("Class")
MAX_CLASSES = 200  # in one family; real ones have a few dozen
HARMLESS_BASES = frozenset(  # not in the tree, and without anything of interest in them
    {"object", "ABC", "abc.ABC", "Generic", "typing.Generic", "t.Generic", "Protocol", "typing.Protocol", "t.Protocol"}
    | {"typing_extensions.Protocol", "te.Protocol"}
)
_PLAIN_DECORATORS = frozenset(
    {"final", "typing.final", "runtime_checkable", "typing.runtime_checkable", "total_ordering"}
    | {"functools.total_ordering"}
)
_DATACLASS = frozenset({"dataclass", "dataclasses.dataclass"})
_SPECIAL = re.compile(r"InitVar|KW_ONLY")
_ATTRIBUTES = frozenset({Kind.ATTRIBUTE, Kind.VARIABLE, Kind.CONSTANT})


def linearised(head: Class, bases: Sequence[Sequence[Class]]) -> list[Class] | None:
    """Return C3's order of a class and the orders of its bases, None if they contradict each other.

    Source: the Python documentation, "The Python 2.3 Method Resolution Order". `bases` are the bases' own orders, in
    the order in which the class names them.
    """
    rest = [list(order) for order in bases if order]
    rest.append([order[0] for order in rest])
    merged = [head]
    while rest := [order for order in rest if order]:
        for order in rest:
            first = order[0]
            if not any(first in other[1:] for other in rest):
                break
        else:
            return None
        merged.append(first)
        for order in rest:
            if order[0] == first:
                del order[0]
    return merged


@dataclass(frozen=True)
class Mro:
    """The classes of the tree in which a class's members are sought, itself first.

    `complete` is False if a base is not in the tree, not known, or the bases contradict each other.
    """

    classes: tuple[Node, ...]
    complete: bool


@dataclass(frozen=True)
class Unsure:
    """A constructor whose signature cannot be known."""

    reason: str


def mro_of(code: Code, node: Node) -> Mro:
    """Return the order in which a class's members are looked up."""
    order, complete = _mro(code, node, (), {})
    return Mro(tuple(order), complete)


_Orders = dict[int, tuple[list[Node], bool]]  # what was worked out: a base that many classes share is looked at once


def _mro(code: Code, node: Node, below: tuple[int, ...], known: _Orders) -> tuple[list[Node], bool]:
    if node.id not in known:
        known[node.id] = _worked_out(code, node, below, known)
    return known[node.id]


def _worked_out(code: Code, node: Node, below: tuple[int, ...], known: _Orders) -> tuple[list[Node], bool]:
    if node.id in below or len(below) > MAX_CLASSES:
        return [node], False
    rows = [row for row in code.definitions(node) if row.kind in (Kind.CLASS, Kind.ENUM, Kind.INTERFACE, Kind.STRUCT)]
    edges = sorted(code.graph.edges_from([node.id], [EdgeKind.INHERITS]), key=lambda edge: edge.start)
    nodes = code.graph.nodes([edge.dst for edge in edges])
    direct: dict[int, Node] = {}
    for edge in edges:
        if edge.dst in nodes and nodes[edge.dst].kind is NodeKind.CLASS:
            direct.setdefault(edge.dst, nodes[edge.dst])
    said = {base for row in rows for base in row.bases if "=" not in base and base not in HARMLESS_BASES}
    complete = len(rows) == 1 and len(said) == len(direct) and code.facts(node.path).status is Status.WHOLE
    orders = []
    for base in direct.values():
        order, is_whole = _mro(code, base, (*below, node.id), known)
        orders.append(order)
        complete = complete and is_whole
    merged = linearised(node, orders)
    if merged is None or len(set(merged)) < len(merged):
        merged = list(dict.fromkeys([node, *(one for order in orders for one in order)]))
        complete = False
    return merged, complete


def member_of(code: Code, node: Node, name: str, *, after: Node | None = None) -> tuple[Node, Definition] | None:
    """Return what a class has under a name, own or inherited, with its first definition; None if nothing is known.

    With `after`, only classes that come later in the order than that one are asked, as `super()` does.
    """
    classes = mro_of(code, node).classes
    if after is not None:
        ids = [one.id for one in classes]
        classes = classes[ids.index(after.id) + 1 :] if after.id in ids else ()
    for owner in classes:
        wanted = node_id(owner.path, f"{owner.qualified}.{name}")
        found = code.graph.nodes([wanted]).get(wanted)
        if found is not None and (rows := code.definitions(found)):
            return found, rows[0]
    return None


def descendants_of(code: Code, node: Node, limit: int = 1000) -> tuple[Node, ...]:
    """Return the classes that inherit from a class, directly or not, nearest first; at most `limit`."""
    seen: dict[int, Node] = {node.id: node}
    level = [node.id]
    while level and len(seen) <= limit:
        found = code.graph.nodes({edge.src for edge in code.graph.edges_to(level, [EdgeKind.INHERITS])})
        level = [one for one in found if one not in seen]
        seen.update({one: found[one] for one in sorted(level)})
    return tuple(seen.values())[1 : limit + 1]


def family_has(code: Code, node: Node, name: str) -> bool:
    """Return whether a class, an ancestor or a descendant has a name, or an ancestor of a descendant (a mixin's host).

    Also if any file sets that name on something whose class is not known. A `Miss` of an attribute says that the class
    and its bases lack it. That nothing else brings it in is not known to the linker, which looks at one file at a time:
    whoever reports such a miss asks this first, or `stands`.
    """
    if _written(code, name):
        return True
    for one in (node, *descendants_of(code, node)):
        order = mro_of(code, one)
        if one is not node and not order.complete:
            return True
        for owner in order.classes:
            wanted = node_id(owner.path, f"{owner.qualified}.{name}")
            if wanted in code.graph.nodes([wanted]):
                return True
    return False


def stands(code: Code, miss: Miss) -> bool:
    """Return whether a miss holds for the whole tree; a linker, which sees one file at a time, cannot say so.

    A name is not missing if some file puts it among the builtins, nor from a module or class if any file sets it on
    something (`module.x = ...`, `request.x = ...`). An attribute is not missing if a relative of the class has it.
    """
    if miss.want is Want.MODULE:
        return True
    written = _written(code, miss.name)
    if miss.want is Want.NAME:
        return not any(chain.startswith(("builtins.", "__builtin__.")) for chain in written)
    if written:
        return False
    path, _, owner = miss.inside.partition("::")
    if miss.want is Want.MEMBER or not owner:
        return True
    node = code.graph.nodes([node_id(path, owner)]).get(node_id(path, owner))
    return node is not None and not family_has(code, node, miss.name)


def _written(code: Code, name: str) -> list[str]:
    """Return the chains by which files give this name to something that does not have it, or is not known."""
    return [one.chain for _, one in code.graph.unknowns_named([name]) if one.reason == "written"]


def constructor_of(code: Code, node: Node) -> Definition | Unsure | None:
    """Return the definition whose signature a call of a class must fit, its first parameter (`self`) included.

    None if there is none: the class takes what `object` takes, nothing. `Unsure` where bases, metaclasses, decorators
    or generated code decide. A plain dataclass gets a definition made from its fields.
    """
    order = mro_of(code, node)
    for owner in order.classes:
        row = next(iter(code.definitions(owner)), None)
        if row is None or (doubt := _doubt(row)):
            return Unsure(doubt if row else "no definition")
        found = [rows for name in ("__init__", "__new__") if (rows := _own(code, owner, name))]
        if len(found) > 1 or any(len(rows) > 1 for rows in found):
            return Unsure("several constructors")
        if row.flags & Flag.DATACLASS:
            return Unsure("written and generated") if found else _generated(code, owner, row)
        if found:
            return Unsure("decorated") if found[0][0].decorators else found[0][0]
    return None if order.complete else Unsure("a base is not known")


def _doubt(row: Definition) -> str:
    said = {base.partition("=")[2] for base in row.bases if "=" in base}
    if said - {"ABCMeta", "abc.ABCMeta"}:
        return "metaclass"
    if row.decorators and not row.flags & Flag.DATACLASS and not set(row.decorators) <= _PLAIN_DECORATORS:
        return "decorated"
    return "enum" if row.kind is Kind.ENUM else ""


def _own(code: Code, owner: Node, name: str) -> tuple[Definition, ...]:
    wanted = node_id(owner.path, f"{owner.qualified}.{name}")
    found = code.graph.nodes([wanted]).get(wanted)
    return code.definitions(found) if found is not None else ()


def _generated(code: Code, owner: Node, row: Definition) -> Definition | Unsure:
    """Return a definition with the `__init__` that `dataclass` writes, where nothing but plain fields is in play."""
    order = mro_of(code, owner)
    fields: dict[str, Parameter] = {}
    for one in reversed(order.classes):
        rows = code.definitions(one)
        if not order.complete or len(rows) != 1 or not set(rows[0].decorators) <= _DATACLASS or not rows[0].decorators:
            return Unsure("generated in a way that is not plain")
        for said in _fields(code, one):
            if said.flags & Flag.CONDITIONAL or said.value.endswith("()") or _SPECIAL.search(said.annotation):
                return Unsure("fields with settings")
            fields[said.name] = Parameter(said.name, annotation=said.annotation, optional=bool(said.value))
    made = Signature((Parameter("self", ParameterKind.POSITIONAL_ONLY), *fields.values()), "None")
    place = (row.inner, row.start, row.end, row.line, row.end_line, row.name_start)
    return Definition("__init__", f"{owner.qualified}.__init__", Kind.METHOD, *place, signature=made)


def _fields(code: Code, owner: Node) -> list[Definition]:
    """Return the annotated attributes that stand in a class's own body."""
    return [
        row
        for row in code.facts(owner.path).definitions
        if row.kind in _ATTRIBUTES
        and row.annotation
        and row.qualified == f"{owner.qualified}.{row.name}"
        and not row.flags & Flag.DEFERRED
        and "ClassVar" not in row.annotation
    ]
