"""Facts on disk, once per blob and version of the extractors; every revision that has the blob shares them.

A cache: losing an entry costs time, never truth. A damaged file is begun anew, and a place that cannot be written is a
store in memory. Safe from several threads (one connection behind a lock) and several processes (SQLite's WAL).
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

from kb.facts.model import VERSION, Facts
from kb.syntax.languages import LANGUAGES

Key = tuple[str, str]  # a blob's id and the language it is read in

LIMIT_BYTES: Final = 2**30
KEPT_AFTER_PRUNING: Final = 0.8
_BUSY_SECONDS: Final = 2.0
_DAY: Final = 86_400
_APPLICATION: Final = 0x50464143  # tells our file from any other; raise it with the shape of the table
_SCHEMA: Final = """
create table if not exists facts (
    key text primary key,
    used integer not null, -- day of the last use
    size integer not null,
    value blob not null
);
create index if not exists facts_used on facts (used, size);
"""
_SELECT: Final = "select key, used, value from facts where key in (select value from json_each(?))"

_encode: Final = msgspec.msgpack.Encoder().encode
_decoder: Final = msgspec.msgpack.Decoder(Facts)


def encoded(facts: Facts) -> bytes:
    """Return facts as they are stored."""
    return _encode(facts)


def decoded(value: bytes) -> Facts:
    """Return facts from what is stored; raises msgspec.DecodeError if it is none."""
    return _decoder.decode(value)


@cache
def stamp_of(language: str) -> str:
    """Return the version of all that decides what a blob's facts are, besides its bytes."""
    from importlib.metadata import PackageNotFoundError, version  # slow to import, and no worker needs it

    known = LANGUAGES.get(language)
    grammar = known.grammar.module.replace("_", "-") if known is not None else ""
    try:
        return f"{VERSION}/{grammar} {version(grammar)}" if grammar else str(VERSION)
    except PackageNotFoundError:
        return f"{VERSION}/{grammar}"


class FactsStore:
    """Facts by blob id and language, at most about `limit_bytes` of them, longest unused first out."""

    def __init__(
        self, connection: sqlite3.Connection, path: Path | None, limit_bytes: int, clock: Callable[[], float]
    ) -> None:
        """Use `FactsStore.open`."""
        self._connection = connection
        self._lock = threading.Lock()
        self._limit = limit_bytes
        self._clock = clock
        self._written = 0
        self.path = path  # None if it lives in memory

    @classmethod
    def open(
        cls, path: Path | None, *, limit_bytes: int = LIMIT_BYTES, clock: Callable[[], float] = time.time
    ) -> FactsStore:
        """Open the store in the file `path`, or one in memory; never fails.

        A damaged file, or one that is something else, is replaced; where no file can be written it lives in memory.
        `clock` gives seconds since 1970.
        """
        if path is not None:
            for attempt in range(2):
                try:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    return cls(_connected(str(path)), path, limit_bytes, clock)
                except sqlite3.OperationalError:  # read-only, full, or busy for too long
                    break
                except sqlite3.DatabaseError:
                    if attempt or not _removed(path):
                        break
                except OSError:
                    break
        return cls(_connected(":memory:"), None, limit_bytes, clock)

    def get_many(self, keys: Collection[Key]) -> dict[Key, Facts]:
        """Return the facts that are there; what is absent or damaged is left out."""
        wanted = {_row_key(blob, language): (blob, language) for blob, language in keys}
        found: dict[Key, Facts] = {}
        stale: list[str] = []
        today = self._today()
        for key, used, value in self._rows(list(wanted)):
            try:
                found[wanted[key]] = decoded(value)
            except msgspec.MsgspecError:
                continue
            if used != today:
                stale.append(key)
        if stale:
            self._write("update facts set used = ? where key = ?", [(today, key) for key in stale])
        return found

    def put_many(self, facts: Mapping[Key, Facts | bytes]) -> None:
        """Store facts, or what `encoded` makes of them; what cannot be written is forgotten."""
        today = self._today()
        rows = []
        for (blob, language), one in facts.items():
            value = one if isinstance(one, bytes) else encoded(one)
            rows.append((_row_key(blob, language), today, len(value), value))
        self._write("insert or replace into facts values (?, ?, ?, ?)", rows)
        self._written += sum(row[2] for row in rows)
        if self._written > self._limit // 16:
            self._written = 0
            self.prune()

    def prune(self) -> None:
        """Remove what was not used for longest until the rest fits well below the limit."""
        with self._lock, suppress(sqlite3.Error), self._connection:
            (total,) = self._connection.execute("select coalesce(sum(size), 0) from facts").fetchone()
            if total <= self._limit:
                return
            gone = []
            for rowid, size in self._connection.execute("select rowid, size from facts order by used, rowid"):
                if total <= self._limit * KEPT_AFTER_PRUNING:
                    break
                gone.append((rowid,))
                total -= size
            self._connection.executemany("delete from facts where rowid = ?", gone)

    def size(self) -> int:
        """Return how many bytes of facts are stored."""
        with self._lock:
            try:
                (total,) = self._connection.execute("select coalesce(sum(size), 0) from facts").fetchone()
            except sqlite3.Error:
                return 0
        return int(total)

    def close(self) -> None:
        """Close the file; the store is not to be used afterwards."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        """Return the store; it is closed at the end of the block."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the store."""
        self.close()

    def _rows(self, keys: Sequence[str]) -> list[tuple[str, int, bytes]]:
        with self._lock:
            try:
                return self._connection.execute(_SELECT, (json.dumps(keys),)).fetchall()
            except sqlite3.OperationalError:  # busy for too long
                return []
            except sqlite3.DatabaseError:
                self._begin_anew()
                return []

    def _write(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        with self._lock:
            try:
                with self._connection:
                    self._connection.executemany(statement, rows)
            except sqlite3.OperationalError:  # busy for too long, read-only or full
                return
            except sqlite3.DatabaseError:
                self._begin_anew()

    def _begin_anew(self) -> None:
        self._connection.close()
        fresh = self.path is not None and _removed(self.path)
        try:
            self._connection = _connected(str(self.path) if fresh else ":memory:")
        except sqlite3.Error:
            self._connection = _connected(":memory:")

    def _today(self) -> int:
        return int(self._clock() // _DAY)


def _row_key(blob: str, language: str) -> str:
    return f"{blob} {language} {stamp_of(language)}"


def _connected(name: str) -> sqlite3.Connection:
    connection = sqlite3.connect(name, timeout=_BUSY_SECONDS, check_same_thread=False)
    try:
        connection.execute("pragma synchronous = normal")
        if not _has_tables(connection):
            with suppress(sqlite3.OperationalError):  # another process is doing the same
                connection.execute("pragma auto_vacuum = full")
                connection.execute("pragma journal_mode = wal")
            connection.executescript(f"begin immediate;{_SCHEMA}pragma application_id = {_APPLICATION};commit;")
        (application,) = connection.execute("pragma application_id").fetchone()
        if application != _APPLICATION:
            raise sqlite3.DatabaseError("not a store of facts, or one of another shape")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _has_tables(connection: sqlite3.Connection) -> bool:
    (tables,) = connection.execute("select count(*) from sqlite_master").fetchone()
    return bool(tables)


def _removed(path: Path) -> bool:
    try:
        for name in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
            name.unlink(missing_ok=True)
    except OSError:
        return False
    return True
