"""Files of a working tree, read and replaced so that nothing outside it is ever touched and no file is half written."""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from checks.workspace import is_plain
from kb.errors import UserError
from kb.view import shown


@dataclass(frozen=True)
class OnDisk:
    """A regular file: its bytes and its permission bits."""

    data: bytes
    mode: int

    @property
    def digest(self) -> str:
        """Return the SHA-256 of its bytes."""
        return digest_of(self.data)


def digest_of(data: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def place_of(root: Path, path: str) -> Path:
    """Return where a path of the repository lies; raises UserError unless it is a regular file below `root`.

    No part of it below `root` may be a symbolic link: what is written lands in the repository, or nowhere.
    """
    if not is_plain(path):
        raise UserError(f"{shown(path)} is no path inside the repository")
    place = root
    for part in path.split("/"):
        place = place / part
        try:
            found = place.lstat()
        except OSError as error:
            raise UserError(f"{shown(path)} cannot be written: {error.strerror}") from error
        if stat.S_ISLNK(found.st_mode):
            raise UserError(f"{shown(path)} is or lies behind a symbolic link: it is not written to")
    if not stat.S_ISREG(found.st_mode):
        raise UserError(f"{shown(path)} is no regular file")
    return place


def read(root: Path, path: str) -> OnDisk:
    """Return a file of the working tree; raises UserError where `place_of` does, and where it cannot be read."""
    place = place_of(root, path)
    try:
        handle = os.open(place, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
        with os.fdopen(handle, "rb") as file:
            return OnDisk(file.read(), stat.S_IMODE(os.fstat(file.fileno()).st_mode))
    except OSError as error:
        raise UserError(f"{shown(path)} cannot be read: {error.strerror}") from error


def make_beside(root: Path, path: str, name: str, data: bytes, mode: int) -> Path:
    """Write a new file of that name beside a file of the working tree, down to the disk; returns where it lies."""
    fresh = place_of(root, path).with_name(name)
    fresh.unlink(missing_ok=True)  # left by a run that was killed
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        os.fchmod(file.fileno(), mode)
        file.flush()
        os.fsync(file.fileno())
    return fresh


def put_in_place(root: Path, path: str, fresh: Path) -> None:
    """Give a file made by `make_beside` the place of the one beside it, in one step."""
    place = place_of(root, path)
    fresh.replace(place)
    sync_folder(place.parent)


def sync_folder(folder: Path) -> None:
    """Bring a folder's names down to the disk, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
