"""The graph of one tree on disk, and the way from it to another tree."""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from kb.facts import model as facts_model
from kb.facts.model import Facts
from kb.graph import model as graph_model
from kb.graph.index_facts import bring_facts
from kb.graph.index_tree import CodeTree, Progress, Shelf
from kb.graph.index_update import FactsGone, Known, Step, linked_files, others_of
from kb.graph.model import LinkedFile, Revision
from kb.graph.store_sqlite import SqliteStore
from kb.graph.store_sqlite_open import open_store
from kb.graph.store_sqlite_schema import remove
from kb.view import View

ANEW_FROM = 0.7  # share of the files linked again: from here on a new store is quicker than changing the old one
VERSIONS = f"facts {facts_model.VERSION}, links {graph_model.VERSION}"  # grammars are pinned by Prudent's own version


class Built(NamedTuple):
    """A store that holds the graph of the tree that was asked for, and how many files were read and linked for it."""

    store: SqliteStore
    parsed: int
    linked: int


class StoredGraph:
    """The file that holds the graph of one tree, or memory in its place.

    Each writing goes through a connection of its own: who holds an earlier store goes on reading the earlier tree.
    """

    def __init__(self, folder: Path | None, shelf: Shelf) -> None:
        self.folder, self.trouble = folder, ""
        self._path = None if folder is None else folder / "graph.db"
        self._shelf = shelf
        self._latest: SqliteStore | None = None
        self._opened: weakref.WeakSet[SqliteStore] = weakref.WeakSet()

    def latest(self) -> SqliteStore:
        """Return the store as it was last opened or written here."""
        return self._latest or self._open()

    def step_to(self, tree: CodeTree, store: SqliteStore, progress: Progress | None) -> Step | None:
        """Return the way from what a store holds to a tree; None where it is shorter to begin anew."""
        if store.revision is None or store.revision.versions != revision_of(tree.view).versions:
            return None

        def facts(path: str, blob: str) -> Facts | None:
            language = self._shelf.language(path)
            return self._shelf.get((blob, language)) if language else self._shelf.anyhow(blob)

        known = Known(
            graph=store,
            linked=store.files(),
            others=store.others(),
            answers=store.answers,
            facts=facts,
        )
        step = Step(known, tree)
        step.parsed = bring_facts(tree, self._shelf, sorted(step.changed), progress)
        try:
            return step if len(step.hidden) < ANEW_FROM * len(known.linked) + 1 else None
        except FactsGone:
            return None

    def brought_to(self, tree: CodeTree, progress: Progress | None) -> Built:
        """Bring the file to another tree and return it.

        Raises sqlite3.OperationalError where another process is writing, or the disk is full; nothing has changed then.
        """
        store = self._open()
        revision = revision_of(tree.view)
        if store.revision == revision:  # another process was quicker
            return Built(store, 0, 0)
        step = self.step_to(tree, store, progress)
        if step is None:
            return self._filled(store, tree, progress)
        links = list(step.links(progress))
        store.replace(links, step.gone, revision, step.answers(), step.others)
        return Built(store, step.parsed, len(links))

    def in_memory(self, tree: CodeTree, progress: Progress | None) -> Built:
        """Return the graph of a tree beside the file."""
        return self._filled(open_store(None).store, tree, progress)

    def begin_anew(self, error: Exception) -> None:
        """Remove the file, which holds something else than was written."""
        self.trouble = f"the index was damaged and is made again: {error}"
        if self._path is not None:
            with suppress(OSError):
                remove(self._path)
        self._open()

    def size(self) -> int:
        """Return how many bytes the index takes on disk, facts included."""
        folder = self.folder
        return sum(path.stat().st_size for path in folder.iterdir()) if folder is not None and folder.is_dir() else 0

    def close(self) -> None:
        """Close every store that was opened here."""
        for store in list(self._opened):
            store.close()
        self._latest = None

    def clear(self) -> None:
        """Remove the index from disk, and close it."""
        self.close()
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _filled(self, store: SqliteStore, tree: CodeTree, progress: Progress | None) -> Built:
        parsed = bring_facts(tree, self._shelf, list(tree.keys), progress)
        asked: dict[tuple[str, str], str] = {}

        def links() -> Iterator[tuple[str, LinkedFile]]:
            yield from linked_files(tree, list(tree.keys), asked, progress)
            tree.forget()  # before the store builds its indexes: both need memory

        store.replace(links(), (), revision_of(tree.view), asked, others_of(tree), anew=True)
        return Built(store, parsed, len(tree.keys))

    def _open(self) -> SqliteStore:
        opened = open_store(self._path)
        if opened.reason:
            self.trouble = opened.reason
        self._latest = opened.store
        self._opened.add(opened.store)
        return opened.store


def revision_of(view: View) -> Revision:
    """Return the revision of a graph of these files that is made now."""
    return Revision(view.id, f"{_release()}, {VERSIONS}")


@cache
def _release() -> str:
    return version("prudent")
