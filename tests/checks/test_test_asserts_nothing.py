"""New tests that look at no outcome, and the many ways of looking at one."""

from __future__ import annotations

import pytest

from checks.knowledge import Knowledge
from checks.static import test_asserts_nothing as check
from checks.workspace import open_workspace
from tests.checks.trees import change_of

PYTHON = "tests/test_cart.py"
SCRIPT = "src/cart.test.ts"


def fired(after: str, path: str = PYTHON, before: str = "") -> list[int]:
    with open_workspace(None) as workspace:
        report = check.run(change_of({path: before} if before else {}, {path: after}), Knowledge(workspace))
    assert all(finding.silent and finding.evidence for finding in report.findings)
    return [finding.line for finding in report.findings]


def python(body: str, name: str = "test_discount", head: str = "") -> str:
    return f"from shop import Cart\n{head}\n\ndef {name}:\n    {body}\n"


def test_a_test_that_only_calls_is_recorded() -> None:
    assert fired(python("Cart().discount(10)", "test_discount()")) == [4]
    assert fired("class TestCart:\n    def test_discount(self):\n        Cart().discount(10)\n") == [2]
    assert fired("it('adds up the prices', () => {\n  new Cart().total()\n})\n", SCRIPT) == [1]
    assert fired("@pytest.mark.parametrize('n', [1])\ndef test_discount():\n    Cart().discount(10)\n") == [2]


@pytest.mark.parametrize(
    "body",
    [
        "assert Cart().total() == 0",
        "expect(Cart().total())",
        "with pytest.raises(ValueError):\n        Cart().discount(-1)",
        "with pytest.warns(UserWarning):\n        Cart().discount(-1)",
        "if Cart().total():\n        pytest.fail('not empty')",
        "check_total(Cart())",
        "return Cart().draw()",
        "x = 1",
        "self.compare(Cart())",
        "# it is enough that this runs\n    Cart().discount(10)",
        "'''Discounts can be had.'''\n    Cart().discount(10)",
    ],
)
def test_a_test_that_may_fail_otherwise_is_not(body: str) -> None:
    assert fired(python(body, "test_discount()")) == []


@pytest.mark.parametrize(
    "name", ["test_no_error()", "test_can_discount()", "test_smoke()", "test_issue_41()", "test_discount(cart)"]
)
def test_a_name_or_a_fixture_says_enough(name: str) -> None:
    assert fired(python("Cart().discount(10)", name)) == []


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("from .helpers import total_is", "total_is(Cart(), 0)"),
        ("from tests.common import (\n    total_is,\n)", "total_is(Cart(), 0)"),
        ("def total_is(cart, n):\n    assert cart.total() == n\n", "total_is(Cart(), 0)"),
    ],
)
def test_helpers_of_the_suite_are_trusted(head: str, body: str) -> None:
    assert fired(python(body, "test_discount()", head)) == []


@pytest.mark.parametrize(
    "text",
    [
        "it('adds', (done) => {\n  new Cart().total(done)\n})\n",
        "it('adds', () => {\n  expect(new Cart().total()).toBe(0)\n})\n",
        "test('adds', t => {\n  new Cart().total()\n})\n",
        "it.skip('adds', () => {\n  new Cart().total()\n})\n",
        "it('adds without a price', () => {\n  new Cart().total()\n})\n",
    ],
)
def test_scripts_that_look(text: str) -> None:
    assert fired(text, SCRIPT) == []


def test_a_test_that_stood_at_base_is_not_new() -> None:
    text = python("Cart().discount(10)", "test_discount()")
    assert fired(text.replace("10", "20"), before=text) == []


def test_decorated_and_muted_tests_are_left_alone() -> None:
    assert fired("@image_comparison\n" + python("Cart().draw()", "test_draw()")[22:].lstrip()) == []
    assert fired("@pytest.mark.skip\ndef test_discount():\n    Cart().discount(10)\n") == []


def test_other_files_are_not_looked_at() -> None:
    assert not check.covers("src/cart.py")
    assert fired(python("Cart().discount(10)", "test_discount()"), "src/cart.py") == []
