"""What checks may ask about the repository beyond the change: its graph, its past. Made when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from kb.cache import Cache
from kb.errors import NotChecked
from kb.repository import Repository
from kb.view import View

if TYPE_CHECKING:
    from kb.graph.code import CodeChange, CodeSource
    from kb.graph.index import Index
    from kb.graph.index_tree import Progress
    from kb.graph.salience import Salience
    from kb.history.commits import CommitSource
    from kb.history.model import HistorySource
    from kb.history.past import History
    from kb.memory.model import Recollection

INDEX = "graph"  # folder of the indexes below the cache folder


@dataclass(frozen=True)
class Sources:
    """Where facts about the repository come from; None where there are none, and checks that need them say so."""

    code: CodeSource | None = None
    history: HistorySource | None = None
    salience: SalienceSource | None = None
    memory: Callable[[], Recollection | None] = lambda: None
    commits: CommitSource | None = None
    notes: Callable[[], tuple[str, ...]] = lambda: ()  # what could not be had though it should, for the reader


@contextmanager
def open_sources(repository: Repository, cache: Path | None, progress: Progress | None = None) -> Iterator[Sources]:
    """Yield the sources of an open repository; what they keep is below `cache`, or in memory.

    `progress` is told how far the graph is made: what is being done, how many are done, of how many.
    """
    code = _LazyIndex(cache / INDEX if cache else None, repository, progress)
    try:
        history = _LazyHistory(repository, cache) if cache else None
        salience = _LazySalience(code, history, Cache(cache / "salience")) if cache and history else None
        yield Sources(code, history, salience, commits=repository.commits())
    finally:
        code.close()


class SalienceSource(Protocol):
    """Says how much a place matters."""

    def score(self, base: View, commit: str, path: str, symbol: str) -> float | None:
        """Return the score of a symbol of a tree, 0 to 1; None where it is not there, or not to be had."""
        ...


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


class _LazySalience:
    """Scores that are worked out by the first question about a tree, and kept."""

    def __init__(self, code: _LazyIndex, history: _LazyHistory, cache: Cache) -> None:
        self._code, self._history, self._cache = code, history, cache
        self._last: tuple[tuple[str, str], Mapping[int, Salience]] | None = None

    def score(self, base: View, commit: str, path: str, symbol: str) -> float | None:
        from kb.graph.model import node_id

        try:
            found = self._scores(base, commit).get(node_id(path, symbol))
        except NotChecked:
            return None
        return None if found is None else found.score

    def _scores(self, base: View, commit: str) -> Mapping[int, Salience]:
        """Return the scores of a tree; those asked for last are held, as a context asks for hundreds of them."""
        from kb.graph.salience import kept_salience

        last = self._last
        if last is not None and last[0] == (base.id, commit):
            return last[1]
        graph = self._code.change(base, base, {}).base.graph
        past = self._history.history(commit)
        # as of the newest commit, not of today: equal every time
        found = kept_salience(self._cache, graph, past, past.known.newest)
        self._last = (base.id, commit), found
        return found
