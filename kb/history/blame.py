"""Which commits brought the lines of a file, asked of git for as few lines as possible."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from kb.git import Git, GitFailed, encoded

SECONDS = 3.0
MOST_RANGES = 40
MOST_LINES = 400
_HEAD = re.compile(rb"([0-9a-f]{40}(?:[0-9a-f]{24})?) (\d+) (\d+)(?: \d+)?$")


def blame(git: Git, commit: str, path: str, lines: Collection[int], since: int) -> dict[int, str]:
    """Return by line number which commit brought each of these lines of a file; blanks do not count as a change.

    Lines that are older than `since` (seconds since 1970), or than what a shallow clone has, are left out, and so is
    everything if git cannot tell within three seconds. At most 400 lines in 40 ranges are asked about.
    """
    ranges = list(ranges_of(sorted(lines)[:MOST_LINES]))[:MOST_RANGES]
    if not ranges:
        return {}
    wanted = [f"-L{first},{last}" for first, last in ranges]
    if since > 0:
        wanted.append(f"--since=@{since} +0000")
    try:
        printed = git.run("blame", "--porcelain", "-w", *wanted, commit, "--", encoded(path), seconds=SECONDS)
    except GitFailed:
        return {}
    return blamed_in(printed)


def ranges_of(lines: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield the runs of consecutive numbers in ascending ones, each as its first and its last."""
    first = last = -1
    for line in lines:
        if line != last + 1 or first < 0:
            if first >= 0:
                yield first, last
            first = line
        last = line
    if first >= 0:
        yield first, last


def blamed_in(printed: bytes) -> dict[int, str]:
    """Return the commit of each line in what `git blame --porcelain` prints; lines of boundary commits are left out."""
    found: dict[int, str] = {}
    boundary: set[str] = set()
    oid = ""
    for line in printed.split(b"\n"):
        if line.startswith(b"\t"):  # the line itself, whatever it says
            continue
        if line == b"boundary":
            boundary.add(oid)
        elif (head := _HEAD.match(line)) is not None:
            oid = head[1].decode("ascii")
            found[int(head[3])] = oid
    return {number: name for number, name in found.items() if name not in boundary}
