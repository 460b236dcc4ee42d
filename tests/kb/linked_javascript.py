"""Links small trees of JavaScript and says the outcome as short lines."""

from __future__ import annotations

from collections.abc import Mapping

from kb.graph.javascript import JavaScriptLinker
from kb.graph.model import LinkedFile, node_id
from tests.kb.trees_in_memory import MemoryTree

SUFFIXES = (".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts")


def linked(files: Mapping[str, str | bytes]) -> dict[str, LinkedFile]:
    tree = MemoryTree(files)
    linker = JavaScriptLinker(tree)
    return {path: linker.link(path) for path in files if path.endswith(SUFFIXES)}


def edges(files: Mapping[str, str | bytes], kind: str, path: str = "") -> list[str]:
    """The edges of one kind, as "src -> dst sure"; a file is named by its path, all else by its qualified name."""
    found = linked(files)
    names = {node.id: node.qualified or node.path for one in found.values() for node in one.nodes}
    names.update({node_id(file, ""): file for file in files})
    return [
        f"{names[edge.src]} -> {names[edge.dst]} {edge.sure}"
        for file, one in found.items()
        if not path or file == path
        for edge in one.edges
        if edge.kind == kind
    ]


def misses(files: Mapping[str, str | bytes]) -> list[str]:
    """The misses as "path:line want name"."""
    return [f"{path}:{miss.line} {miss.want} {miss.name}" for path, one in linked(files).items() for miss in one.misses]


def unknowns(files: Mapping[str, str | bytes]) -> list[str]:
    """The unresolved references as "chain reason"."""
    return [f"{row.chain} {row.reason}" for one in linked(files).values() for row in one.unknowns]
