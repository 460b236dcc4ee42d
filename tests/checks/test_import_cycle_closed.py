"""Imports that close a circle, and imports that only look like it."""

from __future__ import annotations

import pytest

from checks.constraint import import_cycle_closed
from checks.finding import Finding, Severity
from tests.checks.constraint_runs import findings, lines_of

TREE = {
    "shop/__init__.py": "",
    "shop/cart.py": "from shop.prices import total\n\n\ndef pay():\n    return total()\n",
    "shop/prices.py": "def total():\n    return 3\n",
    "shop/tax.py": "RATE = 3\n",
}


def told(after: dict[str, str], before: dict[str, str] | None = None, **renamed: str) -> list[Finding]:
    base = {**TREE, **(before or {})}
    head = {path: text for path, text in {**base, **after}.items() if text != "gone"}
    moved = {f"shop/{new}.py": f"shop/{old}.py" for new, old in renamed.items()}
    return findings(import_cycle_closed, base, head, moved)


def test_the_circle_is_shown_step_by_step() -> None:
    (finding,) = told({"shop/prices.py": "from shop.tax import RATE\n", "shop/tax.py": "from shop.cart import pay\n"})
    assert finding.severity is Severity.INFO
    assert lines_of(finding, "import") == ["shop/prices.py:1", "shop/tax.py:1", "shop/cart.py:1"]


@pytest.mark.parametrize(
    "text",
    [
        "from shop.cart import pay\n",
        "from shop import cart\n",
        "from . import cart\n",
        "from .cart import pay as paid\n",
        "import shop.cart\n",
        "class Price:\n    from shop.cart import pay\n",
    ],
)
def test_ways_to_close_it(text: str) -> None:
    (finding,) = told({"shop/prices.py": text})
    assert (finding.path, finding.line) == ("shop/prices.py", text[: text.index("cart")].count("\n") + 1)


@pytest.mark.parametrize(
    "text",
    [
        "def total():\n    from shop.cart import pay\n",
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from shop.cart import pay\n",
        "try:\n    from shop.cart import pay\nexcept ImportError:\n    pay = None\n",
        "if __name__ == '__main__':\n    from shop.cart import pay\n",
        "import sys\n\nif sys.platform == 'win32':\n    from shop.cart import pay\n",
        "from shop.tax import RATE\n",
        "from shop import tax\n",
        "import shop\n",
        "from elsewhere.cart import pay\n",
        "from shop.cart import (\n",
    ],
)
def test_what_runs_later_or_leads_elsewhere_is_not_told(text: str) -> None:
    assert told({"shop/prices.py": text}) == []


GATHERED = {"shop/__init__.py": "from shop.cart import pay\nfrom shop.tax import RATE\n"}


@pytest.mark.parametrize(
    ("after", "before"),
    [
        ({"shop/new.py": "from shop import tax\n", "shop/cart.py": "from shop import new\n"}, GATHERED),
        ({"shop/new.py": "import shop\n", "shop/cart.py": "from shop.new import shop\n"}, GATHERED),
        ({"shop/__init__.py": GATHERED["shop/__init__.py"]}, {"shop/tax.py": "from shop import prices\n"}),
        (
            {
                "shop/part/__init__.py": "from shop.part.a import x\n",
                "shop/part/a.py": "from shop import tax\nx = tax\n",
            },
            GATHERED,
        ),
    ],
)
def test_a_package_that_gathers_its_own_modules_is_no_circle(after: dict[str, str], before: dict[str, str]) -> None:
    assert told(after, before) == []


def test_a_package_beside_is_one() -> None:
    before = {
        "shop/part/__init__.py": "from shop.part.a import x\n",
        "shop/part/a.py": "from shop.tax import RATE as x\n",
    }
    (finding,) = told({"shop/tax.py": "from shop.part import x\n"}, before)
    assert lines_of(finding, "import") == ["shop/tax.py:1", "shop/part/__init__.py:1", "shop/part/a.py:1"]


CIRCLE = {"shop/prices.py": "from shop import cart\n"}


@pytest.mark.parametrize(
    ("after", "renamed"),
    [
        ({"shop/prices.py": "import shop.cart\nfrom shop import cart\n"}, {}),
        (
            {
                "shop/prices.py": "gone",
                "shop/cost.py": CIRCLE["shop/prices.py"],
                "shop/cart.py": "from shop import cost\n",
            },
            {},
        ),
        (
            {
                "shop/prices.py": "gone",
                "shop/cost.py": CIRCLE["shop/prices.py"],
                "shop/cart.py": "from shop import cost\n",
            },
            {"cost": "prices"},
        ),
        ({"shop/cart.py": "from shop import half\n", "shop/half.py": "from shop.prices import total\n"}, {}),
    ],
    ids=["again", "moved", "renamed", "a file put between"],
)
def test_a_circle_that_was_there_is_not_told(after: dict[str, str], renamed: dict[str, str]) -> None:
    assert told(after, CIRCLE, **renamed) == []


@pytest.mark.parametrize("folder", ["playground/hot", "tests", "examples", "src/__tests__"])
def test_circles_that_are_there_to_be_tried(folder: str) -> None:
    tree = {f"{folder}/a.js": "import './b.js'\n", f"{folder}/b.js": ""}
    assert findings(import_cycle_closed, tree, {**tree, f"{folder}/b.js": "import './a.js'\n"}) == []


def test_one_circle_is_told_once() -> None:
    assert (
        len(told({"shop/prices.py": "from shop import cart\n", "shop/cart.py": "from shop import prices, tax\n"})) == 1
    )


SCRIPTS = {
    "src/a.ts": "import { b } from './b'\nexport const a = b\nexport interface A { x: number }\nexport class K {}\n",
    "src/b.ts": "export const b = 1\n",
}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("import { a } from './a'\nexport const b = a\n", 1),
        ("export { a } from './a'\nexport const b = 1\n", 1),
        ("import type { a } from './a'\nexport const b = 1\n", 0),
        ("import { A } from './a'\nexport const b: A = { x: 1 }\n", 0),
        ("import { K } from './a'\nexport function b(k: K) { return 1 }\n", 0),
        ("import { K } from './a'\nexport const b = (k: any) => k as K\n", 0),
        ("import { type A } from './a'\nexport const b = 1\n", 0),
        ("import * as a from './a'\nexport const b: a.A = { x: 1 }\n", 0),
        ("export { A } from './a'\nexport const b = 1\n", 0),
        ("import { A } from './a'\nexport { A }\nexport const b = 1\n", 0),
        ("import { A, K } from './a'\nexport const b: A = new K()\n", 1),
        ("import { K } from './a'\nexport class b extends K {}\n", 1),
        ("import { K } from './a'\nexport const b = (k: any) => k instanceof K\n", 1),
        ("export * from './a'\nexport const b = 1\n", 1),
        ("import './a'\nexport const b = 1\n", 1),
        ("export const b = () => import('./a')\n", 0),
        ("export const b = () => require('./a')\n", 0),
    ],
)
def test_scripts(text: str, count: int) -> None:
    assert len(findings(import_cycle_closed, SCRIPTS, {**SCRIPTS, "src/b.ts": text})) == count


def test_a_step_of_types_only_is_no_way_back() -> None:
    tree = {
        "src/a.ts": "import { B } from './b'\nexport const a: B = { x: 1 }\n",
        "src/b.ts": "export interface B { x: number }\nexport const b = 1\n",
        "src/c.ts": "export const c = 1\n",
    }
    back = {**tree, "src/b.ts": tree["src/b.ts"] + "import { a } from './a'\nexport const d = a\n"}
    assert findings(import_cycle_closed, tree, back) == []
    around = {**tree, "src/a.ts": tree["src/a.ts"] + "import { c } from './c'\nexport const e = c\n"}
    longer = {**around, "src/c.ts": "import { b } from './b'\nexport const c = b\n", "src/b.ts": back["src/b.ts"]}
    assert len(findings(import_cycle_closed, around, longer)) == 1
