"""Expressions of Python: names read, attributes, calls with their arguments, lambdas and comprehensions."""

from __future__ import annotations

import re
from typing import Final

from kb.facts.model import Call, Flag, Role, ScopeKind
from kb.facts.python_chains import chain_of, first_part, is_async, value_of
from kb.facts.python_dynamic import note_call
from kb.facts.python_parameters import parameters_of
from kb.facts.python_reading import GUARDED, SUSPENDED, TYPING, USE_FLAGS, Frame, Reading
from kb.facts.python_targets import bind_target
from kb.syntax.parse import Node

AWAITED: Final = Flag.AWAITED.value
_GENERATOR: Final = Flag.GENERATOR.value
_VARIADIC: Final = Flag.VARIADIC.value
PROBE: Final = re.compile(
    r"\bhasattr\(|\bin\s+(?:globals|locals|dir|vars|sys\.modules)\b|\bfind_spec\(|\bversion_info\b|\bPY[23]\b|\bPYPY\b"
    r"|\bsys\.platform\b|\bos\.name\b|\bis_\w+_available\b|\b__dict__\b"
)
_SPECIAL: Final = re.compile(
    r"(?:builtins\.)?(?:exec|eval|globals|locals|vars|setattr|execfile|__import__)"
    r"|(?:globals|locals|vars)\(\)\.\w+|.*\.?__dict__\.(?:update|setdefault|__setitem__)|__all__\.\w+"
)
_SPECIAL_LAST: Final = ("exec", "eval", "globals", "locals", "vars", "setattr", "execfile")
_NAME_IN_TYPE: Final = re.compile(r"[^\W\d]\w*(?:\s*\.\s*[^\W\d]\w*)*|\"[^\"]*\"|'[^']*'|Literal\s*\[[^\]]*\]")
_NOT_NAMES: Final = frozenset({"None", "True", "False", "and", "or", "not", "in", "is", "if", "else", "lambda", "for"})


def name(reading: Reading, node: Node, flags: int) -> None:
    """Note a name that is read."""
    start, end = node.start_byte, node.end_byte
    chain = reading.text[start:end] if reading.fixed else reading.slice(start, end)
    key = (chain, reading.scope, reading.role, reading.context & USE_FLAGS)
    uses = reading.uses
    if key not in uses or start < uses[key]:
        uses[key] = start


def attribute(reading: Reading, node: Node, flags: int) -> None:
    """Note an attribute chain that is read; what its root is made of is read too."""
    start, end = node.start_byte, node.end_byte
    chain = reading.text[start:end]
    if chain.replace(".", "").isidentifier() and chain.isascii():
        reading.use(chain, start, reading.role)
        return
    reading.use(chain_of(reading, node), start, reading.role)
    below(reading, node)


def below(reading: Reading, node: Node) -> None:
    """Read the root that an attribute chain hangs from, where it is more than a name."""
    at: Node | None = node
    while at is not None and at.type == "attribute":
        at = at.child_by_field_name("object")
    if at is not None and at.type != "identifier":
        reading.visit(at)


def call(reading: Reading, node: Node, flags: int) -> None:
    """Note a call: whom, with how many arguments and which keywords, and what becomes of its value."""
    children = node.children
    function, arguments = children[0], children[-1]
    start, end = function.start_byte, function.end_byte
    chain = reading.text[start:end]
    if not (chain.replace(".", "").isidentifier() and chain.isascii()):
        chain = chain_of(reading, function)
        if function.type == "attribute":
            below(reading, function)
        elif function.type != "identifier":
            reading.visit(function)
    role, reading.role = reading.role, Role.READ
    positional, keywords, star, double_star = _arguments(reading, arguments)
    reading.role = role
    start = node.start_byte
    reading.calls.append(
        Call(
            chain,
            reading.scope,
            start,
            node.end_byte,
            reading.line(start),
            positional,
            keywords,
            star,
            double_star,
            flags | reading.context,
        )
    )
    if "_" in chain or chain in _SPECIAL_LAST or "()." in chain:
        if _SPECIAL.fullmatch(chain):
            _special(reading, chain, arguments, flags)
    elif chain in ("cast", "typing.cast"):
        _cast(reading, arguments)


def _arguments(reading: Reading, arguments: Node) -> tuple[int, tuple[str, ...], bool, bool]:
    if arguments.type != "argument_list":
        reading.visit(arguments, SUSPENDED)
        return 1, (), False, False
    positional, keywords, star, double_star = 0, [], False, False
    for child in arguments.children:
        if not child.is_named or child.is_extra:
            continue
        kind = child.type
        if kind == "keyword_argument":
            parts = child.children
            keywords.append(reading.of(parts[0]))
            reading.visit(parts[-1], SUSPENDED)
        elif kind == "list_splat":
            star = True
            reading.each(child)
        elif kind == "dictionary_splat":
            double_star = True
            reading.each(child)
        else:
            positional += 1
            reading.visit(child, SUSPENDED)
    return positional, tuple(keywords), star, double_star


def _special(reading: Reading, chain: str, arguments: Node, flags: int) -> None:
    if chain == "locals":
        reading.frame.flags |= _VARIADIC
    note_call(reading, chain, arguments, flags)


def _cast(reading: Reading, arguments: Node) -> None:
    first = first_part(arguments)
    if first is not None and first.type == "string":
        text_type(reading, first)


def passed(reading: Reading, node: Node, flags: int) -> None:
    """Read the elements of a display or a return: their values are handed on."""
    reading.each(node, SUSPENDED)


def through(reading: Reading, node: Node, flags: int) -> None:
    """Read parentheses and conditional expressions: what holds of the whole holds of the parts."""
    reading.each(node, flags)


def parts(reading: Reading, node: Node, flags: int) -> None:
    """Read an operation: its value is not its operands'."""
    reading.each(node)


def probing(reading: Reading, node: Node, flags: int) -> None:
    """Read `a and b` and `a if b else c`: below a test for presence everything is guarded."""
    saved = reading.context
    if PROBE.search(reading.text, node.start_byte, node.end_byte):
        reading.context |= GUARDED
    reading.each(node, flags)
    reading.context = saved


def awaited(reading: Reading, node: Node, flags: int) -> None:
    """Read `await x`."""
    reading.each(node, AWAITED)


def yielded(reading: Reading, node: Node, flags: int) -> None:
    """Read `yield x`: the function around it is a generator."""
    reading.frame.flags |= _GENERATOR
    reading.each(node, SUSPENDED)


def named(reading: Reading, node: Node, flags: int) -> None:
    """Read `x := y`."""
    target, value = node.child_by_field_name("name"), node.child_by_field_name("value")
    if value is not None:
        reading.visit(value, SUSPENDED)
    if target is not None:
        reading.bind(reading.of(target), target.start_byte, value_of(reading, value))


def keyword(reading: Reading, node: Node, flags: int) -> None:
    """Read `k=v` where it is met outside of a call."""
    value = node.child_by_field_name("value")
    if value is not None:
        reading.visit(value, SUSPENDED)


def function(reading: Reading, node: Node, flags: int) -> None:
    """Read a lambda."""
    scope = reading.open_scope(ScopeKind.FUNCTION, node.start_byte, node.end_byte, None)
    parameters, body = node.child_by_field_name("parameters"), node.child_by_field_name("body")
    frame = Frame(receiver=reading.frame.receiver)
    if parameters is not None:
        signature = parameters_of(reading, parameters, scope)
        if any(one.name == frame.receiver for one in signature):
            frame.receiver = ""
    if body is not None:
        reading.body(body, scope, frame, deferred=True, flags=SUSPENDED)


def comprehension(reading: Reading, node: Node, flags: int) -> None:
    """Read a comprehension: its first iterable belongs to what is around it, all else to its own scope."""
    scope = reading.open_scope(ScopeKind.COMPREHENSION, node.start_byte, node.end_byte, None)
    outer, first = reading.scope, True
    for child in node.children:
        if child.type != "for_in_clause":
            reading.scope = scope
            reading.visit(child, SUSPENDED)
            continue
        seen_in = False
        target: Node | None = None
        for part in child.children:
            kind = part.type
            if kind == "in":
                seen_in = True
            elif not seen_in and part.is_named and not part.is_extra:
                target = part
            elif seen_in and part.is_named:
                reading.scope = outer if first else scope
                reading.visit(part)
                if target is not None:
                    value = "" if is_async(child) else value_of(reading, part)
                    bind_target(reading, target, f"for {value}" if value else "", scope=scope)
                    target = None
        first = False
    reading.scope = outer


def string(reading: Reading, node: Node, flags: int) -> None:
    """Read what a string interpolates; in an annotation, the type that it writes."""
    if reading.role is Role.TYPE:
        text_type(reading, node)
    elif reading.text[node.start_byte] in "fFrRtTbBuU":
        reading.each(node)


def text_type(reading: Reading, node: Node) -> None:
    """Note the names in a type written as a string; text that is no type gives none."""
    for child in node.children:
        if child.type != "string_content":
            continue
        start = child.start_byte
        text = reading.text[start : child.end_byte]
        for found in _NAME_IN_TYPE.finditer(text):
            word = found[0]
            if word[0] in "\"'" or word.startswith("Literal") or word in _NOT_NAMES:
                continue
            chain = "".join(reading.slice(start + found.start(), start + found.end()).split())
            reading.use(chain, start + found.start(), Role.TYPE, TYPING)


def annotation(reading: Reading, node: Node, flags: int) -> None:
    """Read a type."""
    saved, reading.role = reading.role, Role.TYPE
    reading.each(node)
    reading.role = saved


def subscript(reading: Reading, node: Node, flags: int) -> None:
    """Read `x[y]`; in an annotation, strings in `Literal` are no types and only the first part of `Annotated` is."""
    if reading.role is not Role.TYPE:
        reading.each(node)
        return
    children = node.children
    head = reading.of(children[0]).rpartition(".")[2]
    reading.visit(children[0])
    for place, child in enumerate(_arguments_of_type(children)):
        if head == "Literal" or (head == "Annotated" and place):
            reading.role = Role.READ
            _plain(reading, child)
            reading.role = Role.TYPE
        else:
            reading.visit(child)


def _plain(reading: Reading, node: Node) -> None:
    if node.type == "type" and node.named_child_count:
        reading.each(node)
    else:
        reading.visit(node)


def _arguments_of_type(children: list[Node]) -> list[Node]:
    rest = children[1:]
    if len(rest) == 1 and rest[0].type == "type_parameter":
        rest = rest[0].children
    return [child for child in rest if child.is_named and not child.is_extra]
