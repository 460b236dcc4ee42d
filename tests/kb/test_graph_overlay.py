"""A graph laid over another answers as if it were one."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest

from kb.graph.model import Asked, EdgeKind, LinkedFile, Revision, node_id
from kb.graph.overlay import Layer, OverlayGraph
from kb.graph.store_sqlite import SqliteStore
from kb.graph.store_sqlite_open import open_store
from tests.kb.graph_conformance import HOSTILE, ONE, TWO, outside, random_file, small_graph

State = Mapping[str, tuple[str, LinkedFile]]
PATHS = [*(f"{letter}.py" for letter in "abcdefg"), HOSTILE]


def store_of(state: State, revision: Revision) -> SqliteStore:
    store = open_store(None).store
    store.replace(state.values(), (), revision)
    return store


def laid(under: Layer, new: State, gone: set[str]) -> OverlayGraph:
    return OverlayGraph(under, new.keys() | gone, store_of(new, TWO), TWO)


def everything_asked(graph: Layer) -> list[object]:
    """Return the answers to every kind of question about the random files, with and without limits."""
    ids = [node_id(path, name) for path in PATHS for name in ("", "f0", "f1", "f2", "f3")]
    ids += [outside("os").id, outside("sys").id]
    answers: list[object] = [graph.revision, dict(graph.files()), graph.nodes(ids), graph.module_questions()]
    answers += [graph.nodes_in(path) for path in PATHS] + [graph.linked(path) for path in PATHS]
    answers += [graph.owners(ids), graph.misses_in(PATHS)]
    answers += [graph.asking([Asked(path, name)]) for path in ("", "a.py") for name in "pqr"]
    for name in ("f0", "f3", "os", "a.py", HOSTILE):
        answers += [graph.nodes_named(name, limit) for limit in (1, 2, 100)]
    for limit in (0, 1, 3, 100):
        answers += [graph.edges_from(ids, (), limit), graph.edges_to(ids, (), limit)]
        answers += [graph.edges_to(ids[:4], [EdgeKind.CALLS, EdgeKind.USES], limit)]
        answers += [graph.unknowns_named(["x", "z"], limit or 1000)]
    return [*answers, list(graph.dump())]


@pytest.mark.parametrize("seed", range(15))
def test_layers_answer_as_one_store_would(seed: int) -> None:
    choose = random.Random(seed)
    state: State = {path: ("blob", random_file(choose, path)) for path in choose.sample(PATHS, 6)}
    graph: Layer = store_of(state, TWO)
    for step in range(3):
        new = {path: (f"blob{step}", random_file(choose, path)) for path in choose.sample(PATHS, choose.randint(0, 3))}
        gone = set(choose.sample(sorted(state), min(2, len(state)))) - new.keys()
        graph = laid(graph, new, gone)
        state = {**{path: one for path, one in state.items() if path not in gone}, **new}
        assert everything_asked(graph) == everything_asked(store_of(state, TWO))


def test_an_edge_from_below_leads_to_the_node_above() -> None:
    under = store_of({one.path: (blob, one) for blob, one in small_graph()}, ONE)
    moved = small_graph()[0][1]
    moved = moved._replace(
        nodes=tuple(n._replace(line=n.line + 100) if n.qualified == "make" else n for n in moved.nodes)
    )
    graph = laid(under, {"a.py": ("new", moved)}, set())
    made = node_id("a.py", "make")
    assert graph.nodes([made])[made].line == 103
    assert {edge.src for edge in graph.edges_to([made], [EdgeKind.CALLS])} >= {node_id("b.py", "use")}
    assert under.nodes([made])[made].line == 3
    assert under.revision == ONE


def test_what_is_gone_is_gone() -> None:
    under = store_of({one.path: (blob, one) for blob, one in small_graph()}, ONE)
    graph = laid(under, {}, {"a.py", "b.py"})
    assert list(graph.files()) == [HOSTILE]
    assert graph.nodes([node_id("a.py", ""), outside("os").id]) == {}
    assert graph.linked("a.py") is None
    assert graph.misses_in(["a.py"]) == {"a.py": []}
    assert graph.unknowns_named(["run"]) == []
