"""Parameters, patterns and type parameters: what a function says about its arguments, and the names it binds."""

from __future__ import annotations

from kb.facts.javascript_chains import chain_of
from kb.facts.javascript_rows import Place, Rows, joined
from kb.facts.model import Flag, Kind, Parameter, ParameterKind, Role, Signature
from kb.syntax.parse import Node

_TYPING, _PRIVATE, _READONLY, _OPTIONAL = (
    flag.value for flag in (Flag.TYPING, Flag.PRIVATE, Flag.READONLY, Flag.OPTIONAL)
)
_PATTERNS = frozenset({"object_pattern", "array_pattern", "rest_pattern", "assignment_pattern"})
_LONGEST_DEFAULT = 80
_WHOLE = "*"  # stands for all that a pattern takes apart


def signature_of(rows: Rows, node: Node, inside: Place, *, bind: bool = True) -> Signature:
    """Return the signature of a function, binding its parameters inside and having their types read.

    Without `bind` (a function type, an overload) only the types are read.
    """
    parameters = node.child_by_field_name("parameters")
    single = node.child_by_field_name("parameter")
    found = []
    nodes = [single] if single is not None else parameters.named_children if parameters is not None else []
    read_type_parameters(rows, node, inside)
    for one in nodes:
        if one.type in ("comment", "ERROR", "decorator"):
            continue
        parameter = _parameter(rows, one, inside, bind)
        if parameter is not None:
            found.append(parameter)
    returns = node.child_by_field_name("return_type")
    rows.push(returns, inside)
    return Signature(tuple(found), rows.note(returns))


def _parameter(rows: Rows, node: Node, inside: Place, bind: bool) -> Parameter | None:
    pattern, value = node, node.child_by_field_name("value")
    if node.type in ("required_parameter", "optional_parameter"):
        pattern = node.child_by_field_name("pattern") or node
    elif node.type == "assignment_pattern":
        pattern, value = node.child_by_field_name("left") or node, node.child_by_field_name("right")
    annotation = node.child_by_field_name("type") if node is not pattern else None
    rows.push(annotation, inside)
    if bind:
        rows.push(value, inside)
        for child in node.named_children:
            if child.type == "decorator":
                rows.push(child, inside)
    if pattern.type == "this":
        return None
    kind = ParameterKind.REST if pattern.type == "rest_pattern" else ParameterKind.POSITIONAL_ONLY
    if kind is ParameterKind.REST and pattern.named_child_count:
        pattern = pattern.named_children[0]
    note = rows.note(annotation)
    flags = _OPTIONAL if node.type == "optional_parameter" else 0
    if bind:
        source = chain_of(rows, value, inside) if value is not None and pattern.type == "identifier" else ""
        bind_pattern(rows, pattern, inside, source, note, parameter=True, flags=flags)
    default = rows.text(value)[:_LONGEST_DEFAULT] if value is not None else ""
    name = rows.text(pattern) if pattern.type == "identifier" else ""
    optional = value is not None or node.type == "optional_parameter"
    return Parameter(name, kind, default, note, optional)


def bind_pattern(
    rows: Rows,
    pattern: Node,
    place: Place,
    value: str,
    annotation: str = "",
    *,
    parameter: bool = False,
    flags: int = 0,
    hoist: bool = False,
) -> None:
    """Bind every name of a pattern; each is set to the part of `value` that it takes apart.

    At the top of a module or namespace the names are definitions, elsewhere bindings.
    """
    scope = rows.hoisted(place.scope) if hoist else place.scope
    at = place._replace(scope=scope)
    top = not parameter and rows.scopes[scope].kind == "module"
    parts = [part for _, part, _ in leaves(rows, pattern, _WHOLE)] if annotation else []
    for number, (name, chain, default) in enumerate(leaves(rows, pattern, value)):
        rows.push(default, place)
        note = _note_of_part(annotation, parts[number]) if annotation else ""
        if name.type == "identifier" or name.type == "shorthand_property_identifier_pattern":
            if top:
                kind = Kind.CONSTANT if flags & _READONLY else Kind.VARIABLE
                index = rows.define(rows.text(name), kind, at, name, name, flags=flags)
                rows.detail(index, value=chain, annotation=note)
            else:
                rows.bind(name, scope, value=chain, annotation=note, flags=flags, parameter=parameter)
        elif name.type not in _PATTERNS:
            rows.push(name, place)


def _note_of_part(annotation: str, part: str) -> str:
    """Return the type of a part of what an annotated pattern takes apart: `T['a']['b']`."""
    if not part or "[]" in part:
        return ""
    return annotation + "".join(f"['{name}']" for name in part.split(".")[1:])


def leaves(rows: Rows, pattern: Node, value: str) -> list[tuple[Node, str, Node | None]]:
    """Return what a pattern sets in order: target, chain of its part of `value`, default expression if any.

    A pattern inside is returned only for its own default; its targets follow it.
    """
    found: list[tuple[Node, str, Node | None]] = []
    todo: list[tuple[Node, str, Node | None]] = [(pattern, value, None)]
    while todo:
        node, chain, default = todo.pop()
        kind = node.type
        if kind in ("assignment_pattern", "object_assignment_pattern"):
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            if left is not None:
                part = left.type == "shorthand_property_identifier_pattern"
                todo.append((left, joined_part(chain, rows.text(left)) if part else chain, right))
        elif kind == "pair_pattern":
            key, target = node.child_by_field_name("key"), node.child_by_field_name("value")
            if target is not None:
                named = key is not None and key.type == "property_identifier"
                todo.append((target, joined_part(chain, rows.text(key)) if named and key is not None else "", default))
        elif kind == "object_pattern":
            found += [(node, "", default)] if default is not None else []
            for child in reversed(node.named_children):
                part = child.type == "shorthand_property_identifier_pattern"
                todo.append((child, joined_part(chain, rows.text(child)) if part else chain, None))
        elif kind == "array_pattern":
            for child in reversed(node.named_children):
                todo.append((child, f"{chain}[]" if chain else "", None))
        elif kind == "rest_pattern":
            todo += [(child, "", None) for child in node.named_children[:1]]
        elif kind != "comment":
            found.append((node, "" if default is not None else chain, default))
    return found


def joined_part(chain: str, name: str) -> str:
    """Return the chain of an attribute of something, "" if that is unknown."""
    return joined(chain, name) if chain else ""


def read_type_parameters(rows: Rows, node: Node, inside: Place) -> None:
    """Bind the type parameters of a declaration inside it, each with its constraint."""
    parameters = node.child_by_field_name("type_parameters")
    if parameters is None:
        return
    for one in parameters.named_children:
        name = one.child_by_field_name("name")
        if one.type != "type_parameter" or name is None:
            continue
        constraint = one.child_by_field_name("constraint")
        note = rows.note(constraint).removeprefix("extends ").strip() if constraint is not None else ""
        rows.bind(name, inside.scope, annotation=note, flags=_TYPING)
        rows.push(constraint, inside)
        rows.push(one.child_by_field_name("value"), inside)


def written(rows: Rows, target: Node, place: Place, *, is_read: bool = False) -> None:
    """Add the names and attributes that an assignment sets.

    With `is_read` (`a += 1`, `a++`) the target is also read as a whole, and what it holds is not read here again.
    """
    for name, _chain, default in leaves(rows, target, ""):
        chain = chain_of(rows, name, place) if name.type == "member_expression" else ""
        if name.type in ("identifier", "shorthand_property_identifier_pattern"):
            rows.use(rows.text(name), name, place, Role.WRITE)
        elif chain:
            rows.use(chain, name, place, Role.WRITE)
        if is_read:
            continue
        rows.push(default, place)
        if name.type == "member_expression":
            if not chain or "()" in chain:
                rows.push(name.child_by_field_name("object"), place)
        elif name.type not in _PATTERNS and name.type != "identifier":
            rows.push(name, place)
