"""Where a text has left its hole: told by brackets, quotes and indentation alone, or by the tree.

The first is for while a model writes, in any language and in microseconds; it may be wrong about odd strings, and
then a text is a little longer or shorter. The second is the truth, and asked once a text is there.
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.source import Source
from kb.syntax.parse import Unparsed
from models.infill.fim import COMMENTS
from models.mask.model import Hole, Scale
from models.mask.splice import faults_in

_OPEN, _CLOSE = b"([{", b")]}"
_GOES_ON = (b"elif", b"else", b"except", b"finally", b"catch", b"while", b"case", b"}", b")", b"]", b".", b"?", b":")
_TRIES = 24  # parses of the patched file for one text
_OVERLAP = 4  # bytes, not white space, from which on a repetition of the suffix is no coincidence


def leaves_at(text: bytes, hole: Hole, language: str) -> int | None:
    """Return where a text stops being part of its hole: a byte offset into it, None if it may go on.

    An expression ends at a bracket that it did not open, and at a line's end outside of brackets; a statement where
    another begins; a block or body where a line stands further out.
    """
    depth = 0
    for at, byte in _code_in(text, COMMENTS.get(language, (b"#", b""))[0].strip()):
        depth += byte in _OPEN
        if byte in _CLOSE:
            depth -= 1
            if depth < 0:
                return at
        if byte == 10 and depth == 0 and _line_leaves(text, at, hole):
            return at
    return None


def _line_leaves(text: bytes, at: int, hole: Hole) -> bool:
    if hole.scale is Scale.EXPRESSION:
        return True
    rest = text[at + 1 :].lstrip(b"\r\n")
    while rest and not rest.split(b"\n", 1)[0].strip():  # blank lines belong to neither side
        rest = rest.split(b"\n", 1)[1] if b"\n" in rest else b""
    word = rest.lstrip(b" \t")
    if not word:
        return False
    depth, own = _width(rest[: len(rest) - len(word)]), _width(hole.indent)
    if hole.scale is Scale.STATEMENT:
        return depth < own or (depth == own and not word.startswith(_GOES_ON) and not _may_go_on(word))
    return depth < own


def _may_go_on(word: bytes) -> bool:
    """Return whether a word so far could still become one that continues a statement."""
    return any(one.startswith(word) for one in _GOES_ON)


def _width(indent: bytes) -> int:
    return len(indent.expandtabs(8))


def _code_in(text: bytes, comment: bytes) -> Iterator[tuple[int, int]]:
    """Yield (offset, byte) of what is in no string and no comment."""
    quote, at = b"", 0
    while at < len(text):
        one = text[at : at + 1]
        if quote and one == b"\\":
            at += 2
        elif quote and (text.startswith(quote, at) or (one == b"\n" and quote in (b'"', b"'"))):
            at += len(quote)
            quote = b""
        elif quote:
            at += 1
        elif one in (b'"', b"'", b"`"):
            quote = one * 3 if text.startswith(one * 3, at) and one != b"`" else one
            at += len(quote)
        elif text.startswith(comment, at):
            end = text.find(b"\n", at)
            at = len(text) if end == -1 else end
        else:
            yield at, one[0]
            at += 1


def begins(text: bytes, piece: bytes, suffix: bytes) -> bool:
    """Return whether a piece that may not stand after a text is how the suffix begins, white space aside."""
    tail = text[len(text.rstrip()) :] + piece
    if not tail.strip():
        return suffix.startswith(tail)
    return bool(suffix.strip()) and suffix.lstrip()[:1] == tail.lstrip()[:1]


def without_overlap(text: bytes, suffix: bytes) -> bytes:
    """Return a text without an end that only repeats how the suffix begins."""
    line = suffix.lstrip(b"\r\n").split(b"\n", 1)[0].strip()
    if len(line) >= _OVERLAP:
        at = text.rfind(line)
        if at > 0 and suffix.lstrip().startswith(text[at:].strip()):
            return text[:at]
    head = suffix[:200]
    for size in range(min(len(text), len(head)), _OVERLAP - 1, -1):
        if text.endswith(head[:size]) and len(head[:size].strip()) >= _OVERLAP:
            return text[: len(text) - size]
    return text


def is_whole(source: Source, language: str, hole: Hole, text: bytes) -> bool:
    """Return whether a text is one whole node in its hole by the tree; False where there is no tree."""
    try:
        return not faults_in(source, language, hole, text)
    except Unparsed:
        return False


def cut_to_whole(source: Source, language: str, hole: Hole, text: bytes, marks: tuple[int, ...] = ()) -> bytes | None:
    """Return the part of a text that is a whole node in its hole, None if none of what is tried is.

    Tried are the text, the text without what repeats the suffix, and its prefixes at `marks` (offsets at which the
    model's tokens end) and line ends: the longest that is whole, but of a statement as few lines as are.
    """
    suffix = source.data[hole.span.end :]
    places = {len(text), len(text.rstrip()), len(without_overlap(text, suffix).rstrip())}
    left = leaves_at(text, hole, language)
    if left is not None:
        places.add(len(text[:left].rstrip()))
    lines = {len(text[:at].rstrip()) for at in range(len(text)) if text[at] == 10}
    tokens = {len(text[:at].rstrip()) for at in marks}
    order = sorted(places, reverse=True) if left is None else [len(text[:left].rstrip())]
    order += sorted(lines, reverse=hole.scale is not Scale.STATEMENT) + sorted(tokens - lines, reverse=True)
    tried = [size for size in dict.fromkeys(order) if size > 0][:_TRIES]
    return next((text[:size] for size in tried if is_whole(source, language, hole, text[:size])), None)
