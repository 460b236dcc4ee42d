"""The imports between files of the repository that a change brings."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from checks.change import Change
from checks.knowledge import Knowledge
from kb.errors import NotChecked
from kb.facts.model import Flag, Status
from kb.graph.code import Code, CodeChange
from kb.graph.model import EdgeKind, NodeKind, node_id
from kb.graph.store import GraphReader

LATER = (Flag.DEFERRED | Flag.TYPING).value
DOUBTFUL = (Flag.GUARDED | Flag.FALLBACK | Flag.CONDITIONAL | Flag.MAIN).value


@dataclass(frozen=True)
class NewImport:
    """One file imports another that it did not import at base, when it is itself imported."""

    path: str
    line: int
    target: str


def graphs_of(change: Change, knowledge: Knowledge) -> CodeChange:
    """Return the graphs of both trees; raises NotChecked where there is no index."""
    if knowledge.code is None:
        raise NotChecked("there is no index of the code")
    return knowledge.code.change(change.base, change.head, change.identity)


def new_imports(change: Change, graphs: CodeChange) -> Iterator[NewImport]:
    """Yield the imports that changed files have at head and not at base, each pair of files once, in order."""
    moved = {old: new for new, old in change.identity.items()}
    for file in change.files:
        if file.new is None or file.binary or graphs.head.facts(file.path).status is not Status.WHOLE:
            continue
        before = _imported(graphs.base, file.old_path) if file.old is not None else {}
        known = {moved.get(path, path) for path in before}
        for target, line in _imported(graphs.head, file.path).items():
            if target not in known and target != file.path:
                yield NewImport(file.path, line, target)


def _imported(code: Code, path: str) -> dict[str, int]:
    """Return the files that one file surely imports when it is imported, with the line of the first import."""
    found: dict[str, int] = {}
    edges = code.graph.edges_from([node_id(path, "")], [EdgeKind.IMPORTS])
    nodes = code.graph.nodes({edge.dst for edge in edges})
    for edge in edges:
        node = nodes.get(edge.dst)
        if node is not None and node.kind is NodeKind.FILE and not edge.flags & (LATER | DOUBTFUL):
            found.setdefault(node.path, edge.line)
    return found


def import_chain(graph: GraphReader, start: str, goals: Collection[str], most: int = 5000) -> list[tuple[str, int]]:
    """Return the shortest way from one file to any of `goals` by imports that run when a module is imported.

    Each step is (path, line of its import of the next); the last is (goal, 0). Empty if there is none within
    `most` files.
    """
    wanted = {node_id(path, "") for path in goals}
    came: dict[int, tuple[int, int]] = {node_id(start, ""): (0, 0)}
    frontier = [node_id(start, "")]
    while frontier and len(came) < most:
        reached = []
        for edge in sorted(graph.edges_from(frontier, [EdgeKind.IMPORTS]), key=lambda e: (e.line, e.src, e.dst)):
            if edge.flags & LATER or edge.dst in came:
                continue
            came[edge.dst] = (edge.src, edge.line)
            reached.append(edge.dst)
            if edge.dst in wanted:
                return _walked(graph, came, edge.dst)
        frontier = reached
    return []


def _walked(graph: GraphReader, came: dict[int, tuple[int, int]], goal: int) -> list[tuple[str, int]]:
    steps, at, line = [], goal, 0
    nodes = graph.nodes(came)
    while at:
        steps.append((nodes[at].path if at in nodes else "", line))
        at, line = came[at]
    return steps[::-1]
