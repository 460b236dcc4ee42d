"""The sha256 of a model's file, worked out once and remembered beside it.

What is remembered counts only for a file of that very size and time of change; where the folder cannot be written to,
the digest is worked out every time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

from models.errors import BadModelFile
from models.model import NEVER, Stop

_CHUNK = 1 << 22  # bytes between two looks at the clock


def sha256_of(path: Path, *, stop: Stop = NEVER) -> str:
    """Return the digest of a file in hex; raises BadModelFile if it cannot be read, Cancelled, OutOfTime."""
    try:
        state = path.stat()
        stamp = f"{state.st_size} {state.st_mtime_ns}"
        known = _remembered(path, stamp)
        if known:
            return known
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                stop.check()
                digest.update(chunk)
    except OSError as error:
        raise BadModelFile(f"{path} cannot be read: {error.strerror}") from error
    remember(path, digest.hexdigest(), stamp)
    return digest.hexdigest()


def remember(path: Path, digest: str, stamp: str | None = None) -> None:
    """Write down the digest of a file as it is now; does nothing where the folder cannot be written to."""
    with contextlib.suppress(OSError):
        state = path.stat()
        line = f"{digest} {stamp or f'{state.st_size} {state.st_mtime_ns}'}\n"
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(line)
            Path(name).replace(_beside(path))
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise


def _remembered(path: Path, stamp: str) -> str:
    try:
        digest, _, seen = _beside(path).read_text("ascii").strip().partition(" ")
    except (OSError, UnicodeDecodeError):
        return ""
    return digest if seen == stamp and len(digest) == 64 else ""


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.digest")
