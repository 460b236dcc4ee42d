"""Expressions of Python: names read, attributes, calls with their arguments, lambdas and comprehensions."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

from kb.facts.model import Call, Flag, Role
from kb.facts.python_annotations import text_type
from kb.facts.python_chains import PLAIN, chain_of, first_part, parts_of, value_of
from kb.facts.python_dynamic import note_call
from kb.facts.python_reading import DOUBLE_SPLAT, GUARDED, KEYWORD, SPLAT, SUSPENDED, USE_FLAGS, Reading
from kb.syntax.parse import Node

AWAITED: Final = Flag.AWAITED.value
_GENERATOR: Final = Flag.GENERATOR.value
_VARIADIC: Final = Flag.VARIADIC.value
_PROBES: Final = tuple(  # a regular expression that begins with letters is sought much faster than one with `\b`
    re.compile(text)
    for text in (
        r"hasattr\(", r"in\s+(?:globals|locals|dir|vars|sys\.modules)\b", r"find_spec\(", r"version_info\b",
        r"PY[23]\b", r"PYPY\b", r"sys\.platform\b", r"os\.name\b", r"is_\w+_available\b", r"__dict__\b",
    )
)  # fmt: skip
_IN_A_WORD: Final = re.compile(r"\B(?=\w)")
_PROBE_WORDS: Final = (
    "hasattr(", "globals", "locals", "dir(", "vars", "sys.modules", "find_spec", "version_info", "PY2", "PY3", "PYPY",
    "sys.platform", "os.name", "_available", "__dict__",
)  # fmt: skip
_SPECIAL: Final = re.compile(r".*\.?__dict__\.(?:update|setdefault|__setitem__)|__all__\.\w+")
_SPECIAL_NAMES: Final = frozenset(
    prefix + name
    for name in ("exec", "eval", "globals", "locals", "vars", "setattr", "execfile")
    for prefix in ("", "builtins.")
)
_SPACES: Final = ("globals().", "locals().", "vars().", "sys.meta_path.", "sys.path_hooks.")


def probes_in(text: str) -> list[int]:
    """Return where a file tests for the presence of something, in order; most files cannot, which is quickly seen."""
    if not any(word in text for word in _PROBE_WORDS):
        return []
    starts = (found.start() for pattern in _PROBES for found in pattern.finditer(text))
    return sorted(start for start in starts if not _IN_A_WORD.match(text, start))


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
    chain = reading.text[start:end] if end - start < PLAIN else ""
    if chain.replace(".", "").isidentifier() and chain.isascii():
        key = (chain, reading.scope, reading.role, reading.context & USE_FLAGS)
        uses = reading.uses
        if key not in uses or start < uses[key]:
            uses[key] = start
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
    chain = reading.text[start:end] if end - start < PLAIN else ""
    if not (chain.replace(".", "").isidentifier() and chain.isascii()):
        if function.type == "list_splat":
            function = first_part(function) or function
            start = function.start_byte
        chain = chain_of(reading, function)
        if function.type == "attribute":
            below(reading, function)
        elif function.type != "identifier":
            reading.visit(function)
    role, reading.role = reading.role, Role.READ
    positional, keywords, star, double_star = _arguments(reading, arguments)
    reading.role = role
    reading.calls.append(
        Call(
            chain,
            reading.scope,
            start,
            node.end_byte,
            bisect_right(reading.starts, start),
            positional,
            keywords,
            star,
            double_star,
            flags | reading.context,
        )
    )
    if chain in _SPECIAL_NAMES or ("_" in chain and _SPECIAL.fullmatch(chain)) or chain.startswith(_SPACES):
        _special(reading, chain, arguments, flags)
    elif chain in ("cast", "typing.cast"):
        _cast(reading, arguments)


def _arguments(reading: Reading, arguments: Node) -> tuple[int, tuple[str, ...], bool, bool]:
    if arguments.type != "argument_list":
        reading.visit(arguments, SUSPENDED)
        return 1, (), False, False
    positional, keywords, star, double_star = 0, [], False, False
    shapes, table = reading.shapes, reading.table
    for child in arguments.children:
        shape = shapes[child.kind_id]
        if not shape:
            continue
        if shape is KEYWORD:
            parts = child.children
            keywords.append(reading.of(parts[0]))
            reading.visit(parts[-1], SUSPENDED)
        elif shape is SPLAT:
            star = True
            reading.each(child)
        elif shape is DOUBLE_SPLAT:
            double_star = True
            reading.each(child)
        elif reading.text.startswith(
            "*", child.start_byte
        ):  # the grammar takes `*f(x)` for a call of `*f` after another call
            star = True
            reading.visit(child)
        else:
            positional += 1
            if table[child.kind_id] is not None:
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
    if reading.probed(node):
        reading.context |= GUARDED
    inner = parts_of(node)
    tested, kept = (1, 0) if len(inner) == 3 else (0, 0)  # the others' values are the value of the whole
    if len(inner) == 2 and any(child.type == "or" for child in node.children):
        kept = flags & SUSPENDED  # `a or b` is `a` where that is true, as everything that can be awaited is
    for place, part in enumerate(inner):
        reading.visit(part, kept if place == tested else flags)
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
