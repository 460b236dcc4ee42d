"""The index of a repository: the graph of one tree on disk, and those of others worked out from it.

    stored tree -> base of a change -> its head -> a patched head

Each arrow links only the files that changed and those that asked for what changed. Nothing is done before somebody
asks. What goes wrong with the file on disk costs time, never an answer: the graph is made in memory then.
"""

from __future__ import annotations

import gc
import hashlib
import shutil
import sqlite3
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import NamedTuple, TypeVar

from kb.errors import CorruptObject, NotChecked
from kb.facts import model as facts_model
from kb.facts.store import FactsStore
from kb.graph import model as graph_model
from kb.graph.code import CodeChange
from kb.graph.index_code import IndexedCode
from kb.graph.index_facts import bring_facts
from kb.graph.index_tree import CodeTree, Progress, Shelf
from kb.graph.index_update import FactsGone, Known, Step, linked_files, others_of
from kb.graph.model import Revision
from kb.graph.overlay import OverlayGraph
from kb.graph.store_sqlite import SqliteStore, StoreDamaged
from kb.graph.store_sqlite_open import open_store
from kb.graph.store_sqlite_schema import remove
from kb.view import Overlay, View

KEPT = 8  # trees of which the graph is held at once
PERSISTED_FROM = 200  # files linked again: from here on it pays to keep the graph of another base on disk
ANEW_FROM = 0.7  # share of the files linked again: from here on a new store is quicker than changing the old one
VERSIONS = f"facts {facts_model.VERSION}, links {graph_model.VERSION}"
_T = TypeVar("_T")


@dataclass(frozen=True)
class Report:
    """What building the index of a tree took, and what is in it. `unresolved` is a share of all references."""

    files: int
    parsed: int
    linked: int
    nodes: int
    edges: int
    unresolved: float
    seconds: float
    size: int  # bytes on disk
    trouble: str = ""  # why it is not on disk, or was made anew


class Stored(NamedTuple):
    """Which tree there is a graph of on disk, and of how many files."""

    tree: str
    files: int


class Built(NamedTuple):
    """A store that holds the graph of the tree that was asked for, and what that took."""

    store: SqliteStore
    parsed: int
    linked: int


class Index:
    """A `kb.graph.code.CodeSource`. Safe to use from several threads; close it when done."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._path = None if folder is None else folder / "graph.db"
        self._shelf = Shelf(FactsStore.open(None if folder is None else folder / "facts.db"))
        self._codes: OrderedDict[str, IndexedCode] = OrderedDict()
        self._latest: SqliteStore | None = None
        self._opened: weakref.WeakSet[SqliteStore] = weakref.WeakSet()  # each is read by the graphs of its time
        self._lock = RLock()
        self._failed: set[tuple[str, ...]] = set()
        self.trouble = ""

    @classmethod
    def open(cls, folder: Path | None, repository: str) -> Index:
        """Return the index of a repository (its identity) below a folder of ours; None keeps it in memory."""
        if folder is None:
            return cls(None)
        name = hashlib.sha256(repository.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return cls(folder / name)

    def close(self) -> None:
        """Give back what is held open; the graphs that were handed out cannot be read any more."""
        with self._lock:
            for store in list(self._opened):
                store.close()
            self._latest = None
            self._shelf.close()
            self._codes.clear()

    def code(self, view: View, progress: Progress | None = None) -> IndexedCode:
        """Return the graph of a tree, made if need be; raises NotChecked if git cannot list its files."""
        return self._worked(lambda: self._code(view, progress), view.id)

    def change(self, base: View, head: View, renamed: Mapping[str, str]) -> CodeChange:
        """Return both graphs of a change, each made once; raises NotChecked if git cannot list their files."""

        def made() -> CodeChange:
            before = self._code(base, None)
            after = self._above(before, head)
            relinked = after.relinked_since(before)
            if relinked is None:
                raise AssertionError("a head is made above its base")
            return CodeChange(before, after, relinked, renamed)

        return self._worked(made, base.id, head.id)

    def build(self, view: View, progress: Progress | None = None) -> Report:
        """Make the graph of a tree the one on disk, and return what that took."""
        began = time.monotonic()

        def built() -> Built:
            stored = self._stored()
            if stored.revision == _revision(view):
                return Built(stored, 0, 0)
            return self._persisted(CodeTree(view, self._shelf), progress)

        store, parsed, linked = self._worked(built, view.id)
        counts = store.counts()
        references = counts.references + counts.unknowns
        return Report(
            files=counts.files,
            parsed=parsed,
            linked=linked,
            nodes=counts.nodes,
            edges=counts.edges,
            unresolved=counts.unknowns / references if references else 0.0,
            seconds=time.monotonic() - began,
            size=self.size(),
            trouble=self.trouble,
        )

    def size(self) -> int:
        """Return how many bytes the index takes on disk."""
        folder = self.folder
        return sum(path.stat().st_size for path in folder.iterdir()) if folder is not None and folder.is_dir() else 0

    def stored(self) -> Stored | None:
        """Return of which tree there is a graph on disk; None if there is none."""
        with self._lock:
            store = self._stored()
            return None if store.revision is None else Stored(store.revision.tree, store.counts().files)

    def clear(self) -> None:
        """Remove the index from disk, and close it."""
        self.close()
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _code(self, view: View, progress: Progress | None) -> IndexedCode:
        if view.id in self._codes:
            self._codes.move_to_end(view.id)
            return self._codes[view.id]
        if isinstance(view, Overlay) and view.under.id in self._codes:
            return self._above(self._codes[view.under.id], view)
        tree = CodeTree(view, self._shelf)
        stored = self._stored()
        if stored.revision == _revision(view):
            return self._keep(IndexedCode(tree, stored, stored.answers))
        return self._keep(self._brought_over(stored, tree, progress))

    def _brought_over(self, stored: SqliteStore, tree: CodeTree, progress: Progress | None) -> IndexedCode:
        """Return the graph of a tree from that of the stored one, which it replaces where that saves time later."""
        step = self._step(stored, tree, progress)
        if step is not None and len(step.hidden) < min(PERSISTED_FROM, len(step.before.linked)):
            return self._laid_over(step, None)
        store = self._persisted(tree, progress).store
        return IndexedCode(tree, store, store.answers)

    def _step(self, stored: SqliteStore, tree: CodeTree, progress: Progress | None) -> Step | None:
        """Return the way from a stored tree to another; None where it is shorter to begin anew."""
        if stored.revision is None or stored.revision.versions != VERSIONS:
            return None
        step = Step(self._known(stored), tree)
        step.parsed = bring_facts(tree, self._shelf, sorted(step.changed), progress)
        try:
            return step if len(step.hidden) < ANEW_FROM * len(step.before.linked) + 1 else None
        except FactsGone:
            return None

    def _above(self, before: IndexedCode, view: View) -> IndexedCode:
        if view.id == before.view.id:
            return before
        if view.id in self._codes and self._codes[view.id].relinked_since(before) is not None:
            self._codes.move_to_end(view.id)
            return self._codes[view.id]
        if isinstance(view, Overlay) and view.under.id in self._codes:
            between = self._codes[view.under.id]
            before = between if between.relinked_since(before) is not None else before
        step = Step(before.known(), CodeTree(view, self._shelf))
        bring_facts(step.tree, self._shelf, sorted(step.changed), None)
        return self._keep(self._laid_over(step, before))

    def _laid_over(self, step: Step, under: IndexedCode | None) -> IndexedCode:
        over = open_store(None).store
        revision = _revision(step.tree.view)
        over.replace(step.links(), (), revision)
        graph = OverlayGraph(step.before.graph, step.hidden, over, revision)
        return IndexedCode(step.tree, graph, step.answers, under, step.relinked)

    def _persisted(self, tree: CodeTree, progress: Progress | None) -> Built:
        """Return a store that holds the graph of a tree: on disk, unless another process writes there or it is full."""
        writer = self._open()
        revision = _revision(tree.view)
        if writer.revision == revision:  # another process was quicker
            return Built(writer, 0, 0)
        try:
            step = self._step(writer, tree, progress)
            if step is None:
                return self._filled(writer, tree, progress)
            links = list(step.links(progress))
            writer.replace(links, step.gone, revision, step.answers(), step.others)
            return Built(writer, step.parsed, len(links))
        except sqlite3.OperationalError as error:
            self.trouble = f"the index is kept in memory: {error}"
            return self._filled(open_store(None).store, tree, progress)

    def _filled(self, store: SqliteStore, tree: CodeTree, progress: Progress | None) -> Built:
        parsed = bring_facts(tree, self._shelf, list(tree.keys), progress)
        asked: dict[tuple[str, str], str] = {}
        links = linked_files(tree, list(tree.keys), asked, progress)
        store.replace(links, (), _revision(tree.view), asked, others_of(tree), anew=True)
        return Built(store, parsed, len(tree.keys))

    def _known(self, store: SqliteStore) -> Known:
        return Known(
            graph=store,
            linked=store.files(),
            others=store.others(),
            answers=store.answers,
            facts=lambda _path, blob: self._shelf.anyhow(blob),
        )

    def _stored(self) -> SqliteStore:
        """Return the store as it was last opened or written here."""
        return self._latest or self._open()

    def _open(self) -> SqliteStore:
        opened = open_store(self._path)
        if opened.reason:
            self.trouble = opened.reason
        self._latest = opened.store
        self._opened.add(opened.store)
        return opened.store

    def _worked(self, work: Callable[[], _T], *trees: str) -> _T:
        """Return what some work on these trees brings; it is done again from nothing if the file on disk is damaged.

        Many checks ask for the same trees: where the work failed once, it is not tried again.
        """
        with self._lock, _undisturbed():
            if trees in self._failed:
                raise NotChecked("the graph of these files could not be made, as was said before")
            self._failed.add(trees)
            try:
                made = work()
            except CorruptObject as error:
                raise NotChecked(f"the graph of these files cannot be made: {error}") from error
            except (StoreDamaged, sqlite3.DatabaseError) as error:
                self._begin_anew(error)
                made = work()
            self._failed.remove(trees)
            return made

    def _begin_anew(self, error: Exception) -> None:
        self.trouble = f"the index was damaged and is made again: {error}"
        self._codes.clear()
        if self._path is not None:
            with suppress(OSError):
                remove(self._path)
        self._open()

    def _keep(self, code: IndexedCode) -> IndexedCode:
        self._codes[code.view.id] = code
        while len(self._codes) > KEPT:
            self._codes.popitem(last=False)
        return code


def _revision(view: View) -> Revision:
    return Revision(view.id, VERSIONS)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Keep the garbage collector from looking through millions of new records, none of which is garbage."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
