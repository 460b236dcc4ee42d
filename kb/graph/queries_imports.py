"""Which files import which: importers of a thing, and the shortest way from one file to another."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from kb.facts.model import Flag
from kb.graph.model import Edge, EdgeKind, Node, NodeKind, Sure, node_id
from kb.graph.queries import CAP, DEEPEST, EDGES_PER_LEVEL, place
from kb.graph.store import GraphReader

LATER = Flag.DEFERRED.value | Flag.TYPING.value | Flag.MAIN.value  # such an import does not run with its module
_CHUNK = 500  # files whose imports are read at once


@dataclass(frozen=True)
class Importer:
    """One place where a file imports a thing."""

    path: str
    line: int
    start: int
    what: Node  # the file itself, or the name in it
    sure: Sure
    flags: int  # kb.facts.model.Flag
    depth: int  # 1: imports the thing asked about; 2: imports a file that does


@dataclass(frozen=True)
class Importers:
    """Where a thing is imported, nearest first, then in order of place."""

    target: Node
    found: tuple[Importer, ...]
    truncated: bool


@dataclass(frozen=True)
class Link:
    """One step of a chain of imports: `path` imports `target` in this line."""

    path: str
    target: str
    line: int
    flags: int


@dataclass(frozen=True)
class ImportPath:
    """The shortest chain of imports from one file to another; without links where there is none."""

    links: tuple[Link, ...]
    at_load: bool  # every import of it runs when its module is loaded
    truncated: bool


def importers(graph: GraphReader, node: Node, *, depth: int = 1, cap: int = CAP) -> Importers:
    """Return where a file, a name in it or an outside module is imported; deeper, the files that import those."""
    targets = _parts(graph, node)
    seen: set[str] = {node.path} if node.kind is NodeKind.FILE else set()
    found: list[Importer] = []
    for level in range(1, min(depth, DEEPEST) + 1):
        edges = graph.edges_to(targets, (EdgeKind.IMPORTS,), EDGES_PER_LEVEL + 1)
        rows = _at_places(graph, edges, level, seen if level > 1 else frozenset())
        room = cap - len(found)
        found += rows[:room]
        if len(rows) > room or len(edges) > EDGES_PER_LEVEL:
            return Importers(node, tuple(found), True)
        fresh = {row.path for row in rows} - seen
        seen |= fresh
        targets = {node_id(path, "") for path in fresh}
        if not targets:
            break
    return Importers(node, tuple(found), False)


def imports_between(graph: GraphReader, paths: Iterable[str], *, at_load: bool = True) -> dict[str, dict[str, Link]]:
    """Return for each of the files the files that it imports, each with its first place.

    With `at_load` only imports that run when the module is loaded: none in functions, none for types alone.
    """
    links: dict[str, dict[str, Link]] = {}
    every = sorted(paths)
    for at in range(0, len(every), _CHUNK):
        part = every[at : at + _CHUNK]
        sources = {node_id(path, ""): path for path in part}
        if not at_load:
            sources |= {node.id: path for path in part for node in graph.nodes_in(path)}
        edges = graph.edges_from(sources, (EdgeKind.IMPORTS,))
        loaded = [edge for edge in edges if not (at_load and edge.flags & LATER)]
        for edge, target in sorted(_loads(graph, loaded), key=lambda pair: (sources[pair[0].src], pair[0].start)):
            path = sources[edge.src]
            if target != path:
                links.setdefault(path, {}).setdefault(target, Link(path, target, edge.line, edge.flags))
    return links


def import_path(graph: GraphReader, start: str, end: str, *, cap: int = 20_000) -> ImportPath:
    """Return the shortest chain of imports between two files: of those that run at load, or else of any."""
    truncated = False
    for at_load in (True, False):
        links, more = _chain(graph, start, end, at_load=at_load, cap=cap)
        truncated = truncated or more
        if links:
            return ImportPath(links, at_load, truncated)
    return ImportPath((), False, truncated)


def _parts(graph: GraphReader, node: Node) -> set[int]:
    """Return the ids whose import is an import of the node: of a member, what it is a member of."""
    if node.kind is NodeKind.FILE:
        return {node.id, *(part.id for part in graph.nodes_in(node.path))}
    if node.kind is NodeKind.IMPORT:
        return {node.id}
    return {node.id, node_id(node.path, node.qualified.partition(".")[0])}


def _loads(graph: GraphReader, edges: list[Edge]) -> list[tuple[Edge, str]]:
    """Return (edge, file that it loads) for import edges: a name is loaded from the file that the import names.

    `from package import module` names the package too, but waits for nothing that is in it: that is left out.
    """
    nodes = graph.nodes({edge.dst for edge in edges})
    places: dict[tuple[int, int], list[tuple[Edge, Node]]] = {}
    for edge in edges:
        node = nodes.get(edge.dst)
        if node is not None and node.path:
            places.setdefault((edge.src, edge.start), []).append((edge, node))
    loads = []
    for named in places.values():
        files = [(edge, node.path) for edge, node in named if node.kind is NodeKind.FILE]
        modules = {path for _, path in files}
        only_on_the_way = {path for path in modules if any(is_package_of(path, other) for other in modules)}
        found = [(edge, path) for edge, path in files if path not in only_on_the_way]
        loads += found or [(edge, node.path) for edge, node in named]
    return loads


def is_package_of(path: str, other: str) -> bool:
    """Return whether one file is the `__init__` of a Python package around another."""
    folder, _, name = path.rpartition("/")
    is_init = name in ("__init__.py", "__init__.pyi")
    return is_init and path != other and other.startswith(f"{folder}/" if folder else "")


def _at_places(graph: GraphReader, edges: list[Edge], level: int, seen: Collection[str]) -> list[Importer]:
    """Return one row for each place; a name rather than the file it lies in, where an import has an edge to both."""
    nodes = graph.nodes({end for edge in edges for end in (edge.src, edge.dst)})
    rows: dict[tuple[str, int], Importer] = {}
    for edge in edges:
        src, dst = nodes.get(edge.src), nodes.get(edge.dst)
        if src is None or dst is None or src.path in seen:
            continue
        row = Importer(src.path, edge.line, edge.start, dst, edge.sure, edge.flags, level)
        known = rows.get((src.path, edge.start))
        if known is None or (known.what.kind is NodeKind.FILE, place(known.what)) > (
            dst.kind is NodeKind.FILE,
            place(dst),
        ):
            rows[src.path, edge.start] = row
    return [rows[key] for key in sorted(rows)]


def _chain(graph: GraphReader, start: str, end: str, *, at_load: bool, cap: int) -> tuple[tuple[Link, ...], bool]:
    before: dict[str, str] = {}
    known: dict[str, dict[str, Link]] = {}
    frontier = [start]
    while frontier and len(before) < cap:
        found = imports_between(graph, frontier, at_load=at_load)
        known |= found
        following = []
        for path in frontier:
            for target in sorted(found.get(path, ())):
                if target != start and target not in before:
                    before[target] = path
                    following.append(target)
        if end in before:
            return links_along(known, way_back(before, start, end)), False
        frontier = following
    return (), bool(frontier)


def way_back(before: Mapping[str, str], start: str, end: str) -> list[str]:
    """Return the files from `start` to `end`, where each but the first was reached from the one `before` it."""
    way = [end]
    while way[-1] != start:
        way.append(before[way[-1]])
    return way[::-1]


def links_along(links: Mapping[str, Mapping[str, Link]], way: list[str]) -> tuple[Link, ...]:
    """Return the links between each two files that follow each other."""
    return tuple(links[one][other] for one, other in pairwise(way))
