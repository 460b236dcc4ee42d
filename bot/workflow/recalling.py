"""What is remembered of a repository, learnt up to now, in a file for the process that may not open the store."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from bot.logs import log
from bot.workflow.parts import Parts
from kb.memory.file import write_recollection
from kb.memory.model import Recollection

FOLDER = "memory"  # of the files, below the cache folder
LEFT = 86_400  # seconds after which a file was left behind by a worker that was killed


@asynccontextmanager
async def recalled(parts: Parts, repository: str, subject: str) -> AsyncIterator[str]:
    """Yield the path of a file that holds what is remembered, gone at the end; "" where none can be written.

    Raises StoreError: a review without memory would say again what was dismissed, so it waits for the store.
    """
    now = parts.now()
    await parts.ask(parts.store.learn, repository, now)
    recollection = await parts.ask(parts.store.recollect, repository, subject, now)
    path = await parts.ask(_written, recollection, parts.cache)
    try:
        yield path
    finally:
        if path:
            await parts.ask(_remove, Path(path))


def sweep(cache: str, now: float) -> int:
    """Remove the files of memory that were left behind; returns how many. `now` in seconds since the epoch."""
    left = [path for path in _folder(cache).glob("*") if _changed(path) < now - LEFT]
    for path in left:
        _remove(path)
    return len(left)


def _written(recollection: Recollection, cache: str) -> str:
    try:
        folder = _folder(cache)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder)
        os.close(handle)
        write_recollection(recollection, Path(name))
    except OSError as error:
        log("read").warning("no memory", reason=error.strerror)
        return ""
    return name


def _folder(cache: str) -> Path:
    return Path(cache or tempfile.gettempdir()) / FOLDER


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return float("inf")  # gone meanwhile


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
