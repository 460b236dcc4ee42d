"""Connects to the store's database: which driver, how patient, and how a transaction begins."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack, suppress
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from sqlite3 import Error as SqliteError
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from kb.errors import StoreError
from kb.outcomes.failures import explained
from kb.outcomes.location import shown_place

PATIENCE = 10.0  # seconds to wait for another process, or for a server to answer
_WRITE = "prudent_write"


def connect(address: str, patience: float = PATIENCE) -> Engine:
    """Return an engine for a store's URL, tried once; raises StoreError if it cannot be used."""
    url = _parsed(address)
    is_sqlite = url.get_backend_name() == "sqlite"
    if is_sqlite:
        _make_folder(url)
    try:
        engine = create_engine(url, connect_args=_arguments(url, patience), pool_pre_ping=not is_sqlite)
    except (NoSuchModuleError, ImportError):
        raise StoreError(f"no driver for {url.drivername} is installed; install it, or correct PRUDENT_STORE") from None
    except (ArgumentError, TypeError, ValueError):
        raise StoreError("PRUDENT_STORE has an option that its driver does not take; correct it") from None
    if is_sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    with ExitStack() as undo:
        undo.callback(engine.dispose)
        with explained(address), engine.connect():
            undo.pop_all()
    return engine


def for_writing(engine: Engine) -> Engine:
    """Return the engine with transactions that mean to write: no two of them at once on SQLite.

    A SQLite transaction that reads first and writes later fails at once if another wrote in between,
    however patient it is; one that says so at its beginning waits.
    """
    return engine.execution_options(**{_WRITE: True})


def lock(connection: Connection, *what: str) -> None:
    """Keep other transactions that lock the same thing waiting until this one ends."""
    if connection.dialect.name == "postgresql":
        digest = hashlib.sha256("\0".join(what).encode()).digest()
        number = int.from_bytes(digest[:8], signed=True)
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def _parsed(address: str) -> URL:
    try:
        if "\0" in address:
            raise ValueError("NUL")
        url = make_url(address)
    except (ArgumentError, ValueError):
        # Not repeated here: it may hold a password.
        raise StoreError("PRUDENT_STORE is not a database URL; write for example sqlite:////path/to/file.db") from None
    return url.set(drivername="postgresql+psycopg") if url.drivername in ("postgres", "postgresql") else url


def _arguments(url: URL, patience: float) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"timeout": patience}
    if url.drivername == "postgresql+psycopg" and "connect_timeout" not in url.query:
        return {"connect_timeout": max(2, round(patience))}
    return {}


def _make_folder(url: URL) -> None:
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        return
    try:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        place = shown_place(f"sqlite:///{url.database}")
        raise StoreError(
            f"the folder of the outcomes store {place} cannot be made ({reason}); set PRUDENT_STORE"
        ) from None


def _prepare_sqlite(connection: SqliteConnection, record: object) -> None:
    connection.isolation_level = None  # we begin transactions ourselves, also before DDL
    connection.execute("PRAGMA foreign_keys=ON").close()
    patience = connection.execute("PRAGMA busy_timeout").fetchone()[0]
    connection.execute("PRAGMA busy_timeout=0").close()
    with suppress(SqliteError):
        # WAL lets readers go on while one writes. Switching needs a moment alone and a writable folder;
        # without it all is as correct, and whoever opens the store next tries again.
        connection.execute("PRAGMA journal_mode=WAL").close()
    connection.execute(f"PRAGMA busy_timeout={patience:d}").close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITE)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
