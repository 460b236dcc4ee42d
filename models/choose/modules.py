"""What the files of a tree are called when they are imported, as seen from one of them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from kb.graph.model import node_id

if TYPE_CHECKING:
    from kb.graph.code import Code
    from kb.graph.model import Node

PYTHON = (".py", ".pyi")
SCRIPTS = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
_ROOTS = ("src/", "lib/", "python/")


class Modules:
    """The modules of one tree, named from the file `path`."""

    def __init__(self, code: Code, path: str) -> None:
        self.code, self._path = code, path

    @cached_property
    def python(self) -> dict[str, str]:
        """Return the dotted names of the tree's Python modules with their paths, in order of the names."""
        files = {path for path in self.code.view.entries if path.endswith(PYTHON)}
        named = {dotted: path for path in sorted(files, reverse=True) if (dotted := _dotted(path, files))}
        return dict(sorted(named.items()))

    @cached_property
    def scripts(self) -> dict[str, str]:
        """Return the specifiers by which the tree's scripts are imported from this file, with their paths."""
        folder = posixpath.dirname(self._path)
        found = {}
        for path in sorted(self.code.view.entries, reverse=True):
            if not path.endswith(SCRIPTS) or path == self._path or ".d." in posixpath.basename(path):
                continue
            stem = posixpath.splitext(path)[0]
            stem = posixpath.dirname(stem) if posixpath.basename(stem) == "index" else stem
            relative = posixpath.relpath(stem or ".", folder or ".")
            found[relative if relative.startswith("..") else f"./{relative}"] = path
        return dict(sorted(found.items()))

    def has(self, path: str, name: str) -> bool:
        """Return whether something called `name` stands at the top of a file, or is handed on by it."""
        if path.endswith(PYTHON):
            wanted = node_id(path, name)
            return wanted in self.code.graph.nodes([wanted]) or self._hands_on(path, name)
        return any(row.name == name for row in self.code.facts(path).exports)

    def holders(self, name: str) -> Iterator[Node]:
        """Yield what is called `name` at the top of a module of the tree."""
        for node in self.code.graph.nodes_named(name):
            if node.path and node.qualified == name:
                yield node

    def absolute(self, module: str, level: int) -> str:
        """Return the dotted name of a module that this file names relatively, `level` dots before it; "" for none."""
        own = next((name for name, path in self.python.items() if path == self._path), "")
        parts = own.split(".") if own else []
        if level:
            up = level - 1 if posixpath.basename(self._path).startswith("__init__.") else level
            if up > len(parts):
                return ""
            parts = parts[: len(parts) - up] + (module.split(".") if module else [])
            return ".".join(parts)
        return module

    def relative(self, dotted: str, level: int) -> str | None:
        """Return a dotted name as this file writes it with `level` dots, None where so many dots do not reach it."""
        above = self.absolute("", level)
        if not level:
            return dotted
        if not dotted.startswith(f"{above}."):
            return None
        return "." * level + dotted[len(above) + 1 :]

    def _hands_on(self, path: str, name: str) -> bool:
        return any(row.alias == name and row.scope == 0 for row in self.code.facts(path).imports)


def _dotted(path: str, files: set[str]) -> str:
    """Return what a Python file is imported as: from the folder above its top package, or below `src` and the like."""
    parts = posixpath.splitext(path)[0].split("/")
    folders = parts[:-1]
    top = len(folders)
    while top and any(f"{'/'.join(folders[:top])}/__init__{end}" in files for end in PYTHON):
        top -= 1
    if top == len(folders):  # no package: named from the root of the tree
        top = 1 if folders and f"{folders[0]}/" in _ROOTS else 0
    named = parts[top:-1] if parts[-1] == "__init__" else parts[top:]
    return ".".join(named) if all(part.isidentifier() for part in named) else ""
