"""Which code of a change is to be read: whole definitions around what it touches, windows where there are none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from checks.change import Change
from checks.context.model import Kind, Line
from checks.context.texts import GAP_LINE, LONGEST_LINE, Text, Texts, marked_lines, removed_lines
from checks.scope import PROSE
from kb.diff import FileDiff, Hunk
from kb.facts.model import Kind as Defines
from kb.facts.model import Status
from kb.graph.code import Code
from kb.graph.queries_find import is_test_path
from kb.syntax.symbols import definitions

MARGIN, REACH = 3, 10  # lines around a hunk that stands in no function; how far they may be moved to a better cut
CLOSE = 3  # passages with fewer lines between them become one
MOST_GONE = 40  # lines shown of a file that is deleted
SMALL_CLASS = 40  # lines; a larger one is not shown whole because of one attribute
_FUNCTIONS = frozenset((Defines.FUNCTION, Defines.METHOD))
_CLASSES = frozenset((Defines.CLASS, Defines.INTERFACE, Defines.ENUM, Defines.STRUCT))
Score = Callable[[str, str], float | None]


@dataclass(frozen=True)
class Passage:
    """Lines of one file that belong together. `focus` are those for which it is shown."""

    path: str
    kind: Kind
    lines: tuple[Line, ...]
    why: str
    first: int
    last: int
    focus: tuple[int, ...] = ()  # indices into `lines`


def reviewable(
    change: Change, paths: Iterable[str] | None, score: Score
) -> tuple[list[FileDiff], list[tuple[str, str]]]:
    """Return the files whose code can be shown, code first and the most salient first, and why others cannot."""
    wanted = None if paths is None else set(paths)
    chosen, left_out = [], []
    for file in change.files:
        if wanted is not None and file.path not in wanted:
            continue
        reason = _unreadable(file)
        if reason:
            left_out.append((file.path, reason))
        elif file.hunks:
            chosen.append(file)
    order = {file.path: (_group(file.path), -(score(file.path, "") or 0.0), file.path) for file in chosen}
    return sorted(chosen, key=lambda file: order[file.path]), left_out


def _unreadable(file: FileDiff) -> str:
    if any(entry is not None and not entry.is_file for entry in (file.old, file.new)):
        return "not a plain file"
    if file.unread:
        return file.unread
    return "binary" if file.binary and file.new is not None else ""


def _group(path: str) -> int:
    """Return in which turn a file is shown: code, tests, prose."""
    return 2 if PurePosixPath(path).suffix.lower() in PROSE else int(is_test_path(path))


@dataclass(frozen=True)
class Scope:
    """The lines of a definition, decorators included, and the one that its name stands on."""

    name: str
    is_class: bool
    first: int
    line: int
    last: int


def scopes_of(text: Text, code: Code | None) -> list[Scope]:
    """Return the functions and classes of a file in order, the outer before the inner."""
    facts = code.facts(text.source.path) if code is not None else None
    if facts is not None and facts.status is not Status.UNREAD:
        rows = (row for row in facts.definitions if row.kind in _FUNCTIONS or row.kind in _CLASSES)
        found = [Scope(r.qualified, r.kind in _CLASSES, text.source.line_of(r.start), r.line, r.end_line) for r in rows]
    else:
        known = definitions(text.source)
        found = [
            Scope(d.qualified, d.kind == "class", text.source.line_of(d.span.start), d.line, d.end_line) for d in known
        ]
    return sorted(found, key=lambda scope: (scope.first, -scope.last))


def passages(texts: Texts, file: FileDiff, code: Code | None = None) -> list[Passage]:
    """Return what is to be read of one changed file, in order; empty where nothing but comments changed.

    `code` is the graph of head, whose facts say where definitions are; without it the file is parsed for them.
    """
    if file.new is None:
        return _deleted(texts, file)
    text = texts.head(file.path, is_changed=True)
    if text is None:
        return []
    known = scopes_of(text, code)
    ranges = [_range(text, known, hunk) for hunk in file.hunks]
    found = []
    for first, last, name in _joined(ranges):
        lines = [*_heads(text, known, first, last), *marked_lines(texts, file, first, last)]
        focus = tuple(at for at, line in enumerate(lines) if line.mark)
        if focus:
            found.append(Passage(file.path, Kind.CHANGED, tuple(lines), name, first, last, focus))
    return found


def unshown_lines(texts: Texts, file: FileDiff) -> str:
    """Return why lines that the change brings are not shown, "" if all are: they are too long to be read."""
    text = texts.head(file.path, is_changed=True)
    if file.new is not None and text is None:
        return "cannot be read"
    if text is None or not any(text.is_too_long(number) for number in file.added):
        return ""
    return f"a line of more than {LONGEST_LINE:,} characters"


def _deleted(texts: Texts, file: FileDiff) -> list[Passage]:
    text = texts.base(file.old_path)
    if text is None:
        return []
    count = text.line_count
    lines = removed_lines(text, 1, min(count, 4 * MOST_GONE))
    shown = [*lines[:MOST_GONE], GAP_LINE] if len(lines) > MOST_GONE or count > 4 * MOST_GONE else lines
    return [Passage(file.path, Kind.DIFF, tuple(shown), "deleted file", 1, count, tuple(range(len(shown))))]


def _range(text: Text, known: Sequence[Scope], hunk: Hunk) -> tuple[int, int, str]:
    """Return the lines to show for a hunk and the name of what they are of."""
    first = max(1, hunk.new_start)
    last = max(first, hunk.new_start + hunk.new_length - 1) if hunk.new_length else first + 1
    for one in known:  # the outermost function: what is inside of it is its doing
        is_readable = not one.is_class or one.last - one.first < SMALL_CLASS
        if is_readable and one.first <= first and last <= max(one.last, one.first + 1):
            return one.first, one.last, one.name
    around = [one.name for one in known if one.line <= first and last <= one.last]
    return (*_aligned(text, first, last), around[-1] if around else "")


def _aligned(text: Text, first: int, last: int) -> tuple[int, int]:
    """Return the lines with some around them, from and to places where a cut goes through as little as can be."""
    count = text.line_count
    wanted = max(1, first - MARGIN), min(count, last + MARGIN)
    starts = range(max(1, first - REACH), first + 1)
    ends = range(min(last, count), min(count, last + REACH) + 1)
    start = min(starts, key=lambda line: (text.cuts[line - 1] if line <= count else 0, abs(line - wanted[0])))
    end = min(ends, key=lambda line: (text.cuts[line], abs(line - wanted[1])), default=last)
    return start, end


def _joined(ranges: Iterable[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """Yield the ranges in order, those that touch each other as one."""
    found: list[tuple[int, int, str]] = []
    for first, last, name in sorted(ranges):
        if found and first <= found[-1][1] + CLOSE:
            before, end, old = found.pop()
            names = old if name == old or not name else f"{old}, {name}".removeprefix(", ")
            found.append((before, max(end, last), names))
        else:
            found.append((first, last, name))
    yield from found


def _heads(text: Text, known: Sequence[Scope], first: int, last: int) -> list[Line]:
    """Return the first lines of the definitions that a passage stands in, each with what is left out after it."""
    lines: list[Line] = []
    for one in known:
        if one.line < first and last <= one.last:
            lines += text.lines(one.line, one.line)
    return [*lines, GAP_LINE] if lines and lines[-1].number < first - 1 else lines


def narrowed(texts: Texts, passage: Passage) -> Passage:
    """Return a passage with only the lines near what changed: for a definition that is too long to be read whole."""
    text = texts.head(passage.path, is_changed=True)
    if text is None or passage.kind is not Kind.CHANGED:
        return passage
    kept = set(range(min(REACH, len(passage.lines)))) if passage.lines[0].mark == "" else set()  # how it begins
    for at in passage.focus:
        kept.update(range(max(0, at - REACH), min(len(passage.lines), at + REACH + 1)))
    lines: list[Line] = []
    before = -1
    for at in sorted(kept):
        if at != before + 1 and lines and lines[-1] != GAP_LINE:
            lines.append(GAP_LINE)
        lines.append(passage.lines[at])
        before = at
    if before + 1 < len(passage.lines):
        lines.append(GAP_LINE)
    return replace(passage, lines=tuple(lines), focus=tuple(at for at, line in enumerate(lines) if line.mark))


def split(
    passage: Passage, cuts: Sequence[int], cost: Callable[[Line], int], room: int, *, every: bool = False
) -> list[Passage]:
    """Return a passage in parts that cost at most `room` each, parted where a cut goes through the least.

    A part ends in its last third where that can be. Parts in which nothing changed are left out, unless `every`.
    """
    parts, begin = [], 0
    lines = passage.lines
    while begin < len(lines):
        end, used = begin, 0
        while end < len(lines) and used + cost(lines[end]) <= room:
            used += cost(lines[end])
            end += 1
        end = max(end, begin + 1)
        if end < len(lines):
            places = range(begin + max(1, (end - begin) * 2 // 3), end + 1)
            end = min(places, key=lambda at: (_depth(lines[at], cuts), -at))
        parts.append(lines[begin:end])
        begin = end
    made = []
    for part in parts:
        focus = tuple(at for at, line in enumerate(part) if line.mark)
        numbers = [line.number for line in part if line.number and line.mark != "-"] or [passage.first]
        if focus or every:
            made.append(replace(passage, lines=part, first=min(numbers), last=max(numbers), focus=focus))
    return made


def _depth(line: Line, cuts: Sequence[int]) -> int:
    if line.mark == "-" or not 0 < line.number <= len(cuts):
        return 1 << 20 if line.mark == "-" else 0
    return cuts[line.number - 1]
