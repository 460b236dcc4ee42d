"""A graph over another: some files of the one below are hidden, and a small store has what stands in their place.

So the graph of a head costs what the change costs. Ids are digests of names, so an edge from a file below leads to
the node above that took the place of the one it used to lead to.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property
from typing import Protocol, TypeVar

from kb.graph.lines import dump_of
from kb.graph.model import Asked, Edge, EdgeKind, LinkedFile, Miss, Node, Revision, Unknown
from kb.graph.store import GraphReader
from kb.graph.store_sqlite_rows import order_from, order_named, order_to, raw

_T = TypeVar("_T")


class Layer(GraphReader, Protocol):
    """A graph that another may lie over."""

    def owners(self, ids: Collection[int]) -> dict[int, set[str]]:
        """Return the files that have each of the nodes."""
        ...


class OverlayGraph:
    """A GraphReader of `under` with `hidden` files taken away and `over` laid on top."""

    def __init__(self, under: Layer, hidden: Collection[str], over: Layer, revision: Revision) -> None:
        self.under, self.over = under, over
        self.hidden = frozenset(hidden)
        self._revision = revision

    @property
    def revision(self) -> Revision | None:
        """Return which tree this is the graph of."""
        return self._revision

    def files(self) -> Mapping[str, str]:
        """Return the blob id of every linked file by path, in order of path."""
        found = {path: blob for path, blob in self.under.files().items() if path not in self.hidden}
        found.update(self.over.files())
        return dict(sorted(found.items(), key=lambda item: raw(item[0])))

    def nodes(self, ids: Collection[int]) -> dict[int, Node]:
        """Return those of the nodes that exist."""
        found = self.over.nodes(ids)
        missing = set(ids) - found.keys()
        below = self.under.nodes(missing) if missing else {}
        found.update((id, node) for id, node in below.items() if node.path and node.path not in self.hidden)
        outside = [id for id, node in below.items() if not node.path]
        if outside:
            owned = self.under.owners(outside)
            found.update((id, below[id]) for id in outside if owned[id] - self.hidden)
        return found

    def nodes_in(self, path: str) -> list[Node]:
        """Return the nodes of one file, in order of line, then name."""
        return self.over.nodes_in(path) or ([] if path in self.hidden else self.under.nodes_in(path))

    def nodes_named(self, name: str, limit: int = 100) -> list[Node]:
        """Return the nodes whose qualified name is `name` or ends with `.name`; for a file: whose path is `name`."""
        found = {node.id: node for node in self.over.nodes_named(name, limit)}

        def below(count: int) -> tuple[int, list[Node]]:
            asked = self.under.nodes_named(name, count)
            return len(asked), [*self.nodes([node.id for node in asked if node.id not in found]).values()]

        found.update((node.id, node) for node in _enough(below, limit))
        return sorted(found.values(), key=order_named)[:limit]

    def edges_from(self, ids: Collection[int], kinds: Collection[EdgeKind] = (), limit: int = 0) -> list[Edge]:
        """Return the edges that leave any of the nodes, of these kinds (all if empty), at most `limit` (0: all)."""
        found = self.over.edges_from(ids, kinds, limit)
        left = set(ids) - self._hidden_ids
        if left:
            below = self.under.edges_from(left, kinds, limit)
            found = sorted([*found, *below], key=order_from) if found else below
        return found[:limit] if limit else found

    def edges_to(self, ids: Collection[int], kinds: Collection[EdgeKind] = (), limit: int = 0) -> list[Edge]:
        """Return the edges that arrive at any of the nodes, as `edges_from` does."""
        found = self.over.edges_to(ids, kinds, limit)

        def below(count: int) -> tuple[int, list[Edge]]:
            edges = self.under.edges_to(ids, kinds, count)
            return len(edges), [edge for edge in edges if edge.src not in self._hidden_ids]

        found = sorted([*found, *_enough(below, limit)], key=order_to)
        return found[:limit] if limit else found

    def misses_in(self, paths: Collection[str]) -> dict[str, list[Miss]]:
        """Return the misses of each of these files, in order of place."""
        found = self.under.misses_in([path for path in paths if path not in self.hidden])
        above = self.over.misses_in(paths)
        return {path: above[path] or found.get(path, []) for path in sorted(above)}

    def unknowns_named(self, names: Collection[str], limit: int = 1000) -> list[tuple[str, Unknown]]:
        """Return (path, reference) for unresolved references with any of these last names, in order of place."""
        found = self.over.unknowns_named(names, limit)

        def below(count: int) -> tuple[int, list[tuple[str, Unknown]]]:
            rows = self.under.unknowns_named(names, count)
            return len(rows), [row for row in rows if row[0] not in self.hidden]

        # a stable sort: within a file they are in order already
        return sorted([*found, *_enough(below, limit)], key=lambda row: raw(row[0]))[:limit]

    def asking(self, questions: Collection[Asked]) -> set[str]:
        """Return the files whose linking asked any of these questions."""
        return (self.under.asking(questions) - self.hidden) | self.over.asking(questions)

    def module_questions(self) -> set[str]:
        """Return every module key that was asked for (`Asked("", key)`)."""
        found = self.under.module_questions()
        doubtful = {key for asked in self._hidden_questions for key in [asked.name] if not asked.path}
        dropped = {key for key in doubtful if not self.under.asking([Asked("", key)]) - self.hidden}
        return (found - dropped) | self.over.module_questions()

    def owners(self, ids: Collection[int]) -> dict[int, set[str]]:
        """Return the files that have each of the nodes."""
        found = self.over.owners(ids)
        for id, paths in self.under.owners(ids).items():
            if kept := paths - self.hidden:
                found.setdefault(id, set()).update(kept)
        return found

    def linked(self, path: str) -> LinkedFile | None:
        """Return what linking a file brought, as it was put in; None for a file that was not linked."""
        return self.over.linked(path) or (None if path in self.hidden else self.under.linked(path))

    def dump(self) -> Iterator[str]:
        """Yield one line per file, node, edge, miss and unknown, sorted: two equal graphs give equal lines."""
        return dump_of(self)

    @cached_property
    def _hidden_ids(self) -> frozenset[int]:
        """The nodes of hidden files; those of outside modules have no edges that leave them."""
        return frozenset(node.id for path in self.hidden for node in self.under.nodes_in(path) if node.path)

    @cached_property
    def _hidden_questions(self) -> set[Asked]:
        found = (self.under.linked(path) for path in self.hidden)
        return {question for one in found if one for question in one.asked}


def _enough(ask: Callable[[int], tuple[int, list[_T]]], limit: int) -> list[_T]:
    """Return at least `limit` (0: all) of what is not hidden, asking for more while too much of it was."""
    count = 2 * limit
    while True:
        asked, kept = ask(count)
        if not limit or asked < count or len(kept) >= limit:
            return kept
        count *= 4
