"""A class that is made although a method it must have is still abstract.

What it finds.
Python classes that a change left with an abstract method: the base class got one, or the method that stood for it was
removed or renamed. Where the class is instantiated, that place is shown.

Why it matters.
Making an instance of such a class ends with TypeError.

When it stays silent.
When the class was abstract at base already, when it has abstract methods of its own or subclasses that fill them, when
a base of it is not in the repository, where `__new__`, a metaclass or a decorator may do as it likes, where a test
expects the error, and for classes that nobody makes, unless their base got a new abstract method.

How to fix.
Define the method in the class, or make it concrete in the base.
"""

from __future__ import annotations

import abc
import collections.abc
from collections.abc import Iterator
from dataclasses import dataclass

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.constraint.earlier import earlier
from checks.constraint.places import MOST_CALLERS, Places, Spot, quoted, softer, with_callers
from checks.finding import Confidence, Finding, Severity
from checks.knowledge import Knowledge
from checks.static.engine_check import is_test
from checks.static.python_context import EXPECTS_ERROR
from kb.facts.model import Definition, Flag, Kind, Status
from kb.graph.classes import HARMLESS_BASES, Mro, mro_of
from kb.graph.code import Code
from kb.graph.model import EdgeKind, Node, NodeKind, Sure

SLUG = "abstract-method-left-open"
RULES = (
    Rule(
        SLUG,
        Severity.BLOCK,
        Confidence.HIGH,
        finds="Finds classes that a change left with an abstract method.",
        why="Making an instance of such a class ends with TypeError.",
        fix="Define the method in the class, or make it concrete in the base.",
    ),
)

_BASE = "from abc import ABC, abstractmethod\n\n\nclass Shape(ABC):\n    @abstractmethod\n    def area(self): ...\n"
_SQUARE = "from shapes.base import Shape\n\n\nclass Square(Shape):\n    def area(self):\n        return 1\n"
_USE = "from shapes.square import Square\n\n\ndef one():\n    return Square()\n"
_TREE = {"shapes/__init__.py": "", "shapes/base.py": _BASE, "shapes/square.py": _SQUARE, "shapes/use.py": _USE}
_MORE = "\n    @abstractmethod\n    def name(self): ...\n"

EXAMPLES = (
    Example(
        "the base gets an abstract method",
        before=_TREE,
        after={**_TREE, "shapes/base.py": _BASE + _MORE},
        fires=((SLUG, "shapes/base.py", 9),),
    ),
    Example(
        "the method that stood for it is renamed",
        before=_TREE,
        after={**_TREE, "shapes/square.py": _SQUARE.replace("area", "size")},
        fires=((SLUG, "shapes/square.py", 4),),
    ),
    Example(
        "the class gets it too",
        before=_TREE,
        after={
            **_TREE,
            "shapes/base.py": _BASE + _MORE,
            "shapes/square.py": _SQUARE + "\n    def name(self):\n        return 'square'\n",
        },
    ),
    Example(
        "an abstract class below",
        before=_TREE,
        after={**_TREE, "shapes/flat.py": "from shapes.base import Shape\n\n\nclass Flat(Shape):\n    depth = 0\n"},
    ),
)
FIRM = (Sure.LOCAL, Sure.IMPORT, Sure.REEXPORT)
DOUBTFUL = (Flag.GUARDED | Flag.FALLBACK | Flag.TYPING | Flag.DECORATOR).value
HARMLESS = {"dataclass()", "dataclass", "dataclasses.dataclass", "dataclasses.dataclass()"} | {
    f"{module}{name}" for module in ("", "typing.", "typing_extensions.") for name in ("final", "runtime_checkable")
}

FUNCTIONS = (Kind.FUNCTION, Kind.METHOD)
STANDARD = frozenset(collections.abc.__all__)


def covers(path: str) -> bool:
    """Return whether this is Python: the TypeScript compiler says it for TypeScript."""
    return path.endswith(".py")


@dataclass(frozen=True)
class _Left:
    """A class that the change left open, where that is told, and where instances of it are made."""

    node: Node
    method: Node
    at: Spot
    made: tuple[Spot, ...]


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return the classes that the change left open, those of one cause together."""
    paths = [file.path for file in change.files if covers(file.path) and file.new is not None]
    if not paths:
        return Report()
    places = Places.of(change, knowledge)
    classes = {node.id: node for path in paths for node in _classes_around(places.code.head, path)}
    found: dict[Spot, list[_Left]] = {}
    for node in classes.values():
        for left in _left_open(places, node):
            found.setdefault(left.at, []).append(left)
    return Report(tuple(_finding(places, at, found[at]) for at in sorted(found)))


def _classes_around(code: Code, path: str) -> Iterator[Node]:
    """Yield the classes of a file and all that inherit from them."""
    frontier = {n.id for n in code.graph.nodes_in(path) if n.kind is NodeKind.CLASS}
    seen: set[int] = set()
    while frontier:
        seen |= frontier
        yield from code.graph.nodes(frontier).values()
        frontier = {edge.src for edge in code.graph.edges_to(frontier, [EdgeKind.INHERITS])} - seen


def _left_open(places: Places, node: Node) -> Iterator[_Left]:
    head = places.code.head
    if places.is_left_out(node.path):
        return
    opened = _open_methods(head, node)
    if not opened or any(method.qualified.rpartition(".")[0] == node.qualified for method in opened.values()):
        return
    before = earlier(places, node)
    if before is not None and _open_methods(places.code.base, before) != {}:
        return  # was abstract already, or is not known
    calls = _calls_of(places, node)
    made = [spot for spot, flags in calls.items() if not flags & DOUBTFUL and _fails(places, spot)]
    method = opened[min(opened)]
    is_news = places.is_added(method.path, method.line)
    if not made and (before is None or calls or not is_news or _is_inherited(head, node)):
        return  # who takes a method out of a class that nobody makes may want it so
    at = Spot(method.path, method.line) if is_news else Spot(node.path, node.line)
    yield _Left(node, method, at, tuple(made))


def _finding(places: Places, at: Spot, lefts: list[_Left]) -> Finding:
    """Return what is told at one place: for a class that is made, if there is one."""
    head = places.code.head
    lefts = sorted(lefts, key=lambda one: (not one.made, one.node.path, one.node.line))
    first, others = lefts[0], len(lefts) - 1
    owner, _, name = first.method.qualified.rpartition(".")
    more = f", and {'another class does not' if others == 1 else f'{others} more classes do not'}" * (others > 0)
    told = f"`{name}` is abstract in `{owner}`, and `{first.node.qualified}` does not define it{more}"
    shown = [quoted("definition", head, first.method.path, first.method.line)]
    shown += [quoted("class", head, one.node.path, one.node.line) for one in lefts[:MOST_CALLERS]]
    found = places.finding(RULES[0], at.path, at.line, told, evidence=shown)
    found = found if first.made else softer(found, Severity.WARN, Confidence.MEDIUM)
    return with_callers(places, found, [spot for one in lefts for spot in one.made])


def _open_methods(code: Code, node: Node) -> dict[str, Node] | None:
    """Return the abstract methods that a class has, by name; None where that is not known."""
    mro = mro_of(code, node)
    standard = [] if mro.complete else _standard_bases(code, mro)
    if standard is None:
        return None
    rows = [code.definitions(one)[0] for one in mro.classes]
    bases = {base for row in rows for base in row.bases}
    metaclasses = {base for base in bases if base.startswith("metaclass=")}
    if not metaclasses <= {"metaclass=ABCMeta", "metaclass=abc.ABCMeta"}:
        return None
    if any(set(row.decorators) - HARMLESS or row.flags & Flag.CONDITIONAL for row in rows):
        return None
    if not (standard or metaclasses or {base.rpartition(".")[2] for base in bases} & {"ABC", "Protocol"}):
        return {}
    opened: dict[str, Node] = {}
    defined: set[str] = set()
    for one in reversed(mro.classes):
        own = _members(code, one)
        defined |= set(own)
        if "__new__" in own or "__abstractmethods__" in own:
            return None
        for name, (member, last) in own.items():
            if last.flags & Flag.ABSTRACT and last.flags & (DOUBTFUL | Flag.CONDITIONAL):
                return None
            if last.flags & Flag.ABSTRACT:
                opened[name] = member
            else:
                opened.pop(name, None)
    if any(one.__abstractmethods__ - defined or opened.keys() & set(dir(one)) for one in standard):
        return None  # open by the standard library's doing, or filled by it
    return opened


def _standard_bases(code: Code, mro: Mro) -> list[abc.ABCMeta] | None:
    """Return the standard library's abstract classes among the bases; None if others are not known."""
    standard: set[str] = set()
    for one in mro.classes:
        rows = code.definitions(one)
        found = {edge.dst for edge in code.graph.edges_from([one.id], [EdgeKind.INHERITS])}
        bases = {base for row in rows for base in row.bases if "=" not in base} - HARMLESS_BASES
        known = {base for base in bases if base.removeprefix("collections.abc.").removeprefix("abc.") in STANDARD}
        if len(rows) != 1 or len(bases - known) != len(found) or code.facts(one.path).status is not Status.WHOLE:
            return None
        standard |= {base.rpartition(".")[2] for base in known}
    return [getattr(collections.abc, base) for base in sorted(standard)]


def _members(code: Code, node: Node) -> dict[str, tuple[Node, Definition]]:
    """Return what a class itself defines or sets, each name with its last definition."""
    inside = [one for one in code.graph.nodes_in(node.path) if one.qualified.rpartition(".")[0] == node.qualified]
    found = ((one, code.definitions(one)) for one in inside)
    return {rows[-1].name: (one, rows[-1]) for one, rows in found if rows}


def _is_inherited(code: Code, node: Node) -> bool:
    return bool(code.graph.edges_to([node.id], [EdgeKind.INHERITS]))


def _calls_of(places: Places, node: Node) -> dict[Spot, int]:
    """Return where a class is surely called at head, with what the reference says of itself."""
    graph = places.code.head.graph
    edges = [edge for edge in graph.edges_to([node.id], [EdgeKind.CALLS]) if edge.sure in FIRM]
    nodes = graph.nodes({edge.src for edge in edges})
    return {Spot(nodes[edge.src].path, edge.line): edge.flags for edge in edges if edge.src in nodes}


def _fails(places: Places, spot: Spot) -> bool:
    """Return whether making an instance on a line fails, and nobody means it to."""
    source = places.code.head.source(spot.path)
    if not places.must_work(spot.path, spot.line) or b"__abstractmethods__" in source.data:
        return False
    rows = places.code.head.facts(spot.path).definitions if is_test(spot.path) else ()
    around = [row for row in rows if row.kind in FUNCTIONS and row.line <= spot.line <= row.end_line]
    return not any(EXPECTS_ERROR.search(source.data[row.start : row.end].decode("utf-8", "replace")) for row in around)
