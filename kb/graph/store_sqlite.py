"""The embedded graph store: one SQLite file for the graph of one tree, or memory.

A store sees the tree that its file held when it was opened, whatever other processes write meanwhile, and its own
writes. One connection, used under a lock, gives every thread that same tree.
"""

from __future__ import annotations

import sqlite3
import weakref
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import Any, NamedTuple

from kb.errors import NotChecked
from kb.graph.lines import dump_of
from kb.graph.model import Asked, Edge, EdgeKind, LinkedFile, Miss, Node, Revision, Unknown
from kb.graph.store_sqlite_rows import (
    EDGE_NUMBER,
    OUTSIDE,
    batches,
    cooked,
    edge_of,
    node_of,
    order_inside,
    order_named,
    question_id,
    raw,
    tail_of,
    unpacked,
)
from kb.graph.store_sqlite_schema import remove
from kb.graph.store_sqlite_write import Answers, delete_all, replace_files

_NODE = "SELECT n.id, f.path, n.tail, n.kind, n.line, n.end_line, n.flags FROM node n JOIN file f ON f.id = n.file"
MOST_NAMED = 250  # nodes of one name that are looked at: every class has an `__init__`
_INSIDE = f"n.kind != {OUTSIDE}"
_PLACES = "start, line, sure, shape, flags"
_EDGE = f"src, kind, dst, {_PLACES}"


class StoreDamaged(NotChecked):
    """The file of the index holds what we did not write; it has been removed, and the next run makes it again."""


class Counts(NamedTuple):
    """How much is in a store. References are the edges that stand for a place in the source, `defines` left out."""

    files: int
    nodes: int
    edges: int
    references: int
    unknowns: int


class SqliteStore:
    """A GraphStore in SQLite. Made by `open_store` (kb.graph.store_sqlite_open)."""

    def __init__(self, connection: sqlite3.Connection, path: Path | None) -> None:
        self.path = path
        self._connection, self._lock = connection, RLock()
        self._connection.row_factory = None
        self._finalizer = weakref.finalize(self, connection.close)
        self._revision: Revision | None = None
        self._look()

    @property
    def revision(self) -> Revision | None:
        """Return which tree this is the graph of; None for an empty store."""
        return self._revision

    def files(self) -> Mapping[str, str]:
        """Return the blob id of every linked file by path, in order of path."""
        with self._reading() as ask:
            return {cooked(path): blob for path, blob in ask("SELECT path, blob FROM file ORDER BY path")}

    def nodes(self, ids: Collection[int]) -> dict[int, Node]:
        """Return those of the nodes that exist."""
        found: dict[int, Node] = {}
        with self._reading() as ask:
            for chunk in batches(ids):
                rows = ask(_spread(f"{_NODE} WHERE n.id IN (?)", chunk), chunk)
                found.update((row[0], node_of(row)) for row in rows)
        return found

    def nodes_in(self, path: str) -> list[Node]:
        """Return the nodes of one file, in order of line, then name."""
        with self._reading() as ask:
            rows = ask(f"{_NODE} WHERE f.path = ? AND {_INSIDE}", [raw(path)])
            return sorted(map(node_of, rows), key=order_inside)

    def nodes_named(self, name: str, limit: int = 100) -> list[Node]:
        """Return the nodes whose qualified name is `name` or ends with `.name`; for a file: whose path is `name`."""
        if not name:
            return []
        tail, most = tail_of(name), max(limit, MOST_NAMED)
        with self._reading() as ask:
            rows = [*ask(f"{_NODE} WHERE n.tail = ? LIMIT ?", [tail, most])]
            rows += ask(f"{_NODE} WHERE n.tail > ? AND n.tail < ? LIMIT ?", [tail + b".", tail + b"/", most])
            rows += ask(f"{_NODE} WHERE f.path = ? AND n.tail = x''", [raw(name)])
        return sorted({row[0]: node_of(row) for row in rows}.values(), key=order_named)[:limit]

    def edges_from(self, ids: Collection[int], kinds: Collection[EdgeKind] = (), limit: int = 0) -> list[Edge]:
        """Return the edges that leave any of the nodes, of these kinds (all if empty), at most `limit` (0: all)."""
        return self._edges("src", "src, kind, dst", ids, kinds, limit)

    def edges_to(self, ids: Collection[int], kinds: Collection[EdgeKind] = (), limit: int = 0) -> list[Edge]:
        """Return the edges that arrive at any of the nodes, as `edges_from` does."""
        return self._edges("dst", "dst, kind, src", ids, kinds, limit)

    def misses_in(self, paths: Collection[str]) -> dict[str, list[Miss]]:
        """Return the misses of each of these files, in order of place."""
        found = {}
        with self._reading() as ask:
            for path in sorted(paths):
                rows = ask("SELECT r.data FROM file f JOIN rest r ON r.file = f.id WHERE f.path = ?", [raw(path)])
                found[path] = [miss for (data,) in rows for miss in unpacked(data)[0]]
        return found

    def unknowns_named(self, names: Collection[str], limit: int = 1000) -> list[tuple[str, Unknown]]:
        """Return (path, reference) for unresolved references with any of these last names, in order of place."""
        wanted, found = set(names), []
        with self._reading() as ask:
            paths = {
                row
                for name in wanted
                for row in ask(
                    "SELECT f.path, f.id FROM unresolved u JOIN file f ON f.id = u.file WHERE u.name = ?", [raw(name)]
                )
            }
            for path, file in sorted(paths):
                for (data,) in ask("SELECT data FROM rest WHERE file = ?", [file]):
                    found += [(cooked(path), one) for one in unpacked(data)[1] if one.name in wanted]
                if len(found) >= limit:
                    break
        return found[:limit]

    def asking(self, questions: Collection[Asked]) -> set[str]:
        """Return the files whose linking asked any of these questions."""
        query = "SELECT DISTINCT f.path FROM asked a JOIN file f ON f.id = a.file WHERE a.question IN (?)"
        found: set[str] = set()
        with self._reading() as ask:
            for chunk in batches([question_id(question) for question in questions]):
                found.update(cooked(path) for (path,) in ask(_spread(query, chunk), chunk))
        return found

    def module_questions(self) -> set[str]:
        """Return every module key that was asked for (`Asked("", key)`)."""
        with self._reading() as ask:
            return {cooked(name) for (name,) in ask("SELECT DISTINCT name FROM module")}

    def answers(self) -> Answers:
        """Return where module questions led, by (family of languages, key), as `replace` was told."""
        with self._reading() as ask:
            rows = ask("SELECT family, name, path FROM answer")
            return {(family, cooked(name)): cooked(path) for family, name, path in rows}

    def others(self) -> dict[str, str]:
        """Return the object ids of the tree's files that have no facts, by path, as `replace` was told."""
        with self._reading() as ask:
            return {cooked(path): oid for path, oid in ask("SELECT path, oid FROM other")}

    def owners(self, ids: Collection[int]) -> dict[int, set[str]]:
        """Return the files that have each of the nodes: one, or for a module outside the tree all that name it."""
        query = "SELECT n.id, f.path FROM node n JOIN file f ON f.id = n.file WHERE n.id IN (?)"
        found: dict[int, set[str]] = {}
        with self._reading() as ask:
            for chunk in batches(ids):
                for id, path in ask(_spread(query, chunk), chunk):
                    found.setdefault(id, set()).add(cooked(path))
        return found

    def linked(self, path: str) -> LinkedFile | None:
        """Return what linking a file brought, as it was put in; None for a file that was not linked."""
        with self._reading() as ask:
            rows = list(ask("SELECT r.data FROM file f JOIN rest r ON r.file = f.id WHERE f.path = ?", [raw(path)]))
            if not rows:
                return None
            nodes = sorted(map(node_of, ask(f"{_NODE} WHERE f.path = ?", [raw(path)])), key=order_inside)
            edges = self.edges_from([node.id for node in nodes if node.path])
            misses, unknowns, asked = unpacked(rows[0][0])
        edges.sort(key=lambda e: (e.start, e.kind, e.src, e.dst, e.shape))
        return LinkedFile(path, tuple(nodes), tuple(edges), misses, unknowns, frozenset(asked))

    def dump(self) -> Iterator[str]:
        """Yield one line per file, node, edge, miss and unknown, sorted: two equal graphs give equal lines."""
        return dump_of(self)

    def counts(self) -> Counts:
        """Return how much is in the store."""
        with self._reading() as ask:
            defines = EDGE_NUMBER[EdgeKind.DEFINES]
            row = ask(
                """SELECT (SELECT count(*) FROM file), (SELECT count(*) FROM node), (SELECT count(*) FROM edge),
                   (SELECT count(*) FROM edge WHERE kind != ?), (SELECT total(count) FROM unresolved)""",
                [defines],
            ).fetchone()
        return Counts(*map(int, row))

    def replace(
        self,
        linked: Iterable[tuple[str, LinkedFile]],
        gone: Collection[str],
        revision: Revision,
        answers: Answers | None = None,
        others: Mapping[str, str] | None = None,
        *,
        anew: bool = False,
    ) -> None:
        """Put (blob id, linked file) in place of what those files had, drop the files that are gone; all or nothing.

        `answers` are added to what module questions led to; `others` are all files without facts (None: as before).
        `anew` drops what was there, and loads in bulk.
        Raises sqlite3.OperationalError where the file is busy, full or not to be written: nothing has changed then.
        """
        with self._writing() as connection:
            told = {} if answers is None else answers  # not `answers or {}`: it may be filled while `linked` is read
            replace_files(connection, linked, gone, revision, told, others, anew=anew)

    def clear(self) -> None:
        """Drop everything."""
        with self._writing() as connection:
            delete_all(connection)

    def close(self) -> None:
        """Give back what the store holds open."""
        with self._lock:
            self._finalizer()

    def _edges(
        self, column: str, order: str, ids: Collection[int], kinds: Collection[EdgeKind], limit: int
    ) -> list[Edge]:
        numbers = ", ".join(str(EDGE_NUMBER[kind]) for kind in EDGE_NUMBER if kind in kinds)
        test = f"AND kind IN ({numbers})" if numbers else ""
        query = f"SELECT {_EDGE} FROM edge WHERE {column} IN (?) {test} ORDER BY {order}, {_PLACES} LIMIT ?"  # noqa: S608 (our own words and numbers)
        found: list[Edge] = []
        with self._reading() as ask:
            for chunk in batches(ids):
                left = limit - len(found) if limit else -1
                found += map(edge_of, ask(_spread(query, chunk), [*chunk, left]))
                if limit and len(found) >= limit:
                    break
        return found

    @contextmanager
    def _reading(self) -> Iterator[Any]:
        try:
            with self._lock:
                yield self._connection.execute
        except sqlite3.ProgrammingError:  # it was closed: a bug of the caller's
            raise
        except sqlite3.OperationalError as error:
            raise NotChecked(f"the index cannot be read now: {error}") from error
        except (sqlite3.DatabaseError, zlib.error, ValueError, IndexError) as error:
            if self.path is not None:
                with suppress(OSError):
                    remove(self.path)
            raise StoreDamaged(f"the index is damaged ({error}); the next run makes it again") from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            if self._connection.in_transaction:
                self._connection.execute("COMMIT")  # of the reading one
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield self._connection
                    self._connection.execute("COMMIT")
                except BaseException:
                    with suppress(sqlite3.OperationalError):  # a full disk may have ended it already
                        self._connection.execute("ROLLBACK")
                    raise
            finally:
                self._look()

    def _look(self) -> None:
        """Begin to read: from here on the tree stays the same for this store."""
        with self._lock:
            self._connection.execute("BEGIN")
            row = self._connection.execute("SELECT tree, versions FROM revision").fetchone()
            self._revision = Revision(*row) if row else None


def _spread(query: str, values: Sequence[object]) -> str:
    """Return a query with a question mark for each value where it says `IN (?)`."""
    return query.replace("IN (?)", f"IN ({','.join('?' * len(values))})")
