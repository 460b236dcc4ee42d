"""A method that no longer takes the calls which the method it overrides takes.

What it finds.
Overriding methods that a change made incompatible: the base method got a parameter that overrides elsewhere in the
repository do not take, or an override now asks for more than its base, or one of the two became a coroutine. Where a
subclass inherits a call that its own method refuses, that call is shown.

Why it matters.
Who calls the method on the base class gets a TypeError from the subclass, often far from the change.

When it stays silent.
When the two did not fit at base already; where some calls fit both and none that fails is seen (an optional parameter
that only the base takes hurts nobody yet); for constructors, private, overloaded and conditional methods, methods with
decorators that are not known, and differing names of parameters.

How to fix.
Give the overrides the same parameters, or give the new one a default.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.constraint.awaitable import is_coroutine
from checks.constraint.earlier import earlier
from checks.constraint.places import MOST_CALLERS, Places, Spot, place_of, quoted, softer, with_callers
from checks.constraint.stand_in import Pair, apart, only_row, refused_calls
from checks.finding import Confidence, Finding, Severity
from checks.knowledge import Knowledge
from kb.facts.model import Definition
from kb.graph.code import Code
from kb.graph.model import EdgeKind, Node, NodeKind
from kb.view import shown

SLUG = "override-breaks-base"
RULES = (
    Rule(
        SLUG,
        Severity.BLOCK,
        Confidence.HIGH,
        finds="Finds methods that no longer take the calls which the method they override takes.",
        why="Who calls the method on the base class gets a TypeError from the subclass.",
        fix="Give the overrides the same parameters, or give the new one a default.",
    ),
)

_BASE = "class Task:\n    def run(self, n):\n        return n\n\n    def start(self):\n        return self.run(1)\n"
_LOUD = "from jobs.task import Task\n\n\nclass Loud(Task):\n    def run(self, n):\n        return n * 2\n"
_TREE = {"jobs/__init__.py": "", "jobs/task.py": _BASE, "jobs/loud.py": _LOUD}

EXAMPLES = (
    Example(
        "the base method got a parameter",
        before=_TREE,
        after={**_TREE, "jobs/task.py": _BASE.replace("run(self, n)", "run(self, n, how)").replace("(1)", "(1, 2)")},
        fires=((SLUG, "jobs/task.py", 2),),
    ),
    Example(
        "the override asks for more",
        before=_TREE,
        after={**_TREE, "jobs/loud.py": _LOUD.replace("run(self, n)", "run(self, n, how)")},
        fires=((SLUG, "jobs/loud.py", 5),),
    ),
    Example(
        "the new parameter has a default, and nobody passes it",
        before=_TREE,
        after={**_TREE, "jobs/loud.py": _LOUD.replace("run(self, n)", "run(self, n, how=None)")},
    ),
    Example(
        "both changed",
        before=_TREE,
        after={
            **_TREE,
            "jobs/task.py": _BASE.replace("run(self, n)", "run(self, n, how)").replace("(1)", "(1, 2)"),
            "jobs/loud.py": _LOUD.replace("run(self, n)", "run(self, n, how)"),
        },
    ),
)


def covers(path: str) -> bool:
    """Return whether this is Python: other languages' compilers say it better."""
    return path.endswith((".py", ".pyi"))


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return the overrides that the change made incompatible."""
    paths = [file.path for file in change.files if covers(file.path) and file.new is not None]
    if not paths:
        return Report()
    places = Places.of(change, knowledge)
    findings: list[Finding] = []
    for path in paths:
        if places.is_left_out(path):
            continue
        for node in places.code.head.graph.nodes_in(path):
            if node.kind is NodeKind.FUNCTION and not _is_private(node) and _has_changed(places, node):
                findings += [*_broken_overrides(places, node)] or [*_broken_promises(places, node)]
    return Report(tuple(findings))


def _is_private(node: Node) -> bool:
    owner, _, name = node.qualified.rpartition(".")
    made = ("__init__", "__new__", "__init_subclass__", "__post_init__")
    return not owner or name in made or (name.startswith("__") and not name.endswith("__"))


def _has_changed(places: Places, node: Node) -> bool:
    """Return whether how a method is called differs from base; a new one has changed."""
    old = earlier(places, node)
    now, before = only_row(places.code.head, node), only_row(places.code.base, old) if old is not None else None
    if now is None or before is None:
        return now is not None
    same = now.signature == before.signature and now.decorators == before.decorators
    return not same or is_coroutine(now) != is_coroutine(before)


def _broken_overrides(places: Places, base: Node) -> Iterator[Finding]:
    """Yield at most one finding: the overrides that do not take what the changed base method takes."""
    pairs = [Pair(node, base) for node in _ends(places.code.head, base, overriding=True)]
    broken = [(pair, found) for pair in pairs if (found := _Broken.of(places, pair)) is not None]
    if not broken:
        return
    (first, found), others = broken[0], len(broken) - 1
    more = f", as {'one other override does' if others == 1 else f'{others} others do'}" * (others > 0)
    over = f"`{place_of(first.override)}` in {shown(first.override.path)} overrides it{more}"
    name = base.qualified.rpartition(".")[2]
    yield found.finding(
        places, base, f"`{name}` changed, and {over}: {found.why}", [pair.override for pair, _ in broken]
    )


def _broken_promises(places: Places, override: Node) -> Iterator[Finding]:
    """Yield at most one finding: the method that the changed override no longer stands in for."""
    for base in _ends(places.code.head, override, overriding=False):
        found = None if _has_changed(places, base) else _Broken.of(places, Pair(override, base))
        if found is not None:
            name = override.qualified.rpartition(".")[2]
            told = f"`{name}` does not stand in for `{place_of(base)}` in {shown(base.path)}: {found.why}"
            yield found.finding(places, override, told, [base])
            return


def _ends(code: Code, node: Node, *, overriding: bool) -> list[Node]:
    """Return the methods that override one, or that one overrides."""
    kinds = [EdgeKind.OVERRIDES]
    edges = code.graph.edges_to([node.id], kinds) if overriding else code.graph.edges_from([node.id], kinds)
    nodes = code.graph.nodes({edge.src if overriding else edge.dst for edge in edges})
    return sorted((one for one in nodes.values() if covers(one.path)), key=lambda one: (one.path, one.line))


@dataclass(frozen=True)
class _Broken:
    """Why a pair does not fit at head while it did at base, and the calls that fail."""

    why: str
    spots: tuple[Spot, ...]
    surely: bool

    @classmethod
    def of(cls, places: Places, pair: Pair) -> _Broken | None:
        """Return what is wrong with a pair; None where nothing is, where it was before, or where nobody may mind.

        Two methods without any call in common are told without a caller, if both were there and had one.
        """
        head, old = places.code.head, _pair_at_base(places, pair)
        if places.is_left_out(pair.override.path) or (old is not None and _is_unfit(places.code.base, old)):
            return None
        calls = [(one, why) for one, why in refused_calls(head, pair) if places.must_work(one.spot.path, one.spot.line)]
        calls.sort(key=lambda found: (not found[0].surely, found[0].spot))
        if calls:
            return cls(calls[0][1], tuple(one.spot for one, _ in calls), calls[0][0].surely)
        why = apart(head, pair) if old is not None else ""
        return cls(why, (), surely=False) if why else None

    def finding(self, places: Places, node: Node, told: str, related: list[Node]) -> Finding:
        """Return the finding at a method; surely broken only where the failing call is inherited."""
        head = places.code.head
        row = only_row(head, node)
        line = places.head_line(node.path, row) if row is not None else node.line
        shown_too = [quoted("definition", head, one.path, one.line) for one in related[:MOST_CALLERS]]
        found = places.finding(RULES[0], node.path, line, told, evidence=shown_too)
        found = found if self.surely else softer(found, Severity.WARN, Confidence.MEDIUM)
        return with_callers(places, found, self.spots)


def _pair_at_base(places: Places, pair: Pair) -> Pair | None:
    """Return the pair as it was at base, or another override of the same method with the same signature."""
    base = earlier(places, pair.base)
    if base is None:
        return None
    overrides = _ends(places.code.base, base, overriding=True)
    override = earlier(places, pair.override)
    if override is not None:
        return Pair(override, base) if override in overrides else None
    now = only_row(places.code.head, pair.override)
    return next((Pair(one, base) for one in overrides if _is_same(now, only_row(places.code.base, one))), None)


def _is_same(one: Definition | None, other: Definition | None) -> bool:
    return one is not None and other is not None and one.signature == other.signature


def _is_unfit(code: Code, pair: Pair) -> bool:
    return bool(apart(code, pair)) or any(True for _ in refused_calls(code, pair))
