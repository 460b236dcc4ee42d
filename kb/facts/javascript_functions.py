"""Functions, methods and what a name is set to: a function, a class, an object literal, or something else."""

from __future__ import annotations

from kb.facts.javascript_chains import chain_of
from kb.facts.javascript_rows import ANONYMOUS, Place, Rows, joined
from kb.facts.javascript_signatures import signature_of
from kb.facts.model import Flag, Kind, ScopeKind, Signature
from kb.syntax.parse import Node

(
    _ASYNC,
    _GENERATOR,
    _STATIC,
    _PROPERTY,
    _SETTER,
    _DEFERRED,
    _EXPORTED,
    _VARIADIC,
    _SUSPENDED,
    _DECLARED,
    _READONLY,
    _OPTIONAL,
    _ABSTRACT,
    _OVERRIDE,
    _PRIVATE,
) = (
    flag.value
    for flag in (
        Flag.ASYNC,
        Flag.GENERATOR,
        Flag.STATIC,
        Flag.PROPERTY,
        Flag.SETTER,
        Flag.DEFERRED,
        Flag.EXPORTED,
        Flag.VARIADIC,
        Flag.SUSPENDED,
        Flag.DECLARED,
        Flag.READONLY,
        Flag.OPTIONAL,
        Flag.ABSTRACT,
        Flag.OVERRIDE,
        Flag.PRIVATE,
    )
)
_INSIDE = (Flag.TYPING | Flag.EXPORTED | Flag.DECLARED).value  # flags that a function's body keeps
_WORDS = {
    "async": _ASYNC,
    "*": _GENERATOR,
    "static": _STATIC,
    "get": _PROPERTY,
    "set": _SETTER,
    "readonly": _READONLY,
    "?": _OPTIONAL,
    "abstract": _ABSTRACT,
    "override_modifier": _OVERRIDE,
    "override": _OVERRIDE,
    "declare": _DECLARED,
}
FUNCTIONS = frozenset({"function_expression", "generator_function", "arrow_function"})
DECLARATIONS = frozenset({"function_declaration", "generator_function_declaration"})
METHODS = frozenset({"method_definition", "method_signature", "abstract_method_signature"})
CLASSES = frozenset({"class", "class_declaration", "abstract_class_declaration"})


def words_of(rows: Rows, node: Node) -> int:
    """Return the flags of the modifiers that stand in a declaration: `async`, `static`, `private`, `?`."""
    flags = 0
    for child in node.children:
        kind = child.type
        if kind in _WORDS:
            flags |= _WORDS[kind]
        elif kind == "accessibility_modifier" and rows.text(child) == "private":
            flags |= _PRIVATE
        elif kind in ("formal_parameters", "statement_block", "class_body", "=>"):
            break
    return flags


def enter_function(rows: Rows, node: Node, place: Place, definition: int, *, this: int | None = None) -> None:
    """Open the scope of a function, give its definition the signature, and have its body read.

    `this` is the scope of the class it is a method of, -1 for a plain function; None for an arrow function's own
    surroundings.
    """
    if definition >= 0:
        qualified = rows.definitions[definition].qualified
    else:
        last = place.qualified.rpartition(".")[2]
        qualified = place.qualified if last == ANONYMOUS else joined(place.qualified, ANONYMOUS)
    scope = rows.scope(ScopeKind.FUNCTION, place, node, qualified, definition)
    flags = place.flags & _INSIDE & ~_EXPORTED | _DEFERRED
    inside = Place(scope, qualified, flags, place.this if this is None else this, place.static)
    name = node.child_by_field_name("name")
    if definition < 0 and name is not None and node.type in FUNCTIONS:
        rows.bind(name, scope, value="<function>")
    body = node.child_by_field_name("body")
    if body is not None and body.type == "statement_block":
        rows.push_children(body, inside)
    else:
        rows.push(body, inside, _SUSPENDED)
    signature = signature_of(rows, node, inside)
    if definition >= 0:
        extra = _VARIADIC if body is not None and _uses_arguments(rows, node, body) else 0
        rows.sign(definition, signature, extra)
        rows.detail(definition, inner=scope)


def _uses_arguments(rows: Rows, node: Node, body: Node) -> bool:
    return node.type != "arrow_function" and rows.data.find(b"arguments", body.start_byte, body.end_byte) >= 0


def read_function(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read a function that nothing names."""
    this = None if node.type == "arrow_function" else -1
    enter_function(rows, node, place, -1, this=this)


def declare_function(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read `function f() {}`."""
    name = node.child_by_field_name("name")
    flags = words_of(rows, node) | place.flags & (Flag.EXPORTED | Flag.DEFAULT | Flag.DECLARED).value
    if name is None:
        return enter_function(rows, node, place, -1, this=-1)
    index = rows.define(rows.text(name), Kind.FUNCTION, place, node, name, flags=flags)
    return enter_function(rows, node, place, index, this=-1)


def declare_signature(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read a function's signature without a body: an overload, or a declaration."""
    name = node.child_by_field_name("name")
    if name is None:
        return
    flags = words_of(rows, node) | place.flags & (Flag.EXPORTED | Flag.DEFAULT).value | _DECLARED
    index = rows.define(rows.text(name), Kind.FUNCTION, place, node, name, flags=flags)
    rows.sign(index, signature_in_types(rows, node, place), 0)


def signature_in_types(rows: Rows, node: Node, place: Place) -> Signature:
    """Return the signature of something without a body, its type parameters bound in a block of its own."""
    if node.child_by_field_name("type_parameters") is not None:
        place = rows.block(place, node)
    return signature_of(rows, node, place, bind=False)


def set_to(rows: Rows, index: int, value: Node | None, place: Place, *, this: int | None = None) -> None:
    """Give a definition what it is set to, and have that read: functions and object literals become its body."""
    if value is None:
        return
    inner = value
    while inner.type in ("parenthesized_expression", "satisfies_expression", "as_expression") and inner.named_children:
        if inner.type == "as_expression" and inner.children[-1].type != "const":
            break
        inner = inner.named_children[0]
    rows.detail(index, value=chain_of(rows, inner, place))
    if inner.type in FUNCTIONS:
        kind = Kind.METHOD if rows.definitions[index].kind in (Kind.METHOD, Kind.ATTRIBUTE) else Kind.FUNCTION
        flags = words_of(rows, inner)
        rows.detail(index, kind=kind, value="", flags=rows.definitions[index].flags | flags)
        enter_function(rows, inner, place, index, this=None if inner.type == "arrow_function" else (this or -1))
        return
    if inner.type == "object":
        read_members(rows, index, inner, place)
    else:
        rows.push(inner, place, _SUSPENDED)
    if inner is not value and len(value.named_children) > 1:
        rows.push(value.named_children[1], place)


def read_members(rows: Rows, owner: int, node: Node, place: Place) -> None:
    """Read an object literal whose members others can name: its methods and attributes are definitions.

    Members that cannot be listed (`...rest`, `[key]: x`) make the owner VARIADIC.
    """
    definition = rows.definitions[owner]
    scope = rows.scope(ScopeKind.CLASS, place, node, definition.qualified, owner)
    rows.detail(owner, inner=scope)
    inside = place._replace(scope=scope, qualified=definition.qualified)
    for child in node.named_children:
        kind = child.type
        key = child.child_by_field_name("key" if kind == "pair" else "name")
        name = name_of(rows, key) if key is not None else ""
        if kind == "shorthand_property_identifier":
            index = rows.define(rows.text(child), Kind.ATTRIBUTE, inside, child, child)
            rows.detail(index, value=rows.text(child))
            rows.push(child, place)
        elif kind in ("pair", "method_definition") and key is not None and name:
            made = Kind.METHOD if kind == "method_definition" else Kind.ATTRIBUTE
            index = rows.define(name, made, inside, child, key, flags=words_of(rows, child) if kind != "pair" else 0)
            if kind == "pair":
                set_to(rows, index, child.child_by_field_name("value"), inside, this=scope)
            else:
                enter_function(rows, child, inside._replace(static=False), index, this=scope)
        elif kind != "comment":
            rows.detail(owner, flags=rows.definitions[owner].flags | _VARIADIC)
            rows.push(child, place)


def name_of(rows: Rows, node: Node) -> str:
    """Return the name of a property, "" if it is computed or a number."""
    if node.type == "string":
        text = rows.text(node)[1:-1]
        return text if text and "." not in text and "\\" not in text else ""
    if node.type in ("property_identifier", "private_property_identifier", "identifier", "type_identifier"):
        return rows.text(node)
    return ""
