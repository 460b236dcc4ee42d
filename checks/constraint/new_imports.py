"""The imports between files of the repository that a change brings."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from checks.change import Change
from kb.facts.model import Flag, Status
from kb.graph.code import Code, CodeChange
from kb.graph.model import EdgeKind, NodeKind, node_id
from kb.graph.queries_imports import is_package_of
from kb.graph.store import GraphReader

LATER = (Flag.DEFERRED | Flag.TYPING).value
DOUBTFUL = (Flag.GUARDED | Flag.FALLBACK | Flag.CONDITIONAL | Flag.MAIN).value


@dataclass(frozen=True)
class NewImport:
    """One file imports another that it did not import at base, when it is itself imported."""

    path: str
    line: int
    target: str


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
    `most` files. That a module of a package imports the package is no step: it is imported before its modules anyhow.
    """
    wanted = {node_id(path, "") for path in goals}
    first = node_id(start, "")
    came: dict[int, tuple[int, int]] = {first: (0, 0)}
    paths, frontier = {first: start}, [first]
    while frontier and len(came) < most:
        edges = sorted(graph.edges_from(frontier, [EdgeKind.IMPORTS]), key=lambda e: (e.line, e.src, e.dst))
        nodes = graph.nodes({edge.dst for edge in edges if edge.dst not in came})
        paths |= {one.id: one.path for one in nodes.values() if one.kind is NodeKind.FILE}
        frontier = []
        for edge in edges:
            if edge.flags & LATER or edge.dst in came or edge.dst not in paths:
                continue
            if is_package_of(paths[edge.dst], paths[edge.src]):
                continue
            came[edge.dst] = (edge.src, edge.line)
            frontier.append(edge.dst)
            if edge.dst in wanted:
                return _walked(paths, came, edge.dst)
    return []


def _walked(paths: dict[int, str], came: dict[int, tuple[int, int]], goal: int) -> list[tuple[str, int]]:
    steps, at, line = [], goal, 0
    while at:
        steps.append((paths[at], line))
        at, line = came[at]
    return steps[::-1]
