"""What users of a package rely on: what is told about a change to it, and what is left alone."""

from __future__ import annotations

import pytest

from checks.constraint import public_api_broken as check
from checks.constraint.api import breaks
from checks.constraint.public import Version
from checks.finding import Severity
from kb.facts.extract import facts_of
from kb.facts.model import Definition
from tests.checks.constraint_runs import findings, fired

PROJECT = '[project]\nname = "shop"\nversion = "2.1.0"\n'
PRICES = """\
__all__ = ["total", "Cart"]


def total(items, rate=1):
    return items


class Cart:
    def put(self, item):
        return item
"""
TREE = {"pyproject.toml": PROJECT, "shop/__init__.py": "", "shop/prices.py": PRICES}


def row(text: str, *, method: bool = False, path: str = "a.py") -> Definition:
    source = f"class C:\n    {text}\n" if method else text
    return facts_of(path, source.encode()).definitions[-1]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a", "a", []),
        ("a", "b", ["its parameter `a` is now `b`"]),
        ("a, /", "b, /", []),
        ("a, b", "a", ["it has no more parameter `b`"]),
        ("a, b", "a, *args, **kwargs", []),
        ("a, b", "a, **kwargs", ["it has no more parameter `b`"]),
        ("a, *, b", "a, **kwargs", []),
        ("a, _b=1", "a", []),
        ("a=1", "a", ["its parameter `a` is now required"]),
        ("a", "a, b", ["its new parameter `b` is required"]),
        ("a", "a, *, b", ["its new parameter `b` is required"]),
        ("a", "a, b=1", []),
        ("a, b", "b, a", ["its parameter `a` is at another place"]),
        ("a", "z=1, a=2", ["its parameter `a` is at another place"]),
        ("a", "*, a", ["its parameter `a` is now taken by keyword only"]),
        ("a", "a, /", ["its parameter `a` is now taken by position only"]),
        ("*args", "", ["it takes no more `*args`"]),
        ("**kwargs", "", ["it takes no more `**kwargs`"]),
        ("*args", "*values", []),
    ],
)
def test_what_breaks_for_callers(old: str, new: str, expected: list[str]) -> None:
    assert breaks(row(f"def f({old}): pass\n"), row(f"def f({new}): pass\n")) == expected


def test_the_receiver_is_no_parameter() -> None:
    assert breaks(row("def f(self, a): pass", method=True), row("def f(this, a): pass", method=True)) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def f(a): pass\n", "@wrapped\ndef f(): pass\n"),
        ("def f(a): pass\n", "f = 1\n"),
        ("def f(a): pass\n", "class f: pass\n"),
        ("if x:\n    def f(a): pass\n", "def f(): pass\n"),
    ],
)
def test_what_is_not_known_well_enough(old: str, new: str) -> None:
    assert breaks(row(old), row(new)) == []


def test_a_method_that_becomes_a_property() -> None:
    one, other = row("def f(self): pass", method=True), row("@property\n    def f(self): pass", method=True)
    assert breaks(one, other) == ["was called and is now read without a call"]
    assert breaks(other, one) == ["was read without a call and is now called"]


def test_at_most_five_are_told() -> None:
    names = [f"f{n}" for n in range(8)]
    text = f"__all__ = {names}\n" + "".join(f"\n\ndef {name}(a):\n    pass\n" for name in names)
    found = findings(check, {**TREE, "shop/many.py": text}, {**TREE, "shop/many.py": text.replace("(a)", "(b)")})
    assert len(found) == check.MOST
    assert {one.severity for one in found} == {Severity.INFO}


RENAMED = PRICES.replace("rate=1", "factor=1")


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"pyproject.toml": PROJECT.replace("2.1.0", "0.9.1")}, id="before 1.0"),
        pytest.param({"pyproject.toml": PROJECT.replace("2.1.0", "3.0.0.dev1")}, id="a major that is not out"),
        pytest.param(
            {"pyproject.toml": PROJECT.replace('version = "2.1.0"', 'dynamic = ["version"]')}, id="no version"
        ),
        pytest.param({"pyproject.toml": "[tool.black]\nversion = '2.1.0'\n"}, id="not packaged"),
        pytest.param({"shop/prices.py": PRICES.replace('"total", ', "")}, id="not listed"),
        pytest.param(
            {"shop/prices.py": PRICES.replace("    return items", "    warn('rate is deprecated')")}, id="deprecated"
        ),
    ],
)
def test_it_is_silent(more: dict[str, str]) -> None:
    before = {**TREE, **more}
    after = {**before, "shop/prices.py": before["shop/prices.py"].replace("rate=1", "factor=1")}
    assert fired(check, before, after) == []


@pytest.mark.parametrize("path", ["shop/_prices.py", "shop/tests/prices.py", "docs/prices.py", "scripts/prices.py"])
def test_places_that_are_not_for_others(path: str) -> None:
    before = {"pyproject.toml": PROJECT, "shop/__init__.py": "", path: PRICES}
    assert fired(check, before, {**before, path: RENAMED}) == []


def test_what_a_package_passes_on_is_public_wherever_it_is_defined() -> None:
    before = {
        "pyproject.toml": PROJECT,
        "shop/__init__.py": "from shop._prices import total\n\n__all__ = ['total']\n",
        "shop/_prices.py": PRICES,
    }
    assert fired(check, before, {**before, "shop/_prices.py": RENAMED}) == [(check.SLUG, "shop/_prices.py", 4)]


def test_a_break_in_the_repository_is_said_elsewhere() -> None:
    before = {**TREE, "use.py": "from shop.prices import total\n\ntotal([1], rate=2)\n"}
    assert fired(check, before, {**before, "shop/prices.py": RENAMED}) == []


def test_a_name_that_is_still_offered_elsewhere() -> None:
    moved = {"shop/other.py": PRICES, "shop/prices.py": "__all__ = []\n"}
    assert fired(check, TREE, {**TREE, **moved}) == []


PACKAGE = '{"name": "shop", "version": "2.1.0"}\n'
INDEX = "export { total } from './prices'\n"
TOTAL = "export function total(items: number[], rate?: number): number {\n  return rate ?? items[0]\n}\n"


@pytest.mark.parametrize(
    ("package", "after", "fires"),
    [
        (PACKAGE, TOTAL.replace(", rate?: number", "").replace("rate ?? ", ""), 1),
        (PACKAGE, TOTAL.replace("rate?: number", "rate: number"), 1),
        (PACKAGE, TOTAL.replace("rate?: number", "rate?: number, unit?: string"), 0),
        (PACKAGE.replace("}", ', "private": true}'), TOTAL.replace("rate?: number", "rate: number"), 0),
        ("not json\n", TOTAL.replace("rate?: number", "rate: number"), 0),
    ],
)
def test_what_a_typescript_package_exports(package: str, after: str, fires: int) -> None:
    before = {"package.json": package, "src/index.ts": INDEX, "src/prices.ts": TOTAL}
    assert len(fired(check, before, {**before, "src/prices.ts": after})) == fires


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        (Version(0, 9, ".1"), True),
        (Version(3, 0, ".0.dev1"), True),
        (Version(3, 0, ".0b2"), True),
        (Version(3, 0, ".0"), False),
        (Version(3, 1, ".0.dev1"), False),
    ],
)
def test_when_a_version_may_break(version: Version, expected: bool) -> None:
    assert version.may_break == expected
