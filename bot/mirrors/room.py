"""The room that mirrors take: which there are, which have to go, and how one goes without a trace."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from bot.mirrors import folder
from bot.mirrors.locks import held_for_removal, lock_of, use_of
from bot.mirrors.model import Pruned

KEPT_DAYS = 30.0  # after its last use
FRESH = 900.0  # seconds in which what was just used is not removed for want of room: its review may be about to begin
KEPT_AFTER_PRUNING = 0.9  # of the limit, so that the next fetch need not prune again


def mirrors_in(root: Path) -> list[Path]:
    """Return the folders of all mirrors; none if there is no such folder."""
    if not root.is_dir():
        return []
    return sorted(path for path in root.iterdir() if re.fullmatch(r"\d+-\d+", path.name) and path.is_dir())


def pruned(root: Path, limit: int, now: float) -> Pruned:
    """Remove what was not used for long, then the least recently used until the rest fits `limit` bytes.

    What somebody fetches into or reads now stays, and what removals and makings left that were cut short goes.
    """
    for left in (*root.glob(f"{folder.TRASH}*"), *root.glob(f"{folder.NEW}*")):
        with suppress(FileNotFoundError):
            if now - left.stat().st_mtime > FRESH:
                folder.delete(left)
    found = sorted((_used(mirror), folder.size_of(mirror), mirror) for mirror in mirrors_in(root))
    total = sum(size for _, size, _ in found)
    room = limit if total <= limit else limit * KEPT_AFTER_PRUNING
    gone = []
    for used, size, mirror in found:
        is_old = now - used > KEPT_DAYS * 86400
        is_in_the_way = total > room and now - used > FRESH
        if (is_old or is_in_the_way) and removed(mirror):
            gone.append(mirror.name)
            total -= size
    return Pruned(tuple(gone), total)


def removed(mirror: Path) -> bool:
    """Remove a mirror; False, with nothing done, if somebody fetches into it or reads it now."""
    with held_for_removal(mirror) as held:
        if held:
            forget(mirror)
        return held


def forget(mirror: Path) -> None:
    """Remove a mirror that is locked, and the files beside it; who waits for these sees that they are others'."""
    trash = folder.take_away(mirror)
    for path in (use_of(mirror), lock_of(mirror)):
        path.unlink(missing_ok=True)
    folder.delete(trash)


def _used(mirror: Path) -> float:
    """Return when a mirror was last used; one whose file is gone, when its folder was last changed."""
    path = use_of(mirror)
    return (path if path.exists() else mirror).stat().st_mtime
