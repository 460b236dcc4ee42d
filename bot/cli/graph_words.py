"""The words of `prudent graph`: nodes, edges, arguments and counts, for people and for programs."""

from __future__ import annotations

from typing import Any

from kb.facts.model import Flag
from kb.graph.model import Edge, EdgeKind, Node, NodeKind, Shape, Sure
from kb.graph.queries_find import address
from kb.graph.queries_imports import Link

_GROUNDS = {Sure.INFERRED: "by its inferred type", Sure.APPROXIMATE: "approximate"}  # the others need not be said
DOES = {
    EdgeKind.CALLS: "calls",
    EdgeKind.IMPORTS: "imports",
    EdgeKind.INHERITS: "inherits from",
    EdgeKind.OVERRIDES: "overrides",
    EdgeKind.USES: "uses",
    EdgeKind.DEFINES: "contains",
    EdgeKind.EXPORTS: "exports",
}
_FLAGS = ("async", "awaited", "deferred", "typing", "conditional", "guarded", "abstract", "static", "new")
_WHY = {
    "dynamic": "it is made while the program runs",
    "external": "it is not of this repository",
    "type": "the type of what it belongs to is not known",
    "star": "it may come from a star import that could not be followed",
    "partial": "the file could not be read in full",
    "ambiguous": "it may be one of several",
    "": "there is nothing to look up",
}


def why_unknown(reason: str) -> str:
    """Return a linker's reason for not knowing in words."""
    return _WHY.get(reason, reason if " " in reason else "it leads to no definition in this repository")


def arguments_of(shape: Shape) -> str:
    """Return the arguments of a call as it would be written, `_` for each that has no name."""
    stars = [*["*..."] * shape.star, *["**..."] * shape.double_star]
    return f"({', '.join([*'_' * shape.positional, *(f'{word}=' for word in shape.keywords), *stars])})"


def node_fields(node: Node) -> dict[str, Any]:
    """Return what JSON says of a node."""
    return {
        "address": address(node),
        "path": node.path,
        "name": node.qualified,
        "kind": node.kind.value,
        "line": node.line,
        "end_line": node.end_line,
    }


def edge_fields(edge: Edge, nodes: dict[int, Node]) -> dict[str, Any]:
    """Return what JSON says of an edge between two of these nodes."""
    ends = {"from": address(nodes[edge.src]), "to": address(nodes[edge.dst])}
    return {**ends, "kind": edge.kind.value, "line": edge.line, "sure": edge.sure.value}


def link_fields(link: Link) -> dict[str, Any]:
    """Return what JSON says of one import of a chain."""
    return {"imports": link.target, "flags": flag_words(link.flags)}


def flag_words(flags: int) -> list[str]:
    """Return the words for what is true of a reference."""
    return [name for name in _FLAGS if flags & Flag[name.upper()].value]


def marks_of(flags: int, sure: Sure) -> str:
    """Return what must be known of a reference, in brackets; "" for nothing."""
    marks = [name for name in ("deferred", "typing", "guarded") if flags & Flag[name.upper()].value]
    marks += [_GROUNDS[sure]] if sure in _GROUNDS else []
    return f"  [{', '.join(marks)}]" if marks else ""


def short_name(node: Node) -> str:
    """Return a node's name as it is written where its file is known."""
    return node.qualified or (node.path if node.kind is NodeKind.FILE else "")


def passive(kind: EdgeKind) -> str:
    """Return how something stands to what an edge comes from."""
    words = {
        EdgeKind.INHERITS: "is a base of",
        EdgeKind.OVERRIDES: "is overridden by",
        EdgeKind.DEFINES: "is defined in",
    }
    return words.get(kind, f"is {kind.value.removesuffix('s').removesuffix('e')}ed by")


def counted(number: int, noun: str, *, more: bool = False) -> str:
    """Return a number with its noun."""
    plural = f"{noun}es" if noun.endswith("ss") else f"{noun}s"
    return f"{'at least ' * more}{number} {noun if number == 1 else plural}"
