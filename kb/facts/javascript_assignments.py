"""Declarations of variables, and assignments to names and attributes."""

from __future__ import annotations

from kb.facts.javascript_chains import chain_of
from kb.facts.javascript_classes import read_class
from kb.facts.javascript_functions import (
    FUNCTIONS,
    set_to,
)
from kb.facts.javascript_require import assign_exports, bind_required
from kb.facts.javascript_rows import Place, Rows
from kb.facts.javascript_signatures import bind_pattern, written
from kb.facts.model import Flag, Kind, Role
from kb.syntax.parse import Node

_GUARDED, _READONLY, _EXPORTED, _DECLARED, _DEFAULT, _AWAITED, _SUSPENDED = (
    flag.value
    for flag in (Flag.GUARDED, Flag.READONLY, Flag.EXPORTED, Flag.DECLARED, Flag.DEFAULT, Flag.AWAITED, Flag.SUSPENDED)
)
_HOISTS = 1 << 61  # role of the declarator of a `var`


def read_declaration(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read `var`, `let` and `const`."""
    kind = node.child_by_field_name("kind")
    word = kind.type if kind is not None else "var"
    flags = (_READONLY if word == "const" else 0) | place.flags & (_EXPORTED | _DECLARED)
    inside = place._replace(flags=place.flags & ~(_EXPORTED | _DEFAULT))
    role = flags | (_HOISTS if word == "var" else 0)
    rows.stack.extend((child, inside, role) for child in reversed(node.named_children))


def read_declarator(rows: Rows, node: Node, place: Place, role: int) -> None:
    """Read one name or pattern of a declaration."""
    hoist = bool(role & _HOISTS)
    flags = role & (_READONLY | _EXPORTED | _DECLARED)
    name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    if name is None:
        return
    if value is not None and bind_required(rows, name, value, place, hoist=hoist):
        return
    scope = rows.hoisted(place.scope) if hoist else place.scope
    at = place._replace(scope=scope)
    note_node = node.child_by_field_name("type")
    annotation = rows.note(note_node)
    rows.push(note_node, place)
    inner = value
    if value is not None and value.type == "as_expression" and not annotation and value.children[-1].type != "const":
        annotation = rows.note(value.named_children[-1])
    while inner is not None and inner.type in ("parenthesized_expression", "satisfies_expression"):
        inner = inner.named_children[0] if inner.named_children else None
    named = name.type == "identifier" and inner is not None
    top = rows.scopes[scope].kind == "module"
    if named and inner is not None and (inner.type in FUNCTIONS or inner.type == "class" or top):
        kind = Kind.CONSTANT if flags & _READONLY else Kind.VARIABLE
        index = rows.define(rows.text(name), kind, at, node, name, flags=flags)
        rows.detail(index, annotation=annotation)
        if inner.type == "class":
            rows.detail(index, kind=Kind.CLASS)
            _class_value(rows, inner, place, index)
        else:
            set_to(rows, index, value, place)
        return
    rows.push(value, place, _SUSPENDED)
    bind_pattern(rows, name, place, chain_of(rows, value, place), annotation, flags=flags, hoist=hoist)


def _class_value(rows: Rows, node: Node, place: Place, index: int) -> None:
    name = node.child_by_field_name("name")
    if name is not None:
        place = rows.block(place, node)
        rows.bind(name, place.scope, value=rows.definitions[index].name)
    read_class(rows, node, place, index)


def read_assignment(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read `a = b` and `a += b`."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None or right is None:
        return rows.push_children(node, place)
    if node.type == "augmented_assignment_expression":
        rows.push(right, place)
        rows.push(left, place)
        return written(rows, left, place, is_read=True)
    if place.scope == 0 and assign_exports(rows, left, right, place):
        return None
    if left.type == "member_expression" and _attribute(rows, node, left, right, place):
        return None
    rows.push(right, place, _SUSPENDED)
    return written(rows, left, place)


def _attribute(rows: Rows, node: Node, left: Node, right: Node, place: Place) -> bool:
    """Read `this.x = y`, and `F.m = function` or `F.prototype.m = function` where F is defined at the top."""
    target, key = left.child_by_field_name("object"), left.child_by_field_name("property")
    if target is None or key is None:
        return False
    name = rows.text(key)
    if target.type == "this" and place.this >= 0:
        scope = rows.scopes[place.this]
        at = place._replace(scope=place.this, qualified=scope.qualified)
        flags = Flag.STATIC.value if place.static else 0
        flags |= Flag.PRIVATE.value if name.startswith("#") else 0
        index = rows.define(name, Kind.ATTRIBUTE, at, node, key, flags=flags)
        rows.detail(index, value=chain_of(rows, right, place))
        rows.use(f"this.{name}", left, place, Role.WRITE)
        if right.type in FUNCTIONS:
            set_to(rows, index, right, place)
        else:
            rows.push(right, place, _SUSPENDED)
        return True
    chain = rows.text(target) if target.end_byte - target.start_byte < 200 else ""
    owner = chain.removesuffix(".prototype")
    if place.scope != 0 or owner not in rows.names or right.type not in FUNCTIONS:
        return False
    flags = 0 if owner != chain else Flag.STATIC.value
    index = rows.define(name, Kind.METHOD, place, node, key, qualified=f"{owner}.{name}", flags=flags)
    rows.use(rows.text(left), left, place, Role.WRITE)
    set_to(rows, index, right, place)
    return True


def read_update(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read `a++`."""
    argument = node.child_by_field_name("argument")
    rows.push(argument, place)
    if argument is not None:
        written(rows, argument, place, is_read=True)


def read_unary(rows: Rows, node: Node, place: Place, role: int) -> None:
    """Read `delete`, `typeof`, `void` and their like."""
    argument, operator = node.child_by_field_name("argument"), node.child_by_field_name("operator")
    word = operator.type if operator is not None else ""
    if word == "delete" and argument is not None and (chain := chain_of(rows, argument, place)):
        rows.use(chain, argument, place, Role.DELETE)
        argument = argument.child_by_field_name("object") if "()" in chain else None
    guarded = place._replace(flags=place.flags | _GUARDED) if word == "typeof" else place
    rows.push(argument, guarded, _SUSPENDED if word == "void" else 0)
