"""Opens the database that jobs live in: a SQLite file or Postgres, prepared alike by whoever comes first."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from dbos import DBOS

from bot.jobs.port import JobsDown
from bot.jobs.quiet import quieten
from bot.jobs.values import described, refuse_pickles
from kb.errors import UserError

PATIENCE = 8  # seconds: GitHub waits 10 for the answer to a delivery
SCHEMA = "dbos"  # where dbos keeps its tables on Postgres
_IDLE = 60_000  # milliseconds after which Postgres ends a transaction that does nothing


class Database:
    """A database of jobs: its engine, its file where it is SQLite, and its name for messages.

    Making one connects to nothing. Raises `UserError` for a URL that is none.
    """

    def __init__(self, url: str) -> None:
        quieten()
        refuse_pickles()
        self.url = _parsed(url)
        self.file = _file_of(self.url)
        host = self.url.query.get("host") or self.url.host or "localhost"
        self.shown = f"{self.file}" if self.file else f"{self.url.database} on {host}"
        self.engine = _sqlite(self.url) if self.file else _postgres(self.url)

    @property
    def schema(self) -> str | None:
        """Return the schema of dbos's tables."""
        return None if self.file else SCHEMA

    def prepare(self) -> None:
        """Create or migrate the tables; safe while others do the same. Raises `JobsDown`."""
        with self.answering():
            if self.file:
                _create(self.file)
            with self.engine.connect():
                pass  # dbos would try for long, and create a database that is missing
            DBOS.migrate(self.url.render_as_string(hide_password=False))

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Raise what the database raises as `JobsDown`, without a password and without a statement's values."""
        try:
            yield
        except (sa.exc.DBAPIError, sa.exc.TimeoutError, sqlite3.Error, OSError) as error:
            cause = error.orig if isinstance(error, sa.exc.DBAPIError) and error.orig else error
            why = described(cause).strip().partition("\n")[0]
            raise JobsDown(f"the jobs' database {self.shown} cannot be used: {why or type(cause).__name__}") from None

    def compact(self) -> None:
        """Give the free pages of a SQLite file back, where they are many and nobody is in the way."""
        if not self.file:
            return
        with closing(sqlite3.connect(self.file, timeout=PATIENCE, isolation_level=None)) as connection:
            free, pages = (
                connection.execute(f"PRAGMA {what}").fetchone()[0] for what in ("freelist_count", "page_count")
            )
            if free > 1_000 and free > pages / 4:
                connection.execute("VACUUM")

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def _parsed(url: str) -> sa.URL:
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        # Not repeated here: it may hold a password.
        raise UserError("the jobs' database is not a URL; write for example sqlite:////path/to/jobs.db") from None
    backend = parsed.get_backend_name() if parsed.drivername != "postgres" else "postgresql"
    if backend not in ("sqlite", "postgresql") or not parsed.database or parsed.database == ":memory:":
        raise UserError("the jobs' database must be sqlite:////path/to/file or postgresql://user@host/name")
    return parsed.set(drivername="postgresql+psycopg") if backend == "postgresql" else parsed


def _file_of(url: sa.URL) -> Path | None:
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def _sqlite(url: sa.URL) -> sa.Engine:
    engine = sa.create_engine(url, pool_size=20, max_overflow=0, pool_timeout=PATIENCE)

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, record: object) -> None:
        connection.isolation_level = "IMMEDIATE"  # a transaction that reads first and writes later fails at once
        for setting in (f"busy_timeout={PATIENCE * 1000}", "foreign_keys=ON", "synchronous=FULL"):
            connection.execute(f"PRAGMA {setting}").close()

    return engine


def _postgres(url: sa.URL) -> sa.Engine:
    arguments: dict[str, Any] = {"application_name": "prudent", "keepalives_idle": 10, "keepalives_interval": 5}
    arguments |= {"connect_timeout": PATIENCE // 2, "tcp_user_timeout": PATIENCE * 1000}
    arguments = {name: value for name, value in arguments.items() if name not in url.query}
    engine = sa.create_engine(
        url, pool_size=20, max_overflow=0, pool_timeout=PATIENCE, pool_pre_ping=True, connect_args=arguments
    )

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: psycopg.Connection, record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET idle_in_transaction_session_timeout = {_IDLE}")
        connection.commit()  # else the pool takes the setting back with the transaction

    return engine


def _create(file: Path) -> None:
    """Create the file for its owner alone, in WAL mode: readers and the writer do not wait for each other."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    until = time.monotonic() + PATIENCE
    with closing(sqlite3.connect(file, timeout=PATIENCE)) as connection:
        while True:
            try:
                connection.execute("PRAGMA journal_mode=WAL").close()
            except sqlite3.OperationalError:
                # SQLite does not wait for another process that switches the mode at this moment.
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
            else:
                return
