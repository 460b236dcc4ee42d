"""Where a text that is remembered stands in what a change adds: its lines of code, one after another, all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from checks.change import Change
from checks.finding import Side
from checks.history.lines import Line, code_of, is_program, weight_of
from checks.settings import Settings
from checks.static.changed_lines import source_of
from kb.diff import FileDiff

LEAST_WEIGHT = 24  # letters and digits of a text that is looked for: a shorter one stands in many places by chance


@dataclass(frozen=True)
class Added:
    """The lines of code of a head file, of which those that the change adds are known."""

    file: FileDiff
    lines: tuple[Line, ...]
    before: frozenset[str]  # lines of code that the file had at base

    @cached_property
    def by_text(self) -> dict[str, list[int]]:
        """Return by its text where in `lines` a line stands."""
        found: dict[str, list[int]] = {}
        for at, line in enumerate(self.lines):
            found.setdefault(line.text, []).append(at)
        return found

    def places_of(self, text: str) -> Iterator[tuple[Line, ...]]:
        """Yield the lines that a text of code is equal to, where the change adds one that is new in the file."""
        wanted = code_of(text.splitlines())
        if weight_of(wanted) < LEAST_WEIGHT:
            return
        for at in self.by_text.get(wanted[0], ()):
            lines = self.lines[at : at + len(wanted)]
            if [line.text for line in lines] == wanted and self._is_new(lines):
                yield lines

    def _is_new(self, lines: Sequence[Line]) -> bool:
        return any(line.number in self.file.added and line.text not in self.before for line in lines)


def added_in(change: Change, settings: Settings) -> list[Added]:
    """Return the changed program files that people write, each with its lines of code."""
    found = []
    for file in change.files:
        if not is_program(file.path) or settings.is_generated(file.path) or settings.is_ignored(file.path):
            continue
        source, old = source_of(change, file, Side.RIGHT), source_of(change, file, Side.LEFT)
        if source is None or not (file.added or file.old is None):
            continue
        lines = tuple(Line(n, text) for n in range(1, source.line_count + 1) for text in code_of([source.line(n)]))
        found.append(Added(file, lines, frozenset(code_of(old.text.splitlines()) if old is not None else ())))
    return found
