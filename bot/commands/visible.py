"""The lines of a comment that its author says there: outside fenced code, quotes, HTML comments and raw text in HTML.

Where it is in doubt whether a fence begins or ends, nothing more is read: an order that nobody gave is worse than
one that has to be given again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LINE_END = re.compile(r"\r\n|\r|\n")  # what Markdown calls a line: no other character ends one
_MARKERS = re.compile(r"(?:[ \t]*(?:[-*+]|\d{1,9}[.)])(?=[ \t]))*[ \t]*")
_FENCE = re.compile(r"(`{3,}|~{3,})(.*)")
_RAW = re.compile(r" {0,3}<(pre|script|style|textarea)\b", re.IGNORECASE)
_HTML = re.compile(r" {0,3}<[A-Za-z/!?]")
_COMMENT_END = re.compile("-->")
_OTHER_BLANKS = str.maketrans(dict.fromkeys("\u00a0\u2007\u202f", " "))
_CODE = 4  # columns that make a line code


@dataclass(frozen=True)
class _Fence:
    """An open fence: its run of characters, and the column it stands in."""

    run: str
    column: int

    def is_closed_by(self, line: str) -> bool:
        found = line.strip()
        is_run = len(found) >= len(self.run) and set(found) == {self.run[0]}
        return is_run and _indent(line) < _CODE + self.column

    def is_doubtful_at(self, line: str) -> bool:
        """Return whether the list that the fence may be part of may end here, and the fence with it."""
        if not self.column or not line.strip():
            return False
        return _indent(line) < self.column or (self.is_closed_by(line) and _indent(line) != self.column)


def visible_lines(body: str) -> Iterator[str]:
    """Return the lines that are neither code nor quoted nor hidden, blanks at both ends taken off."""
    fence: _Fence | None = None
    hidden_until: re.Pattern[str] | None = None
    in_html = False  # where Markdown sees no fence until the next blank line
    for raw in _LINE_END.split(body):
        line = raw.translate(_OTHER_BLANKS).expandtabs(4)
        if fence is not None:
            if fence.is_doubtful_at(line):
                return
            fence = None if fence.is_closed_by(line) else fence
            continue
        begun = _fence_in(line)
        if begun is not None and (hidden_until or in_html):
            return
        if hidden_until is not None and (_RAW.match(line) or "<!--" in line):
            return
        if hidden_until is not None:
            hidden_until = None if hidden_until.search(line) else hidden_until
            continue
        in_html = bool(line.strip()) and (in_html or _HTML.match(line) is not None)
        fence = begun
        if begun is None and not line.lstrip().startswith(">"):
            said, hidden_until = _without_hidden(line)
            if _indent(said) < _CODE:
                yield said.strip()


def _fence_in(line: str) -> _Fence | None:
    markers = _MARKERS.match(line)
    column = markers.end() if markers else 0
    found = _FENCE.match(line, column)
    if found is None or (found[1][0] == "`" and "`" in found[2]):
        return None
    return _Fence(found[1], column)


def _without_hidden(line: str) -> tuple[str, re.Pattern[str] | None]:
    """Return the line with a NUL for each comment, and what ends the one that is open at its end, if one is.

    The NUL keeps what follows a comment from beginning the line.
    """
    if raw := _RAW.match(line):
        end = re.compile(f"</{raw[1]}>", re.IGNORECASE)
        return "", None if end.search(line) else end
    said, at = "", 0
    while (start := line.find("<!--", at)) >= 0:
        closed = line.find("-->", start + 4)
        said += line[at:start] + "\0"
        if closed < 0:
            return said, _COMMENT_END
        at = closed + 3
    return said + line[at:], None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
