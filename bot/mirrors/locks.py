"""Who may write into a mirror, and who is reading it: flock, which the kernel gives back whatever happens.

Two files stand beside a mirror's folder. `KEY.lock` is held alone by whoever fetches or removes; git inherits it, so
that a git which outlives a killed worker still keeps others out. `KEY.use` is shared by readers; only removing needs
it alone, fetching does not: git lets itself be read meanwhile. Its time is when the mirror was last used.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

POLL = 0.05  # seconds between two looks at a lock that somebody holds
_MARK = b"busy\n"


class LockTimeout(Exception):
    """Somebody else held the lock for as long as we were ready to wait."""


@dataclass
class Lock:
    """A lock that is held. `unfinished`: who held it before died, or left things half done."""

    handle: int
    unfinished: bool


def lock_of(mirror: Path) -> Path:
    """Return the file that whoever writes into a mirror locks."""
    return mirror.with_name(mirror.name + ".lock")


def use_of(mirror: Path) -> Path:
    """Return the file that whoever reads a mirror locks."""
    return mirror.with_name(mirror.name + ".use")


@asynccontextmanager
async def locked(mirror: Path, patience: float) -> AsyncIterator[Lock]:
    """Hold a mirror for writing; raises LockTimeout after `patience` seconds, OSError.

    What ends with an exception (a cancellation) leaves its mark, and the next holder cleans up.
    """
    until = time.monotonic() + patience
    while (handle := _taken(lock_of(mirror), fcntl.LOCK_EX)) is None:
        if time.monotonic() >= until:
            raise LockTimeout
        await asyncio.sleep(POLL)
    try:
        lock = Lock(handle, os.pread(handle, 1, 0) != b"")
        os.pwrite(handle, _MARK, 0)
        yield lock
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)  # never LOCK_UN: that would take it from a git that still runs


@contextmanager
def held_for_removal(mirror: Path) -> Iterator[bool]:
    """Hold a mirror against writers and readers if nobody is either now; yields whether that is so."""
    with ExitStack() as stack:
        for path in (lock_of(mirror), use_of(mirror)):
            handle = _taken(path, fcntl.LOCK_EX)
            if handle is None:
                yield False
                return
            stack.callback(os.close, handle)
        yield True


@contextmanager
def in_use(mirror: Path) -> Iterator[None]:
    """Keep a mirror from being removed while it is read; where the disk refuses a lock file, go without."""
    handle = None
    with suppress(OSError):
        handle = _opened(use_of(mirror))
        fcntl.flock(handle, fcntl.LOCK_SH)  # held alone only for the moment that a folder is renamed
        os.utime(handle)
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def _taken(path: Path, how: int) -> int | None:
    """Return a handle that holds the lock, None if somebody else holds it."""
    handle = _opened(path)
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
        if os.fstat(handle).st_ino == path.stat().st_ino:
            return handle
    except (BlockingIOError, FileNotFoundError):  # held, or removed with its mirror after we opened it
        pass
    except OSError:
        os.close(handle)
        raise
    os.close(handle)
    return None
