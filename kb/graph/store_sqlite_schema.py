"""The tables of the embedded graph store, and how its file is opened: in one place, so that both change together.

Text is kept as bytes: a path may hold what is no UTF-8, and SQLite's own text may not. Kinds are small numbers.
Ids are digests (`node_id`), so an edge may name a node that another layer holds. There is never an ANALYZE: with
statistics SQLite reads a whole table for each recursive query.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path

SCHEMA = 3  # raise it with every change below, in the order of the enums in kb.graph.model, or in `Rest`
LARGEST = 8 * 2**30  # bytes of one file
_PAGE = 4096
_CACHE, _CACHE_IN_BULK = (
    4_000,
    64_000,
)  # KiB of pages: rows of a whole tree come in no order, those of questions are few

TABLES = (
    "CREATE TABLE revision (tree TEXT NOT NULL, versions TEXT NOT NULL)",
    "CREATE TABLE file (id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, blob TEXT NOT NULL)",
    # what is only ever read for a whole file: see `Rest`
    "CREATE TABLE rest (file INTEGER PRIMARY KEY, data BLOB NOT NULL)",
    # a module outside the tree is a node of every file that names it; `tail` is the qualified name from its last word
    # to its first ("run.Class"), so that names that end in the same words lie together
    """CREATE TABLE node (id INTEGER NOT NULL, file INTEGER NOT NULL, tail BLOB NOT NULL, kind INTEGER NOT NULL,
       line INTEGER NOT NULL, end_line INTEGER NOT NULL, flags INTEGER NOT NULL, PRIMARY KEY (id, file))
       WITHOUT ROWID""",
    """CREATE TABLE edge (src INTEGER NOT NULL, kind INTEGER NOT NULL, dst INTEGER NOT NULL, start INTEGER NOT NULL,
       line INTEGER NOT NULL, sure INTEGER NOT NULL, shape BLOB NOT NULL, flags INTEGER NOT NULL,
       PRIMARY KEY (src, kind, dst, start, line, sure, shape, flags)) WITHOUT ROWID""",
    """CREATE TABLE unresolved (name BLOB NOT NULL, file INTEGER NOT NULL, count INTEGER NOT NULL,
       PRIMARY KEY (name, file)) WITHOUT ROWID""",
    "CREATE TABLE asked (question INTEGER NOT NULL, file INTEGER NOT NULL, PRIMARY KEY (question, file)) WITHOUT ROWID",
    "CREATE TABLE module (name BLOB NOT NULL, file INTEGER NOT NULL, PRIMARY KEY (name, file)) WITHOUT ROWID",
    # where each module question led in this tree: to see what changes without having the old tree
    "CREATE TABLE answer (family TEXT NOT NULL, name BLOB NOT NULL, path BLOB NOT NULL, PRIMARY KEY (family, name)) "
    "WITHOUT ROWID",
    # files that have no facts: linkers ask whether they are there, and read some as configuration
    "CREATE TABLE other (path BLOB NOT NULL PRIMARY KEY, oid TEXT NOT NULL) WITHOUT ROWID",
)
INDEXES = {
    "node_file": "CREATE INDEX node_file ON node (file)",
    "node_tail": "CREATE INDEX node_tail ON node (tail)",
    "edge_to": "CREATE INDEX edge_to ON edge (dst, kind, src, start, line, sure, shape, flags)",
}
_NAMES = ("revision", "file", "rest", "node", "edge", "unresolved", "asked", "module", "answer", "other")


def connect(path: Path | None, patience: float, largest: int) -> sqlite3.Connection:
    """Return a connection to a file (None: memory) with the tables made; raises sqlite3.Error, OSError.

    A file of another schema is emptied; one that is no database raises sqlite3.DatabaseError. `patience` is how many
    seconds to wait for another writer.
    """
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    made = sqlite3.connect(
        ":memory:" if path is None else path,
        timeout=patience,
        isolation_level=None,  # transactions are begun here, also around changes of the schema
        check_same_thread=False,  # the store has a lock
        cached_statements=256,
    )
    try:
        _prepare(made, largest, is_file=path is not None)
    except BaseException:
        made.close()
        raise
    return made


def connect_unwritable(path: Path) -> sqlite3.Connection:
    """Return a connection that only reads a file that nobody can write; raises sqlite3.Error."""
    made = sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True, check_same_thread=False)
    made.isolation_level = None
    try:
        if made.execute("PRAGMA user_version").fetchone()[0] != SCHEMA:
            raise sqlite3.DatabaseError("another schema")
    except BaseException:
        made.close()
        raise
    return made


def remove(path: Path) -> None:
    """Remove a store's files; raises OSError."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        with suppress(FileNotFoundError):
            path.with_name(name).unlink()


def empty_tables(connection: sqlite3.Connection) -> None:
    """Drop and make every table, without the indexes that `build_indexes` adds; inside the caller's transaction."""
    connection.execute(f"PRAGMA cache_size=-{_CACHE_IN_BULK}").close()
    for name in _NAMES:
        connection.execute(f"DROP TABLE IF EXISTS {name}")
    for statement in TABLES:
        connection.execute(statement)


def build_indexes(connection: sqlite3.Connection) -> None:
    """Make the indexes that bulk loading is quicker without."""
    for statement in INDEXES.values():
        connection.execute(statement)
    connection.execute(f"PRAGMA cache_size=-{_CACHE}").close()


def _prepare(connection: sqlite3.Connection, largest: int, *, is_file: bool) -> None:
    found = connection.execute("PRAGMA user_version").fetchone()[0]  # the first read: fails if this is no database
    if is_file:
        with suppress(sqlite3.OperationalError):  # needs a moment alone; without it all is as correct
            connection.execute("PRAGMA journal_mode=WAL").close()
    for pragma in (
        "synchronous=NORMAL",
        "temp_store=MEMORY",
        f"cache_size=-{_CACHE}",
        f"max_page_count={largest // _PAGE}",
    ):
        connection.execute(f"PRAGMA {pragma}").close()
    if found == SCHEMA:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        if connection.execute("PRAGMA user_version").fetchone()[0] != SCHEMA:  # nobody was quicker
            empty_tables(connection)
            build_indexes(connection)
            connection.execute(f"PRAGMA user_version={SCHEMA}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
