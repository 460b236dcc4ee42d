"""Prompts that were read, kept on disk: reading 1,000 tokens takes seconds, taking them over milliseconds.

A snapshot counts only for the model, the version of llama.cpp, the vocabulary and the settings that it was made with,
and only whole: its name holds a digest of all of these, its first line a digest of what follows. What does not match
is deleted, never handed to llama.cpp.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from models.model import Logits

_SUFFIX = ".prefix"
_LONGEST_LINE = 1 << 10


@dataclass(frozen=True)
class Snapshot:
    """What a context holds after a prompt, and the logits (V,) of what comes next."""

    tokens: tuple[int, ...]
    row: Logits
    state: bytes


class Snapshots:
    """A folder of snapshots of one model, bounded in size over all models; the one unused for longest goes first."""

    def __init__(self, folder: Path, limit: int, guards: Sequence[str]) -> None:
        self._folder, self._limit = folder, limit
        self._guard = hashlib.sha256("\0".join(guards).encode()).hexdigest()[:32]

    def best(self, tokens: tuple[int, ...], longer_than: int, unit: int) -> Snapshot | None:
        """Return the snapshot that holds most of the prompt, if that is more tokens than `longer_than`.

        What it shares with the prompt counts in whole multiples of `unit`, or wholly if it is all of the prompt.
        """
        found: list[tuple[int, str, Path]] = []
        for path in self._paths(f"{self._guard}-*{_SUFFIX}"):
            shared = common(_tokens_in(path), tokens)
            useful = shared if shared == len(tokens) else shared // unit * unit
            if useful > longer_than:
                found.append((-useful, path.name, path))
        for _, _, path in sorted(found):
            snapshot = self._read(path)
            if snapshot is not None:
                return snapshot
        return None

    def keep(self, snapshot: Snapshot) -> None:
        """Write a snapshot, whole or not at all; does nothing where the folder cannot be written to."""
        tokens = np.asarray(snapshot.tokens, dtype="<i4").tobytes()
        body = tokens + snapshot.row.astype("<f4").tobytes() + snapshot.state
        if len(body) > self._limit:
            return
        head = {"sha256": hashlib.sha256(body).hexdigest(), "tokens": len(snapshot.tokens), "row": len(snapshot.row)}
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._folder, prefix=".", suffix=".part")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(json.dumps(head).encode() + b"\n" + body)
                Path(name).replace(self._path(snapshot.tokens))
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise
            self._drop_oldest()

    def discard(self, snapshot: Snapshot) -> None:
        """Delete a snapshot that llama.cpp would not take."""
        self._path(snapshot.tokens).unlink(missing_ok=True)

    def _read(self, path: Path) -> Snapshot | None:
        """Return what a file holds; a damaged one is deleted."""
        try:
            data = path.read_bytes()
            line, _, body = data.partition(b"\n")
            head = json.loads(line)
            count, width = int(head["tokens"]), int(head["row"])
            whole = hashlib.sha256(body).hexdigest() == head["sha256"] and 4 * (count + width) < len(body)
        except (OSError, ValueError, TypeError, KeyError):
            whole = False
        if not whole:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        tokens = np.frombuffer(body, dtype="<i4", count=count)
        row = np.frombuffer(body, dtype="<f4", count=width, offset=4 * count).astype(np.float32)
        return Snapshot(tuple(map(int, tokens)), row, body[4 * (count + width) :])

    def _drop_oldest(self) -> None:
        rows = sorted((path.stat().st_mtime_ns, path.name, path.stat().st_size, path) for path in self._paths("*"))
        total = sum(size for _, _, size, _ in rows)
        for _, _, size, path in rows:
            if total <= self._limit:
                return
            path.unlink(missing_ok=True)
            total -= size

    def _paths(self, pattern: str) -> Iterator[Path]:
        if self._folder.is_dir():
            yield from sorted(path for path in self._folder.glob(pattern) if path.suffix == _SUFFIX)

    def _path(self, tokens: Sequence[int]) -> Path:
        digest = hashlib.sha256(np.asarray(tokens, dtype="<i4").tobytes()).hexdigest()[:32]
        return self._folder / f"{self._guard}-{digest}{_SUFFIX}"


def _tokens_in(path: Path) -> tuple[int, ...]:
    """Return the tokens of a snapshot, not yet verified; () if they cannot be read."""
    try:
        with path.open("rb") as file:
            count = int(json.loads(file.readline(_LONGEST_LINE))["tokens"])
            if not 0 <= 4 * count <= path.stat().st_size:
                return ()
            return tuple(map(int, np.frombuffer(file.read(4 * count), dtype="<i4")))
    except (OSError, ValueError, TypeError, KeyError):
        return ()


def common(some: Sequence[int], others: Sequence[int]) -> int:
    """Return how many tokens both begin with."""
    pairs = zip(some, others, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(some), len(others)))
