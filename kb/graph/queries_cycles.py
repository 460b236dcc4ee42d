"""Import cycles: files that cannot be loaded without one another."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from kb.graph.queries_imports import Link, imports_between, links_along, way_back
from kb.graph.store import GraphReader
from kb.syntax.languages import language_of

CYCLES = 100
_LOADING = frozenset(("python", "javascript", "typescript", "tsx", "c", "cpp", "ruby", "php"))
_TRIED = 200  # starts from which the shortest cycle of a group is sought


@dataclass(frozen=True)
class Cycle:
    """Files that all import one another when they are loaded, and one shortest round trip among them."""

    files: tuple[str, ...]
    shortest: tuple[Link, ...]


@dataclass(frozen=True)
class Cycles:
    """Every group of files that import one another, the smallest first."""

    found: tuple[Cycle, ...]
    truncated: bool


def cycles(graph: GraphReader, *, cap: int = CYCLES) -> Cycles:
    """Return the import cycles of the tree: only imports that run when a module is loaded count.

    In languages whose imports only give names (Java, Go, Rust and others) there are none.
    """
    links = imports_between(graph, [path for path in graph.files() if _runs(path)])
    groups = sorted(_groups(links), key=lambda files: (len(files), files))
    found = tuple(Cycle(files, _shortest(links, files)) for files in groups[:cap])
    return Cycles(found, len(groups) > cap)


def _runs(path: str) -> bool:
    return language_of(path) in _LOADING and not path.endswith((".pyi", ".d.ts", ".d.mts", ".d.cts"))


def _groups(links: Mapping[str, Mapping[str, Link]]) -> list[tuple[str, ...]]:
    """Return the strongly connected groups of two files and more, each in order."""
    import rustworkx

    names = sorted({*links, *(target for targets in links.values() for target in targets)})
    number = {name: at for at, name in enumerate(names)}
    graph: rustworkx.PyDiGraph[str, None] = rustworkx.PyDiGraph(multigraph=False)
    graph.add_nodes_from(names)
    graph.add_edges_from_no_data([(number[a], number[b]) for a, targets in links.items() for b in targets])
    groups = rustworkx.strongly_connected_components(graph)
    return [tuple(sorted(names[at] for at in group)) for group in groups if len(group) > 1]


def _shortest(links: Mapping[str, Mapping[str, Link]], files: tuple[str, ...]) -> tuple[Link, ...]:
    """Return a shortest round trip in a group; in a very large one the shortest through its first files."""
    group = frozenset(files)
    best: tuple[Link, ...] = ()
    for start in files[:_TRIED]:
        found = _round_trip(links, start, group, len(best) or len(files) + 1)
        if found:
            best = found
        if len(best) == 2:
            break
    return best


def _round_trip(
    links: Mapping[str, Mapping[str, Link]], start: str, group: frozenset[str], below: int
) -> tuple[Link, ...]:
    """Return the shortest way from a file back to itself if it has fewer than `below` steps."""
    before: dict[str, str] = {}
    waiting = deque([(start, 0)])
    while waiting:
        path, steps = waiting.popleft()
        if steps + 1 >= below:
            return ()
        for target in sorted(links.get(path, ())):
            if target == start:
                return links_along(links, [*way_back(before, start, path), start])
            if target in group and target not in before:
                before[target] = path
                waiting.append((target, steps + 1))
    return ()
