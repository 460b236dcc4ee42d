"""The record of one transaction on a working tree: made before the first file is touched, enough to take it back.

A journal is a folder: `journal.json` names the files with their digests before and after, `0.before`, `1.before`, ...
are their bytes. It appears whole or not at all, and goes when the transaction is undone.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.fixing.disk import digest_of, sync_folder
from kb.errors import UserError
from kb.view import shown

VERSION = 1
MOST = 50  # journals kept of a working tree; the oldest goes when another is made
_NAME = "journal.json"


@dataclass(frozen=True)
class Replaced:
    """One file of a transaction. `fresh` is the name of the temporary file beside it while it is being written."""

    path: str
    before: str  # SHA-256 of its bytes
    after: str
    mode: int
    fresh: str


@dataclass(frozen=True)
class Journal:
    """A transaction that can be taken back."""

    number: int
    files: tuple[Replaced, ...]
    folder: Path

    def before(self, index: int) -> bytes:
        """Return the bytes of a file as it was; raises UserError where the journal is damaged."""
        try:
            data = (self.folder / f"{index}.before").read_bytes()
        except OSError as error:
            raise _damaged(self.folder, error.strerror) from error
        if digest_of(data) != self.files[index].before:
            raise _damaged(self.folder, "the bytes kept are not those that were there")
        return data


def folder_of(data: Path, root: Path) -> Path:
    """Return where the journals of a working tree lie, below Prudent's data folder."""
    return data / "fixes" / hashlib.sha256(os.fsencode(os.path.realpath(root))).hexdigest()[:16]


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep others from writing to the same working tree; raises UserError where somebody does already."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # what lies in it is the user's own code
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise UserError(f"{shown(str(folder))} cannot be written: {error.strerror}") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UserError("another prudent fix is writing to this working tree") from error
        yield
    finally:
        os.close(handle)


def write_journal(folder: Path, files: Sequence[tuple[str, bytes, bytes, int]]) -> Journal:
    """Keep what is needed to take back a transaction on (path, bytes before, bytes after, mode) files."""
    number = max((one.number for one in _numbered(folder)), default=0) + 1
    records = tuple(
        Replaced(path, digest_of(before), digest_of(after), mode, f".prudent-{digest_of(after)[:12]}-{number}.part")
        for path, before, after, mode in files
    )
    place, fresh = folder / f"{number:06d}", folder / f"{number:06d}.part"
    shutil.rmtree(fresh, ignore_errors=True)  # left by a run that was killed before it touched anything
    fresh.mkdir(mode=0o700)
    for index, (_, before, _, _) in enumerate(files):
        _write(fresh / f"{index}.before", before)
    said = {"version": VERSION, "files": [asdict(one) for one in records]}
    _write(fresh / _NAME, json.dumps(said, indent=1).encode("ascii"))
    sync_folder(fresh)
    fresh.rename(place)
    sync_folder(folder)
    for old in sorted(_numbered(folder), key=lambda one: one.number)[:-MOST]:
        forget(old)
    return Journal(number, records, place)


def last_journal(folder: Path) -> Journal | None:
    """Return the newest transaction, None if there is none; raises UserError where it cannot be read."""
    newest = max(_numbered(folder), key=lambda one: one.number, default=None)
    if newest is None:
        return None
    try:
        said = json.loads((newest.folder / _NAME).read_bytes())
        return Journal(newest.number, _files(said), newest.folder)
    except OSError as error:
        raise _damaged(newest.folder, error.strerror) from error
    except (ValueError, TypeError, KeyError) as error:
        raise _damaged(newest.folder, "it is not a journal") from error


def forget(journal: Journal) -> None:
    """Remove a journal: in one step for whoever looks for it, its bytes afterwards."""
    gone = journal.folder.with_name(f"{journal.folder.name}.part")
    shutil.rmtree(gone, ignore_errors=True)
    journal.folder.rename(gone)
    sync_folder(gone.parent)
    shutil.rmtree(gone, ignore_errors=True)


def _numbered(folder: Path) -> list[Journal]:
    if not folder.is_dir():
        return []
    return [Journal(int(one.name), (), one) for one in folder.iterdir() if one.name.isascii() and one.name.isdigit()]


def _files(said: dict[str, Any]) -> tuple[Replaced, ...]:
    if said["version"] != VERSION:
        raise ValueError("another version wrote it")
    return tuple(Replaced(**one) for one in said["files"])


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _damaged(folder: Path, why: str | None) -> UserError:
    return UserError(f"the journal {shown(str(folder))} cannot be used: {why}")
