"""Tests found in files, and marks that keep them from running."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.change import Statement
from checks.finding import Finding, Severity
from checks.knowledge import Knowledge
from checks.static import skipped_test_added, tests_in
from checks.workspace import open_workspace
from kb.source import Source
from tests.checks.trees import change_of

PYTHON = "tests/test_shop.py"
SCRIPT = "src/shop.test.js"


def findings(before: str, after: str, path: str = PYTHON, statement: str = "Change") -> list[Finding]:
    change = replace(change_of({path: before}, {path: after}), statements=(Statement("commit 1", statement),))
    with open_workspace(None) as workspace:
        return list(skipped_test_added.run(change, Knowledge(workspace)).findings)


def said(before: str, after: str, path: str = PYTHON) -> list[tuple[int, str]]:
    return [(finding.line, finding.severity.value) for finding in findings(before, after, path)]


def names(path: str, text: str) -> list[str]:
    return [case.name for case in tests_in.tests_in(Source(path, text.encode()))]


RAN = "def test_a():\n    assert f()\n"
CLASS = "class TestShop:\n    def test_a(self):\n        assert f()\n\n    def test_b(self):\n        assert g()\n"
IT = "describe('shop', () => {\n  it('adds', () => {\n    expect(f()).toBe(1)\n  })\n})\n"


def test_the_tests_of_a_python_file() -> None:
    text = CLASS + "\n\nclass Helper:\n    def test_not(self): ...\n\n\n"
    text += "class Old(unittest.TestCase):\n    def test_c(self): ...\n"
    assert names(PYTHON, text + "\n\ndef helper(): ...\n\n\nasync def test_d():\n    def test_inner(): ...\n") == [
        "TestShop.test_a",
        "TestShop.test_b",
        "Old.test_c",
        "test_d",
    ]


def test_the_tests_of_a_script() -> None:
    text = (
        IT + "test.each([1])('of %i', (n) => {})\nit(`t`, async function () {})\nit.todo('later')\nit(name, () => {})\n"
    )
    assert names(SCRIPT, text) == ["shop", "shop > adds", "of %i", "t", "later"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tests/test_shop.py", True),
        ("shop_test.py", True),
        ("src/shop.spec.tsx", True),
        ("src/__tests__/shop.js", True),
        ("src/shop.py", False),
        ("tests/conftest.py", False),
        ("tests/fixtures/shop.test.js", False),
        ("types/shop.test-d.ts", False),
        ("README.md", False),
    ],
)
def test_which_files_hold_tests(path: str, expected: bool) -> None:
    assert skipped_test_added.covers(path) is expected


@pytest.mark.parametrize(
    "mark",
    [
        "@pytest.mark.skip",
        "@pytest.mark.skip()",
        "@mark.skip",
        "@unittest.skip('x')",
        "@skip('x')",
        "@pytest.mark.skipif(True, reason='x')",
        "@unittest.skipUnless(False, 'x')",
        "@pytest.mark.xfail",
        "@pytest.mark.xfail(strict=False)",
    ],
)
def test_marks_that_stop_a_python_test(mark: str) -> None:
    assert said(RAN, f"{mark}\n{RAN}") == [(1, "warn")]


@pytest.mark.parametrize(
    "mark",
    [
        "@pytest.mark.skipif(sys.version_info < (3, 12), reason='needs 3.12')",
        "@unittest.skipIf(WINDOWS, 'no fork')",
        "@unittest.skipUnless(hasattr(os, 'fork'), 'no fork')",
        "@pytest.mark.xfail(raises=OSError)",
        "@pytest.mark.xfail(PYPY, reason='x')",
        "@pytest.mark.slow",
        "@skip_on_windows",
        "@pytest.mark.skip(reason='see #41')",
        "# https://example.org/issues/41\n@pytest.mark.skip",
        "@pytest.mark.skip  # bug in shop",
    ],
)
def test_marks_that_do_not_or_that_give_a_link(mark: str) -> None:
    assert said(RAN, f"import sys\n\n\n{mark}\n{RAN}") == []


def test_a_skip_in_words_is_info_wherever_the_words_stand() -> None:
    assert said(RAN, f"@pytest.mark.skip(reason='rounds the wrong way')\n{RAN}") == [(1, "info")]
    assert said(RAN, f"# It rounds the wrong way.\n@pytest.mark.skip\n{RAN}") == [(2, "info")]
    (finding,) = findings(RAN, f"@pytest.mark.skip\n{RAN}", statement="Skip the test of rounding for now")
    assert finding.severity is Severity.INFO


def test_a_skip_as_the_first_statement_counts_and_a_later_one_does_not() -> None:
    assert said(RAN, "def test_a():\n    pytest.skip()\n    assert f()\n") == [(2, "warn")]
    assert said(RAN, "def test_a():\n    '''Doc.'''\n    raise unittest.SkipTest\n") == [(3, "warn")]
    assert said(RAN, "def test_a():\n    if not f():\n        pytest.skip()\n    assert f()\n") == []
    assert said(RAN, "def test_a():\n    x = f()\n    pytest.skip()\n") == []


def test_a_mark_on_a_class_or_a_module_counts_once() -> None:
    for after in (
        f"@pytest.mark.skip\n{CLASS}",
        f"pytestmark = pytest.mark.skip\n{CLASS}",
        f"pytestmark = [pytest.mark.slow, pytest.mark.skip]\n{CLASS}",
        f"pytest.skip(allow_module_level=True)\n{CLASS}",
    ):
        (finding,) = findings(CLASS, after)
        assert finding.line == 1
        assert finding.message.startswith("`TestShop.test_a` and 1 more ran before this change and are skipped now")
    assert said(CLASS, CLASS.replace(":\n", ":\n    pytestmark = pytest.mark.skip\n", 1)) == [(2, "warn")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("it('adds'", "it.skip('adds'"),
        ("it('adds'", "xit('adds'"),
        ("it('adds', () => {", "it('adds', { skip: true }, () => {"),
        ("it('adds', () => {\n    expect(f()).toBe(1)\n  })", "it.todo('adds')"),
        ("describe('shop'", "describe.skip('shop'"),
        ("describe('shop'", "xdescribe('shop'"),
        ("it('adds'", "it.only('adds'"),
        ("it('adds'", "fit('adds'"),
        ("describe('shop'", "describe.only('shop'"),
        ("it('adds', () => {", "it('adds', { only: true }, () => {"),
    ],
)
def test_marks_that_stop_a_test_of_a_script(old: str, new: str) -> None:
    assert [severity for _, severity in said(IT, IT.replace(old, new), SCRIPT)] == ["warn"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("it('adds'", "it.skipIf(process.platform === 'win32')('adds'"),
        ("it('adds'", "it.runIf(fast)('adds'"),
        ("it('adds'", "(fast ? it : it.skip)('adds'"),
        ("it('adds', () => {", "it('adds', { skip: !fast }, () => {"),
        ("  it('adds'", "  // see #41\n  it.skip('adds'"),
        ("it('adds'", "it.skip('renamed'"),
        ("it('adds'", "model.fit('adds'"),
        ("it('adds'", "it.concurrent('adds'"),
    ],
)
def test_marks_that_stop_nothing_for_certain(old: str, new: str) -> None:
    assert said(IT, IT.replace(old, new), SCRIPT) == []


def test_an_only_that_stood_at_base_or_in_test_data_is_old_news() -> None:
    only = IT.replace("it(", "it.only(")
    assert said(only, only.replace("})\n})", "})\n  it.only('more', () => {})\n})"), SCRIPT) == []
    assert said("", only, "tests/format/shop.js") == []
    assert [line for line, _ in said("", only, SCRIPT)] == [2]


def test_a_renamed_file_keeps_its_tests() -> None:
    change = change_of({"tests/test_old.py": RAN}, {PYTHON: f"@pytest.mark.skip\n{RAN}"}, {PYTHON: "tests/test_old.py"})
    with open_workspace(None) as workspace:
        (finding,) = skipped_test_added.run(change, Knowledge(workspace)).findings
    assert (finding.path, finding.line, finding.symbol) == (PYTHON, 1, "test_a")


def test_an_unreadable_file_is_no_finding() -> None:
    change = change_of({PYTHON: None}, {PYTHON: f"@pytest.mark.skip\n{RAN}"})
    with open_workspace(None) as workspace:
        assert skipped_test_added.run(change, Knowledge(workspace)).findings == ()


PIECES = (
    "@pytest.mark.skip\n",
    "def test_a():",
    "\n",
    "    ",
    "class TestA:\n",
    "it.only('a', () => {",
    "})",
    "(",
    "x = 1\n",
)


@given(st.lists(st.sampled_from(PIECES)).map("".join), st.sampled_from((PYTHON, SCRIPT)))
def test_no_text_breaks_the_reading(text: str, path: str) -> None:
    for case in tests_in.tests_in(Source(path, text.encode())):
        assert 1 <= case.line <= case.end_line
    assert findings(text, text, path) == []


def test_deep_nesting_neither_crashes_nor_hangs() -> None:
    text = "describe('a', () => {" * 3000 + "it.only('b', () => {})"
    assert isinstance(findings("", text, SCRIPT), list)
