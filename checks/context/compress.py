"""A file without its comments and blank lines, each line under the number that it had.

What stays: every string, also those that document a definition. They are values of the program (tests, help texts and
serialisers read them), and taking them out would change the tree. Lines of texts that go over several are not touched.
Comments that programs read stay, cut to what is read: `checks.context.directives`.

The law: for a file that the grammar reads whole, the leaves of the tree are the same before and after, comments left
out, white space at the ends of lines aside. Files of other languages stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from checks.context.directives import directive_in
from checks.context.tree import Rows, comments_of, solid_lines, tree_of
from kb.source import Source
from kb.syntax.languages import language_of
from kb.syntax.parse import Node

_EMPTIED = {"html": b"<!---->"}  # where text would run together without a comment between
_WITH_MACROS = frozenset({"c", "cpp"})
_LOOSE_BRACES = frozenset({"scala"})  # an empty line before `{` parts it from what stands above


@dataclass(frozen=True)
class Compressed:
    """What is left of a file: (line number, text) in order, and what went."""

    lines: tuple[tuple[int, str], ...]
    dropped: int = 0  # lines that are gone whole
    cut: int = 0  # lines that lost a comment
    is_parsed: bool = True  # a grammar reads the language: otherwise comments are still there

    @property
    def text(self) -> str:
        """Return the lines that are left, each ended."""
        return "".join(f"{text}\n" for _, text in self.lines)

    @cached_property
    def by_number(self) -> dict[int, str]:
        """Return the lines that are left by their number."""
        return dict(self.lines)


def whole(source: Source, among: Rows | None = None) -> Compressed:
    """Return a file, or some lines of it, with everything that is in it."""
    raw = _raw(source)
    first, last = among or Rows(1, len(raw))
    lines = tuple((number, line.decode("utf-8", "replace")) for number, line in enumerate(raw[first - 1 : last], first))
    return Compressed(lines, is_parsed=False)


def _raw(source: Source) -> list[bytes]:
    """Return the lines of a file without their ends."""
    lines = source.data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return [line.rstrip(b"\r") for line in lines]


def compressed(source: Source, language: str | None = None, *, among: Rows | None = None) -> Compressed:
    """Return a file without comments and blank lines; whole where its language is not known or not `language`.

    With `among` only these lines of the file are returned, as they are when it is compressed as a whole.
    """
    known = language_of(source.path, source.data[:256])
    if known is None or (language is not None and language != known) or tree_of(source) is None:
        return whole(source, among)
    return _Pressing(source, known).result(among)


@dataclass
class _Pressing:
    """One file at work. `cuts` holds per line what is taken out: (first byte, byte after the last, in its place).

    None is the line's end.
    """

    source: Source
    language: str
    cuts: dict[int, list[tuple[int, int | None, bytes]]] = field(default_factory=dict)

    def result(self, among: Rows | None) -> Compressed:
        """Return what is left of these lines."""
        raw = _raw(self.source)
        first, last = among or Rows(1, len(raw))
        last = min(last, len(raw))
        for node in comments_of(self.source, among):
            self._take_out(node)
        solid = solid_lines(self.source, Rows(first, last))
        new = list(raw)
        for number in self.cuts:
            if number > len(raw):
                break  # a comment that takes in the last line's end
            line = self._without(number, raw[number - 1])
            new[number - 1] = line if number in solid else line.rstrip()
        lines = [
            (number, text)
            for number, text in enumerate(new[first - 1 : last], first)
            if (text and not text.isspace()) or number in solid or self._says_something(new, raw, number)
        ]
        decoded = tuple((number, text.decode("utf-8", "replace")) for number, text in lines)
        return Compressed(
            decoded, dropped=last - first + 1 - len(lines), cut=sum(number in self.cuts for number, _ in lines)
        )

    def _take_out(self, node: Node) -> None:
        text = (node.text or b"").decode("utf-8", "surrogateescape")
        is_first = node.start_byte == 0
        kept = directive_in(text, is_first).encode("utf-8", "surrogateescape") or _EMPTIED.get(self.language, b"")
        if kept and (node.text or b"").startswith(kept) and len(kept) == len((node.text or b"").rstrip()):
            return
        start, end = node.start_point, node.end_point
        for row in range(start.row, end.row + 1):
            first = start.column if row == start.row else 0
            last = end.column if row == end.row else None
            self.cuts.setdefault(row + 1, []).append((first, last, kept))
            kept = b""  # only once

    def _without(self, number: int, line: bytes) -> bytes:
        pieces, at = [], 0
        for start, end, kept in self.cuts[number]:
            end = len(line) if end is None else end
            pieces += [line[at:start], kept or self._between(line[end:])]
            at = end
        return b"".join([*pieces, line[at:]])

    def _between(self, following: bytes) -> bytes:
        """Return what keeps apart what stood on both sides: a macro's text would end at a comment, and not without."""
        return b"/**/" if following.strip() and self.language in _WITH_MACROS else b" "

    def _says_something(self, new: Sequence[bytes], raw: Sequence[bytes], number: int) -> bool:
        """Return whether it matters that a line is empty."""
        if number > 1 and raw[number - 2].rstrip().endswith(b"\\"):
            return True
        if self.language not in _LOOSE_BRACES:
            return False
        following = next((line for line in new[number:] if line.strip()), b"")
        return following.lstrip().startswith((b"{", b"("))
