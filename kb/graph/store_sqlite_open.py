"""Opens the embedded graph store; never fails: what cannot be used is made again, or left for memory."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from kb.graph.store_sqlite import SqliteStore
from kb.graph.store_sqlite_schema import LARGEST, connect, connect_unwritable, remove

PATIENCE = 0.3  # seconds to wait for another process's writing before doing without the file


class Opened(NamedTuple):
    """A store, and why it is not what was asked for ("" where it is)."""

    store: SqliteStore
    reason: str


def open_store(path: Path | None, *, patience: float = PATIENCE, largest: int = LARGEST) -> Opened:
    """Return the store in a file, made if it is not there; in memory where that cannot be, or for None.

    A damaged file is removed and made again; one that cannot be written is read. `largest` limits it, in bytes.
    """
    if path is None:
        return Opened(_store(None, patience, largest), "")
    try:
        return Opened(_store(path, patience, largest), "")
    except (OSError, sqlite3.OperationalError) as error:
        with suppress(sqlite3.Error, ValueError):
            return Opened(SqliteStore(connect_unwritable(path), path), f"the index cannot be written: {error}")
        reason = f"the index is kept in memory: {error}"
    except sqlite3.DatabaseError as error:
        with suppress(sqlite3.Error, OSError):
            remove(path)
            return Opened(_store(path, patience, largest), f"the index was damaged ({error}) and is made again")
        reason = f"the index is damaged and cannot be replaced: {error}"
    return Opened(_store(None, patience, largest), reason)


def _store(path: Path | None, patience: float, largest: int) -> SqliteStore:
    connection = connect(path, patience, largest)
    try:
        return SqliteStore(connection, path)
    except BaseException:
        connection.close()
        raise
