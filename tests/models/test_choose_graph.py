"""What is enumerated where the tree says what is meant: names, members, imports, arguments."""

from __future__ import annotations

import pytest

from tests.models.choosing import opened

TREE = {
    "shop/__init__.py": "",
    "shop/prices.py": "def total(items, rate):\n    return sum(items) * rate\n\n\nRATE = 2\n",
    "shop/rows.py": (
        "import numpy as np\n\n\nasync def load(name):\n    return name\n\n\ndef save(row):\n    return row\n"
    ),
    "shop/cart.py": (
        "class Base:\n    def weigh(self):\n        return 1\n\n\n"
        "class Cart(Base):\n    def __init__(self, owner):\n        self.owner = owner\n        self.items = []\n\n"
        "    def put(self, item, count=1):\n        self.items.append(item)\n"
    ),
    "tests/test_prices.py": "def helper():\n    return 1\n",
}
USE = "shop/use.py"
UNDEFINED, MEMBER = {"slug": "undefined-name"}, {"slug": "attribute-not-on-type"}
CALL, IMPORT = {"slug": "call-does-not-fit-signature"}, {"slug": "import-resolves-nowhere"}
AWAIT = {"slug": "await-missing-or-lost"}

# name -> (text of shop/use.py, line, what is wrong, the first that is proposed)
FIRST = {
    "a misspelt variable": (
        "def f(prices):\n    count = len(prices)\n    return conut + 1\n", 3, UNDEFINED, "return count + 1",
    ),
    "a name of another language": ("def f(x):\n    return null\n", 2, UNDEFINED, "return None"),
    "this in a method": ("class A:\n    def f(self):\n        return this.f()\n", 3, UNDEFINED, "return self.f()"),
    "an attribute without self": (
        "class A:\n    def __init__(self):\n        self.size = 1\n\n    def f(self):\n        return size + 1\n",
        6, UNDEFINED, "return self.size + 1",
    ),
    "an inherited member without self": (
        "from shop.cart import Cart\n\n\nclass Big(Cart):\n    def f(self):\n        return weigh()\n",
        6, UNDEFINED, "return self.weigh()",
    ),
    "a name of the tree, on a new line": (
        "import os\n\n\ndef f(x):\n    return total(x, os.sep)\n", 5, UNDEFINED, "from shop.prices import total",
    ),
    "a name of the tree, added to an import": (
        "from shop.prices import RATE\n\n\ndef f(x):\n    return total(x, RATE)\n",
        5, UNDEFINED, "from shop.prices import RATE, total",
    ),
    "added to an import of several lines": (
        "from shop.rows import (\n    load,\n    save,\n)\nfrom shop.prices import (\n    RATE,\n    other,\n)\n"
        "x = total(RATE)\n",
        9, UNDEFINED, "total,",
    ),
    "added before the first name": (
        "from shop.rows import save\n\nx = save(load(1))\n", 3, {**UNDEFINED, "name": "load"},
        "from shop.rows import load, save",
    ),
    "a standard module": ("def f(x):\n    return json.dumps(x)\n", 2, UNDEFINED, "import json"),
    "after a docstring": ('"""Doc."""\n\nx = json.dumps(1)\n', 3, UNDEFINED, "import json"),
    "a well-known name of a standard module": (
        "import os\n\nx = Path(os.sep)\n", 3, UNDEFINED, "from pathlib import Path",
    ),
    "as others import it": ("x = np.zeros(3)\n", 1, UNDEFINED, "import numpy as np"),
    "a misspelt builtin": ("def f(x):\n    return sroted(x)\n", 2, UNDEFINED, "return sorted(x)"),
    "a misspelt attribute": (
        "from shop.cart import Cart\n\n\ndef f():\n    cart = Cart('me')\n    return cart.itmes\n",
        6, MEMBER, "return cart.items",
    ),
    "a misspelt method of self": (
        "class A:\n    def weigh(self):\n        return 1\n\n    def g(self):\n        return self.wiegh()\n",
        6, MEMBER, "return self.weigh()",
    ),
    "a misspelt member of a module": (
        "from shop import prices\n\nx = prices.totl([1], 2)\n", 3, {**MEMBER, "name": "totl"},
        "x = prices.total([1], 2)",
    ),
    "a keyword by another name": (
        "from shop.prices import total\n\nx = total([1], factor=2)\n", 3, CALL, "x = total([1], rate=2)",
    ),
    "a keyword that is misspelt": (
        "from shop.cart import Cart\n\nCart('me').put(1, cuont=2)\n", 3, CALL, "Cart('me').put(1, count=2)",
    ),
    "an argument is missing, and a variable is called so": (
        "from shop.prices import total\n\n\ndef f(items, rate):\n    return total(items)\n",
        5, CALL, "return total(items, rate)",
    ),
    "a constructor's argument is missing": (
        "from shop.cart import Cart\n\n\ndef f(owner):\n    return Cart()\n", 5, CALL, "return Cart(owner)",
    ),
    "an argument too many": (
        "from shop.rows import save\n\nsave(1, flush=True)\n", 3, CALL, "save(1)",
    ),
    "a module that is called otherwise": ("from shop.price import total\n", 1, IMPORT, "from shop.prices import total"),
    "a module of the same package": ("from .price import total\n", 1, IMPORT, "from .prices import total"),
    "a module that has moved": ("from old.prices import total\n", 1, IMPORT, "from shop.prices import total"),
    "a plain import that is misspelt": ("import shop.pirces\n", 1, IMPORT, "import shop.prices"),
    "a standard module that is misspelt": ("import jsno\n", 1, IMPORT, "import json"),
    "a member that is misspelt": (
        "from shop.prices import totl\n", 1, IMPORT, "from shop.prices import total",
    ),
    "a coroutine thrown away": (
        "from shop.rows import load\n\n\nasync def f(x):\n    load(x)\n", 5, AWAIT, "await load(x)",
    ),
    "awaited for nothing": (
        "from shop.rows import save\n\n\nasync def f(x):\n    return (await save(x)).name\n", 5, AWAIT,
        "return save(x).name",
    ),
    "awaited inside an expression": (
        "from shop.rows import load\n\n\nasync def f(x):\n    return load(x).name\n",
        5, AWAIT, "return (await load(x)).name",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line", "wrong", "expected"), FIRST.values(), ids=list(FIRST))
def test_what_is_proposed_first(text, line, wrong, expected):
    with opened({**TREE, USE: text}, USE, line, wrong) as place:
        assert place.lines()[0] == expected


SCRIPTS = {
    "web/load.ts": "export const load = (name: string) => name\nexport default function main() {}\nconst hidden = 1\n",
    "web/page.ts": 'import { useState } from "react"\nexport const page = useState(1)\n',
    "web/deep/index.ts": "export class Deep {\n  size = 1\n  grow() {\n    return this.size\n  }\n}\n",
}
SCRIPT_FIRST = {
    "a misspelt variable": (
        "export function f(count: number) {\n  return conut\n}\n", 2, UNDEFINED, "return count",
    ),
    "a word of another language": ("export const f = () => None\n", 1, UNDEFINED, "export const f = () => null"),
    "an export of a neighbour": (
        "export const f = () => load('a')\n", 1, UNDEFINED, "import { load } from './load'",
    ),
    "of a folder's index, in the file's own quotes": (
        'import { load } from "./load";\nexport const f = () => new Deep(load("a"));\n', 2, UNDEFINED,
        'import { Deep } from "./deep";',
    ),
    "added to an import": (
        "import { load } from './load'\nimport { other } from './page'\nexport const f = () => page\n", 3, UNDEFINED,
        "import { other, page } from './page'",
    ),
    "as others import it": (
        "export const f = () => useState(2)\n", 1, UNDEFINED, "import { useState } from 'react'",
    ),
    "a member without this": (
        "export class A {\n  size = 1\n  f() {\n    return size\n  }\n}\n", 4, UNDEFINED, "return this.size",
    ),
    "a misspelt member": (
        "export class A {\n  size = 1\n  f() {\n    return this.szie\n  }\n}\n", 4, MEMBER, "return this.size",
    ),
    "a module by another name": ("import { load } from './lood'\n", 1, IMPORT, "import { load } from './load'"),
    "a module with an ending": ("import { load } from './lood.js'\n", 1, IMPORT, "import { load } from './load.js'"),
    "an export that is misspelt": ("import { laod } from './load'\n", 1, IMPORT, "import { load } from './load'"),
    "awaited": (
        "import { load } from './load'\nexport async function f() {\n  load('a').trim()\n}\n", 3,
        {**AWAIT, "name": "load"}, "(await load('a')).trim()",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line", "wrong", "expected"), SCRIPT_FIRST.values(), ids=list(SCRIPT_FIRST))
def test_what_is_proposed_first_in_scripts(text, line, wrong, expected):
    with opened({**SCRIPTS, "web/use.ts": text}, "web/use.ts", line, wrong) as place:
        assert place.lines()[0] == expected


def test_nothing_is_imported_from_tests_and_nothing_that_is_not_exported():
    with opened({**TREE, USE: "x = helper()\n"}, USE, 1, UNDEFINED) as place:
        assert not any("import" in line for line in place.lines())
    with opened({**SCRIPTS, "web/use.ts": "export const x = hidden\n"}, "web/use.ts", 1, UNDEFINED) as place:
        assert not any("import" in line for line in place.lines())


def test_a_name_that_is_bound_is_not_imported():
    with opened({**TREE, USE: "def f(total):\n    return total(1)\n"}, USE, 2, UNDEFINED) as place:
        assert not any("import" in line for line in place.lines())


def test_a_future_import_stays_first():
    text = '"""Doc."""\nfrom __future__ import annotations\n\nx = json.dumps(1)\n'
    with opened({USE: text}, USE, 4, UNDEFINED) as place:
        assert place.listed()[0] == text.replace("annotations\n", "annotations\nimport json\n")


def test_every_place_of_a_misspelt_name_is_mended_at_once():
    text = "def f(prices):\n    return sum(pirces) / len(pirces)\n"
    with opened({USE: text}, USE, 2, {**UNDEFINED, "name": "pirces"}) as place:
        assert place.lines()[0] == "return sum(prices) / len(prices)"


def test_line_ends_are_kept():
    text = "import os\r\n\r\nx = json.dumps(os.sep)\r\n"
    with opened({USE: text}, USE, 3, UNDEFINED) as place:
        assert place.listed()[0] == text.replace("import os\r\n", "import json\r\nimport os\r\n") or place.listed()[
            0
        ] == text.replace("import os\r\n", "import os\r\nimport json\r\n")


def test_a_star_import_makes_names_unknowable_and_nothing_is_said():
    with opened({USE: "from other import *\n\nx = conut\ncount = 1\n"}, USE, 3, UNDEFINED) as place:
        assert place.lines() == []


def test_without_a_graph_the_file_alone_is_enough_for_what_it_says_itself():
    text = "def total(items, rate):\n    return rate\n\n\ndef f(items, rate):\n    return total(items, ratee=rate)\n"
    with opened({USE: text}, USE, 6, CALL, graph=False) as place:
        assert place.lines()[0] == "return total(items, rate=rate)"


MANY = ", ".join(f"a{n}=0" for n in range(12))
WORKER = f"class Worker:\n    def run(self, {MANY}):\n        return a1\n"


@pytest.mark.parametrize("receiver", ["Worker()", "given"])
def test_a_keyword_among_many_is_mended_where_the_finding_names_the_function(receiver: str):
    call = f"{receiver}.run(a1=1, a2=2, a3=3, a4=4, a5=5, a6=6, a7=7, a88=8, a9=9, a10=10)"
    files = {"work.py": WORKER, "use.py": f"from work import Worker\n\n\ndef f(given):\n    return {call}\n"}
    message = "Argument `a88` does not match any known parameter of bound method `Worker.run`"
    wrong = {"slug": "call-does-not-fit-signature", "name": "a88", "names": "a88", "message": message}
    with opened(files, "use.py", 5, wrong) as place:
        assert place.lines()[0] == f"return {call.replace('a88', 'a8')}"
