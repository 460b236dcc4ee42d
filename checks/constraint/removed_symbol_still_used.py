"""Something that the change removed or renamed, and that code elsewhere still uses.

What it finds.
Functions, classes, methods, constants, attributes and modules that the change takes away while references to them
remain, in files it touches and in files it does not. The callers are the evidence, each with its line.

Why it matters.
The lines that still use it raise ImportError, NameError or AttributeError, or do not compile; those in untouched files
are the ones nobody sees.

When it stays silent.
Where the name may come from elsewhere: a star, a module that answers for any name, a base class that is not in the
repository; in code that expects the error or is for types only; in files that could not be read whole.

How to fix.
Change the users together with what they use, or keep the old name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.constraint.gone import Gone, described
from checks.constraint.missing import Missing
from checks.constraint.namesakes import Namesakes
from checks.constraint.places import PYTHON, SCRIPTS, Places, Spot, softer, with_callers
from checks.finding import Confidence, Finding, Severity, Side
from checks.knowledge import Knowledge
from kb.graph.model import NodeKind

SLUG = "removed-symbol-still-used"
RULES = (
    Rule(
        SLUG,
        Severity.BLOCK,
        Confidence.HIGH,
        finds="Finds what the change removed or renamed and other code still uses.",
        why="The lines that still use it fail when they run, or do not compile.",
        fix="Change the users too, or keep the old name.",
    ),
)

_PRICES = "RATE = 2\n\n\ndef total(items):\n    return sum(items) * RATE\n"
_SELL = "from shop.prices import total\n\n\ndef sell(items):\n    return total(items)\n"
_CART = "class Cart:\n    def put_item(self, item):\n        return item\n"
_FILL = "from shop.cart import Cart\n\n\ndef fill(item):\n    cart = Cart()\n    cart.put_item(item)\n"
_TREE = {"shop/__init__.py": "", "shop/prices.py": _PRICES, "shop/sell.py": _SELL}
_CARTS = {"shop/__init__.py": "", "shop/cart.py": _CART, "shop/fill.py": _FILL}
_LOAD = "export function load(name: string): string {\n  return name\n}\n"
_USE = "import { load } from './load'\n\nexport const one = load('a')\n"

EXAMPLES = (
    Example(
        "a function is renamed and one importer is forgotten",
        before=_TREE,
        after={**_TREE, "shop/prices.py": _PRICES.replace("total", "total_of")},
        fires=((SLUG, "shop/prices.py", 4),),
    ),
    Example(
        "a method is renamed and a caller is forgotten",
        before=_CARTS,
        after={**_CARTS, "shop/cart.py": _CART.replace("put_item", "add_item")},
        fires=((SLUG, "shop/cart.py", 2),),
    ),
    Example(
        "a module is removed and still imported",
        before=_TREE,
        after={path: text for path, text in _TREE.items() if path != "shop/prices.py"},
        fires=((SLUG, "shop/prices.py", 1),),
    ),
    Example(
        "an exported function is renamed and one importer is forgotten, in TypeScript",
        before={"src/load.ts": _LOAD, "src/use.ts": _USE},
        after={"src/load.ts": _LOAD.replace("load", "loadOne"), "src/use.ts": _USE},
        fires=((SLUG, "src/load.ts", 1),),
    ),
    Example(
        "the old name is kept beside the new one",
        before=_TREE,
        after={**_TREE, "shop/prices.py": _PRICES.replace("total", "total_of") + "\n\ntotal = total_of\n"},
    ),
    Example(
        "the importer is changed as well",
        before=_TREE,
        after={path: text.replace("total", "total_of") for path, text in _TREE.items()},
    ),
    Example(
        "the importer can do without it",
        before={
            **_TREE,
            "shop/sell.py": "try:\n    from shop.prices import total\nexcept ImportError:\n    total = sum\n",
        },
        after={
            **_TREE,
            "shop/sell.py": "try:\n    from shop.prices import total\nexcept ImportError:\n    total = sum\n",
            "shop/prices.py": "RATE = 2\n",
        },
    ),
    Example(
        "a method that many classes outside the repository have",
        before={
            **_CARTS,
            "shop/fill.py": "def fill(cart):\n    cart.append(1)\n",
            "shop/cart.py": _CART.replace("put_item", "append"),
        },
        after={**_CARTS, "shop/fill.py": "def fill(cart):\n    cart.append(1)\n"},
    ),
)


def covers(path: str) -> bool:
    """Return whether this is a language whose references are resolved."""
    return path.endswith((*PYTHON, *SCRIPTS))


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return what is gone and still used, each once; raises NotChecked where there is no index."""
    if not any(covers(file.path) or covers(file.old_path) for file in change.files):
        return Report()
    places = Places.of(change, knowledge)
    missing = Missing(places)
    users: dict[int, set[Spot]] = defaultdict(set)
    for lost in missing.found:
        if gone := missing.cause(lost):
            users[gone.node.id].add(lost.spot)
    namesakes, by_id = Namesakes(places), missing.losses.by_id
    for one, spots in users.items():
        spots.update(namesakes.references_of(by_id[one].node))
    sure = [_finding(places, missing, by_id[one], sorted(spots)) for one, spots in users.items()]
    return Report((*sure, *_unsure(missing, namesakes, set(users))))


def _finding(places: Places, missing: Missing, gone: Gone, spots: list[Spot]) -> Finding:
    what = "imported" if gone.node.kind is NodeKind.FILE else "used"
    told = f"`{described(gone)}` is gone and still {what}"
    evidence = (missing.losses.evidence(gone),)
    made = places.finding(RULES[0], gone.node.path, gone.line, told, side=Side.LEFT, evidence=evidence)
    counted = with_callers(places, made, spots)
    return replace(counted, message=counted.message + missing.losses.successor(gone), symbol=gone.node.qualified)


def _unsure(missing: Missing, namesakes: Namesakes, told: set[int]) -> Iterator[Finding]:
    """Yield what is gone while its name remains, in places of which it is not known for certain what they mean."""
    places, losses = missing.places, missing.losses
    for gone in losses.by_id.values():
        if gone.node.id in told or gone.node.kind is NodeKind.FILE or losses.outermost(gone) != gone:
            continue
        if places.code.head.graph.nodes_named(gone.name, limit=1) or losses.may_be_brought_in(gone):
            continue
        by_name = [spot for spot, _ in namesakes.calls_of(gone.node)] if gone.node.kind is NodeKind.FUNCTION else []
        spots = {*by_name, *namesakes.references_of(gone.node)}
        if kept := sorted(spot for spot in spots if places.must_work(spot.path, spot.line)):
            yield softer(_finding(places, missing, gone, kept), Severity.WARN, Confidence.MEDIUM)
