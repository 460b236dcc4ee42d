"""Why a call that does not fit may be right all the same: it means something else, or the error is taken care of."""

from __future__ import annotations

import re

from checks.constraint.places import Places
from kb.facts.model import Flag
from kb.graph.classes import mro_of
from kb.graph.code import Code
from kb.graph.model import Edge, Node, NodeKind, Sure, node_id

GUARDED = Flag.GUARDED.value | Flag.FALLBACK.value
TAKES_ERROR = re.compile(r"\bexcept\b[^:\n]*\b(?:TypeError|Exception)\b|\bexcept\s*:|\bsuppress\(")


def is_doubtful(places: Places, edge: Edge, callee: Node) -> bool:
    """Return whether the call of an edge of head may mean something else, or a TypeError there be expected."""
    head = places.code.head
    caller = head.graph.nodes([edge.src]).get(edge.src)
    if caller is None:
        return True
    if edge.flags & GUARDED and _takes_error(places, caller):
        return True
    return edge.sure is Sure.MRO and _may_be_inherited(head, caller, callee)


def _takes_error(places: Places, caller: Node) -> bool:
    """Return whether a function takes care of a TypeError somewhere."""
    source = places.source(caller.path)
    span = source.span_of_lines(caller.line, caller.end_line)
    return TAKES_ERROR.search(source.data[span.start : span.end].decode("utf-8", "replace")) is not None


def _may_be_inherited(code: Code, caller: Node, callee: Node) -> bool:
    """Return whether `self` or `super()` may find a method of that name in a base that is not in the tree."""
    around = caller.qualified.split(".")
    names = [".".join(around[:count]) for count in range(len(around), 0, -1)]
    found = code.graph.nodes([node_id(caller.path, name) for name in names])
    nodes = [found[one] for name in names if (one := node_id(caller.path, name)) in found]
    owner = next((node for node in nodes if node.kind is NodeKind.CLASS), None)
    if owner is None:
        return True
    is_own = callee.path == owner.path and callee.qualified.rpartition(".")[0] == owner.qualified
    return not is_own and not mro_of(code, owner).complete
