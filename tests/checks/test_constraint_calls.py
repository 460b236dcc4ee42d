"""Calls that do not fit: what is told, where, and the near misses that are left alone."""

from __future__ import annotations

import pytest

from checks.constraint import call_does_not_fit_signature as check
from checks.finding import Confidence, Severity
from tests.checks.constraint_runs import findings, fired, lines_of

LIB = "def total(items, rate):\n    return sum(items) * rate\n"
WIDER = LIB.replace("rate)", "rate, unit)", 1)
USE = "from lib import total\n\n\ndef sell(items):\n    return total(items, 2)\n"


def test_every_caller_is_shown_at_the_changed_definition() -> None:
    users = {f"use_{n}.py": USE for n in range(7)}
    (finding,) = findings(check, {"lib.py": LIB, **users}, {"lib.py": WIDER, **users})
    assert (finding.path, finding.line, finding.symbol) == ("lib.py", 1, "total")
    assert finding.message == "Required parameter `unit` of `total` gets no value (use_0.py:5), and at 6 other places"
    assert lines_of(finding) == [f"use_{n}.py:5" for n in range(5)]
    assert (finding.severity, finding.confidence) == (Severity.BLOCK, Confidence.HIGH)


def test_the_line_is_the_changed_one_of_a_long_signature() -> None:
    before = "def total(\n    items,\n    rate,\n):\n    return items\n"
    after = before.replace("    rate,\n", "    rate,\n    unit,\n")
    assert fired(check, {"lib.py": before, "use.py": USE}, {"lib.py": after, "use.py": USE}) == [
        (check.SLUG, "lib.py", 4)
    ]


@pytest.mark.parametrize(
    ("before", "after", "use"),
    [
        pytest.param(LIB, WIDER, USE.replace("items, 2", "*items"), id="stars in the call"),
        pytest.param(LIB, WIDER, USE.replace("items, 2", "**items"), id="two stars in the call"),
        pytest.param(LIB, WIDER.replace("unit)", "unit=1)"), USE, id="a default"),
        pytest.param(LIB, WIDER.replace("unit)", "*unit)"), USE, id="rest"),
        pytest.param(LIB, WIDER.replace("unit)", "**unit)"), USE, id="keywords"),
        pytest.param(LIB, "@wrapped\n" + WIDER, USE, id="a decorator that may change the signature"),
        pytest.param(
            LIB, f"{WIDER}\n\nif DEBUG:\n\n    def total(items, rate):\n        return 1\n", USE, id="conditional"
        ),
        pytest.param(LIB, WIDER, USE.replace("from lib", "from other"), id="another total"),
        pytest.param(LIB, WIDER, "def sell(total, items):\n    return total(items, 2)\n", id="a parameter"),
        pytest.param(LIB, WIDER, USE.replace("(items, 2)", ""), id="no call"),
        pytest.param(
            LIB, WIDER, USE.replace("    return", "    with raises(TypeError):\n        return"), id="an expected error"
        ),
        pytest.param(
            LIB,
            WIDER,
            "from lib import total\n\n\ndef sell(items):\n    try:\n        return total(items, 2)\n"
            "    except TypeError:\n        return total(items, 2, 3)\n",
            id="either signature",
        ),
        pytest.param(WIDER, WIDER.replace("unit", "units"), USE, id="did not fit before"),
        pytest.param(LIB, WIDER + "    (\n", USE, id="the file does not parse"),
    ],
)
def test_it_is_silent(before: str, after: str, use: str) -> None:
    assert fired(check, {"lib.py": before, "use.py": use}, {"lib.py": after, "use.py": use}) == []


SHAPES = """\
class Shape:
    def __init__(self, size):
        self.size = size

    def scale(self, by):
        return self.size * by

    @classmethod
    def unit(cls, name):
        return cls(1)

    @staticmethod
    def parse(text):
        return text


class Square(Shape):
    pass
"""


@pytest.mark.parametrize(
    "call",
    [
        "Shape(1)",
        "Square(2)",
        "Shape(1).scale(2)",
        "Shape.scale(Shape(1), 2)",
        "Shape.unit('m')",
        "Square(1).unit('m')",
        "Shape.parse('x')",
        "Shape(1).parse(text='x')",
    ],
)
def test_receivers_count_as_python_passes_them(call: str) -> None:
    new = f"from shapes import Shape, Square\n\nprint({call})\n"
    assert fired(check, {"shapes.py": SHAPES}, {"shapes.py": SHAPES, "new.py": new}) == []


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("Shape()", "Required parameter `size` of `Shape.__init__` gets no value"),
        ("Square(1, 2)", "Too many positional arguments for `Shape.__init__`: it takes 1, the call passes 2"),
        ("Shape(1).scale(2, 3)", "Too many positional arguments for `Shape.scale`: it takes 1, the call passes 2"),
        ("Shape.scale(2)", "Required parameter `by` of `Shape.scale` gets no value"),
        ("Shape.unit()", "Required parameter `name` of `Shape.unit` gets no value"),
        ("Shape.parse('x', 'y')", "Too many positional arguments for `Shape.parse`: it takes 1, the call passes 2"),
        ("Shape(1).scale(factor=2)", "Keyword `factor` matches no parameter of `Shape.scale`"),
    ],
)
def test_a_new_call_that_does_not_fit_is_shown_where_it_stands(call: str, said: str) -> None:
    new = f"from shapes import Shape, Square\n\nprint({call})\n"
    (finding,) = findings(check, {"shapes.py": SHAPES}, {"shapes.py": SHAPES, "new.py": new})
    assert (finding.path, finding.line, finding.message) == ("new.py", 3, said)
    assert [one.kind for one in finding.evidence] == ["definition", "caller"]


def test_a_call_that_a_subclass_takes_is_left_alone() -> None:
    base = "class Task:\n    def run(self):\n        pass\n\n    def start(self):\n        self.run()\n"
    sub = "from task import Task\n\n\nclass Loud(Task):\n    def run(self, how=1):\n        return how\n"
    after = base.replace("run(self)", "run(self, how)").replace("self.run()", "self.run()", 1)
    assert fired(check, {"task.py": base, "sub.py": sub}, {"task.py": after, "sub.py": sub}) == []


@pytest.mark.parametrize(
    ("bases", "fires"),
    [("Base", 1), ("Base, Other", 1), ("External, Base", 0), ("Base, External", 0)],
)
def test_a_base_that_is_not_in_the_tree_may_come_first(bases: str, fires: int) -> None:
    base = "class Base:\n    def start(self):\n        return 1\n\n\nclass Other:\n    pass\n"
    sub = (
        f"from base import Base, Other\nfrom other import External\n\n\nclass Sub({bases}):\n"
        "    def start(self):\n        return super().start()\n"
    )
    before = {"base.py": base, "sub.py": sub}
    after = base.replace("start(self)", "start(self, how)")
    assert len(fired(check, before, {**before, "base.py": after})) == fires


def test_generated_constructors_are_known() -> None:
    before = "from dataclasses import dataclass\n\n\n@dataclass\nclass Item:\n    name: str\n"
    use = "from item import Item\n\nprint(Item('a'))\n"
    after = before + "    price: int\n"
    (finding,) = findings(check, {"item.py": before, "use.py": use}, {"item.py": after, "use.py": use})
    assert finding.path == "item.py"
    assert lines_of(finding) == ["use.py:3"]


class TestByName:
    """Calls on values of unknown type, where one method in the tree has the name."""

    CART = "class Cart:\n    def put_item(self, item):\n        return item\n"
    FILL = "def fill(cart):\n    cart.put_item(1)\n"

    def said(self, fill: str, *, extra: str = "", cart: str = "") -> list[tuple[Severity, Confidence]]:
        before = {"cart.py": self.CART + extra, "fill.py": fill}
        after = {**before, "cart.py": (cart or self.CART.replace("item)", "item, count)", 1)) + extra}
        return [(one.severity, one.confidence) for one in findings(check, before, after)]

    def test_a_method_that_asks_for_more(self) -> None:
        assert self.said(self.FILL) == [(Severity.WARN, Confidence.MEDIUM)]

    def test_a_value_that_reaches_another_parameter(self) -> None:
        cart = self.CART.replace("item)", "count, item=None)", 1)
        assert self.said(self.FILL, cart=cart) == [(Severity.WARN, Confidence.MEDIUM)]

    def test_a_second_method_of_that_name(self) -> None:
        assert self.said(self.FILL, extra="\n\nclass Bag:\n    def put_item(self, item):\n        return item\n") == []

    def test_a_name_that_every_list_has(self) -> None:
        cart = "class Cart:\n    def append(self, item):\n        return item\n"
        before = {"cart.py": cart, "fill.py": self.FILL.replace("put_item", "append")}
        assert fired(check, before, {**before, "cart.py": cart.replace("item)", "item, count)", 1)}) == []

    def test_a_call_that_fits_both(self) -> None:
        assert self.said(self.FILL.replace("(1)", "(*items)")) == []

    def test_a_call_that_fitted_neither(self) -> None:
        assert self.said(self.FILL.replace("(1)", "(1, 2, 3)")) == []


def test_a_value_that_now_reaches_another_parameter() -> None:
    after = LIB.replace("items, rate)", "unit, items, rate=1)", 1)
    (finding,) = findings(check, {"lib.py": LIB, "use.py": USE}, {"lib.py": after, "use.py": USE})
    assert finding.message == "`unit` of `total` takes the value that the call means for `items` (use.py:5)"
    assert finding.severity is Severity.WARN


@pytest.mark.parametrize("use", [USE.replace("items, 2", "items,\n        2,\n    "), USE])
def test_a_call_that_the_change_rewrote_means_what_it_says(use: str) -> None:
    after = LIB.replace("items, rate)", "unit, items, rate=1)", 1)
    before = {"lib.py": LIB, "use.py": use}
    assert fired(check, before, {"lib.py": after, "use.py": use.replace("2", "3")}) == []


LOAD = "export function load(name: string, size?: number): string {\n  return name\n}\n"
CALLER = "import { load } from './load'\n\nexport const one = load('a', 1)\n"


@pytest.mark.parametrize(
    ("after", "fires"),
    [
        (LOAD.replace("size?: number", "size: number, by: number"), 1),
        (LOAD.replace(", size?: number", ""), 1),
        (LOAD.replace("size?: number", "size?: number, by?: number"), 0),
        (LOAD.replace("size?: number", "size?: number, by = 1"), 0),
        (LOAD.replace("size?: number", "...sizes: number[]"), 0),
        (LOAD.replace("size?: number", "size: number, by: void"), 0),
        ("export function load(name: string, size: number): string\n" + LOAD.replace("size?: number", "size: any"), 0),
        (LOAD.replace("name: string", "this: Window, name: string"), 0),
    ],
)
def test_typescript_counts_arguments(after: str, fires: int) -> None:
    before = {"src/load.ts": LOAD, "src/use.ts": CALLER}
    assert len(fired(check, before, {**before, "src/load.ts": after})) == fires


def test_javascript_takes_any_number() -> None:
    before = {"src/load.js": "export function load(name) {}\n", "src/use.js": CALLER}
    assert fired(check, before, {**before, "src/load.js": "export function load(name, size, by) {}\n"}) == []


@pytest.mark.parametrize("above", ["// @ts-expect-error", "// @ts-ignore: known"])
def test_an_error_that_a_comment_expects(above: str) -> None:
    use = CALLER.replace("\nexport", f"\n{above}\nexport")
    before = {"src/load.ts": LOAD, "src/use.ts": use}
    assert fired(check, before, {**before, "src/load.ts": LOAD.replace(", size?: number", "")}) == []
