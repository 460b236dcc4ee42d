"""How a file is written where the language leaves a choice: its quotes, and the white space that it indents by."""

from __future__ import annotations

from typing import Final

from kb.source import Source

_LOOKED_AT: Final = 200_000  # bytes
_CLEAR: Final = 0.8  # share of one kind from which on it is a convention


def unit_of(source: Source, indent: bytes) -> str:
    """Return the character that a file indents by: the hole's own, else that of the first line that is indented."""
    if indent[-1:] in (b"\t", b" "):
        return indent[-1:].decode()
    for line in source.data[:_LOOKED_AT].splitlines():
        if line[:1] in (b"\t", b" ") and line.strip():
            return line[:1].decode()
    return " "


def quote_of(source: Source) -> str:
    """Return the quote that a file writes nearly all of its strings with, "" if it has no such habit."""
    head = source.data[:_LOOKED_AT]
    double, single = head.count(b'"'), head.count(b"'")
    if double + single < 10:
        return ""
    share = double / (double + single)
    return '"' if share >= _CLEAR else "'" if share <= 1 - _CLEAR else ""
