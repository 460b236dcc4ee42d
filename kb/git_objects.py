"""Objects by their ids: one long-lived `git cat-file` that many threads may ask."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence
from itertools import islice
from threading import Lock
from typing import IO

from kb.errors import CorruptObject
from kb.git import Git

AT_ONCE = 256  # ids asked per round: both pipes hold that much, so neither side can block the other


class Objects:
    """Reads objects of one repository. Safe to share between threads; close it when done."""

    def __init__(self, git: Git) -> None:
        self._contents = _Batch(git, "--batch")
        self._sizes = _Batch(git, "--batch-check")

    def read(self, oid: str) -> bytes:
        """Return a blob's bytes; raises CorruptObject if git lacks it or cannot read it."""
        return self._contents.content(oid)

    def size(self, oid: str) -> int:
        """Return a blob's length without reading it; raises CorruptObject as `read` does."""
        size = self.sizes([oid])[oid]
        if size is None:
            raise CorruptObject(f"git cannot read object {oid}")
        return size

    def sizes(self, oids: Iterable[str]) -> dict[str, int | None]:
        """Return the length of every object asked for; None where git cannot read it."""
        found: dict[str, int | None] = {}
        wanted = iter(dict.fromkeys(oids))
        while chunk := list(islice(wanted, AT_ONCE)):
            found.update(zip(chunk, self._sizes.headers(chunk), strict=True))
        return found

    def close(self) -> None:
        """End the git processes."""
        self._contents.close()
        self._sizes.close()


class _Batch:
    """One `git cat-file` process, started when first asked and again after it died on a bad object."""

    def __init__(self, git: Git, mode: str) -> None:
        self._git, self._mode, self._lock = git, mode, Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False

    def content(self, oid: str) -> bytes:
        with self._lock:
            size = self._header(oid)
            if size is None:
                raise CorruptObject(f"git cannot read object {oid}")
            data = self._pipes()[1].read(size + 1)  # git ends the content with a line feed of its own
            if len(data) != size + 1:
                self._end()
                raise CorruptObject(f"git cannot read object {oid}")
            return data[:-1]

    def headers(self, oids: Sequence[str]) -> list[int | None]:
        with self._lock:
            try:
                self._send(oids)
                lines = [self._pipes()[1].readline() for _ in oids]
            except OSError:
                lines = [b""]
            if lines[-1]:
                return [_size_in(line) for line in lines]
            self._end()  # it died on one of them: ask for each on its own
            return [self._header(oid) for oid in oids]

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._end()

    def _header(self, oid: str) -> int | None:
        for _ in range(2):  # a process that something else killed says nothing about the object
            try:
                self._send([oid])
                line = self._pipes()[1].readline()
            except OSError:
                line = b""
            if line:
                return _size_in(line)
            self._end()
        return None

    def _send(self, oids: Sequence[str]) -> None:
        stdin, _ = self._pipes()
        stdin.write("".join(f"{oid}\n" for oid in oids).encode())
        stdin.flush()

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._closed:
            raise ValueError("the repository is closed")
        if self._process is None:
            self._process = subprocess.Popen(
                self._git.command("cat-file", self._mode),
                cwd=self._git.cwd,
                env=dict(self._git.environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise AssertionError("both were asked for as pipes")
        return stdin, stdout

    def _end(self) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        process.kill()
        process.communicate()


def _size_in(line: bytes) -> int | None:
    """Return the size in `<oid> <type> <size>`; None for `<oid> missing` or a dead process."""
    words = line.split()
    return int(words[2]) if len(words) == 3 and words[2].isdigit() else None
