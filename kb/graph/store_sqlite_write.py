"""Writing to the embedded graph store: rows of whole files, inside a transaction of the caller's."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from kb.graph.model import LinkedFile, Revision
from kb.graph.store_sqlite_rows import OUTSIDE, edge_rows, node_rows, packed, question_id, raw, unpacked
from kb.graph.store_sqlite_schema import build_indexes, empty_tables

Answers = Mapping[tuple[str, str], str]  # (family, module key) -> path
_GONE = (
    "DELETE FROM node WHERE id = ? AND file = ?",
    "DELETE FROM unresolved WHERE name = ? AND file = ?",
    "DELETE FROM asked WHERE question = ? AND file = ?",
    "DELETE FROM module WHERE name = ? AND file = ?",
)


def replace_files(
    connection: sqlite3.Connection,
    linked: Iterable[tuple[str, LinkedFile]],
    gone: Collection[str],
    revision: Revision,
    answers: Answers,
    others: Mapping[str, str] | None,
    *,
    anew: bool,
) -> None:
    """Put files in place of what they had, drop those that are gone, and say which tree this is now."""
    if anew:
        empty_tables(connection)
    for path in gone:
        _delete(connection, path)
    for blob, one in linked:
        if not anew:
            _delete(connection, one.path)
        _insert(connection, blob, one)
    connection.executemany(
        "INSERT OR REPLACE INTO answer VALUES (?, ?, ?)",
        ((family, raw(name), raw(path)) for (family, name), path in answers.items()),
    )
    if others is not None:
        _replace_others(connection, others)
    connection.execute("DELETE FROM revision")
    connection.execute("INSERT INTO revision VALUES (?, ?)", (revision.tree, revision.versions))
    if anew:
        build_indexes(connection)


def delete_all(connection: sqlite3.Connection) -> None:
    """Drop everything."""
    empty_tables(connection)
    build_indexes(connection)


def _insert(connection: sqlite3.Connection, blob: str, linked: LinkedFile) -> None:
    insert = connection.executemany
    file = connection.execute("INSERT INTO file (path, blob) VALUES (?, ?)", (raw(linked.path), blob)).lastrowid
    if file is None:
        raise AssertionError("an insert has a row id")
    connection.execute("INSERT INTO rest VALUES (?, ?)", (file, packed(linked)))
    insert("INSERT INTO node VALUES (?, ?, ?, ?, ?, ?, ?)", node_rows(file, linked.nodes))
    insert("INSERT INTO edge VALUES (?, ?, ?, ?, ?, ?, ?, ?)", edge_rows(linked.edges))
    names = Counter(unknown.name for unknown in linked.unknowns)
    insert("INSERT INTO unresolved VALUES (?, ?, ?)", [(raw(name), file, count) for name, count in names.items()])
    insert("INSERT INTO asked VALUES (?, ?)", [(id, file) for id in {question_id(q) for q in linked.asked}])
    insert("INSERT INTO module VALUES (?, ?)", [(raw(q.name), file) for q in linked.asked if not q.path])


def _replace_others(connection: sqlite3.Connection, others: Mapping[str, str]) -> None:
    before = dict(connection.execute("SELECT path, oid FROM other"))
    after = {raw(path): oid for path, oid in others.items()}
    connection.executemany("DELETE FROM other WHERE path = ?", [(path,) for path in before.keys() - after.keys()])
    changed = [(path, oid) for path, oid in after.items() if before.get(path) != oid]
    connection.executemany("INSERT OR REPLACE INTO other VALUES (?, ?)", changed)


def _delete(connection: sqlite3.Connection, path: str) -> None:
    found = connection.execute(
        "SELECT f.id, r.data FROM file f JOIN rest r ON r.file = f.id WHERE f.path = ?", (raw(path),)
    ).fetchone()
    if found is None:
        return
    file, data = found
    _, unknowns, asked = unpacked(data)
    nodes = connection.execute("SELECT id, kind FROM node WHERE file = ?", (file,)).fetchall()
    connection.executemany("DELETE FROM edge WHERE src = ?", [(id,) for id, kind in nodes if kind != OUTSIDE])
    keys: tuple[list[object], ...] = (
        [id for id, _ in nodes],
        [raw(name) for name in {unknown.name for unknown in unknowns}],
        list({question_id(question) for question in asked}),
        [raw(question.name) for question in asked if not question.path],
    )
    for statement, values in zip(_GONE, keys, strict=True):
        connection.executemany(statement, [(value, file) for value in values])
    connection.execute("DELETE FROM rest WHERE file = ?", (file,))
    connection.execute("DELETE FROM file WHERE id = ?", (file,))
