"""Holes: what each strategy opens, and that they are what they say."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.source import Source
from kb.syntax.languages import LANGUAGES
from kb.syntax.parse import Unparsed
from models.mask.holes import hole_at, hole_of_lines, holes_in
from models.mask.model import Hole, Scale, Strategy
from tests.models.mask_samples import JAVASCRIPT, PYTHON, SAMPLES, TYPESCRIPT

EVERY = [(language, strategy) for language in SAMPLES for strategy in Strategy]


def texts(data: bytes, language: str, strategy: Strategy) -> list[str]:
    return [hole.text.decode() for hole in holes_in(Source(NAMES[language], data), language, strategy)]


NAMES = {"python": "a.py", "javascript": "a.js", "typescript": "a.ts"}


def at(data: bytes, language: str, text: bytes, strategy: Strategy = Strategy.HYBRID) -> Hole | None:
    place = data.index(text)
    return hole_at(Source(NAMES[language], data), language, place, strategy)


def lines(data: bytes, first: int, last: int, language: str = "python") -> Hole | None:
    return hole_of_lines(Source("a.py", data), language, first, last)


def test_expressions_are_whole_and_hold_no_statements() -> None:
    assert texts(PYTHON, "python", Strategy.EXPRESSIONS) == [
        "cached",
        "None",
        'width * scale(height, by="cm")',
        "size is None and width",
        "[one for one in height]",
        "size.value(3)",
        "1",
        "self",
        "await by",
    ]
    found = texts(JAVASCRIPT, "javascript", Strategy.EXPRESSIONS)
    assert 'width * scale(height, { by: "cm" })' in found
    assert "size === null && width" in found
    assert "height.map((one) => one + 1)" in found
    assert not any(text.startswith("(size") for text in found)  # the brackets belong to the `if`


def test_statements_are_those_that_hold_no_other() -> None:
    assert texts(PYTHON, "python", Strategy.STATEMENTS) == [
        "import os",
        '"""Say it."""',
        'size = width * scale(height, by="cm")',
        "return [one for one in height]",
        "return size.value(3)",
        "side = 1",
        "self.side += await by",
    ]
    found = texts(TYPESCRIPT, "typescript", Strategy.STATEMENTS)
    assert "side: number" in found  # a member
    assert "return size!.side > 3;" in found


def test_bodies_are_those_of_functions() -> None:
    bodies = texts(JAVASCRIPT, "javascript", Strategy.BODY)
    assert [body[:15] for body in bodies] == ["{\n  const size ", "{\n    this.side"]
    assert texts(PYTHON, "python", Strategy.BODY)[1] == "self.side += await by"


def test_types_are_whole() -> None:
    assert texts(PYTHON, "python", Strategy.TYPES) == ["int", "list[int]", "bool"]
    assert texts(TYPESCRIPT, "typescript", Strategy.TYPES) == [
        "number",
        "number",
        "Array<string>",
        "boolean",
        "Shape",
        "string",
        "any",
    ]


def test_comments_and_names() -> None:
    assert texts(PYTHON, "python", Strategy.COMMENTS) == ["# note", "# why"]
    assert texts(JAVASCRIPT, "javascript", Strategy.COMMENTS) == ["/** Says it. */", "// note"]
    assert {"width", "size", "cached", "Box"} <= set(texts(PYTHON, "python", Strategy.IDENTIFIERS))


def test_hybrid_opens_the_largest_of_up_to_three_lines() -> None:
    found = {hole.text: hole for hole in holes_in(Source("a.py", PYTHON), "python", Strategy.HYBRID)}
    assert found[b"self.side += await by"].scale is Scale.BODY
    assert found[b"return size.value(3)"].scale is Scale.STATEMENT
    assert found[b"size is None and width"].scale is Scale.EXPRESSION
    assert found[b"# why"].strategy is Strategy.COMMENTS
    assert all(hole.strategy is not Strategy.HYBRID for hole in found.values())


@pytest.mark.parametrize(("language", "strategy"), EVERY)
def test_no_hole_lies_inside_another_and_each_is_what_stands_there(language: str, strategy: Strategy) -> None:
    source = Source("sample", SAMPLES[language])
    holes = holes_in(source, language, strategy)
    for one, other in pairwise(holes):
        assert one.span.end <= other.span.start
    for hole in holes:
        assert hole.text == source.data[hole.span.start : hole.span.end]
        assert hole.text.strip() == hole.text != b""
        assert source.data[: hole.span.start].rpartition(b"\n")[2].startswith(hole.indent)
        assert not hole.indent.strip()


def test_a_hole_knows_its_definition_and_its_indent() -> None:
    hole = at(PYTHON, "python", b"await by")
    assert hole is not None
    assert (hole.symbol, hole.indent, hole.kind, hole.scale) == ("Box.grow", b"        ", "await", Scale.EXPRESSION)


@pytest.mark.parametrize(
    ("text", "strategy", "expected"),
    [
        (b"is None and", Strategy.HYBRID, b"size is None"),
        (b"and width", Strategy.HYBRID, b"size is None and width"),
        (b"size is None", Strategy.HYBRID, b"size"),
        (b"size is None", Strategy.STATEMENTS, b"if size is None and width:\n        return [one for one in height]"),
        (b"int, height", Strategy.HYBRID, b"int"),
        (b"note", Strategy.HYBRID, b"# note"),
        (b'cm"', Strategy.HYBRID, b'"cm"'),
        (b"by=", Strategy.HYBRID, b"by"),
        (b"self.side", Strategy.BODY, b"self.side += await by"),
    ],
)
def test_the_smallest_hole_around_a_place(text: bytes, strategy: Strategy, expected: bytes) -> None:
    hole = at(PYTHON, "python", text, strategy)
    assert hole is not None
    assert hole.text == expected


def test_there_is_no_hole_outside_the_file_nor_between_definitions() -> None:
    source = Source("a.py", PYTHON)
    assert hole_at(source, "python", -1) is None
    assert hole_at(source, "python", len(PYTHON)) is None
    assert hole_at(source, "python", PYTHON.index(b"\n\n")) is None
    assert hole_at(Source("a.py", b""), "python", 0) is None


@pytest.mark.parametrize(
    ("first", "last", "scale", "text"),
    [
        (7, 7, Scale.STATEMENT, b'size = width * scale(height, by="cm")'),  # the comment behind it stays
        (9, 9, Scale.STATEMENT, b"return [one for one in height]"),
        (8, 8, Scale.STATEMENT, b"if size is None and width:\n        return [one for one in height]"),
        (9, 11, Scale.BLOCK, PYTHON[PYTHON.index(b"if size") : PYTHON.index(b"\n\n\nclass")]),
        (6, 11, Scale.BODY, PYTHON[PYTHON.index(b'"""Say') : PYTHON.index(b"\n\n\nclass")]),
        (18, 18, Scale.STATEMENT, b"self.side += await by"),
    ],
)
def test_whole_statements_of_lines(first: int, last: int, scale: Scale, text: bytes) -> None:
    hole = lines(PYTHON, first, last)
    assert hole is not None
    assert (hole.scale, hole.text) == (scale, text)


@pytest.mark.parametrize(("first", "last"), [(2, 3), (10, 10), (0, 1), (3, 2), (1, 99)])
def test_lines_without_code_are_no_hole(first: int, last: int) -> None:
    assert lines(PYTHON, first, last) is None


def test_members_of_a_class_count_as_statements() -> None:
    java = SAMPLES["java"]
    hole = hole_of_lines(Source("Box.java", java), "java", 4, 4)
    assert hole is not None
    assert hole.text == b"int side = 1;"


def test_what_the_grammar_cannot_read_is_not_opened() -> None:
    broken = b"def f():\n    x = (1 +\n    y = 2\n\n\ndef g():\n    return 3\n"
    found = texts(broken, "python", Strategy.STATEMENTS)
    assert found == ["return 3"]
    assert lines(broken, 2, 2) is None


@pytest.mark.parametrize(
    "data",
    [
        PYTHON.replace(b"\n", b"\r\n"),
        PYTHON.replace(b"    ", b"\t"),
        b"\xef\xbb\xbf" + PYTHON,
        PYTHON.rstrip(b"\n"),
        PYTHON.replace(b"size", "größe".encode()),
    ],
)
def test_line_ends_tabs_marks_and_letters_change_nothing(data: bytes) -> None:
    for strategy in Strategy:
        expected = [text.split() for text in texts(PYTHON, "python", strategy)]
        found = [text.replace("größe", "size").split() for text in texts(data, "python", strategy)]
        assert found == expected


def test_a_file_that_is_too_large_has_no_holes_and_says_so() -> None:
    source = Source("a.py", b"x = 1\n" * 900_000)
    with pytest.raises(Unparsed, match="larger than 5 MB"):
        holes_in(source, "python", Strategy.HYBRID)
    with pytest.raises(Unparsed):
        hole_at(source, "python", 0)
    with pytest.raises(Unparsed):
        hole_of_lines(source, "python", 1, 1)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_bytes_have_sound_holes(data: st.DataObject) -> None:
    language = data.draw(st.sampled_from(sorted(LANGUAGES)))
    sample = SAMPLES[language]
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(sample))] * 2)))
    source = Source("any", sample[:start] + data.draw(st.binary(max_size=12)) + sample[end:])
    for strategy in Strategy:
        last = 0
        for hole in holes_in(source, language, strategy):
            assert last <= hole.span.start < hole.span.end
            last = hole.span.end
    place = data.draw(st.integers(0, max(0, len(source.data) - 1)))
    found = hole_at(source, language, place)
    assert found is None or found.span.start <= place < found.span.end
    line = data.draw(st.integers(1, max(1, source.line_count)))
    whole = hole_of_lines(source, language, line, line)
    assert whole is None or source.line_of(whole.span.start) <= line <= source.line_of(whole.span.end - 1)
