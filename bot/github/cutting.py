"""Cuts texts to what GitHub takes, without leaving Markdown open behind the cut.

Who writes a text keeps it short at the borders of findings; this is the net below, so that nothing is refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

BODY_CHARACTERS = 65_535  # a comment's or review's body: one below the 65,536 that GitHub's 422 names
REPORT_BYTES = 65_535  # a check run's summary and text: documented as characters; counted as bytes to be safe
MESSAGE_BYTES = 65_000  # an annotation's message: 64 KB, documented
TITLE_CHARACTERS = 255  # an annotation's title
CUT = "\n\n_(cut here: it is longer than GitHub takes)_"


def cut_text(text: str, limit: int = BODY_CHARACTERS) -> str:
    """Return a text of at most `limit` characters; a cut one says so, with its fence and comment closed."""
    return text if len(text) <= limit else _cut(text, limit, len)


def cut_bytes(text: str, limit: int = REPORT_BYTES) -> str:
    """Return a text of at most `limit` bytes of UTF-8, cut as `cut_text` does."""
    return text if _bytes(text) <= limit else _cut(text, limit, _bytes)


def cut_line(text: str, limit: int) -> str:
    """Return a one-line text of at most `limit` characters."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _cut(text: str, limit: int, size: Callable[[str], int]) -> str:
    room = limit - len(CUT)
    kept = text[: max(0, room)]
    while kept:
        kept = _before_open_comment(kept)
        fence = _open_fence(kept)
        closing = f"\n{fence}" if fence else ""
        over = size(kept) + len(closing) - room
        if over <= 0:
            return kept + closing + CUT
        kept = kept[: -math.ceil(over / 4)]  # a character has at most four bytes: never more than must go
    return CUT[:limit]


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _before_open_comment(text: str) -> str:
    """Return the text up to a `<!--` that nothing closes: it would hide what follows."""
    end = 0
    while (start := text.find("<!--", end)) >= 0:
        end = text.find("-->", start + 4) + 3
        if end < 3:
            return text[:start]
    return text


def _open_fence(text: str) -> str:
    """Return the fence that is still open at the end of a text, "" for none (CommonMark, 4.5)."""
    fence = ""
    for match in re.finditer(r"(?m)^ {0,3}(?:> ?)*(`{3,}|~{3,})([^\n]*)$", text):
        mark, rest = match[1], match[2]
        if not fence:
            fence = "" if mark[0] == "`" and "`" in rest else mark
        elif mark[0] == fence[0] and len(mark) >= len(fence) and not rest.strip():
            fence = ""
    return fence
