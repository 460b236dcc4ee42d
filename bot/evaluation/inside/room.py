"""A room without doors: namespaces of its own, and a root folder that holds Python, read-only, and nothing else.

No /proc, no /dev, no home, no network, no other process to be seen. Made by the judge before any candidate runs.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import struct
import sys
from pathlib import Path

_NEW_NAMESPACES = (
    0x00020000 | 0x04000000 | 0x08000000 | 0x20000000 | 0x40000000
)  # mounts, names, IPC, processes, network
_BIND, _REC, _PRIVATE, _REMOUNT = 4096, 16384, 1 << 18, 32
_RDONLY, _NOSUID, _NODEV = 1, 2, 4
_DETACH = 2
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_MOUNT_SETATTR = 442
_HERE, _RECURSIVE = -100, 0x8000
_DIE_WITH_PARENT = 1  # prctl
_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/nix/store", "/etc/ld.so.cache")
INSIDE = "/prudent"  # where this package is seen in the room, under its own name


def enter(root: Path, package: Path) -> bool:
    """Return True in the first process of a room at `root`, an empty folder, and False outside, once that has ended.

    `package` is the folder of this module, the only thing of ours that is seen inside. Raises OSError where the
    system allows no such room.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    _done(libc.unshare(_NEW_NAMESPACES))
    first = os.fork()  # of a new process namespace: when it ends, everything in it is killed
    if first:
        os.waitpid(first, 0)
        return False
    libc.prctl(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
    _mount(libc, None, "/", _REC | _PRIVATE)
    _mount(libc, "tmpfs", str(root), _NOSUID | _NODEV, "tmpfs", b"size=1m,nr_inodes=64,mode=755")
    for place in dict.fromkeys([*_SYSTEM, sys.base_prefix]):
        _show(libc, Path(place), root, Path(place))
    _show(libc, package, root, Path(INSIDE, "bot", "evaluation", "inside"))
    (root / "old").mkdir()
    _done(libc.syscall(_PIVOT_ROOT[platform.machine()], os.fsencode(root), os.fsencode(root / "old")))
    os.chdir("/")
    _done(libc.umount2(b"/old", _DETACH))
    _mount(libc, None, "/", _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV)
    return True


def _show(libc: ctypes.CDLL, place: Path, root: Path, name: Path) -> None:
    """Let a folder or file be seen in the room, read-only, under `name`; what is not there, or already, is left out."""
    target = root / name.relative_to("/")
    if not place.exists() or os.path.lexists(target):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if place.is_symlink():
        target.symlink_to(place.readlink())
        return
    if place.is_dir():
        target.mkdir()
    else:
        target.touch()
    _mount(libc, str(place), str(target), _BIND | _REC)
    change = struct.pack("=QQQQ", _RDONLY | _NOSUID | _NODEV, 0, 0, 0)
    _done(libc.syscall(_MOUNT_SETATTR, _HERE, os.fsencode(target), _RECURSIVE, change, len(change)))


def _mount(libc: ctypes.CDLL, what: str | None, where: str, flags: int, kind: str = "", options: bytes = b"") -> None:
    source = None if what is None else os.fsencode(what)
    _done(libc.mount(source, os.fsencode(where), kind.encode() or None, ctypes.c_ulong(flags), options or None))


def _done(code: int) -> None:
    if code:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
