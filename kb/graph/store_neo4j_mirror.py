"""Carries a graph to a Neo4j server, and only what is not there yet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from kb.graph.model import LinkedFile
from kb.graph.store import GraphReader
from kb.graph.store_neo4j import Neo4jStore
from kb.graph.store_neo4j_load import NOTHING
from kb.graph.store_neo4j_rows import digest_of

Progress = Callable[[str, int, int], None]  # (what is being done, how many are done, of how many)


@dataclass(frozen=True)
class Mirrored:
    """What it took to make a server's graph equal to another: numbers of files."""

    files: int
    sent: int
    gone: int


def mirror(graph: GraphReader, store: Neo4jStore, progress: Progress | None = None) -> Mirrored:
    """Make the server's graph of a repository equal to `graph`, which must be of a tree; all or nothing.

    A file is sent if anything that linking it brought differs from what is there, so a graph that was sent before is
    brought up to date however the trees differ, and whatever became of their history. Raises ChangedMeanwhile where
    another process wrote to the same graph meanwhile.
    """
    since = store.revision
    revision = graph.revision
    if revision is None:
        raise ValueError("a graph without a tree")
    files = graph.files()
    if since == revision:
        return Mirrored(len(files), 0, 0)
    there = store.digests()
    gone = [path for path in there if path not in files]
    work = _Work(graph, there, progress)
    store.bring(work.changed(), gone, revision, since=since or NOTHING, kept=work.others)
    return Mirrored(len(files), work.sent, len(gone))


class _Work:
    """Reads the files of a graph one by one, for they may be many."""

    def __init__(self, graph: GraphReader, there: Mapping[str, str], progress: Progress | None) -> None:
        self._graph, self._there, self._progress = graph, there, progress
        self.sent = 0

    def changed(self) -> Iterator[tuple[str, LinkedFile]]:
        """Yield the files that are not on the server as they are here."""
        for blob, linked in self._files("comparing files", ()):
            if self._there.get(linked.path) != digest_of(linked):
                self.sent += 1
                yield blob, linked

    def others(self, without: Collection[str]) -> Iterator[tuple[str, LinkedFile]]:
        """Yield every file but some."""
        for file in self._files("sending files", without):
            self.sent += 1
            yield file

    def _files(self, doing: str, without: Collection[str]) -> Iterator[tuple[str, LinkedFile]]:
        files = self._graph.files()
        for number, (path, blob) in enumerate(files.items()):
            linked = None if path in without else self._graph.linked(path)
            if linked is not None:
                yield blob, linked
            if self._progress is not None:
                self._progress(doing, number + 1, len(files))
