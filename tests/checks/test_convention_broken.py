"""Conventions: which choices count as cases, and what is said of a line that breaks with nearly all of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.check import Example
from checks.constraint import convention_broken
from checks.constraint.conventions import Convention, cases_in, name_cases, style_of
from checks.finding import Finding
from checks.knowledge import Knowledge
from checks.settings import Settings
from checks.workspace import open_workspace
from kb.facts.extract import facts_of
from kb.graph.index import Index
from kb.source import Source
from tests.checks.trees import change_of
from tests.strategies import texts, unhurried


def found(
    folder: Path,
    before: Mapping[str, str],
    after: Mapping[str, str],
    renamed: Mapping[str, str] | None = None,
    settings: Settings | None = None,
) -> list[Finding]:
    change, index = change_of(before, after, renamed), Index.open(None, "example")
    with open_workspace(folder) as workspace:
        report = convention_broken.run(change, Knowledge(workspace, settings or Settings(), code=index))
    index.close()
    return list(report.findings)


@pytest.mark.parametrize("example", convention_broken.EXAMPLES, ids=lambda example: example.name)
def test_the_examples(tmp_path: Path, example: Example) -> None:
    said = found(tmp_path, example.before, example.after)
    assert [(one.slug, one.path, one.line) for one in said] == list(example.fires)
    assert all(one.silent for one in said)


def cases(path: str, text: str) -> list[tuple[Convention, str, int]]:
    data = text.encode()
    return [case[:3] for case in cases_in(Source(path, data), facts_of(path, data))]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.py", "def two_words(): pass\n", (Convention.FUNCTION_NAMES, "snake_case", 1)),
        ("a.js", "function twoWords() {}\n", (Convention.FUNCTION_NAMES, "camelCase", 1)),
        ("a.py", "class TwoWords: pass\n", (Convention.CLASS_NAMES, "PascalCase", 1)),
        ("a.py", "class lower: pass\n", (Convention.CLASS_NAMES, "lowercase", 1)),
        ("a/b.py", "from a.c import d\n", (Convention.OWN_IMPORTS, "absolute", 1)),
        ("src/a/b.py", "from a.c import d\n", (Convention.OWN_IMPORTS, "absolute", 1)),
        ("a/b.py", "from .c import d\n", (Convention.OWN_IMPORTS, "relative", 1)),
        ("a.py", "try:\n    f()\nexcept:\n    pass\n", (Convention.HANDLERS, "everything (`except:`)", 3)),
        ("a.py", "try:\n    f()\nexcept (A, B) as e:\n    pass\n", (Convention.HANDLERS, "named exceptions", 3)),
        ("a.py", "print('x')\n", (Convention.MESSAGES, "print()", 1)),
        ("tests/test_a.py", "def test_a():\n    assert x\n", (Convention.ASSERTIONS, "assert", 2)),
        (
            "tests/test_a.py",
            "def f(self):\n    self.assertEqual(1, 2)\n",
            (Convention.ASSERTIONS, "self.assert...()", 2),
        ),
        ("a.test.ts", "expect(1).toBe(2)\n", (Convention.ASSERTIONS, "expect()", 1)),
        ("a.test.js", "assert.equal(1, 2)\n", (Convention.ASSERTIONS, "assert()", 1)),
    ],
)
def test_what_is_a_case(path: str, text: str, expected: tuple[Convention, str, int]) -> None:
    assert cases(path, text) == [expected]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", "def word(): pass\n\n\nclass A(Base):\n    def setUp(self): pass\n"),
        ("a.py", "@hook\ndef theirName(): pass\n"),
        ("a.py", "def __init_subclass__(): pass\n"),
        ("a.go", "package a\n\nfunc TwoWords() {}\nfunc twoWords() {}\n"),
        ("asyncio/a.py", "import other\n"),
        ("shop/asyncio/a.py", "import asyncio\n"),
        ("scripts/a.py", "print('x')\n"),
        ("a.py", "import sys\nprint('x', file=sys.stderr)\n"),
        ("a.py", "if __name__ == '__main__':\n    print('x')\n"),
        ("tests/test_a.py", "print('x')\n"),
        ("a.py", "assert x\n"),
        ("a.py", "def broken(:\n"),
    ],
)
def test_where_there_was_no_choice(path: str, text: str) -> None:
    assert [case for case in cases(path, text) if case[0] is not Convention.HANDLERS] == []


def test_what_is_handed_to_the_log() -> None:
    text = "logger.info('%s sold', x)\nlogger.info(f'{x} sold')\nlogger.info('sold')\n"
    assert [case[1] for case in cases("a.py", text) if case[0] is Convention.LOG_ARGUMENTS] == [
        "arguments after the message",
        "f-strings",
    ]
    assert [case[1] for case in cases("a.py", text) if case[0] is Convention.MESSAGES] == ["a logger"] * 3


@pytest.mark.parametrize(
    ("name", "style"),
    [
        ("two_words", "snake_case"),
        ("_two_words_", "snake_case"),
        ("twoWords", "camelCase"),
        ("TwoWords", "PascalCase"),
        ("HTTPError", "PascalCase"),
        ("word", None),
        ("CAPITALS_ONLY", None),
        ("Mixed_Words", None),
        ("", None),
        ("two-words", None),
    ],
)
def test_styles_of_names(name: str, style: str | None) -> None:
    assert style_of(name) == style


def test_names_of_files() -> None:
    def named(path: str) -> list[tuple[Convention, str]]:
        return [case[:2] for case in name_cases(path)]

    assert named("a/two-words.ts") == [(Convention.FILE_NAMES, "kebab-case")]
    assert named("a/two_words.py") == [(Convention.FILE_NAMES, "snake_case")]
    assert named("tests/test_a.py") == [(Convention.TEST_FILE_NAMES, "test_*.py")]
    assert named("src/a.spec.ts") == [(Convention.TEST_FILE_NAMES, "*.spec.*")]
    assert named("a/word.py") == []


SNAKE = {f"shop/part{n}.py": f"def price_of_{n}():\n    return {n}\n" for n in range(20)}
CAMEL = "def rebateOf(price):\n    return price\n"


def test_counts_and_two_places_are_the_evidence(tmp_path: Path) -> None:
    (one,) = found(tmp_path, SNAKE, {**SNAKE, "shop/rebates.py": CAMEL + CAMEL.replace("rebateOf", "rebateFor")})
    assert one.message == "Names of functions: snake_case in 20 of 20 cases around here, camelCase in this line."
    assert [(evidence.kind, evidence.path) for evidence in one.evidence] == [
        ("count", "shop/rebates.py"),
        ("related", "shop/part0.py"),
        ("related", "shop/part1.py"),
    ]
    assert one.text == "rebateOf"


def test_a_folder_has_habits_of_its_own(tmp_path: Path) -> None:
    other = {f"port/part{n}.py": f"def priceOf{n}():\n    return {n}\n" for n in range(20)}
    assert found(tmp_path, {**SNAKE, **other}, {**SNAKE, **other, "port/rebates.py": CAMEL}) == []
    mixed = {f"port/part{n}.py": f"def priceOf{n}():\n    return {n}\n" for n in range(10)}
    rest = {f"port/more{n}.py": f"def price_of_{n}():\n    return {n}\n" for n in range(10)}
    before = {**SNAKE, **mixed, **rest}
    assert found(tmp_path, before, {**before, "port/rebates.py": CAMEL}) == [], "no habit here, whatever others do"


def test_the_rest_of_the_repository_counts_where_a_folder_is_small(tmp_path: Path) -> None:
    (one,) = found(tmp_path, SNAKE, {**SNAKE, "web/rebates.py": CAMEL})
    assert one.path == "web/rebates.py"


@pytest.mark.parametrize(
    ("before", "after", "renamed"),
    [
        ({"shop/a.py": CAMEL}, {"shop/a.py": CAMEL + CAMEL.replace("rebateOf", "rebateFor")}, {}),
        ({"lib/a.py": CAMEL}, {"shop/b.py": CAMEL}, {}),
        ({"shop/a.py": CAMEL}, {"shop/b.py": "\n" + CAMEL}, {"shop/b.py": "shop/a.py"}),
        ({}, {"shop/vendor/a.py": CAMEL}, {}),
        ({}, {"shop/a_pb2.py": CAMEL}, {}),
        ({}, {"tests/fixtures/a.py": CAMEL}, {}),
        ({}, {"shop/a.js": "function rebateOf() {}\n"}, {}),
        ({}, {"shop/a.py": "def rebateOf(:\n"}, {}),
    ],
)
def test_moved_code_tools_and_other_languages_are_not_held_to_it(
    tmp_path: Path, before: Mapping[str, str], after: Mapping[str, str], renamed: Mapping[str, str]
) -> None:
    assert found(tmp_path, {**SNAKE, **before}, {**SNAKE, **after}, renamed) == []


def test_it_is_no_reader_of_a_language() -> None:
    assert convention_broken.covers("a.zig")
    assert not convention_broken.reads("a.zig")


def test_without_an_index_it_is_silent(tmp_path: Path) -> None:
    with open_workspace(tmp_path) as workspace:
        report = convention_broken.run(change_of(SNAKE, {**SNAKE, "shop/a.py": CAMEL}), Knowledge(workspace))
    assert report.findings == ()


@given(texts, st.sampled_from(("a.py", "tests/test_a.py", "a.test.ts")))
@unhurried
def test_no_text_is_too_odd(text: str, path: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    for case in cases_in(Source(path, data), facts_of(path, data)):
        assert case.line >= 1
