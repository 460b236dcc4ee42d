"""Interfaces, type aliases, enums and namespaces, with their members."""

from __future__ import annotations

from kb.facts.javascript_chains import chain_of
from kb.facts.javascript_classes import KEPT, MEMBER, type_chain
from kb.facts.javascript_functions import name_of, words_of
from kb.facts.javascript_rows import Place, Rows
from kb.facts.javascript_signatures import read_type_parameters
from kb.facts.model import Flag, Kind, ScopeKind
from kb.syntax.parse import Node

_DECLARED = Flag.DECLARED.value


def declare_interface(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read an interface."""
    name = node.child_by_field_name("name")
    if name is None:
        return
    index = rows.define(rows.text(name), Kind.INTERFACE, place, node, name, flags=place.flags & KEPT)
    inside = _open(rows, node, place, index)
    bases = []
    for child in node.named_children:
        if child.type == "extends_type_clause":
            bases += [type_chain(rows, base) for base in child.named_children]
            rows.push_children(child, inside)
    rows.detail(index, bases=tuple(bases))
    _members(rows, node.child_by_field_name("body"), inside)


def declare_type(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read a type alias; the members of an object type are its own, the parts of an intersection its bases."""
    name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    if name is None or value is None:
        return
    index = rows.define(rows.text(name), Kind.TYPE, place, node, name, flags=place.flags & KEPT)
    inside = _open(rows, node, place, index)
    parts, bases = [value], []
    while parts:
        part = parts.pop()
        if part.type == "intersection_type" or part.type == "parenthesized_type":
            parts += reversed(part.named_children)
        elif part.type == "object_type":
            _members(rows, part, inside)
        else:
            bases.append(type_chain(rows, part))
            rows.push(part, inside)
    rows.detail(index, bases=tuple(bases), annotation=rows.note(value))


def _open(rows: Rows, node: Node, place: Place, index: int) -> Place:
    qualified = rows.definitions[index].qualified
    scope = rows.scope(ScopeKind.CLASS, place, node, qualified, index)
    rows.detail(index, inner=scope)
    inside = Place(scope, qualified, place.flags & ~KEPT | Flag.TYPING.value, scope)
    read_type_parameters(rows, node, inside)
    return inside


def _members(rows: Rows, body: Node | None, inside: Place) -> None:
    if body is not None:
        rows.stack.extend((child, inside, MEMBER) for child in reversed(body.named_children))


def declare_enum(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read an enum with its members."""
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    if name is None or body is None:
        return
    flags = words_of(rows, node) | place.flags & KEPT
    index = rows.define(rows.text(name), Kind.ENUM, place, node, name, flags=flags)
    qualified = rows.definitions[index].qualified
    scope = rows.scope(ScopeKind.CLASS, place, node, qualified, index)
    rows.detail(index, inner=scope)
    inside = Place(scope, qualified, place.flags & ~KEPT)
    for child in body.named_children:
        key = child.child_by_field_name("name") if child.type == "enum_assignment" else child
        member = name_of(rows, key) if key is not None else ""
        value = child.child_by_field_name("value")
        if key is not None and member:
            made = rows.define(member, Kind.MEMBER, inside, child, key)
            rows.detail(made, value=chain_of(rows, value, inside))
        rows.push(value, inside)


def declare_namespace(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read `namespace A.B {}`; what stands in `declare module "x"` or `declare global` is not this file's own."""
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    if name is None or body is None:
        return
    if name.type == "string":
        return read_foreign(rows, body, place, "<module>")
    for part in rows.text(name).split("."):
        index = rows.define(part.strip(), Kind.MODULE, place, node, name, flags=place.flags & KEPT)
        qualified = rows.definitions[index].qualified
        scope = rows.scope(ScopeKind.MODULE, place, node, qualified, index)
        rows.detail(index, inner=scope)
        place = Place(scope, qualified, place.flags & KEPT)
    return rows.push_children(body, place._replace(flags=place.flags & ~(Flag.EXPORTED | Flag.DEFAULT).value))


def read_foreign(rows: Rows, body: Node, place: Place, name: str) -> None:
    """Read declarations of another module or of the global scope, which nothing here binds."""
    scope = rows.scope(ScopeKind.MODULE, place, body, name)
    rows.push_children(body, Place(scope, name, place.flags & ~(Flag.EXPORTED | Flag.DEFAULT).value | _DECLARED))
