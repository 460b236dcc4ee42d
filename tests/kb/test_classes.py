"""Classes on a graph: their order, members, constructors, and whether a miss holds for the whole tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.facts.model import Definition
from kb.graph.classes import (
    Unsure,
    constructor_of,
    descendants_of,
    family_has,
    linearised,
    member_of,
    mro_of,
    stands,
)
from kb.graph.code import Code
from kb.graph.index import Index
from kb.graph.model import Node, node_id
from tests.kb.graph_worlds import view_of


@contextmanager
def code_of(files: Mapping[str, str]) -> Iterator[Code]:
    index = Index.open(None, "test")
    try:
        yield index.code(view_of(files))
    finally:
        index.close()


def node(code: Code, name: str, path: str = "a.py") -> Node:
    return code.graph.nodes([node_id(path, name)])[node_id(path, name)]


DIAMOND = "class A:\n    def f(self): 0\nclass B(A): 0\nclass C(A):\n    def f(self): 1\nclass D(B, C): 0\n"
ORDERS = {
    "alone": ("class C: 0\n", ["C"], True),
    "object and generics": ("from typing import Generic\nclass C(object): 0\nclass C2(Generic[int]): 0\n", ["C"], True),
    "a diamond": (DIAMOND.replace("D", "X").replace("C", "Y") + "class C(X): 0\n", ["C", "X", "B", "Y", "A"], True),
    "a base from outside": ("import x\nclass C(x.B): 0\n", ["C"], False),
    "a base in two ways": ("class A: 0\nif x:\n    class C(A): 0\nelse:\n    class C: 0\n", ["C", "A"], False),
    "itself": ("class C(C): 0\n", ["C"], False),
    "a contradiction": ("class A: 0\nclass B(A): 0\nclass C(A, B): 0\n", ["C", "A", "B"], False),
    "a metaclass does not matter here": ("class M(type): 0\nclass C(metaclass=M): 0\n", ["C"], True),
}


@pytest.mark.parametrize(("text", "names", "complete"), ORDERS.values(), ids=list(ORDERS))
def test_the_order_of_classes(text, names, complete):
    with code_of({"a.py": text}) as code:
        order = mro_of(code, node(code, "C"))
        assert [one.qualified for one in order.classes] == names
        assert order.complete == complete


def test_many_ways_to_one_base_are_walked_once():
    text = "class C0: pass\n"
    for n in range(1, 40):
        text += f"class A{n}(C{n - 1}): pass\nclass B{n}(C{n - 1}): pass\nclass C{n}(A{n}, B{n}): pass\n"
    with code_of({"a.py": text}) as code:
        found = mro_of(code, node(code, "C39"))
    assert len(found.classes) == 118
    assert found.complete


def test_members_are_found_in_that_order():
    with code_of({"a.py": DIAMOND}) as code:
        found = member_of(code, node(code, "D"), "f")
        assert found is not None
        assert found[0].qualified == "C.f"
        assert found[1].line == 5
        above = member_of(code, node(code, "D"), "f", after=node(code, "C"))
        assert above is not None
        assert above[0].qualified == "A.f"
        assert member_of(code, node(code, "D"), "g") is None


def test_descendants_over_several_files():
    files = {"a.py": "class A: 0\n", "b.py": "from a import A\nclass B(A): 0\n", "c.py": "import b\nclass C(b.B): 0\n"}
    with code_of(files) as code:
        assert [one.qualified for one in descendants_of(code, node(code, "A"))] == ["B", "C"]


INIT = "    def __init__(self, x, *, y=1): 0\n"
CONSTRUCTORS = {
    "its own": ("class C:\n" + INIT, ["self", "x", "y"]),
    "inherited": ("class B:\n" + INIT + "class C(B): 0\n", ["self", "x", "y"]),
    "__new__": ("class C:\n    def __new__(cls, z): 0\n", ["cls", "z"]),
    "none": ("class C: 0\n", None),
    "both": ("class C:\n    def __new__(cls, z): 0\n" + INIT, "several constructors"),
    "an unknown base": ("import x\nclass C(x.B): 0\n", "a base is not known"),
    "an unknown base, but its own": ("import x\nclass C(x.B):\n" + INIT, ["self", "x", "y"]),
    "a metaclass": ("class C(metaclass=M):\n" + INIT, "metaclass"),
    "an abstract class": ("from abc import ABCMeta\nclass C(metaclass=ABCMeta):\n" + INIT, ["self", "x", "y"]),
    "a decorated class": ("@d\nclass C:\n" + INIT, "decorated"),
    "a decorated constructor": ("class C:\n    @d\n" + INIT, "decorated"),
    "an enum": ("from enum import Enum\nclass C(Enum):\n    A = 1\n", "enum"),
    "overloads": ("class C:\n    @overload\n" + INIT + INIT, "several constructors"),
    "a dataclass": (
        "from dataclasses import dataclass\n@dataclass\nclass C:\n    x: int\n"
        "    y: str = 'a'\n    z: ClassVar[int] = 1\n",
        ["self", "x", "y"],
    ),
    "a dataclass of a dataclass": (
        "from dataclasses import dataclass\n@dataclass\nclass B:\n    x: int\n@dataclass\nclass C(B):\n    y: int\n",
        ["self", "x", "y"],
    ),
    "a dataclass with settings": (
        "from dataclasses import dataclass\n@dataclass(kw_only=True)\nclass C:\n    x: int\n",
        "generated in a way that is not plain",
    ),
    "a field with settings": (
        "from dataclasses import dataclass, field\n@dataclass\nclass C:\n    x: int = field(init=False)\n",
        "fields with settings",
    ),
    "a dataclass with its own": (
        "from dataclasses import dataclass\n@dataclass\nclass C:\n    x: int\n" + INIT,
        "written and generated",
    ),
    "a named tuple": ("from typing import NamedTuple\nclass C(NamedTuple):\n    x: int\n", None),
}


@pytest.mark.parametrize(("text", "expected"), CONSTRUCTORS.values(), ids=list(CONSTRUCTORS))
def test_constructors(text, expected):
    with code_of({"a.py": text}) as code:
        found = constructor_of(code, node(code, "C"))
        if "NamedTuple" in text:
            assert isinstance(found, Unsure)
        elif isinstance(expected, str):
            assert found == Unsure(expected)
        elif expected is None:
            assert found is None
        else:
            assert isinstance(found, Definition)
            assert found.signature is not None
            assert [one.name for one in found.signature.parameters] == expected


def test_a_dataclass_field_with_a_value_may_be_left_out():
    text = "from dataclasses import dataclass\n@dataclass\nclass C:\n    x: int\n    y: str = 'a'\n"
    with code_of({"a.py": text}) as code:
        found = constructor_of(code, node(code, "C"))
        assert isinstance(found, Definition)
        assert found.signature is not None
        assert [one.optional for one in found.signature.parameters] == [False, False, True]


SELF = "class C:\n    def f(self): self.h()\n"
STANDS = {
    "nothing else": ({"a.py": SELF}, True),
    "a subclass has it": ({"a.py": SELF, "b.py": "from a import C\nclass D(C):\n    def h(self): 0\n"}, False),
    "a mixin's host has it": (
        {"a.py": SELF, "b.py": "from a import C\nclass B:\n    def h(self): 0\nclass D(C, B): 0\n"},
        False,
    ),
    "a subclass has an unknown base": (
        {"a.py": SELF, "b.py": "from a import C\nimport x\nclass D(C, x.T): 0\n"},
        False,
    ),
    "some file sets it": ({"a.py": SELF, "b.py": "def g(x): x.h = 1\n"}, False),
    "another class has it": ({"a.py": SELF, "b.py": "class D:\n    def h(self): 0\n"}, True),
    "a member": ({"a.py": "import m\nm.h()\n", "m.py": "x = 1\n"}, True),
    "a member that some file sets": (
        {"a.py": "import m\nm.h()\n", "m.py": "x = 1\n", "b.py": "import m\nm.h = 1\n"},
        False,
    ),
    "a name": ({"a.py": "h()\n"}, True),
    "a name among the builtins": ({"a.py": "h()\n", "conftest.py": "import builtins\nbuiltins.h = 1\n"}, False),
    "a name that something has": ({"a.py": "h()\n", "b.py": "def g(x): x.h = 1\n"}, True),
}


@pytest.mark.parametrize(("files", "holds"), STANDS.values(), ids=list(STANDS))
def test_a_miss_is_held_against_the_whole_tree(files, holds):
    with code_of(files) as code:
        (miss,) = code.graph.misses_in(["a.py"])["a.py"]
        assert stands(code, miss) == holds


def test_a_family_knows_its_relatives_names():
    with code_of({"a.py": DIAMOND}) as code:
        assert family_has(code, node(code, "B"), "f")
        assert not family_has(code, node(code, "B"), "g")


@given(st.integers(1, 7), st.randoms(use_true_random=False))
def test_the_order_is_that_of_python(count, random):
    """Classes 0..n, each with bases among the earlier ones: our order is what `type` computes, or both refuse."""
    real: dict[int, type] = {}
    ours: dict[int, list[int]] = {}
    for number in range(count):
        bases = random.sample(sorted(real), min(len(real), random.randint(0, 3)))
        order = linearised(number, [ours[base] for base in bases])
        try:
            made = type(f"C{number}", tuple(real[base] for base in bases), {})
        except TypeError:
            assert order is None
            continue
        assert order == [int(one.__name__[1:]) for one in made.__mro__[:-1]]
        real[number], ours[number] = made, order
