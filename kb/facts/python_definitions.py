"""Functions, methods and classes of Python: signatures, decorators, bases, and what their bodies are seen to do."""

from __future__ import annotations

from typing import Final

from kb.facts.model import Call, Flag, Kind, ScopeKind, Signature
from kb.facts.python_annotations import type_parameters
from kb.facts.python_bodies import doc_of, note_open_end
from kb.facts.python_chains import chain_of, is_async, parts_of
from kb.facts.python_drafts import Draft, Frame
from kb.facts.python_parameters import parameters_of
from kb.facts.python_reading import ANNOTATION, Reading
from kb.syntax.parse import Node

_DECORATOR: Final = Flag.DECORATOR.value
_ASYNC: Final = Flag.ASYNC.value
_TEST: Final = Flag.TEST.value
_STUB: Final = Flag.STUB.value
_STATIC: Final = Flag.STATIC.value
_CLASSMETHOD: Final = Flag.CLASSMETHOD.value
_ABSTRACT: Final = Flag.ABSTRACT.value
_DATACLASS: Final = Flag.DATACLASS.value
_PROPERTY: Final = Flag.PROPERTY.value
_DECORATED: Final = {
    "staticmethod": _STATIC,
    "abstractstaticmethod": _STATIC | _ABSTRACT,
    "classmethod": _CLASSMETHOD,
    "abstractclassmethod": _CLASSMETHOD | _ABSTRACT,
    "property": _PROPERTY,
    "cached_property": _PROPERTY,
    "lazyproperty": _PROPERTY,
    "lazy_property": _PROPERTY,
    "getter": _PROPERTY,
    "abstractproperty": _PROPERTY | _ABSTRACT,
    "setter": Flag.SETTER.value,
    "deleter": Flag.SETTER.value,
    "overload": Flag.OVERLOAD.value,
    "abstractmethod": _ABSTRACT,
    "override": Flag.OVERRIDE.value,
    "overrides": Flag.OVERRIDE.value,
    "final": Flag.FINAL.value,
    "dataclass": _DATACLASS,
    "attrs": _DATACLASS,
    "attributes": _DATACLASS,
    "define": _DATACLASS,
    "mutable": _DATACLASS,
    "frozen": _DATACLASS,
    "fixture": _TEST,
}
_BASES: Final = {
    "ABC": _ABSTRACT,
    "NamedTuple": _DATACLASS,
    "TypedDict": _DATACLASS,
    "BaseModel": _DATACLASS,
    "BaseSettings": _DATACLASS,
    "Struct": _DATACLASS,
    "TestCase": _TEST,
}
_ENUMS: Final = frozenset(
    {"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "ReprEnum", "TextChoices", "IntegerChoices", "Choices"}
)
_IMPLICIT: Final = {"__init_subclass__": _CLASSMETHOD, "__class_getitem__": _CLASSMETHOD}


def decorated(reading: Reading, node: Node, flags: int) -> None:
    """Read a decorated function or class: each decorator is a call of its own."""
    chains = []
    for child in parts_of(node):
        if child.type == "decorator":
            inner = parts_of(child)
            if inner:
                chains.append(_decorator(reading, inner[0]))
        elif child.type == "function_definition":
            _function(reading, child, node.start_byte, tuple(chains))
        elif child.type == "class_definition":
            _class(reading, child, node.start_byte, tuple(chains))
        else:
            reading.visit(child)


def function(reading: Reading, node: Node, flags: int) -> None:
    """Read a function without decorators."""
    _function(reading, node, node.start_byte, ())


def class_(reading: Reading, node: Node, flags: int) -> None:
    """Read a class without decorators."""
    _class(reading, node, node.start_byte, ())


def _decorator(reading: Reading, node: Node) -> str:
    chain = chain_of(reading, node)
    if node.type == "call":
        reading.visit(node, _DECORATOR)
        return chain
    start, end = node.start_byte, node.end_byte
    if (node.type != "identifier" and "()" in chain) or "[" in chain or chain.startswith("?"):
        reading.visit(node)
    flags = _DECORATOR | reading.context
    reading.calls.append(Call(chain, reading.scope, start, end, reading.line(start), 1, flags=flags))
    return chain


def last_name(chain: str) -> str:
    """Return the last name in a chain, calls and subscripts cut off."""
    while chain.endswith(("()", "[]")):
        chain = chain[:-2]
    return chain.rpartition(".")[2]


def _decoration(chains: tuple[str, ...]) -> int:
    flags = 0
    for chain in chains:
        name = last_name(chain)
        known = _DECORATED.get(name, 0)
        flags |= known or (_PROPERTY if name.endswith("property") else 0)
        if chain in ("attr.s", "attr.s()", "attr.dataclass", "attr.dataclass()"):
            flags |= _DATACLASS
        if ".mark." in chain or chain.startswith(("given", "hypothesis.given")):
            flags |= _TEST
    return flags


def _type_scope(reading: Reading, node: Node) -> int:
    """Open a scope for the type parameters of `def f[T]` and `class C[T]`, -1 if there are none."""
    listed = node.child_by_field_name("type_parameters")
    if listed is None:
        return -1
    scope = reading.open_scope(ScopeKind.BLOCK, listed.start_byte, node.end_byte, None)
    type_parameters(reading, listed, scope)
    return scope


def _function(reading: Reading, node: Node, start: int, decorators: tuple[str, ...]) -> None:
    name_node = listed = returns = body = None
    own_types = False
    for child in node.children:
        kind = child.type
        if kind == "identifier":
            name_node = child
        elif kind == "parameters":
            listed = child
        elif kind == "type":
            returns = child
        elif kind == "block":
            body = child
        elif kind == "type_parameter":
            own_types = True
    name = reading.of(name_node) if name_node is not None else ""
    around = reading.scope
    method = reading.scope_kinds[around] is ScopeKind.CLASS
    draft = _draft(reading, name_node or node, name, Kind.METHOD if method else Kind.FUNCTION, start, node.end_byte)
    draft.decorators = decorators
    draft.flags |= _decoration(decorators) | (_ASYNC if is_async(node) else 0)
    if method:
        draft.flags |= _IMPLICIT.get(name, 0)
    if name.startswith("test") and (len(name) == 4 or name[4] == "_" or name[4].isupper()):
        draft.flags |= _TEST
    if own_types:
        reading.scope = _type_scope(reading, node)
    begin = listed.start_byte if listed is not None else node.start_byte
    scope = reading.open_scope(ScopeKind.FUNCTION, begin, node.end_byte, draft)
    parameters = parameters_of(reading, listed, scope) if listed is not None else ()
    if returns is not None:
        reading.visit(returns)
    draft.signature = Signature(parameters, reading.head(returns, ANNOTATION) if returns is not None else "")
    receiver = "" if method else reading.frame.receiver
    if method and parameters and not draft.flags & _STATIC and name != "__new__":
        receiver = parameters[0].name
    elif any(one.name == receiver for one in parameters):
        receiver = ""
    frame = Frame(draft if method else reading.frame.draft if receiver else None, receiver)
    draft.frame = frame
    if name == "__getattr__" and not around:
        reading.dynamic["__getattr__"] = None
    if body is not None:
        draft.doc = doc_of(reading, body)
        note_open_end(reading, draft, body, scope)
        reading.body(body, scope, frame, deferred=True)
    reading.scope = around


def _draft(reading: Reading, name_node: Node, name: str, kind: Kind, start: int, end: int) -> Draft:
    scope = 0 if name in reading.frame.globals else reading.scope
    return reading.draft(name, kind, scope, start, end, name_node.start_byte)


def _class(reading: Reading, node: Node, start: int, decorators: tuple[str, ...]) -> None:
    name_node, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    name = reading.of(name_node) if name_node is not None else ""
    around = reading.scope
    draft = _draft(reading, name_node or node, name, Kind.CLASS, start, node.end_byte)
    draft.decorators = decorators
    draft.flags |= _decoration(decorators) | (_TEST if name.startswith("Test") else 0)
    own_types = _type_scope(reading, node)
    reading.scope = own_types if own_types >= 0 else around
    listed = node.child_by_field_name("superclasses")
    if listed is not None:
        _bases(reading, draft, listed)
    begin = body.start_byte if body is not None else node.end_byte
    scope = reading.open_scope(ScopeKind.CLASS, begin, node.end_byte, draft)
    draft.frame = Frame(draft)
    if body is not None:
        draft.doc = doc_of(reading, body)
        reading.body(body, scope, draft.frame, deferred=False)
    reading.scope = around


def _bases(reading: Reading, draft: Draft, listed: Node) -> None:
    found = []
    for child in parts_of(listed):
        value: Node | None = child
        keyword = ""
        if child.type == "keyword_argument":
            value, keyword = child.child_by_field_name("value"), reading.of(child.children[0]) + "="
        if value is None:
            continue
        reading.visit(value, 0)
        if child.type in ("list_splat", "dictionary_splat"):
            found.append("?")
            continue
        chain = chain_of(reading, value)
        chain = chain.removesuffix("[]")
        if not keyword or keyword == "metaclass=":
            found.append(keyword + chain)
        name = last_name(chain)
        draft.flags |= _BASES.get(name, 0) if not keyword else _ABSTRACT if name == "ABCMeta" else 0
        if not keyword and name in _ENUMS:
            draft.kind = Kind.ENUM
        elif not keyword and name == "Protocol":
            draft.kind = Kind.INTERFACE
    draft.bases = tuple(found)
