"""Whatever the bytes are: facts in time, with places that exist, and the same ones again."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.facts.extract import EXTRACTORS
from kb.facts.model import Facts, Kind, Status
from kb.facts.patterns import by_patterns
from kb.facts.queried import extract
from kb.facts.queried_chains import chain_of
from kb.facts.queried_imports import imports_of
from kb.syntax.parse import MAX_BYTES, Unparsed
from tests.kb import test_facts_queried_classes, test_facts_queried_compiled
from tests.kb.queried_shapes import check, read

SOURCES = {
    language: case[0].encode()
    for cases in (test_facts_queried_classes.CASES, test_facts_queried_compiled.CASES)
    for language, case in cases.items()
}
LANGUAGES = sorted(SOURCES)
ANY_LANGUAGE = st.sampled_from(LANGUAGES)


def checked(data: bytes, language: str) -> Facts:
    facts = extract(data, language)
    check(facts, len(data))
    return facts


def test_every_language_has_a_source() -> None:
    assert [name for name, module in EXTRACTORS.items() if module == "kb.facts.queried"] == [
        "c", "cpp", "csharp", "go", "java", "kotlin", "php", "ruby", "rust", "swift", "zig"
    ]  # fmt: skip
    assert len(LANGUAGES) == 11


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_cut_off_anywhere_keeps_what_stands_before(language: str) -> None:
    data = SOURCES[language]
    whole = {row.name for row in checked(data, language).definitions}
    for cut in random.Random(1).sample(range(len(data)), 12):
        found = checked(data[:cut], language)
        names = [row.name for row in found.definitions if row.end < cut - 200 and row.kind is not Kind.MEMBER]
        assert whole.issuperset(names), cut


@given(ANY_LANGUAGE, ANY_LANGUAGE, st.integers(0, 900), st.integers(0, 900))
@settings(max_examples=60, deadline=None)
def test_pieces_of_two_files(language: str, other: str, cut: int, at: int) -> None:
    checked(SOURCES[language][:cut] + SOURCES[other][at:], language)


@given(ANY_LANGUAGE, st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_bytes(language: str, data: bytes) -> None:
    assert checked(data, language) == extract(data, language)


@given(ANY_LANGUAGE, st.lists(st.tuples(st.integers(0, 900), st.binary(max_size=4)), max_size=5))
@settings(max_examples=60, deadline=None)
def test_broken_and_not_utf8(language: str, edits: list[tuple[int, bytes]]) -> None:
    data = SOURCES[language]
    for at, piece in edits:
        data = data[:at] + piece + data[at + len(piece) :]
    checked(data, language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("piece", [b"(", b"{", b"a.b(", b"class A {", b"<", b"[", b'"', b"/*", b"if (x) {", b"a::b<"])
def test_deep_nesting(language: str, piece: bytes) -> None:
    started = time.thread_time()
    checked(piece * (200 if piece == b"/*" else 1000), language)
    assert time.thread_time() - started < 20


@pytest.mark.parametrize("language", ["kotlin", "ruby", "csharp"])
def test_a_chain_of_many_thousand_calls_is_not_waited_for(language: str) -> None:
    started = time.thread_time()
    assert checked(b"a.b().c()." * 20_000, language).status is Status.APPROXIMATE
    assert time.thread_time() - started < 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_bytes_that_are_no_text_in_names_crash_nothing(language: str) -> None:
    data = SOURCES[language]
    for at in range(0, len(data), 60):
        checked(data[:at] + b"\xff" + data[at:], language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_too_large_for_its_grammar_is_read_by_patterns(language: str) -> None:
    data = SOURCES[language]
    data *= MAX_BYTES // len(data) + 1
    started = time.thread_time()
    facts = checked(data, language)
    assert facts.status is Status.APPROXIMATE
    assert facts.trouble == "larger than 5 MB"
    assert facts.definitions
    assert not facts.calls
    assert time.thread_time() - started < 15


def test_a_large_file_is_read_in_time() -> None:
    data = SOURCES["java"] * 200
    facts = checked(data, "java")
    assert len(facts.definitions) > 200


@pytest.mark.parametrize(
    ("language", "source", "expected"),
    [
        ("java", "public class A {\n  void f(int a) {\n", ["class A", "method A.f"]),
        ("ruby", "module M\n  class A::B\n    def self.f?\n", ["module M", "class M.A.B", "method M.A.B.f?"]),
        ("cpp", "namespace n {\nint A::f(int a) {\n  if (x) {\n  return g(1);\n", ["module n", "function A.f"]),
        ("go", "func (e *E) Run() {\nfunc Top() {", ["function Run", "function Top"]),
        ("rust", "pub(crate) struct S;\nimpl S {\n    pub fn f() {", ["struct S", "function f"]),
        (
            "c",
            "struct a;\nstruct a *g;\nstruct b {\nstatic int f(void)\nint x = 3;\nwhile (a) {\nreturn f(a)\n",
            ["struct b", "function f"],
        ),
    ],
)
def test_patterns_find_definitions(language: str, source: str, expected: list[str]) -> None:
    facts = by_patterns(source.encode(), language, "why")
    assert (facts.status, facts.trouble) == (Status.APPROXIMATE, "why")
    assert [f"{row.kind} {row.qualified}" for row in facts.definitions] == expected


def test_patterns_find_imports() -> None:
    facts = by_patterns(b'#include "a.h"\r\n  #include <b>\n', "c", "why")
    assert [row.module for row in facts.imports] == ['"a.h"', "<b>"]


@given(st.text(max_size=80), ANY_LANGUAGE)
@settings(max_examples=200, deadline=None)
def test_imports_of_any_text_end(text: str, language: str) -> None:
    for one in imports_of(text, language):
        assert one.module or one.name


@given(st.text(alphabet="ab.:<>()[]?!&->*'\"$\\ \n0", max_size=60))
@settings(max_examples=300, deadline=None)
def test_a_chain_is_made_of_words_and_marks(text: str) -> None:
    chain = chain_of(text)
    assert chain
    assert "\0" not in chain
    assert not chain.startswith(".")


@pytest.mark.parametrize(
    ("text", "chain"),
    [
        ("a", "a"),
        ("A<B>::c", "A.c"),
        ("foo(x, (y)).bar", "foo().bar"),
        ("this->a.b", "this.a.b"),
        ("$this->foo", "$this.foo"),
        ("\\A\\B", "\\A\\B"),
        ("new Foo<Bar>().baz", "Foo().baz"),
        ("x?.y!!.z", "x.y.z"),
        ("a[1].b", "a[].b"),
        ("&'a mut Foo<T>", "Foo"),
        ("self.0.go", "self.0.go"),
        ("obj.empty?", "obj.empty?"),
        ("Vec::<u8>::new", "Vec.new"),
        ("(*p).go", "?.go"),
        ("|x| y", "?"),
        ("x(" * 300 + ".last", "?.last"),
        ("a(b", "?"),
        ("", "?"),
    ],
)
def test_chains(text: str, chain: str) -> None:
    assert chain_of(text) == chain


def test_a_language_without_queries_is_refused() -> None:
    with pytest.raises(Unparsed, match="no queries for yaml"):
        extract(b"a: 1", "yaml")


def test_a_file_with_errors_is_partial_and_keeps_its_calls() -> None:
    facts = read("a.go", "package a\n\nfunc F() { g(1) }\n\nfunc (((\n\nfunc H() {}\n")
    assert facts.status is Status.PARTIAL
    assert [row.chain for row in facts.calls][:1] == ["g"]
    assert "F" in {row.name for row in facts.definitions}
