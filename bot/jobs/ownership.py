"""Who runs what: one worker a SQLite file; on Postgres many, and those that die are noticed by the others."""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
import time
import uuid
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from bot.jobs.database import Database
from bot.jobs.ledger import Ledger
from bot.jobs.port import JobsDown
from kb.errors import UserError

STRAY = 30.0  # seconds that a claimed job may take until it runs, and until its end is noted


class Ownership(Protocol):
    """A worker's claim to be the one of its name."""

    executor: str

    def take(self) -> None:
        """Claim it; raises `JobsDown`, or `UserError` where another worker has it."""
        ...

    def sweep(self, running: Collection[str]) -> int:
        """Put back the jobs that nobody runs any more; returns how many. `running`: ids that run here."""
        ...

    def release(self) -> None:
        """Give the claim up."""
        ...


def owner_of(ledger: Ledger) -> Ownership:
    """Return the kind of claim that fits a database."""
    file = ledger.database.file
    return FileOwner(ledger, file) if file else SessionOwner(ledger)


class Strays:
    """Jobs that a worker has claimed and does not run: the database failed in between, or one gave up unsaid.

    Nobody else would ever take them, for their worker lives.
    """

    def __init__(self, ledger: Ledger, executor: str) -> None:
        self._ledger = ledger
        self._executor = executor
        self._seen: set[str] = set()

    def put_back(self, running: Collection[str]) -> int:
        """Put back those that were there the last time too; returns how many."""
        strays = self._ledger.claimed(self._executor, time.time() - STRAY) - set(running)
        lost, self._seen = strays & self._seen, strays
        return self._ledger.put_back(self._executor, only=lost, died=True) if lost else 0


class FileOwner:
    """The one worker of a SQLite file, by a lock on a file beside it that ends with the process."""

    def __init__(self, ledger: Ledger, file: Path) -> None:
        self.executor = "local"  # the same in every life: the next one takes up what this one leaves
        self._ledger = ledger
        self._beside = file.with_name(file.name + ".worker")
        self._lock: int | None = None
        self._strays = Strays(ledger, self.executor)

    def take(self) -> None:
        """Lock the file; raises `UserError` where another process holds it."""
        try:
            lock = os.open(self._beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise JobsDown(f"{self._beside} cannot be written: {error.strerror}") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            raise UserError(
                f"another worker uses {self._ledger.database.shown}; stop it, or use Postgres for several"
            ) from None
        self._lock = lock

    def sweep(self, running: Collection[str]) -> int:
        """Put back what was claimed and is not run."""
        return self._strays.put_back(running)

    def release(self) -> None:
        """Let go of the lock."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


class SessionOwner:
    """One worker of several on Postgres: alive as long as its session holds a lock made of its name.

    A worker whose lock was free in two sweeps of another is taken for dead, and its jobs are put back. If it was
    not (its session was lost), dbos refuses whatever it would still record. Needs sessions of its own: a pooler
    that shares them among transactions does not do.
    """

    def __init__(self, ledger: Ledger) -> None:
        # New in every life: a dead life's jobs are told from those of the life that follows it.
        self.executor = f"{socket.gethostname()}-{uuid.uuid4().hex[:8]}"
        self._ledger = ledger
        self._database: Database = ledger.database
        self._session: sa.Connection | None = None
        self._suspects: set[str] = set()
        self._strays = Strays(ledger, self.executor)

    def take(self) -> None:
        """Lock our name in a session of its own."""
        if not self._held():
            raise JobsDown(f"{self._database.shown} does not give this worker its lock")

    def sweep(self, running: Collection[str]) -> int:
        """Put back what dead workers ran, and what was claimed here and is not run."""
        if not self._held():
            return 0  # without our own lock we count as dead ourselves
        put_back = self._strays.put_back(running)
        free = set()
        for executor in self._ledger.executors() - {self.executor}:
            if not self._try(executor):
                continue
            free.add(executor)
            try:
                if executor in self._suspects:
                    put_back += self._ledger.put_back(executor, died=True)
            finally:
                self._ask("SELECT pg_advisory_unlock(:key)", executor)
        self._suspects = free
        return put_back

    def release(self) -> None:
        """End the session, and with it the lock."""
        if self._session is not None:
            with suppress(sa.exc.DBAPIError):
                self._session.invalidate()
            self._session.close()
            self._session = None

    def _held(self) -> bool:
        """Tell whether our session lives and holds our lock; one that was lost is made again."""
        if self._session is not None:
            with suppress(JobsDown):
                self._ask("SELECT :key", self.executor)
                return True
        self.release()
        with self._database.answering():
            session = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            # So that the server notices within half a minute that our machine is gone. Unix sockets ignore these.
            for setting in ("tcp_keepalives_idle = 10", "tcp_keepalives_interval = 5", "tcp_keepalives_count = 4"):
                session.execute(sa.text(f"SET {setting}"))
        self._session = session
        if self._try(self.executor):
            return True
        self.release()  # another worker holds it for a moment, to see whether we live: next time
        return False

    def _try(self, executor: str) -> bool:
        return bool(self._ask("SELECT pg_try_advisory_lock(:key)", executor))

    def _ask(self, question: str, executor: str) -> object:
        if self._session is None:
            raise JobsDown(f"this worker has no session with {self._database.shown}")
        digest = hashlib.sha256(f"prudent-worker:{executor}".encode()).digest()
        key = int.from_bytes(digest[:8], signed=True)
        try:
            with self._database.answering():
                return self._session.execute(sa.text(question), {"key": key}).scalar()
        except JobsDown:
            self.release()
            raise
