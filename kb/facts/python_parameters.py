"""Parameters of Python functions and lambdas: a signature, and a binding for each."""

from __future__ import annotations

from kb.facts.model import Parameter, ParameterKind
from kb.facts.python_chains import first_part
from kb.facts.python_reading import ANNOTATION, DEFAULT, Reading
from kb.facts.python_targets import bind_target
from kb.syntax.parse import Node

_EITHER, _ONLY = ParameterKind.EITHER, ParameterKind.KEYWORD_ONLY


def parameters_of(reading: Reading, node: Node, scope: int) -> tuple[Parameter, ...]:
    """Return the parameters that a list declares, each bound in `scope`; defaults and types are read outside it."""
    found: list[Parameter] = []
    current = _EITHER
    for child in node.children:
        if not reading.shapes[child.kind_id]:
            continue
        kind = child.type
        if kind == "identifier":
            name = reading.of(child)
            found.append(Parameter(name, current))
            reading.put(name, scope, child.start_byte, "", parameter=True)
            continue
        if kind == "positional_separator":
            found = [Parameter(p.name, ParameterKind.POSITIONAL_ONLY, *_rest(p)) for p in found]
            continue
        if kind == "keyword_separator":
            current = _ONLY
            continue
        one = _parameter(reading, child, current, scope)
        if one is None:
            continue
        found.append(one)
        if one.kind is ParameterKind.REST:
            current = _ONLY
    return tuple(found)


def _rest(one: Parameter) -> tuple[str, str, bool]:
    return one.default, one.annotation, one.optional


def _parameter(reading: Reading, node: Node, current: ParameterKind, scope: int) -> Parameter | None:
    name: Node | None = node
    type_ = value = None
    if node.type in ("default_parameter", "typed_default_parameter"):
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        type_ = node.child_by_field_name("type")
    elif node.type == "typed_parameter":
        name, type_ = first_part(node), node.child_by_field_name("type")
    if name is None:
        return None
    kind = current
    if name.type == "list_splat_pattern":
        kind = ParameterKind.REST
    elif name.type == "dictionary_splat_pattern":
        kind = ParameterKind.KEYWORDS
    if kind is not current:
        name = first_part(name)
        if name is None:
            return None
    if type_ is not None:
        reading.visit(type_)
    if value is not None:
        reading.visit(value)
    annotation = reading.head(type_, ANNOTATION) if type_ is not None else ""
    default = reading.head(value, DEFAULT) if value is not None else ""
    if name.type == "tuple_pattern":
        bind_target(reading, name, "", scope=scope)
        return Parameter(reading.head(name, DEFAULT), kind, default, annotation, bool(default))
    if name.type != "identifier":
        return None
    reading.put(reading.of(name), scope, name.start_byte, "", annotation, parameter=True)
    return Parameter(reading.of(name), kind, default, annotation, bool(default))
