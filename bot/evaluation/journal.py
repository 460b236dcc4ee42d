"""What a measurement has found so far, on disk: one line a result, safe before the next one is begun.

A run that is killed loses at most the line it was writing. Another run goes on where it ended if its settings are the
same, and is refused if they are not: results of different settings in one folder are worth nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kb.errors import UserError

RESULTS = "results.jsonl"
Row = Mapping[str, Any]  # what JSON holds


class Journal:
    """The rows of one folder; `add` returns when a row is on the disk."""

    def __init__(self, path: Path, rows: list[Row]) -> None:
        self._path = path
        self._rows = {str(row["key"]): row for row in rows}

    @property
    def rows(self) -> list[Row]:
        """Return every row, in the order in which they were written."""
        return list(self._rows.values())

    def __contains__(self, key: str) -> bool:
        return key in self._rows

    def __getitem__(self, key: str) -> Row:
        return self._rows[key]

    def add(self, key: str, row: Row) -> None:
        """Append a row; raises UserError where the disk does not take it."""
        kept = {"key": key, **row}
        try:
            with self._path.open("ab") as file:
                file.write(json.dumps(kept).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise UserError(f"{self._path} cannot be written: {error.strerror}") from error
        self._rows[key] = kept


@contextmanager
def open_journal(folder: Path, settings: Mapping[str, str], *, resume: bool) -> Iterator[Journal]:
    """Open the journal of a folder for one run at a time.

    Raises UserError for a folder that holds results and is not to be resumed, was made with other settings, is in use,
    or is broken elsewhere than at its end.
    """
    path = folder / RESULTS
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            _lock(file.fileno(), folder)
            data = _whole_lines(path, file.fileno())
            rows = [_row(line, path, number) for number, line in enumerate(data.splitlines(), 1)]
            journal = _begun(path, rows, dict(settings), resume=resume)
            yield journal
    except OSError as error:
        raise UserError(f"{error.filename or folder} cannot be used: {error.strerror}") from error


def _lock(handle: int, folder: Path) -> None:
    import fcntl  # not on Windows, where nothing of an evaluation runs

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UserError(f"another run is writing to {folder}") from None


def _whole_lines(path: Path, handle: int) -> bytes:
    """Return the whole lines of a file, from which a line that was torn off at the end is cut."""
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if whole != data:
        os.ftruncate(handle, len(whole))
    return whole


def _row(line: bytes, path: Path, number: int) -> Row:
    try:
        row = json.loads(line)
        if not isinstance(row, dict) or not isinstance(row.get("key"), str):
            raise ValueError("no row")
    except ValueError as error:
        raise UserError(f"{path}, line {number}, is broken: take another folder") from error
    return row


def _begun(path: Path, rows: list[Row], settings: dict[str, str], *, resume: bool) -> Journal:
    if not rows:
        journal = Journal(path, [])
        journal.add("settings", {"settings": settings})
        return Journal(path, [])
    if not resume:
        raise UserError(f"{path.parent} holds results already: go on with --resume, or name another folder")
    before = rows[0].get("settings") if rows[0]["key"] == "settings" else None
    if before != settings:
        known = before if isinstance(before, dict) else {}
        other = sorted(name for name in {*settings, *known} if settings.get(name) != known.get(name))
        raise UserError(f"{path.parent} was made with another {', '.join(other)}: name another folder")
    return Journal(path, rows[1:])
