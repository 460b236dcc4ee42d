"""Classes that a change left abstract, and those that may well be."""

from __future__ import annotations

import pytest

from checks.constraint import abstract_method_left_open
from checks.finding import Finding, Severity
from tests.checks.constraint_runs import findings, lines_of

BASE = "from abc import ABC, abstractmethod\n\n\nclass Shape(ABC):\n    @abstractmethod\n    def area(self): ...\n"
MORE = "\n    @abstractmethod\n    def name(self): ...\n"
SQUARE = "from shapes.base import Shape\n\n\nclass Square(Shape):\n    def area(self):\n        return 1\n"
USE = "from shapes.square import Square\n\n\ndef one():\n    return Square()\n"
TREE = {"shapes/__init__.py": "", "shapes/base.py": BASE, "shapes/square.py": SQUARE, "shapes/use.py": USE}


def told(after: dict[str, str], before: dict[str, str] | None = None, **renamed: str) -> list[Finding]:
    base = {**TREE, **(before or {})}
    head = {path: text for path, text in {**base, **after}.items() if text != "gone"}
    return findings(
        abstract_method_left_open, base, head, {f"shapes/{new}.py": f"shapes/{old}.py" for new, old in renamed.items()}
    )


def test_the_place_that_fails_is_shown() -> None:
    (finding,) = told({"shapes/base.py": BASE + MORE})
    assert (finding.severity, finding.path, finding.line) == (Severity.BLOCK, "shapes/base.py", 9)
    assert lines_of(finding) == ["shapes/use.py:5"]
    assert lines_of(finding, "class") == ["shapes/square.py:4"]


def test_a_class_that_nobody_makes_is_a_warning_if_it_was_whole() -> None:
    (finding,) = told({"shapes/base.py": BASE + MORE}, {"shapes/use.py": ""})
    assert finding.severity is Severity.WARN


def test_a_test_that_expects_it_of_a_function_inside() -> None:
    text = (
        "from shapes.square import Square\n\n\nclass TestIt(TestCase):\n    def test_it(self):\n        def make():\n"
    )
    test = {"tests/test_it.py": text + "            Square()\n\n        self.assertRaises(TypeError, make)\n"}
    assert told({"shapes/base.py": BASE + MORE}, {"shapes/use.py": "", **test}) == []


def test_a_class_that_is_made_below_a_condition() -> None:
    use = {"shapes/use.py": USE.replace("    return", "    for _ in range(2):\n        return")}
    assert [one.severity for one in told({"shapes/base.py": BASE + MORE}, use)] == [Severity.BLOCK]


def test_a_class_that_a_decorator_made_abstract_before() -> None:
    old = BASE.replace("class Shape(ABC)", "@six.add_metaclass(ABCMeta)\nclass Shape(object)") + MORE
    assert told({"shapes/base.py": BASE + MORE}, {"shapes/base.py": old}) == []


def test_a_class_that_nobody_makes_may_lose_a_method() -> None:
    renamed = {"shapes/square.py": SQUARE.replace("area", "size")}
    assert told(renamed, {"shapes/use.py": ""}) == []
    assert len(told(renamed)) == 1


def test_many_classes_are_one_finding_and_the_one_that_is_made_speaks() -> None:
    circle, disc = SQUARE.replace("Square", "Circle"), SQUARE.replace("Square", "Disc") + "\n\nDISC = Disc()\n"
    before = {"shapes/circle.py": circle, "shapes/disc.py": disc}
    (finding,) = told({"shapes/base.py": BASE + MORE}, before)
    assert finding.severity is Severity.BLOCK
    assert "`Disc` does not define it, and 2 more classes do not" in finding.message
    assert lines_of(finding) == ["shapes/disc.py:9", "shapes/use.py:5"]
    assert lines_of(finding, "class") == ["shapes/disc.py:4", "shapes/square.py:4", "shapes/circle.py:4"]


@pytest.mark.parametrize(
    "base",
    [
        BASE.replace("ABC, abstractmethod", "ABCMeta, abstractmethod").replace("(ABC)", "(metaclass=ABCMeta)"),
        BASE.replace("from abc import ABC, abstractmethod", "import abc\nfrom abc import abstractmethod").replace(
            "(ABC)", "(metaclass=abc.ABCMeta)"
        ),
        BASE.replace("from abc", "from typing import Protocol\nfrom abc").replace("(ABC)", "(Protocol)"),
        BASE.replace("from abc", "from typing import Generic, TypeVar\nfrom abc").replace("(ABC)", "(ABC, Generic[T])"),
    ],
)
def test_ways_to_be_abstract(base: str) -> None:
    assert len(told({"shapes/base.py": base + MORE}, {"shapes/base.py": base})) == 1


@pytest.mark.parametrize(
    "square",
    [
        SQUARE + "\n    def name(self):\n        return ''\n",
        SQUARE + "\n    @property\n    def name(self):\n        return ''\n",
        SQUARE + "\n    name = 'square'\n",
        SQUARE + "\n    name: str = 'square'\n",
        SQUARE + "\n    @cached\n    def name(self):\n        return ''\n",
        SQUARE.replace("Square(Shape)", "Square(Named, Shape)").replace(
            "class", "class Named:\n    name = 1\n\n\nclass"
        ),
        SQUARE.replace("Shape\n", "Shape\nfrom elsewhere import Named\n", 1).replace("(Shape)", "(Named, Shape)"),
        SQUARE.replace("(Shape)", "(Shape, metaclass=Filled)"),
        SQUARE.replace("(Shape)", "(Shape, metaclass=fill.Filled)"),
        SQUARE.replace("class ", "@filled\nclass "),
        SQUARE + "\n    def __new__(cls):\n        return 1\n",
        SQUARE + "\n    if Shape:\n        def name(self): ...\n",
        SQUARE + "\n    @abstractmethod\n    def more(self): ...\n",
        SQUARE + "\n\nclass Small(Square):\n    def name(self):\n        return ''\n",
    ],
)
def test_classes_that_have_the_method_or_may_have_it(square: str) -> None:
    head = {"shapes/base.py": BASE + MORE, "shapes/square.py": square}
    made = "" if "abstractmethod" in square or "Small" in square else USE
    assert told({**head, "shapes/use.py": made}, {"shapes/use.py": made}) == []


@pytest.mark.parametrize(("name", "count"), [("name", 1), ("keys", 0), ("__len__", 0)])
def test_abstract_classes_of_the_standard_library_are_known(name: str, count: int) -> None:
    base = BASE.replace("(ABC)", "(Sized, Iterable[str])").replace(
        "from abc", "from collections.abc import Sized\nfrom abc"
    )
    base = base.replace("import Sized", "import Iterable, Sized") + "\n    def __len__(self): ...\n"
    whole = base + "\n    def __iter__(self): ...\n"
    more = MORE.replace("def name", f"def {name}")
    assert len(told({"shapes/base.py": whole + more}, {"shapes/base.py": whole})) == (name != "__len__")
    assert told({"shapes/base.py": base + more}, {"shapes/base.py": base}) == []
    mapping = whole.replace("Iterable", "Mapping") + "\n    def __getitem__(self, key): ...\n"
    assert len(told({"shapes/base.py": mapping + more}, {"shapes/base.py": mapping})) == count


def test_the_order_of_bases_decides() -> None:
    named = "class Named:\n    def name(self):\n        return ''\n\n\n"
    last = SQUARE.replace("class", named + "class").replace("(Shape)", "(Shape, Named)")
    assert len(told({"shapes/base.py": BASE + MORE, "shapes/square.py": last})) == 1


@pytest.mark.parametrize(
    ("use", "said"),
    [
        (USE.replace("    return Square()", "    with pytest.raises(TypeError):\n        Square()"), []),
        (USE.replace("    return", "    # noqa\n    return") + "\n\nSquare.__abstractmethods__ = frozenset()\n", []),
        (
            USE.replace("    return Square()", "    try:\n        Square()\n    except TypeError:\n        pass"),
            [],
        ),
        (USE.replace("    return Square()", "    return Square"), [Severity.WARN]),
    ],
)
def test_who_expects_it_or_makes_none(use: str, said: list[Severity]) -> None:
    assert [one.severity for one in told({"shapes/base.py": BASE + MORE, "shapes/use.py": use})] == said


@pytest.mark.parametrize(
    ("before", "after", "renamed"),
    [
        (
            {"shapes/base.py": BASE + MORE},
            {"shapes/square.py": SQUARE + "\n    def edge(self):\n        return 1\n"},
            {},
        ),
        (
            {"shapes/base.py": BASE + MORE},
            {"shapes/square.py": "gone", "shapes/box.py": SQUARE, "shapes/use.py": USE.replace("square", "box")},
            {"box": "square"},
        ),
        (
            {"shapes/base.py": BASE + MORE},
            {
                "shapes/square.py": "gone",
                "shapes/box.py": SQUARE + "\n# moved\n",
                "shapes/use.py": USE.replace("square", "box"),
            },
            {},
        ),
    ],
    ids=["changed", "renamed", "moved"],
)
def test_what_was_abstract_before_is_not_told(
    before: dict[str, str], after: dict[str, str], renamed: dict[str, str]
) -> None:
    assert told(after, before, **renamed) == []


def test_a_class_without_an_abstract_family_may_leave_anything_open() -> None:
    plain = BASE.replace("(ABC)", "")
    assert told({"shapes/base.py": plain + MORE}, {"shapes/base.py": plain}) == []
    depends = BASE + "\n    if TYPE_CHECKING:\n        @abstractmethod\n        def name(self): ...\n"
    assert told({"shapes/base.py": depends}) == []


def test_a_new_class_is_told_only_where_it_is_made() -> None:
    flat = "from shapes.base import Shape\n\n\nclass Flat(Shape):\n    pass\n"
    assert told({"shapes/flat.py": flat}) == []
    (finding,) = told({"shapes/flat.py": flat + "\n\nFLAT = Flat()\n"})
    assert (finding.severity, finding.path, finding.line) == (Severity.BLOCK, "shapes/flat.py", 4)
