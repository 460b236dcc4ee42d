"""The graph store on a Bolt server: what every store promises, and what only a server can do to one."""

from __future__ import annotations

import itertools
import os
import random
import threading
import time
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING

import pytest
from neo4j import ManagedTransaction
from neo4j.exceptions import IncompleteCommit, ServiceUnavailable, TransientError

from kb.errors import PrudentError, UserError
from kb.graph.model import Edge, EdgeKind, LinkedFile, NodeKind, Revision, Sure, Unknown, node_id
from kb.graph.store_neo4j import Neo4jStore, open_store
from kb.graph.store_neo4j_load import NOTHING, ChangedMeanwhile
from kb.graph.store_neo4j_mirror import mirror
from kb.graph.store_neo4j_rows import graph_key, received, sent
from kb.graph.store_neo4j_server import Neo4jRefused, Neo4jUnreachable, Server, ServerSettings
from kb.graph.store_sqlite_open import open_store as open_sqlite
from tests.kb.graph_conformance import (
    CASES,
    HOSTILE,
    ONE,
    TWO,
    Make,
    edge,
    file_node,
    linked,
    node,
    random_file,
    small_graph,
)

if TYPE_CHECKING:
    from tests.kb.bolt import BoltServer  # a plugin: it must not be imported before pytest does

pytest_plugins = ["tests.kb.bolt"]

NUMBERS = itertools.count()


def new_name() -> str:
    """Return the name of a repository that no other test uses, in whatever process."""
    return f"test/{os.getpid()}/{next(NUMBERS)}"


@pytest.fixture
def name() -> str:
    return new_name()


@pytest.fixture
def store(graph_server: Server, name: str) -> Neo4jStore:
    return Neo4jStore(graph_server, name)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_conformance(graph_server: Server, case: Callable[[Make], None]) -> None:
    case(lambda: Neo4jStore(graph_server, new_name()))


@pytest.mark.parametrize("case", [case for case in CASES if "repla" in case.__name__ or "gone" in case.__name__])
def test_conformance_where_a_change_is_loaded(graph_server: Server, case: Callable[[Make], None]) -> None:
    case(lambda: Neo4jStore(graph_server, new_name(), in_one=3))


def count(server: Server, name: str) -> int:
    """Return how many nodes there are for a repository, seen or not."""
    text = "MATCH (n) WHERE n.graph STARTS WITH $key RETURN count(*)"
    found: int = server.read(lambda tx: tx.run(text, key=graph_key(name)).values()[0][0])
    return found


# what is stored


@pytest.mark.parametrize("text", ["", "plain", HOSTILE, "\x1a", "\x1a00e9", "\ud800\udfff", "a\0b", "é\U0001f600"])
def test_any_text_goes_through(text: str) -> None:
    assert received(sent(text)) == text
    sent(text).encode()


def test_very_long_names_do_not_fit_an_index_and_are_found_all_the_same(store: Neo4jStore) -> None:
    path, name = "d/" * 6_000 + "a.py", "n" * 40_000
    one, other = node(path, name), node(path, f"C.{name}x", 2)
    unknowns = [Unknown(name, name, "dynamic", one.id, 1, 1)]
    file = linked(path, [one, other], [edge(other, EdgeKind.CALLS, one)], unknowns=unknowns)
    store.replace([("blob", file)], (), ONE)
    store.replace([("again", file)], (), TWO)
    assert store.linked(path) == file
    assert store.nodes_named(name) == [one]
    assert store.nodes_named(f"{name}x") == [other]
    assert store.unknowns_named([name]) == [(path, unknowns[0])]
    store.replace((), [path], ONE)
    assert list(store.dump()) == []


def test_graphs_of_repositories_are_apart(graph_server: Server) -> None:
    one, other = Neo4jStore(graph_server, new_name()), Neo4jStore(graph_server, new_name())
    one.replace(small_graph(), (), ONE)
    other.replace(small_graph()[:1], (), TWO)
    assert (one.revision, other.revision) == (ONE, TWO)
    assert len(one.files()) == 3
    assert len(other.files()) == 1
    other.clear()
    assert other.revision is None
    assert list(other.dump()) == []
    assert len(one.files()) == 3


def test_anybody_can_follow_inheritance(graph_server: Server, store: Neo4jStore) -> None:
    classes = [node("a.py", f"C{number}", number + 1, NodeKind.CLASS) for number in range(5)]
    edges = [edge(low, EdgeKind.INHERITS, high) for high, low in itertools.pairwise(classes)]
    store.replace([("blob", linked("a.py", classes, edges))], (), ONE)
    text = "MATCH (c:Symbol {name: 'C4'})-[:INHERITS*1..10]->(b) RETURN b.qualified ORDER BY b.qualified"
    found = graph_server.read(lambda tx: tx.run(text).values())
    assert found == [["C0"], ["C1"], ["C2"], ["C3"]]


@pytest.mark.parametrize("in_one", [20_000, 3], ids=["in place", "loaded"])
def test_nothing_is_left_of_what_was_replaced(graph_server: Server, name: str, in_one: int) -> None:
    store = Neo4jStore(graph_server, name, in_one=in_one)
    store.replace(small_graph(), (), ONE)
    once = count(graph_server, name)
    for revision in (TWO, ONE):
        store.replace(small_graph(), (), revision)
        assert count(graph_server, name) == once
    store.replace((), list(store.files()), TWO)
    assert count(graph_server, name) == 0
    assert list(store.dump()) == []


@pytest.mark.parametrize("count", [10, pytest.param(200, marks=pytest.mark.slow)])
def test_loading_many_files_takes_a_time_that_grows_with_them(store: Neo4jStore, count: int) -> None:
    files = [big_file(number, of=count) for number in range(count)]  # of 100 nodes and about as many edges
    began = time.monotonic()
    store.replace(files, (), ONE)
    assert time.monotonic() - began < 10 + count * 0.2  # keys without an index would take many minutes
    assert len(store.files()) == count
    assert len(store.edges_to([node_id("f0.py", "f0")])) >= count


def big_file(number: int, of: int) -> tuple[str, LinkedFile]:
    path = f"f{number}.py"
    nodes = [node(path, f"f{at}", at + 2) for at in range(99)]
    edges = [
        Edge(nodes[at].id, EdgeKind.CALLS, node_id(f"f{other}.py", "f0"), at, at, Sure.IMPORT, "1")
        for at, other in enumerate(random.Random(number).choices(range(of), k=98))
    ]
    edges.append(Edge(nodes[98].id, EdgeKind.CALLS, node_id("f0.py", "f0"), 98, 98, Sure.IMPORT, "1"))
    unique = {(e.src, e.dst): e for e in edges}
    return f"blob {number}", linked(path, nodes, unique.values())


# all or nothing


def test_readers_see_the_old_graph_until_the_new_one_is_complete(
    graph_server: Server, store: Neo4jStore, name: str
) -> None:
    store.replace(small_graph(), (), ONE)
    old = list(store.dump())
    seen = []

    def watched() -> Iterator[tuple[str, LinkedFile]]:
        for number in range(3):
            yield f"blob {number}", linked(f"new{number}.py", [node(f"new{number}.py", "f")])
            seen.append((store.revision, list(store.dump()) == old))

    Neo4jStore(graph_server, name, in_one=1).replace(watched(), ["a.py"], TWO)
    assert seen == [(ONE, True)] * 3
    assert store.revision == TWO
    assert set(store.files()) == {"b.py", HOSTILE, "new0.py", "new1.py", "new2.py"}


def test_a_load_that_fails_leaves_the_old_graph_and_nothing_else(
    graph_server: Server, store: Neo4jStore, name: str
) -> None:
    store.replace(small_graph(), (), ONE)
    old, rows = list(store.dump()), count(graph_server, name)

    def broken() -> Iterator[tuple[str, LinkedFile]]:
        yield "blob", linked("new.py", [node("new.py", "f")])
        yield "blob", linked("other.py", [node("other.py", "f")])
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="gone"):
        Neo4jStore(graph_server, name, in_one=1).replace(broken(), (), TWO)
    assert (store.revision, list(store.dump())) == (ONE, old)
    assert count(graph_server, name) == rows


def test_what_another_process_wrote_during_a_load_is_kept(graph_server: Server, store: Neo4jStore, name: str) -> None:
    store.replace(small_graph(), (), ONE)
    loading = Neo4jStore(graph_server, name, in_one=1)

    def interrupted(without: Collection[str]) -> Iterator[tuple[str, LinkedFile]]:
        store.replace([("blob", linked("c.py", [node("c.py", "f")]))], (), TWO)
        yield from ()

    with pytest.raises(ChangedMeanwhile):
        loading.bring(small_graph(), (), Revision("three", "v"), since=ONE, kept=interrupted)
    assert store.revision == TWO
    assert "c.py" in store.files()


@pytest.mark.parametrize("in_one", [20_000, 1], ids=["in place", "loaded"])
def test_a_graph_of_another_tree_than_expected_is_not_touched(
    graph_server: Server, store: Neo4jStore, name: str, in_one: int
) -> None:
    Neo4jStore(graph_server, name, in_one=in_one).bring(small_graph(), (), ONE, since=NOTHING)
    for since in (NOTHING, TWO):
        with pytest.raises(ChangedMeanwhile):
            Neo4jStore(graph_server, name, in_one=in_one).bring((), ["a.py"] * 9, TWO, since=since)
    assert store.revision == ONE
    assert "a.py" in store.files()


def test_writers_at_once_lose_nothing(bolt_settings: ServerSettings, name: str) -> None:
    errors: list[Exception] = []

    def write(letter: str) -> None:
        try:
            with Server(bolt_settings) as server:
                mine = Neo4jStore(server, name)
                for number in range(3):
                    path = f"{letter}{number}.py"
                    mine.replace([("blob", random_file(random.Random(path), path))], (), ONE)
        except Exception as error:
            errors.append(error)

    with Server(bolt_settings) as server:
        Neo4jStore(server, name).replace([], (), ONE)
        threads = [threading.Thread(target=write, args=(letter,)) for letter in "abc"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert len(Neo4jStore(server, name).files()) == 9
        Neo4jStore(server, name).clear()


# a server that is away, or says no


def test_a_transaction_that_meets_another_is_tried_again(graph_server: Server) -> None:
    tries = []

    def work(tx: ManagedTransaction) -> str:
        tries.append(tx.run("RETURN 1").values())
        if len(tries) < 3:
            raise TransientError("deadlock")
        return "done"

    assert graph_server.write(work) == "done"
    assert len(tries) == 3


def test_a_lost_connection_makes_a_new_driver_once(bolt_settings: ServerSettings) -> None:
    drivers = []
    with Server(bolt_settings, patience=0.01) as server:

        def work(tx: ManagedTransaction) -> int:
            drivers.append(server._driver)
            if len(set(map(id, drivers))) == 1:
                raise ServiceUnavailable("gone")
            answer: int = tx.run("RETURN 7").values()[0][0]
            return answer

        assert server.read(work) == 7
        assert len(set(map(id, drivers))) == 2

        def broken(tx: ManagedTransaction) -> None:
            raise ServiceUnavailable("gone")

        with pytest.raises(Neo4jUnreachable):
            server.read(broken)
        assert server.read(lambda tx: tx.run("RETURN 7").values()) == [[7]]


def test_a_commit_that_may_have_happened_is_not_done_twice(graph_server: Server) -> None:
    tries = []

    def work(tx: ManagedTransaction) -> None:
        tries.append(1)
        raise IncompleteCommit("lost")

    with pytest.raises(Neo4jUnreachable):
        graph_server.write(work)
    assert len(tries) == 1


def test_a_server_that_comes_back_is_found_again(own_bolt_server: BoltServer) -> None:
    with Server(own_bolt_server.settings, patience=0.5) as server:
        store = Neo4jStore(server, "test/back")
        store.clear()
        store.replace(small_graph(), (), ONE)
        lines = list(store.dump())
        own_bolt_server.stop()
        with pytest.raises(Neo4jUnreachable, match=f"127.0.0.1:{own_bolt_server.port} cannot be reached"):
            store.files()
        with pytest.raises(Neo4jUnreachable):
            store.replace((), ["a.py"], TWO)
        own_bolt_server.start()
        assert list(store.dump()) == lines
        store.replace((), ["a.py"], TWO)
        assert store.revision == TWO


@pytest.mark.slow
def test_a_load_that_a_crash_cut_short_is_cleared_away_by_the_next(own_bolt_server: BoltServer) -> None:
    with Server(own_bolt_server.settings, patience=0.2) as server:
        store = Neo4jStore(server, "test/crash", in_one=1)
        store.clear()
        store.replace(small_graph(), (), ONE)
        lines, rows = list(store.dump()), count(server, "test/crash")

        def cut_short(without: Collection[str]) -> Iterator[tuple[str, LinkedFile]]:
            own_bolt_server.stop()
            yield from small_graph()

        with pytest.raises(Neo4jUnreachable):
            store.bring(small_graph(), (), TWO, since=ONE, kept=cut_short)
        own_bolt_server.start()
        assert (store.revision, list(store.dump())) == (ONE, lines)
        assert count(server, "test/crash") > rows
        store.replace(small_graph(), (), TWO)
        assert count(server, "test/crash") == rows


def test_a_wrong_password_is_one_clear_error(bolt_settings: ServerSettings) -> None:
    wrong = ServerSettings(bolt_settings.uri, bolt_settings.user, "hunter2", bolt_settings.database)
    with pytest.raises(Neo4jRefused, match="refuses the user or the password") as caught:
        open_store(wrong, "test/x")
    assert isinstance(caught.value, UserError)
    assert "hunter2" not in f"{caught.value!r} {caught.value.__cause__!r} {wrong!r}"


def test_a_database_that_is_not_there_is_named(bolt_settings: ServerSettings) -> None:
    with (
        Server(ServerSettings(bolt_settings.uri, bolt_settings.user, bolt_settings.password, "nowhere")) as server,
        pytest.raises(Neo4jRefused, match="NEO4J_DATABASE"),
    ):
        Neo4jStore(server, "test/x").files()


@pytest.mark.parametrize("uri", ["bolt://127.0.0.1:9", "neo4j://127.0.0.1:9", "bolt+s://127.0.0.1:9"])
def test_a_server_that_is_not_there_cannot_be_reached(uri: str) -> None:
    with pytest.raises(Neo4jUnreachable) as caught:
        Server(ServerSettings(uri, "me", "hunter2"), patience=0.1)
    assert not isinstance(caught.value, UserError)
    assert isinstance(caught.value, PrudentError)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, "set NEO4J_URI, NEO4J_USER, NEO4J_PASSWORD"),
        ({"NEO4J_URI": "bolt://x", "NEO4J_USER": "me", "NEO4J_PASSWORD": ""}, "set NEO4J_PASSWORD"),
        ({"NEO4J_URI": "http://x", "NEO4J_USER": "me", "NEO4J_PASSWORD": "p"}, "no address"),
        ({"NEO4J_URI": "bolt://", "NEO4J_USER": "me", "NEO4J_PASSWORD": "p"}, "no address"),
        ({"NEO4J_URI": "bolt://[x", "NEO4J_USER": "me", "NEO4J_PASSWORD": "p"}, "no address"),
        ({"NEO4J_URI": "bolt://x:99999", "NEO4J_USER": "me", "NEO4J_PASSWORD": "p"}, "no address"),
        ({"NEO4J_URI": "bolt://me:pw@x", "NEO4J_USER": "me", "NEO4J_PASSWORD": "p"}, "must not hold a password"),
    ],
)
def test_settings_that_are_missing_or_wrong_are_named(environ: dict[str, str], said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        ServerSettings.read(environ)
    assert "pw" not in str(caught.value)


# mirroring another store


def test_a_mirror_sends_only_what_differs(store: Neo4jStore) -> None:
    choose = random.Random(7)
    paths = [f"f{number}.py" for number in range(6)]
    here = open_sqlite(None).store
    here.replace([(f"blob {path}", random_file(choose, path)) for path in paths], (), ONE)
    assert mirror(here, store).sent == 6
    assert list(store.dump()) == list(here.dump())
    again = mirror(here, store)
    assert (again.files, again.sent, again.gone) == (6, 0, 0)
    here.replace([("new", linked("f0.py", [node("f0.py", "only")]))], ["f1.py"], TWO)
    done = mirror(here, store)
    assert (done.files, done.sent, done.gone) == (5, 1, 1)
    assert list(store.dump()) == list(here.dump())
    assert store.revision == TWO
    here.close()


def test_a_large_mirror_is_loaded_from_here_not_read_back(graph_server: Server) -> None:
    here = open_sqlite(None).store
    here.replace(small_graph(), (), ONE)
    store = Neo4jStore(graph_server, new_name(), in_one=1)
    mirror(here, store)
    here.replace([("new", linked("a.py", [file_node("a.py")]))], (), TWO)
    said: list[tuple[str, int, int]] = []
    assert mirror(here, store, lambda *words: said.append(words)).sent == 3
    assert list(store.dump()) == list(here.dump())
    assert ("sending files", 3, 3) in said
    here.close()


def test_a_mirror_of_nothing_is_a_mistake(store: Neo4jStore) -> None:
    with pytest.raises(ValueError, match="without a tree"):
        mirror(open_sqlite(None).store, store)
