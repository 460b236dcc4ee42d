"""What makes a link in the other languages honest: what shadows, what is ambiguous, what is only approximate."""

from __future__ import annotations

import pytest

from kb.graph.model import Asked, EdgeKind, Sure, Want
from kb.graph.other import OtherLinker
from tests.kb.other_trees import edges, linked, tree, unknown
from tests.kb.trees_in_memory import MemoryTree


def test_a_local_variable_hides_a_function() -> None:
    files = tree("== go.mod\nmodule m\n== a.go\npackage a\nfunc F() {}\nfunc G(F func()) { F() }\n")
    assert edges(files, "a.go") == []
    assert unknown(files, "a.go") == {"F"}


def test_a_name_that_is_defined_twice_in_a_package_is_ambiguous() -> None:
    text = "== a.go\npackage a\nfunc G() { F() }\n== b_linux.go\npackage a\nfunc F() {}\n"
    assert edges(tree(text), "a.go") == ["calls G -> b_linux.go:F"]
    found = linked(tree(text + "== b_windows.go\npackage a\nfunc F() {}\n"))["a.go"]
    assert [(one.chain, one.reason) for one in found.unknowns] == [("F", "ambiguous")]


def test_an_overload_is_chosen_by_the_number_of_arguments() -> None:
    files = tree(
        "== A.java\nclass A extends B { void f(int a) {} void g() { f(1); f(1, 2); f(); } }\n"
        "== B.java\nclass B { void f(int a, int b) {} }\n"
    )
    assert edges(files, "A.java")[1:] == ["calls A.g -> A.java:A.f"]
    assert unknown(files, "A.java") == {"f"}


def test_a_class_with_a_base_outside_may_have_inherited_a_function() -> None:
    files = tree("== A.java\nclass A extends Outside { void f() { g(); } class In { void h() { f(); } } }\n")
    assert edges(files, "A.java") == ["calls A.In.h -> A.java:A.f"]
    assert unknown(files, "A.java") == {"g"}


def test_types_that_refer_to_each_other_end() -> None:
    files = tree(
        "== a.c\ntypedef struct s s;\ntypedef t u;\ntypedef u t;\nvoid f(t *x, s *y) { x->go(); y->go(); }\n"
        "== a.rs\npub use self::b::*;\npub use self::b::c;\n"
        "mod b { pub use super::*; pub use super::c; }\nfn f() { c(); }\n"
        "== A.java\nclass A extends B { void f() { super.g(); } }\nclass B extends A { void f() { x.y.z(); } }\n"
    )
    for one in linked(files).values():
        assert not [edge for edge in one.edges if edge.kind is EdgeKind.CALLS]


def test_a_static_function_of_another_c_file_is_not_reached() -> None:
    files = tree(
        '== a.h\nvoid f(void);\n== a.c\n#include "a.h"\nvoid g(void) { f(); }\n== b.c\nstatic void f(void) {}\n'
    )
    assert edges(files, "a.c")[1:] == ["calls g -> a.h:f"]


def test_what_patterns_read_gives_approximate_edges_and_no_misses() -> None:
    big = "// filler\n" * 510_000
    files = {"a.go": "package a\nfunc G() { F() }\n", "b.go": "package a\nfunc F() {}\n" + big}
    found = linked(files)["a.go"]
    assert [(edge.kind, edge.sure) for edge in found.edges if edge.kind is EdgeKind.CALLS] == [
        (EdgeKind.CALLS, Sure.APPROXIMATE)
    ]


def test_a_zig_file_that_is_not_there_is_missing() -> None:
    files = tree(
        '== in/a.zig\nconst b = @import("b.zig");\nconst c = @import("../../c.zig");\nconst d = @import("d");\n'
    )
    found = linked(files)["in/a.zig"]
    assert [(miss.want, miss.name, miss.chain) for miss in found.misses] == [(Want.MODULE, "in/b.zig", "b.zig")]
    broken = tree('== a.zig\nconst b = @import("b.zig");\nfn (((\n')
    assert not linked(broken)["a.zig"].misses


def test_a_call_in_a_class_without_a_name_may_be_inherited() -> None:
    files = tree("== A.java\nclass A { void f() { new Outside() { void g() { f(); g(); } }; } }\n")
    assert edges(files, "A.java") == ["calls A.f.<object>.g -> A.java:A.f.<object>.g"]
    assert unknown(files, "A.java") == {"Outside", "f"}


def test_one_type_for_all_that_a_variable_is_set_to() -> None:
    same = "== a.rb\nclass A\n  def go; end\nend\nclass B\n  def go; end\nend\n"
    assert edges(tree(same + "def f\n  x = A.new\n  x.go\nend\n"), "a.rb")[-1] == "calls f -> a.rb:A.go"
    files = tree(same + "def f\n  x = A.new\n  x = B.new\n  x.go\nend\n")
    assert "x.go" in unknown(files, "a.rb")


@pytest.mark.parametrize("change", ["", "package a\nfunc F() {}\n", "package a\nfunc F(a int) {}\n"])
def test_what_was_asked_tells_when_to_ask_again(change: str) -> None:
    """A file is linked again if an answer differs: the text of a key, or a name of a file that was looked at."""
    before = {"a.go": "package a\nfunc G() { F() }\n", "b.go": "package a\n"}
    linker, after = OtherLinker(MemoryTree(before)), OtherLinker(MemoryTree({**before, "b.go": change}))
    asked = linker.link("a.go").asked
    differ = [one for one in asked if not one.path and linker.answer(one.name) != after.answer(one.name)]
    assert bool(differ) == (after.link("a.go").edges != linker.link("a.go").edges)
    if change:
        assert Asked("b.go", "F") in after.link("a.go").asked


def test_unread_files_have_a_node_and_nothing_else() -> None:
    linker = OtherLinker(MemoryTree({"a.go": "package a\nfunc F() {}\n"}))
    found = linker.link("gone.go")
    assert [node.qualified for node in found.nodes] == [""]
    assert not found.edges
