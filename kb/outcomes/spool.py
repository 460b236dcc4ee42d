"""Audits that the store could not take, one JSON object a line, until it can. Imports no database.

Each line carries a random mark that the store keeps: an audit is taken in once, even if the process dies
between the store's commit and the emptying of the file. The file is emptied, never removed: another process
may be waiting for the lock on it.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from kb.outcomes.audit import Audit, Counts, LoggedEvidence, LoggedFinding, LoggedSuggestion, Seen, SeenFile, State


def append(path: Path, audit: Audit) -> None:
    """Add one audit to the spool, on disk when this returns; raises OSError, with the spool as it was."""
    line = json.dumps({"mark": secrets.token_hex(16), "audit": asdict(audit)}, default=datetime.isoformat)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path, os.O_RDWR | os.O_CREAT | os.O_APPEND) as spool:
        size = os.fstat(spool).st_size
        torn = size and os.pread(spool, 1, size - 1) != b"\n"
        data = (b"\n" if torn else b"") + line.encode() + b"\n"
        try:
            while data:
                data = data[os.write(spool, data) :]
            os.fsync(spool)
        except OSError:
            with suppress(OSError):  # not every file can be cut; a torn line is set aside when it is read
                os.ftruncate(spool, size)
            raise


def waiting(path: Path) -> int:
    """Return how many audits are spooled; 0 if the file is not there or cannot be read."""
    try:
        return path.read_bytes().count(b"\n")
    except OSError:
        return 0


def drain(path: Path, take: Callable[[Audit, str], object]) -> int:
    """Give every spooled audit and its mark to `take`, then empty the spool; returns how many there were.

    If `take` raises, the spool stays as it is. A line that cannot be read is kept in a file beside the spool.
    Another process that is draining is left to it.
    """
    if not waiting(path):
        return 0
    taken = 0
    try:
        with _locked(path, os.O_RDWR, fcntl.LOCK_NB) as spool:
            damaged = []
            for line in path.read_bytes().splitlines():
                entry = _entry(line)
                if entry is None:
                    damaged.append(line)
                    continue
                take(*entry)
                taken += 1
            _keep(path.with_suffix(".damaged"), [line for line in damaged if line.strip()])
            os.ftruncate(spool, 0)
    except OSError:
        return taken  # locked by another process, or not writable by us: the marks keep it right
    return taken


@contextmanager
def _locked(path: Path, flags: int, lock: int = 0) -> Iterator[int]:
    spool = os.open(path, flags | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(spool, fcntl.LOCK_EX | lock)
        yield spool
    finally:
        os.close(spool)


def _keep(path: Path, lines: list[bytes]) -> None:
    if lines:
        with path.open("ab") as kept:
            kept.write(b"\n".join(lines) + b"\n")


def _entry(line: bytes) -> tuple[Audit, str] | None:
    try:
        entry = json.loads(line)
        return _audit(entry["audit"]), str(entry["mark"])
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _audit(value: dict[str, Any]) -> Audit:
    started = datetime.fromisoformat(value["started_at"])
    files = tuple(SeenFile(file["path"], Seen(file["seen"]), file["reason"]) for file in value["files"])
    return Audit(
        **{
            **value,
            "started_at": started,
            "counts": Counts(**value["counts"]),
            "files": files,
            "ran": tuple(value["ran"]),
            "findings": tuple(_finding(finding) for finding in value["findings"]),
            "notes": tuple(value["notes"]),
        }
    )


def _finding(value: dict[str, Any]) -> LoggedFinding:
    suggestion = value["suggestion"]
    return LoggedFinding(
        **{
            **value,
            "evidence": tuple(LoggedEvidence(**item) for item in value["evidence"]),
            "suggestion": LoggedSuggestion(**suggestion) if suggestion else None,
            "state": State(value["state"]),
        }
    )
