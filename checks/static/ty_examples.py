"""Changes that ty must and must not speak about."""

from __future__ import annotations

from checks.check import Example

PACKAGE = {"app/__init__.py": ""}
SHAPES = "def area(width, height):\n    return width * height\n\n\nSIDES = 4\n"
CALLER = "from app.shapes import area\n\n\ndef show():\n    print(area(1, 2))\n"
CONSTANT = "from app import shapes\n\n\ndef show():\n    print(shapes.SIDES)\n"
METHOD = "class Cart:\n    def add(self, item):\n        return item\n"
SHOPPER = "from app.cart import Cart\n\n\ndef shop():\n    Cart().add(1)\n"


def _changed(name: str, path: str, before: str, after: str, other: str, line: int | None, slug: str = "") -> Example:
    """Return an example in which `path` changes and `app/caller.py` does not."""
    still = {**PACKAGE, "app/caller.py": other}
    fires = () if line is None else ((slug, path, line),)
    return Example(name, {**still, path: after}, {**still, path: before}, fires)


def _added(name: str, after: str, line: int | None, slug: str = "") -> Example:
    """Return an example in which `app/new.py` is added beside `app/shapes.py`."""
    before = {**PACKAGE, "app/shapes.py": SHAPES}
    fires = () if line is None else ((slug, "app/new.py", line),)
    return Example(name, {**before, "app/new.py": after}, before, fires)


EXAMPLES = (
    _changed(
        "a new required parameter breaks a caller in another file",
        *("app/shapes.py", SHAPES, SHAPES.replace("height)", "height, unit)", 1), CALLER, 1),
        slug="call-does-not-fit-signature",
    ),
    _changed(
        "a new parameter with a default breaks nobody",
        *("app/shapes.py", SHAPES, SHAPES.replace("height)", "height, unit=1)", 1), CALLER, None),
    ),
    _changed(
        "a renamed function is still imported elsewhere",
        *("app/shapes.py", SHAPES, SHAPES.replace("area", "surface"), CALLER, 1),
        slug="import-resolves-nowhere",
    ),
    _changed(
        "the old name is kept beside the new one",
        *("app/shapes.py", SHAPES, SHAPES.replace("area", "surface") + "area = surface\n", CALLER, None),
    ),
    _changed(
        "a removed constant is still read elsewhere",
        *("app/shapes.py", SHAPES, SHAPES.replace("SIDES = 4\n", ""), CONSTANT, 5),
        slug="attribute-not-on-type",
    ),
    _changed(
        "a renamed method is still called elsewhere",
        *("app/cart.py", METHOD, METHOD.replace("add", "put"), SHOPPER, 2),
        slug="attribute-not-on-type",
    ),
    Example(
        "a removed module is still imported elsewhere",
        {**PACKAGE, "app/caller.py": CALLER},
        {**PACKAGE, "app/shapes.py": SHAPES, "app/caller.py": CALLER},
        (("import-resolves-nowhere", "app/shapes.py", 1),),
    ),
    _added("other people's packages are not judged", "import requests\nfrom yaml import nothing\n", None),
    _added(
        "new code calls with an argument that is not taken",
        "from app.shapes import area\n\nprint(area(1, 2, unit=3))\n",
        *(3, "call-does-not-fit-signature"),
    ),
    _added("new code imports what its module lacks", "from app.shapes import side\n", 1, "import-resolves-nowhere"),
    _added("a name is used after it was deleted", "x = 1\ndel x\nprint(x)\n", 3, "undefined-name"),
    _added(
        "a misspelt attribute that nothing defines",
        "class A:\n    count = 1\n\n    def more(self):\n        return self.cuont + 1\n",
        *(5, "attribute-not-on-type"),
    ),
    _added(
        "an attribute that something in the tree sets",
        "class A:\n    def more(self):\n        return self.count\n\n\ndef put(a):\n    a.count = 1\n",
        None,
    ),
    _added(
        "a test expects the error",
        "import pytest\nfrom app.shapes import area\n\n\ndef test_it():\n"
        "    with pytest.raises(TypeError):\n        area(1)\n",
        None,
    ),
    _added("an import may fail", "try:\n    from app._speed import area\nexcept ImportError:\n    area = None\n", None),
    _added("a version file is written at build time", "from app._version import version\n\nprint(version)\n", None),
    _added("the author told type checkers to look away", "from app.shapes import side  # type: ignore\n", None),
)
