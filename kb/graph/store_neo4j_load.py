"""Bringing a repository's graph in Neo4j to another tree, so that readers see the old one or the new one.

A small change is one transaction. A larger one would need more memory than a server gives to a transaction: the new
graph is written under a prefix of its own, the files that stay are copied to it, and one last transaction makes it the
graph that is read. Whoever wrote meanwhile wins: the load then fails, and takes back what it wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from kb.errors import PrudentError, UserError
from kb.graph.model import Revision
from kb.graph.store_neo4j_rows import graph_key, sent
from kb.graph.store_neo4j_server import Neo4jUnreachable, Server
from kb.graph.store_neo4j_write import File, put, row_count, take_out, tidy

if TYPE_CHECKING:
    from neo4j import ManagedTransaction

IN_ONE = 20_000  # rows that may be written, or removed with files that go, in one transaction
_ROWS_OF_A_FILE = 100  # of one that goes: about the mean
LOADED = 5_000  # rows in each transaction of a load
_DROPPED = 2_000  # nodes in each transaction that removes an old graph
_LABELS = ("SourceFile", "Symbol", "Question", "UnresolvedName")
NOTHING = Revision("", "")  # what stands for the revision where there is no graph

_LOCK = (
    "MERGE (g:CodeGraph {key: $key}) SET g.changes = coalesce(g.changes, 0) + 1, g.repository = $repository "
    "RETURN g.prefix, g.tree, g.versions, g.changes"
)
_SET = "MATCH (g:CodeGraph {key: $key}) SET g.prefix = $prefix, g.tree = $tree, g.versions = $versions"
_BEGIN = (
    "MERGE (g:CodeGraph {key: $key}) SET g.made = coalesce(g.made, 0) + 1, g.repository = $repository "
    "WITH g, $key + '.' + toString(g.made) + ':' AS prefix SET g.loading = coalesce(g.loading, []) + [prefix] "
    "RETURN prefix, coalesce(g.changes, 0), g.tree, g.versions"
)
_SWITCH = (
    "MATCH (g:CodeGraph {key: $key}) WHERE coalesce(g.changes, 0) = $changes "
    "SET g.changes = $changes + 1, g.loading = [x IN g.loading WHERE x <> $prefix] + $old, "
    "g.prefix = $prefix, g.tree = $tree, g.versions = $versions RETURN g.loading"
)
_DONE = "MATCH (g:CodeGraph {key: $key}) SET g.loading = [x IN g.loading WHERE x <> $prefix]"


class ChangedMeanwhile(UserError):
    """Another process brought the same graph to another tree while this one was at it."""


class _Begun(NamedTuple):
    """A load under way: what it writes under, and how many changes there had been."""

    prefix: str
    changes: int


class Loader:
    """Writes the graph of one repository."""

    def __init__(self, server: Server, repository: str, in_one: int) -> None:
        self._server, self._repository, self._key = server, repository, graph_key(repository)
        self._in_one = in_one

    def replace(
        self,
        linked: Iterable[File],
        gone: Collection[str],
        revision: Revision,
        since: Revision | None,
        kept: Callable[[Collection[str]], Iterable[File]],
    ) -> None:
        """Put files in place of what they had and drop those that are gone; raises ChangedMeanwhile.

        `since` is the revision that must be there, NOTHING for none, None if it does not matter. `kept` gives the
        stored files but for some paths: a load copies them.
        """
        few, rest = _first(linked, len(gone) * _ROWS_OF_A_FILE, self._in_one)
        if rest is None:
            self._server.write(lambda tx: self._replace_in_place(tx, few, gone, revision, since))
            return
        self._load(chain(few, rest), gone, revision, since, kept)

    def clear(self) -> None:
        """Drop the repository's graph: readers see none of it from the first moment on."""

        def forget(tx: ManagedTransaction) -> list[str]:
            found = tx.run(
                "MATCH (g:CodeGraph {key: $key}) SET g.changes = coalesce(g.changes, 0) + 1 "
                "WITH g, g.prefix AS prefix SET g.prefix = null, g.tree = null, g.versions = null "
                "RETURN prefix, coalesce(g.loading, [])",
                key=self._key,
            ).values()
            return [prefix for current, loading in found for prefix in [*loading, current] if prefix]

        for prefix in self._server.write(forget):
            self._drop(prefix)

    def _replace_in_place(
        self,
        tx: ManagedTransaction,
        files: list[File],
        gone: Collection[str],
        revision: Revision,
        since: Revision | None,
    ) -> None:
        prefix, tree, versions, changes = tx.run(_LOCK, key=self._key, repository=sent(self._repository)).values()[0]
        _must_be(since, tree, versions)
        prefix = prefix or f"{self._key}.0.{changes}:"
        loose = take_out(tx, prefix, {*gone, *(linked.path for _, linked in files)})
        put(tx, prefix, self._repository, files)
        tidy(tx, prefix, loose, files)
        tx.run(_SET, key=self._key, prefix=prefix, tree=revision.tree, versions=revision.versions).consume()

    def _load(
        self,
        linked: Iterable[File],
        gone: Collection[str],
        revision: Revision,
        since: Revision | None,
        kept: Callable[[Collection[str]], Iterable[File]],
    ) -> None:
        begun = self._server.write(lambda tx: self._begin(tx, since))
        try:
            written = set(gone)
            for part in _parts(linked):
                written.update(one.path for _, one in part)
                self._put(begun.prefix, part)
            for part in _parts(kept(written)):
                self._put(begun.prefix, part)
            old = self._server.write(lambda tx: self._switch(tx, begun, revision))
        except Neo4jUnreachable:
            raise  # the next load removes what this one wrote
        except BaseException:
            with suppress(PrudentError):  # what went wrong first is what is told
                self._drop(begun.prefix)
            raise
        for prefix in old:
            self._drop(prefix)

    def _begin(self, tx: ManagedTransaction, since: Revision | None) -> _Begun:
        found = tx.run(_BEGIN, key=self._key, repository=sent(self._repository)).values()
        prefix, changes, tree, versions = found[0]
        _must_be(since, tree, versions)
        return _Begun(prefix, changes)

    def _put(self, prefix: str, part: list[File]) -> None:
        self._server.write(lambda tx: put(tx, prefix, self._repository, part))

    def _switch(self, tx: ManagedTransaction, begun: _Begun, revision: Revision) -> list[str]:
        """Make a load the graph that is read, and return the prefixes of what nobody reads any more."""
        old = tx.run("MATCH (g:CodeGraph {key: $key}) RETURN g.prefix", key=self._key).values()[0]
        found = tx.run(
            _SWITCH,
            key=self._key,
            prefix=begun.prefix,
            changes=begun.changes,
            old=[prefix for prefix in old if prefix],
            tree=revision.tree,
            versions=revision.versions,
        ).values()
        if not found:
            raise ChangedMeanwhile("another process changed this graph in Neo4j meanwhile; run the command again")
        loading: list[str] = found[0][0]
        return loading

    def _drop(self, prefix: str) -> None:
        """Remove everything under a prefix, a part at a time."""
        for label in _LABELS:
            statement = f"MATCH (n:{label} {{graph: $prefix}}) WITH n LIMIT {_DROPPED} DETACH DELETE n RETURN count(*)"
            while self._server.write(lambda tx, text=statement: tx.run(text, prefix=prefix).values()[0][0]):  # type: ignore[misc]
                pass
        self._server.write(lambda tx: tx.run(_DONE, key=self._key, prefix=prefix).consume())


def _must_be(since: Revision | None, tree: str | None, versions: str | None) -> None:
    if since is not None and (since.tree, since.versions) != (tree or "", versions or ""):
        raise ChangedMeanwhile("another process changed this graph in Neo4j meanwhile; run the command again")


def _first(linked: Iterable[File], rows: int, limit: int) -> tuple[list[File], Iterator[File] | None]:
    """Return the files, and None; or the first of them and the rest, where they are more than `limit` rows.

    `rows` are counted already.
    """
    few: list[File] = []
    rest = iter(linked)
    for blob, one in rest:
        few.append((blob, one))
        rows += row_count(one)
        if rows > limit:
            return few, rest
    return few, rest if rows > limit else None


def _parts(linked: Iterable[File]) -> Iterator[list[File]]:
    """Yield the files in lists of about LOADED rows."""
    part: list[File] = []
    rows = 0
    for blob, one in linked:
        part.append((blob, one))
        rows += row_count(one)
        if rows >= LOADED:
            yield part
            part, rows = [], 0
    if part:
        yield part
