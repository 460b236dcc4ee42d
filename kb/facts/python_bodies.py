"""Bodies of Python functions and classes: their docstring, and whether they were left open."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from kb.facts.model import Flag, Hole
from kb.facts.python_chains import first_part
from kb.facts.python_drafts import Draft
from kb.facts.python_reading import Reading
from kb.syntax.parse import Node

_NO_DOC: Final = tuple("fFbBtT")
_OPEN: Final = frozenset({"pass_statement", "raise_statement", "expression_statement"})
_STUB: Final = Flag.STUB.value


def note_open_end(reading: Reading, draft: Draft, body: Node, scope: int) -> None:
    """Note a body that holds nothing but `pass`, `...`, a docstring or "not implemented"."""
    kinds = []
    for child in islice(_statements(body), 3):
        kind, start, end = _open_kind(reading, child)
        kinds.append(kind)
        if kind not in ("", "doc"):
            reading.holes.append(Hole(kind, scope, start, end, reading.line(start)))
            if kind == "unimplemented" or all(kinds):
                draft.flags |= _STUB
    if kinds == ["doc"]:
        draft.flags |= _STUB
    if not all(kinds) or body.named_child_count > 3:
        draft.flags &= ~_STUB
        while reading.holes and reading.holes[-1].scope == scope and reading.holes[-1].kind != "unimplemented":
            reading.holes.pop()


def _statements(body: Node) -> Iterator[Node]:
    return (child for child in body.children if child.is_named and not child.is_extra)


def _open_kind(reading: Reading, node: Node) -> tuple[str, int, int]:
    kind = node.type
    if kind not in _OPEN:
        return "", 0, 0
    start, end = node.start_byte, node.end_byte
    text = reading.text[start : min(end, start + 200)]
    if kind == "pass_statement":
        return "pass", start, end
    if kind == "raise_statement" and "NotImplementedError" in text:
        return "unimplemented", start, end
    if kind == "expression_statement":
        if text == "...":
            return "ellipsis", start, end
        inner = first_part(node)
        if inner is not None and inner.type in ("string", "concatenated_string"):
            return "doc", start, end
    return "", start, end


def doc_of(reading: Reading, body: Node) -> str:
    """Return the first line of a body's docstring, "" if there is none."""
    for child in body.children:
        if child.type == "comment":
            continue
        inner = first_part(child) if child.type == "expression_statement" else None
        if inner is None or inner.type != "string" or reading.text.startswith(_NO_DOC, inner.start_byte):
            return ""
        text = "".join(reading.of(part) for part in inner.children if part.type == "string_content")
        lines = text.strip().splitlines()
        return lines[0].strip()[:200] if lines else ""
    return ""
