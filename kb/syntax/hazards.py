"""Input that is known to break a grammar's own C code, refused before it gets there."""

from __future__ import annotations

import re

_YAML_LEVELS = 200
_YAML_LINE = re.compile(rb"[^\r\n]+")
_YAML_INDICATOR = re.compile(rb"[-?:](?=[ \t]|$)")


def hazard_in(data: bytes, language: str) -> str:
    """Return why this input must not be given to the grammar of `language`, "" if it may."""
    if language == "yaml" and any(_levels(line[0]) > _YAML_LEVELS for line in _YAML_LINE.finditer(data)):
        return "nested too deep"
    return ""


def _levels(line: bytes) -> int:
    """Return a bound on the depth of nesting a line can bring about.

    tree-sitter-yaml 0.7.2 writes its stack of indents past its buffer from depth 254 on and then crashes. Columns
    grow with each level: a line's indent bounds what stays open from the lines above, its indicators what it adds.
    """
    if len(line) <= _YAML_LEVELS:
        return 0
    return len(line) - len(line.lstrip(b" \t")) + sum(1 for _ in _YAML_INDICATOR.finditer(line))
