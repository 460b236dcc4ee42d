"""Places where Python binds names: targets of assignments, loops, `with` and `except`, and patterns of `match`."""

from __future__ import annotations

from typing import Final

from kb.facts.model import Kind, Role
from kb.facts.python_chains import chain_of, parts_of
from kb.facts.python_drafts import Draft
from kb.facts.python_reading import DEFERRED, PRIVATE, Reading
from kb.syntax.parse import Node

_GROUPS: Final = frozenset(
    {
        "pattern_list",
        "tuple_pattern",
        "list_pattern",
        "list_splat_pattern",
        "expression_list",
        "tuple",
        "list",
        "list_splat",
        "parenthesized_expression",
        "parenthesized_list_splat",
        "as_pattern_target",
    }
)
_STARRED: Final = frozenset({"list_splat_pattern", "list_splat", "parenthesized_list_splat"})


def bind_target(reading: Reading, node: Node, value: str, *, scope: int = -1, annotation: str = "") -> None:
    """Note every name and attribute that a target binds; `value` is the chain of the whole."""
    where = reading.scope if scope < 0 else scope
    waiting = [(node, value)]
    while waiting:
        target, chain = waiting.pop()
        kind = target.type
        if kind == "identifier":
            saved, reading.scope = reading.scope, where
            reading.put(reading.of(target), where, target.start_byte, chain, annotation)
            reading.scope = saved
        elif kind == "attribute":
            write_attribute(reading, target, chain, annotation)
        elif kind in _GROUPS:
            inner = parts_of(target)
            alone = kind in ("as_pattern_target", "parenthesized_expression")
            below = chain if alone else "<list>" if kind in _STARRED else element_of(chain)
            waiting.extend((part, below) for part in reversed(inner))
        else:
            reading.visit(target)


def element_of(chain: str) -> str:
    """Return the chain of one part of what `chain` stands for, "" if it is unknown or itself a part ("for x")."""
    return f"{chain}[]" if chain and " " not in chain else ""


def write_attribute(reading: Reading, node: Node, value: str, annotation: str = "", start: int = -1) -> Draft | None:
    """Note an attribute that is set; `self.x = ...` in a method defines an attribute of its class."""
    chain = chain_of(reading, node)
    reading.use(chain, node.start_byte, Role.WRITE)
    root = node.child_by_field_name("object")
    if root is not None and root.type != "identifier":
        reading.visit(root)
    receiver, _, name = chain.partition(".")
    method = reading.frame.draft
    if not receiver or receiver != reading.frame.receiver or not name.isidentifier() or method is None:
        return None
    last = node.child_by_field_name("attribute")
    begin = node.start_byte if start < 0 else start
    at = last.start_byte if last is not None else begin
    draft = reading.draft(name, Kind.ATTRIBUTE, method.scope, begin, node.end_byte, at)
    draft.flags |= DEFERRED | (PRIVATE if name.startswith("_") and not name.endswith("__") else 0)
    draft.value, draft.annotation = value, annotation
    return draft


def delete(reading: Reading, node: Node, flags: int) -> None:
    """Read `del x, y.z, w[0]`: a deleted name is local like an assigned one."""
    waiting = parts_of(node)
    while waiting:
        target = waiting.pop()
        kind = target.type
        if kind in _GROUPS:
            waiting.extend(parts_of(target))
        elif kind == "identifier":
            reading.use(reading.of(target), target.start_byte, Role.DELETE)
            reading.bind(reading.of(target), target.start_byte)
        elif kind == "attribute":
            reading.use(chain_of(reading, target), target.start_byte, Role.DELETE)
            root = target.child_by_field_name("object")
            if root is not None and root.type != "identifier":
                reading.visit(root)
        else:
            reading.visit(target)


def pattern(reading: Reading, node: Node, flags: int) -> None:
    """Read the pattern of a `case`: names alone are bound, dotted names and classes are read."""
    waiting = [node]
    while waiting:
        at = waiting.pop()
        kind = at.type
        if kind == "dotted_name":
            text = reading.of(at)
            if "." in text:
                reading.use(text, at.start_byte, Role.READ)
            else:
                reading.bind(text, at.start_byte)
        elif kind == "class_pattern":
            inner = parts_of(at)
            if inner:
                reading.use(reading.of(inner[0]), inner[0].start_byte, Role.READ)
            waiting.extend(reversed(inner[1:]))
        elif kind == "keyword_pattern":
            waiting.extend(parts_of(at)[1:])
        elif kind == "identifier":
            reading.bind(reading.of(at), at.start_byte)
        elif kind not in ("string", "concatenated_string"):
            waiting.extend(reversed(parts_of(at)))
