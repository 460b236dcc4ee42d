"""Patch text from git to hunks, by way of `unidiff`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from unidiff.patch import Hunk as PatchHunk
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
    lines = _Lines(patch)
    found = {}
    kinds = iter(lines.kinds)
    for file in PatchSet(lines, metadata_only=True):
        hunks = tuple(change for hunk in file for change in _changes(hunk, bytes(next(kinds))))
        if file.path in lines.too_long:
            found[file.path] = Content(unread="has a line longer than 1 MB")
        else:
            found[file.path] = Content(hunks, binary=file.is_binary_file)
    return found


class _Lines:
    """The lines of a patch, cut short for `unidiff`; a line ends at its line feed and nowhere else."""

    def __init__(self, patch: bytes) -> None:
        self._patch = patch
        self.kinds: list[bytearray] = []  # for every hunk the first byte of each of its lines
        self.too_long: set[str] = set()

    def __iter__(self) -> Iterator[str]:
        at, name, kinds = 0, "", bytearray()
        while at < len(self._patch):
            end = self._patch.find(b"\n", at)
            end = len(self._patch) if end == -1 else end
            line = self._patch[at : min(end, at + _PREFIX)].decode("latin-1")
            if line.startswith("diff --git a/"):
                name, kinds = line.rpartition(" b/")[2], bytearray()
            elif line.startswith("@@"):
                kinds = bytearray()
                self.kinds.append(kinds)
            else:
                kinds += self._patch[at : at + 1]
                if end - at - 1 > LONGEST_LINE:
                    self.too_long.add(name)
            yield line + "\n"
            at = end + 1


def _changes(hunk: PatchHunk, kinds: bytes) -> Iterator[Hunk]:
    """Yield the changes in a hunk of git's, which has lines of context around and between them."""
    old = hunk.source_start if hunk.source_length else hunk.source_start + 1
    new = hunk.target_start if hunk.target_length else hunk.target_start + 1
    for run in re.findall(rb" +|[-+]+", kinds.replace(b"\\", b"")):
        removed, added = run.count(b"-"), run.count(b"+")
        if removed or added:
            yield Hunk(old if removed else old - 1, removed, new if added else new - 1, added)
        same = run.count(b" ")
        old, new = old + removed + same, new + added + same
