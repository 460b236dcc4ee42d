"""A method that no longer takes the calls which the method it overrides takes.

What it finds.
Overriding methods that a change made incompatible: the base method got a parameter that overrides elsewhere in the
repository do not take, or an override now asks for more than its base, or one of the two became a coroutine.

Why it matters.
Who calls the method on the base class gets a TypeError from the subclass, often far from the change.

When it stays silent.
When the two did not fit at base already; for constructors, private and overloaded methods, methods with decorators that
are not known, differing names of parameters, and new subclasses that nobody calls through the base.

How to fix.
Give the overrides the same parameters, or give the new one a default.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.constraint.fit import misfit
from checks.constraint.places import MOST_CALLERS, Places, quoted, softer
from checks.constraint.substitute import callable_part, refused_by
from checks.finding import Confidence, Evidence, Finding, Severity
from checks.knowledge import Knowledge
from kb.facts.model import Definition, Flag
from kb.graph.code import Code
from kb.graph.model import Edge, EdgeKind, Node, NodeKind, Shape, node_id

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


@dataclass(frozen=True)
class _Pair:
    """A method and the one it overrides, as they are in one tree."""

    override: Node
    base: Node


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
        for node in places.code.head.graph.nodes_in(path):
            if node.kind is NodeKind.FUNCTION and not _is_private(node) and _has_changed(places, node):
                findings += _broken_overrides(places, node)
                findings += _broken_promises(places, node)
    return Report(tuple(findings))


def _is_private(node: Node) -> bool:
    name = node.qualified.rpartition(".")[2]
    return name in ("__init__", "__new__", "__init_subclass__", "__post_init__") or (
        name.startswith("__") and not name.endswith("__")
    )


def _row(code: Code, node: Node | None) -> Definition | None:
    """Return the only definition of a method; None for several, or none."""
    rows = code.definitions(node) if node is not None else ()
    return rows[0] if len(rows) == 1 else None


def _at_base(places: Places, node: Node) -> Node | None:
    same = node_id(places.old_path(node.path), node.qualified)
    return places.code.base.graph.nodes([same]).get(same)


def _has_changed(places: Places, node: Node) -> bool:
    """Return whether how a method is called differs from base; a new one has changed."""
    now, before = _row(places.code.head, node), _row(places.code.base, _at_base(places, node))
    if now is None or before is None:
        return now is not None
    same = now.signature == before.signature and now.decorators == before.decorators
    return not same or bool((now.flags ^ before.flags) & Flag.ASYNC)


def _broken_overrides(places: Places, base: Node) -> Iterator[Finding]:
    """Yield at most one finding: the overrides that do not take what the changed base method takes."""
    pairs = [_Pair(node, base) for node in _ends(places.code.head, base, overriding=True)]
    newly = [pair for pair in pairs if _is_newly_unfit(places, pair)]
    if not newly:
        return
    callers = [(p, edge) for p in newly for edge in _calls_refused(places.code.head, p)]
    name = base.qualified.rpartition(".")[2]
    others = f", and {len(newly) - 1} other overrides" if len(newly) > 1 else ""
    told = f"`{name}` changed, and `{newly[0].override.qualified}` in {newly[0].override.path} overrides it{others}: "
    told += _difference(places.code.head, newly[0])
    shown = tuple(_shown(places.code.head, "override", pair.override) for pair in newly[:MOST_CALLERS])
    yield _finding(places, base, told, (*shown, *_callers(places.code.head, callers)), certain=bool(callers))


def _broken_promises(places: Places, override: Node) -> Iterator[Finding]:
    """Yield at most one finding: the method that the changed override no longer stands in for."""
    for base in _ends(places.code.head, override, overriding=False):
        pair = _Pair(override, base)
        if _has_changed(places, base) or not _is_newly_unfit(places, pair):
            continue
        callers = [(pair, edge) for edge in _calls_refused(places.code.head, pair)]
        if _at_base(places, override) is None and not callers:
            continue
        name = override.qualified.rpartition(".")[2]
        told = (
            f"`{name}` no longer stands in for `{base.qualified}` in {base.path}: {_difference(places.code.head, pair)}"
        )
        shown = _shown(places.code.head, "definition", base)
        yield _finding(places, override, told, (shown, *_callers(places.code.head, callers)), certain=bool(callers))
        return


def _ends(code: Code, node: Node, *, overriding: bool) -> list[Node]:
    """Return the methods that override one, or that one overrides."""
    kinds = [EdgeKind.OVERRIDES]
    edges = code.graph.edges_to([node.id], kinds) if overriding else code.graph.edges_from([node.id], kinds)
    nodes = code.graph.nodes({edge.src if overriding else edge.dst for edge in edges})
    return [nodes[one] for one in sorted(nodes) if covers(nodes[one].path)]


def _is_newly_unfit(places: Places, pair: _Pair) -> bool:
    """Return whether the two do not fit at head, and did fit, or were not a pair, at base."""
    if _misfit_of(places.code.head, pair) is None:
        return False
    override, base = _at_base(places, pair.override), _at_base(places, pair.base)
    if override is None or base is None:
        return True
    return _misfit_of(places.code.base, _Pair(override, base)) is None


def _misfit_of(code: Code, pair: _Pair) -> Shape | str | None:
    """Return a call that the override refuses, or what else is different; None where the two fit or it is not known."""
    override, base = _row(code, pair.override), _row(code, pair.base)
    if override is None or base is None or callable_part(override) is None or callable_part(base) is None:
        return None
    if (override.flags ^ base.flags) & Flag.ASYNC and not (override.flags | base.flags) & (Flag.STUB | Flag.ABSTRACT):
        return "one is a coroutine and the other is not"
    return refused_by(override, base)


def _difference(code: Code, pair: _Pair) -> str:
    found = _misfit_of(code, pair)
    if not isinstance(found, Shape):
        return f"{found}."
    values = f"{found.positional} value{'s' * (found.positional != 1)} by position"
    names = "".join(f", `{word}` by name" for word in found.keywords)
    return f"a call with {values}{names} fits the one and not the other."


def _calls_refused(code: Code, pair: _Pair) -> list[Edge]:
    """Return the calls of the base method on an instance that the override would refuse."""
    override = _row(code, pair.override)
    signature = callable_part(override) if override else None
    if signature is None:
        return []
    edges = code.graph.edges_to([pair.base.id], [EdgeKind.CALLS])
    bound = [edge for edge in edges if edge.flags & Flag.BOUND and edge.shape]
    return [edge for edge in bound if misfit(signature, Shape.read(edge.shape), bound=False)]


def _callers(code: Code, calls: list[tuple[_Pair, Edge]]) -> tuple[Evidence, ...]:
    places = dict.fromkeys((edge.src, edge.line) for _, edge in calls)
    nodes = code.graph.nodes({src for src, _ in places})
    shown = [(nodes[src].path, line) for src, line in places if src in nodes][:MOST_CALLERS]
    return tuple(quoted("caller", code, path, line) for path, line in shown)


def _shown(code: Code, kind: str, node: Node) -> Evidence:
    return quoted(kind, code, node.path, node.line)


def _finding(places: Places, node: Node, told: str, shown: tuple[Evidence, ...], *, certain: bool) -> Finding:
    found = places.finding(RULES[0], node.path, node.line, told, evidence=shown)
    return found if certain else softer(found, Severity.WARN, Confidence.MEDIUM)
