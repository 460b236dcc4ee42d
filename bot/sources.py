"""What checks may ask about the repository beyond the change: its graph, its past. Made when first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from kb.repository import Repository
from kb.view import View

if TYPE_CHECKING:
    from kb.graph.code import CodeChange, CodeSource
    from kb.graph.index import Index
    from kb.graph.index_tree import Progress
    from kb.history.model import HistorySource
    from kb.history.past import History

INDEX = "graph"  # folder of the indexes below the cache folder


@dataclass(frozen=True)
class Sources:
    """Where facts about the repository come from; None where there are none, and checks that need them say so."""

    code: CodeSource | None = None
    history: HistorySource | None = None


@contextmanager
def open_sources(repository: Repository, cache: Path | None, progress: Progress | None = None) -> Iterator[Sources]:
    """Yield the sources of an open repository; what they keep is below `cache`, or in memory.

    `progress` is told how far the graph is made: what is being done, how many are done, of how many.
    """
    code = _LazyIndex(cache / INDEX if cache else None, repository, progress)
    try:
        yield Sources(code, _LazyHistory(repository, cache) if cache else None)
    finally:
        code.close()


class _LazyIndex:
    """An index that is opened by the first question: many reviews ask none, and opening takes imports and a file."""

    def __init__(self, folder: Path | None, repository: Repository, progress: Progress | None) -> None:
        self._folder, self._repository, self._progress = folder, repository, progress
        self._index: Index | None = None
        self._lock = Lock()

    def change(self, base: View, head: View, renamed: Mapping[str, str]) -> CodeChange:
        with self._lock:
            if self._index is None:
                from kb.graph.index import Index

                self._index = Index.open(self._folder, self._repository.identity, self._progress)
        return self._index.change(base, head, renamed)

    def close(self) -> None:
        if self._index is not None:
            self._index.close()


class _LazyHistory:
    """A history that is mined by the first question."""

    def __init__(self, repository: Repository, cache: Path) -> None:
        self._repository, self._cache = repository, cache
        self._mined: HistorySource | None = None
        self._lock = Lock()

    def history(self, commit: str) -> History:
        with self._lock:
            if self._mined is None:
                from kb.history.mine import MinedHistory

                self._mined = MinedHistory(self._repository, self._cache)
        return self._mined.history(commit)
