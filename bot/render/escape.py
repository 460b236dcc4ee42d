"""Text from a repository made harmless for the place where it will be read.

A terminal obeys control characters, a reader is fooled by bidirectional and invisible ones, Markdown
obeys punctuation, and JSON cannot carry lone surrogates. Each function here closes one of these doors.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

# Printable to Python, yet drawn as nothing: fillers, variation selectors, joiners, the blank Braille cell.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_NO_BYTE = re.compile("[\ud800-\udc7f\udd00-\udfff]")  # surrogates that no undecodable byte turns into
_BACKTICKS = re.compile("`+")
_QUOTED = re.compile(r"(?<![`\\])`([^`]+)`(?!`)")
_ACTIVE = re.compile(r"[\\`*_\[\]<>&|~$#]")
_AUTOLINK = re.compile(r"(?i)(?<=\w)(?=://)|(?<=\bwww)(?=\.)|(?<=\bgh-)(?=\d)|(?<=@)|(?<=\\#)(?=\d)")
_COMMAND = re.compile(r"(?m)^\s*(?:/[A-Za-z]|@[\w/\[\]-]+[ \t]+\w)|<!--\s*prudent")
_PLAIN_START = re.compile(r"$|`|[^\W\d]|\d+(?![\d.)])")
BREAK = "&#8203;"  # a zero width space: it stops GitHub from linking what it joins


def encodable(text: str) -> str:
    """Return text that UTF-8 can carry: lone surrogates (undecodable bytes) become escapes."""
    return _SURROGATE.sub(lambda match: _escaped(match[0]), text)


def printable(text: str) -> str:
    """Return text on one line in which every character is seen: all others become escapes."""
    if text.isprintable() and not _INVISIBLE.search(text):
        return text
    return "".join(c if c.isprintable() and not _INVISIBLE.match(c) else _escaped(c) for c in text)


def code_lines(text: str) -> list[str]:
    """Return source text as printable lines, tabs as blanks and line ends taken off."""
    return [printable(line.removesuffix("\r").expandtabs(4)) for line in text.removesuffix("\n").split("\n")]


def _escaped(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # what os.fsdecode makes of a byte that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


def columns(text: str) -> int:
    """Return how many terminal columns printable text takes."""
    if text.isascii():
        return len(text)
    return sum(_columns_of(character) for character in text)


def _columns_of(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cut(text: str, width: int) -> str:
    """Return printable text cut to `width` columns, with dots where something is missing."""
    if columns(text) <= width:
        return text
    kept, room = [], max(width - 3, 0)
    for character in text:
        room -= _columns_of(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept) + "..."[: max(width, 0)]


def wrapped(text: str, width: int, *, indent: str = "", hang: str | None = None) -> list[str]:
    """Return text broken at blanks into lines of at most `width` columns; a longer word stays whole.

    The first line starts with `indent`, the others with `hang` (the indent if not given).
    """
    hang = indent if hang is None else hang
    lines, line, used = [], indent, columns(indent)
    fresh = True
    for word in printable(text).split(" "):
        size = columns(word)
        if not fresh and used + 1 + size > width:
            lines.append(line)
            line, used, fresh = hang, columns(hang), True
        line += word if fresh else f" {word}"
        used += size + (not fresh)
        fresh = False
    return [*lines, line]


def markdown_code(text: str) -> str:
    """Return text as a Markdown code span that nothing in the text can close."""
    text = printable(text).replace("<!--", "<! --")
    if not text.strip():
        return "`(blank)`" if text else "`(empty)`"
    ticks = fence_for(text, least=1)
    blank = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{ticks}{blank}{text}{blank}{ticks}"


def markdown_text(text: str) -> str:
    """Return text as Markdown prose in which nothing is active except `quoted code`."""
    text = printable(text.strip())
    # A line that starts with punctuation could be a list, a heading, a rule or a /command.
    pieces, at = [] if _PLAIN_START.match(text) else [BREAK], 0
    for match in _QUOTED.finditer(text):
        pieces += [_inert(text[at : match.start()]), markdown_code(match[1])]
        at = match.end()
    return "".join([*pieces, _inert(text[at:])])


def _inert(text: str) -> str:
    entities = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
    text = _ACTIVE.sub(lambda match: entities.get(match[0], "\\" + match[0]), text)
    return _AUTOLINK.sub(BREAK, text)


def fence_for(text: str, *, least: int = 3) -> str:
    """Return a run of backticks longer than any in the text, `least` at the shortest."""
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=0)
    return "`" * max(least, longest + 1)


def commands_a_bot(text: str) -> bool:
    """Return whether a line of raw text would be read as an order by a bot that reads comments."""
    return _COMMAND.search(text) is not None


def uri_of(path: str) -> str:
    """Return a repository path as a relative URI: every byte that is not plain is percent-encoded."""
    bytes_only = _NO_BYTE.sub(lambda match: _escaped(match[0]), path)
    return quote(bytes_only.encode("utf-8", "surrogateescape"), safe="/")
