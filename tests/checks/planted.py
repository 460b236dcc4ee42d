"""Small checks that behave badly on purpose, and values to build changes from: for the runner's tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.finding import Confidence, Finding, Severity
from checks.knowledge import Knowledge
from kb.diff import FileDiff, Hunk, Status
from kb.view import Entry, Overlay, View, blob_id


class Empty:
    """A view of an empty tree."""

    id = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
    entries: Mapping[str, Entry] = MappingProxyType({})

    def read(self, path: str) -> bytes:
        raise KeyError(path)

    def size(self, path: str) -> int:
        raise KeyError(path)


def view_of(files: dict[str, str | bytes]) -> View:
    return Overlay(Empty(), {p: t.encode() if isinstance(t, str) else t for p, t in files.items()})


def added(path: str, text: str) -> FileDiff:
    lines = text.count("\n")
    hunks = (Hunk(0, 0, 1, lines),) if lines else ()
    return FileDiff(Status.ADDED, None, Entry(path, 0o100644, blob_id(text.encode())), hunks)


def change_adding(files: dict[str, str]) -> Change:
    """Return a change that adds these files to an empty repository."""
    diffs = tuple(added(path, text) for path, text in files.items())
    return Change("repository", "subject", "base", "head", view_of({}), view_of(dict(files)), diffs)


def finding(slug: str = "planted", path: str = "a.py", line: int = 1, **fields: object) -> Finding:
    values: dict[str, object] = {
        "check": slug,
        "slug": slug,
        "severity": Severity.WARN,
        "confidence": Confidence.HIGH,
        "path": path,
        "line": line,
        "end_line": line,
        "message": f"something at {line}",
        "text": f"text {line}",
    }
    return Finding(**{**values, **fields})  # type: ignore[arg-type]


@dataclass
class Planted:
    """A check whose `run` is given."""

    does: Callable[[Change], Report]
    SLUG: str = "planted"
    RULES: tuple[Rule, ...] = (Rule("planted", Severity.WARN, Confidence.HIGH, "Finds what was planted."),)
    EXAMPLES: tuple[Example, ...] = ()
    takes: Callable[[str], bool] = field(default=lambda path: True)

    def covers(self, path: str) -> bool:
        return self.takes(path)

    def run(self, change: Change, knowledge: Knowledge) -> Report:
        return self.does(change)
