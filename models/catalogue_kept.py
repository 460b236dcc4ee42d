"""What is remembered about models on this machine, in one file of the data folder.

Which model is in use, the checksums of what was fetched without one that we knew, which terms were accepted, and how
many threads turned out to be fastest. Written in one step, by one process at a time.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from kb.errors import UserError
from kb.view import shown

SCHEMA = "prudent.models/1"
FILE = "models.json"


@dataclass(frozen=True)
class Pin:
    """What a source gave when it was first fetched; it has to give the same ever after."""

    file: str
    sha256: str
    size: int  # bytes


@dataclass(frozen=True)
class Kept:
    """All that is remembered. `use`: a name, a path, "none", or "" where nobody has chosen."""

    use: str = ""
    pins: Mapping[str, Pin] = field(default_factory=dict)  # by the text of the source
    accepted: frozenset[str] = frozenset()  # names of models whose terms were accepted
    threads: Mapping[str, int] = field(default_factory=dict)  # by the file's checksum


def read_kept(folder: Path) -> Kept:
    """Return what the data folder remembers; raises UserError where the file is damaged."""
    path = folder / FILE
    try:
        said = json.loads(path.read_bytes())
    except FileNotFoundError:
        return Kept()
    except (OSError, ValueError) as error:
        raise _damaged(path) from error
    try:
        return _kept(said)
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise _damaged(path) from error


def change_kept(folder: Path, change: Callable[[Kept], Kept]) -> Kept:
    """Write down what `change` makes of what is remembered; returns it. Raises UserError, OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / f"{FILE}.lock"):
        kept = change(read_kept(folder))
        row = asdict(kept) | {"schema": SCHEMA, "accepted": sorted(kept.accepted)}
        fresh = folder / f"{FILE}.{os.getpid()}"
        fresh.write_text(json.dumps(row, indent=2, sort_keys=True) + "\n", "utf-8")
        fresh.replace(folder / FILE)
    return kept


def pinned(kept: Kept, source: str, pin: Pin) -> Kept:
    """Return `kept` with what a source gave."""
    return replace(kept, pins={**kept.pins, source: pin})


@contextmanager
def locked(path: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold a lock file; calls `waiting` once if another process holds it. The kernel gives it back whatever happens."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _kept(said: dict[str, Any]) -> Kept:
    if said["schema"] != SCHEMA:
        raise ValueError(said["schema"])
    pins = {
        str(source): Pin(str(row["file"]), str(row["sha256"]), int(row["size"])) for source, row in said["pins"].items()
    }
    if not all(re.fullmatch(r"[\w.-]+\.gguf", pin.file) for pin in pins.values()):
        raise ValueError("a pin's file is a bare name")
    threads = {str(digest): int(count) for digest, count in said["threads"].items()}
    return Kept(str(said["use"]), pins, frozenset(str(name) for name in said["accepted"]), threads)


def _damaged(path: Path) -> UserError:
    return UserError(
        f"{shown(str(path))} cannot be read as what Prudent wrote: move it away, then choose your model again"
    )
