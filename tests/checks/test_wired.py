"""New names that nothing in the tree holds, and everything that counts as holding one."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from checks.knowledge import Knowledge
from checks.static import added_and_wired_to_nothing as check
from checks.static import whole_tree
from checks.workspace import open_workspace
from tests.checks.trees import change_of

BASE = {"shop/prices.py": "def total(prices):\n    return sum(prices)\n"}
MEAN = BASE["shop/prices.py"] + "\n\ndef average(prices):\n    return average(prices[1:])\n"
Texts = Mapping[str, str | bytes | None]


def fired(after: Texts, before: Texts = BASE) -> list[tuple[str, int]]:
    with open_workspace(None) as workspace:
        report = check.run(change_of(before, {**before, **after}), Knowledge(workspace))
    assert all(finding.silent and finding.evidence for finding in report.findings)
    return [(finding.path, finding.line) for finding in report.findings]


def test_a_function_that_only_names_itself_is_recorded() -> None:
    assert fired({"shop/prices.py": MEAN}) == [("shop/prices.py", 5)]


def test_a_class_and_a_script_are_looked_at_too() -> None:
    assert fired({"shop/prices.py": BASE["shop/prices.py"] + "class Basket:\n    pass\n"}) == [("shop/prices.py", 3)]
    assert fired({"src/basket.ts": "export function fillBasket() {}\n"}) == [("src/basket.ts", 1)]


def test_a_new_module_is_reported_once_not_with_all_it_holds() -> None:
    assert fired({"shop/rebates.py": "def rebate(x):\n    return x\n"}) == [("shop/rebates.py", 1)]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("shop/bill.py", "from shop.prices import average\n"),
        ("tests/test_prices.py", "average([1])\n"),
        ("pyproject.toml", '[project.scripts]\nmean = "shop.prices:average"\n'),
        ("docs/api.md", "Use `average`.\n"),
        ("shop/registry.py", "getattr(prices, 'average')\n"),
        ("shop/latin.txt", b"average \xff\n"),
    ],
)
def test_any_text_that_names_it_is_enough(path: str, text: str | bytes) -> None:
    assert ("shop/prices.py", 5) not in fired({"shop/prices.py": MEAN, path: text})


def test_a_longer_word_does_not_name_it() -> None:
    assert fired({"shop/prices.py": MEAN, "docs/api.md": "averages, my_average\n"}) == [("shop/prices.py", 5)]


@pytest.mark.parametrize(
    "text",
    [
        "@app.route('/')\ndef average():\n    pass\n",
        "def _average():\n    pass\n",
        "def avg():\n    pass\n",
        "def test_average():\n    pass\n",
        "def on_average(event):\n    pass\n",
        "class AverageError(Exception):\n    pass\n",
        "class Basket:\n    def average(self):\n        pass\n\n\nBasket()\n",
    ],
)
def test_names_that_are_found_in_other_ways(text: str) -> None:
    assert fired({"shop/prices.py": BASE["shop/prices.py"] + text}) == []


@pytest.mark.parametrize(
    "path", ["tests/rebates.py", "shop/__init__.py", "shop/migrations/more.py", "src/pages/more.tsx", "README.md"]
)
def test_files_that_are_found_in_other_ways(path: str) -> None:
    assert not check.covers(path)
    assert fired({path: "def average(prices):\n    pass\n"}) == []


def test_a_name_that_moved_is_not_new() -> None:
    before = {**BASE, "shop/old.py": "def average(prices):\n    pass\n"}
    assert fired({"shop/prices.py": MEAN, "shop/old.py": ""}, before) == []


def test_nothing_is_said_where_the_tree_cannot_be_read_whole() -> None:
    many = {f"data/{number}.txt": "" for number in range(whole_tree.MOST_FILES)}
    large = {f"data/{number}.txt": b"x" * whole_tree.LARGEST for number in range(201)}
    assert fired({"shop/prices.py": MEAN}, {**BASE, "lost.py": None}) == []
    assert fired({"shop/prices.py": MEAN}, {**BASE, **many}) == []
    assert fired({"shop/prices.py": MEAN}, {**BASE, **large}) == []
