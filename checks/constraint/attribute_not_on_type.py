"""An attribute that a class of this repository does not have, since the change.

What it finds.
Uses of attributes and methods on values whose class is certain, all of whose bases are in the repository, and none of
which has the attribute: misspelt in a new line, or lost when a class got other bases.

Why it matters.
The line raises AttributeError, or reads `undefined`.

When it stays silent.
Where the class may get attributes in another way: from a base that is not in the repository, from `__getattr__`,
`setattr`, a metaclass, an unknown decorator, or a subclass; where the code asks first whether it is there.

How to fix.
Use what the class has, or give it the attribute.
"""

from __future__ import annotations

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.constraint.missing import Anchor, Lost, Missing
from checks.constraint.places import PYTHON, SCRIPTS, Places, quoted, with_callers
from checks.finding import Confidence, Finding, Severity, Side
from checks.knowledge import Knowledge
from kb.graph.model import Want, node_id

SLUG = "attribute-not-on-type"
RULES = (
    Rule(
        SLUG,
        Severity.BLOCK,
        Confidence.HIGH,
        finds="Finds uses of attributes that their class does not have.",
        why="The line raises AttributeError, or reads `undefined`.",
        fix="Use what the class has, or give it the attribute.",
    ),
)

_CART = (
    "class Cart:\n    def __init__(self):\n        self.items = []\n\n    def put(self, item):\n"
    "        self.items.append(item)\n"
)
_TREE = {"shop/__init__.py": "", "shop/cart.py": _CART}

EXAMPLES = (
    Example(
        "a new line misspells an attribute",
        before=_TREE,
        after={**_TREE, "shop/cart.py": _CART + "\n    def size(self):\n        return len(self.itmes)\n"},
        fires=((SLUG, "shop/cart.py", 9),),
    ),
    Example(
        "the attribute may come from a base that is not in the repository",
        before=_TREE,
        after={
            **_TREE,
            "shop/cart.py": "from other import Base\n\n\n"
            + _CART.replace("Cart:", "Cart(Base):")
            + "\n    def size(self):\n        return len(self.itmes)\n",
        },
    ),
    Example(
        "the class answers for any name",
        before=_TREE,
        after={
            **_TREE,
            "shop/cart.py": _CART
            + "\n    def __getattr__(self, name):\n        return 1\n\n    def size(self):\n        return self.it\n",
        },
    ),
    Example(
        "the attribute was missing before",
        before={**_TREE, "shop/cart.py": _CART.replace("self.items.append", "self.itmes.append")},
        after={**_TREE, "shop/cart.py": "SIZE = 3\n\n\n" + _CART.replace("self.items.append", "self.itmes.append")},
    ),
)


def covers(path: str) -> bool:
    """Return whether this is a language whose references are resolved."""
    return path.endswith((*PYTHON, *SCRIPTS))


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return the attributes that became missing; raises NotChecked where there is no index."""
    if not any(covers(file.path) for file in change.files):
        return Report()
    missing = Missing(Places.of(change, knowledge))
    groups: dict[tuple[Anchor, str], list[Lost]] = {}
    for lost in missing.of([Want.ATTRIBUTE]):
        anchor = missing.anchor(lost)
        if anchor is not None:
            groups.setdefault((anchor, lost.miss.name), []).append(lost)
    return Report(tuple(_finding(missing.places, anchor, group) for (anchor, _), group in groups.items()))


def _finding(places: Places, anchor: Anchor, group: list[Lost]) -> Finding:
    path, _, owner = group[0].miss.inside.partition("::")
    told = f"The class {owner} has no attribute {group[0].miss.name}"  # unquoted: engines name the class in many ways
    node = places.code.head.graph.nodes([node_id(path, owner)]).get(node_id(path, owner))
    evidence = [quoted("definition", places.code.head, path, node.line)] if node is not None else []
    made = places.finding(RULES[0], anchor.path, anchor.line, told, side=anchor.side, evidence=evidence)
    if anchor.side is Side.LEFT or len(group) > 1:
        return with_callers(places, made, [lost.spot for lost in group])
    here = quoted("quote", places.code.head, group[0].path, group[0].miss.line)
    return places.finding(RULES[0], anchor.path, anchor.line, told, evidence=(*evidence, here))
