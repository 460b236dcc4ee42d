"""Questions to a graph: small graphs by hand, random ones against the plainest way to the same answer."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.facts.model import Flag
from kb.graph.model import Edge, EdgeKind, LinkedFile, Node, NodeKind, Revision, Sure, Unknown, node_id
from kb.graph.queries import Route, walk
from kb.graph.queries_calls import callers, unresolved_calls
from kb.graph.queries_classes import ancestors, descendants
from kb.graph.queries_cycles import cycles
from kb.graph.queries_find import address, find, is_test_path, nearest
from kb.graph.queries_impact import impact, is_test, neighbourhood
from kb.graph.queries_imports import import_path, importers, imports_between
from kb.graph.store import GraphStore
from kb.graph.store_sqlite_open import open_store
from tests.kb.graph_conformance import edge, file_node, linked, node, outside

CALLS, IMPORTS, INHERITS, DEFINES = EdgeKind.CALLS, EdgeKind.IMPORTS, EdgeKind.INHERITS, EdgeKind.DEFINES
LATER = Flag.DEFERRED.value
ONE = Revision("tree", "v")


@contextmanager
def graph_of(*files: LinkedFile) -> Iterator[GraphStore]:
    with closing(open_store(None).store) as store:
        store.replace([(f"blob {file.path}", file) for file in files], (), ONE)
        yield store


def defines(*nodes: Node) -> list[Edge]:
    """Return the edges from what each of the nodes lies in."""
    by_name = {(one.path, one.qualified): one for one in nodes}
    owner = [by_name.get((n.path, n.qualified.rpartition(".")[0]), file_node(n.path)) for n in nodes]
    return [edge(above, DEFINES, one, one.line) for above, one in zip(owner, nodes, strict=True)]


def cls(path: str, qualified: str, line: int = 1) -> Node:
    return node(path, qualified, line, NodeKind.CLASS)


BASE, BASE_INIT = cls("app/models.py", "Base", 2), node("app/models.py", "Base.__init__", 3)
SAVE = node("app/models.py", "Base.save", 5)
USER, USER_SAVE = cls("app/models.py", "User", 9), node("app/models.py", "User.save", 10)
MAKE = node("app/models.py", "make", 14)
SHOW, INNER = node("app/views.py", "show", 4), node("app/views.py", "show.inner", 5)
TEST = node("tests/test_views.py", "test_show", 3, flags=Flag.TEST.value)
MODELS, VIEWS, PACKAGE, TESTS = map(file_node, ("app/models.py", "app/views.py", "app/__init__.py", TEST.path))


@pytest.fixture
def app() -> Iterator[GraphStore]:
    """Yield a small application with a test: models, views that use them, a package that hands them on."""
    models = [BASE, BASE_INIT, SAVE, USER, USER_SAVE, MAKE]
    models_edges = [
        *defines(*models),
        edge(USER, INHERITS, BASE, 90),
        edge(USER_SAVE, EdgeKind.OVERRIDES, SAVE, 100),
        edge(USER_SAVE, CALLS, SAVE, 110, "0", Sure.MRO),
        edge(MAKE, CALLS, USER, 150, "1,name"),
    ]
    views_edges = [
        *defines(SHOW, INNER),
        edge(VIEWS, IMPORTS, MODELS, 0),
        edge(VIEWS, IMPORTS, MAKE, 0),
        edge(VIEWS, IMPORTS, outside("json"), 5),
        edge(INNER, CALLS, MAKE, 50, "0,*,**", Sure.IMPORT),
    ]
    package_edges = [edge(PACKAGE, IMPORTS, MODELS, 0), edge(PACKAGE, IMPORTS, USER, 0, sure=Sure.IMPORT)]
    test_edges = [*defines(TEST), edge(TESTS, IMPORTS, VIEWS, 0), edge(TESTS, IMPORTS, SHOW, 0)]
    test_edges.append(edge(TEST, CALLS, SHOW, 40))
    unknowns = [
        Unknown("make", "thing.make", "dynamic", TEST.id, 5, 50, True),
        Unknown("make", "thing.make", "dynamic", TEST.id, 6, 60),
        Unknown("make", "factory.make", "external", TEST.id, 7, 70, True),
        Unknown("make", "make", "external", TEST.id, 8, 80, True),
    ]
    with graph_of(
        linked("app/models.py", models, models_edges),
        linked("app/views.py", [SHOW, INNER, outside("json")], views_edges),
        linked("app/__init__.py", [], package_edges),
        linked(TEST.path, [TEST], test_edges, unknowns=unknowns),
    ) as store:
        yield store


# finding


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("app/models.py::User.save", [USER_SAVE]),
        ("app/models.py", [MODELS]),
        ("app/models.py::", [MODELS]),
        ("app.models", [MODELS]),
        ("models", [MODELS]),
        ("app", [PACKAGE]),
        ("app.models.User.save", [USER_SAVE]),
        ("models.make", [MAKE]),
        ("app.User", [USER]),
        ("app.User.save", [USER_SAVE]),
        ("app.make", []),
        ("User.save", [USER_SAVE]),
        ("User::save", [USER_SAVE]),
        ("models::User::save", [USER_SAVE]),
        ("make", [MAKE]),
        ("save", [SAVE, USER_SAVE]),
        ("json", [outside("json")]),
        ("views.py", [VIEWS]),
        ("nothing", []),
        ("app/models.py::nothing", []),
        ("", []),
        ("::", []),
        (".", []),
        ("..", []),
        ("a" * 10_000, []),
        ("\udce9::x", []),
    ],
)
def test_a_symbol_is_found_by_what_people_type(app: GraphStore, text: str, found: list[Node]) -> None:
    assert find(app, text) == found
    if len(found) == 1:
        assert find(app, address(found[0])) == found


def test_what_stands_in_tests_is_meant_only_where_nothing_else_is_called_so() -> None:
    real, double = node("app/a.py", "run"), node("tests/test_a.py", "run")
    nested = node("app/b.py", "C.run")
    with graph_of(
        linked("app/a.py", [real]), linked("tests/test_a.py", [double]), linked("app/b.py", [nested])
    ) as graph:
        assert find(graph, "run") == [real]
    with graph_of(linked("tests/test_a.py", [double])) as graph:
        assert find(graph, "run") == [double]
    built = node("dist/a.js", "run")
    with graph_of(linked("dist/a.js", [built]), linked("app/a.py", [real])) as graph:
        assert find(graph, "run") == [real]


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("mak", "app/models.py::make"),
        ("user", "app/models.py::User"),
        ("app/models.py::usr", "app/models.py::User"),
        ("app/model.py", "app/models.py"),
        ("app/modles.py::User", "app/models.py::User"),
    ],
)
def test_what_is_nearly_called_so_is_offered(app: GraphStore, text: str, near: str) -> None:
    assert near in nearest(app, text)


def test_nothing_is_offered_for_what_looks_like_nothing(app: GraphStore) -> None:
    assert nearest(app, "qqqqqq") == []


@pytest.mark.parametrize(
    ("path", "is_it"),
    [
        ("tests/a.py", True),
        ("a/__tests__/b.ts", True),
        ("a.spec.ts", True),
        ("pkg/test_a.py", True),
        ("pkg/a_test.go", True),
        ("conftest.py", True),
        ("packages/dts-test/a.test-d.tsx", True),
        ("dts-test/a.ts", True),
        ("src/contest.py", False),
        ("src/latest.py", False),
    ],
)
def test_paths_of_tests_are_known(path: str, is_it: bool) -> None:
    assert is_test_path(path) is is_it


# calls


def test_callers_come_with_arguments_and_what_is_not_known(app: GraphStore) -> None:
    found = callers(app, MAKE)
    [site] = found.sites
    assert (site.caller, site.line, site.sure, site.depth) == (INNER, 6, Sure.IMPORT, 1)
    assert (site.shape.positional, site.shape.star, site.shape.double_star) == (0, True, True)
    assert [(path, unknown.line) for path, unknown in found.unresolved] == [(TEST.path, 5), (TEST.path, 8)]
    assert not found.truncated


def test_callers_of_callers_are_deeper(app: GraphStore) -> None:
    assert [(s.caller, s.callee, s.depth) for s in callers(app, USER, depth=9).sites] == [
        (MAKE, USER, 1),
        (INNER, MAKE, 2),
    ]


def test_a_constructor_is_called_by_making_its_class_or_an_heir(app: GraphStore) -> None:
    assert [site.caller for site in callers(app, BASE_INIT).sites] == [MAKE]


def test_a_call_of_a_method_may_run_what_overrides_it(app: GraphStore) -> None:
    caller = node("app/run.py", "go")
    app.replace([("blob", linked("app/run.py", [caller], [edge(caller, CALLS, SAVE, 20, "0")]))], (), ONE)
    found = callers(app, USER_SAVE)
    assert found.sites == ()
    assert [(site.caller, site.callee) for site in found.dispatched] == [(caller, SAVE)]  # not its own super() call
    assert callers(app, SAVE).dispatched == ()
    assert [step.node for step in impact(app, USER_SAVE).walk.steps] == [caller]


def test_a_call_in_a_circle_ends() -> None:
    one, other = node("a.py", "one"), node("a.py", "other", 2)
    with graph_of(linked("a.py", [one, other], [edge(one, CALLS, other, 1), edge(other, CALLS, one, 2)])) as graph:
        assert [site.depth for site in callers(graph, one, depth=10).sites] == [1, 2]


def test_many_callers_are_cut_and_said_to_be(app: GraphStore) -> None:
    target, many = node("a.py", "f"), [node("b.py", f"g{number}", number + 1) for number in range(9)]
    calls = [edge(one, CALLS, target, one.line) for one in many]
    with graph_of(linked("a.py", [target]), linked("b.py", many, calls)) as graph:
        found = callers(graph, target, cap=4)
        assert len(found.sites) == 4
        assert found.truncated
        assert not callers(graph, target, cap=9).truncated


def test_a_name_that_only_others_have_has_no_unresolved_calls(app: GraphStore) -> None:
    assert unresolved_calls(app, [SHOW]) == ((), False)
    assert unresolved_calls(app, [MODELS, BASE_INIT]) == ((), False)


# classes


def test_families_go_up_and_down() -> None:
    #  A <- B, A <- C, B <- D, C <- D, D <- E
    a, b, c, d, e = (cls("a.py", name, line) for line, name in enumerate("ABCDE", 1))
    edges = [edge(low, INHERITS, high, at) for at, (low, high) in enumerate([(b, a), (c, a), (d, b), (d, c), (e, d)])]
    with graph_of(linked("a.py", [a, b, c, d, e], edges)) as graph:
        up = ancestors(graph, e)
        assert [(kin.node, kin.depth, kin.order) for kin in up.kin] == [(d, 1, 1), (b, 2, 2), (c, 2, 3), (a, 3, 4)]
        assert up.kin[3].path == (d, b, a)
        assert up.kin[3].via.src == b.id
        assert [kin.node for kin in descendants(graph, a).kin] == [b, c, d, e]
        assert [kin.node for kin in descendants(graph, a, depth=1).kin] == [b, c]
        assert descendants(graph, a, cap=2).truncated


def test_a_class_that_inherits_from_itself_ends() -> None:
    a, b = cls("a.py", "A"), cls("a.py", "B", 2)
    with graph_of(linked("a.py", [a, b], [edge(a, INHERITS, b), edge(b, INHERITS, a, 9)])) as graph:
        assert [kin.node for kin in ancestors(graph, a).kin] == [b]


# imports


def test_importers_name_what_is_imported(app: GraphStore) -> None:
    assert [(one.path, one.what) for one in importers(app, MODELS).found] == [(PACKAGE.path, USER), (VIEWS.path, MAKE)]
    assert [one.path for one in importers(app, USER).found] == [PACKAGE.path]
    assert [one.path for one in importers(app, USER_SAVE).found] == [PACKAGE.path]
    assert [one.path for one in importers(app, outside("json")).found] == [VIEWS.path]
    deep = importers(app, MODELS, depth=2).found
    assert [(one.path, one.depth) for one in deep] == [(PACKAGE.path, 1), (VIEWS.path, 1), (TEST.path, 2)]
    assert importers(app, MODELS, cap=1).truncated


def test_only_imports_that_run_at_load_close_a_cycle() -> None:
    a, b, f = file_node("a.py"), file_node("b.py"), node("b.py", "f")
    for flags in (LATER, Flag.TYPING.value, Flag.MAIN.value):
        back = edge(b, IMPORTS, a, 7, flags=flags)
        with graph_of(linked("a.py", (), [edge(a, IMPORTS, b)]), linked("b.py", [f], [back])) as graph:
            assert cycles(graph).found == ()
    back = edge(b, IMPORTS, a, 7, flags=Flag.CONDITIONAL.value)
    with graph_of(linked("a.py", (), [edge(a, IMPORTS, b)]), linked("b.py", [f], [back])) as graph:
        [cycle] = cycles(graph).found
        assert cycle.files == ("a.py", "b.py")
        assert [(link.path, link.target) for link in cycle.shortest] == [("a.py", "b.py"), ("b.py", "a.py")]


def test_imports_that_only_give_names_close_no_cycle() -> None:
    a, b = file_node("A.java"), file_node("B.java")
    with graph_of(linked("A.java", (), [edge(a, IMPORTS, b)]), linked("B.java", (), [edge(b, IMPORTS, a)])) as graph:
        assert cycles(graph).found == ()


def test_a_package_on_the_way_to_a_module_closes_no_cycle() -> None:
    package, one, two = map(file_node, ("p/__init__.py", "p/one.py", "p/two.py"))
    through = [edge(one, IMPORTS, package, 3), edge(one, IMPORTS, two, 3)]
    files = [linked("p/__init__.py", (), [edge(package, IMPORTS, one)]), linked("p/one.py", (), through)]
    with graph_of(*files, linked("p/two.py")) as graph:
        assert cycles(graph).found == ()
        assert set(imports_between(graph, graph.files())["p/one.py"]) == {"p/two.py"}


def test_a_name_that_is_handed_on_is_loaded_from_where_it_is_asked_for() -> None:
    user, package, home = file_node("user.py"), file_node("p/__init__.py"), node("p/home.py", "f")
    asks = [edge(user, IMPORTS, package, 3), edge(user, IMPORTS, home, 3, sure=Sure.REEXPORT)]
    with graph_of(linked("user.py", (), asks), linked("p/__init__.py"), linked("p/home.py", [home])) as graph:
        assert set(imports_between(graph, graph.files())["user.py"]) == {"p/__init__.py"}


def test_the_shortest_import_path_prefers_what_runs_at_load() -> None:
    files = {name: file_node(f"{name}.py") for name in "abcd"}
    f = node("a.py", "f", 2)
    slow = [edge(files["a"], IMPORTS, files["b"]), edge(files["b"], IMPORTS, files["d"])]
    quick = edge(f, IMPORTS, files["d"], 50, flags=LATER)
    with graph_of(
        linked("a.py", [f], [slow[0], quick]), linked("b.py", (), slow[1:]), linked("c.py"), linked("d.py")
    ) as graph:
        found = import_path(graph, "a.py", "d.py")
        assert [link.target for link in found.links] == ["b.py", "d.py"]
        assert found.at_load
        assert import_path(graph, "a.py", "c.py").links == ()
    with graph_of(linked("a.py", [f], [quick]), linked("d.py")) as graph:
        found = import_path(graph, "a.py", "d.py")
        assert [link.target for link in found.links] == ["d.py"]
        assert not found.at_load


# impact


def test_impact_reaches_importers_callers_of_callers_and_tests(app: GraphStore) -> None:
    found = impact(app, MAKE)
    assert {step.node: step.depth for step in found.walk.steps} == {INNER: 1, VIEWS: 1, SHOW: 2}
    assert [step.node for step in found.walk.way(SHOW.id)] == [INNER, SHOW]
    assert found.files == (VIEWS.path,)
    assert found.tests == (TEST.path,)
    assert len(found.unresolved) == 2
    assert is_test(TEST)
    assert not is_test(SHOW)


def test_impact_of_a_test_is_on_tests() -> None:
    helper, test = node("tests/a.py", "helper"), node("tests/b.py", "test_f")
    with graph_of(
        linked("tests/a.py", [helper]), linked("tests/b.py", [test], [edge(test, CALLS, helper, 9)])
    ) as graph:
        assert [step.node for step in impact(graph, helper).walk.steps] == [test]


def test_impact_of_a_class_includes_its_members_and_heirs(app: GraphStore) -> None:
    reached = {step.node: step.depth for step in impact(app, BASE, depth=2).walk.steps}
    assert reached == {USER: 1, USER_SAVE: 1, MAKE: 2}


def test_impact_of_a_file_goes_on_to_the_files_that_load_its_importers(app: GraphStore) -> None:
    reached = {step.node: step.depth for step in impact(app, MODELS).walk.steps}
    assert reached[VIEWS] == reached[PACKAGE] == reached[INNER] == 1
    assert impact(app, MODELS).tests == (TEST.path,)


def test_impact_of_a_constructor_reaches_who_makes_the_class_but_not_who_names_it(app: GraphStore) -> None:
    reached = {step.node: step.depth for step in impact(app, BASE_INIT, depth=3).walk.steps}
    assert reached == {BASE: 1, USER: 2, MAKE: 3}


def test_impact_is_cut_and_said_to_be(app: GraphStore) -> None:
    found = impact(app, MAKE, cap=2)
    assert len(found.walk.steps) == 2
    assert found.truncated


def test_tests_do_not_fill_an_impact() -> None:
    f, test, other = node("a.py", "f"), node("tests/a.py", "test_f"), node("z.py", "g")
    calls = [linked(one.path, [one], [edge(one, CALLS, f, 9)]) for one in (test, other)]
    with graph_of(linked("a.py", [f]), *calls) as graph:
        found = impact(graph, f, cap=1)
        assert [step.node for step in found.walk.steps] == [other]
        assert found.tests == ("tests/a.py",)
        assert not found.truncated


def test_what_lies_around(app: GraphStore) -> None:
    found = neighbourhood(app, MAKE)
    assert {near.node: near.depth for near in found.nodes} == {MAKE: 0, USER: 1, INNER: 1, VIEWS: 1, MODELS: 1}
    assert {e.kind for e in found.edges} == {CALLS, IMPORTS, DEFINES}
    assert neighbourhood(app, MAKE, cap=2).truncated
    assert len(neighbourhood(app, MAKE, depth=10).nodes) == 14


# laws


@st.composite
def edges_among(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]]]:
    size = draw(st.integers(1, 8))
    ends = st.integers(0, size - 1)
    return size, draw(st.lists(st.tuples(ends, ends), max_size=20, unique=True))


def import_graph(size: int, pairs: Iterable[tuple[int, int]]) -> list[LinkedFile]:
    nodes = [file_node(f"f{number}.py") for number in range(size)]
    return [
        linked(one.path, (), [edge(one, IMPORTS, nodes[b], b * 10) for a, b in pairs if nodes[a] is one])
        for one in nodes
    ]


def distances(size: int, pairs: list[tuple[int, int]], start: int) -> dict[int, int]:
    found, waiting = {start: 0}, deque([start])
    while waiting:
        here = waiting.popleft()
        for a, b in pairs:
            if a == here and b not in found:
                found[b] = found[here] + 1
                waiting.append(b)
    return found


@given(edges_among(), st.integers(1, 4), st.integers(1, 8))
def test_a_walk_goes_the_shortest_way_and_says_what_it_leaves_out(
    shape: tuple[int, list[tuple[int, int]]], depth: int, cap: int
) -> None:
    size, pairs = shape
    wanted = {b: far for b, far in distances(size, pairs, 0).items() if 0 < far <= depth}
    with graph_of(*import_graph(size, pairs)) as graph:
        start = file_node("f0.py")
        found = walk(graph, [start], Route((IMPORTS,)), depth=depth, cap=cap)
        reached = {step.node.path: step.depth for step in found.steps}
        assert reached.items() <= {f"f{b}.py": far for b, far in wanted.items()}.items()
        assert len(reached) == len(found.steps) == min(cap, len(wanted))
        assert found.truncated is (len(wanted) > cap)
        for step in found.steps:
            way = found.way(step.node.id)
            assert [one.depth for one in way] == list(range(1, step.depth + 1))
            assert way[0].parent == start.id
            assert [one.node.id for one in way[:-1]] == [one.parent for one in way[1:]]


@given(edges_among())
def test_cycles_are_the_files_that_reach_one_another(shape: tuple[int, list[tuple[int, int]]]) -> None:
    size, pairs = shape
    far = [distances(size, pairs, number) for number in range(size)]
    groups = {tuple(sorted(f"f{b}.py" for b in range(size) if b in far[a] and a in far[b])) for a in range(size)}
    with graph_of(*import_graph(size, pairs)) as graph:
        found = cycles(graph).found
    assert {cycle.files for cycle in found} == {group for group in groups if len(group) > 1}
    for cycle in found:
        ends = [(link.path, link.target) for link in cycle.shortest]
        assert [b for _, b in ends] == [a for a, _ in ends[1:]] + [ends[0][0]]
        numbers = [int(path[1:-3]) for path in cycle.files]
        lengths = [far[b][a] + 1 for a in numbers for b in numbers if (a, b) in pairs and a != b]
        assert len(ends) == min(lengths)


@given(edges_among())
def test_an_import_path_is_a_shortest_one(shape: tuple[int, list[tuple[int, int]]]) -> None:
    size, pairs = shape
    far = distances(size, pairs, 0)
    with graph_of(*import_graph(size, pairs)) as graph:
        for number in range(1, size):
            found = import_path(graph, "f0.py", f"f{number}.py").links
            assert len(found) == far.get(number, 0)


@given(edges_among(), st.integers(1, 3))
def test_a_neighbourhood_holds_what_is_near_either_way(shape: tuple[int, list[tuple[int, int]]], depth: int) -> None:
    size, pairs = shape
    both = [*pairs, *((b, a) for a, b in pairs)]
    wanted = {f"f{b}.py": far for b, far in distances(size, both, 0).items() if far <= depth}
    with graph_of(*import_graph(size, pairs)) as graph:
        found = neighbourhood(graph, file_node("f0.py"), depth=depth)
    assert {near.node.path: near.depth for near in found.nodes} == wanted
    inside = {node_id(path, "") for path in wanted}
    assert {(e.src, e.dst) for e in found.edges} == {
        (node_id(f"f{a}.py", ""), node_id(f"f{b}.py", ""))
        for a, b in pairs
        if {node_id(f"f{a}.py", ""), node_id(f"f{b}.py", "")} <= inside
    }
