"""Statements and operators that decide whether something happens, and the blocks they open."""

from __future__ import annotations

from kb.facts.javascript_chains import chain_of
from kb.facts.javascript_rows import Place, Rows
from kb.facts.javascript_signatures import bind_pattern, written
from kb.facts.model import Flag, Hole
from kb.syntax.parse import Node

_CONDITIONAL, _GUARDED, _FALLBACK, _DISCARDED = (
    flag.value for flag in (Flag.CONDITIONAL, Flag.GUARDED, Flag.FALLBACK, Flag.DISCARDED)
)
_PRESENCE = (b"typeof", b" in ", b"hasOwn", b"instanceof")


def read_branching(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read `if`, `while`, `switch`, `for`: the body may not happen."""
    condition = node.child_by_field_name("condition")
    below = place.flags | _CONDITIONAL
    if condition is not None and _tests_presence(rows, condition):
        below |= _GUARDED
    inside = rows.block(place, node) if node.type in ("for_statement", "switch_statement") else place
    always = {field.id for name in ("condition", "value", "initializer") if (field := node.child_by_field_name(name))}
    for child in reversed(node.named_children):
        rows.push(child, inside if child.id in always else inside._replace(flags=below))


def _tests_presence(rows: Rows, condition: Node) -> bool:
    text = rows.data[condition.start_byte : min(condition.end_byte, condition.start_byte + 500)]
    return any(word in text for word in _PRESENCE)


def read_ternary(rows: Rows, node: Node, place: Place, role: int) -> None:
    """Read `a ? b : c`."""
    condition = node.child_by_field_name("condition")
    below = place.flags | _CONDITIONAL
    if condition is not None and _tests_presence(rows, condition):
        below |= _GUARDED
    inside = place._replace(flags=below)
    rows.push(node.child_by_field_name("alternative"), inside, role)
    rows.push(node.child_by_field_name("consequence"), inside, role)
    rows.push(condition, place)


def read_binary(rows: Rows, node: Node, place: Place, role: int) -> None:
    """Read `a && b` and its like: the right side may not happen."""
    operator = node.child_by_field_name("operator")
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if operator is None or left is None or operator.type not in ("&&", "||", "??"):
        return rows.push_children(node, place)
    flags = place.flags | _CONDITIONAL | (_GUARDED if _tests_presence(rows, left) else 0)
    rows.push(right, place._replace(flags=flags), role)
    return rows.push(left, place, 0 if operator.type == "&&" else role & ~_DISCARDED)


def read_try(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read `try`."""
    handler = node.child_by_field_name("handler")
    guarded = place.flags | (_GUARDED | _CONDITIONAL if handler is not None else 0)
    for child in reversed(node.named_children):
        flags = place.flags
        if child.type == "statement_block":
            flags = guarded
        elif child.type == "catch_clause":
            flags |= _FALLBACK | _CONDITIONAL
        rows.push(child, place._replace(flags=flags))


def read_catch(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read `catch`."""
    inside = rows.block(place, node)
    parameter, body = node.child_by_field_name("parameter"), node.child_by_field_name("body")
    if body is not None:
        rows.push_children(body, inside)
    if parameter is not None:
        bind_pattern(rows, parameter, inside, "", "", parameter=True)
    rows.push(node.child_by_field_name("type"), inside)


def read_for_in(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read `for (x of y)` and `for (x in y)`."""
    inside = rows.block(place, node)
    kind, left, right = (node.child_by_field_name(name) for name in ("kind", "left", "right"))
    operator = node.child_by_field_name("operator")
    element = ""
    if operator is not None and operator.type == "of" and (of := chain_of(rows, right, place)):
        element = f"for {of}"
    body = node.child_by_field_name("body")
    rows.push(body, inside._replace(flags=place.flags | _CONDITIONAL))
    if left is not None and kind is not None:
        bind_pattern(rows, left, inside, element, hoist=kind.type == "var")
    elif left is not None:
        written(rows, left, place)
    rows.push(right, place)


def read_throw(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read `throw`."""
    if node.named_children:
        scope = place.scope
        while rows.scopes[scope].kind == "block":
            scope = rows.scopes[scope].parent
        chain = chain_of(rows, node.named_children[0], place).removesuffix("()")
        if chain and (index := rows.scopes[scope].definition) >= 0:
            rows.raises.setdefault(index, []).append(chain)
        text = rows.data[node.start_byte : min(node.end_byte, node.start_byte + 200)].lower()
        if b"not implemented" in text or b"notimplemented" in text:
            rows.holes.append(
                Hole("unimplemented", place.scope, node.start_byte, node.end_byte, node.start_point[0] + 1)
            )
    rows.push_children(node, place)


def read_label(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read a labelled statement."""
    rows.push(node.child_by_field_name("body"), place)


def read_with(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read `with`, which binds names that nobody wrote."""
    rows.dynamic["with"] = None
    rows.push_children(node, place)
