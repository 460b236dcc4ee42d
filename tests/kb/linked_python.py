"""Links small trees of Python and says the outcome as short lines."""

from __future__ import annotations

from collections.abc import Mapping

from kb.graph.model import EdgeKind, LinkedFile, node_id
from kb.graph.python import PythonLinker
from tests.kb.trees_in_memory import MemoryTree

NAMES = {EdgeKind.DEFINES: ()}


def linked(files: Mapping[str, str | bytes]) -> dict[str, LinkedFile]:
    tree = MemoryTree(files)
    linker = PythonLinker(tree)
    return {path: linker.link(path) for path in files if path.endswith((".py", ".pyi"))}


def edges(files: Mapping[str, str | bytes], kind: str, path: str = "", *, sure: bool = False) -> list[str]:
    """The edges of one kind, as "src -> dst"; a file is named by its path, all else by its qualified name."""
    found = linked(files)
    names = {node.id: node.qualified or node.path for one in found.values() for node in one.nodes}
    names.update({node_id(file, ""): file for file in files})
    return [
        f"{names[edge.src]} -> {names[edge.dst]}" + (f" {edge.sure}" if sure else "")
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
