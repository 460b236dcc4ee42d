"""A coroutine that nobody awaits, or an `await` of something that is no coroutine.

What it finds.
Functions that a change made `async` while callers still use them as plain functions; functions that are `async` no
longer while callers still await them; and new calls of coroutines whose result is thrown away.

Why it matters.
A coroutine that is not awaited does nothing at all; awaiting a plain value ends with TypeError.

When it stays silent.
When the call is handed on in a line that the change wrote (to `gather`, `run`, a task), when the function gave
something awaitable before or still does, when its decorators are not known, and when it is defined more than once.

How to fix.
Await the call and make its function `async` too, or take the `await` away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.constraint.places import Places, Spot, quoted, softer, with_callers
from checks.constraint.substitute import KNOWN_DECORATORS
from checks.finding import Confidence, Finding, Severity
from checks.knowledge import Knowledge
from kb.facts.model import Definition, Facts, Flag
from kb.graph.code import Code
from kb.graph.model import Edge, EdgeKind, Node, NodeKind, Sure, node_id

SLUG = "await-missing-or-lost"
RULES = (
    Rule(
        SLUG,
        Severity.BLOCK,
        Confidence.HIGH,
        finds="Finds coroutines that are not awaited, and awaits of what is no coroutine.",
        why="A coroutine that is not awaited does nothing; awaiting a plain value ends with TypeError.",
        fix="Await the call and make its function async too, or take the await away.",
    ),
)

_LOAD = "def load(name):\n    return name\n"
_USE = "from shop.rows import load\n\n\ndef show(name):\n    print(load(name))\n"
_TREE = {"shop/__init__.py": "", "shop/rows.py": _LOAD, "shop/page.py": _USE}
_ASYNC = {
    **_TREE,
    "shop/rows.py": "async " + _LOAD,
    "shop/page.py": "from shop.rows import load\n\n\nasync def show(name):\n    print(await load(name))\n",
}

EXAMPLES = (
    Example(
        "a function becomes a coroutine and its caller does not know",
        before=_TREE,
        after={**_TREE, "shop/rows.py": "async " + _LOAD},
        fires=((SLUG, "shop/rows.py", 1),),
    ),
    Example(
        "a coroutine becomes a plain function and is still awaited",
        before=_ASYNC,
        after={**_ASYNC, "shop/rows.py": _LOAD},
        fires=((SLUG, "shop/rows.py", 1),),
    ),
    Example(
        "a new call whose coroutine is thrown away",
        before=_ASYNC,
        after={**_ASYNC, "shop/page.py": _ASYNC["shop/page.py"] + "    load(name)\n"},
        fires=((SLUG, "shop/page.py", 6),),
    ),
    Example("function and caller change together", before=_TREE, after=_ASYNC),
    Example(
        "the coroutine is handed on",
        before=_ASYNC,
        after={
            **_ASYNC,
            "shop/all.py": "import asyncio\n\nfrom shop.rows import load\n\n\n"
            "async def every(names):\n    return await asyncio.gather(*[load(name) for name in names])\n",
        },
    ),
)
AWAITABLE = re.compile(r"\b(Awaitable|Coroutine|Future|Task|Deferred|Generator|Any|object)\b")
CERTAIN = (Sure.LOCAL, Sure.IMPORT, Sure.REEXPORT, Sure.MRO)


def covers(path: str) -> bool:
    """Return whether this is Python: in JavaScript a promise may be left alone, and await anything."""
    return path.endswith(".py")


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return the functions whose callers no longer await rightly, and the new calls that await nothing."""
    paths = [file.path for file in change.files if covers(file.path) and file.new is not None]
    if not any(b"async" in change.head.read(path) or _had_async(change, path) for path in paths):
        return Report()
    places = Places.of(change, knowledge)
    findings: list[Finding] = []
    for path in paths:
        for node in places.code.head.graph.nodes_in(path):
            if node.kind is NodeKind.FUNCTION:
                findings += _switched(places, node)
        findings += _thrown_away(places, path)
    return Report(tuple(findings))


def _had_async(change: Change, path: str) -> bool:
    old = change.identity.get(path, path)
    return old in change.base.entries and b"async" in change.base.read(old)


def _switched(places: Places, node: Node) -> Iterator[Finding]:
    """Yield what is wrong with the calls of a function that became a coroutine, or is one no longer."""
    now = _row(places.code.head, node)
    old = places.code.base.graph.nodes([node_id(places.old_path(node.path), node.qualified)])
    before = _row(places.code.base, next(iter(old.values()), None))
    if now is None or before is None or not (now.flags ^ before.flags) & Flag.ASYNC:
        return
    if (now.flags | before.flags) & (Flag.GENERATOR | Flag.PROPERTY | Flag.ABSTRACT):
        return
    calls = places.code.head.graph.edges_to([node.id], [EdgeKind.CALLS])
    if now.flags & Flag.ASYNC:
        broken = _unaware(
            places, calls, was_awaitable=_is_awaitable(places.code.base, next(iter(old.values())), before)
        )
        told = f"`{now.name}` became a coroutine, and a caller does not await it"
    else:
        broken = [] if _is_awaitable(places.code.head, node, now) else [e for e in calls if e.flags & Flag.AWAITED]
        told = f"`{now.name}` is a coroutine no longer, and a caller still awaits it"
    spots = _spots(places, broken)
    if spots:
        line = places.head_line(node.path, now)
        found = places.finding(RULES[0], node.path, line, told)
        certain = all(edge.sure in CERTAIN for edge in broken)
        yield with_callers(places, found if certain else softer(found, Severity.WARN, Confidence.MEDIUM), spots)


def _unaware(places: Places, calls: list[Edge], *, was_awaitable: bool) -> list[Edge]:
    """Return the calls that treat a coroutine as the plain value that it was before."""
    if was_awaitable:
        return []
    nodes = places.code.head.graph.nodes({edge.src for edge in calls})
    found = []
    for edge in calls:
        path = nodes[edge.src].path if edge.src in nodes else ""
        if not path or edge.flags & (Flag.AWAITED | Flag.DECORATOR):
            continue
        is_handed_on = edge.flags & Flag.SUSPENDED and places.is_added(path, edge.line)
        if not is_handed_on:
            found.append(edge)
    return found


def _thrown_away(places: Places, path: str) -> Iterator[Finding]:
    """Yield the new calls of coroutines that are whole statements."""
    head = places.code.head
    edges = head.graph.edges_from([node.id for node in head.graph.nodes_in(path)], [EdgeKind.CALLS])
    lost = [e for e in edges if e.flags & Flag.DISCARDED and not e.flags & Flag.AWAITED and e.sure in CERTAIN]
    lost = [edge for edge in lost if places.is_added(path, edge.line) and places.must_work(path, edge.line)]
    nodes = head.graph.nodes({edge.dst for edge in lost})
    for edge in lost:
        row = _row(head, nodes.get(edge.dst))
        if row is None or not row.flags & Flag.ASYNC or row.flags & Flag.GENERATOR:
            continue
        callee = nodes[edge.dst]
        told = f"The coroutine `{row.name}` is called and not awaited: nothing of it runs"
        shown = (quoted("definition", head, callee.path, callee.line),)
        yield places.finding(RULES[0], path, edge.line, told, evidence=shown)


def _row(code: Code, node: Node | None) -> Definition | None:
    """Return the only definition of a function whose decorators are known; None for any other."""
    rows = code.definitions(node) if node is not None else ()
    if len(rows) != 1 or set(rows[0].decorators) - KNOWN_DECORATORS:
        return None
    return rows[0]


def _is_awaitable(code: Code, node: Node, row: Definition) -> bool:
    """Return whether a plain function may give something to await: it says so, hands a call on, or is awaited."""
    if row.flags & Flag.ASYNC:
        return False
    returns = row.signature.returns if row.signature else ""
    if AWAITABLE.search(returns):
        return True
    if any(edge.flags & Flag.AWAITED for edge in code.graph.edges_to([node.id], [EdgeKind.CALLS])):
        return bool(returns == "" and _hands_on(code.facts(node.path), row))
    return returns == "" and _returns_coroutine(code, node, row)


def _hands_on(facts: Facts, row: Definition) -> bool:
    """Return whether any call in a function's body is handed on: it may be what the function returns."""
    return any(call.flags & Flag.SUSPENDED for call in facts.calls if row.start <= call.start < row.end)


def _returns_coroutine(code: Code, node: Node, row: Definition) -> bool:
    """Return whether a function hands on a call of a coroutine, or one that asyncio wraps."""
    edges = code.graph.edges_from([node.id], [EdgeKind.CALLS])
    callees = code.graph.nodes({edge.dst for edge in edges if edge.flags & Flag.SUSPENDED})
    if any(callee.flags & Flag.ASYNC for callee in callees.values()):
        return True
    words = ("create_task", "ensure_future", "gather", "Future", "wait_for", "run_in_executor", "to_thread", "shield")
    calls = (call.chain for call in code.facts(node.path).calls if row.start <= call.start < row.end)
    return any(chain.rpartition(".")[2] in words for chain in calls)


def _spots(places: Places, edges: list[Edge]) -> list[Spot]:
    nodes = places.code.head.graph.nodes({edge.src for edge in edges})
    spots = [Spot(nodes[edge.src].path, edge.line) for edge in edges if edge.src in nodes]
    return [spot for spot in spots if places.must_work(spot.path, spot.line)]
