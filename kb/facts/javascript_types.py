"""Types where nothing names their members: what they refer to, and the names they bind."""

from __future__ import annotations

from kb.facts.javascript_chains import chain_of
from kb.facts.javascript_classes import type_chain
from kb.facts.javascript_declarations import read_foreign
from kb.facts.javascript_functions import (
    signature_in_types,
)
from kb.facts.javascript_rows import Place, Rows
from kb.facts.model import Flag, Role
from kb.syntax.parse import Node

_DECLARED, _TYPING = (flag.value for flag in (Flag.DECLARED, Flag.TYPING))


def read_type_name(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read a named type."""
    chain = type_chain(rows, node)
    if chain != "?":
        rows.use(chain, node, place, Role.TYPE, _TYPING)


def read_type_query(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read `typeof x` in a type."""
    for child in reversed(node.named_children):
        chain = chain_of(rows, child, place)
        if chain and child.type in ("identifier", "member_expression"):
            rows.use(chain, child, place, Role.TYPE, _TYPING)
        else:
            rows.push(child, place)


def read_function_type(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read the type of a function."""
    inside = rows.block(place, node) if node.child_by_field_name("type_parameters") is not None else place
    signature_in_types(rows, node, inside)


def read_object_type(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read an object type whose members nothing names."""
    for child in reversed(node.named_children):
        if child.type == "property_signature":
            rows.push(child.child_by_field_name("type"), place)
        elif child.type in ("method_signature", "call_signature", "construct_signature"):
            signature_in_types(rows, child, place)
        else:
            rows.push(child, place)


def read_index(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read `[key: string]: T` and `[K in keyof T]: U`."""
    inside = rows.block(place, node)
    for child in reversed(node.named_children):
        if child.type == "mapped_type_clause":
            name = child.child_by_field_name("name")
            if name is not None:
                rows.bind(name, inside.scope, flags=_TYPING)
            rows.push(child.child_by_field_name("alias"), inside)
            rows.push(child.child_by_field_name("type"), inside)
        elif child.type != "identifier":
            rows.push(child, inside)


def read_conditional_type(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read `T extends U ? X : Y`."""
    rows.push_children(node, rows.block(place, node))


def read_infer(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read `infer R`."""
    for at, child in enumerate(node.named_children):
        if at == 0 and child.type == "type_identifier":
            rows.bind(child, place.scope, flags=_TYPING)
        else:
            rows.push(child, place)


def read_predicate(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read `x is T`."""
    rows.push(node.child_by_field_name("type"), place)


def read_tuple_part(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read a named part of a tuple type."""
    rows.push(node.child_by_field_name("type"), place)


def read_ambient(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read what `declare` declares."""
    for child in node.named_children:
        if child.type == "statement_block":
            read_foreign(rows, child, place, "<global>")
        else:
            rows.push(child, place._replace(flags=place.flags | _DECLARED))
