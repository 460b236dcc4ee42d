"""What GitHub shows of a change: the three-dot diff with three lines of context, and where a comment may stand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tests.world.gitdir import GitDir

HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
STATUS = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

# What GitHub leaves out (github-contract, C4)
PATCH_LINES = 3_000  # a file's patch is absent from about here
FILE_BYTES = 500_000
DIFF_FILES = 300
DIFF_LINES = 20_000
DIFF_BYTES = 1_000_000


@dataclass(frozen=True)
class Line:
    """One line of a patch: its kind (" ", "+" or "-") and its numbers on the two sides, from 1."""

    kind: str
    old: int | None
    new: int | None
    hunk: int
    position: int  # lines below the first hunk header: GitHub's older way to name a line
    text: str


@dataclass(frozen=True)
class Changed:
    """One file of a diff. `patch` is the hunks alone; "" for a pure rename or a binary file."""

    path: str
    previous: str | None
    status: str
    blob: str
    added: int
    deleted: int
    is_binary: bool
    patch: str
    whole: str  # with git's own head

    @property
    def shown(self) -> str | None:
        """Return the patch that the API gives, or None where it gives none."""
        too_large = self.added + self.deleted > PATCH_LINES or len(self.patch) > FILE_BYTES
        return None if not self.patch or too_large else self.patch

    def lines(self) -> list[Line]:
        """Return the lines that a comment may be made on."""
        return lines_of(self.shown or "")

    def at(self, side: str, line: int) -> Line | None:
        """Return the line with this number on a side: RIGHT is added or context, LEFT is deleted or context."""
        for each in self.lines():
            if (each.new if side == "RIGHT" else each.old) == line:
                return each
        return None

    def hunk_until(self, line: Line) -> str:
        """Return the hunk's text from its header to a line: what a comment shows."""
        return "\n".join(self.patch.split("\n")[_start_of(self.patch, line.hunk) : line.position + 1])


def _start_of(patch: str, hunk: int) -> int:
    return [place for place, text in enumerate(patch.split("\n")) if HUNK.match(text)][hunk]


@lru_cache(maxsize=512)
def lines_of(patch: str) -> list[Line]:
    """Return the lines of a patch's hunks."""
    found: list[Line] = []
    hunk, old, new = -1, 0, 0
    for position, text in enumerate(patch.split("\n")):
        if head := HUNK.match(text):
            hunk, old, new = hunk + 1, int(head[1]), int(head[3])
        elif text[:1] in (" ", "+", "-"):
            kind = text[0]
            sides = (None if kind == "+" else old, None if kind == "-" else new)
            found.append(Line(kind, *sides, hunk, position, text[1:]))
            old, new = old + (kind != "+"), new + (kind != "-")
    return found


def changes(git: GitDir, base: str | None, head: str) -> list[Changed]:
    """Return the files that differ between the merge base of two commits and the second; without one, all files."""
    start = (git.merge_base(base, head) if base else None) or EMPTY_TREE
    return _changes(git.path.as_posix(), start, head)


@lru_cache(maxsize=512)
def _changes(folder: str, start: str, head: str) -> list[Changed]:
    git = GitDir(Path(folder))
    raw = git.git("diff", "--raw", "-z", "-M", "--full-index", "--no-abbrev", start, head).split("\0")
    patch = git.git(
        "diff",
        "-M",
        "-U3",
        "--full-index",
        "--no-color",
        "--no-ext-diff",
        "--src-prefix=a/",
        "--dst-prefix=b/",
        start,
        head,
    )
    wholes = re.split(r"^(?=diff --git )", patch, flags=re.MULTILINE)[1:]
    found, place = [], 0
    for whole in wholes:
        meta = raw[place].lstrip(":").split(" ")
        moved = meta[4][0] in "RC"
        names = raw[place + 1 : place + (3 if moved else 2)]
        place += 3 if moved else 2
        found.append(_changed(names, meta, whole))
    return found


def _changed(names: list[str], meta: list[str], whole: str) -> Changed:
    at = re.search(r"^@@ ", whole, flags=re.MULTILINE)
    patch = whole[at.start() :].rstrip("\n") if at else ""
    lines = lines_of(patch)
    return Changed(
        names[-1],
        names[0] if len(names) > 1 else None,
        STATUS[meta[4][0]],
        meta[3] if meta[4][0] != "D" else meta[2],
        sum(line.kind == "+" for line in lines),
        sum(line.kind == "-" for line in lines),
        not patch and "Binary files" in whole,
        patch,
        whole,
    )


def too_large(files: list[Changed]) -> str | None:
    """Return why GitHub refuses the whole diff, or None where it gives it."""
    if len(files) > DIFF_FILES:
        return f"the diff exceeded the maximum number of files ({DIFF_FILES})"
    if sum(len(file.lines()) for file in files) > DIFF_LINES:
        return f"the diff exceeded the maximum number of lines ({DIFF_LINES})"
    if sum(len(file.whole) for file in files) > DIFF_BYTES:
        return "the diff exceeded the maximum size"
    return None


def carried(git: GitDir, old: str, new: str, path: str, line: int) -> int | None:
    """Return where a file's line of one commit is in another; None where it was changed or removed."""
    shift = 0
    for start, gone, came in _moves(git.path.as_posix(), old, new, path):
        if gone and start <= line < start + gone:
            return None
        if start + (0 if gone else 1) > line:
            break
        shift += came - gone
    return line + shift


@lru_cache(maxsize=512)
def _moves(folder: str, old: str, new: str, path: str) -> list[tuple[int, int, int]]:
    """Return (first old line, lines gone, lines that came) of each change of a file."""
    if old == new:
        return []
    done = GitDir(Path(folder)).run("diff", "-U0", "--no-color", "--no-ext-diff", "--no-renames", old, new, "--", path)
    heads = map(HUNK.match, done.stdout.decode("utf-8", "replace").split("\n"))
    return [(int(head[1]), int(head[2] or 1), int(head[4] or 1)) for head in heads if head]
