"""Statements of Python: assignments, branches, loops, `try`, `with`, `match`, and what they say about their bodies."""

from __future__ import annotations

import re
from typing import Final

from kb.facts.model import Flag
from kb.facts.python_chains import chain_of, first_part, is_async, parts_of, value_of
from kb.facts.python_definitions import last_name
from kb.facts.python_reading import (
    CONDITIONAL,
    FALLBACK,
    GUARDED,
    MAIN,
    SUSPENDED,
    TYPING,
    Reading,
)
from kb.facts.python_targets import bind_target, pattern
from kb.syntax.parse import Node

DISCARDED: Final = Flag.DISCARDED.value
_RERAISED: Final = Flag.RERAISED.value
_FINAL: Final = Flag.FINAL.value
_TYPING_TEST: Final = re.compile(r"(?:\w+\.)*(?:TYPE_CHECKING|MYPY)|False|0")
_NOT_TYPING_TEST: Final = re.compile(r"not\s+(?:\w+\.)*(?:TYPE_CHECKING|MYPY)")
_MAIN_TEST: Final = re.compile(r"__name__\s*==\s*['\"]__main__['\"]|['\"]__main__['\"]\s*==\s*__name__")
_EXPECTED: Final = re.compile(
    r"\b(?:ImportError|ModuleNotFoundError|NameError|UnboundLocalError|AttributeError|TypeError)\b"
)
_IMPORTS_ONLY: Final = re.compile(r"\b(?:Exception|BaseException|StandardError)\b")
_TAKERS: Final = ("suppress", "raises", "assertRaises", "assertRaisesRegex", "assertRaisesRegexp", "ignored")
_ENDS: Final = frozenset({"return_statement", "raise_statement", "continue_statement", "break_statement"})
_LITERAL_GROUPS: Final = frozenset({"tuple", "list", "expression_list", "pattern_list"})


def block(reading: Reading, node: Node, flags: int) -> None:
    """Read a block; what a statement says about those after it ends with it."""
    saved = reading.context
    reading.each(node)
    reading.context = saved


def expression(reading: Reading, node: Node, flags: int) -> None:
    """Read an expression that is a whole statement: a call's value is thrown away."""
    reading.each(node, DISCARDED)


def if_(reading: Reading, node: Node, flags: int) -> None:
    """Read `if`: what the test asks decides what holds below it."""
    condition = node.child_by_field_name("condition")
    text = reading.head(condition, 80) if condition is not None else ""
    probe = GUARDED if condition is not None and reading.probed(condition) else 0
    then = other = CONDITIONAL
    if text.endswith(("CHECKING", "MYPY", "False", "0")):
        then |= TYPING if _TYPING_TEST.fullmatch(text) else 0
        other |= TYPING if _NOT_TYPING_TEST.fullmatch(text) else 0
    elif "__main__" in text and _MAIN_TEST.fullmatch(text):
        then |= MAIN
    if probe:
        then, other = then | GUARDED, other | GUARDED | FALLBACK
    saved = reading.context
    if condition is not None:
        reading.context |= probe
        reading.visit(condition)
        reading.context = saved
    leaves = False
    for child in node.children:
        kind = child.type
        if kind == "block":
            reading.within(child, then)
            last = parts_of(child)[-1:]
            leaves = bool(last) and last[0].type in _ENDS
        elif kind in ("elif_clause", "else_clause"):
            reading.within(child, other)
        elif kind == "ERROR":
            reading.visit(child)
    if probe and leaves:
        reading.context |= GUARDED  # `if not hasattr(x, "y"): return` guards what follows in the block


def loop(reading: Reading, node: Node, flags: int) -> None:
    """Read `while`, and any statement with a condition and blocks that may not run."""
    for child in node.children:
        if child.type in ("block", "else_clause"):
            reading.within(child, CONDITIONAL)
        elif child.is_named:
            reading.visit(child)


def for_(reading: Reading, node: Node, flags: int) -> None:
    """Read `for` with its targets."""
    target, iterable = node.child_by_field_name("left"), node.child_by_field_name("right")
    if iterable is not None:
        reading.visit(iterable)
    if target is not None:
        value = "" if is_async(node) else value_of(reading, iterable)
        bind_target(reading, target, f"for {value}" if value else "")
    for child in node.children:
        if child.type in ("block", "else_clause"):
            reading.within(child, CONDITIONAL)


def try_(reading: Reading, node: Node, flags: int) -> None:
    """Read `try`: a body whose failure a handler would take is guarded, the handlers are its fallback."""
    handlers = [child for child in node.children if child.type == "except_clause"]
    body = node.child_by_field_name("body")
    single = body is not None and len(parts_of(body)) == 1
    guard = any(_takes(reading, handler, body, single=single) for handler in handlers)
    inside = (CONDITIONAL if handlers else 0) | (GUARDED if guard else 0)
    outside = CONDITIONAL | (FALLBACK if guard else 0)
    for child in node.children:
        kind = child.type
        if kind == "block":
            reading.within(child, inside)
        elif kind in ("except_clause", "else_clause"):
            reading.within(child, outside)
        elif child.is_named and not child.is_extra:
            reading.visit(child)


def _takes(reading: Reading, handler: Node, body: Node | None, *, single: bool) -> bool:
    """Whether a handler takes failures of imports, names, attributes or calls.

    One that takes everything counts where the body is a single statement or has imports: a probe. Around more code
    it is a net for anything, and what is missing below it is as missing as elsewhere.
    """
    inner = [child for child in parts_of(handler) if child.type != "block"]
    text = reading.of(inner[0]) if inner else ""
    if text and _EXPECTED.search(text):
        return True
    if text and not _IMPORTS_ONLY.search(text):
        return False
    return single or (body is not None and any(part.type.startswith("import") for part in parts_of(body)))


def except_(reading: Reading, node: Node, flags: int) -> None:
    """Read a handler and the name it binds."""
    for child in parts_of(node):
        if child.type != "as_pattern":
            reading.visit(child)
            continue
        inner = parts_of(child)
        if inner:
            reading.visit(inner[0])
            kind = chain_of(reading, inner[0])
            annotation = "" if kind[:1] in "?<" else kind
            for target in inner[1:]:
                bind_target(reading, target, "", annotation=annotation)


def with_(reading: Reading, node: Node, flags: int) -> None:
    """Read `with`; `suppress` and `raises` guard the body against what they name."""
    clause = next((child for child in node.children if child.type == "with_clause"), None)
    body = node.child_by_field_name("body")
    guard = 0
    reading.entered = ".__aenter__()^" if is_async(node) else ".__enter__()"
    for item in parts_of(clause) if clause is not None else []:
        value = item.child_by_field_name("value") if item.type == "with_item" else item
        if value is None:
            continue
        reading.visit(value)
        inner = first_part(value) if value.type == "as_pattern" else value
        if last_name(value_of(reading, inner)) in _TAKERS:
            text = reading.of(value)
            guard = GUARDED if _EXPECTED.search(text) or _IMPORTS_ONLY.search(text) else guard
    if body is not None:
        reading.within(body, guard)


def entered(reading: Reading, node: Node, flags: int) -> None:
    """Read `x as y` of a `with`, in parentheses or not."""
    inner = parts_of(node)
    if not inner:
        return
    reading.visit(inner[0])
    chain = value_of(reading, inner[0])
    for target in inner[1:]:
        bind_target(reading, target, chain + reading.entered if chain else "")


def match(reading: Reading, node: Node, flags: int) -> None:
    """Read `match` and its cases."""
    for child in parts_of(node):
        if child.type != "block":
            reading.visit(child)
            continue
        reading.within(child, CONDITIONAL)


def case(reading: Reading, node: Node, flags: int) -> None:
    """Read one `case`."""
    for child in parts_of(node):
        if child.type == "case_pattern":
            pattern(reading, child, 0)
        else:
            reading.visit(child)


def returned(reading: Reading, node: Node, flags: int) -> None:
    """Read `return x`: the value is handed on."""
    reading.each(node, SUSPENDED)


def raised(reading: Reading, node: Node, flags: int) -> None:
    """Read `raise x from y`."""
    parts = parts_of(node)
    if not parts:
        reading.frame.flags |= _RERAISED
        return
    chain = chain_of(reading, parts[0]).removesuffix("()")
    if not chain.startswith(("?", "<")):
        reading.frame.raises[chain] = None
    for part in parts:
        reading.visit(part)


def declared(reading: Reading, node: Node, flags: int) -> None:
    """Read `global` and `nonlocal`."""
    word = node.type.partition("_")[0]
    names = [reading.of(child) for child in parts_of(node)]
    scope = reading.scope
    reading.outers.setdefault(scope, {}).update((f"{word} {name}", None) for name in names)
    (reading.frame.globals if word == "global" else reading.frame.nonlocals).update(names)


def execute(reading: Reading, node: Node, flags: int) -> None:
    """Read Python 2's `exec` statement."""
    if not any(child.type == "in" for child in node.children):
        reading.dynamic["exec"] = None
    reading.each(node)
