"""What an engine is: one small adapter around somebody else's analyser.

An engine's run is a pure function of (its version, our config, the files' names and bytes); that is what
makes its answers cacheable and what lets base be subtracted from head.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from checks.finding import Evidence
from checks.knowledge import Limits
from kb.source import Edit


@dataclass(frozen=True)
class Diagnostic:
    """One thing an engine said about one file. Lines are 1-based; `edits` is its fix, if it calls it safe."""

    code: str  # the engine's own rule name
    path: str  # relative to the tree, as in the view
    line: int
    end_line: int
    message: str
    column: int = 1
    related: tuple[Evidence, ...] = ()
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True)
class Installed:
    """An engine that can be run here."""

    program: Path
    version: str


class Engine(Protocol):
    """One analyser. `run` raises NotChecked when the program fails, hangs or prints what is not its format."""

    @property
    def name(self) -> str:
        """Return the engine's name, as people know it."""
        ...

    @property
    def whole_tree(self) -> bool:
        """Return whether it is given every file of the tree that it covers, not only the changed ones."""
        ...

    @property
    def how_to_get(self) -> str:
        """Return one line on how to install it, for people."""
        ...

    @property
    def config_id(self) -> str:
        """Return what changes whenever our config for it, or our reading of its output, changes."""
        ...

    def find(self) -> Installed | None:
        """Return where the program is, never looking inside the reviewed repository; None if missing."""
        ...

    def covers(self, path: str) -> bool:
        """Return whether the engine reads a file of this name."""
        ...

    def run(
        self, installed: Installed, folder: Path, files: Sequence[str], *, home: Path, limits: Limits
    ) -> tuple[Diagnostic, ...]:
        """Return what the engine says about `files` below `folder`; `home` is an empty folder of its own."""
        ...
