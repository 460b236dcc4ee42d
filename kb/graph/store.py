"""Where the graph of one tree is kept: the contract that the embedded store and Neo4j both hold."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Protocol

from kb.graph.model import Asked, Edge, EdgeKind, LinkedFile, Miss, Node, Revision, Unknown


class GraphReader(Protocol):
    """What can be asked of the graph of one tree. Answers are in a fixed order; safe to use from several threads."""

    @property
    def revision(self) -> Revision | None:
        """Return which tree this is the graph of; None for an empty store."""
        ...

    def files(self) -> Mapping[str, str]:
        """Return the blob id of every linked file by path."""
        ...

    def nodes(self, ids: Collection[int]) -> dict[int, Node]:
        """Return those of the nodes that exist."""
        ...

    def nodes_in(self, path: str) -> list[Node]:
        """Return the nodes of one file, in order of line, then name."""
        ...

    def nodes_named(self, name: str, limit: int = 100) -> list[Node]:
        """Return the nodes whose qualified name is `name` or ends with `.name`; for a file: whose path is `name`."""
        ...

    def edges_from(self, ids: Collection[int], kinds: Collection[EdgeKind] = (), limit: int = 0) -> list[Edge]:
        """Return the edges that leave any of the nodes, of these kinds (all if empty), at most `limit` (0: all)."""
        ...

    def edges_to(self, ids: Collection[int], kinds: Collection[EdgeKind] = (), limit: int = 0) -> list[Edge]:
        """Return the edges that arrive at any of the nodes, as `edges_from` does."""
        ...

    def misses_in(self, paths: Collection[str]) -> dict[str, list[Miss]]:
        """Return the misses of each of these files, in order of place."""
        ...

    def unknowns_named(self, names: Collection[str], limit: int = 1000) -> list[tuple[str, Unknown]]:
        """Return (path, reference) for unresolved references with any of these last names."""
        ...

    def asking(self, questions: Collection[Asked]) -> set[str]:
        """Return the files whose linking asked any of these questions."""
        ...

    def module_questions(self) -> set[str]:
        """Return every module key that was asked for (`Asked("", key)`)."""
        ...

    def linked(self, path: str) -> LinkedFile | None:
        """Return what linking a file brought, as it was put in; None for a file that was not linked.

        This is how one store's graph is carried to another.
        """
        ...

    def dump(self) -> Iterator[str]:
        """Yield one line per file, node, edge, miss and unknown, sorted: two equal graphs give equal lines."""
        ...


class GraphStore(GraphReader, Protocol):
    """A graph that can be brought to another tree."""

    def replace(self, linked: Iterable[tuple[str, LinkedFile]], gone: Collection[str], revision: Revision) -> None:
        """Put (blob id, linked file) in place of what those files had, drop the files that are gone; all or nothing."""
        ...

    def clear(self) -> None:
        """Drop everything."""
        ...

    def close(self) -> None:
        """Give back what the store holds open."""
        ...
