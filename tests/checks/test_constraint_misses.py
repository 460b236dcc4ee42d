"""Names, imports and attributes that lead nowhere: what is told, where, and what is left alone."""

from __future__ import annotations

import pytest

from checks.constraint import attribute_not_on_type as attributes
from checks.constraint import import_resolves_nowhere as imports
from checks.constraint import undefined_name as names
from checks.finding import Severity, Side
from tests.checks.constraint_runs import findings, fired, lines_of

NAMES = "RATE = 2\nUNIT = 1\n"
STARRED = "from shop.names import *\n\n\ndef sell():\n    return UNIT\n"


class TestNames:
    def test_each_name_is_told_once_a_file(self) -> None:
        text = "from os import sep\n\n\ndef one():\n    return sep\n\n\ndef two():\n    return sep\n"
        (finding,) = findings(names, {"a.py": text}, {"a.py": text.replace("from os import sep\n", "\n")})
        assert (finding.line, finding.message) == (5, "Name `sep` is not defined")
        assert lines_of(finding, "related") == ["a.py:9"]

    @pytest.mark.parametrize(
        "text",
        [
            "def f():\n    return __file__\n",
            "def f():\n    return WindowsError\n",
            "from other import *\n\n\ndef f():\n    return sep\n",
            "globals().update(x=1)\n\n\ndef f():\n    return sep\n",
            "exec('sep = 1')\n\n\ndef f():\n    return sep\n",
            "try:\n    unicode\nexcept NameError:\n    unicode = str\n",
            "def f():\n    return sep  # noqa: F821\n",
            "import typing\n\nif typing.TYPE_CHECKING:\n    from os import sep\n\n\ndef f(x: 'sep'):\n    pass\n",
            "import pytest\n\n\ndef f():\n    with pytest.raises(NameError):\n        return sep\n",
            "def f(:\n    return sep\n",
        ],
    )
    def test_what_may_be_there_is_left_alone(self, text: str) -> None:
        assert fired(names, {}, {"a.py": "import x\n" + text}) in (
            [],
            [(names.SLUG, "a.py", 4)] if "raises" in text else [],
        )

    def test_moved_code_is_as_wrong_as_before(self) -> None:
        text = "def f():\n    return sep\n"
        assert fired(names, {"a.py": text, "b.py": ""}, {"a.py": "", "b.py": text}) == []

    @pytest.mark.parametrize(
        ("before", "after", "fires"),
        [
            ("import { a } from './a'\nexport const b = a()\n", "export const b = a()\n", 1),
            ("import { fetch } from './a'\nexport const b = fetch()\n", "export const b = fetch()\n", 0),
            ("const a = 1\nexport const b = () => a\n", "export const b = (a) => a\n", 0),
            ("const a = 1\nconst b = a\n", "const b = a\n", 0),  # a script: globals are its own matter
            (
                "import { a } from './a'\nexport const b = a()\n",
                "export const b = typeof a !== 'undefined' && a()\n",
                0,
            ),
            ("const a = 1\nexport const b = { a }\n", "export const b = { a: 1 }\n", 0),
            ("const a = 1\nexport const b = a\n", "declare global {\n  const a: number\n}\nexport const b = a\n", 0),
        ],
    )
    def test_names_of_a_typescript_module(self, before: str, after: str, fires: int) -> None:
        tree = {"src/a.ts": "export function a() {}\nexport function fetch() {}\n"}
        assert len(fired(names, {**tree, "src/b.ts": before}, {**tree, "src/b.ts": after})) == fires


INIT = "from shop.prices import total\n"
PRICES = "def total(items):\n    return sum(items)\n"
TREE = {"shop/__init__.py": INIT, "shop/prices.py": PRICES}


class TestImports:
    def test_a_name_that_is_no_longer_passed_on(self) -> None:
        use = "from shop import total\n\ntotal([1])\n"
        (finding,) = findings(imports, {**TREE, "use.py": use}, {**TREE, "shop/__init__.py": "", "use.py": use})
        assert (finding.path, finding.line, finding.side) == ("shop/__init__.py", 1, Side.LEFT)
        assert finding.message == "Module `shop` has no member `total` (use.py:1)"
        assert lines_of(finding) == ["use.py:1"]

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("from shop.prices import totals\n", "Module `prices` has no member `totals`"),
            ("from shop.price import total\n", "Module `shop.price` is not in this repository"),
            ("import shop.price\n", "Module `shop.price` is not in this repository"),
        ],
    )
    def test_new_imports(self, text: str, said: str) -> None:
        (finding,) = findings(imports, TREE, {**TREE, "use.py": text})
        assert (finding.path, finding.line, finding.message) == ("use.py", 1, said)

    @pytest.mark.parametrize(
        "text",
        [
            "try:\n    import shop.price\nexcept ImportError:\n    pass\n",
            "from shop import prices\n",
            "from shop import *\n",
            "import os.path\nimport yaml\nfrom requests import nothing\n",
            "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from shop.price import total\n",
            "import pytest\n\nwith pytest.raises(ImportError):\n    import shop.price\n",
            "from shop.price import total  # type: ignore\n",
        ],
    )
    def test_what_may_be_there_is_left_alone(self, text: str) -> None:
        assert fired(imports, TREE, {**TREE, "use.py": text}) == []

    @pytest.mark.parametrize(
        ("path", "text", "fires"),
        [
            ("shop/new.py", "import yaml\n", 1),
            ("shop/new.py", "import click\nimport os\nfrom shop import prices\n", 0),
            ("shop/new.py", "try:\n    import yaml\nexcept ImportError:\n    yaml = None\n", 0),
            ("shop/new.py", "def load():\n    import yaml\n", 0),
            ("shop/new.py", "import attrs\n", 0),  # another file had it already
            ("tests/test_new.py", "import yaml\n", 0),
            ("docs/conf.py", "import yaml\n", 0),
            ("setup.py", "import yaml\n", 0),
        ],
    )
    def test_packages_that_nothing_declares_are_recorded(self, path: str, text: str, fires: int) -> None:
        project = '[project]\nname = "shop"\ndependencies = ["click>=8"]\n'
        before = {**TREE, "pyproject.toml": project, "shop/old.py": "from attrs import define\n"}
        found = findings(imports, before, {**before, path: text})
        assert [(one.silent, one.severity) for one in found] == [(True, Severity.INFO)] * fires

    def test_nothing_is_undeclared_where_nothing_is_declared(self) -> None:
        assert fired(imports, TREE, {**TREE, "shop/new.py": "import yaml\n"}) == []

    @pytest.mark.parametrize("other", ["shop/price.pyx", "shop/price.c", "shop/price.so"])
    def test_modules_that_are_built(self, other: str) -> None:
        assert fired(imports, TREE, {**TREE, other: "", "use.py": "import shop.price\n"}) == []

    @pytest.mark.parametrize(
        ("text", "fires"),
        [
            ("import { loads } from './load'\n", 1),
            ("import { load } from './lode'\n", 1),
            ("import { load } from './load.js'\nimport x from 'x'\nimport './style.css'\n", 0),
            ("export { loads } from './load'\n", 1),
            ("// @ts-expect-error\nimport { loads } from './load'\n", 0),
        ],
    )
    def test_typescript(self, text: str, fires: int) -> None:
        tree = {"src/load.ts": "export function load() {}\n"}
        assert len(fired(imports, tree, {**tree, "src/use.ts": text})) == fires


CART = """\
class Cart:
    def __init__(self):
        self.items = []

    def put(self, item):
        self.items.append(item)
"""
SIZE = "\n    def size(self):\n        return self.itmes\n"


class TestAttributes:
    def test_a_misspelt_attribute(self) -> None:
        (finding,) = findings(attributes, {"cart.py": CART}, {"cart.py": CART + SIZE})
        assert (finding.line, finding.message) == (9, "The class Cart has no attribute itmes")

    @pytest.mark.parametrize(
        ("head", "more"),
        [
            ("class Cart(Base):", ""),
            ("class Cart(metaclass=Base):", ""),
            ("@wrapped\nclass Cart:", ""),
            ("class CartMixin:", ""),
            ("class Cart:", "\n    def __getattr__(self, name):\n        return name\n"),
            ("class Cart:", "\n    def fill(self, **names):\n        self.__dict__.update(names)\n"),
            ("class Cart:", "\n    def fill(self, name):\n        setattr(self, name, 1)\n"),
            ("class Cart:", "\n    def fill(self):\n        self.itmes = 1\n"),
            ("class Cart:", "\n\nclass Sub(Cart):\n    itmes = 1\n"),
            ("class Cart:", "\n\nclass Other:\n    itmes = 1\n\n\nclass Sub(Cart, Other):\n    pass\n"),
        ],
    )
    def test_what_may_be_there_is_left_alone(self, head: str, more: str) -> None:
        after = CART.replace("class Cart:", head) + SIZE + more
        assert fired(attributes, {"cart.py": CART}, {"cart.py": after}) == []

    @pytest.mark.parametrize(
        "line", ["if hasattr(self, 'itmes'):\n            return self.itmes", "return getattr(self, 'itmes', 1)"]
    )
    def test_code_that_asks_first_is_left_alone(self, line: str) -> None:
        assert fired(attributes, {"cart.py": CART}, {"cart.py": CART + SIZE.replace("return self.itmes", line)}) == []

    def test_a_base_that_goes(self) -> None:
        base = "class Base:\n    def put(self):\n        return 1\n"
        text = "from base import Base\n\n\nclass Cart(Base):\n    def fill(self):\n        return self.put()\n"
        before = {"base.py": base, "cart.py": text}
        assert fired(attributes, before, {**before, "cart.py": text.replace("Cart(Base)", "Cart")}) == []
