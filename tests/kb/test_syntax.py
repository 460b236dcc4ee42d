from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.source import Source, Span
from kb.syntax.comments import comment_spans
from kb.syntax.languages import LANGUAGES, language_of
from kb.syntax.parse import Unparsed, errors_in, parse, text_of, troubles_in, unbalanced_in, walk
from kb.syntax.symbols import Definition, definitions, enclosing_symbol

NAMES = sorted(LANGUAGES)
REAL = sorted(
    path
    for package in ("pytest", "_pytest", "ruff", "click")
    for path in (Path(pytest.__file__).parent.parent / package).glob("*.py*")
    if path.suffix in (".py", ".pyi")
)


def source(text: str, path: str = "a.py") -> Source:
    return Source(path, text.encode())


def shape(text: str, path: str = "a.py") -> list[tuple[str, str, int, int]]:
    """Return kind, qualified name, line and last line of every definition."""
    return [(d.kind, d.qualified, d.line, d.end_line) for d in definitions(source(text, path))]


@pytest.mark.parametrize(
    ("path", "head", "language"),
    [
        ("a.py", b"", "python"),
        ("x/y.PYI", b"", "python"),
        ("a.d.ts", b"", "typescript"),
        ("a.jsx", b"", "javascript"),
        ("a.tsx", b"", "tsx"),
        ("Rakefile", b"", "ruby"),
        ("tool", b"#!/usr/bin/env python3\n", "python"),
        ("tool", b"#!/usr/bin/env -S node --flag\n", "javascript"),
        ("tool", b"#! /bin/sh -e\n", "bash"),
        ("tool", b"#!/usr/bin/zsh\n", None),
        ("tool", b"", None),
        ("a.xyz", b"#!/bin/sh\n", None),
        (".py", b"", None),
        ("a.", b"", None),
        ("", b"\xff", None),
        ("we\nird/a b.go", b"", "go"),
    ],
)
def test_the_name_tells_the_language_and_then_the_first_line(path: str, head: bytes, language: str | None) -> None:
    assert language_of(path, head) == language


@given(st.text(), st.binary(max_size=40))
def test_any_path_has_a_known_language_or_none(path: str, head: bytes) -> None:
    assert language_of(path, head) in {*LANGUAGES, None}


def test_no_extension_or_name_belongs_to_two_languages() -> None:
    for field in ("extensions", "filenames", "interpreters"):
        names = [name for language in LANGUAGES.values() for name in getattr(language, field)]
        assert len(names) == len(set(names))


def test_grammars_are_loaded_on_first_use_only() -> None:
    script = (
        "import sys; import kb.syntax.symbols, kb.syntax.comments;"
        "assert not [m for m in sys.modules if m.startswith('tree_sitter_')];"
        "kb.syntax.parse.parse(b'x', 'go');"
        "assert [m for m in sys.modules if m.startswith('tree_sitter_') and m.count('.') == 0] == ['tree_sitter_go']"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize("language", NAMES)
def test_every_grammar_loads_and_knows_its_comments(language: str) -> None:
    tree = parse(b"", language)
    assert tree.root_node.end_byte == 0
    kinds = {tree.language.node_kind_for_id(number) for number in range(tree.language.node_kind_count)}
    assert set(LANGUAGES[language].comments) <= kinds


def test_a_language_without_grammar_and_a_file_too_large_have_no_tree() -> None:
    with pytest.raises(Unparsed, match="no grammar"):
        parse(b"", "cobol")
    with pytest.raises(Unparsed, match="larger"):
        parse(b" " * 5_000_001, "python")


def test_errors_are_places() -> None:
    assert errors_in(parse(b"x = 1\n", "python")) == ()
    assert errors_in(parse(b"def f(:\n  pass\n", "python"))
    (missing,) = troubles_in(parse(b"package a\nfunc f() {\n\tg(1\n}\n", "go"))
    assert missing.missing == ")"
    assert missing.span == Span(25, 25)


def test_a_missing_token_that_leaves_no_node_is_an_error_all_the_same() -> None:
    text = "def f():\n    if x:\n        y = 1\n0        z = 2\n        return z\n"
    tree = parse(text.encode(), "python")
    assert tree.root_node.has_error
    assert errors_in(tree)


@pytest.mark.parametrize(
    ("language", "text", "unbalanced"),
    [
        ("go", "package a\nfunc f() { g('(', \"{\") /* [ */ }", {}),
        ("go", "package a\nfunc f() { g(1", {"(": 1, "{": 1}),
        ("ruby", '"#{a} (" # (\n', {}),
        ("java", "class A { } }", {"{": -1}),
        ("go", "\0", {}),
    ],
)
def test_brackets_are_counted_outside_strings_and_comments(
    language: str, text: str, unbalanced: dict[str, int]
) -> None:
    assert dict(unbalanced_in(parse(text.encode(), language))) == unbalanced


def test_walk_is_in_order_and_leaves_out_what_it_is_told() -> None:
    tree = parse(b"f(g(1))", "python")
    starts = [node.start_byte for node in walk(tree)]
    assert starts == sorted(starts)
    kinds = [node.type for node in walk(tree, leave_out=("argument_list",))]
    assert kinds.count("call") == 1
    assert text_of(tree.root_node) == "f(g(1))"


PYTHON = '''\
import x

@a.b(c)
@d
class A(B):
    """Doc."""

    @property
    async def m(self):
        def inner():
            return 1
        return inner

    n = 1


def f():
    pass
'''


def test_python_definitions() -> None:
    assert shape(PYTHON) == [
        ("class", "A", 5, 14),
        ("method", "A.m", 9, 12),
        ("function", "A.m.inner", 10, 11),
        ("function", "f", 17, 18),
    ]
    first, method, inner, last = definitions(source(PYTHON))
    assert first.decorators == ("a.b(c)", "d")
    assert method.decorators == ("property",)
    assert (inner.name, inner.decorators) == ("inner", ())
    assert PYTHON.encode()[first.span.start : first.span.end].startswith(b"@a.b(c)")
    assert last.body is not None
    assert PYTHON.encode()[last.body.start : last.body.end] == b"pass"


@pytest.mark.parametrize(
    ("line", "symbol"),
    [
        (1, ""),
        (2, ""),
        (3, "A"),
        (6, "A"),
        (8, "A.m"),
        (11, "A.m.inner"),
        (12, "A.m"),
        (14, "A"),
        (15, ""),
        (18, "f"),
        (99, ""),
    ],
)
def test_the_enclosing_symbol_of_a_line(line: int, symbol: str) -> None:
    assert enclosing_symbol(source(PYTHON), line) == symbol


def test_an_unknown_language_has_no_symbols_and_no_comments() -> None:
    assert enclosing_symbol(source("def f(): # c\n  pass", "a.xyz"), 1) == ""
    assert comment_spans(source("# c", "a.xyz")) == ()
    assert definitions(source(PYTHON, "a.css")) == ()


JAVASCRIPT = """\
export class A extends B {
  m() { return 1 }
  static #p() {}
  f = async () => {}
}
function* g() {}
const a = () => {}, b = function () {}, C = class { q() {} }
exports.foo = function () {}
A.prototype.z = () => {}
module.exports = { k: () => {}, n() {}, 's': function () {} }
export default function () {}
"""

TYPESCRIPT = """\
@Deco({ a: 1 })
export abstract class A<T> {
  private x = () => {}
  @D() n(): void {}
  abstract m(): void
}
interface I { m(): void }
enum E { A }
namespace N.M { function z() {} }
function over(a: string): void
function over(a: any) {}
const e = async <T,>(a: T): Promise<void> => {}
export default class { z() {} }
"""


def test_javascript_definitions() -> None:
    assert [(d.kind, d.qualified) for d in definitions(source(JAVASCRIPT, "a.mjs"))] == [
        ("class", "A"),
        ("method", "A.m"),
        ("method", "A.#p"),
        ("method", "A.f"),
        ("function", "g"),
        ("function", "a"),
        ("function", "b"),
        ("class", "C"),
        ("method", "C.q"),
        ("function", "foo"),
        ("function", "z"),
        ("function", "k"),
        ("method", "n"),
        ("function", "s"),
        ("function", "default"),
    ]


@pytest.mark.parametrize("path", ["a.ts", "a.tsx"])
def test_typescript_definitions(path: str) -> None:
    found = definitions(source(TYPESCRIPT, path))
    assert [(d.kind, d.qualified) for d in found] == [
        ("class", "A"),
        ("method", "A.x"),
        ("method", "A.n"),
        ("method", "A.m"),
        ("class", "I"),
        ("method", "I.m"),
        ("class", "E"),
        ("function", "N.M.z"),
        ("function", "over"),
        ("function", "over"),
        ("function", "e"),
        ("class", "default"),
        ("method", "default.z"),
    ]
    assert [d.decorators for d in found[:3]] == [("Deco({ a: 1 })",), (), ("D()",)]
    assert enclosing_symbol(source(TYPESCRIPT, path), 1) == "A"


@pytest.mark.parametrize(
    ("path", "text", "names"),
    [
        ("a.go", "package a\ntype T[K any] struct{}\nfunc (t *T[K]) M() {}\nfunc f() {}\n", "T T.M f"),
        ("a.rs", "mod m { struct S; impl<T> Tr for S<T> { fn f() {} } trait Q { fn h(); } }\n", "m.S m.S.f m.Q m.Q.h"),
        ("a.java", "class A { A() {} @Test void m() {} enum E { X } record R(int a) {} }\n", "A A.A A.m A.E A.R"),
        ("a.c", "char *f(void) {}\nstruct S { int a; };\nint (*h(int))(void) {}\n", "f S"),
        ("a.cpp", "namespace n { class A { ~A() {} }; int &B<int>::z() {} }\n", "n.A n.A.~A n.B.z"),
        ("a.cs", "namespace N { class A { void M() { void L() {} } int P { get; } } }\n", "N.A N.A.M N.A.M.L N.A.P"),
        ("a.rb", "module M\n  class A::B\n    def self.s\n    end\n  end\nend\n", "M M.A.B M.A.B.s"),
        ("a.php", "<?php\nclass A { function m() {} }\nfunction f() {}\n", "A A.m f"),
        ("a.kt", "class A {\n  fun m() {\n  }\n}\nobject O {\n}\nfun f() = 1\n", "A A.m O f"),
        ("a.swift", "class A {\n  init() {\n }\n func m() {}\n}\n", "A A.init A.m"),
        ("a.scala", "class A {\n def m() = 1\n}\nobject O {\n def n: Int = 2\n}\n", "A A.m O O.n"),
        ("a.zig", "const S = struct { pub fn m() void {} };\npub fn f() void {}\n", "S S.m f"),
        ("a.cpp", "void A::() {}\nvoid f() {}\n", "A f"),
        ("a.sh", "f() { :; }\nfunction g { :; }\n", "f g"),
        ("a.lua", "function a.b() end\nfunction a:m() end\nlocal x = function() end\n", "a.b a.m x"),
    ],
)
def test_definitions_of_other_languages(path: str, text: str, names: str) -> None:
    assert [d.qualified for d in definitions(source(text, path))] == names.split()


@pytest.mark.parametrize(
    ("path", "text", "comments"),
    [
        ("a.py", "x = '# no'  # yes\n", ["# yes"]),
        ("a.js", "// a\nf('/* no */') /* b */\n", ["// a", "/* b */"]),
        ("a.ts", "// a\n", ["// a"]),
        ("a.rs", "// a\n/* b /* c */ */\n", ["/* b /* c */ */"]),
        ("a.swift", "// a\n/* b */\n", ["// a", "/* b */"]),
        ("a.html", "<!-- a --><p>b</p>\n", ["<!-- a -->"]),
        ("a.yaml", "a: b # c\n", ["# c"]),
        ("a.lua", "-- a\n", ["-- a"]),
        ("a.css", "/* a */ b { }\n", ["/* a */"]),
    ],
)
def test_comments(path: str, text: str, comments: list[str]) -> None:
    data = text.encode()
    found = [data[span.start : span.end].decode().strip() for span in comment_spans(Source(path, data))]
    assert [one for one in found if not one.startswith("// a") or one in comments] == comments


def everything(data: bytes, language: str) -> None:
    """Ask all there is to ask about a file; only Unparsed may come of it."""
    one = Source(f"a{LANGUAGES[language].extensions[0]}", data)
    for definition in definitions(one):
        check(definition, one)
    for span in comment_spans(one):
        assert 0 <= span.start < span.end <= len(data)
    enclosing_symbol(one, 1)
    try:
        tree = parse(data, language, seconds=1)
    except Unparsed:
        return
    assert all(0 <= span.start <= span.end <= len(data) for span in errors_in(tree))
    assert bool(errors_in(tree)) == tree.root_node.has_error
    unbalanced_in(tree)


def check(definition: Definition, one: Source) -> None:
    assert definition.name
    assert definition.qualified.endswith(definition.name)
    assert 0 <= definition.span.start < definition.span.end <= len(one.data)
    assert 1 <= one.line_of(definition.span.start) <= definition.line <= definition.end_line <= max(1, one.line_count)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(NAMES), st.binary(max_size=300))
def test_no_bytes_are_too_strange(language: str, data: bytes) -> None:
    everything(data, language)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(REAL), st.integers(0), st.integers(0), st.binary(max_size=3))
def test_real_files_cut_anywhere_are_read(path: Path, start: int, length: int, noise: bytes) -> None:
    data = path.read_bytes()
    start %= len(data) + 1
    everything(data[:start] + noise + data[start + length % 50 :][:3000], "python")


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(NAMES), st.data())
def test_tokens_in_any_order_are_read(language: str, data: st.DataObject) -> None:
    grammar = parse(b"", language).language
    kinds = {grammar.node_kind_for_id(n) for n in range(grammar.node_kind_count) if not grammar.node_kind_is_named(n)}
    tokens = sorted(kind for kind in kinds if kind)
    text = data.draw(st.lists(st.sampled_from([*tokens, "\n", " ", "a", "1"]), max_size=60))
    everything("".join(text).encode(), language)


@pytest.mark.parametrize("language", NAMES)
@pytest.mark.parametrize("opener", ["(", "[", "{"])
def test_deep_nesting_neither_crashes_nor_hangs(language: str, opener: str) -> None:
    try:
        tree = parse(opener.encode() * 100_000, language, seconds=0.2)
    except Unparsed:
        return
    assert sum(1 for _ in walk(tree)) > 0
    errors_in(tree)


@pytest.mark.parametrize("path", ["a.py", "a.js", "a.ts", "a.go"])
def test_symbols_of_a_wreck_come_quickly(path: str) -> None:
    assert definitions(source("(" * 100_000, path)) == ()


@pytest.mark.parametrize("piece", ["- ", "? ", ": ", "a:\n "])
def test_yaml_nested_too_deep_is_refused_before_it_reaches_the_grammar(piece: str) -> None:
    text = piece * 1000 if "\n" not in piece else "".join(f"{' ' * n}a:\n" for n in range(300))
    with pytest.raises(Unparsed, match="nested too deep"):
        parse(text.encode(), "yaml")


def test_yaml_as_deep_as_the_guard_allows_is_read() -> None:
    parse(b"- " * 200, "yaml")
    parse("".join(f"{' ' * n}a:\n" for n in range(200)).encode(), "yaml")
    parse(b"a: " + b"x - y " * 150, "yaml")


def test_a_text_longer_than_one_chunk_is_parsed_like_any_other() -> None:
    text = "".join(f"def f{n}():\n    return 'é' + {n}\n" for n in range(5000))
    tree = parse(text.encode(), "python")
    assert not tree.root_node.has_error
    assert tree.root_node.end_byte == len(text.encode())
    assert len(definitions(source(text))) == 5000


def test_parsing_in_many_threads_gives_the_same_trees() -> None:
    expected = [d.qualified for d in definitions(source(PYTHON))]
    answers: list[list[str]] = []

    def work() -> None:
        for number in range(20):
            tree = parse(PYTHON.encode() + b"#" * number, "python")
            answers.append(
                [text_of(n.child_by_field_name("name") or n) for n in walk(tree) if n.type == "function_definition"]
            )

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 80
    assert all(answer == ["m", "inner", "f"] for answer in answers)
    assert expected == ["A", "A.m", "A.m.inner", "f"]
