"""Classes, interfaces, enums, namespaces and type aliases, with their members."""

from __future__ import annotations

from kb.facts.javascript_chains import chain_of
from kb.facts.javascript_functions import (
    METHODS,
    enter_function,
    name_of,
    set_to,
    signature_in_types,
    words_of,
)
from kb.facts.javascript_rows import Place, Rows
from kb.facts.javascript_signatures import read_type_parameters
from kb.facts.model import Flag, Kind, ScopeKind
from kb.syntax.parse import Node

KEPT = (Flag.EXPORTED | Flag.DEFAULT | Flag.DECLARED).value
_DECLARED, _OPTIONAL, _STATIC, _PRIVATE, _VARIADIC, _DECORATOR, _SUSPENDED = (
    flag.value
    for flag in (
        Flag.DECLARED,
        Flag.OPTIONAL,
        Flag.STATIC,
        Flag.PRIVATE,
        Flag.VARIADIC,
        Flag.DECORATOR,
        Flag.SUSPENDED,
    )
)
INDEX = "[]"  # name of the attribute that stands for an index signature


def declare_class(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read a class, named or not."""
    name = node.child_by_field_name("name")
    index = -1
    if name is not None:
        at = place
        if node.type == "class":  # an expression's name is bound inside only
            at = rows.block(place, node)
        flags = words_of(rows, node) | place.flags & KEPT
        index = rows.define(rows.text(name), Kind.CLASS, at, node, name, flags=flags)
        place = at
    read_class(rows, node, place, index)


def read_class(rows: Rows, node: Node, place: Place, index: int) -> None:
    """Read the heritage and the members of a class; `index` is its definition, -1 for none."""
    qualified = rows.definitions[index].qualified if index >= 0 else place.qualified
    scope = rows.scope(ScopeKind.CLASS, place, node, qualified, index)
    inside = Place(scope, qualified, place.flags & ~KEPT, scope, static=False)
    read_type_parameters(rows, node, inside)
    bases: list[str] = []
    decorators = []
    for child in node.named_children:
        if child.type == "decorator":
            decorators.append(chain_of(rows, child.named_children[0], place) if child.named_children else "")
            rows.push(child, place, _DECORATOR)
        elif child.type in ("class_heritage", "extends_clause", "implements_clause"):
            bases += _heritage(rows, child, inside, place)
    if index >= 0:
        rows.detail(index, inner=scope, bases=tuple(bases), decorators=tuple(decorators))
    body = node.child_by_field_name("body")
    if body is not None:
        rows.stack.extend((child, inside, MEMBER) for child in reversed(body.named_children))


def _heritage(rows: Rows, node: Node, inside: Place, place: Place) -> list[str]:
    found = []
    for child in node.named_children:
        if child.type == "extends_clause" or child.type == "implements_clause":
            found += _heritage(rows, child, inside, place)
        elif child.type == "type_arguments":
            rows.push(child, inside)
        elif node.type in ("class_heritage", "extends_clause"):
            found.append(chain_of(rows, child, place) or "?")
            rows.push(child, place)
        else:
            found.append(f"implements={type_chain(rows, child)}")
            rows.push(child, inside)
    return found


def type_chain(rows: Rows, node: Node) -> str:
    """Return the chain of a named type without its arguments, "?" for any other type."""
    named = node.child_by_field_name("name") if node.type == "generic_type" else node
    if named is not None and named.type in ("type_identifier", "identifier", "nested_type_identifier"):
        return "".join(rows.text(named).split())
    if named is not None and named.type == "member_expression":
        return "".join(rows.text(named).split())
    return "?"


MEMBER = 1 << 60  # role of a node that is a member of a class or interface


def read_member(rows: Rows, node: Node, place: Place) -> bool:
    """Read one member of a class or interface; returns whether it was one."""
    kind = node.type
    if kind in METHODS:
        _method(rows, node, place)
    elif kind in ("public_field_definition", "field_definition", "property_signature"):
        _field(rows, node, place)
    elif kind == "class_static_block":
        inside = rows.block(place, node)
        rows.push(node.child_by_field_name("body"), inside._replace(static=True))
    elif kind == "index_signature":
        rows.define(INDEX, Kind.ATTRIBUTE, place, node, node, flags=_DECLARED)
        rows.push(node, place)
    elif kind in ("call_signature", "construct_signature"):
        signature_in_types(rows, node, place)
        rows.push(node.child_by_field_name("type"), place)
    else:
        return False
    return True


def _method(rows: Rows, node: Node, place: Place) -> None:
    key = node.child_by_field_name("name")
    name = name_of(rows, key) if key is not None else ""
    flags = words_of(rows, node)
    static = bool(flags & _STATIC)
    index = -1
    if key is not None and name:
        flags |= _PRIVATE if name.startswith("#") else 0
        index = rows.define(name, Kind.METHOD, place, node, key, flags=flags)
        _decorate(rows, node, index, place)
    else:
        _unlisted(rows, key, place)
    if node.type == "method_definition":
        enter_function(rows, node, place._replace(static=static), index, this=place.this)
        if name == "constructor":
            _parameter_properties(rows, node, place)
    elif index >= 0:
        rows.sign(index, signature_in_types(rows, node, place), _DECLARED)


def _unlisted(rows: Rows, key: Node | None, place: Place) -> None:
    """Read a name that is worked out while it runs: the class has members that nobody can list."""
    rows.push(key, place)
    owner = rows.scopes[place.scope].definition
    if owner >= 0 and key is not None and not rows.data.startswith(b"[Symbol.", key.start_byte):
        rows.detail(owner, flags=rows.definitions[owner].flags | _VARIADIC)


def _parameter_properties(rows: Rows, node: Node, place: Place) -> None:
    parameters = node.child_by_field_name("parameters")
    for one in parameters.named_children if parameters is not None else []:
        words = {child.type for child in one.children}
        name = one.child_by_field_name("pattern")
        if name is None or name.type != "identifier" or not words & {"accessibility_modifier", "readonly"}:
            continue
        flags = words_of(rows, one) & ~_OPTIONAL
        index = rows.define(rows.text(name), Kind.ATTRIBUTE, place, one, name, flags=flags)
        rows.detail(index, annotation=rows.note(one.child_by_field_name("type")))


def _field(rows: Rows, node: Node, place: Place) -> None:
    key = node.child_by_field_name("name") or node.child_by_field_name("property")
    name = name_of(rows, key) if key is not None else ""
    flags = words_of(rows, node)
    annotation = node.child_by_field_name("type")
    value = node.child_by_field_name("value")
    rows.push(annotation, place)
    if key is None or not name:
        _unlisted(rows, key, place)
        rows.push(value, place, _SUSPENDED)
        return
    flags |= _PRIVATE if name.startswith("#") else 0
    flags |= _DECLARED if node.type == "property_signature" else 0
    index = rows.define(name, Kind.ATTRIBUTE, place, node, key, flags=flags)
    rows.detail(index, annotation=rows.note(annotation))
    _decorate(rows, node, index, place)
    set_to(rows, index, value, place._replace(static=bool(flags & _STATIC)), this=place.this)


def _decorate(rows: Rows, node: Node, index: int, place: Place) -> None:
    found = [child for child in node.named_children if child.type == "decorator"]
    before = (
        node.prev_named_sibling if rows.data[max(0, node.start_byte - 200) : node.start_byte].find(b"@") >= 0 else None
    )
    while before is not None and before.type == "decorator":
        found.insert(0, before)
        before = before.prev_named_sibling
    for child in found:
        if child.start_byte >= node.start_byte:
            rows.push(child, place, _DECORATOR)
    chains = tuple(chain_of(rows, child.named_children[0], place) for child in found if child.named_children)
    if chains:
        rows.detail(index, decorators=chains)
