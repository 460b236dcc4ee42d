"""Assignments of Python: variables, attributes and type aliases, with what they are set to."""

from __future__ import annotations

from typing import Final

from kb.facts.model import Binding, Call, Flag, Kind, Role, ScopeKind
from kb.facts.python_annotations import type_parameters
from kb.facts.python_chains import chain_of, first_part, parts_of, value_of
from kb.facts.python_drafts import Draft
from kb.facts.python_dynamic import note_all, note_target
from kb.facts.python_reading import ANNOTATION, DECLARED, SUSPENDED, Reading
from kb.facts.python_targets import element_of, write_attribute
from kb.syntax.parse import Node

_FINAL: Final = Flag.FINAL.value
_LITERAL_GROUPS: Final = frozenset({"tuple", "list", "expression_list", "pattern_list"})


def _not_alias(reading: Reading, node: Node, left: Node, right: Node | None) -> None:
    """Read `type(x).y = z`, which the grammar takes for a type alias."""
    start = node.start_byte
    inner = first_part(left)
    if inner is not None and inner.type == "attribute":
        name = inner.child_by_field_name("attribute")
        reading.use(f"type().{reading.of(name) if name is not None else '?'}", start, Role.WRITE)
    reading.calls.append(
        Call("type", reading.scope, start, left.end_byte, reading.line(start), 1, flags=reading.context)
    )
    for part in (left, right):
        for below in parts_of(part) if part is not None else ():
            reading.visit(below)


def augmented(reading: Reading, node: Node, flags: int) -> None:
    """Read `x += y`."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if right is not None:
        reading.visit(right, SUSPENDED)
    if left is None:
        return
    reading.visit(left)
    if left.type == "identifier":
        name = reading.of(left)
        if name == "__all__" and not reading.scope:
            note_all(reading, right)
            return
        reading.use(name, left.start_byte, Role.WRITE)
        reading.bind(name, left.start_byte)
    elif left.type == "attribute":
        reading.use(chain_of(reading, left), left.start_byte, Role.WRITE)
    else:
        note_target(reading, left)


def assignment(reading: Reading, node: Node, flags: int) -> None:
    """Read `x = y = value` and `x: T = value`."""
    children = node.children
    if len(children) == 3 and children[0].kind_id == reading.identifier and children[2].type != "assignment":
        target, _, right = children
        if reading.text.startswith("=", children[1].start_byte):
            reading.visit(right, SUSPENDED)
            _name(reading, node, target, right, value_of(reading, right), "")
            return
    targets: list[Node] = []
    type_: Node | None = None
    at: Node | None = node
    while at is not None and at.type == "assignment":
        left = at.child_by_field_name("left")
        type_ = at.child_by_field_name("type") or type_
        if left is not None:
            targets.append(left)
        at = at.child_by_field_name("right")
    if type_ is not None:
        reading.visit(type_)
    if at is not None:
        reading.visit(at, SUSPENDED)
    annotation = reading.head(type_, ANNOTATION) if type_ is not None else ""
    value = value_of(reading, at)
    for target in targets:
        _assign(reading, node, target, at, value, annotation)


def _assign(reading: Reading, node: Node, target: Node, right: Node | None, value: str, annotation: str) -> None:
    waiting = [(target, right, value)]
    while waiting:
        one, source, chain = waiting.pop()
        kind = one.type
        if kind == "identifier":
            _name(reading, node, one, source, chain, annotation)
        elif kind == "attribute":
            draft = write_attribute(reading, one, chain, annotation, node.start_byte)
            if draft is not None:
                draft.end = node.end_byte
                draft.flags |= _FINAL if "Final" in annotation else 0
                draft.flags |= DECLARED if right is None else 0
        elif kind in ("pattern_list", "tuple_pattern", "list_pattern", "tuple", "list", "expression_list"):
            waiting.extend(reversed(_spread(reading, one, source, chain)))
        elif kind in ("list_splat_pattern", "list_splat"):
            waiting.extend((part, None, "<list>") for part in parts_of(one))
        elif kind == "parenthesized_expression":
            waiting.extend((part, source, chain) for part in parts_of(one))
        else:
            reading.visit(one)
            note_target(reading, one)


def _spread(reading: Reading, target: Node, source: Node | None, chain: str) -> list[tuple[Node, Node | None, str]]:
    """Pair the parts of a target with those of a value written out, or with an element of any other."""
    inner = parts_of(target)
    values = parts_of(source) if source is not None and source.type in _LITERAL_GROUPS else []
    splats = any(reading.text.startswith("*", part.start_byte) for part in (*inner, *values))
    if len(values) == len(inner) and not splats:
        return [(part, value, value_of(reading, value)) for part, value in zip(inner, values, strict=True)]
    return [(part, None, element_of(chain) if not values else "") for part in inner]


def _name(reading: Reading, node: Node, target: Node, right: Node | None, value: str, annotation: str) -> None:
    name = reading.of(target)
    outward = name in reading.frame.globals
    scope = 0 if outward else reading.scope
    kind = reading.scope_kinds[scope]
    if name == "__all__" and not reading.scope:
        note_all(reading, right)
    if kind is not ScopeKind.MODULE and kind is not ScopeKind.CLASS:
        flags = reading.context | (DECLARED if right is None and annotation and not value else 0)
        at = target.start_byte
        reading.bindings.append(Binding(name, scope, at, reading.line(at), value, annotation, flags))
        return
    start = min(node.start_byte, target.start_byte)
    draft = reading.draft(
        name, _kind(reading, scope, name, value, annotation), scope, start, node.end_byte, target.start_byte
    )
    draft.value, draft.annotation = value, annotation
    draft.flags |= _FINAL if "Final" in annotation else 0
    if right is None and annotation and not value:
        draft.flags |= DECLARED


def _kind(reading: Reading, scope: int, name: str, value: str, annotation: str) -> Kind:
    owner: Draft | None = reading.owners[scope]
    if owner is not None and owner.kind is Kind.ENUM and not annotation and not name.startswith("_"):
        return Kind.MEMBER
    if annotation.rpartition(".")[2] == "TypeAlias":
        return Kind.TYPE
    if "Final" in annotation or (name.isupper() and len(name) > 1):
        return Kind.CONSTANT
    return Kind.ATTRIBUTE if scope else Kind.VARIABLE


def alias(reading: Reading, node: Node, flags: int) -> None:
    """Read `type X[T] = ...`."""
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    if left is None:
        return
    if reading.text.startswith("(", left.start_byte):
        _not_alias(reading, node, left, right)
        return
    inner = left
    while inner.type in ("type", "generic_type", "subscript") and inner.named_child_count:
        child = first_part(inner)
        if child is None or any(part.type == "type_parameter" for part in parts_of(inner)):
            break
        inner = child
    name = first_part(inner) if inner.type == "generic_type" else inner
    if name is None:
        return
    draft = reading.draft(reading.of(name), Kind.TYPE, reading.scope, node.start_byte, node.end_byte, name.start_byte)
    draft.value = value_of(reading, right)
    around = reading.scope
    listed = next((part for part in parts_of(inner) if part.type == "type_parameter"), None)
    if listed is not None:
        reading.scope = reading.open_scope(ScopeKind.BLOCK, listed.start_byte, node.end_byte, None)
        type_parameters(reading, listed, reading.scope)
    if right is not None:
        reading.visit(right)
    reading.scope = around
