"""Checks made up for the tests of the reference: one of our own, one of an engine's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.finding import Confidence, Severity
from checks.knowledge import Knowledge, Limits
from checks.static.engine import Diagnostic, Engine, Installed
from kb.errors import NotChecked

CONTRACT = """A loop that never ends.

What it finds. Loops without a way out,
over two lines.
Why it matters: they hang.

When it stays silent.
In tests.

How to fix.
Add a `break`.
"""


@dataclass(frozen=True)
class Lint:
    """An engine that may be missing or broken."""

    version: str | None = "lint 1.2"
    broken: str = ""
    only: str = ""
    name: str = "lint"
    whole_tree: bool = False
    how_to_get: str = "pip install lint==1.2"
    config_id: str = "1"

    def find(self) -> Installed | None:
        if self.broken:
            raise NotChecked(self.broken)
        return Installed(Path("/opt/lint"), self.version) if self.version else None

    def covers(self, path: str) -> bool:
        return path.endswith((".py", ".js", ".tsx")) and self.only in path

    def run(
        self, installed: Installed, folder: Path, files: Sequence[str], *, home: Path, limits: Limits
    ) -> tuple[Diagnostic, ...]:
        return ()


@dataclass(frozen=True)
class Made:
    """A check as a value."""

    SLUG: str
    RULES: tuple[Rule, ...]
    EXAMPLES: tuple[Example, ...]
    ENGINE: Engine | None = None
    __doc__: str = CONTRACT

    def covers(self, path: str) -> bool:
        return self.ENGINE.covers(path) if self.ENGINE else True

    def run(self, change: Change, knowledge: Knowledge) -> Report:
        return Report()


OWN = Made(
    "endless-loop",
    (Rule("endless-loop", Severity.WARN, Confidence.MEDIUM, "A loop that never ends.", "It hangs.", "Add a break."),),
    (
        Example(
            "a loop | without a way out",
            before={"a.py": "x = 1\n", "b.py": "pass\n"},
            after={"a.py": "while True:\n    x = '```'\n", "c.py": "y = 2\n"},
            fires=(("endless-loop", "a.py", 1),),
            statement="Loop\n\nfor ever",
            fixed="while x:\n    pass\n",
        ),
        Example("a loop with a way out", after={"a.py": "for x in y:\n    pass\n"}),
    ),
)
ENGINE = Made(
    "lint",
    (
        Rule("bad-name", Severity.INFO, Confidence.LOW, "A name | that misleads.", codes=("N1", "N2"), silent=True),
        Rule("endless-loop", Severity.BLOCK, Confidence.HIGH, "A loop the engine knows.", codes=("L9",)),
        Rule("odd-quote", Severity.INFO, Confidence.HIGH, "A quote.", codes=("Q1",)),
    ),
    (
        Example(
            "names",
            after={"a.js": "let l = 1\n", "b.py": "l = 1\n", "near.py": "length = 1\n"},
            fires=(("bad-name", "a.js", 1), ("endless-loop", "b.py", 1)),
        ),
        Example("silent", after={"c.py": "ok = 1\n"}),
    ),
    Lint(),
)
MADE = (OWN, ENGINE)
