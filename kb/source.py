"""One file's bytes, with its lines: the place where offsets become line numbers."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of byte offsets into one `Source`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the bytes of `span` by `text`."""

    span: Span
    text: bytes


@dataclass(frozen=True)
class Source:
    """The bytes of one file. Lines are 1-based; a line ends after its `\\n`."""

    path: str
    data: bytes

    @cached_property
    def text(self) -> str:
        """Return the bytes as UTF-8, each undecodable byte replaced by U+FFFD."""
        return self.data.decode("utf-8", "replace")

    @cached_property
    def starts(self) -> list[int]:
        """Return the byte offset at which each line starts."""
        starts = [0]
        at = self.data.find(b"\n")
        while at != -1:
            starts.append(at + 1)
            at = self.data.find(b"\n", at + 1)
        if len(starts) > 1 and starts[-1] == len(self.data):
            starts.pop()
        return starts

    @property
    def line_count(self) -> int:
        """Return the number of lines; an empty file has none."""
        return len(self.starts) if self.data else 0

    def line_of(self, offset: int) -> int:
        """Return the 1-based line that holds the byte at `offset`."""
        return bisect_right(self.starts, offset)

    def span_of_lines(self, first: int, last: int) -> Span:
        """Return the span of lines `first` to `last`, line ends included, cut to the file."""
        start = self.starts[first - 1] if first <= len(self.starts) else len(self.data)
        end = self.starts[last] if last < len(self.starts) else len(self.data)
        return Span(start, end)

    def line(self, number: int) -> str:
        """Return one line as text without its line end; empty past the end of the file."""
        if not 1 <= number <= self.line_count:
            return ""
        span = self.span_of_lines(number, number)
        return self.data[span.start : span.end].decode("utf-8", "replace").rstrip("\r\n")

    def offset_of(self, line: int, column: int) -> int:
        """Return the byte offset of a 1-based line and 1-based character column, cut to the line."""
        span = self.span_of_lines(line, line)
        text = self.data[span.start : span.end].decode("utf-8", "surrogateescape")
        return span.start + len(text[: column - 1].encode("utf-8", "surrogateescape"))


def apply_edits(data: bytes, edits: tuple[Edit, ...]) -> bytes:
    """Return `data` with every edit made; raises ValueError if two overlap or one is out of range."""
    pieces, at = [], 0
    for edit in sorted(edits, key=lambda e: (e.span.start, e.span.end)):
        if not at <= edit.span.start <= edit.span.end <= len(data):
            raise ValueError(f"edit {edit.span} overlaps another or lies outside {len(data)} bytes")
        pieces += [data[at : edit.span.start], edit.text]
        at = edit.span.end
    return b"".join([*pieces, data[at:]])
