"""Where a Python file binds a name, told line by line: enough to say that something is gone, or never was."""

from __future__ import annotations

import re
from functools import lru_cache

from kb.source import Source

LONGEST_LINE = 1000  # longer ones are data


def bindings(source: Source, name: str) -> list[tuple[int, str]]:
    """Return the lines, with their numbers, that define, assign or import a name, or set it on self or cls."""
    if name not in source.text:
        return []
    pattern = _binds(name)
    lines = enumerate(source.text.split("\n"), 1)
    return [(number, text) for number, text in lines if len(text) <= LONGEST_LINE and pattern.search(text)]


def may_bind(source: Source, name: str) -> bool:
    """Return whether a file binds a name in any way at all: on any object, in a loop, by a string."""
    if name not in source.text:
        return False
    lines = source.text.split("\n")
    return any(len(text) > LONGEST_LINE or _may_bind(name).search(text) or _binds(name).search(text) for text in lines)


def bound_somehow(source: Source, name: str) -> bool:
    """Return whether a file that need not parse may bind a name: as `may_bind`, or as Python 2 could."""
    word = re.escape(name)
    old = re.compile(
        rf"^\s*except\b.*,\s*{word}\b|\b(def|lambda)\b.*\b{word}\b|^\s*(global|print\s*>>)\s.*\b{word}\b", re.M
    )
    return may_bind(source, name) or bool(bindings(source, name)) or old.search(source.text) is not None


@lru_cache(maxsize=256)
def _binds(name: str) -> re.Pattern[str]:
    word = re.escape(name)
    return re.compile(
        rf"^\s*(async\s+)?(def|class)\s+{word}\b"
        rf"|^\s*(\w+\s*,\s*)*((self|cls)\.)?{word}\s*(,\s*\w+\s*)*(:[^=]*)?=(?!=)"
        rf"|^\s*(\w+\s*=\s*)+{word}\s*=(?!=)"
        rf"|^\s*(from\s+\S+\s+)?import\b.*\b{word}\b|\bas\s+{word}\b|^\s+{word}\s*:|^\s+{word},?\s*(#.*)?$"
    )


@lru_cache(maxsize=256)
def _may_bind(name: str) -> re.Pattern[str]:
    word = re.escape(name)
    return re.compile(
        rf"\.{word}\b[^=()]*=(?!=)|\b{word}\s*:|\b{word}\s*=(?!=)|[\"'][^\"']*\b{word}\b[^\"']*[\"']"
        rf"|\bfor\b[^:]*\b{word}\b|\b{word}\s*:=|\blambda\b[^:]*\b{word}\b|\bdef\b.*\b{word}\b"
    )
