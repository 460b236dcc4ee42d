"""A tree of git's as a `View`: entries listed once, bytes read straight from the objects."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from kb.errors import CorruptObject
from kb.git import Git, GitFailed, decoded
from kb.git_objects import Objects
from kb.view import SUBMODULE, Entry


class GitView:
    """The files of one tree. A submodule reads as the one line git shows for it in a diff."""

    def __init__(self, git: Git, objects: Objects, tree: str) -> None:
        self._git, self._objects, self._tree = git, objects, tree

    @property
    def id(self) -> str:
        """Return the tree's object id."""
        return self._tree

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        """Return every file, link and submodule by path; raises CorruptObject if a folder cannot be read."""
        try:
            listing = self._git.run("ls-tree", "-r", "-z", "--full-tree", self._tree)
        except GitFailed as error:
            raise CorruptObject(f"git cannot list tree {self._tree}: {error}") from error
        return {entry.path: entry for entry in map(_entry, listing.split(b"\0")[:-1])}

    def read(self, path: str) -> bytes:
        """Return a file's bytes (a link's target); raises KeyError if absent, CorruptObject if unreadable."""
        entry = self.entries[path]
        return submodule_text(entry.oid) if entry.mode == SUBMODULE else self._objects.read(entry.oid)

    def size(self, path: str) -> int:
        """Return the length of what `read` returns, without reading it."""
        entry = self.entries[path]
        return len(submodule_text(entry.oid)) if entry.mode == SUBMODULE else self._objects.size(entry.oid)


def submodule_text(oid: str) -> bytes:
    """Return the line that stands for a submodule's content."""
    return f"Subproject commit {oid}\n".encode()


def _entry(record: bytes) -> Entry:
    """Return the entry in `<mode> <type> <oid>\\t<path>`."""
    about, _, path = record.partition(b"\t")
    mode, _, oid = about.decode().split(" ")
    return Entry(decoded(path), int(mode, 8), oid)
