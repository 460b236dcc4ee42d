"""Which files of a change are reviewed, and why the others are not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from checks.change import Change
from checks.check import Check, Unseen
from checks.settings import GENERATED, IGNORED, Settings, matches
from checks.verdict import CheckRun, CheckStatus, Coverage, PathNote
from kb.diff import FileDiff
from kb.errors import CorruptObject
from kb.view import SUBMODULE, SYMLINK

# Files that hold no code: reading them for secrets and the like is reading them whole.
PROSE = frozenset(
    {
        ".md",
        ".markdown",
        ".rst",
        ".txt",
        ".adoc",
        ".asc",
        ".tex",
        ".bib",
        ".csv",
        ".tsv",
        ".svg",
        ".po",
        ".pot",
        ".ini",
        ".cfg",
    }
    | {".conf", ".properties", ".env", ".editorconfig", ".lock", ".typed", ".log", ".patch", ".diff", ".pem", ".crt"}
    | {".xml", ".plist", ".resx", ".in", ".mailmap", ".json5", ".jsonc", ".mdx", ".ipynb", ".geojson", ""}
    | {f".{section}" for section in range(1, 10)}  # manual pages
)
ATTRIBUTES = ".gitattributes"
GENERATED_MARKS = frozenset(
    f"linguist-{kind}{value}" for kind in ("generated", "vendored") for value in ("", "=true", "=1")
)
MINIFIED = (".js", ".mjs", ".cjs", ".css")
SMALLEST_BUNDLE, LONG_LINES = 5_000, 500  # bytes; bytes a line on average: nobody wrote such a file by hand
UNHEARD_OF = "a.language-unheard-of"


def scoped(change: Change, settings: Settings) -> tuple[Change, tuple[PathNote, ...]]:
    """Return the change with only the files that can be reviewed, and a note on each of the others."""
    kept, notes = [], []
    declared = _declared_generated(change)
    for file in change.files:
        note = _left_out(file, settings) or _bundled(change, file)
        if note is None and matches(declared, file.path):
            note = PathNote(file.path, "generated or vendored, says .gitattributes", chosen=True)
        if note is None:
            kept.append(file)
        else:
            notes.append(note)
    return replace(change, files=tuple(kept)), tuple(notes)


def _left_out(file: FileDiff, settings: Settings) -> PathNote | None:
    path = file.path
    modes = {entry.mode for entry in (file.old, file.new) if entry is not None}
    if SUBMODULE in modes:
        return PathNote(path, "submodule: its content is not in this repository")
    if SYMLINK in modes:
        return PathNote(path, "symbolic link")
    if settings.is_ignored(path):
        return PathNote(path, "ignored path", chosen=not matches(IGNORED, path))
    if settings.is_generated(path):
        return PathNote(path, "generated file", chosen=not matches(GENERATED, path))
    if file.unread:
        return PathNote(path, file.unread)
    if file.binary and file.new is not None:
        return PathNote(path, "binary")
    return None


def _declared_generated(change: Change) -> tuple[str, ...]:
    """Return the patterns that `.gitattributes`, where the settings are read, marks as generated or vendored."""
    try:
        text = (change.rules or change.base).read(ATTRIBUTES).decode("utf-8", "replace")
    except (KeyError, CorruptObject):
        return ()
    rows = [line.split() for line in text.splitlines() if line.strip() and not line.startswith(("#", "[", '"', "!"))]
    return tuple(row[0] for row in rows if not GENERATED_MARKS.isdisjoint(row[1:]))


def _bundled(change: Change, file: FileDiff) -> PathNote | None:
    """Return a note on a script or style sheet that a tool has pressed into a few long lines."""
    if file.new is None or not file.path.endswith(MINIFIED) or change.head.size(file.path) < SMALLEST_BUNDLE:
        return None
    try:
        data = change.head.read(file.path)
    except CorruptObject:
        return None  # who reads it next says so
    return PathNote(file.path, "minified file") if len(data) > LONG_LINES * (data.count(b"\n") + 1) else None


def without_reader(change: Change, checks: Sequence[Check]) -> tuple[Unseen, ...]:
    """Return the files of code that no check reads as code, or not every one that should.

    Approving what nobody understands would be a lie. Some engines cannot be given a name with line breaks,
    braces or bytes that are not text; a file with a plain name in its place tells which.
    """
    engines = [check for check in checks if not check.covers(UNHEARD_OF)]
    unseen = []
    for file in change.files:
        path = file.path
        if file.new is None or PurePosixPath(path).suffix.lower() in PROSE:
            continue
        plain = re.sub(r"[^\w./-]", "x", path)
        refusing = [check.SLUG for check in engines if check.covers(plain) and not check.covers(path)]
        if refusing:
            unseen.append(Unseen(path, f"its name keeps it from {', '.join(refusing)}"))
        elif not any(_understands(check, path) for check in checks):
            unseen.append(Unseen(path, "no check reads this language: it was searched for secrets and the like only"))
    return tuple(unseen)


def _understands(check: Check, path: str) -> bool:
    """Return whether a check reads a file as code: one that covers any text may say so with `reads(path)`."""
    reads = getattr(check, "reads", check.covers)
    return bool(reads(path)) and not reads(UNHEARD_OF)


def coverage_of(
    reviewed: Change, left_out: Sequence[PathNote], runs: Sequence[CheckRun], unseen: Sequence[Unseen]
) -> Coverage:
    """Return where every changed file ended: reviewed, seen in part (with every reason), or left out."""
    reasons: dict[str, list[str]] = {}
    for run in runs:
        if run.status is not CheckStatus.OK:
            for path in run.missed:
                reasons.setdefault(path, []).append(f"{run.slug} did not run")
    for note in unseen:
        reasons.setdefault(note.path, []).append(note.reason)
    partial, whole = [], []
    for file in reviewed.files:
        if file.path in reasons:
            partial.append(PathNote(file.path, "; ".join(dict.fromkeys(reasons[file.path]))))
        else:
            whole.append(file.path)
    return Coverage(tuple(whole), tuple(partial), tuple(left_out))
