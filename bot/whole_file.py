"""Writes a file so that it appears whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from kb.errors import UserError
from kb.view import shown


@contextmanager
def whole_file(path: Path) -> Iterator[IO[str]]:
    """Open a text file for writing that takes its place when the block ends well, and is gone if it does not.

    A link is followed; a pipe or a device is written as it is. Raises UserError with one line that names the
    file. A broken pipe is raised as it is.
    """
    name = shown(str(path))
    if "\0" in str(path):
        raise UserError(f"cannot write {name}: not a path")
    try:
        with _opened(path) as file:
            yield file
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UserError(f"cannot write {name}: {error.strerror}") from error


@contextmanager
def _opened(path: Path) -> Iterator[IO[str]]:
    if path.exists() and not path.is_file():
        with path.open("w", encoding="utf-8", errors="backslashreplace") as file:
            yield file
        return
    target = Path(os.path.realpath(path))
    fresh = target.with_name(f".prudent-{secrets.token_hex(8)}.part")
    try:
        with fresh.open("x", encoding="utf-8", errors="backslashreplace", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)
