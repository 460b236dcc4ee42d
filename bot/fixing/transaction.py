"""Several files of a working tree changed together: all of them or none, and back again.

    journal on disk -> every new file on disk beside the old -> each put in place in one step

A process that is killed in between leaves every file whole, old or new, and the journal from which `undo` brings all
of them back. A failure that is not the end of the process is taken back at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.fixing.disk import OnDisk, make_beside, place_of, put_in_place, read
from bot.fixing.journal import Journal, forget, last_journal, locked, write_journal
from kb.errors import UserError
from kb.view import shown


@dataclass(frozen=True)
class Rewrite:
    """A file that is to change: its bytes as they were judged, and as they shall be."""

    path: str
    before: bytes
    after: bytes


@dataclass(frozen=True)
class Undone:
    """What an undo did: the files that are as they were again; none where nothing had been written."""

    number: int
    paths: tuple[str, ...]


def apply(
    root: Path, rewrites: Sequence[Rewrite], folder: Path, *, step: Callable[[str], None] = lambda name: None
) -> int:
    """Change the files of the working tree `root`, all or none; returns the number of the transaction.

    `folder` keeps the journals. `step` is told what comes next; what it raises is a failure at that point. Raises
    UserError, with nothing changed, where a file is not as it was judged, or cannot be written.
    """
    with locked(folder):
        step("look")
        found = [_checked(root, rewrite) for rewrite in rewrites]
        step("journal")
        files = [
            (rewrite.path, disk.data, _as_on_disk(rewrite, disk), disk.mode)
            for rewrite, disk in zip(rewrites, found, strict=True)
        ]
        journal = _kept(folder, files)
        try:
            _write_all(root, journal, [after for _, _, after, _ in files], step)
        except BaseException as error:
            if not _restore(root, journal):
                raise UserError("it failed halfway, and not everything is back: prudent fix --undo") from error
            forget(journal)
            if isinstance(error, OSError):
                raise UserError(f"nothing was changed: {error.strerror}") from error
            raise
        step("done")
        return journal.number


def undo(root: Path, folder: Path, *, step: Callable[[str], None] = lambda name: None) -> Undone:
    """Take the last transaction back, whole; raises UserError, with nothing changed, where there is none to take back.

    A file that is neither as it was before nor as the transaction left it was edited since: that is refused.
    """
    if not folder.is_dir():
        raise UserError("there is nothing to undo in this working tree")
    with locked(folder):
        journal = last_journal(folder)
        if journal is None:
            raise UserError("there is nothing to undo in this working tree")
        step("look")
        todo = _to_restore(root, journal)
        for index in todo:
            journal.before(index)  # damaged journals are refused before anything is written
        try:
            _put_back(root, journal, todo, step)
        except OSError as error:
            raise UserError(f"not everything is back yet: {error.strerror}; undo again") from error
        step("forget")
        forget(journal)
        return Undone(journal.number, tuple(journal.files[index].path for index in todo))


def _checked(root: Path, rewrite: Rewrite) -> OnDisk:
    disk = read(root, rewrite.path)
    if disk.data != rewrite.before and _unix(disk.data) != rewrite.before:
        raise UserError(f"{shown(rewrite.path)} has changed since it was looked at: nothing was changed")
    return disk


def _as_on_disk(rewrite: Rewrite, disk: OnDisk) -> bytes:
    """Return the new bytes with the line ends of the file on disk, where git keeps it with other ones."""
    return rewrite.after if disk.data == rewrite.before else rewrite.after.replace(b"\n", b"\r\n")


def _unix(data: bytes) -> bytes | None:
    """Return the bytes with the line ends that git may keep them with; None unless it can tell the way back."""
    plain = data.replace(b"\r\n", b"\n")
    return plain if plain.replace(b"\n", b"\r\n") == data else None


def _kept(folder: Path, files: Sequence[tuple[str, bytes, bytes, int]]) -> Journal:
    try:
        return write_journal(folder, files)
    except OSError as error:
        raise UserError(f"nothing was changed: {shown(str(folder))} cannot be written: {error.strerror}") from error


def _write_all(root: Path, journal: Journal, afters: Sequence[bytes], step: Callable[[str], None]) -> None:
    fresh = []
    for file, after in zip(journal.files, afters, strict=True):
        step(f"write {file.path}")
        fresh.append(make_beside(root, file.path, file.fresh, after, file.mode))
    for file, made in zip(journal.files, fresh, strict=True):
        step(f"place {file.path}")
        if read(root, file.path).digest != file.before:
            raise UserError(f"{shown(file.path)} has changed since it was looked at: nothing was changed")
        put_in_place(root, file.path, made)


def _restore(root: Path, journal: Journal) -> bool:
    """Bring back what a failed transaction has changed; returns whether every file is as it was, or somebody else's."""
    is_back = True
    for index, file in enumerate(journal.files):
        try:
            if read(root, file.path).digest == file.after:
                made = make_beside(root, file.path, file.fresh, journal.before(index), file.mode)
                put_in_place(root, file.path, made)
            place_of(root, file.path).with_name(file.fresh).unlink(missing_ok=True)
        except (UserError, OSError):
            is_back = False
    return is_back


def _to_restore(root: Path, journal: Journal) -> list[int]:
    """Return which files are as the transaction left them; raises UserError for one that is as nobody left it."""
    todo = []
    for index, file in enumerate(journal.files):
        digest = read(root, file.path).digest
        if digest == file.after:
            todo.append(index)
        elif digest != file.before:
            raise UserError(f"{shown(file.path)} was edited since: nothing was undone")
    return todo


def _put_back(root: Path, journal: Journal, todo: Sequence[int], step: Callable[[str], None]) -> None:
    for index in todo:
        file = journal.files[index]
        step(f"back {file.path}")
        made = make_beside(root, file.path, file.fresh, journal.before(index), read(root, file.path).mode)
        put_in_place(root, file.path, made)
    for file in journal.files:
        place_of(root, file.path).with_name(file.fresh).unlink(missing_ok=True)
