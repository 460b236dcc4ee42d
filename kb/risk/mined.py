"""What a repository's past teaches: its changes, what was known before each, and which brought a defect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from kb.history.model import MOST_TOGETHER, LoggedCommit
from kb.repository import Repository
from kb.risk.features import DAY, Features, Surroundings, Touched, features_of
from kb.risk.features_graph import FileGraph
from kb.risk.labels import Blame, Origins, is_fix, is_judged, reverted_in
from kb.risk.mainline import MOST_CHANGES, MainlineChange
from kb.risk.past import GrowingPast

HORIZON = 365 * DAY  # a fix that comes later is not laid to a change
MOST_COMMITS = 60_000


class MinedChange(NamedTuple):
    """One change of the main line: how large it was, not what it said."""

    oid: str
    at: int
    files: tuple[Touched, ...]
    is_fix: bool

    @property
    def is_learnt_from(self) -> bool:
        """Return whether it can have brought a defect to the program, and is no sweep."""
        return len(self.files) <= MOST_TOGETHER and any(is_judged(one.path) and one.lines for one in self.files)


class Mined(NamedTuple):
    """All changes up to `tip`, the oldest first; who mended whose lines; all commits with which of them are fixes."""

    tip: str
    changes: tuple[MinedChange, ...]
    blames: tuple[Blame, ...]
    commits: tuple[LoggedCommit, ...]  # newest first
    fixes: frozenset[str]


class Labels(NamedTuple):
    """The changes, by number, and their files that turned out to have brought a defect."""

    changes: frozenset[int]
    files: frozenset[tuple[int, str]]


def mined(repository: Repository, tip: str, most: int = MOST_CHANGES) -> Mined:
    """Return what the newest `most` changes that lead to a commit teach; raises GitFailed if git cannot list them."""
    origins, numbers = Origins(), dict[str, int]()
    changes: list[MinedChange] = []
    blames: list[Blame] = []
    for number, change in enumerate(repository.mainline(tip, most)):
        blames += origins.take(number, change)
        blames += _taken_back(number, change, changes, numbers)
        changes.append(MinedChange(change.oid, change.at, touched(change), is_fix(change.message)))
        numbers[change.oid] = number
    commits = repository.log([tip], most=MOST_COMMITS).commits
    message = repository.commits().message
    fixes = frozenset(one.oid for one in commits if is_fix(message(one.oid)))
    return Mined(tip, tuple(changes), tuple(blames), commits, fixes)


def touched(change: MainlineChange) -> tuple[Touched, ...]:
    """Return the files of a change without their text."""
    return tuple(
        Touched(
            one.path or one.old_path,
            one.old_path,
            sum(len(hunk.added) for hunk in one.hunks),
            sum(len(hunk.removed) for hunk in one.hunks),
            len(one.hunks),
        )
        for one in change.files
        if one.path or one.old_path
    )


def _taken_back(
    number: int, change: MainlineChange, changes: Sequence[MinedChange], numbers: Mapping[str, int]
) -> Iterator[Blame]:
    """Yield the changes that this one says it takes back: as much a sign of a defect as a fix."""
    for named in reverted_in(change.message):
        found = [numbers[named]] if named in numbers else [at for oid, at in numbers.items() if oid.startswith(named)]
        if len(found) == 1:
            for one in changes[found[0]].files:
                if is_judged(one.path):
                    yield Blame(number, found[0], one.path, one.lines)


def labels_of(changes: Sequence[MinedChange], blames: Iterable[Blame], until: int) -> Labels:
    """Return what was known to have brought a defect when change number `until` was about to be made.

    A fix from there on is not known, so that what is learnt before a moment uses nothing that came after it.
    """
    known = [
        one
        for one in blames
        if one.fix < until and changes[one.fix].at - changes[one.culprit].at <= HORIZON and one.culprit < one.fix
    ]
    return Labels(frozenset(one.culprit for one in known), frozenset((one.culprit, one.path) for one in known))


def rows_of(
    found: Mined, graph: FileGraph, accepted: Mapping[str, Sequence[float]], only: Callable[[int], bool] | None = None
) -> dict[int, Features]:
    """Return the numbers of each change by its place, each as of the moment before it; sweeps and others left out.

    `graph` is of one tree: the links between files are taken from it for all changes.
    """
    commits = {one.oid: (at, one) for at, one in enumerate(found.commits)}
    past, seen = GrowingPast(), set[str]()
    known, rows = Surroundings(past, graph, accepted), dict[int, Features]()
    now = 0
    for number, change in enumerate(found.changes):
        if number == 0:
            continue  # what is below the first change is not known
        # a change is looked at when its parent is the newest commit: so it is, too, when it is reviewed
        now = max(now, _bring(past, commits, found.changes[number - 1].oid, seen, found.fixes))
        if change.is_learnt_from and (only is None or only(number)):
            rows[number] = features_of(change.files, known, now)
    return rows


def _bring(
    past: GrowingPast,
    commits: Mapping[str, tuple[int, LoggedCommit]],
    tip: str,
    seen: set[str],
    fixes: frozenset[str],
) -> int:
    """Add to a past what leads to a commit and was not added yet, the oldest first; returns the newest one's time."""
    stack, fresh = [tip], []
    while stack:
        oid = stack.pop()
        if oid in seen or oid not in commits:
            continue
        seen.add(oid)
        place, commit = commits[oid]
        fresh.append((commit.at, -place, commit))
        stack += commit.parents
    for _, _, commit in sorted(fresh, key=lambda one: one[:2]):
        past.add(commit, commit.oid in fixes)
    return max((at for at, _, _ in fresh), default=0)
