"""The files of a change as they are shown: secrets taken out, comments dropped, what changed marked line by line."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from checks.change import Change
from checks.context.compress import compressed, whole
from checks.context.model import Line
from checks.context.tree import Rows, cuts_of
from kb.diff import FileDiff
from kb.errors import CorruptObject
from kb.secret_keys import aws_pairs_in
from kb.source import Source
from kb.syntax.languages import language_of

GAP_LINE = Line("", 0, "")
MOST_REMOVED = 60  # lines of base shown for one hunk: what is gone needs no more to be recognised
BLOCK, AROUND = 128, 8  # lines that are cleaned at once, and those beside them that are looked at with them
_LONG_SECRET = b"-----BEGIN "  # what begins a secret of many lines
_HASHED = frozenset({"python", "yaml", "toml", "bash"})  # languages in which every comment begins with `#`
LONGEST_LINE = 2_000  # characters: longer ones are data that nobody reads


@dataclass(frozen=True)
class Text:
    """One file as it is shown. Lines keep the numbers of the file, whatever is taken out of it.

    Cleaning is dear, so only what is asked for is cleaned, with what stands around it; a file with a key that goes
    over many lines is cleaned as a whole.
    """

    source: Source
    with_comments: bool
    clean: Callable[[str], str]
    _cleaned: dict[int, dict[int, str]] = field(default_factory=dict)

    @cached_property
    def cuts(self) -> tuple[int, ...]:
        """Return what `checks.context.tree.cuts_of` says of it."""
        return cuts_of(self.source)

    @cached_property
    def line_count(self) -> int:
        """Return the number of its lines, without finding out where each begins."""
        data = self.source.data
        return data.count(b"\n") + bool(data) - data.endswith(b"\n")

    @cached_property
    def block(self) -> int:
        """Return how many lines are cleaned at once."""
        is_long = _LONG_SECRET in self.source.data or any(True for _ in aws_pairs_in(self.source.text))
        return self.line_count + 1 if is_long else BLOCK

    def line(self, number: int) -> str | None:
        """Return one line as it is shown; None if nothing is left of it, or it is too long to be read."""
        at = number // self.block
        if at not in self._cleaned:
            self._cleaned[at] = self._clean(at * self.block, (at + 1) * self.block)
        text = self._cleaned[at].get(number)
        return text if text is None or len(text) <= LONGEST_LINE else None

    def is_too_long(self, number: int) -> bool:
        """Return whether a line has something on it that is too long to be shown."""
        return self.line(number) is None and number in self._cleaned[number // self.block]

    def lines(self, first: int, last: int) -> list[Line]:
        """Return what is shown of these lines."""
        found = ((number, self.line(number)) for number in range(max(1, first), last + 1))
        return [Line("", number, text) for number, text in found if text is not None]

    def passing(self, first: int, last: int) -> list[Line]:
        """Return what `lines` does, without parsing the file where its language and these lines allow it.

        Of a text over several lines the empty ones are lost: good enough for what is gone.
        """
        language = language_of(self.source.path, self.source.data[:256])
        span = self.source.span_of_lines(first, last)
        is_plain = language in _HASHED and b"#" not in self.source.data[span.start : span.end]
        if self.with_comments or not is_plain or self.block > BLOCK:
            return self.lines(first, last)
        begin, end = max(1, first - AROUND), min(self.source.line_count, last + AROUND)
        cleaned = cleaned_lines([self.source.line(number) for number in range(begin, end + 1)], self.clean)
        found = ((number, cleaned[number - begin]) for number in range(first, min(last, end) + 1))
        return [Line("", number, text) for number, text in found if text.strip() and len(text) <= LONGEST_LINE]

    def _clean(self, first: int, last: int) -> dict[int, str]:
        """Return what is left of these lines and of those around them, cleaned together."""
        among = Rows(max(1, first - AROUND), min(self.line_count, last + AROUND))
        kept = whole(self.source, among) if self.with_comments else compressed(self.source, among=among)
        texts = cleaned_lines([text for _, text in kept.lines], self.clean)
        return dict(zip((number for number, _ in kept.lines), texts, strict=True))


@dataclass(frozen=True)
class Texts:
    """The files of a change, each read and worked on once.

    `clean` is given lines that stand together and returns them without what must not be shown; lines that it takes
    away stay empty, so that the others keep their numbers.
    """

    change: Change
    clean: Callable[[str], str]
    with_comments: bool = False  # of changed files; of their neighbours never
    _known: dict[tuple[str, str, bool], Text | None] = field(default_factory=dict)

    def head(self, path: str, *, is_changed: bool = False) -> Text | None:
        """Return a file of head; None where it cannot be read as text."""
        return self._text("head", path, is_changed and self.with_comments)

    def base(self, path: str) -> Text | None:
        """Return a file of base by its path there; None where it cannot be read as text."""
        return self._text("base", path, self.with_comments)

    def _text(self, side: str, path: str, comments: bool) -> Text | None:
        key = side, path, comments
        if key not in self._known:
            try:
                source = self.change.source(path) if side == "head" else self.change.base_source(path)
            except (KeyError, CorruptObject):
                self._known[key] = None
            else:
                self._known[key] = Text(source, comments, self.clean)
        return self._known[key]


def cleaned_lines(lines: list[str], clean: Callable[[str], str]) -> list[str]:
    """Return lines cleaned together, as many as there were: what goes away leaves empty ones."""
    before = "\n".join(lines)
    new = clean(before)
    if new == before:
        return lines
    after = new.split("\n")
    return after if len(after) == len(lines) else list(_aligned(lines, after))


def _aligned(before: list[str], after: list[str]) -> Iterator[str]:
    """Yield the lines of `after`, with empty ones where lines of `before` are gone: as many as there were."""
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for _, i, j, k, m in matcher.get_opcodes():
        rows = after[k:m]
        while len(rows) > j - i:  # more lines than there were: the last takes the rest
            rest = rows.pop()
            if rows:
                rows[-1] = f"{rows[-1]} {rest}"
        yield from rows
        yield from [""] * (j - i - len(rows))


def marked_lines(texts: Texts, file: FileDiff, first: int, last: int) -> list[Line]:
    """Return lines of a changed file, new ones marked, each hunk's old lines before them."""
    head = texts.head(file.path, is_changed=True)
    if head is None:
        return []
    gone = _gone_by_place(texts, file, first, last)
    found = list(gone.get(first - 1, ()))
    for number in range(first, last + 1):
        for line in head.lines(number, number):
            found.append(line._replace(mark="+") if number in file.added else line)
        found += gone.get(number, ())
    return found


def _gone_by_place(texts: Texts, file: FileDiff, first: int, last: int) -> dict[int, list[Line]]:
    """Return the old lines of hunks by the head line after which they stood."""
    found: dict[int, list[Line]] = {}
    for hunk in file.hunks:
        place = hunk.new_start if not hunk.new_length else hunk.new_start - 1
        if hunk.old_length and first - 1 <= place <= last and (base := texts.base(file.old_path)) is not None:
            found[place] = removed_lines(base, hunk.old_start, hunk.old_length)
    return found


def removed_lines(base: Text, start: int, length: int) -> list[Line]:
    """Return lines of base as gone, the first of them where they are many."""
    lines = [line._replace(mark="-") for line in base.passing(start, start + length - 1)]
    return lines if len(lines) <= MOST_REMOVED else [*lines[:MOST_REMOVED], GAP_LINE]
