"""Which changes brought a defect, as the repository itself says: a later fix replaced their lines.

The idea is SZZ (Sliwerski, Zimmermann, Zeller 2005) with the filters that followed it: blank lines, comments, imports,
lines that only moved, tests, and fixes too large to be one do not count, and neither does white space. Instead of one
`git blame` for each fix, every line's origin is carried along the main line once; where the history begins, origins
are unknown and nobody is named by them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from kb.graph.queries_find import is_test_path
from kb.history import fixes
from kb.risk.mainline import FilePatch, MainlineChange, Replaced
from kb.syntax.languages import LANGUAGES

UNKNOWN = -1  # origin of a line that is older than what is looked at
MOST_FILES = 50  # of code in a fix; a larger one is a sweep
MOST_LINES = 400  # that a fix replaces
SHORTEST_MOVE = 8  # characters; shorter lines are everywhere, and say nothing about a move
_MERGES = ("Merge pull request", "Merge PR", "Merged in")
_REVERTED = re.compile(r"\bThis reverts commit ([0-9a-f]{7,64})", re.IGNORECASE)
_COMMENT = re.compile(rb"(?:#(?!include|define|if|endif)|//|/\*|\*(?:\s|/|$)|--\s|<!--|;|%\s|\"\"\"|''')")
_IMPORT = re.compile(
    rb"(?:import\b|from\s+\S+\s+import\b|#include\b|use\s|using\s|require\b|(?:const|var|let).*require\()"
)
_WORD = re.compile(rb"\w")
_CODE = frozenset(one for language in LANGUAGES.values() for one in language.extensions)
_NO_CODE = frozenset((".md", ".json", ".toml", ".yaml", ".yml", ".html", ".css", ".lock"))
_SUFFIXES = _CODE - _NO_CODE


class Blame(NamedTuple):
    """A fix replaced `lines` lines of a file that an earlier change had brought; both are places on the main line."""

    fix: int
    culprit: int
    path: str  # at the time of the culprit
    lines: int


def is_fix(message: str) -> bool:
    """Return whether a change says that it mends how the program behaves; of a merged pull request, its title does."""
    return fixes.is_fix(titled(message))


def titled(message: str) -> str:
    """Return a message without the line "Merge pull request ..." above the title of what was merged."""
    lines = message.strip().splitlines()
    if len(lines) > 1 and lines[0].startswith(_MERGES):
        return "\n".join(lines[1:]).strip()
    return message


def reverted_in(message: str) -> tuple[str, ...]:
    """Return the ids, whole or their front, of the commits that a commit says it takes back."""
    return tuple(one.lower() for one in _REVERTED.findall(message))


def is_code(path: str) -> bool:
    """Return whether a path is of a program's source, tests included."""
    return PurePosixPath(path).suffix.lower() in _SUFFIXES


def is_judged(path: str) -> bool:
    """Return whether a defect can be in a file: it is source, and no test."""
    return is_code(path) and not is_test_path(path)


class Origins:
    """Which change brought each line of each file, as of the last change that was taken in."""

    def __init__(self) -> None:
        self._lines: dict[str, list[int]] = {}
        self._made_as: dict[tuple[int, str], str] = {}  # (change, path now) -> path at that change, where it moved

    def take(self, number: int, change: MainlineChange) -> list[Blame]:
        """Go on to the next change, and return whose lines it replaced where it is a fix."""
        files = [one for one in change.files if is_code(one.path or one.old_path)]
        is_judging = is_fix(change.message) and len(files) <= MOST_FILES
        gone = {one: _removed(one) for one in files}
        moved = _moves(files)
        origins = self._origins_of(moved, files)
        found: list[Blame] = []
        if is_judging and sum(map(len, gone.values())) <= MOST_LINES:
            for one in files:
                found += self._blamed(number, one, moved)
        for one in files:
            self._replace(number, one, origins)
        return found

    def _blamed(self, number: int, file: FilePatch, moved: Mapping[bytes, int]) -> list[Blame]:
        if not file.path or not file.old_path or not is_judged(file.old_path):
            return []
        known = self._lines.get(file.old_path, [])
        counts: Counter[int] = Counter()
        for hunk in file.hunks:
            for at, text in enumerate(hunk.removed, hunk.old_start - 1):
                if at < len(known) and known[at] != UNKNOWN and is_telling(text) and text not in moved:
                    counts[known[at]] += 1
        return [
            Blame(number, culprit, self._made_as.get((culprit, file.old_path), file.old_path), lines)
            for culprit, lines in sorted(counts.items())
        ]

    def _origins_of(self, moved: Mapping[bytes, int], files: list[FilePatch]) -> dict[bytes, int]:
        """Return who brought the lines that only move."""
        origins: dict[bytes, int] = {}
        for file in files:
            known = self._lines.get(file.old_path, [])
            for hunk in file.hunks:
                for at, text in enumerate(hunk.removed, hunk.old_start - 1):
                    if text in moved:
                        origins[text] = known[at] if at < len(known) else UNKNOWN
        return origins

    def _replace(self, number: int, file: FilePatch, origins: Mapping[bytes, int]) -> None:
        known = self._lines.pop(file.old_path, []) if file.old_path else []
        if not file.path:
            return
        if file.old_path and file.old_path != file.path:
            for origin in set(known) - {UNKNOWN}:
                self._made_as[origin, file.path] = self._made_as.pop((origin, file.old_path), file.old_path)
        for hunk in reversed(file.hunks):
            _splice(known, hunk, [origins.get(text, number) for text in hunk.added])
        self._lines[file.path] = known


def _splice(known: list[int], hunk: Replaced, fresh: list[int]) -> None:
    """Put new lines in the place of old ones; what lies before and was never seen is of unknown origin."""
    start = hunk.old_start - 1 if hunk.removed else hunk.old_start
    end = start + len(hunk.removed)
    if len(known) < end:
        known += [UNKNOWN] * (end - len(known))
    known[start:end] = fresh


def is_telling(line: bytes) -> bool:
    """Return whether replacing a line says that it was wrong: it is no blank, comment, bracket or import."""
    return bool(_WORD.search(line)) and not _COMMENT.match(line) and not _IMPORT.match(line)


def _removed(file: FilePatch) -> list[bytes]:
    return [text for hunk in file.hunks for text in hunk.removed]


def _moves(files: list[FilePatch]) -> dict[bytes, int]:
    """Return the lines that a change takes away at one place and puts in at another, with how often it takes them."""
    gone = Counter(text for one in files for text in _removed(one) if len(text) >= SHORTEST_MOVE)
    come = {text for one in files for hunk in one.hunks for text in hunk.added}
    return {text: count for text, count in gone.items() if text in come}
