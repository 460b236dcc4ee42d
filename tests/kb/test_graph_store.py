"""The embedded graph store: the promises of every store, and those of a file."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from kb.errors import NotChecked
from kb.graph.model import Asked, EdgeKind, node_id
from kb.graph.store_sqlite import SqliteStore
from kb.graph.store_sqlite_open import open_store
from tests.kb.graph_conformance import CASES, HOSTILE, ONE, TWO, Make, linked, node, small_graph


@pytest.fixture(params=["file", "memory"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    stores: list[SqliteStore] = []

    def made() -> SqliteStore:
        path = tmp_path / str(len(stores)) / "graph.db" if request.param == "file" else None
        opened = open_store(path)
        assert opened.reason == ""
        stores.append(opened.store)
        return opened.store

    yield made
    for store in stores:
        store.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_conformance(case: Callable[[Make], None], make: Make) -> None:
    case(make)


def filled_file(path: Path) -> SqliteStore:
    opened = open_store(path)
    assert opened.reason == ""
    opened.store.replace(small_graph(), (), ONE)
    return opened.store


def dumped(path: Path) -> tuple[list[str], str]:
    opened = open_store(path)
    try:
        return list(opened.store.dump()), opened.reason
    finally:
        opened.store.close()


def test_a_file_is_read_again_as_it_was_written(tmp_path: Path) -> None:
    store = filled_file(tmp_path / "graph.db")
    expected = list(store.dump())
    store.close()
    assert dumped(tmp_path / "graph.db") == (expected, "")


def test_what_else_was_told_is_kept_until_it_changes(tmp_path: Path) -> None:
    store = filled_file(tmp_path / "graph.db")
    store.replace([], (), ONE, {("python", "os"): "", ("python", HOSTILE): "a.py"}, {"x.json": "1", HOSTILE: "2"})
    store.replace([], (), TWO, {("python", "os"): "os.py"}, {"x.json": "3"})
    store.replace([], (), TWO)
    store.close()
    again = open_store(tmp_path / "graph.db").store
    assert again.answers() == {("python", "os"): "os.py", ("python", HOSTILE): "a.py"}
    assert again.others() == {"x.json": "3"}
    again.close()


def test_counts(tmp_path: Path) -> None:
    store = filled_file(tmp_path / "graph.db")
    counts = store.counts()
    rows = [line.split('"')[1] for line in store.dump()]
    assert (counts.files, counts.edges, counts.unknowns) == (3, rows.count("edge"), rows.count("unknown"))
    assert counts.nodes == rows.count("node") + 1  # two files name one module outside
    assert counts.references == counts.edges - 3
    store.close()


def cut(data: bytes) -> bytes:
    return data[:-5000]


def strewn(data: bytes) -> bytes:
    return data[:4096] + b"\xa5" * (len(data) - 4096)


@pytest.mark.parametrize("spoil", [cut, strewn, lambda _: b"no database at all, but long enough to be read" * 99])
def test_a_damaged_file_costs_time_only(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "graph.db"
    filled_file(path).close()
    path.write_bytes(spoil(path.read_bytes()))
    with suppress(NotChecked):  # some damage shows when it is read
        lines, reason = dumped(path)
        assert lines == []
        assert "damaged" in reason
    store = filled_file(path)
    assert store.revision == ONE
    store.close()


def test_a_file_of_another_schema_is_emptied(tmp_path: Path) -> None:
    path = tmp_path / "graph.db"
    filled_file(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version=99")
    assert dumped(path) == ([], "")


def test_an_empty_file_is_filled(tmp_path: Path) -> None:
    (tmp_path / "graph.db").touch()
    filled_file(tmp_path / "graph.db").close()


def test_where_no_file_can_be_it_is_kept_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    opened = open_store(tmp_path / "file" / "graph.db")
    assert "in memory" in opened.reason
    opened.store.replace(small_graph(), (), ONE)
    assert len(opened.store.files()) == 3
    opened.store.close()
    (tmp_path / "folder.db").mkdir()
    opened = open_store(tmp_path / "folder.db")
    assert "in memory" in opened.reason
    opened.store.close()


def test_a_full_disk_leaves_the_graph_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "graph.db"
    store = filled_file(path)
    before = list(store.dump())
    store.close()
    small = open_store(path, largest=path.stat().st_size).store
    nodes = [node("big.py", f"f{number}") for number in range(5000)]
    with pytest.raises(sqlite3.OperationalError, match="full"):
        small.replace([("blob", linked("big.py", nodes))], ["a.py"], TWO)
    assert small.revision == ONE
    assert list(small.dump()) == before
    small.close()


def test_another_writer_is_waited_for_and_then_given_up(tmp_path: Path) -> None:
    store = filled_file(tmp_path / "graph.db")
    with closing(sqlite3.connect(tmp_path / "graph.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            store.replace([], ["a.py"], TWO)
        assert len(store.files()) == 3
    store.replace([], ["a.py"], TWO)
    assert len(store.files()) == 2
    store.close()


def test_who_reads_keeps_the_tree_while_another_writes(tmp_path: Path) -> None:
    reader, writer = filled_file(tmp_path / "graph.db"), open_store(tmp_path / "graph.db").store
    before = list(reader.dump())
    writer.replace([], ["a.py", "b.py"], TWO)
    assert (reader.revision, writer.revision) == (ONE, TWO)
    assert list(reader.dump()) == before
    latest = open_store(tmp_path / "graph.db").store
    assert latest.revision == TWO
    assert list(latest.dump()) == list(writer.dump())
    for store in (reader, writer, latest):
        store.close()


@contextmanager
def no_right_to_write(path: Path) -> Iterator[None]:
    """Make a file and its folder unwritable; root may write everything, so be somebody else meanwhile."""
    path.chmod(0o444)
    path.parent.chmod(0o555)
    me = os.geteuid()
    try:
        if me == 0:
            os.seteuid(65534)
        yield
    finally:
        os.seteuid(me)
        path.parent.chmod(0o755)


def test_what_cannot_be_written_is_read() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "graph.db")
        filled_file(path).close()
        with no_right_to_write(path):
            opened = open_store(path)
            assert len(opened.store.files()) == 3
            with pytest.raises(sqlite3.OperationalError):
                opened.store.replace([], ["a.py"], TWO)
            assert "cannot be written" in opened.reason
            opened.store.close()


def test_no_question_about_a_few_things_reads_a_whole_table() -> None:
    store = open_store(None).store
    store.replace(small_graph(), (), ONE)
    asked: list[str] = []
    store._connection.set_trace_callback(asked.append)
    ids = [node_id("a.py", ""), node_id("b.py", "use")]
    for kinds in ((), [EdgeKind.CALLS], [EdgeKind.CALLS, EdgeKind.USES]):
        for limit in (0, 5):
            store.edges_from(ids, kinds, limit)
            store.edges_to(ids, kinds, limit)
    store.nodes(ids)
    store.nodes_in("a.py")
    store.nodes_named("C.run")
    store.misses_in(["a.py"])
    store.unknowns_named(["run"])
    store.asking([Asked("", "os")])
    store.owners(ids)
    store.linked("a.py")
    store.replace([small_graph()[0]], ["b.py"], TWO)
    store._connection.set_trace_callback(None)
    plans = [
        (query, row[3])
        for query in dict.fromkeys(asked)
        if query.startswith(("SELECT", "DELETE")) and "revision" not in query and "NOT EXISTS" not in query
        for row in store._connection.execute(f"EXPLAIN QUERY PLAN {query}")
    ]
    assert len(plans) > 20
    bad = ("SCAN", "BLOOM", "AUTOMATIC", "FOR ORDER BY")
    assert [plan for plan in plans if any(word in plan[1] for word in bad)] == []
    store.close()
