"""What is salient in a tree: laws that hold for any graph, and what the words mean on a small one."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.cache import Cache
from kb.graph.model import Edge, EdgeKind, LinkedFile, Node, NodeKind, Revision, Sure, node_id
from kb.graph.salience import Quadrant, Salience, kept_salience, most_salient, salience
from kb.graph.salience_scores import ALL_PAIRS, GraphScore, graph_scores
from kb.graph.store import GraphStore
from kb.graph.store_sqlite_open import open_store
from kb.history.mine import EMPTY
from kb.history.model import HALF_LIFE, Known
from kb.history.past import History, PastCommit
from tests.strategies import unhurried

NOW = 1_700_000_000


def linked(path: str, lines: int, functions: Sequence[str], calls: Iterable[tuple[str, str, str]]) -> LinkedFile:
    """Return a file with functions; `calls` are (function or "", path of the called one, its name)."""
    nodes = [Node(node_id(path, ""), path, "", NodeKind.FILE, 1, lines)]
    nodes += [Node(node_id(path, name), path, name, NodeKind.FUNCTION, n, n) for n, name in enumerate(functions, 1)]
    edges = [Edge(node_id(path, ""), EdgeKind.DEFINES, node.id, node.line, 0, Sure.LOCAL) for node in nodes[1:]]
    for at, (here, there, name) in enumerate(calls, 1):
        edges.append(Edge(node_id(path, here), EdgeKind.CALLS, node_id(there, name), 1, at, Sure.IMPORT, "0"))
    return LinkedFile(path, tuple(nodes), tuple(edges), (), (), frozenset())


def graph_of(files: Sequence[LinkedFile]) -> GraphStore:
    store = open_store(None).store
    store.replace([("0" * 40, file) for file in files], (), Revision("tree", "1"))
    return store


def past(*changes: tuple[int, str, Sequence[str]]) -> History:
    """Return a history of (days ago, author, paths)."""
    commits = [
        PastCommit(f"c{n}", NOW - 86_400 * ago, who, tuple(paths)) for n, (ago, who, paths) in enumerate(changes)
    ]
    return History(tuple(commits), Known(len(commits), NOW, NOW - 86_400 * 1000))


SMALL = (
    linked("core.py", 90, ("keep",), ()),
    linked("app.py", 30, ("main",), [("main", "core.py", "keep")]),
    linked("view.py", 60, ("show",), [("show", "core.py", "keep"), ("show", "app.py", "main")]),
    linked("tests/test_core.py", 9, ("test_keep",), [("test_keep", "core.py", "keep")]),
)
SMALL_PAST = past(
    (1, "a", ["view.py"]), (2, "b", ["view.py"]), (3, "a", ["app.py", "view.py"]), (900, "a", ["core.py"])
)


def of(found: Mapping[int, Salience], path: str, name: str = "") -> Salience:
    return found[node_id(path, name)]


def test_what_much_depends_on_is_central_and_what_changes_is_active() -> None:
    found = salience(graph_of(SMALL), SMALL_PAST, NOW)
    core, view = of(found, "core.py"), of(found, "view.py")
    assert core.parts.pagerank == core.parts.authority == 1.0
    assert core.quadrant is Quadrant.FOUNDATIONAL_STABLE
    assert view.quadrant is Quadrant.PERIPHERAL_ACTIVE
    assert view.parts.churn == 1.0
    assert of(found, "tests/test_core.py").quadrant is Quadrant.QUIET_LEAF
    assert of(found, "tests/test_core.py").parts.bus_factor == 0.0, "nothing is known of it"


def test_tests_reach_the_file_and_the_function_that_they_call() -> None:
    found = salience(graph_of(SMALL), EMPTY, NOW)
    tested = {key for key, value in found.items() if value.parts.tests}
    assert tested == {node_id("core.py", ""), node_id("core.py", "keep")}


def test_a_score_is_the_weighted_sum_of_its_parts() -> None:
    parts = of(salience(graph_of(SMALL), SMALL_PAST, NOW), "core.py").parts
    weights = (0.30, 0.15, 0.15, 0.15, 0.10, 0.05, 0.10)
    assert sum(weights) == pytest.approx(1)
    assert parts.score == pytest.approx(sum(weight * part for weight, part in zip(weights, parts, strict=True)))


def test_the_most_salient_come_first_and_a_quadrant_can_be_asked_for() -> None:
    graph = graph_of(SMALL)
    found = salience(graph, SMALL_PAST, NOW)
    rows = most_salient(graph, found, limit=3)
    assert len(rows) == 3
    assert [value.score for _, value in rows] == sorted((value.score for _, value in rows), reverse=True)
    active = most_salient(graph, found, Quadrant.PERIPHERAL_ACTIVE)
    assert [node.path for node, _ in active] == ["view.py", "view.py"]


NAMES = ("a.py", "b.py", "pkg/c.py", "tests/test_d.py", "e.py")
calls = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(("", "f", "g")), st.sampled_from(NAMES), st.sampled_from("fg")),
    max_size=15,
)
changes = st.lists(
    st.tuples(st.integers(0, 900), st.sampled_from("xyz"), st.lists(st.sampled_from(NAMES), unique=True)), max_size=9
).map(lambda rows: past(*rows))


def files_of(drawn: Sequence[tuple[str, str, str, str]], order: Sequence[str]) -> list[LinkedFile]:
    return [
        linked(path, len(path), ("f", "g"), [(here, there, name) for at, here, there, name in drawn if at == path])
        for path in order
    ]


@given(calls, changes, st.permutations(NAMES), st.integers(0, 3000))
@unhurried
def test_it_is_within_bounds_and_depends_on_no_order_and_no_day(
    drawn: list[tuple[str, str, str, str]], history: History, order: list[str], days: int
) -> None:
    found = salience(graph_of(files_of(drawn, NAMES)), history, NOW)
    assert len(found) == 15
    for value in found.values():
        assert all(0.0 <= part <= 1.0 for part in value.parts)
        assert 0.0 <= value.score <= 1.0
    again = salience(graph_of(files_of(drawn[::-1], order)), history, NOW + 86_400 * days)
    assert again == found


def test_a_clock_behind_the_newest_commit_changes_nothing() -> None:
    graph = graph_of(SMALL)
    assert salience(graph, SMALL_PAST, 0) == salience(graph, SMALL_PAST, NOW + HALF_LIFE)


def test_no_files_and_no_edges_are_no_trouble() -> None:
    assert salience(graph_of(()), EMPTY, NOW) == {}
    assert graph_scores((), ()) == {}
    assert graph_scores((1, 2), [(1, 1), (2, 3)]) == {1: GraphScore(0.0, 0.0, 0.0), 2: GraphScore(0.0, 0.0, 0.0)}
    (alone,) = salience(graph_of([linked("a.py", 0, (), ())]), EMPTY, NOW).values()
    assert alone.score == 0.0


def test_a_large_graph_is_estimated_and_the_bridge_is_found() -> None:
    """Two stars joined by one node: every path from one side to the other goes through it."""
    half = ALL_PAIRS
    edges = [(n, 2 * half) for n in range(half)] + [(2 * half, 2 * half + 1)]
    edges += [(2 * half + 1, half + n) for n in range(half)]
    nodes = [*range(2 * half), 2 * half, 2 * half + 1]
    found = graph_scores(nodes, edges)
    assert found == graph_scores(nodes[::-1], edges[::-1])
    between = sorted(nodes, key=lambda node: -found[node].betweenness)
    assert set(between[:2]) == {2 * half, 2 * half + 1}
    assert found[0].betweenness == 0.0


def test_what_lies_between_two_others_has_all_their_paths() -> None:
    found = graph_scores((1, 2, 3), [(1, 2), (2, 3)])
    assert [found[node].betweenness > 0 for node in (1, 2, 3)] == [False, True, False]


def test_hits_that_does_not_settle_still_gives_an_answer() -> None:
    found = graph_scores((1, 2, 3, 4), [(1, 2), (3, 4)])
    assert found[2].authority == found[4].authority > found[1].authority


def test_it_is_kept_by_tree_and_last_commit(tmp_path: Path) -> None:
    cache, graph = Cache(tmp_path), graph_of(SMALL)
    first = kept_salience(cache, graph, SMALL_PAST, NOW)
    assert first == salience(graph, SMALL_PAST, NOW)
    other = graph_of(SMALL[:1])
    assert kept_salience(cache, other, SMALL_PAST, NOW) == first, "the same tree is the same answer"
    moved = dataclasses.replace(SMALL_PAST, commits=SMALL_PAST.commits[1:])
    assert kept_salience(cache, other, moved, NOW) != first
    assert kept_salience(cache, open_store(None).store, EMPTY, NOW) == {}


def test_a_damaged_answer_is_worked_out_again(tmp_path: Path) -> None:
    cache, graph = Cache(tmp_path), graph_of(SMALL)
    expected = kept_salience(cache, graph, EMPTY, NOW)
    (file,) = tmp_path.glob("??/*")
    file.write_bytes(zlib.compress(b"\xc1"))
    assert kept_salience(cache, graph, EMPTY, NOW) == expected
