"""What of a file a model reads around a hole, where it cannot read all of it.

Three parts in four of the tokens go to what is before the hole, one to what is after it, and what one side leaves
over goes to the other. Sides are cut between lines; a line that is longer than a whole side is cut between characters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kb.source import Source
from models.mask.model import Hole

_BYTES_PER_TOKEN = 8  # more than code ever has on average: bounds what is tokenised of a large file

_TokensOf = Callable[[bytes], Sequence[int]]


@dataclass(frozen=True)
class Window:
    """The text before and after a hole, and what was left out of it, in words."""

    prefix: bytes
    suffix: bytes
    notes: tuple[str, ...] = ()


def window_of(source: Source, hole: Hole, limit: int, tokens_of: _TokensOf) -> Window:
    """Return at most `limit` tokens around a hole; `tokens_of` is the model's own."""
    before, after = source.data[: hole.span.start], source.data[hole.span.end :]
    share = limit // 4
    prefix = _end_of(before, limit - share, tokens_of)
    suffix = _start_of(after, limit - len(tokens_of(prefix)), tokens_of)
    if len(suffix) == len(after) and len(prefix) < len(before):
        prefix = _end_of(before, limit - len(tokens_of(suffix)), tokens_of)
    elif len(prefix) < len(before):
        suffix = _start_of(after, max(share, limit - len(tokens_of(prefix))), tokens_of)
    if len(prefix) == len(before) and len(suffix) == len(after):
        return Window(prefix, suffix)
    first = source.line_of(hole.span.start - len(prefix))
    last = source.line_of(max(0, hole.span.end + len(suffix) - 1))
    note = f"the model read lines {first} to {last} of {source.line_count}: {limit} tokens around the hole"
    return Window(prefix, suffix, (note,))


def _end_of(text: bytes, limit: int, tokens_of: _TokensOf) -> bytes:
    """Return the last lines of a text that are at most `limit` tokens."""
    if limit <= 0:
        return b""
    near = text[-limit * _BYTES_PER_TOKEN :]
    if len(near) == len(text) and len(tokens_of(near)) <= limit:
        return near
    starts = [at + 1 for at in range(len(near) - 1) if near[at] == 10]
    fits = _first(starts, lambda at: len(tokens_of(near[at:])) <= limit)
    if fits is not None:
        return near[fits:]
    return _last_characters(near[starts[-1] :] if starts else near, limit, tokens_of)


def _start_of(text: bytes, limit: int, tokens_of: _TokensOf) -> bytes:
    """Return the first lines of a text that are at most `limit` tokens."""
    if limit <= 0:
        return b""
    near = text[: limit * _BYTES_PER_TOKEN]
    if len(near) == len(text) and len(tokens_of(near)) <= limit:
        return near
    ends = [at + 1 for at in range(len(near)) if near[at] == 10]
    fits = _first(ends[::-1], lambda at: len(tokens_of(near[:at])) <= limit)
    if fits is not None:
        return near[:fits]
    line = near[: ends[0]] if ends else near
    size = _first(list(range(len(line), -1, -1)), lambda at: len(tokens_of(line[:at])) <= limit)
    return line[: size or 0].decode("utf-8", "ignore").encode() if _is_utf8(line) else line[: size or 0]


def _last_characters(line: bytes, limit: int, tokens_of: _TokensOf) -> bytes:
    at = _first(list(range(len(line) + 1)), lambda start: len(tokens_of(line[start:])) <= limit)
    return line[at or 0 :].lstrip(bytes(range(0x80, 0xC0)))  # not from inside a character


def _first(places: Sequence[int], fits: Callable[[int], bool]) -> int | None:
    """Return the first place that fits, where all after one that fits do, too."""
    low, high = 0, len(places)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(places[middle]) else (middle + 1, high)
    return places[low] if low < len(places) else None


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return True
