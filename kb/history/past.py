"""The past of one commit: its ancestors' changes by file, under the names that the files have now."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from kb.history.model import HALF_LIFE, MOST_TOGETHER, CoChange, FileChange, Known, LoggedCommit


class PastCommit(NamedTuple):
    """One commit; `paths` are the names that the files it touched have today."""

    oid: str
    at: int
    author: str
    paths: tuple[str, ...]

    @property
    def is_sweep(self) -> bool:
        """Return whether it touched so many files that it says nothing about what belongs together."""
        return len(self.paths) > MOST_TOGETHER


class FileHistory(NamedTuple):
    """What happened to one file, under all the names it had."""

    path: str
    times: tuple[int, ...]  # of its commits, newest first, seconds since 1970
    authors: tuple[tuple[str, int], ...]  # digest and commits, most first; programs left out
    last: str  # id of its newest commit

    @property
    def commits(self) -> int:
        """Return how many commits touched it."""
        return len(self.times)

    @property
    def bus_factor(self) -> int:
        """Return the smallest number of authors who made at least half of its commits; 0 if no person did."""
        total, made = sum(count for _, count in self.authors), 0
        for number, (_, count) in enumerate(self.authors, 1):
            made += count
            if 2 * made >= total:
                return number
        return 0

    def churn(self, now: int) -> float:
        """Return its changes, each counted 2^(-age / half-life): 1.0 is one change made just now.

        `now` is in seconds since 1970; what claims to be later counts as made now.
        """
        return sum(math.exp2(-max(0, now - at) / HALF_LIFE) for at in self.times)

    def stability(self, now: int) -> float:
        """Return 1 / (1 + churn): 1.0 for a file that nobody touches, 0.5 after one change made just now."""
        return 1.0 / (1.0 + self.churn(now))


@dataclass(frozen=True)
class History:
    """The commits that one commit descends from, newest first, and itself."""

    commits: tuple[PastCommit, ...]
    known: Known

    @cached_property
    def _touching(self) -> Mapping[str, Sequence[int]]:
        found: dict[str, list[int]] = {}
        for at, commit in enumerate(self.commits):
            for path in commit.paths:
                found.setdefault(path, []).append(at)
        return found

    @property
    def paths(self) -> Iterator[str]:
        """Yield every path that any commit touched, also of files that are gone."""
        yield from self._touching

    def commits_to(self, path: str) -> Iterator[PastCommit]:
        """Yield the commits that touched a file, newest first."""
        for at in self._touching.get(path, ()):
            yield self.commits[at]

    def file(self, path: str) -> FileHistory | None:
        """Return what happened to a file; None if no known commit touched it."""
        commits = list(self.commits_to(path))
        if not commits:
            return None
        authors = Counter(commit.author for commit in commits if commit.author)
        ranked = tuple(sorted(authors.items(), key=lambda item: (-item[1], item[0])))
        return FileHistory(path, tuple(commit.at for commit in commits), ranked, commits[0].oid)

    def together(self, path: str, least: int = 1, share: float = 0.0) -> list[CoChange]:
        """Return the files that changed with this one in at least `least` commits and this share of its commits.

        Sweeps are left out of both counts. The surest pair comes first.
        """
        commits = [commit for commit in self.commits_to(path) if not commit.is_sweep]
        counts = Counter(other for commit in commits for other in commit.paths)
        pairs = [
            CoChange(path, other, count, len(commits), next(c.oid for c in commits if other in c.paths))
            for other, count in counts.items()
            if other != path and count >= least and count >= share * len(commits)
        ]
        return sorted(pairs, key=lambda pair: (-pair.confidence, -pair.together, pair.other))

    def pairs(self, least: int, share: float) -> Iterator[CoChange]:
        """Yield every ordered pair of files that `together` would give, in order of the first one's path."""
        for path in sorted(self._touching):
            if len(self._touching[path]) >= least:
                yield from self.together(path, least, share)


def past_of(commits: Sequence[LoggedCommit], known: Known) -> History:
    """Return the history of these commits, newest first, with renames followed back.

    Going back in time, a rename says what the files before it are called now.
    """
    now_called: dict[str, str] = {}
    past = []
    for commit in commits:
        paths = {now_called.get(change.path, change.path) for change in commit.changes}
        past.append(PastCommit(commit.oid, commit.at, commit.author, tuple(sorted(paths))))
        _go_back(now_called, commit.changes)
    return History(tuple(past), known)


def _go_back(now_called: dict[str, str], changes: Sequence[FileChange]) -> None:
    """Change the names to those before a commit: what it made had no past, what it moved had another name."""
    moved = [(change.old_path, now_called.get(change.path, change.path)) for change in changes if change.letter == "R"]
    for change in changes:
        if change.letter in "RAC":
            now_called.pop(change.path, None)
    now_called.update(moved)
