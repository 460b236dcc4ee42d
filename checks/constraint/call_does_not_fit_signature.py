"""A call whose arguments do not fit what it calls, since the change to one of the two.

What it finds.
Missing, extra, unknown and doubled arguments in calls of functions, methods and constructors of this repository:
where the change gave a function another signature and forgot a caller, and where a new call is wrong.

Why it matters.
The call raises TypeError, or in TypeScript does not compile; in an untouched file nobody looks at it.

When it stays silent.
Where `*args` or `**kwargs` may hold what is missing; where one of several overloads, overrides or candidates takes the
call; where a decorator may change the signature; in code that expects the error; in plain JavaScript, where all
arguments are optional.

How to fix.
Give the new parameter a default, or change its callers too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.constraint.callee import Callee
from checks.constraint.calls import Calls, Unfit, shape_of
from checks.constraint.doubt import GUARDED
from checks.constraint.fit import Wrong, told
from checks.constraint.namesakes import Namesakes
from checks.constraint.places import PYTHON, TYPED, Places, Spot, quoted, softer, with_callers
from checks.finding import Confidence, Finding, Severity
from checks.knowledge import Knowledge
from kb.facts.model import Flag
from kb.graph.model import NodeKind, Sure

SLUG = "call-does-not-fit-signature"
RULES = (
    Rule(
        SLUG,
        Severity.BLOCK,
        Confidence.HIGH,
        finds="Finds calls whose arguments the function called does not take.",
        why="The call raises TypeError, or does not compile.",
        fix="Give the new parameter a default, or change its callers too.",
    ),
)

_PRICES = "def total(items, rate):\n    return sum(items) * rate\n"
_SELL = "from shop.prices import total\n\n\ndef sell(items):\n    return total(items, rate=2)\n"
_CART = "class Cart:\n    def __init__(self, owner):\n        pass\n\n    def put(self, item):\n        return item\n"
_FILL = "from shop.cart import Cart\n\n\ndef fill(item):\n    cart = Cart('me')\n    cart.put(item)\n"
_TREE = {"shop/__init__.py": "", "shop/prices.py": _PRICES, "shop/sell.py": _SELL}
_CARTS = {"shop/__init__.py": "", "shop/cart.py": _CART, "shop/fill.py": _FILL}
_LOAD = "export function load(name: string): string {\n  return name\n}\n"
_USE = "import { load } from './load'\n\nexport const one = load('a')\n"

EXAMPLES = (
    Example(
        "a required parameter is added and a caller forgotten",
        before=_TREE,
        after={**_TREE, "shop/prices.py": _PRICES.replace("rate)", "rate, unit)", 1)},
        fires=((SLUG, "shop/prices.py", 1),),
    ),
    Example(
        "a parameter that a caller names is renamed",
        before=_TREE,
        after={**_TREE, "shop/prices.py": _PRICES.replace("rate", "factor")},
        fires=((SLUG, "shop/prices.py", 1),),
    ),
    Example(
        "a constructor asks for more",
        before=_CARTS,
        after={**_CARTS, "shop/cart.py": _CART.replace("owner)", "owner, size)", 1)},
        fires=((SLUG, "shop/cart.py", 2),),
    ),
    Example(
        "a new call passes too much to a method",
        before=_CARTS,
        after={**_CARTS, "shop/fill.py": _FILL + "    cart.put(item, 2)\n"},
        fires=((SLUG, "shop/fill.py", 7),),
    ),
    Example(
        "a required parameter is added in TypeScript",
        before={"src/load.ts": _LOAD, "src/use.ts": _USE},
        after={"src/load.ts": _LOAD.replace("name: string)", "name: string, size: number)"), "src/use.ts": _USE},
        fires=((SLUG, "src/load.ts", 1),),
    ),
    Example(
        "the new parameter has a default",
        before=_TREE,
        after={**_TREE, "shop/prices.py": _PRICES.replace("rate)", "rate, unit=1)", 1)},
    ),
    Example(
        "the caller passes on whatever it got",
        before={**_TREE, "shop/sell.py": _SELL.replace("items, rate=2", "*items")},
        after={
            **_TREE,
            "shop/sell.py": _SELL.replace("items, rate=2", "*items"),
            "shop/prices.py": _PRICES.replace("rate)", "rate, unit)", 1),
        },
    ),
    Example(
        "a test that expects the error",
        before=_TREE,
        after={
            **_TREE,
            "tests/test_prices.py": "import pytest\nfrom shop.prices import total\n\n\ndef test_total():\n"
            "    with pytest.raises(TypeError):\n        total()\n",
        },
    ),
)


def covers(path: str) -> bool:
    """Return whether this is Python or TypeScript."""
    return path.endswith((*PYTHON, *TYPED))


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return the calls that the change made unfit; raises NotChecked where there is no index."""
    if not any(covers(file.path) for file in change.files):
        return Report()
    places = Places.of(change, knowledge)
    calls = Calls(places)
    found = [one for path in sorted(places.code.relinked) if covers(path) for one in calls.unfit_in(path)]
    groups: dict[int, list[Unfit]] = defaultdict(list)
    findings = []
    for one in found:
        if one.by_definition and not _is_own_cause(places, one):
            groups[one.callee.node.id].append(one)
        else:
            findings.append(_at_call(places, one))
    findings += [_at_definition(places, group) for group in groups.values()]
    return Report((*findings, *_unsure(places, calls, set(groups))))


def _is_own_cause(places: Places, one: Unfit) -> bool:
    """Return whether a call is shown where it stands: a new line beside what it calls, or of a script."""
    spot, definition = one.spot, one.callee.node
    beside = spot.path == definition.path or not spot.path.endswith(PYTHON)
    return beside and places.is_added(spot.path, spot.line)


def _at_call(places: Places, one: Unfit) -> Finding:
    definition = quoted("definition", places.code.head, one.callee.path, one.callee.rows[0].line)
    made = places.finding(
        RULES[0], one.spot.path, one.spot.line, _told(one), evidence=(definition, places.caller(one.spot))
    )
    return softer(made, Severity.WARN, Confidence.MEDIUM) if one.sure is Sure.INFERRED else made


def _at_definition(places: Places, group: Sequence[Unfit]) -> Finding:
    first = min(group, key=lambda one: (one.misfit.wrong is Wrong.SHIFTED, one.spot))
    made = _changed(places, first.callee, _told(first), [one.spot for one in group])
    if all(one.misfit.wrong is Wrong.SHIFTED for one in group):
        return softer(made, Severity.WARN, Confidence.MEDIUM)
    guessed = all(one.sure is Sure.INFERRED for one in group)
    return softer(made, Severity.BLOCK, Confidence.MEDIUM) if guessed else made


def _changed(places: Places, callee: Callee, message: str, spots: Sequence[Spot]) -> Finding:
    """Return the finding at the changed definition, with the calls that no longer fit."""
    row = callee.rows[0]
    line = places.head_line(callee.path, row)
    definition = quoted("definition", places.code.head, callee.path, line)
    made = places.finding(RULES[0], callee.path, line, message, evidence=(definition,))
    return replace(with_callers(places, made, spots), symbol=row.qualified)


def _told(one: Unfit) -> str:
    if one.spot.path.endswith(PYTHON):
        return told(one.misfit, one.callee.name)
    name = one.callee.name.rpartition(".")[2]
    return f"`{name}` is called with arguments that it does not take: {told(one.misfit, name)}"


def _unsure(places: Places, calls: Calls, told_of: set[int]) -> Iterator[Finding]:
    """Yield the changed methods that calls by their name, on values of unknown type, no longer fit."""
    namesakes = Namesakes(places)
    head = places.code.head
    for file in places.change.files:
        if file.new is None or not covers(file.path) or places.is_left_out(file.path):
            continue
        for node in head.graph.nodes_in(file.path):
            if node.kind is not NodeKind.FUNCTION or "." not in node.qualified or node.id in told_of:
                continue
            callee = calls.callee(head, node)
            before = calls.before(callee) if callee is not None and calls.is_changed(callee) else None
            if callee is None or before is None or len(head.graph.nodes_named(node.qualified.split(".")[-1], 2)) != 1:
                continue
            unfit = list(_unfit_by_name(places, namesakes, before, callee))
            if unfit:
                first = min(unfit, key=lambda one: one.spot)
                made = _changed(places, callee, _told(first), [one.spot for one in unfit])
                yield softer(made, Severity.WARN, Confidence.MEDIUM)


def _unfit_by_name(places: Places, namesakes: Namesakes, before: Callee, now: Callee) -> Iterator[Unfit]:
    bound = not now.rows[0].flags & Flag.STATIC.value
    for spot, call in namesakes.calls_of(before.node):
        shape = shape_of(call)
        source = places.code.head.source(spot.path)
        lines = range(spot.line, source.line_of(call.end) + 1)
        written = any(places.is_added(spot.path, line) for line in lines)
        wrong = now.misfit(shape, bound) or (None if written else now.shifted(before, shape, bound))
        if wrong is None or before.misfit(shape, bound) is not None or call.flags & GUARDED:
            continue
        if places.must_work(spot.path, spot.line):
            yield Unfit(spot, now, wrong, Sure.INFERRED, by_definition=True)
