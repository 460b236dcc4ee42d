"""From what a person types to nodes: `path::Class.method`, `path`, `package.module.Class.method`, or a bare name."""

from __future__ import annotations

import difflib
from functools import lru_cache

from kb.graph.model import EdgeKind, Node, NodeKind, node_id
from kb.graph.queries import file_of, name_of, place
from kb.graph.store import GraphReader

CANDIDATES = 100
SEARCHED_FILES = 5_000  # for names that are near: a person waits for it
_TEST_FOLDERS = frozenset(("test", "tests", "__tests__", "testing", "spec", "specs", "e2e"))
_ASIDE = frozenset(
    ("examples", "example", "samples", "docs", "dist", "build", "vendor", "third_party", "node_modules", "benchmarks")
)
_STEMS = ("__init__", "index", "mod", "lib")  # files that stand for their folder


def find(graph: GraphReader, text: str) -> list[Node]:
    """Return the nodes that a text may mean, in order of place; several where it is not clear which.

    A path, and one with `::` and a name in that file, mean one node each. A dotted name is a module's (any tail of it
    that is given), followed by a name in it, also one that the module only hands on. A bare name means what is called
    so at the top of a file, or else anywhere; what stands in tests, examples and built copies only where nothing else
    is called so.
    """
    path, mark, qualified = text.rpartition("::")
    if mark and path in graph.files():
        return list(graph.nodes((node_id(path, qualified),)).values())
    text = text.replace("::", ".")  # as C++ and Rust write it
    file = file_of(graph, text)
    if file is not None:
        return [file]
    for found in (_named(graph, text), _in_module(graph, text), _modules(graph, text), _outside(graph, text)):
        if found:
            return sorted(found, key=place)
    return []


def nearest(graph: GraphReader, text: str, count: int = 3) -> list[str]:
    """Return addresses (`path::name`, or a path) that look like a text; looks through a few thousand files."""
    asked_path, mark, name = text.rpartition("::")
    paths = sorted(graph.files())
    if not mark and "/" in text:
        return difflib.get_close_matches(text, paths, count, 0.8)
    if mark and asked_path in graph.files():
        paths = [asked_path]
    elif mark:
        made = [f"{path}::{name}" for path in difflib.get_close_matches(asked_path, paths, count)]
        there = graph.nodes([node_id(*one.split("::", 1)) for one in made])
        if there:
            return [address(node) for node in there.values()]
    names: dict[str, Node] = {}
    for path in paths[:SEARCHED_FILES]:
        for node in graph.nodes_in(path):
            if node.qualified:
                names.setdefault(name_of(node).lower(), node)
    near = difflib.get_close_matches(name.rpartition(".")[2].lower(), names, count, 0.7)
    return [address(names[word]) for word in near]


def address(node: Node) -> str:
    """Return the text by which a node is found again: its path, `path::name`, or an outside module's name."""
    if node.kind is NodeKind.IMPORT:
        return node.qualified
    return f"{node.path}::{node.qualified}" if node.qualified else node.path


@lru_cache(maxsize=1 << 14)
def is_test_path(path: str) -> bool:
    """Return whether a path is of a test, by the usual names of folders and files."""
    *folders, name = path.lower().split("/")
    stem = name.split(".")[0]
    named = stem.startswith("test_") or stem.endswith(("_test", "-test", "_spec")) or stem in ("conftest", "tests")
    in_folder = any(folder in _TEST_FOLDERS or folder.endswith(("-test", "-tests")) for folder in folders)
    return named or in_folder or any(mark in name for mark in (".test.", ".spec.", ".test-d."))


def _named(graph: GraphReader, text: str) -> list[Node]:
    found = [node for node in graph.nodes_named(text, CANDIDATES) if node.qualified]
    exact = [node for node in found if node.qualified == text]
    for tier in (_own(exact), _own(found), exact, found):
        if tier:
            return tier
    return []


def _own(nodes: list[Node]) -> list[Node]:
    return [node for node in nodes if not is_test_path(node.path) and _ASIDE.isdisjoint(node.path.lower().split("/"))]


def _in_module(graph: GraphReader, text: str) -> list[Node]:
    """Return what a dotted name means whose front is a module: the longest front first."""
    words = text.split(".")
    for at in range(len(words) - 1, 0, -1):
        rest = ".".join(words[at:])
        found = [
            n for n in graph.nodes_named(rest, CANDIDATES) if n.qualified == rest and _is_module(n.path, words[:at])
        ]
        found = found or [node for file in _files(graph, words[:at]) for node in _handed_on(graph, file, rest)]
        if found:
            return list(dict.fromkeys(found))
    return []


def _handed_on(graph: GraphReader, path: str, name: str) -> list[Node]:
    """Return what a module imports under its own name from elsewhere, or a member of it."""
    first, _, rest = name.partition(".")
    edges = graph.edges_from((node_id(path, ""),), (EdgeKind.IMPORTS, EdgeKind.EXPORTS))
    named = [node for node in graph.nodes({edge.dst for edge in edges}).values() if node.qualified == first]
    if not rest:
        return named
    return list(graph.nodes([node_id(node.path, f"{node.qualified}.{rest}") for node in named]).values())


def _modules(graph: GraphReader, text: str) -> list[Node]:
    files = _files(graph, text.split(".")) if "/" not in text else []
    files = files or [path for path in graph.files() if path.endswith(f"/{text}")]
    return list(graph.nodes([node_id(path, "") for path in files[:CANDIDATES]]).values())


def _files(graph: GraphReader, words: list[str]) -> list[str]:
    return [path for path in graph.files() if _is_module(path, words)]


def _is_module(path: str, words: list[str]) -> bool:
    """Return whether a file is the module of this dotted name, as seen from some folder above it."""
    if words[-1] not in path:
        return False
    *folders, name = path.split("/")
    parts = [*folders, name.split(".")[0]]
    if parts[-1] in _STEMS and words[-1] != parts[-1]:
        parts.pop()
    return parts[-len(words) :] == words


def _outside(graph: GraphReader, text: str) -> list[Node]:
    return list(graph.nodes((node_id("", text),)).values())
