"""What every GraphStore promises, as functions that take a maker of empty stores: run on SQLite and on Neo4j.

@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_conformance(case): case(make_empty_store)
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Iterator

import pytest

from kb.graph.model import (
    Asked,
    Edge,
    EdgeKind,
    LinkedFile,
    Miss,
    Node,
    NodeKind,
    Revision,
    Sure,
    Unknown,
    Want,
    node_id,
)
from kb.graph.store import GraphStore

Make = Callable[[], GraphStore]
ONE, TWO = Revision("tree one", "v1"), Revision("tree two", "v1")
HOSTILE = 'caf\udce9/it\'s "a"\n; DROP TABLE {node}.py'  # a path that is no UTF-8, and all that needs quoting


def node(path: str, qualified: str, line: int = 1, kind: NodeKind = NodeKind.FUNCTION, flags: int = 0) -> Node:
    return Node(node_id(path, qualified), path, qualified, kind, line, line + 1, flags)


def file_node(path: str) -> Node:
    return node(path, "", 1, NodeKind.FILE)


def outside(name: str) -> Node:
    return Node(node_id("", name), "", name, NodeKind.IMPORT, 0, 0)


def edge(
    src: Node, kind: EdgeKind, dst: Node, start: int = 0, shape: str = "", sure: Sure = Sure.LOCAL, flags: int = 0
) -> Edge:
    return Edge(src.id, kind, dst.id, start // 10 + 1, start, sure, shape, flags)


def linked(
    path: str,
    nodes: Iterable[Node] = (),
    edges: Iterable[Edge] = (),
    misses: Iterable[Miss] = (),
    unknowns: Iterable[Unknown] = (),
    asked: Iterable[Asked] = (),
) -> LinkedFile:
    """Return a linked file with its own node, everything in the order that `LinkedFileBuilder.done` gives."""
    return LinkedFile(
        path,
        tuple(sorted({file_node(path), *nodes}, key=lambda n: (n.path, n.line, n.qualified))),
        tuple(sorted(edges, key=lambda e: (e.start, e.kind, e.src, e.dst, e.shape))),
        tuple(sorted(misses, key=lambda m: (m.start, m.want, m.name))),
        tuple(sorted(unknowns, key=lambda u: (u.start, u.name))),
        frozenset(asked),
    )


def small_graph() -> list[tuple[str, LinkedFile]]:
    """Return two files and a hostile third: `b.py` calls into `a.py`, both import `os`."""
    make, cls, method = (
        node("a.py", "make", 3),
        node("a.py", "C", 9, NodeKind.CLASS),
        node("a.py", "C.run", 10, flags=5),
    )
    use, strange = node("b.py", "use", 2), node(HOSTILE, "stränge\n'x'", 4)
    a = linked(
        "a.py",
        [make, cls, method, outside("os")],
        [
            edge(file_node("a.py"), EdgeKind.DEFINES, make, 20),
            edge(file_node("a.py"), EdgeKind.DEFINES, cls, 80),
            edge(cls, EdgeKind.DEFINES, method, 95),
            edge(file_node("a.py"), EdgeKind.IMPORTS, outside("os")),
            edge(make, EdgeKind.CALLS, cls, 30, "0"),
        ],
        [
            Miss(Want.NAME, "gone", "gone.x", "", make.id, 4, 33),
            Miss(Want.NAME, "early", "early", "", make.id, 3, 25, 7),
        ],
        [Unknown("run", "?.run", "type", make.id, 5, 44, True)],
        [Asked("", "os")],
    )
    b = linked(
        "b.py",
        [use, outside("os"), outside("json")],
        [
            edge(file_node("b.py"), EdgeKind.IMPORTS, outside("os")),
            edge(file_node("b.py"), EdgeKind.IMPORTS, outside("json"), 8),
            edge(file_node("b.py"), EdgeKind.IMPORTS, make, 16, sure=Sure.IMPORT),
            edge(use, EdgeKind.CALLS, make, 40, "1,key,*,**", Sure.IMPORT, flags=1 << 32),
            edge(use, EdgeKind.CALLS, make, 60, "2", Sure.IMPORT),
            edge(use, EdgeKind.USES, cls, 70, sure=Sure.REEXPORT),
        ],
        [Miss(Want.MEMBER, "lost", "a.lost", "a.py", use.id, 8, 80)],
        [
            Unknown("run", "x.run", "type", use.id, 9, 90, True),
            Unknown("other", "y.other", "dynamic", use.id, 9, 99),
        ],
        [Asked("", "os"), Asked("", "a"), Asked("a.py", "make"), Asked("a.py", "C"), Asked("a.py", "")],
    )
    c = linked(
        HOSTILE,
        [strange],
        [edge(strange, EdgeKind.CALLS, make, 50, "0,naïve")],
        [Miss(Want.ATTRIBUTE, "x", "self.x", f"{HOSTILE}::C", strange.id, 6, 60)],
        [Unknown("é'", "é'", "dynamic", strange.id, 7, 70)],
        [Asked(HOSTILE, "x"), Asked("", f"{HOSTILE}|./x")],
    )
    return [("blob-a", a), ("blob-b", b), ("blob-c", c)]


def filled(make: Make) -> GraphStore:
    store = make()
    store.replace(small_graph(), (), ONE)
    return store


def an_empty_store_answers_nothing(make: Make) -> None:
    store = make()
    assert store.revision is None
    assert dict(store.files()) == {}
    assert store.nodes([node_id("a.py", "")]) == {}
    assert store.nodes_in("a.py") == []
    assert store.nodes_named("make") == []
    assert store.edges_from([1]) == store.edges_to([1]) == []
    assert store.misses_in(["a.py"]) == {"a.py": []}
    assert store.unknowns_named(["run"]) == []
    assert store.asking([Asked("", "os")]) == set()
    assert store.module_questions() == set()
    assert store.linked("a.py") is None
    assert list(store.dump()) == []


def what_was_put_in_comes_out(make: Make) -> None:
    store = filled(make)
    assert store.revision == ONE
    assert dict(store.files()) == {one.path: blob for blob, one in small_graph()}
    for _, one in small_graph():
        assert store.linked(one.path) == one


def nodes_are_found_by_id(make: Make) -> None:
    store = filled(make)
    make_node = node("a.py", "make", 3)
    assert store.nodes([make_node.id, 12345, make_node.id]) == {make_node.id: make_node}
    assert store.nodes([outside("os").id]) == {outside("os").id: outside("os")}
    assert store.nodes([]) == {}
    many = store.nodes([make_node.id, *range(5_000)])
    assert many == {make_node.id: make_node}


def nodes_of_a_file_are_in_order_of_place_without_those_outside(make: Make) -> None:
    store = filled(make)
    assert [(n.qualified, n.line) for n in store.nodes_in("a.py")] == [("", 1), ("make", 3), ("C", 9), ("C.run", 10)]
    assert [n.qualified for n in store.nodes_in(HOSTILE)] == ["", "stränge\n'x'"]
    assert store.nodes_in("a") == []


def nodes_are_found_by_the_end_of_their_name(make: Make) -> None:
    store = filled(make)
    assert [n.qualified for n in store.nodes_named("run")] == ["C.run"]
    assert [n.qualified for n in store.nodes_named("C.run")] == ["C.run"]
    assert [n.qualified for n in store.nodes_named("os")] == ["os"]
    assert [n.path for n in store.nodes_named("b.py")] == ["b.py"]
    assert [n.path for n in store.nodes_named(HOSTILE)] == [HOSTILE]
    for nothing in ("un", "D.run", "b", "py", "", "a.C"):
        assert store.nodes_named(nothing) == [], nothing
    more = make()
    more.replace([(p, linked(p, [node(p, f"{n}.same", 2) for n in "xy"])) for p in ("q.py", "p.py")], (), ONE)
    assert [(n.path, n.qualified) for n in more.nodes_named("same")] == [
        ("p.py", "x.same"),
        ("p.py", "y.same"),
        ("q.py", "x.same"),
        ("q.py", "y.same"),
    ]
    assert more.nodes_named("same", 3) == more.nodes_named("same")[:3]


def edges_are_found_from_both_ends(make: Make) -> None:
    store = filled(make)
    use, made, cls = (node_id("b.py", "use"), node_id("a.py", "make"), node_id("a.py", "C"))
    assert {e.start for e in store.edges_from([use])} == {40, 60, 70}
    assert {e.start for e in store.edges_from([use], [EdgeKind.CALLS])} == {40, 60}
    assert {(e.src, e.start) for e in store.edges_from([use, made], [EdgeKind.CALLS])} == {
        (use, 40),
        (use, 60),
        (made, 30),
    }
    assert {e.start for e in store.edges_to([made], [EdgeKind.CALLS])} == {40, 50, 60}
    assert {e.start for e in store.edges_to([cls], (EdgeKind.USES, EdgeKind.CALLS))} == {30, 70}
    assert store.edges_to([made], [EdgeKind.OVERRIDES]) == []
    assert store.edges_from([]) == store.edges_to([]) == []
    full = next(e for e in store.edges_from([use]) if e.start == 40)
    assert full == Edge(use, EdgeKind.CALLS, made, 5, 40, Sure.IMPORT, "1,key,*,**", 1 << 32)


def edges_can_be_limited_and_come_in_a_fixed_order(make: Make) -> None:
    store = filled(make)
    ids = [node_id("b.py", "use"), node_id("a.py", "make"), node_id("a.py", "C"), node_id("b.py", "")]
    for ask in (store.edges_from, store.edges_to):
        everything = ask(ids)
        assert everything == ask(list(reversed(ids)))
        for limit in range(1, len(everything) + 2):
            some = ask(ids, (), limit)
            assert len(some) == min(limit, len(everything))
            assert set(some) <= set(everything)
            assert some == ask(ids, (), limit)


def many_ids_may_be_asked_at_once(make: Make) -> None:
    store = make()
    callers = [node("many.py", f"f{number}", number + 2) for number in range(1500)]
    target = node("many.py", "target", 2000)
    calls = [edge(caller, EdgeKind.CALLS, target, 10 * number) for number, caller in enumerate(callers)]
    store.replace([("blob", linked("many.py", [*callers, target], calls))], (), ONE)
    assert len(store.edges_to([target.id])) == 1500
    assert len(store.edges_from([caller.id for caller in callers])) == 1500
    assert len(store.edges_from([caller.id for caller in callers], [EdgeKind.CALLS], 700)) == 700
    assert len(store.nodes([caller.id for caller in callers])) == 1500


def misses_are_in_order_of_place(make: Make) -> None:
    store = filled(make)
    found = store.misses_in(["b.py", "a.py", "nowhere.py", HOSTILE])
    assert {path: [miss.name for miss in misses] for path, misses in found.items()} == {
        "a.py": ["early", "gone"],
        "b.py": ["lost"],
        "nowhere.py": [],
        HOSTILE: ["x"],
    }
    assert found["a.py"][0] == Miss(Want.NAME, "early", "early", "", node_id("a.py", "make"), 3, 25, 7)
    assert found[HOSTILE][0].inside == f"{HOSTILE}::C"
    assert store.misses_in([]) == {}


def unresolved_references_are_found_by_name(make: Make) -> None:
    store = filled(make)
    assert [(path, row.start) for path, row in store.unknowns_named(["run"])] == [("a.py", 44), ("b.py", 90)]
    assert [(path, row.start) for path, row in store.unknowns_named(["other", "run"])] == [
        ("a.py", 44),
        ("b.py", 90),
        ("b.py", 99),
    ]
    assert len(store.unknowns_named(["other", "run"], 2)) == 2
    assert store.unknowns_named(["é'"])[0] == (
        HOSTILE,
        Unknown("é'", "é'", "dynamic", node_id(HOSTILE, "stränge\n'x'"), 7, 70),
    )
    assert store.unknowns_named(["un"]) == store.unknowns_named([]) == []


def who_asked_is_known(make: Make) -> None:
    store = filled(make)
    assert store.asking([Asked("", "os")]) == {"a.py", "b.py"}
    assert store.asking([Asked("a.py", "make")]) == {"b.py"}
    assert store.asking([Asked("a.py", "C"), Asked(HOSTILE, "x")]) == {"b.py", HOSTILE}
    assert store.asking([Asked("a.py", "other"), Asked("os", ""), Asked("a.py", "*")]) == set()
    assert store.asking([]) == set()
    assert store.asking([Asked("a.py", str(number)) for number in range(3000)] + [Asked("a.py", "make")]) == {"b.py"}
    assert store.module_questions() == {"os", "a", f"{HOSTILE}|./x"}


def replacing_a_file_leaves_nothing_of_it(make: Make) -> None:
    store = filled(make)
    new = linked("a.py", [node("a.py", "other", 2)], [edge(file_node("a.py"), EdgeKind.DEFINES, node("a.py", "other"))])
    store.replace([("blob-2", new)], (), TWO)
    assert store.revision == TWO
    assert store.files()["a.py"] == "blob-2"
    assert store.linked("a.py") == new
    assert store.nodes_named("make") == store.nodes_named("run") == []
    assert store.misses_in(["a.py"]) == {"a.py": []}
    assert [path for path, _ in store.unknowns_named(["run"])] == ["b.py"]
    assert store.asking([Asked("", "os")]) == {"b.py"}
    # who refers to what was there does so until it is linked again
    assert {e.src for e in store.edges_to([node_id("a.py", "make")])} == {
        node_id("b.py", ""),
        node_id("b.py", "use"),
        node_id(HOSTILE, "stränge\n'x'"),
    }


def a_file_that_is_gone_leaves_nothing(make: Make) -> None:
    store = filled(make)
    store.replace([], ["b.py", HOSTILE, "never-there.py"], TWO)
    alone = make()
    alone.replace(small_graph()[:1], (), TWO)
    assert list(store.dump()) == list(alone.dump())
    assert store.linked("b.py") is None
    assert store.module_questions() == {"os"}
    assert store.asking([Asked("a.py", "make")]) == set()
    assert store.edges_to([node_id("a.py", "make")], [EdgeKind.CALLS]) == []


def a_module_outside_stays_while_anybody_names_it(make: Make) -> None:
    store = filled(make)
    store.replace([], ["a.py"], TWO)
    assert store.nodes([outside("os").id, outside("json").id]).keys() == {outside("os").id, outside("json").id}
    store.replace([("blob-b2", linked("b.py", [outside("json")]))], (), TWO)
    assert store.nodes([outside("os").id, outside("json").id]).keys() == {outside("json").id}
    assert store.nodes_named("os") == []


def a_replacement_that_fails_changes_nothing(make: Make) -> None:
    store = filled(make)
    before = list(store.dump())

    def broken() -> Iterator[tuple[str, LinkedFile]]:
        yield "blob-x", linked("a.py", [node("a.py", "half", 2)])
        raise ValueError("in the middle")

    with pytest.raises(ValueError, match="in the middle"):
        store.replace(broken(), ["b.py"], TWO)
    assert store.revision == ONE
    assert list(store.dump()) == before
    assert store.nodes_named("half") == []


def the_order_of_files_does_not_matter(make: Make) -> None:
    store, other = filled(make), make()
    for one in reversed(small_graph()):
        other.replace([one], (), ONE)
    assert list(store.dump()) == list(other.dump()) == sorted(store.dump())
    assert sum(line.startswith('["node"') and '"os"' in line for line in store.dump()) == 1


def clearing_drops_everything(make: Make) -> None:
    store = filled(make)
    store.clear()
    an_empty_store_answers_nothing(lambda: store)
    store.replace(small_graph(), (), ONE)
    assert list(store.dump()) == list(filled(make).dump())


def threads_may_read_at_once(make: Make) -> None:
    store = filled(make)
    wrong: list[object] = []

    def read() -> None:
        for _ in range(10):
            if len(store.edges_to([node_id("a.py", "make")], [EdgeKind.CALLS])) != 3 or not store.nodes_in("b.py"):
                wrong.append(1)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def any_replacements_equal_a_clean_build(make: Make) -> None:
    choose = random.Random(7)
    state: dict[str, tuple[str, LinkedFile]] = {}
    store = make()
    for step in range(12):
        paths = choose.sample([f"{letter}.py" for letter in "abcdefg"], choose.randint(1, 4))
        gone = choose.sample(sorted(state), min(len(state), choose.randint(0, 2)))
        new = [(f"blob{step}", random_file(choose, path)) for path in paths]
        store.replace(new, gone, Revision(f"tree{step}", "v1"))
        state = {path: one for path, one in state.items() if path not in gone}
        state.update((one.path, (blob, one)) for blob, one in new)
        clean = make()
        clean.replace(state.values(), (), Revision(f"tree{step}", "v1"))
        assert list(store.dump()) == list(clean.dump())
        assert {path: store.linked(path) for path in state} == {path: one for path, (_, one) in state.items()}


def random_file(choose: random.Random, path: str) -> LinkedFile:
    nodes = [node(path, f"f{number}", number + 2) for number in range(choose.randint(0, 4))]
    targets = [*nodes, node("a.py", "f0"), node("b.py", "f1"), outside("os")]
    edges = {
        edge(choose.choice([file_node(path), *nodes]), choose.choice(list(EdgeKind)), choose.choice(targets), start)
        for start in range(choose.randint(0, 8))
    }
    names = [outside(name) for name in ("os", "sys") if choose.random() < 0.5]
    unknowns = [
        Unknown(choose.choice("xyz"), "?.x", "type", file_node(path).id, 1, n) for n in range(choose.randint(0, 3))
    ]
    asked = [Asked(choose.choice(["", "a.py"]), choose.choice("pqr")) for _ in range(choose.randint(0, 3))]
    return linked(path, [*nodes, *names], edges, (), unknowns, asked)


CASES: tuple[Callable[[Make], None], ...] = (
    an_empty_store_answers_nothing,
    what_was_put_in_comes_out,
    nodes_are_found_by_id,
    nodes_of_a_file_are_in_order_of_place_without_those_outside,
    nodes_are_found_by_the_end_of_their_name,
    edges_are_found_from_both_ends,
    edges_can_be_limited_and_come_in_a_fixed_order,
    many_ids_may_be_asked_at_once,
    misses_are_in_order_of_place,
    unresolved_references_are_found_by_name,
    who_asked_is_known,
    replacing_a_file_leaves_nothing_of_it,
    a_file_that_is_gone_leaves_nothing,
    a_module_outside_stays_while_anybody_names_it,
    a_replacement_that_fails_changes_nothing,
    the_order_of_files_does_not_matter,
    clearing_drops_everything,
    threads_may_read_at_once,
    any_replacements_equal_a_clean_build,
)
