"""The index of a repository: the graph of one tree on disk, and those of others worked out from it.

    stored tree -> base of a change -> its head -> a patched head

Each arrow links only the files that changed and those that asked for what changed. Nothing is done before somebody
asks. What goes wrong with the file on disk costs time, never an answer: the graph is made in memory then.
"""

from __future__ import annotations

import gc
import hashlib
import sqlite3
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import RLock
from typing import NamedTuple, TypeVar

from kb.errors import CorruptObject, NotChecked
from kb.graph.code import CodeChange
from kb.graph.index_code import IndexedCode
from kb.graph.index_facts import bring_facts
from kb.graph.index_stored import Built, StoredGraph, revision_of
from kb.graph.index_tree import CodeTree, Progress, Shelf
from kb.graph.index_update import Step
from kb.graph.overlay import OverlayGraph
from kb.graph.store_sqlite import SqliteStore, StoreDamaged
from kb.graph.store_sqlite_open import open_store
from kb.view import Overlay, View

PATIENCE = 2.0  # seconds to wait for work that is going on before leaving it alone
KEPT = 6  # trees of which the graph is held at once
PERSISTED_FROM = 200  # files linked again: from here on it pays to keep the graph of another base on disk
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


class Index:
    """A `kb.graph.code.CodeSource`. Safe to use from several threads; close it when done."""

    def __init__(self, folder: Path | None, progress: Progress | None = None) -> None:
        self._progress = progress
        self._shelf = Shelf(None if folder is None else folder / "facts.db")
        self._disk = StoredGraph(folder, self._shelf)
        self._codes: OrderedDict[str, IndexedCode] = OrderedDict()
        self._failed: set[tuple[str, ...]] = set()
        self._lock = RLock()

    @classmethod
    def open(cls, folder: Path | None, repository: str, progress: Progress | None = None) -> Index:
        """Return the index of a repository (its identity) below a folder of ours; None keeps it in memory.

        Nothing is read or written before it is asked something. `progress` is told how far a long answer is.
        """
        if folder is None:
            return cls(None, progress)
        name = hashlib.sha256(repository.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return cls(folder / name, progress)

    @property
    def folder(self) -> Path | None:
        """Return where the index is kept, None for memory."""
        return self._disk.folder

    @property
    def trouble(self) -> str:
        """Return why the index is not on disk, or was made anew; "" if all is well."""
        return self._disk.trouble

    def close(self) -> None:
        """Give back what is held open; the graphs that were handed out cannot be read any more.

        If somebody is still at work, whom nobody waits for any more, it is left to the end of the process.
        """
        if not self._lock.acquire(timeout=PATIENCE):
            return
        try:
            self._disk.close()
            self._shelf.close()
            self._codes.clear()
        finally:
            self._lock.release()

    def code(self, view: View, progress: Progress | None = None) -> IndexedCode:
        """Return the graph of a tree, made if need be; raises NotChecked if git cannot list its files."""
        return self._worked(lambda: self._code(view, progress or self._progress), view.id)

    def change(self, base: View, head: View, renamed: Mapping[str, str]) -> CodeChange:
        """Return both graphs of a change, each made once; raises NotChecked if git cannot list their files."""

        def made() -> CodeChange:
            before = self._code(base, self._progress)
            after = self._above(before, head)
            relinked = after.relinked_since(before)
            if relinked is None:
                raise AssertionError("a head is made above its base")
            return CodeChange(before, after, relinked, renamed)

        return self._worked(made, base.id, head.id)

    def build(self, view: View, progress: Progress | None = None) -> Report:
        """Make the graph of a tree the one on disk, and return what that took."""
        began, progress = time.monotonic(), progress or self._progress

        def built() -> Built:
            store = self._disk.latest()
            if store.revision == revision_of(view):
                return Built(store, 0, 0)
            tree = CodeTree(view, self._shelf)
            try:
                return self._disk.brought_to(tree, progress)
            except sqlite3.OperationalError as error:
                self._disk.trouble = f"the index is kept in memory: {error}"
                return self._disk.in_memory(tree, progress)

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
        return self._disk.size()

    def stored(self) -> Stored | None:
        """Return of which tree there is a graph on disk; None if there is none."""
        with self._lock:
            store = self._disk.latest()
            return None if store.revision is None else Stored(store.revision.tree, store.counts().files)

    def clear(self) -> None:
        """Remove the index from disk, and close it."""
        self.close()
        self._disk.clear()

    def _code(self, view: View, progress: Progress | None) -> IndexedCode:
        if view.id in self._codes:
            return self._known(view)
        if isinstance(view, Overlay) and view.under.id in self._codes:
            return self._above(self._codes[view.under.id], view)
        tree = CodeTree(view, self._shelf)
        stored = self._disk.latest()
        if stored.revision == revision_of(view):
            return self._keep(IndexedCode(tree, stored, stored.answers))
        return self._keep(self._brought_over(stored, tree, progress))

    def _brought_over(self, stored: SqliteStore, tree: CodeTree, progress: Progress | None) -> IndexedCode:
        """Return the graph of a tree from that of the stored one, which it replaces where that saves time later."""
        step = self._disk.step_to(tree, stored, progress)
        if step is not None and len(step.hidden) < min(PERSISTED_FROM, len(step.before.linked)):
            return _laid_over(step, None)
        try:
            store = self._disk.brought_to(tree, progress).store
        except sqlite3.OperationalError as error:  # another process is writing, or the disk is full
            self._disk.trouble = f"the index is kept in memory: {error}"
            if step is not None:
                return _laid_over(step, None)
            store = self._disk.in_memory(tree, progress).store
        # a new tree: the linkers of this one remember what they worked out for every file
        return IndexedCode(CodeTree(tree.view, self._shelf), store, store.answers)

    def _above(self, before: IndexedCode, view: View) -> IndexedCode:
        if view.id == before.view.id:
            return before
        if view.id in self._codes and self._codes[view.id].relinked_since(before) is not None:
            return self._known(view)
        if isinstance(view, Overlay) and view.under.id in self._codes:
            between = self._codes[view.under.id]
            before = between if between.relinked_since(before) is not None else before
        step = Step(before.known(), CodeTree(view, self._shelf))
        bring_facts(step.tree, self._shelf, sorted(step.changed), None)
        return self._keep(_laid_over(step, before))

    def _known(self, view: View) -> IndexedCode:
        """Return the code of a tree that was made before, read through this view: the earlier one may be closed."""
        code = self._codes[view.id]
        if code.view is not view:
            code = replace(code, tree=CodeTree(view, self._shelf))
        return self._keep(code)

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
                self._codes.clear()
                self._disk.begin_anew(error)
                made = work()
            self._failed.remove(trees)
            return made

    def _keep(self, code: IndexedCode) -> IndexedCode:
        self._codes[code.view.id] = code
        self._codes.move_to_end(code.view.id)
        while len(self._codes) > KEPT:
            self._codes.popitem(last=False)
        return code


def _laid_over(step: Step, under: IndexedCode | None) -> IndexedCode:
    """Return the graph of a tree as an overlay of the one before."""
    over, revision = open_store(None).store, revision_of(step.tree.view)
    over.replace(step.links(), (), revision)
    graph = OverlayGraph(step.before.graph, step.hidden, over, revision)
    return IndexedCode(step.tree, graph, step.answers, under, step.relinked)


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
