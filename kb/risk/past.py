"""What is known of a file before a change: how often, how lately, by how many; never by whom.

Training walks through the years and grows its past; a review has a mined one. Both answer the same questions.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple, Protocol

from kb.history.model import HALF_LIFE, LONGEST, MOST_TOGETHER, LoggedCommit
from kb.history.past import History

MOST_TOUCHES = 200  # newest commits of a file that are looked at
LEAST_TOGETHER = 3  # commits in which two files changed together, and
SHARE_TOGETHER = 0.5  # their share of the commits to one of them, for the other to be missed
MOST_MESSAGES = 500  # of commits newer than the model that are read to see whether they are fixes


class Touch(NamedTuple):
    """One commit to a file. `author` is a digest of an address, and only counted; `files` are keys of `Past.key`."""

    at: int
    author: str
    is_fix: bool
    files: tuple[Hashable, ...]


class Past(Protocol):
    """The commits before a change, by file."""

    def key(self, path: str) -> Hashable:
        """Return what stands for a file in `Touch.files`."""
        ...

    def touches(self, path: str) -> Sequence[Touch]:
        """Return the commits to a file, newest first, at most `MOST_TOUCHES`."""
        ...

    def heat(self, path: str, now: int) -> tuple[float, float]:
        """Return a file's changes and its fixes, each counted 2^(-age / half-life)."""
        ...


class _Decayed:
    """Two counters that lose half of themselves in `HALF_LIFE`."""

    __slots__ = ("at", "changes", "fixes")

    def __init__(self) -> None:
        self.changes = self.fixes = 0.0
        self.at = 0

    def add(self, at: int, is_fix: bool) -> None:
        self.changes, self.fixes = self.seen(at)
        self.at = max(self.at, at)
        self.changes += 1.0
        self.fixes += is_fix

    def seen(self, now: int) -> tuple[float, float]:
        left = math.exp2(-max(0, now - self.at) / HALF_LIFE)
        return self.changes * left, self.fixes * left


class GrowingPast:
    """A past that commits are added to in their order: as training goes through the years. Renames are followed."""

    def __init__(self) -> None:
        self._keys: dict[str, int] = {}
        self._touches: dict[int, list[Touch]] = {}
        self._heat: dict[int, _Decayed] = {}
        self._count = 0

    def add(self, commit: LoggedCommit, is_fix: bool) -> None:
        """Take in one commit, a child after its parents."""
        for change in commit.changes:
            if change.letter == "R" and change.old_path in self._keys:
                self._keys[change.path] = self._keys.pop(change.old_path)
            elif change.letter in "AC":
                self._keys.pop(change.path, None)
        keys = tuple(dict.fromkeys(self._made(change.path) for change in commit.changes))
        touch = Touch(commit.at, commit.author, is_fix, keys)
        for key in keys:
            self._touches.setdefault(key, []).append(touch)
            self._heat.setdefault(key, _Decayed()).add(commit.at, is_fix)

    def _made(self, path: str) -> int:
        if path not in self._keys:
            self._count += 1
            self._keys[path] = self._count
        return self._keys[path]

    def key(self, path: str) -> Hashable:
        """Return what stands for a file in `Touch.files`."""
        return self._keys.get(path, path)

    def touches(self, path: str) -> Sequence[Touch]:
        """Return the commits to a file, newest first."""
        return self._touches.get(self._keys.get(path, 0), [])[: -MOST_TOUCHES - 1 : -1]

    def heat(self, path: str, now: int) -> tuple[float, float]:
        """Return a file's decayed changes and fixes."""
        known = self._heat.get(self._keys.get(path, 0))
        return known.seen(now) if known else (0.0, 0.0)


class MinedPast:
    """The past of one commit as it was mined. `fixes` are ids of fixes among the commits until `since`.

    Of what is newer, `message` tells whether it is one (up to 500 commits are asked about); without it nothing newer
    is. The first question about heat goes through all commits once; after it every answer is quick.
    """

    def __init__(
        self, history: History, fixes: Collection[str], since: int = 0, message: Callable[[str], str] | None = None
    ) -> None:
        from kb.risk.labels import is_fix

        self._history = history
        front = min(map(len, fixes), default=0)
        known = {one[:front] for one in fixes}
        self._fixes = {one.oid for one in history.commits if one.oid[:front] in known} if front else set()
        if message is not None:
            newer = islice((one.oid for one in history.commits if one.at > since), MOST_MESSAGES)
            self._fixes |= {oid for oid in newer if is_fix(message(oid))}
        self._heat: dict[str, _Decayed] | None = None
        self._touches: dict[str, Sequence[Touch]] = {}

    def key(self, path: str) -> Hashable:
        """Return what stands for a file in `Touch.files`: its path today."""
        return path

    def touches(self, path: str) -> Sequence[Touch]:
        """Return the commits to a file, newest first."""
        if path not in self._touches:
            commits = islice(self._history.commits_to(path), MOST_TOUCHES)
            found = [Touch(one.at, one.author, one.oid in self._fixes, one.paths) for one in commits]
            self._touches[path] = found
        return self._touches[path]

    def heat(self, path: str, now: int) -> tuple[float, float]:
        """Return a file's decayed changes and fixes."""
        if self._heat is None:
            self._heat = {}
            for commit in reversed(self._history.commits):
                for one in commit.paths:
                    self._heat.setdefault(one, _Decayed()).add(commit.at, commit.oid in self._fixes)
        known = self._heat.get(path)
        return known.seen(now) if known else (0.0, 0.0)


def recent(touches: Iterable[Touch], now: int, seconds: int = LONGEST) -> Iterator[Touch]:
    """Yield those of the last `seconds` before a moment."""
    return (one for one in touches if one.at >= now - seconds)


def missed(past: Past, paths: Collection[str], now: int) -> list[tuple[Hashable, str]]:
    """Return the files that usually change with one of these and are not among them, each with that one's path.

    Usually: in at least three of its commits and in half of them, sweeps left out.
    """
    here = {past.key(path) for path in paths}
    found: dict[Hashable, str] = {}
    for path in sorted(paths):
        touches = [one for one in recent(past.touches(path), now) if len(one.files) <= MOST_TOGETHER]
        counts = Counter(other for one in touches for other in one.files)
        least = max(LEAST_TOGETHER, SHARE_TOGETHER * len(touches))
        for other, count in counts.items():
            if count >= least and other not in here:
                found.setdefault(other, path)
    return sorted(found.items(), key=lambda item: (str(item[0]), item[1]))
