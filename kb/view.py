"""A repository at one revision: a mapping of paths to entries, and their bytes.

Paths are text decoded as UTF-8 with surrogate escapes (what `os.fsdecode` gives), so any path that
git can store goes through unharmed; `shown` makes one fit for a person or for JSON.
"""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from kb.source import Source

SYMLINK, SUBMODULE = 0o120000, 0o160000


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a tree: git's mode and the object id of its content."""

    path: str
    mode: int
    oid: str

    @property
    def is_file(self) -> bool:
        """Return whether this is a regular file: no symbolic link, no submodule."""
        return stat.S_ISREG(self.mode)


class View(Protocol):
    """A tree of files that can be read; two views with one `id` hold the same bytes."""

    @property
    def id(self) -> str:
        """Return what identifies the content: a git tree id, or a digest made from one."""
        ...

    @property
    def entries(self) -> Mapping[str, Entry]:
        """Return every file, link and submodule by path."""
        ...

    def read(self, path: str) -> bytes:
        """Return a file's bytes; raises KeyError if absent, CorruptObject if git cannot read it."""
        ...

    def size(self, path: str) -> int:
        """Return a file's length in bytes without reading it; raises as `read` does."""
        ...


@dataclass(frozen=True)
class Overlay:
    """A view with some files replaced: what a patched head looks like."""

    under: View
    files: Mapping[str, bytes]

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        """Return the entries of the view below with the replaced files' new object ids."""
        merged = dict(self.under.entries)
        for path, data in self.files.items():
            mode = merged[path].mode if path in merged else 0o100644
            merged[path] = Entry(path, mode, blob_id(data))
        return merged

    @cached_property
    def id(self) -> str:
        """Return a digest of the view below and of every replaced file."""
        digest = hashlib.sha256(self.under.id.encode())
        for path in sorted(self.files):
            digest.update(b"\0" + path.encode("utf-8", "surrogateescape") + b"\0")
            digest.update(blob_id(self.files[path]).encode())
        return digest.hexdigest()

    def read(self, path: str) -> bytes:
        """Return the replaced bytes, or those of the view below."""
        return self.files[path] if path in self.files else self.under.read(path)

    def size(self, path: str) -> int:
        """Return the length of what `read` returns."""
        return len(self.files[path]) if path in self.files else self.under.size(path)


def blob_id(data: bytes) -> str:
    """Return the id git gives to a blob of these bytes (SHA-1 object format)."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def source_at(view: View, path: str) -> Source:
    """Return a file of a view as a `Source`; raises as `View.read` does."""
    return Source(path, view.read(path))


def shown(path: str) -> str:
    """Return a path as printable text on one line: control and undecodable bytes as escapes."""
    raw = path.encode("utf-8", "surrogateescape" if _is_path(path) else "backslashreplace")
    text = raw.decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _is_path(text: str) -> bool:
    """Return whether every surrogate stands for a byte, as in a decoded path; text from elsewhere may hold any."""
    return not any("\ud800" <= c <= "\udfff" and not "\udc80" <= c <= "\udcff" for c in text)
