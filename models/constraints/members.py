"""What may follow a dot: the members of a receiver, where the graph knows what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kb.graph.classes import mro_of
from kb.graph.model import Node as Thing
from kb.graph.model import NodeKind, node_id
from kb.syntax.parse import Node, Tree, text_of
from models.constraints.names_rows import names_of_module
from models.mask.model import Hole

if TYPE_CHECKING:
    from kb.graph.code import Code

_FIELDS = {"attribute": ("object", "attribute"), "member_expression": ("object", "property")}
_RECEIVERS = frozenset({"self", "cls", "this"})


def members_at(tree: Tree, hole: Hole, path: str, code: Code | None) -> tuple[str, ...]:
    """Return the names that may stand in a hole behind a dot, in order of the alphabet; () where they are not known.

    A class's are those of all its bases in the tree; where a base is of another package there may be more.
    """
    node = tree.root_node.descendant_for_byte_range(hole.span.start, max(hole.span.start, hole.span.end - 1))
    parent = node.parent if node is not None else None
    if code is None or node is None or parent is None or parent.type not in _FIELDS:
        return ()
    receiver, member = (parent.child_by_field_name(field) for field in _FIELDS[parent.type])
    if receiver is None or member != node:
        return ()
    owner = _owner(receiver, hole, path, code)
    return tuple(sorted(_inside(owner, code))) if owner is not None else ()


def _owner(receiver: Node, hole: Hole, path: str, code: Code) -> Thing | None:
    if text_of(receiver) in _RECEIVERS:
        parts = hole.symbol.split(".")
        for count in range(len(parts), 0, -1):
            found = code.graph.nodes([node_id(path, ".".join(parts[:count]))])
            for thing in found.values():
                if thing.kind is NodeKind.CLASS:
                    return thing
        return None
    nodes = code.resolve(path, receiver.end_byte - 1).nodes
    return nodes[0] if len(nodes) == 1 and nodes[0].kind in (NodeKind.CLASS, NodeKind.FILE) else None


def _inside(owner: Thing, code: Code) -> set[str]:
    if owner.kind is NodeKind.FILE:
        return set(names_of_module(code, owner.path))
    found = set()
    for one in mro_of(code, owner).classes:
        start = f"{one.qualified}."
        rows = (row.qualified for row in code.facts(one.path).definitions if row.qualified.startswith(start))
        found |= {name[len(start) :] for name in rows if "." not in name[len(start) :]}
    return found
