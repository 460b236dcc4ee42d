"""What a path that stands in a text leads to in one tree: a file, a folder, a module, or nothing."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from functools import cached_property

from checks.settings import matches
from kb.errors import CorruptObject
from kb.source import Source
from kb.view import View

LARGEST = 1_000_000  # bytes of a text; above it is data
MODULE_ROOTS = ("", "src", "lib", "python")


class PathTree:
    """The paths of one view: files, folders, and what is below something that is not in the repository."""

    def __init__(self, view: View) -> None:
        self.view = view

    @cached_property
    def folders(self) -> frozenset[str]:
        """Return every folder that holds a file, at any depth."""
        found: set[str] = set()
        for path in self.view.entries:
            folder = posixpath.dirname(path)
            while folder and folder not in found:
                found.add(folder)
                folder = posixpath.dirname(folder)
        return frozenset(found)

    def holds(self, path: str) -> bool:
        """Return whether something is at this path, or may be: what lies below a link or submodule is not known."""
        if path in self.view.entries or path in self.folders:
            return True
        return any(above in self.view.entries for above in _above(path))

    def may_hold(self, path: str) -> bool:
        """Return whether a build or a checkout may put something at this path: git was told to ignore it."""
        for folder in ("", *_above(path)):
            ignore = posixpath.join(folder, ".gitignore")
            if ignore in self.view.entries and matches(self._globs(ignore), path[len(folder) :].lstrip("/")):
                return True
        return False

    def _globs(self, path: str) -> tuple[str, ...]:
        return tuple(line for line in self.text(path).splitlines() if line.strip() and not line.startswith("#"))

    def text(self, path: str) -> str:
        """Return a file's text; "" where there is none that can be read."""
        source = self.source(path)
        return source.text if source is not None else ""

    def source(self, path: str) -> Source | None:
        """Return a file; None if it is no regular file, too large, or cannot be read."""
        entry = self.view.entries.get(path)
        if entry is None or not entry.is_file:
            return None
        try:
            return Source(path, self.view.read(path)) if self.view.size(path) <= LARGEST else None
        except CorruptObject:
            return None

    def module(self, name: str, folder: str) -> list[str]:
        """Return the files that a dotted module name may mean, from the root or from a folder, in order."""
        inner = name.replace(".", "/")
        found = []
        for root in dict.fromkeys((*MODULE_ROOTS, folder, posixpath.join(folder, "src"))):
            stem = posixpath.join(root, inner)
            found += [path for path in (f"{stem}.py", f"{stem}/__init__.py") if path in self.view.entries]
        return found

    def may_import(self, name: str, folder: str) -> bool:
        """Return whether a module of this name may be there: as a file of any kind, a folder, or built from one."""
        inner = name.replace(".", "/")
        for root in dict.fromkeys((*MODULE_ROOTS, folder, posixpath.join(folder, "src"))):
            stem = posixpath.join(root, inner)
            if stem in self.folders or stem in self._stems or self.may_hold(f"{stem}.py"):
                return True
        return False

    @cached_property
    def _stems(self) -> frozenset[str]:
        return frozenset(path.rpartition("/")[0] + "/" * ("/" in path) + _stem(path) for path in self.view.entries)


def _stem(path: str) -> str:
    return path.rpartition("/")[2].partition(".")[0]


def _above(path: str) -> Iterator[str]:
    """Yield the folders that a path lies in, the innermost first."""
    while path := posixpath.dirname(path):
        yield path


def normal(folder: str, word: str) -> str | None:
    """Return the path that a word in a file of this folder means; None if it leads out of the repository."""
    path = posixpath.normpath(posixpath.join(folder, word))
    return None if path == "." or path.startswith(("../", "/")) or path == ".." else path
