"""Calls that no longer fit what they call: which, since when, and by whose doing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from checks.constraint.callee import Callee, callee_of
from checks.constraint.doubt import is_doubtful
from checks.constraint.fit import Misfit
from checks.constraint.places import PYTHON, TYPED, Places, Spot, is_whole
from kb.facts.model import Call, Facts, Flag
from kb.graph.classes import descendants_of
from kb.graph.code import Code
from kb.graph.model import Edge, EdgeKind, Node, NodeKind, Shape, Sure, node_id

UNTRUSTED = Flag.VARIADIC.value | Flag.TYPING.value
CONSTRUCTORS = ("__init__", "__new__", "constructor")
BOUND = Flag.BOUND.value


@dataclass(frozen=True)
class Unfit:
    """A call of head that its callee does not take; `by_definition` where the change to the callee made it so."""

    spot: Spot
    callee: Callee
    misfit: Misfit
    sure: Sure
    by_definition: bool


@dataclass(frozen=True)
class Calls:
    """Finds the calls that the change made unfit."""

    places: Places
    _callees: dict[tuple[bool, int], Callee | None] = field(default_factory=dict)
    _changed: dict[int, bool] = field(default_factory=dict)

    def unfit_in(self, path: str) -> Iterator[Unfit]:
        """Yield the calls of a head file that do not fit and that base did not have."""
        code = self.places.code
        if self.places.is_left_out(path):
            return
        graph = code.head.graph
        edges = graph.edges_from([node.id for node in graph.nodes_in(path)], [EdgeKind.CALLS])
        nodes = graph.nodes({edge.dst for edge in edges})
        if path not in self.places.change.by_path:
            places = {edge.start for edge in edges if edge.dst in nodes and self._may_be_changed(nodes[edge.dst])}
            edges = [edge for edge in edges if edge.start in places]
        if not edges or not is_whole(code.head, path):
            return
        for group in _by_call(code.head.facts(path), edges, nodes):
            found = self._unfit(path, group, nodes)
            if found and self.places.must_work(path, found.spot.line) and not self._was_unfit(path, found, group[0]):
                yield found

    def callee(self, code: Code, node: Node) -> Callee | None:
        """Return what runs when a node of one of the two trees is called; None where that is not certain."""
        key = (code is self.places.code.head, node.id)
        if key not in self._callees:
            self._callees[key] = callee_of(code, node)
        return self._callees[key]

    def before(self, callee: Callee) -> Callee | None:
        """Return what a callee of head was at base; None where there was none, or it is not certain."""
        node = self._node_before(callee)
        return self.callee(self.places.code.base, node) if node is not None else None

    def is_changed(self, callee: Callee) -> bool:
        """Return whether the change wrote a callee, or gave it another signature."""
        if callee.node.id not in self._changed:
            self._changed[callee.node.id] = self._is_changed(callee)
        return self._changed[callee.node.id]

    def _is_changed(self, callee: Callee) -> bool:
        if callee.node.path not in self.places.change.by_path:
            return False
        if self._node_before(callee) is None:
            return True
        before = self.before(callee)
        return before is not None and before.signatures != callee.signatures

    def _node_before(self, callee: Callee) -> Node | None:
        same = node_id(self.places.old_path(callee.node.path), callee.node.qualified)
        return self.places.code.base.graph.nodes([same]).get(same)

    def _may_be_changed(self, node: Node) -> bool:
        """Return whether the change gave what is called another signature, be it by a class that it inherits from."""
        if node.kind is NodeKind.CLASS:
            return node.id in self._renewed
        callee = self.callee(self.places.code.head, node) if node.path in self.places.change.by_path else None
        return callee is not None and self.is_changed(callee)

    @cached_property
    def _renewed(self) -> frozenset[int]:
        """Return the classes that may be constructed in another way since the change."""
        head = self.places.code.head
        nodes = [node for path in self.places.change.by_path for node in head.graph.nodes_in(path)]
        changed = [node for node in nodes if node.kind is NodeKind.CLASS and self._is_renewed(node)]
        return frozenset(one.id for node in changed for one in (node, *descendants_of(head, node)))

    def _is_renewed(self, node: Node) -> bool:
        """Return whether a class of a changed file got other bases or decorators, another constructor, other fields."""
        base, head, old_path = self.places.code.base, self.places.code.head, self.places.old_path(node.path)
        names = [node.qualified, *(f"{node.qualified}.{name}" for name in CONSTRUCTORS)]
        before = base.graph.nodes([node_id(old_path, name) for name in names])
        now = head.graph.nodes([node_id(node.path, name) for name in names])
        was = {
            (row.name, row.bases, row.decorators, row.signature) for n in before.values() for row in base.definitions(n)
        }
        rows = [row for one in now.values() for row in head.definitions(one)]
        fields = any(row.flags & Flag.DATACLASS.value for row in rows)
        return fields or {(row.name, row.bases, row.decorators, row.signature) for row in rows} != was

    def _unfit(self, path: str, edges: list[Edge], nodes: Mapping[int, Node]) -> Unfit | None:
        """Return the misfit of one call, which may lead to several candidates: none of them must take it."""
        head = self.places.code.head
        found: Unfit | None = None
        for edge in edges:
            node = nodes.get(edge.dst)
            callee = self.callee(head, node) if node is not None and not edge.flags & UNTRUSTED else None
            if callee is None or edge.sure is Sure.APPROXIMATE or not _compares(path, callee):
                return None
            changed, written = self.is_changed(callee), self._written(path, edge)
            if not changed and not written:
                return None
            shape, bound = Shape.read(edge.shape), _is_bound(edge)
            wrong = callee.misfit(shape, bound) or (None if written else self._shifted(callee, shape, bound))
            if (
                wrong is None
                or self._is_taken_by_an_override(callee, edge)
                or is_doubtful(self.places, edge, callee.node)
            ):
                return None
            found = Unfit(Spot(path, written or edge.line), callee, wrong, edge.sure, changed)
        return found

    def _written(self, path: str, edge: Edge) -> int:
        """Return the first line of a call that the change wrote; 0 if it wrote none."""
        if path not in self.places.change.by_path:
            return 0
        source = self.places.source(path)
        last = source.line_of(max(edge.start, self._ends(path).get((edge.start, edge.shape), edge.start) - 1))
        first = source.line_of(edge.start)
        return next((line for line in range(first, last + 1) if self.places.is_added(path, line)), 0)

    def _ends(self, path: str) -> dict[tuple[int, str], int]:
        """Return where each call of a head file ends, by where it starts and its arguments."""
        if path not in self._known_ends:
            calls = self.places.code.head.facts(path).calls
            self._known_ends[path] = {(call.start, str(shape_of(call))): call.end for call in calls}
        return self._known_ends[path]

    @cached_property
    def _known_ends(self) -> dict[str, dict[tuple[int, str], int]]:
        return {}

    def _shifted(self, callee: Callee, shape: Shape, bound: bool) -> Misfit | None:
        """Return the parameter that takes another's value, in a call that the change left as it was."""
        before = self.before(callee) if self.is_changed(callee) else None
        return callee.shifted(before, shape, bound) if before is not None else None

    def _is_taken_by_an_override(self, callee: Callee, edge: Edge) -> bool:
        """Return whether a subclass has a method of this name that takes the call."""
        head = self.places.code.head
        ids = {over.src for over in head.graph.edges_to([callee.node.id], [EdgeKind.OVERRIDES])} - {edge.src}
        over = [self.callee(head, node) for node in head.graph.nodes(ids).values()]
        return any(one is None or one.misfit(Shape.read(edge.shape), _is_bound(edge)) is None for one in over)

    def _was_unfit(self, path: str, found: Unfit, edge: Edge) -> bool:
        """Return whether base had this misfit: there, or in a file from which the code may have come."""
        key = (found.callee.name, edge.shape)
        return key in self._unfit_at_base(self.places.old_path(path)) or (
            path in self.places.change.by_path and key in self._unfit_in_changed_files
        )

    @cached_property
    def _unfit_in_changed_files(self) -> set[tuple[str, str]]:
        paths = [file.old_path for file in self.places.change.files if file.old is not None]
        return {key for path in paths for key in self._unfit_at_base(path)}

    def _unfit_at_base(self, old_path: str) -> set[tuple[str, str]]:
        if old_path not in self._known_at_base:
            base, found = self.places.code.base, set()
            ids = [node.id for node in base.graph.nodes_in(old_path)]
            edges = base.graph.edges_from(ids, [EdgeKind.CALLS])
            nodes = base.graph.nodes({edge.dst for edge in edges})
            for edge in edges:
                node = nodes.get(edge.dst)
                callee = self.callee(base, node) if node is not None else None
                if callee is not None and callee.misfit(Shape.read(edge.shape), _is_bound(edge)):
                    found.add((callee.name, edge.shape))
            self._known_at_base[old_path] = found
        return self._known_at_base[old_path]

    @cached_property
    def _known_at_base(self) -> dict[str, set[tuple[str, str]]]:
        return {}


def shape_of(call: Call) -> Shape:
    """Return the arguments of a call as the graph writes them."""
    return Shape(call.positional, call.keywords, call.star, call.double_star)


def _by_call(facts: Facts, edges: list[Edge], nodes: Mapping[int, Node]) -> list[list[Edge]]:
    """Return the call edges of a file, those of one call together: several are its candidates.

    The calls of a chain (`f(1).g(2)`) start at the same place; their names and arguments tell them apart.
    """
    chained = Counter((call.start, str(shape_of(call))) for call in facts.calls)
    groups: dict[tuple[int, str, str], list[Edge]] = {}
    for edge in edges:
        several = chained[edge.start, edge.shape] > 1 and edge.dst in nodes
        name = nodes[edge.dst].qualified.rpartition(".")[2] if several else ""
        groups.setdefault((edge.start, edge.shape, name), []).append(edge)
    return [groups[key] for key in sorted(groups)]


def _compares(path: str, callee: Callee) -> bool:
    """Return whether arguments can be wrong here: in Python, and between files of TypeScript."""
    if path.endswith(PYTHON):
        return callee.node.path.endswith(PYTHON)
    return path.endswith(TYPED) and callee.node.path.endswith(TYPED)


def _is_bound(edge: Edge) -> bool:
    return bool(edge.flags & BOUND)
