"""Merge conflict markers that were left in a file."""

from __future__ import annotations

import re

from kb.diff import FileDiff
from kb.source import Source

_START = re.compile(r"<{7}(?: .*)?$")
_MIDDLE = re.compile(r"={7}$")
_END = re.compile(r">{7}(?: .*)?$")
_ABOUT_MARKERS = re.compile(r"\.(?:md|mdx|rst|txt|adoc|textile|org|tex|patch|diff|snap|out|orig|rej|html?|svg|ipynb)$")


def conflict_in(source: Source, file: FileDiff) -> tuple[int, int] | None:
    """Return the first and last line of the first conflict whose three markers the change all adds."""
    if _ABOUT_MARKERS.search(source.path.lower()) or b"<<<<<<<" not in source.data:
        return None
    start = middle = 0
    for number in sorted(file.added):
        line = source.line(number)
        if _START.match(line):
            start, middle = number, 0
        elif start and _MIDDLE.match(line):
            middle = number
        elif middle and _END.match(line):
            return start, number
    return None
