"""Patch text from git to hunks, by way of `unidiff`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from unidiff.patch import PatchSet

from kb.diff import Hunk

LONGEST_LINE = 2**20
_PREFIX = 512  # unidiff counts lines and reads headers; it needs no more of a line than this


@dataclass(frozen=True)
class Content:
    """How one file's content differs."""

    hunks: tuple[Hunk, ...] = ()
    binary: bool = False
    unread: str = ""


def contents_in(patch: bytes) -> dict[str, Content]:
    """Return what a patch of git's says of each file, by its name (which must need no quoting)."""
    too_long: set[str] = set()
    found = {}
    for file in PatchSet(_lines(patch, too_long), metadata_only=True):
        hunks = tuple(Hunk(h.source_start, h.source_length, h.target_start, h.target_length) for h in file)
        name = file.path
        if name in too_long:
            found[name] = Content(unread="has a line longer than 1 MB")
        else:
            found[name] = Content(hunks, binary=file.is_binary_file)
    return found


def _lines(patch: bytes, too_long: set[str]) -> Iterator[str]:
    """Yield the lines of a patch, cut short; a line ends at its line feed and nowhere else."""
    at, name = 0, ""
    while at < len(patch):
        end = patch.find(b"\n", at)
        end = len(patch) if end == -1 else end
        line = patch[at : min(end, at + _PREFIX)].decode("latin-1")
        if line.startswith("diff --git a/"):
            name = line.rpartition(" b/")[2]
        elif end - at - 1 > LONGEST_LINE:
            too_long.add(name)
        yield line + "\n"
        at = end + 1
