"""What single commits say and did: their messages, the lines that they replaced, and which of them brought a line.

Only what is asked for is read, and all of it within bounds: of the past that git cannot read, or not in time, nothing
is known, and the answer is empty.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from threading import Lock
from typing import NamedTuple, Protocol

from kb.errors import CorruptObject
from kb.git import Git, GitFailed, decoded, encoded
from kb.git_objects import Objects
from kb.history.blame import blame

SECONDS = 5.0  # for the patches of all commits that are asked for
MOST_PATCHES = 150
_OID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_DIFF = (
    "diff-tree",
    "--stdin",
    "-r",
    "-p",
    "-U0",
    "--no-renames",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--diff-algorithm=myers",
    "--inter-hunk-context=0",
    "--src-prefix=",
    "--dst-prefix=",
)


class PastHunk(NamedTuple):
    """Lines of one file that a commit replaced: what stood there, and what it put there instead.

    A start is the number of the first line, at the parent and at the commit; of no lines, the line before.
    """

    path: str
    old_start: int
    old: tuple[str, ...]
    new_start: int
    new: tuple[str, ...]


class CommitSource(Protocol):
    """Tells of single commits; ids and paths may be any text, and what is not known has an empty answer."""

    def message(self, oid: str) -> str:
        """Return what a commit says, "" if git cannot read it. Untrusted text."""
        ...

    def patches(self, oids: Sequence[str], paths: Collection[str]) -> Mapping[str, tuple[PastHunk, ...]]:
        """Return by commit what it did to these files, compared with its parent; nothing of merges."""
        ...

    def blamed(self, commit: str, path: str, lines: Collection[int], since: int) -> Mapping[int, str]:
        """Return by line number of a file at a commit who brought the line, where that was after `since`."""
        ...

    def blob(self, commit: str, path: str) -> str:
        """Return the id of a file's content at a commit; "" if it is not there."""
        ...


class Commits:
    """A `CommitSource` over an open repository. Safe to ask from several threads."""

    def __init__(self, git: Git, objects: Objects) -> None:
        self._git, self._objects = git, objects
        self._lock = Lock()
        self._messages: dict[str, str] = {}

    def message(self, oid: str) -> str:
        """Return what a commit says, "" if git cannot read it. Untrusted text."""
        if not _OID.fullmatch(oid):
            return ""
        with self._lock:
            known = self._messages.get(oid)
        if known is None:
            try:
                known = self._objects.read(oid).partition(b"\n\n")[2].decode("utf-8", "replace").strip()
            except CorruptObject:
                known = ""
            with self._lock:
                self._messages[oid] = known
        return known

    def patches(self, oids: Sequence[str], paths: Collection[str]) -> Mapping[str, tuple[PastHunk, ...]]:
        """Return by commit what it did to these files; of at most the first 150 commits, within five seconds."""
        asked = [oid for oid in dict.fromkeys(oids) if _OID.fullmatch(oid)][:MOST_PATCHES]
        if not asked or not paths:
            return {}
        stdin = "".join(f"{oid}\n" for oid in asked).encode()
        try:
            printed = self._git.run(*_DIFF, "--", *map(encoded, sorted(paths)), stdin=stdin, seconds=SECONDS)
        except GitFailed:
            return {}
        return patches_in(printed)

    def blamed(self, commit: str, path: str, lines: Collection[int], since: int) -> Mapping[int, str]:
        """Return by line number of a file at a commit who brought the line, where that was after `since`."""
        return blame(self._git, commit, path, lines, since) if _OID.fullmatch(commit) else {}

    def blob(self, commit: str, path: str) -> str:
        """Return the id of a file's content at a commit; "" if it is not there."""
        if not _OID.fullmatch(commit):
            return ""
        try:
            listed = self._git.run("ls-tree", "-z", commit, "--", encoded(path), ok=(0, 128), seconds=SECONDS)
        except GitFailed:
            return ""
        about, _, name = listed.removesuffix(b"\0").partition(b"\t")
        words = about.decode("ascii", "replace").split()
        return words[2] if len(words) == 3 and words[1] == "blob" and decoded(name) == path else ""


def patches_in(printed: bytes) -> dict[str, tuple[PastHunk, ...]]:
    """Return the hunks in what `git diff-tree --stdin -p -U0` prints, by commit.

    The counts in a hunk's head say how many lines follow, so no line of a file is ever read as a head. A file whose
    name git quotes is left out.
    """
    found: dict[str, list[PastHunk]] = {}
    lines = printed.split(b"\n")
    at, path = 0, ""
    hunks: list[PastHunk] = []
    while at < len(lines):
        line = lines[at]
        at += 1
        if (head := _HUNK.match(line)) is not None:
            old_length, new_length = (int(head[n]) if head[n] is not None else 1 for n in (2, 4))
            old, at = _side(lines, at, old_length)
            new, at = _side(lines, at, new_length)
            if path:
                hunks.append(PastHunk(path, int(head[1]), old, int(head[3]), new))
        elif line.startswith((b"--- ", b"+++ ")):
            name = line[4:].removesuffix(b"\t")
            if name != b"/dev/null":
                path = "" if name.startswith(b'"') else decoded(name)
        elif len(line) in (40, 64) and _OID.fullmatch(line.decode("ascii", "replace")):
            hunks = found.setdefault(line.decode("ascii"), [])
    return {oid: tuple(said) for oid, said in found.items()}


def _side(lines: Sequence[bytes], at: int, length: int) -> tuple[tuple[str, ...], int]:
    """Return the next lines of one side of a hunk, and where what follows them begins."""
    taken = tuple(line[1:].decode("utf-8", "replace").rstrip("\r") for line in lines[at : at + length])
    at += length
    if at < len(lines) and lines[at].startswith(b"\\"):  # "\ No newline at end of file"
        at += 1
    return taken, at
