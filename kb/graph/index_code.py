"""One tree as checks and commands use it: its files, their facts, its graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import RLock
from typing import Protocol, cast

from kb.errors import CorruptObject
from kb.facts.model import Definition, Facts
from kb.graph.code import Resolved
from kb.graph.index_tree import CodeTree
from kb.graph.index_update import Known, others_of
from kb.graph.model import Node
from kb.graph.overlay import Layer
from kb.graph.store_sqlite_write import Answers
from kb.source import Source
from kb.view import View


class _Resolver(Protocol):
    def resolve(self, path: str, offset: int) -> Resolved: ...


@dataclass(frozen=True)
class IndexedCode:
    """A `kb.graph.code.Code`: one tree and its graph."""

    tree: CodeTree
    graph: Layer
    answers: Callable[[], Answers]
    under: IndexedCode | None = None  # the tree that it was worked out from
    relinked: frozenset[str] = frozenset()  # files whose links may differ from those of `under`
    _lock: RLock = field(default_factory=RLock, repr=False, compare=False)

    @property
    def view(self) -> View:
        """Return the files."""
        return self.tree.view

    def facts(self, path: str) -> Facts:
        """Return the facts of a file; status `unread` where there are none."""
        return self.tree.facts(path)

    def source(self, path: str) -> Source:
        """Return a file; empty if absent or unreadable."""
        try:
            return Source(path, self.view.read(path))
        except (KeyError, CorruptObject):
            return Source(path, b"")

    def definitions(self, node: Node) -> tuple[Definition, ...]:
        """Return the rows that define a node, in order: several for overloads and conditional definitions."""
        if not node.path or not node.qualified:
            return ()
        return tuple(row for row in self.facts(node.path).definitions if row.qualified == node.qualified)

    def resolve(self, path: str, offset: int) -> Resolved:
        """Return what the name at a byte offset leads to."""
        if path not in self.tree.keys:
            return Resolved("", (), "there are no facts of this file")
        with self._lock:  # linkers remember half-done work: one question at a time
            linker = self.tree.linker(self.tree.family(path))
            if not hasattr(linker, "resolve"):
                return Resolved("", (), "names are not resolved one by one in this language")
            return cast(_Resolver, linker).resolve(path, offset)

    def known(self) -> Known:
        """Return what is needed to go on to another tree."""
        return Known(
            graph=self.graph,
            linked={path: blob for path, (blob, _) in self.tree.keys.items()},
            others=others_of(self.tree),
            answers=self.answers,
            facts=lambda path, _blob: self.facts(path),
        )

    def relinked_since(self, earlier: IndexedCode) -> frozenset[str] | None:
        """Return the files whose links may differ from those of a tree below; None if that is not below."""
        found: frozenset[str] = frozenset()
        code: IndexedCode | None = self
        while code is not None and code.view.id != earlier.view.id:
            found |= code.relinked
            code = code.under
        return None if code is None else found & self.tree.keys.keys()
