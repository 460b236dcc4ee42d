"""Expressions of Python with a scope of their own: lambdas and comprehensions."""

from __future__ import annotations

from kb.facts.model import ScopeKind
from kb.facts.python_chains import is_async, value_of
from kb.facts.python_drafts import Frame
from kb.facts.python_parameters import parameters_of
from kb.facts.python_reading import SUSPENDED, Reading
from kb.facts.python_targets import bind_target
from kb.syntax.parse import Node


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
