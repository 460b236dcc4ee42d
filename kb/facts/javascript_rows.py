"""The rows that reading a JavaScript or TypeScript file fills, and the place at which the reader stands."""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

import msgspec

from kb.facts.model import (
    Binding,
    Call,
    Definition,
    Export,
    Flag,
    Hole,
    Import,
    Kind,
    Role,
    Scope,
    ScopeKind,
    Signature,
    Use,
)
from kb.syntax.parse import Node, Unparsed

INHERITED = (
    Flag.CONDITIONAL | Flag.GUARDED | Flag.FALLBACK | Flag.TYPING | Flag.DEFERRED
).value  # flags of a place that its references take on
ANONYMOUS = "<function>"
LONGEST_NAME = 2000  # characters of a qualified name; only hostile nesting gets there
LONGEST_TEXT = 300  # characters of an annotation that are kept
_DECLARED, _OVERLOAD = Flag.DECLARED.value, Flag.OVERLOAD.value
_BETWEEN = re.compile(rb"(?:\s|export|default|declare|async|abstract|public|private|protected|static|const|let|var)*")


class Place(NamedTuple):
    """Where the reader stands: the scope, what is true there, and whose `this` it is."""

    scope: int
    qualified: str = ""
    flags: int = 0
    this: int = -1  # scope of the class or object literal that `this` is, -1 if that is not known
    static: bool = False  # `this` is the class itself


class Rows:
    """Collects the rows of one file in order of their place; `stack` holds the nodes still to be read."""

    def __init__(self, data: bytes, language: str) -> None:
        self.data, self.language = data, language
        self.stack: list[tuple[Node, Place, int]] = []
        self.scopes: list[Scope] = []
        self.definitions: list[Definition] = []
        self.bindings: list[Binding] = []
        self.imports: list[Import] = []
        self.exports: list[Export] = []
        self.calls: list[Call] = []
        self.uses: dict[tuple[str, int, Role, int], Use] = {}
        self.holes: list[Hole] = []
        self.dynamic: dict[str, None] = {}
        self.raises: dict[int, list[str]] = {}
        self.is_module = self.is_common = False
        self.names: frozenset[str] = frozenset()  # bound at the top of the file
        self.comment: tuple[int, int] = (0, 0)
        self.muted: set[int] = set()  # lines of which a comment tells the checker to be silent
        self.shadows: set[int] = set()  # scopes that bind `require` themselves: bundles do

    def text(self, node: Node) -> str:
        """Return a node's source text."""
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def note(self, node: Node | None) -> str:
        """Return the text of an annotation without its colon, cut to a bounded length."""
        if node is None:
            return ""
        cut = self.data[node.start_byte : min(node.end_byte, node.start_byte + 4 * LONGEST_TEXT)]
        return " ".join(cut.decode("utf-8", "replace").lstrip(":").split())[:LONGEST_TEXT]

    def push(self, node: Node | None, place: Place, role: int = 0) -> None:
        """Have a node read next."""
        if node is not None:
            self.stack.append((node, place, role))

    def push_children(self, node: Node, place: Place, role: int = 0) -> None:
        """Have the named children of a node read next, the first of them first."""
        self.stack.extend((child, place, role) for child in reversed(node.named_children))

    def scope(self, kind: ScopeKind, place: Place, node: Node, qualified: str, definition: int = -1) -> int:
        """Open a scope below a place; returns its index. Raises Unparsed where names grow without bound."""
        if len(qualified) > LONGEST_NAME:
            raise Unparsed("nested too deeply")
        self.scopes.append(Scope(kind, place.scope, node.start_byte, node.end_byte, qualified, definition))
        return len(self.scopes) - 1

    def block(self, place: Place, node: Node) -> Place:
        """Open a block scope at a place; returns the place inside."""
        return place._replace(scope=self.scope(ScopeKind.BLOCK, place, node, place.qualified))

    def is_shadowed(self, scope: int) -> bool:
        """Return whether `require` is a name of the file's own, seen from a scope."""
        while self.shadows and scope >= 0:
            if scope in self.shadows:
                return True
            scope = self.scopes[scope].parent
        return False

    def hoisted(self, scope: int) -> int:
        """Return the scope in which a `var` of this scope is bound."""
        while self.scopes[scope].kind is ScopeKind.BLOCK:
            scope = self.scopes[scope].parent
        return scope

    def define(
        self, name: str, kind: Kind, place: Place, node: Node, name_node: Node, *, qualified: str = "", flags: int = 0
    ) -> int:
        """Add a definition without its details; returns its index."""
        made = Definition(
            name=name,
            qualified=qualified or joined(place.qualified, name),
            kind=kind,
            scope=place.scope,
            start=node.start_byte,
            end=node.end_byte,
            line=name_node.start_point[0] + 1,
            end_line=node.end_point[0] + 1,
            name_start=name_node.start_byte,
            flags=flags | place.flags & (Flag.CONDITIONAL | Flag.GUARDED | Flag.FALLBACK).value,
            doc=self._doc_before(node.start_byte),
        )
        if len(made.qualified) > LONGEST_NAME:
            raise Unparsed("nested too deeply")
        self.definitions.append(made)
        return len(self.definitions) - 1

    def detail(self, index: int, **details: object) -> None:
        """Set fields of a definition that were not known when it was added."""
        self.definitions[index] = msgspec.structs.replace(self.definitions[index], **details)

    def sign(self, index: int, signature: Signature, flags: int) -> None:
        """Give a definition its signature and more flags."""
        self.detail(index, signature=signature, flags=self.definitions[index].flags | flags)

    def bind(
        self,
        node: Node,
        scope: int,
        *,
        value: str = "",
        annotation: str = "",
        flags: int = 0,
        parameter: bool = False,
    ) -> None:
        """Add a binding of the name that a node is."""
        name = self.text(node)
        if name == "require":
            self.shadows.add(scope)
        self.bindings.append(
            Binding(
                name,
                scope,
                node.start_byte,
                node.start_point[0] + 1,
                value,
                annotation,
                flags,
                parameter,
            )
        )

    def use(self, chain: str, node: Node, place: Place, role: Role, flags: int = 0) -> None:
        """Add a use of a chain, unless it was used so in this scope before."""
        flags |= place.flags & INHERITED
        key = (chain, place.scope, role, flags & Flag.GUARDED.value)
        if key not in self.uses and not chain.startswith(("?", "<")):
            self.uses[key] = Use(chain, place.scope, node.start_byte, node.start_point[0] + 1, role, flags)

    def add_import(self, module: str, node: Node, place: Place, *, name: str, alias: str, flags: int = 0) -> None:
        """Add an imported name."""
        span = (node.start_byte, node.end_byte, node.start_point[0] + 1)
        self.imports.append(Import(module, place.scope, *span, name, alias, 0, flags | place.flags & INHERITED))

    def export(self, name: str, node: Node, *, local: str = "", module: str = "", flags: int = 0) -> None:
        """Add an exported name."""
        self.exports.append(Export(name, node.start_byte, node.start_point[0] + 1, local, module, flags))

    def _doc_before(self, start: int) -> str:
        first, last = self.comment
        if not self.data.startswith(b"/**", first) or not last <= start < last + 500:
            return ""
        if not _BETWEEN.fullmatch(self.data, last, start):
            return ""
        return first_line(self.data[first : min(last, first + 2000)])

    def overloads(self) -> list[Definition]:
        """Return the definitions, signatures without a body beside others of their name marked as overloads."""
        count = Counter((row.scope, row.qualified) for row in self.definitions if row.signature is not None)
        return [
            msgspec.structs.replace(row, flags=row.flags | _OVERLOAD)
            if row.flags & _DECLARED and count[row.scope, row.qualified] > 1
            else row
            for row in self.definitions
        ]


def joined(qualified: str, name: str) -> str:
    """Return a name inside another."""
    return f"{qualified}.{name}" if qualified else name


def first_line(comment: bytes) -> str:
    """Return the first line of a documentation comment that says something."""
    for line in comment.decode("utf-8", "replace").splitlines():
        said = line.strip().removeprefix("/**").removesuffix("*/").strip().lstrip("*").strip()
        if said:
            return said[:LONGEST_TEXT]
    return ""
