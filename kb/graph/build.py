"""Puts together what linking one file brings, in the same way for every language."""

from __future__ import annotations

from functools import lru_cache
from operator import attrgetter

from kb.facts.model import Call, Facts, Kind
from kb.graph.model import (
    Asked,
    Edge,
    EdgeKind,
    LinkedFile,
    Miss,
    Node,
    NodeKind,
    Shape,
    Sure,
    Unknown,
    Want,
    node_id,
)

NODE_KINDS = {
    Kind.MODULE: NodeKind.MODULE,
    Kind.CLASS: NodeKind.CLASS,
    Kind.INTERFACE: NodeKind.CLASS,
    Kind.ENUM: NodeKind.CLASS,
    Kind.STRUCT: NodeKind.CLASS,
    Kind.FUNCTION: NodeKind.FUNCTION,
    Kind.METHOD: NodeKind.FUNCTION,
}  # the rest are variables
_NODE_ORDER = attrgetter("path", "line", "qualified")
_EDGE_ORDER = attrgetter("start", "kind", "src", "dst", "shape", "line", "sure", "flags")
_MISS_ORDER = attrgetter("start", "want", "name", "inside", "chain", "flags")
_UNKNOWN_ORDER = attrgetter("start", "name", "chain", "reason", "is_call")


@lru_cache(maxsize=1 << 10)
def _shape(positional: int, keywords: tuple[str, ...], star: bool, double_star: bool) -> str:
    return str(Shape(positional, keywords, star, double_star))


class LinkedFileBuilder:
    """Collects one file's nodes, edges, misses and unknowns; `done` gives them in a fixed order.

    The nodes and their `defines` edges come from the facts at once. A name that is defined several times is one
    node, placed at its first definition; a function or class goes before a variable of its name (Java's fields).
    """

    def __init__(self, path: str, facts: Facts) -> None:
        self.path, self.facts = path, facts
        self.file = node_id(path, "")
        self.asked: set[Asked] = set()
        self._nodes = {"": Node(self.file, path, "", NodeKind.FILE, 1, max(1, facts.lines))}
        self._outside: dict[int, Node] = {}
        self._edges: set[Edge] = set()
        self._misses: set[Miss] = set()
        self._unknowns: set[Unknown] = set()
        for row in facts.definitions:
            name, kind = row.qualified, NODE_KINDS.get(row.kind, NodeKind.VARIABLE)
            known = self._nodes.get(name)
            if known is None or (known.kind is NodeKind.VARIABLE and kind is not NodeKind.VARIABLE):
                made = node_id(path, name) if known is None else known.id
                self._nodes[name] = Node(made, path, name, kind, row.line, row.end_line, row.flags)
        for row in facts.definitions:
            owner, dst = self.owner(row.qualified.rpartition(".")[0]), self._nodes[row.qualified].id
            self._edges.add(Edge(owner, EdgeKind.DEFINES, dst, row.line, row.name_start, Sure.LOCAL))
        self._owners = [self.owner(scope.qualified) for scope in facts.scopes]

    def owner(self, qualified: str) -> int:
        """Return the id of the innermost node that a qualified name lies in, or is."""
        while qualified and qualified not in self._nodes:
            qualified = qualified.rpartition(".")[0]
        return self._nodes[qualified].id

    def within(self, scope: int) -> int:
        """Return the id of the innermost node around a scope of the file."""
        return self._owners[scope]

    def module(self, name: str) -> int:
        """Return the id of the node of a module that is not in the tree; the node is added."""
        made = node_id("", name)
        self._outside[made] = Node(made, "", name, NodeKind.IMPORT, 0, 0)
        return made

    def edge(
        self, src: int, kind: EdgeKind, dst: int, line: int, start: int, sure: Sure, shape: str = "", flags: int = 0
    ) -> None:
        """Add one edge."""
        self._edges.add(Edge(src, kind, dst, line, start, sure, shape, flags))

    def call(self, call: Call, dst: int, sure: Sure, flags: int = 0) -> None:
        """Add the edge of a call, with its argument shape; `flags` are added to the call's own."""
        shape = _shape(call.positional, call.keywords, call.star, call.double_star)
        src = self.within(call.scope)
        self.edge(src, EdgeKind.CALLS, dst, call.line, call.start, sure, shape, call.flags | flags)

    def miss(
        self, want: Want, name: str, chain: str, inside: str, scope: int, line: int, start: int, flags: int = 0
    ) -> None:
        """Add something that is surely not there."""
        self._misses.add(Miss(want, name, chain, inside, self.within(scope), line, start, flags))

    def unknown(self, chain: str, reason: str, scope: int, line: int, start: int, *, is_call: bool = False) -> None:
        """Add a reference that was not resolved."""
        name = chain.rstrip("()[]^").rpartition(".")[2]
        self._unknowns.add(Unknown(name, chain, reason, self.within(scope), line, start, is_call))

    def done(self) -> LinkedFile:
        """Return everything, in order of place."""
        nodes = [*self._nodes.values(), *self._outside.values()]
        return LinkedFile(
            self.path,
            tuple(sorted(nodes, key=_NODE_ORDER)),
            tuple(sorted(self._edges, key=_EDGE_ORDER)),
            tuple(sorted(self._misses, key=_MISS_ORDER)),
            tuple(sorted(self._unknowns, key=_UNKNOWN_ORDER)),
            frozenset(self.asked),
        )
