"""What a check is handed beside the change: engines' workspace, settings, facts from outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from checks.settings import Settings
from kb.view import View

if TYPE_CHECKING:
    from kb.graph.code import CodeSource
    from kb.history.commits import CommitSource
    from kb.history.model import HistorySource
    from kb.memory.model import Recollection


@dataclass(frozen=True)
class Limits:
    """What one engine process may use."""

    seconds: float = 120.0
    memory_bytes: int = 4 * 2**30
    output_bytes: int = 64 * 2**20


class Workspace(Protocol):
    """Folders outside the repository where engines find plain files, and the cache of their answers."""

    def folder_of(self, view: View, paths: Sequence[str] | None = None) -> Path:
        """Return a folder holding these files of a view (all regular files if None), written once per run.

        No symbolic links, no executable bits, nothing outside the folder whatever the paths say.
        """
        ...

    def scratch(self, name: str) -> Path:
        """Return an empty folder of this run's own, for an engine's config and home."""
        ...

    def cached(self, key: str) -> bytes | None:
        """Return what `remember` stored under this key in an earlier run, or None."""
        ...

    def remember(self, key: str, value: bytes) -> None:
        """Store an engine's answer under the digest of everything it depends on."""
        ...


@dataclass(frozen=True)
class Knowledge:
    """Everything a check may use beside the change itself."""

    workspace: Workspace
    settings: Settings = field(default_factory=Settings)
    limits: Limits = field(default_factory=Limits)
    sarif: tuple[Path, ...] = ()  # reports of the user's own CI (`--sarif`)
    code: CodeSource | None = None  # the graphs of the trees; None where there is no index
    history: HistorySource | None = None  # the past of a commit; None where it was not mined
    memory: Callable[[], Recollection | None] = lambda: None  # what is remembered of the repository, made once
    commits: CommitSource | None = None  # what single commits say and did; None where there is no repository
