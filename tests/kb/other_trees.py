"""Trees in which every file is written in one text, and their links in short lines."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kb.graph.model import Edge, EdgeKind, LinkedFile
from kb.graph.other import OtherLinker
from tests.kb.trees_in_memory import MemoryTree

SHOWN = (EdgeKind.CALLS, EdgeKind.INHERITS, EdgeKind.OVERRIDES, EdgeKind.IMPORTS)
_FILE = re.compile(r"^== (\S+)\n", re.MULTILINE)


def tree(text: str) -> dict[str, str]:
    """Return the files of a text in which `== path` stands above each."""
    _, *pieces = _FILE.split(text)
    return dict(zip(pieces[::2], pieces[1::2], strict=True))


def linked(files: Mapping[str, str]) -> dict[str, LinkedFile]:
    """Return what linking every file of a tree brings."""
    linker = OtherLinker(MemoryTree(files))
    return {path: linker.link(path) for path in files}


def edges(files: Mapping[str, str], path: str) -> list[str]:
    """Return `kind source -> path:name` of the edges of a file, those of uses and definitions left out."""
    found = linked(files)
    names = {node.id: node for one in found.values() for node in one.nodes}

    def shown(edge: Edge) -> str:
        target = names[edge.dst]
        name = f"{target.path}:{target.qualified}" if target.path else f"({target.qualified})"
        return f"{edge.kind} {names[edge.src].qualified or '.'} -> {name.rstrip(':')}"

    return [shown(edge) for edge in found[path].edges if edge.kind in SHOWN]


def unknown(files: Mapping[str, str], path: str) -> set[str]:
    """Return the chains of the calls of a file that lead nowhere."""
    return {one.chain for one in linked(files)[path].unknowns if one.is_call}
