"""Types in Python: annotations, the types written as strings in them, and the scopes of type parameters."""

from __future__ import annotations

import re
from typing import Final

from kb.facts.model import Role
from kb.facts.python_chains import parts_of
from kb.facts.python_reading import TYPING, Reading
from kb.syntax.parse import Node

_NAME_IN_TYPE: Final = re.compile(r"[^\W\d]\w*(?:\s*\.\s*[^\W\d]\w*)*|\"[^\"]*\"|'[^']*'")
_PREFIXES: Final = tuple("fFrRtTbBuU")
_NO_TYPE: Final = re.compile(r"[^\w\s.,\[\]|()\"'*=-]|[\w\])\"']\s+[\w(\"']")  # prose, or anything but a type
_NOT_NAMES: Final = frozenset({"None", "True", "False", "and", "or", "not", "in", "is", "if", "else", "lambda", "for"})


def string(reading: Reading, node: Node, flags: int) -> None:
    """Read what a string interpolates; in an annotation, the type that it writes."""
    if reading.role is Role.TYPE:
        text_type(reading, node)
    elif reading.text.startswith(_PREFIXES, node.start_byte):
        reading.each(node)


def text_type(reading: Reading, node: Node) -> None:
    """Note the names in a type written as a string; text that is no type gives none."""
    for child in node.children:
        if child.type != "string_content":
            continue
        start = child.start_byte
        text = reading.text[start : child.end_byte]
        if _NO_TYPE.search(text):
            return
        for found in _NAME_IN_TYPE.finditer(text):
            word = found[0]
            if word[0] in "\"'" or word in _NOT_NAMES:
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
    end = children[0].end_byte
    head = reading.slice(max(children[0].start_byte, end - 40), end).rpartition(".")[2]
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


def type_parameters(reading: Reading, listed: Node, scope: int) -> None:
    """Bind type parameters in a scope and read their bounds in it."""
    saved, reading.scope = reading.scope, scope
    for part in parts_of(listed):
        at, bound = part, None
        while at.type in ("type", "constrained_type", "splat_type") and at.named_child_count:
            inner = parts_of(at)
            at, bound = inner[0], inner[1] if len(inner) > 1 else bound
        reading.put(reading.of(at), scope, at.start_byte, "", flags=TYPING)
        if bound is not None:
            reading.visit(bound)
    reading.scope = saved
