"""A coroutine that nobody awaits, or an `await` of something that is no coroutine.

What it finds.
Functions that a change made `async` while callers still use them as plain functions; functions that are `async` no
longer while callers still await them; and new calls of coroutines whose result is thrown away.

Why it matters.
A coroutine that is not awaited does nothing at all; awaiting a plain value ends with TypeError.

When it stays silent.
When the call is handed on in a line that the change wrote (to `gather`, `run`, a task), when the function gave
something awaitable before or still may, when the caller looks first (`isawaitable`), when the function's decorators are
not known, and when it is a stub or defined more than once. A call on a value of unknown type counts where no other
method has the name, as a warning.

How to fix.
Await the call and make its function `async` too, or take the `await` away.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.constraint.awaitable import AWAITABLE, HANDLES_BOTH, MIXED, gave_awaitable, is_coroutine, is_plain
from checks.constraint.earlier import earlier
from checks.constraint.namesakes import Namesakes
from checks.constraint.places import Places, Spot, quoted, softer, with_callers
from checks.constraint.stand_in import DOUBTFUL, only_row
from checks.constraint.substitute import KNOWN_DECORATORS
from checks.finding import Confidence, Finding, Severity
from checks.knowledge import Knowledge
from kb.facts.model import Definition, Flag
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
    old = earlier(places, node)
    now, before = _row(places.code.head, node), _row(places.code.base, old)
    if old is None or now is None or before is None or is_coroutine(now) == is_coroutine(before):
        return
    if (now.flags | before.flags) & MIXED:
        return
    calls = [edge for edge in places.code.head.graph.edges_to([node.id], [EdgeKind.CALLS]) if not edge.flags & DOUBTFUL]
    if is_coroutine(now):
        if gave_awaitable(places.code.base, old, before):
            return
        broken = list(_unaware(places, calls))
        told = f"`{now.name}` became a coroutine, and a caller does not await it"
    else:
        if _stayed_awaitable(places, node, old):
            return
        broken = [edge for edge in calls if edge.flags & Flag.AWAITED]
        told = f"`{now.name}` is a coroutine no longer, and a caller still awaits it"
    broken, spots = _working(places, broken)
    likely = [] if spots else list(_by_name(places, old, is_coroutine(now)))
    if spots or likely:
        found = places.finding(RULES[0], node.path, places.head_line(node.path, now), told)
        fails = any(edge.sure in CERTAIN and not edge.flags & Flag.SUSPENDED for edge in broken)
        sure = Confidence.MEDIUM if spots else Confidence.LOW
        yield with_callers(places, found if fails else softer(found, Severity.WARN, sure), spots or likely)


def _by_name(places: Places, old: Node, is_now: bool) -> Iterator[Spot]:
    """Yield the calls that are likely meant for a method, by its name: used as a plain value, or awaited.

    Other libraries may have a method of the name: the file has to import something from where this one is defined.
    """
    for spot, call in Namesakes(places).calls_of(old):
        used = Flag.AWAITED | Flag.SUSPENDED if is_now else Flag.AWAITED
        if bool(call.flags & used) == is_now or call.flags & DOUBTFUL or not places.must_work(spot.path, spot.line):
            continue
        if spot.path == places.new_path(old.path) or _imports_from(
            places.code.head, spot.path, places.new_path(old.path)
        ):
            yield spot


def _imports_from(code: Code, path: str, other: str) -> bool:
    edges = code.graph.edges_from([node_id(path, "")], [EdgeKind.IMPORTS])
    return any(node.path == other for node in code.graph.nodes({edge.dst for edge in edges}).values())


def _stayed_awaitable(places: Places, node: Node, old: Node) -> bool:
    """Return whether a function may give something to await though it is no coroutine any more.

    One whose body is what it was returns what the coroutine gave to those who awaited it.
    """
    head, base = places.code.head, places.code.base
    now = only_row(head, node)
    if now is None or is_plain(head, node, now):
        return now is None
    return _body(head, node) != _body(base, old) or bool(now.signature and AWAITABLE.search(now.signature.returns))


def _body(code: Code, node: Node) -> bytes:
    row, scopes = code.definitions(node)[0], code.facts(node.path).scopes
    return code.source(node.path).data[scopes[row.inner].start : row.end]


def _unaware(places: Places, calls: list[Edge]) -> Iterator[Edge]:
    """Yield the calls that treat a coroutine as the plain value that it was before."""
    callers = places.code.head.graph.nodes({edge.src for edge in calls})
    for edge in calls:
        caller = callers.get(edge.src)
        if caller is None or edge.flags & (Flag.AWAITED | Flag.DECORATOR):
            continue
        if edge.flags & Flag.SUSPENDED and places.is_added(caller.path, edge.line):
            continue
        source = places.code.head.source(caller.path)
        span = source.span_of_lines(caller.line, caller.end_line) if caller.kind is NodeKind.FUNCTION else None
        around = source.data[span.start : span.end].decode("utf-8", "replace") if span else source.line(edge.line)
        if not HANDLES_BOTH.search(around):
            yield edge


def _thrown_away(places: Places, path: str) -> Iterator[Finding]:
    """Yield the new calls of coroutines that are whole statements."""
    head = places.code.head
    for edge in _discarded(head, path):
        row = _row(head, head.graph.nodes([edge.dst]).get(edge.dst))
        if row is None or not is_coroutine(row) or not places.is_added(path, edge.line):
            continue
        text = head.source(path).line(edge.line).strip()
        if text in _discarded_at_base(places) or not places.must_work(path, edge.line):
            continue
        callee = head.graph.nodes([edge.dst])[edge.dst]
        told = f"The coroutine `{row.name}` is called and not awaited: nothing of it runs"
        yield places.finding(
            RULES[0], path, edge.line, told, evidence=(quoted("definition", head, callee.path, callee.line),)
        )


def _discarded(code: Code, path: str) -> list[Edge]:
    edges = code.graph.edges_from([node.id for node in code.graph.nodes_in(path)], [EdgeKind.CALLS])
    found = [edge for edge in edges if edge.flags & Flag.DISCARDED and not edge.flags & (Flag.AWAITED | DOUBTFUL)]
    return [edge for edge in found if edge.sure in CERTAIN]


def _discarded_at_base(places: Places) -> set[str]:
    """Return the lines of changed files that threw a coroutine away at base already."""
    base = places.code.base
    found = set()
    for file in places.change.files:
        for edge in _discarded(base, file.old_path) if file.old is not None and covers(file.old_path) else ():
            row = _row(base, base.graph.nodes([edge.dst]).get(edge.dst))
            if row is not None and is_coroutine(row):
                found.add(base.source(file.old_path).line(edge.line).strip())
    return found


def _row(code: Code, node: Node | None) -> Definition | None:
    """Return the only definition of a function whose decorators are known; None for any other."""
    row = only_row(code, node) if node is not None else None
    return row if row is not None and not set(row.decorators) - KNOWN_DECORATORS else None


def _working(places: Places, edges: list[Edge]) -> tuple[list[Edge], list[Spot]]:
    """Return the calls that run and are not meant to fail, and where they are."""
    nodes = places.code.head.graph.nodes({edge.src for edge in edges})
    spots = [(edge, Spot(nodes[edge.src].path, edge.line)) for edge in edges if edge.src in nodes]
    kept = [(edge, spot) for edge, spot in spots if places.must_work(spot.path, spot.line)]
    return [edge for edge, _ in kept], [spot for _, spot in kept]
