"""Reads the statements and expressions of a JavaScript or TypeScript file, without recursion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from kb.facts.javascript_assignments import read_assignment, read_declaration, read_declarator, read_unary, read_update
from kb.facts.javascript_chains import CALLS, read_chain, spine
from kb.facts.javascript_classes import MEMBER, declare_class, read_member
from kb.facts.javascript_declarations import declare_enum, declare_interface, declare_namespace, declare_type
from kb.facts.javascript_functions import (
    FUNCTIONS,
    declare_function,
    declare_signature,
    read_function,
)
from kb.facts.javascript_modules import read_alias, read_export, read_import
from kb.facts.javascript_require import read_required
from kb.facts.javascript_rows import Place, Rows
from kb.facts.javascript_statements import (
    read_binary,
    read_branching,
    read_catch,
    read_for_in,
    read_label,
    read_ternary,
    read_throw,
    read_try,
    read_with,
)
from kb.facts.javascript_types import (
    read_ambient,
    read_conditional_type,
    read_function_type,
    read_index,
    read_infer,
    read_object_type,
    read_predicate,
    read_tuple_part,
    read_type_name,
    read_type_query,
)
from kb.facts.model import Flag, Hole, Role
from kb.syntax.parse import Node

_DISCARDED, _SUSPENDED = (flag.value for flag in (Flag.DISCARDED, Flag.SUSPENDED))
Handler = Callable[[Rows, Node, Place, int], None]

_ROOTS = frozenset({"identifier", "this", "super", "shorthand_property_identifier"})


def read_all(rows: Rows, root: Node, place: Place) -> None:
    """Fill the rows from a syntax tree."""
    rows.push_children(root, place)
    stack = rows.stack
    while stack:
        node, at, role = stack.pop()
        if role & MEMBER:
            if read_member(rows, node, at):
                continue
            role = 0
        handler = HANDLERS.get(node.type)
        if handler is not None:
            handler(rows, node, at, role)
        else:
            rows.push_children(node, at)


def _chain(rows: Rows, node: Node, place: Place, role: int) -> None:
    root, links = spine(node)
    if root.type not in _ROOTS:
        if not links:
            rows.push(root, place, role) if root.id != node.id else rows.push_children(node, place)
            return
        if root.id == node.id:
            rows.push_children(node, place)
            return
    for link in links[:3]:
        if link.type == "call_expression":
            read_required(rows, link, place)
            break
    read_chain(rows, root, links, place, role)
    if links and links[0].type in CALLS and root.type == "identifier" and rows.text(root) in ("eval", "Function"):
        rows.dynamic["eval"] = None


def _name(rows: Rows, node: Node, place: Place, _role: int) -> None:
    rows.use(rows.text(node), node, place, Role.READ)


def _wrapped(rows: Rows, node: Node, place: Place, role: int) -> None:
    rows.stack.extend((child, place, role) for child in reversed(node.named_children))


def _statement(rows: Rows, node: Node, place: Place, _role: int) -> None:
    rows.push_children(node, place, _DISCARDED)


def _handed(rows: Rows, node: Node, place: Place, _role: int) -> None:
    rows.push_children(node, place, _SUSPENDED)


def _nothing(_rows: Rows, _node: Node, _place: Place, _role: int) -> None:
    return


def _block(rows: Rows, node: Node, place: Place, _role: int) -> None:
    rows.push_children(node, rows.block(place, node))


def _comment(rows: Rows, node: Node, place: Place, _role: int) -> None:
    start, end = node.start_byte, node.end_byte
    rows.comment = (start, end)
    text = rows.data[start:end]
    if b"@ts-" in text:
        if b"@ts-ignore" in text or b"@ts-expect-error" in text:
            rows.muted.add(node.end_point[0] + 2)
        elif b"@ts-nocheck" in text:
            rows.dynamic["@ts-nocheck"] = None
    for word in ("TODO", "FIXME"):
        at = text.find(word.encode())
        if at >= 0:
            line = node.start_point[0] + 1 + text.count(b"\n", 0, at)
            rows.holes.append(Hole(word.lower(), place.scope, start, end, line))


def _element(rows: Rows, node: Node, place: Place, _role: int) -> None:
    name = node.child_by_field_name("name")
    for child in reversed(node.named_children):
        if name is None or child.id != name.id:
            rows.push(child, place)
    if name is None or name.type == "jsx_namespace_name":
        return
    text = rows.text(name)
    if text[:1].isupper() or "." in text:
        rows.use(text, name, place, Role.READ)


def _decorator(rows: Rows, node: Node, place: Place, _role: int) -> None:
    rows.push_children(node, place, Flag.DECORATOR.value)


def _each(kinds: str, handler: Handler) -> dict[str, Handler]:
    return dict.fromkeys(kinds.split(), handler)


_LEAVES = (
    "string number true false null undefined regex property_identifier private_property_identifier predefined_type "
    "statement_identifier jsx_text break_statement continue_statement empty_statement debugger_statement import "
    "hash_bang_line this_type literal_type existential_type jsx_closing_element import_attribute escape_sequence "
    "accessibility_modifier override_modifier html_character_reference"
)
HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {
        **_each(_LEAVES, _nothing),
        **_each(
            "this super member_expression subscript_expression "
            "call_expression new_expression await_expression instantiation_expression",
            _chain,
        ),
        **_each(
            "parenthesized_expression non_null_expression satisfies_expression "
            "as_expression type_assertion sequence_expression",
            _wrapped,
        ),
        **_each("return_statement yield_expression array pair spread_element", _handed),
        **dict.fromkeys(FUNCTIONS, read_function),
        **dict.fromkeys(("method_definition",), read_function),
        **dict.fromkeys(("function_declaration", "generator_function_declaration"), declare_function),
        **dict.fromkeys(("class", "class_declaration", "abstract_class_declaration"), declare_class),
        **_each("if_statement while_statement do_statement for_statement switch_statement", read_branching),
        **dict.fromkeys(("lexical_declaration", "variable_declaration"), read_declaration),
        **dict.fromkeys(("assignment_expression", "augmented_assignment_expression"), read_assignment),
        **dict.fromkeys(("comment", "html_comment"), _comment),
        **dict.fromkeys(("jsx_opening_element", "jsx_self_closing_element"), _element),
        **dict.fromkeys(("type_identifier", "nested_type_identifier"), read_type_name),
        **dict.fromkeys(("function_type", "constructor_type"), read_function_type),
        **dict.fromkeys(("module", "internal_module"), declare_namespace),
        **dict.fromkeys(("type_predicate", "asserts"), read_predicate),
        **dict.fromkeys(("required_parameter", "optional_parameter"), read_tuple_part),
        "identifier": _name,
        "shorthand_property_identifier": _name,
        "expression_statement": _statement,
        "statement_block": _block,
        "ternary_expression": read_ternary,
        "binary_expression": read_binary,
        "try_statement": read_try,
        "catch_clause": read_catch,
        "for_in_statement": read_for_in,
        "variable_declarator": read_declarator,
        "update_expression": read_update,
        "unary_expression": read_unary,
        "throw_statement": read_throw,
        "function_signature": declare_signature,
        "interface_declaration": declare_interface,
        "type_alias_declaration": declare_type,
        "enum_declaration": declare_enum,
        "ambient_declaration": read_ambient,
        "import_statement": read_import,
        "import_alias": read_alias,
        "export_statement": read_export,
        "type_query": read_type_query,
        "object_type": read_object_type,
        "index_signature": read_index,
        "conditional_type": read_conditional_type,
        "infer_type": read_infer,
        "with_statement": read_with,
        "labeled_statement": read_label,
        "decorator": _decorator,
    }
)
