"""Where engines find plain files: folders of this run's own, and the cache of earlier answers."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from kb.cache import Cache
from kb.errors import CorruptObject, NotChecked
from kb.view import View

LARGEST_FILE = 5 * 2**20
REFUSED_NAMES = (errno.EEXIST, errno.EILSEQ, errno.EINVAL, errno.EISDIR, errno.ENAMETOOLONG, errno.ENOTDIR)
LONGEST_NAME, LONGEST_PATH = 255, 2000  # bytes; what file systems take, with room for our own folder


@contextmanager
def open_workspace(cache_folder: Path | None) -> Iterator[FolderWorkspace]:
    """Yield a workspace whose folders are gone afterwards, whatever happens; None caches nothing."""
    root = Path(tempfile.mkdtemp(prefix="prudent-"))
    try:
        yield FolderWorkspace(root, Cache(cache_folder / "engines") if cache_folder else None)
    finally:
        shutil.rmtree(root, ignore_errors=True)


@dataclass
class FolderWorkspace:
    """Folders below `root`, which belongs to one run. Safe to use from several threads."""

    root: Path
    cache: Cache | None
    _folders: dict[tuple[str, frozenset[str] | None], _Folder] = field(default_factory=dict)
    _written: dict[str, Path] = field(default_factory=dict)  # object id -> a file with that content
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def folder_of(self, view: View, paths: Sequence[str] | None = None) -> Path:
        """Return a folder holding these files of a view (all regular files if None), written once per run.

        Left out, and so absent: links and submodules, unreadable and very large files, and paths that
        would lead out of the folder or that no file system takes. Raises NotChecked if the disk is full.
        """
        chosen = None if paths is None else frozenset(paths)
        with self._lock:
            key = (view.id, chosen)
            folder = self._folders.setdefault(key, _Folder(self.root / "trees" / str(len(self._folders))))
        with folder.lock:
            if not folder.done:
                self._write(view, sorted(view.entries if chosen is None else chosen), folder.path)
                folder.done = True
        return folder.path

    def scratch(self, name: str) -> Path:
        """Return an empty folder of this run's own, for an engine's config and home."""
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.root))

    def cached(self, key: str) -> bytes | None:
        """Return what `remember` stored under this key in an earlier run, or None."""
        return self.cache.get(key) if self.cache else None

    def remember(self, key: str, value: bytes) -> None:
        """Store an engine's answer under the digest of everything it depends on."""
        if self.cache:
            self.cache.put(key, value)

    def _write(self, view: View, paths: Sequence[str], folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        made = {folder}
        for path in paths:
            entry = view.entries.get(path)
            if entry is None or not entry.is_file or not is_plain(path):
                continue
            target = folder / path
            try:
                if target.parent not in made:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    made.add(target.parent)
                self._put(view, path, entry.oid, target)
            except CorruptObject:
                continue  # the caller sees that the file is not there
            except OSError as error:
                if error.errno not in REFUSED_NAMES:
                    raise NotChecked(f"files for the engines cannot be written: {error.strerror}") from error

    def _put(self, view: View, path: str, oid: str, target: Path) -> None:
        """Write one file, as a second name of an equal file where there is one: base and head share most."""
        if oid in self._written:
            try:
                os.link(self._written[oid], target)
                return
            except OSError:
                pass  # too many names for one file, or a file system without links
        if view.size(path) > LARGEST_FILE:
            return
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
        with os.fdopen(os.open(target, flags, 0o644), "wb") as file:
            file.write(view.read(path))
        self._written[oid] = target


@dataclass
class _Folder:
    path: Path
    done: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


def is_plain(path: str) -> bool:
    """Return whether a path of a tree stays inside any folder it is written to and fits a file system."""
    raw = path.encode("utf-8", "surrogateescape")
    if not raw or b"\0" in raw or len(raw) > LONGEST_PATH or path.startswith("/") or "\\" in path:
        return False
    parts = path.split("/")
    if PurePosixPath(path).as_posix() != path:
        return False
    return all(_is_plain_part(part) for part in parts)


def _is_plain_part(part: str) -> bool:
    taken = part in ("", ".", "..") or part.lower() == ".git"
    return not taken and len(part.encode("utf-8", "surrogateescape")) <= LONGEST_NAME
