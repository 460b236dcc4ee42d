"""What is removed and still used: what is told, where, and the near misses that are left alone."""

from __future__ import annotations

import pytest

from checks.constraint import removed_symbol_still_used as check
from checks.finding import Severity, Side
from tests.checks.constraint_runs import findings, fired, lines_of

LIB = """\
RATE = 2


def total(items):
    return sum(items) * RATE


class Cart:
    size = 1

    def fill(self):
        return self.size
"""
USE = "from lib import Cart, total\n\n\ndef sell(items):\n    return total(items), Cart().fill()\n"


def test_the_finding_stands_where_base_defined_it() -> None:
    after = LIB.replace("def total(items)", "def total_of(items)")
    (finding,) = findings(check, {"lib.py": LIB, "use.py": USE}, {"lib.py": after, "use.py": USE})
    assert (finding.path, finding.line, finding.side, finding.symbol) == ("lib.py", 4, Side.LEFT, "total")
    assert finding.message.startswith("`total` is gone and still used (use.py:1)")
    assert finding.message.endswith("; renamed to `total_of`?")
    assert finding.severity is Severity.BLOCK
    assert "use.py:1" in lines_of(finding)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("RATE = 2\n", "", 1),
        ("class Cart:", "class Basket:", 8),
        ("    def fill(self):", "    def fill_up(self):", 11),
        ("    size = 1\n", "", 9),
    ],
)
def test_whatever_is_gone_is_told_once(old: str, new: str, line: int) -> None:
    use = "from lib import RATE, Cart\n\nprint(RATE, Cart.size, Cart().fill())\n"
    after = LIB.replace(old, new)
    assert fired(check, {"lib.py": LIB, "use.py": use}, {"lib.py": after, "use.py": use}) == [
        (check.SLUG, "lib.py", line)
    ]


def test_a_module_that_moved() -> None:
    use = "from shop.prices import total\n\ntotal([1])\n"
    before = {"shop/__init__.py": "", "shop/prices.py": LIB, "use.py": use}
    after = {"shop/__init__.py": "", "shop/core.py": LIB, "use.py": before["use.py"]}
    (finding,) = findings(check, before, after, {"shop/core.py": "shop/prices.py"})
    assert finding.path == "shop/core.py"
    assert (finding.line, finding.side) == (1, Side.LEFT)
    assert finding.message == "`prices` is gone and still imported (use.py:1); the file is now `shop/core.py`"


def test_a_definition_that_moved() -> None:
    before = {"lib.py": LIB, "other.py": "", "use.py": USE}
    start, end = LIB.index("def total"), LIB.index("class Cart")
    after = {**before, "lib.py": LIB[:start] + LIB[end:], "other.py": "RATE = 2\n\n\n" + LIB[start:end]}
    (finding,) = findings(check, before, after)
    assert finding.message.endswith("; moved to `other.py`?")


@pytest.mark.parametrize(
    ("after", "use"),
    [
        pytest.param(LIB.replace("def total(", "def total_of(") + "\n\ntotal = total_of\n", USE, id="an alias"),
        pytest.param(
            "from other import total\n" + LIB.replace("def total(", "def total_of("), USE, id="imported from elsewhere"
        ),
        pytest.param(
            LIB.replace("def total(", "def total_of(") + "\n\ndef __getattr__(name):\n    return total_of\n",
            "import lib\n\nprint(lib.total([1]))\n",
            id="a module that answers for any name",
        ),
        pytest.param(
            LIB.replace("def total(", "def total_of("),
            "try:\n    from lib import total\nexcept ImportError:\n    total = sum\n",
            id="the importer can do without",
        ),
        pytest.param(LIB.replace("def total(", "def total_of("), USE.replace("from lib", "from other"), id="another"),
        pytest.param(LIB.replace("def total(", "def total_of(") + "    (\n", USE, id="the file does not parse"),
        pytest.param(
            LIB.replace("class Cart:", "class Cart(Base):").replace("fill(self)", "empty(self, how)"),
            USE,
            id="unknown base",
        ),
    ],
)
def test_it_is_silent(after: str, use: str) -> None:
    assert fired(check, {"lib.py": LIB, "use.py": use}, {"lib.py": after, "use.py": use}) == []


def test_a_test_that_expects_the_failure_is_left_alone() -> None:
    test = "import pytest\n\n\ndef test_gone():\n    with pytest.raises(ImportError):\n        from lib import total\n"
    after = LIB.replace("def total(", "def total_of(")
    before = {"lib.py": LIB, "tests/test_lib.py": test}
    assert fired(check, before, {**before, "lib.py": after}) == []


def test_test_data_is_left_alone() -> None:
    before = {"lib.py": LIB, "tests/data/use.py": USE}
    assert fired(check, before, {**before, "lib.py": LIB.replace("def total(", "def total_of(")}) == []


def test_a_name_in_the_same_file_is_left_to_the_check_of_names() -> None:
    before = {"lib.py": "def rate():\n    return 1\n\n\ndef total():\n    return rate()\n"}
    assert fired(check, before, {"lib.py": before["lib.py"].replace("def rate", "def price")}) == []


class TestByName:
    """Methods that are gone while calls by their name remain."""

    CART = "class Cart:\n    def put_item(self, item):\n        return item\n"
    GONE = CART.replace("put_item", "add_item")
    FILL = "def fill(cart):\n    cart.put_item(1)\n"

    def test_a_warning(self) -> None:
        before = {"cart.py": self.CART, "fill.py": self.FILL}
        (finding,) = findings(check, before, {**before, "cart.py": self.GONE})
        assert finding.severity is Severity.WARN
        assert finding.message == "`Cart.put_item` is gone and still used (fill.py:2); renamed to `add_item`?"

    @pytest.mark.parametrize(
        "extra",
        [
            "\n\nclass Bag:\n    def put_item(self, item):\n        return item\n",
            "\n\nclass Bag:\n    put_item = None\n",
        ],
    )
    def test_another_thing_of_that_name(self, extra: str) -> None:
        before = {"cart.py": self.CART + extra, "fill.py": self.FILL}
        assert fired(check, before, {**before, "cart.py": self.GONE + extra}) == []

    def test_a_new_call_is_left_alone(self) -> None:
        before = {"cart.py": self.CART, "fill.py": "def fill(cart):\n    pass\n"}
        assert fired(check, before, {"cart.py": self.GONE, "fill.py": self.FILL}) == []

    def test_other_languages_are_left_alone(self) -> None:
        before = {"cart.py": self.CART, "fill.js": "export const fill = (cart) => cart.put_item(1)\n"}
        assert fired(check, before, {**before, "cart.py": self.GONE}) == []


@pytest.mark.parametrize(("name", "fires"), [("_fill_up", 1), ("fill_up", 0)])
def test_a_base_that_is_not_in_the_tree_may_have_a_public_method(name: str, fires: int) -> None:
    text = (
        f"class Cart(Base):\n    def {name}(self, x):\n        return x\n\n    def go(self):\n        self.{name}(1)\n"
    )
    before = {"cart.py": "from other import Base\n\n\n" + text}
    start, end = text.index("    def"), text.index("    def go")
    after = {"cart.py": "from other import Base\n\n\n" + text[:start] + text[end:]}
    assert len(fired(check, before, after)) == fires


LOAD = "export function load(name: string): string {\n  return name\n}\n\nexport class Box {\n  open(): void {}\n}\n"
CALLER = "import { Box, load } from './load'\n\nexport const one = load('a')\nnew Box().open()\n"


@pytest.mark.parametrize(
    ("after", "line"),
    [
        (LOAD.replace("load(", "loadOne("), 1),
        (LOAD.replace("class Box", "class Chest"), 5),
        (LOAD.replace("open(", "unlock("), 6),
        (LOAD.replace("load(", "loadOne(") + "export { loadOne as load }\n", None),
        (LOAD.replace("load(", "loadOne(") + "export * from 'other'\n", None),
    ],
)
def test_typescript(after: str, line: int | None) -> None:
    before = {"src/load.ts": LOAD, "src/use.ts": CALLER}
    expected = [] if line is None else [(check.SLUG, "src/load.ts", line)]
    assert fired(check, before, {**before, "src/load.ts": after}) == expected


def test_a_barrel_is_looked_through() -> None:
    before = {
        "src/load.ts": LOAD,
        "src/index.ts": "export * from './load'\n",
        "use.ts": CALLER.replace("./load", "./src"),
    }
    (finding,) = findings(check, before, {**before, "src/load.ts": LOAD.replace("load(", "loadOne(")})
    assert (finding.path, finding.line) == ("src/load.ts", 1)
    assert lines_of(finding)[0] == "use.ts:1"


DYNAMIC = "import os\n\nglobals().update(os.environ)\n\n\ndef total(items):\n    return len(items)\n"


@pytest.mark.parametrize(
    ("after", "fires"),
    [
        (DYNAMIC.replace("total", "count"), 1),
        (DYNAMIC.replace("total", "count") + "\n\nNAMES = ['total']\n", 0),
        (DYNAMIC, 0),
    ],
)
def test_a_module_that_makes_names_up_has_to_know_the_word(after: str, fires: int) -> None:
    before = {"shop/__init__.py": "", "shop/prices.py": DYNAMIC, "shop/sell.py": "from shop.prices import total\n"}
    found = findings(check, before, {**before, "shop/prices.py": after})
    assert [(one.severity, one.path, one.line) for one in found] == [(Severity.WARN, "shop/prices.py", 6)] * fires
