"""One mirror on disk: made, swept of what a killed git left, measured, taken away."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

TRASH, NEW = ".trash-", ".new-"  # what begins so is nobody's: a removal or a making that was cut short
_CONFIG = """\
[core]
\trepositoryformatversion = 0
\tbare = true
[gc]
\tauto = 0
[fetch]
\tunpackLimit = 1
"""


def make(mirror: Path) -> None:
    """Make an empty bare repository in one step; raises OSError."""
    mirror.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=NEW, dir=mirror.parent))
    try:
        for name in ("objects/pack", "objects/info", "refs/prudent"):
            (new / name).mkdir(parents=True)
        (new / "HEAD").write_text("ref: refs/heads/none\n")
        (new / "config").write_text(_CONFIG)
        new.rename(mirror)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise


def take_away(mirror: Path) -> Path | None:
    """Rename a mirror out of the way, so that nobody sees half of one; returns what is left to be deleted."""
    trash = Path(tempfile.mkdtemp(prefix=TRASH, dir=mirror.parent))
    try:
        mirror.rename(trash / mirror.name)
    except FileNotFoundError:
        trash.rmdir()
        return None
    return trash


def delete(folder: Path | None) -> None:
    """Delete a folder as far as that can be done; the rest is tried again when the mirrors are pruned."""
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(mirror: Path) -> None:
    """Remove what a git that was killed leaves: lock files, and packs and objects that were not finished.

    Only for who holds the mirror's lock, which no git that still runs can have lost.
    """
    refs = [Path(folder, name) for folder, _, names in os.walk(mirror / "refs") for name in names]
    halves = [path for path in (*refs, *mirror.glob("*")) if path.name.endswith(".lock")]
    objects = mirror / "objects"
    halves += [*objects.glob("pack/tmp_*"), *objects.glob("pack/*.lock"), *objects.glob("??/tmp_obj_*")]
    for path in halves:
        with suppress(OSError):
            path.unlink()
    for folder in (*objects.glob("tmp_objdir-*"), *objects.glob("incoming-*")):
        shutil.rmtree(folder, ignore_errors=True)


def size_of(folder: Path) -> int:
    """Return the bytes of all files below a folder; what vanishes meanwhile counts nothing."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(parent, name)).st_size  # noqa: PTH118 (many, and only a number)
    return total


def packs_of(mirror: Path) -> int:
    """Return how many packs a mirror has: each fetch adds one."""
    return sum(1 for _ in (mirror / "objects/pack").glob("*.pack"))
