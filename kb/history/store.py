"""The mined commits of one repository in an SQLite file: what can be made again, kept so that it need not be.

Commits never change, so rows are only added; which of them count is decided by who asks, from where. A file that
is damaged, or was written by another version, is begun again.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path

import msgspec

from kb.git import decoded, encoded
from kb.history.model import FileChange, LoggedCommit

VERSION = 1
SECONDS = 10.0  # another process may be writing
MOST_TIPS = 50
MOST_ROWS = 100_000  # commits; a file with more is begun again
_SCHEMA = """
create table facts (key text primary key, value text not null) without rowid;
create table paths (id integer primary key, path blob not null unique);
create table commits (oid text primary key, at integer, author text, parents text, changes blob);
create table tips (oid text primary key);
"""
_Changes = list[tuple[str, int, int]]  # letter, id of the path, id of the path before or 0
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Changes).decode


class CommitStore:
    """The mined commits of one repository. Where its file cannot be used they are kept in memory."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @classmethod
    def of(cls, folder: Path, identity: str) -> CommitStore:
        """Return the store of a repository (see `Repository.identity`) below a cache folder."""
        name = hashlib.sha256(identity.encode("utf-8", "surrogateescape")).hexdigest()[:32]
        return cls(folder / "history" / f"{name}.sqlite")

    def open(self) -> sqlite3.Connection:
        """Return a connection to a usable file, begun anew if it was not one; in memory if there can be none."""
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
        for _ in range(2):
            try:
                return _opened(str(self._file))
            except sqlite3.OperationalError:  # locked, or a folder that cannot be written: nothing to mend
                break
            except sqlite3.DatabaseError:
                self.remove()
        return in_memory()

    def remove(self) -> None:
        """Remove the file, which is damaged or was written by another version."""
        for suffix in ("", "-journal"):
            with suppress(OSError):
                Path(f"{self._file}{suffix}").unlink(missing_ok=True)


def in_memory() -> sqlite3.Connection:
    """Return a connection to an empty store that nobody keeps."""
    return _opened(":memory:")


def _opened(name: str) -> sqlite3.Connection:
    database = sqlite3.connect(name, timeout=SECONDS, isolation_level=None)
    try:
        database.execute("begin immediate")
        version = database.execute("pragma user_version").fetchone()[0]
        if version not in (0, VERSION):
            raise sqlite3.DatabaseError(f"written by version {version}")
        if version == 0:
            for statement in filter(str.strip, _SCHEMA.split(";")):
                database.execute(statement)
            database.execute(f"pragma user_version = {VERSION}")
        database.execute("select key, value from facts").fetchall()
        database.execute("commit")
    except sqlite3.Error:
        database.close()
        raise
    return database


def graph_in(database: sqlite3.Connection) -> dict[str, tuple[int, tuple[str, ...]]]:
    """Return the time and the parents of every mined commit."""
    rows = database.execute("select oid, at, parents from commits")
    return {oid: (at, tuple(parents.split())) for oid, at, parents in rows}


def tips_in(database: sqlite3.Connection) -> list[str]:
    """Return the commits from which history was mined, the latest last."""
    return [oid for (oid,) in database.execute("select oid from tips order by rowid")]


def fact_in(database: sqlite3.Connection, key: str) -> str | None:
    """Return what was written down about the store as a whole; None if nothing was."""
    row = database.execute("select value from facts where key = ?", (key,)).fetchone()
    return row[0] if row else None


def commits_in(database: sqlite3.Connection, oids: Sequence[str]) -> list[LoggedCommit]:
    """Return the commits with these ids, in their order; ids that are not there are passed over."""
    paths = {number: decoded(path) for number, path in database.execute("select id, path from paths")}
    paths[0] = ""
    rows = {row[0]: row for row in database.execute("select oid, at, author, parents, changes from commits")}
    return [_commit(rows[oid], paths) for oid in oids if oid in rows]


def _commit(row: tuple[str, int, str, str, bytes], paths: Mapping[int, str]) -> LoggedCommit:
    oid, at, author, parents, raw = row
    try:
        changes = tuple(FileChange(letter, paths[new], paths[old]) for letter, new, old in _decode(raw))
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        raise sqlite3.DatabaseError(f"commit {oid} cannot be read back") from error
    return LoggedCommit(oid, tuple(parents.split()), at, author, changes)


def add(database: sqlite3.Connection, commits: Iterable[LoggedCommit], tip: str) -> None:
    """Write commits down, and the one they were mined for; all or nothing."""
    with closing(database.cursor()) as cursor:
        cursor.execute("begin immediate")
        try:
            known = {decoded(path): number for number, path in cursor.execute("select id, path from paths")}
            cursor.executemany(
                "insert or ignore into commits values (?, ?, ?, ?, ?)", [_row(cursor, known, one) for one in commits]
            )
            cursor.execute("delete from tips where oid = ?", (tip,))
            cursor.execute("insert into tips values (?)", (tip,))
            cursor.execute("delete from tips where rowid <= (select max(rowid) from tips) - ?", (MOST_TIPS,))
        except BaseException:
            cursor.execute("rollback")
            raise
        cursor.execute("commit")


def _row(cursor: sqlite3.Cursor, known: dict[str, int], commit: LoggedCommit) -> tuple[str, int, str, str, bytes]:
    changes: _Changes = []
    for change in commit.changes:
        old = _path_id(cursor, known, change.old_path) if change.old_path else 0
        changes.append((change.letter, _path_id(cursor, known, change.path), old))
    return commit.oid, commit.at, commit.author, " ".join(commit.parents), _encode(changes)


def _path_id(cursor: sqlite3.Cursor, known: dict[str, int], path: str) -> int:
    if path not in known:
        known[path] = len(known) + 1
        cursor.execute("insert into paths values (?, ?)", (known[path], encoded(path)))
    return known[path]


def begin_anew(database: sqlite3.Connection, facts: Mapping[str, str]) -> None:
    """Forget every commit, and write these facts down."""
    with closing(database.cursor()) as cursor:
        cursor.execute("begin immediate")
        for table in ("commits", "paths", "tips", "facts"):
            cursor.execute(f"delete from {table}")  # noqa: S608 (four names of our own)
        cursor.executemany("insert into facts values (?, ?)", list(facts.items()))
        cursor.execute("commit")
