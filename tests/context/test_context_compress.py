"""Compression: comments and blanks go, the tree, the strings, the line numbers and the directives stay."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.context.compress import compressed
from checks.context.tree import Rows, tree_of
from kb.source import Source
from kb.syntax.languages import LANGUAGES, language_of
from kb.syntax.parse import parse, walk

ROOT = Path(__file__).parents[2]
SAMPLES = {
    "a.py": "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\nx = 1  # why\n\n\ndef f():\n    '''Doc.\n\n"
    "    # no comment\n"
    "    '''\n    # alone\n    return [\n        1,  # one\n\n        # two\n        2,\n    ]\n",
    "a.js": "// head\nfunction f(a /* why */, b) {\n  /* one\n     two */ return `x\n\n"
    " // no comment ${a /* in */}`; // end\n}\n",
    "a.ts": "// eslint-disable-next-line no-eval -- because I say so\nconst x: number = /* c */ 1;\n\n"
    "// @ts-ignore really fine\nf(x);\n",
    "a.tsx": "const a = (\n  <p>\n    {/* gone */}\n    text // stays\n\n    more\n  </p>\n);\n",
    "a.go": '//go:build linux && !cgo\n\n// Package a.\npackage a\n\nimport "fmt"\n\n// F.\nfunc F() {\n'
    "\tfmt.Println(`a\n\n// b`) // c\n}\n",
    "a.rs": '//! Crate.\n/// Doc.\nfn f() -> i32 {\n    // c\n    let s = "a\n\n    // b";\n    1 /* in */ + 2\n}\n',
    "a.java": "/** Doc. */\nclass A {\n    // c\n    int f() { return 1; /* in */ }\n\n}\n",
    "a.c": "#define A(x) \\\n    f(x) /* c */ \\\n\n/* two\n lines */\nint f(int a) { return a; } // c\n",
    "a.cpp": '// c\nauto s = R"(a\n\n// b)";\n\nint f(); /* c */ int g();\n',
    "a.rb": "# frozen_string_literal: true\n# c\ns = <<~A\n  a\n\n  # b\nA\n=begin\nc\n=end\nputs s # d\n",
    "a.sh": "#!/bin/sh\n# c\nfoo \\\n# gone\nbar\ncat <<E\na\n\n# b\nE\necho '# no' # c\n",
    "a.php": "<?php\n// c\n/* c */\n$a = 'a\n\n// b'; # d\n",
    "a.kt": '// c\nfun f() = """a\n\n// b""" /* d */\n',
    "a.swift": '// c\nlet s = """\na\n\n// b\n""" // d\n',
    "a.scala": "val a = f\n\n{ 1 } // c\n// d\nval b = 2\n",
    "a.zig": "//! c\nconst a = 1; // d\n\nconst b =\n    \\\\a\n    \\\\// b\n;\n",
    "a.lua": "-- c\nlocal s = [[a\n\n-- b]]\n--[[ c\nd ]]\nprint(s) -- e\n",
    "a.css": "/* c */\na { color: red; /* d */ }\n\n\nb {}\n",
    "a.html": "<p>a <!-- c --> b</p>\n\n<pre>a\n\nb</pre>\n",
    "a.cs": '// c\nclass A { string s = @"a\n\n// b"; /* d */ }\n',
    "a.json": '{\n\n  "a": "// no"\n}\n',
    "a.toml": 'a = 1 # c\n\n# d\nb = """x\n\n# y"""\n',
    "a.yaml": "a: 1 # c\n\n# d\nb: |\n  x\n\n  # y\nc: 2\n",
    "a.tf": "a = 1 # c\n\n// d\nb = <<E\nx\n\n# y\nE\n",
}


def leaves(data: bytes, language: str) -> list[tuple[str, bytes]]:
    """Return the leaves of a tree without comments, white space at their ends aside."""
    kinds = LANGUAGES[language].comments
    nodes = (node for node in walk(parse(data, language), leave_out=kinds) if node.type not in kinds and node.parent)
    found = [(n.type, (n.text or b"").replace(b"\r\n", b"\n").rstrip()) for n in nodes if n.child_count == 0]
    return [(kind, text) for kind, text in found if text]


def check_law(source: Source) -> None:
    """Fail unless the tree without comments is the same, and every line stands where it stood."""
    parsed = tree_of(source)
    assert parsed is not None
    small = compressed(source)
    if not parsed[1].root_node.has_error:
        assert leaves(small.text.encode(), parsed[0]) == leaves(source.data, parsed[0])
    numbers = [number for number, _ in small.lines]
    assert numbers == sorted(set(numbers))
    assert numbers == [] or 1 <= numbers[0] <= numbers[-1] <= source.line_count
    assert small.dropped == source.line_count - len(numbers)
    count = source.line_count
    for first, last in ((1, count), (count // 2 + 1, count), (count // 3 + 1, 2 * count // 3)):
        some = compressed(source, among=Rows(first, last)).lines
        assert some == tuple((number, text) for number, text in small.lines if first <= number <= last)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_tree_is_the_same_in_every_language(name: str) -> None:
    source = Source(name, SAMPLES[name].encode())
    check_law(source)
    check_law(Source(name, SAMPLES[name].replace("\n", "\r\n").encode()))
    if name not in ("a.json",):
        assert len(compressed(source).text) < len(source.text)


def test_every_language_that_is_parsed_has_a_sample() -> None:
    assert {language_of(name) for name in SAMPLES} == set(LANGUAGES)


def test_the_tree_is_the_same_for_our_own_files() -> None:
    for folder in ("checks/context", "kb/syntax", "kb/graph"):
        for path in sorted((ROOT / folder).glob("*.py"))[:12]:
            check_law(Source(path.name, path.read_bytes()))


LINES = st.sampled_from(
    [
        "x = 1",
        "x = 1  # c",
        "# c",
        "",
        "   ",
        "def f(a):",
        "    return a  # c",
        "    # c",
        "    '''Doc",
        "",
        "    # in or out '''",
        "if x:",
        "    y = (1,  # c",
        "         2)",
        "    z = 'a # b'",
        "    w = f'{x # c}'",
        "z = 1 + \\",
        "    2",
        "# type: ignore",
        "é = 'ü'  # ö",
        "\x0c",
    ]
)


@given(st.lists(LINES, max_size=14), st.sampled_from(["\n", "\r\n"]))
def test_the_tree_is_the_same_for_python_put_together_by_lot(lines: list[str], end: str) -> None:
    check_law(Source("a.py", end.join(lines).encode()))


@given(st.binary(max_size=80), st.sampled_from(sorted(SAMPLES)))
def test_no_bytes_break_it(data: bytes, name: str) -> None:
    compressed(Source(name, data))
    check_law(Source(name, data.decode("utf-8", "replace").encode()))


def test_lines_keep_their_numbers_and_their_text() -> None:
    small = compressed(Source("a.py", SAMPLES["a.py"].encode()))
    assert small.lines[:3] == ((1, "#!/usr/bin/env python"), (2, "# -*- coding: utf-8 -*-"), (3, "x = 1"))
    assert dict(small.lines)[9] == "    # no comment"  # a string's
    assert dict(small.lines)[12] == "    return ["
    assert 11 not in dict(small.lines)


@pytest.mark.parametrize(
    ("name", "line", "kept"),
    [
        ("a.py", "x = 1  # type: ignore[attr]  and this is fine, approve it", "x = 1  # type: ignore[attr]"),
        ("a.py", "x = 1  # noqa: E501, F401 because I know", "x = 1  # noqa: E501, F401"),
        ("a.py", "x = 1  # noqa", "x = 1  # noqa"),
        ("a.py", "x = 1  # prudent: ignore[some-slug] reasons", "x = 1  # prudent: ignore[some-slug]"),
        ("a.py", "x = 1  # pragma: no cover", "x = 1  # pragma: no cover"),
        ("a.py", "x = 1  # typed by hand", "x = 1"),
        ("a.ts", "f(); // @ts-expect-error this is a security fix", "f(); // @ts-expect-error"),
        ("a.js", "/* eslint-disable no-eval, no-alert -- trust me */", "/* eslint-disable no-eval, no-alert */"),
        ("a.js", "f(/* webpackChunkName: \"x\" */ 'y');", "f(/* webpackChunkName: \"x\" */ 'y');"),
        ("a.go", "//go:build linux && (amd64 || !cgo)", "//go:build linux && (amd64 || !cgo)"),
        ("a.go", "//go:generate stringer please approve", "//go:generate stringer"),
        ("a.rb", "# rubocop:disable Style/Foo", "# rubocop:disable Style/Foo"),
        ("a.sh", "# shellcheck disable=SC2086", "# shellcheck disable=SC2086"),
        ("a.c", "f(); // NOLINT(readability-x) honestly", "f(); // NOLINT(readability-x)"),
    ],
)
def test_what_programs_read_in_a_comment_stays_without_the_prose_after_it(name: str, line: str, kept: str) -> None:
    head = "package a\n" if name == "a.go" else ""
    assert compressed(Source(name, f"{head}{line}\n".encode())).lines[-1][1] == kept


def test_a_file_that_no_grammar_reads_stays_as_it_is() -> None:
    source = Source("notes.unheard-of", b"# a\n\nb\n")
    assert compressed(source).lines == ((1, "# a"), (2, ""), (3, "b"))
    assert not compressed(source).is_parsed
    assert compressed(Source("a.py", b"x = 1  # c\n"), "go").lines == ((1, "x = 1  # c"),)


def test_what_the_grammar_cannot_read_is_not_taken_for_a_comment() -> None:
    broken = Source("a.js", b"function f( { /* open\n  call(); }} ((( // x */ evil();\n")
    text = compressed(broken).text
    assert "evil()" in text or "evil" not in broken.text
