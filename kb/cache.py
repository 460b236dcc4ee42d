"""Answers that cost time, kept on disk by the digest of all that they depend on.

Losing an entry costs time, never truth: a damaged one is a miss, and a folder that cannot be written
is a cache that remembers nothing.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PRUNE_ONE_IN = 32  # counting the folder costs time, so only some writes do it
KEPT_AFTER_PRUNING = 0.9  # below the limit, so that the next write need not prune again


@dataclass(frozen=True)
class Cache:
    """Compressed values below one folder, at most about `limit_bytes` of them, oldest use first out."""

    folder: Path
    limit_bytes: int = 512 * 2**20

    def get(self, key: str) -> bytes | None:
        """Return the value stored under this key, or None; a damaged entry is removed."""
        path = self._path(key)
        try:
            value = zlib.decompress(path.read_bytes())
        except OSError:
            return None
        except zlib.error:
            with suppress(OSError):
                path.unlink()
            return None
        with suppress(OSError):
            os.utime(path)  # what is used stays
        return value

    def put(self, key: str, value: bytes) -> None:
        """Store a value; a reader sees all of it or nothing, and a full or read-only disk is no error."""
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")
        except OSError:
            return
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(zlib.compress(value, 3))
            Path(name).replace(path)
        except OSError:
            with suppress(OSError):
                Path(name).unlink()
            return
        if int(path.name[-4:], 16) % PRUNE_ONE_IN == 0:
            self.prune()

    def prune(self) -> None:
        """Remove the entries that were not used for longest until the rest fits well below the limit."""
        entries = []
        for path in self.folder.glob("??/*"):
            with suppress(OSError):
                seen = path.stat()
                entries.append((seen.st_mtime, seen.st_size, path))
        total = sum(size for _, size, _ in entries)
        if total <= self.limit_bytes:
            return
        for _, size, path in sorted(entries):
            if total <= self.limit_bytes * KEPT_AFTER_PRUNING:
                return
            with suppress(OSError):
                path.unlink()
                total -= size

    def _path(self, key: str) -> Path:
        name = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()
        return self.folder / name[:2] / name
