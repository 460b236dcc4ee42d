"""A process with all that descends from it: how much memory it takes, and how it is ended.

Engines run in sessions of their own, so no process group holds them all. /proc tells who started whom; and as each
has a home below one scratch folder, those whose parent is gone are known by their environment. On systems without
/proc only the process group of the first is known.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROUNDS = 50  # looks at who is left while killing
PAUSE = 0.01  # seconds between them
PROC = Path("/proc")


@dataclass(frozen=True)
class Family:
    """All that descends from `root`, a group's leader; `scratch` is named in the environment of each."""

    root: int
    scratch: str

    def memory(self) -> int:
        """Return the bytes that all of them hold for themselves: resident and not shared."""
        return sum(_private_bytes(pid) for pid in self._descendants())

    def kill(self) -> None:
        """End all of them, and return when they have ended; waits up to about half a second."""
        if not PROC.is_dir():
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.root, signal.SIGKILL)
            return
        if self.root in self._descendants():
            _send(self.root, signal.SIGSTOP)  # who stands still starts nobody
        for _ in range(ROUNDS):
            left = self._descendants() | {pid for pid in _living() if _names(pid, os.fsencode(self.scratch))}
            if not left:
                return
            for pid in left:
                _send(pid, signal.SIGKILL)
            time.sleep(PAUSE)

    def _descendants(self) -> set[int]:
        """Return the first and all whose line of living parents leads to it."""
        parents = _living()
        found = {self.root} & parents.keys()
        while more := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= more
        return found


def _send(pid: int, what: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, what)


def _living() -> dict[int, int]:
    """Return the parent of each process of this machine that has not ended."""
    parents = {}
    for folder in PROC.iterdir() if PROC.is_dir() else ():
        if not folder.name.isdigit():
            continue
        with suppress(OSError):
            # "PID (NAME) STATE PARENT ..."; a name may hold anything, the last bracket ends it
            fields = (folder / "stat").read_bytes().rpartition(b")")[2].split()
            if fields[0] not in (b"Z", b"X"):
                parents[int(folder.name)] = int(fields[1])
    return parents


def _names(pid: int, scratch: bytes) -> bool:
    """Return whether a process was given a path below the scratch folder; False for those of other users."""
    try:
        return scratch in (PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return False


def _private_bytes(pid: int) -> int:
    try:
        fields = (PROC / str(pid) / "statm").read_bytes().split()
    except OSError:
        return 0
    return (int(fields[1]) - int(fields[2])) * os.sysconf("SC_PAGE_SIZE")
