"""Which modules of a tree import which, read off their lines: more than happens, never less, and cheap."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from checks.static.ty_tree import Tree

LINE = r"(?:[^\n\\]|\\\r?\n)*"
IMPORT = re.compile(
    rf"^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]*(\([^)]{{0,9999}}\)|{LINE})|import[ \t]+({LINE}))", re.M
)
RUN_LATER = re.compile(r"^(?:async\s+def|def)\b[^\n]*\n(?:(?:[ \t][^\n]*)?\n|\)[^\n]*\n)*", re.M)


@dataclass(frozen=True)
class ImportGraph:
    """The imports of one tree that run when a module is imported."""

    tree: Tree

    @cached_property
    def imports(self) -> dict[str, frozenset[str]]:
        """Return the files that importing each file may import, in one step."""
        return {path: frozenset(self._imported(path)) for path in self.tree.files if path.endswith(".py")}

    def reaching(self, targets: Iterable[str]) -> frozenset[str]:
        """Return the files from which one of the targets can be come to, the targets too."""
        importers: defaultdict[str, set[str]] = defaultdict(set)
        for path, imported in self.imports.items():
            for one in imported:
                importers[one].add(path)
        return frozenset(_closure(targets, importers))

    def in_circles(self, paths: Iterable[str]) -> frozenset[str]:
        """Return those of the files that can be come to from themselves."""
        return frozenset(p for p in paths if p in _closure(self.imports.get(p, ()), self.imports))

    def _imported(self, path: str) -> Iterator[str]:
        yield from self.tree.packages(path)
        text = RUN_LATER.sub("", self.tree.source(path).text)
        for module, members, modules in IMPORT.findall(text):
            names = [module] if module else re.findall(r"[\w.]+", modules)
            for name in (self.tree.absolute(name, path) for name in names):
                yield from self._files(name)
                for member in re.findall(r"\w+", members):
                    yield from self._files(f"{name}.{member}")

    def _files(self, name: str) -> Iterator[str]:
        for path in self.tree.module(name):
            yield path
            yield from self.tree.packages(path)


def _closure(start: Iterable[str], edges: dict[str, frozenset[str]] | defaultdict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(start)
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting += edges.get(path, ())
    return seen
