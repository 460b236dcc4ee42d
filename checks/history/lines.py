"""The lines of code in what a change or an earlier commit replaces: no blanks, comments, imports or lone brackets."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from checks.change import Change
from checks.finding import Side, normalised
from checks.settings import Settings
from checks.static.changed_lines import source_of
from checks.static.engine_check import is_test, is_test_data
from kb.diff import FileDiff
from kb.source import Source
from kb.syntax.languages import language_of

LEAST_WEIGHT = 12  # letters and digits that lines must have together to be told from others that look like them
_NO_PROGRAM = frozenset({None, "css", "html", "json", "toml", "yaml", "hcl"})
_NOISE = re.compile(
    r"(?:#(?!\s*(?:if|ifdef|ifndef|elif|define|undef|pragma)\b)|//|/\*|\*(?:\s|/|$)|--\s|<!--|\"\"\"|''')"  # comments
    r"|(?:import|from|use|using|require|include|package|export \*|mod|extern crate)\b[^(]*$"
    r"|(?:const|let|var)\s[^=]*=\s*require\b"
    r"|(?:pass|else:?|try:?|finally:?|begin|end|do|then|fi|done|esac|break;?|continue;?|return;?)$"
    r"|[^\w]*$"
)


class Line(NamedTuple):
    """One line of code, with every run of blanks as one."""

    number: int
    text: str


class Replaced(NamedTuple):
    """What one hunk of a change takes away and puts there: lines of code of base and of head."""

    gone: tuple[Line, ...]
    come: tuple[Line, ...]


def is_program(path: str) -> bool:
    """Return whether a path is of a program's source: no test, no data, no style sheet."""
    return language_of(path) not in _NO_PROGRAM and not is_test(path) and not is_test_data(path)


def is_read(file: FileDiff, settings: Settings) -> bool:
    """Return whether a changed file is a program's source that people write, and was compared."""
    is_left_out = settings.is_ignored(file.path) or settings.is_generated(file.path)
    return is_program(file.path) and not is_left_out and not file.binary and not file.unread


def code_of(lines: Iterable[str]) -> list[str]:
    """Return the lines of code among these, normalised, in their order."""
    plain = (normalised(line) for line in lines)
    return [line for line in plain if line and not _NOISE.match(line)]


def weight_of(lines: Iterable[str]) -> int:
    """Return how many letters and digits the lines have together."""
    return sum(character.isalnum() for line in lines for character in line)


def replaced_in(change: Change, file: FileDiff) -> list[Replaced]:
    """Return what each hunk of a file replaces; lines that stand on both sides of it are left out."""
    old, new = source_of(change, file, Side.LEFT), source_of(change, file, Side.RIGHT)
    found = []
    for hunk in file.hunks:
        gone = _numbered(old, hunk.old_start, hunk.old_length)
        come = _numbered(new, hunk.new_start, hunk.new_length)
        found.append(Replaced(_without(gone, come), _without(come, gone)))
    return found


def only(lines: Iterable[str], others: Iterable[str]) -> list[str]:
    """Return the lines that are not among the others, as often as they are more."""
    left = Counter(others)
    kept = []
    for line in lines:
        if left[line]:
            left[line] -= 1
        else:
            kept.append(line)
    return kept


def places_of(wanted: Iterable[str], lines: Iterable[Line]) -> list[int] | None:
    """Return where each wanted line stands among these, every line taken once; None unless all are there."""
    free: dict[str, list[int]] = {}
    for line in lines:
        free.setdefault(line.text, []).append(line.number)
    found = []
    for text in wanted:
        if not free.get(text):
            return None
        found.append(free[text].pop(0))
    return sorted(found)


def _numbered(source: Source | None, start: int, length: int) -> list[Line]:
    if source is None:
        return []
    return [Line(n, text) for n in range(start, start + length) for text in code_of([source.line(n)])]


def _without(lines: list[Line], others: list[Line]) -> tuple[Line, ...]:
    left = Counter(line.text for line in others)
    kept = []
    for line in lines:
        if left[line.text]:
            left[line.text] -= 1
        else:
            kept.append(line)
    return tuple(kept)
