"""What a risk is worked out from: numbers about a change and about each of its files, the same in training and in use.

Nothing in here names a person: of authors only their number counts. Counts are taken as log(1 + count).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from kb.graph.queries_find import is_test_path
from kb.risk.features_graph import NEAR, OWN, FileGraph
from kb.risk.labels import is_code, is_judged
from kb.risk.past import Past, missed, recent

VERSION = 1  # of what is in a row; raise it with every change in it
DAY = 86_400
WINDOW = 90  # days of "lately"
_FIXED_WITHIN = 365 * DAY
_LATELY = 0.5  # fixes, each counted 2^(-age / half a year)
PAST = ("commits", "churn", "days", "age", "idle", "authors", "fixes", "fix_heat", "findings")
FILE_SIZES = ("added", "removed", "hunks", "is_test", "is_code")
FILE_NAMES = (*FILE_SIZES, *PAST, *OWN, *NEAR)
CHANGE_SIZES = (
    "added",
    "removed",
    "code_lines",
    "files",
    "folders",
    "hunks",
    "entropy",
    "missed",
    "tests",
    "code",
)
_POOLED = (*PAST, *OWN, *NEAR)
CHANGE_NAMES = (*CHANGE_SIZES, *(f"{name}_{how}" for name in _POOLED for how in ("mean", "max")))


@dataclass(frozen=True)
class Touched:
    """One file of a change. `old_path` is where it was before ("" if it is new); lines and hunks are counts."""

    path: str
    old_path: str
    added: int
    removed: int
    hunks: int

    @property
    def lines(self) -> int:
        """Return how many lines changed."""
        return self.added + self.removed


@dataclass(frozen=True)
class FilePast:
    """What a reader may be told of a file's past, in whole numbers."""

    path: str
    commits: int
    days: int  # with a change, of the last 90
    idle: int  # days since the last commit to it
    authors: int
    fixes: int  # within a year
    findings: int  # that people accepted
    fan_in: int
    near_fixed: int  # files linked with it that were fixed lately


@dataclass(frozen=True)
class Features:
    """The numbers of one change: its own (`CHANGE_NAMES`), each file's (`FILE_NAMES`), and the facts behind them.

    What a change has of its files' past is pooled over source files that are no tests, and facts are of those.
    """

    change: tuple[float, ...]
    files: Mapping[str, tuple[float, ...]]
    facts: tuple[FilePast, ...]
    missed: tuple[tuple[Hashable, str], ...]
    lines: int


@dataclass(frozen=True)
class Surroundings:
    """What is known besides the change: the commits before it, the files around it, findings people accepted.

    `accepted` is by path the moments (seconds since 1970) of findings that were accepted there.
    """

    past: Past
    graph: FileGraph
    accepted: Mapping[str, Sequence[float]]


def features_of(files: Sequence[Touched], known: Surroundings, now: int) -> Features:
    """Return the numbers of a change as of a moment; nothing after it counts."""
    ordered = [one for _, one in sorted({one.path: one for one in files}.items())]  # a file made a link is there twice
    rows: dict[str, tuple[float, ...]] = {}
    facts = []
    for one in ordered:
        past, fact = _past_of(one, known, now)
        where = one.old_path or one.path
        around = known.graph.around(where, lambda path: known.past.heat(path, now))
        shape = (counted(one.added), counted(one.removed), counted(one.hunks), float(is_test_path(one.path)))
        rows[one.path] = (*shape, float(is_code(one.path)), *past, *known.graph.own(where), *around)
        facts += [fact] if is_judged(one.path) else []
    absent = missed(known.past, [one.old_path or one.path for one in ordered], now)
    pooled = _pooled([row[len(FILE_SIZES) :] for path, row in rows.items() if is_judged(path)])
    change = (*_size_of(ordered, len(absent)), *pooled)
    return Features(change, rows, tuple(facts), tuple(absent), sum(one.lines for one in ordered))


def _size_of(files: Sequence[Touched], absent: int) -> tuple[float, ...]:
    lines = sum(one.lines for one in files)
    code = sum(one.lines for one in files if is_code(one.path))
    tests = sum(one.lines for one in files if is_test_path(one.path))
    folders = {str(PurePosixPath(one.path).parent) for one in files}
    return (
        counted(sum(one.added for one in files)),
        counted(sum(one.removed for one in files)),
        counted(code - sum(one.lines for one in files if is_code(one.path) and is_test_path(one.path))),
        counted(len(files)),
        counted(len(folders)),
        counted(sum(one.hunks for one in files)),
        _entropy([one.lines for one in files]),
        counted(absent),
        tests / lines if lines else 0.0,
        code / lines if lines else 0.0,
    )


def _past_of(file: Touched, known: Surroundings, now: int) -> tuple[tuple[float, ...], FilePast]:
    """Return the features in `PAST` of one file, and the same in words' numbers."""
    where = file.old_path or file.path
    touches = list(recent(known.past.touches(where), now))
    times = [one.at for one in touches]
    days = len({at // DAY for at in times if at > now - WINDOW * DAY})
    authors = len({one.author for one in touches if one.author})
    fixes = sum(one.is_fix and one.at > now - _FIXED_WITHIN for one in touches)
    findings = sum(at < now for at in known.accepted.get(where, ()))
    heat, fix_heat = known.past.heat(where, now)
    row = (
        counted(len(touches)),
        counted(heat),
        counted(days),
        counted((now - min(times, default=now)) / DAY),
        counted((now - max(times, default=now)) / DAY),
        counted(authors),
        counted(fixes),
        counted(fix_heat),
        counted(findings),
    )
    node = known.graph.nodes.get(where)
    idle = (now - max(times, default=now)) // DAY
    near = sum(known.past.heat(one, now)[1] >= _LATELY for one in (node.near if node else ()))
    fan_in = node.fan_in if node else 0
    return row, FilePast(file.path, len(touches), days, idle, authors, fixes, findings, fan_in, near)


def _pooled(rows: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    if not rows:
        return (0.0,) * (2 * len(_POOLED))
    return tuple(value for column in zip(*rows, strict=True) for value in (sum(column) / len(rows), max(column)))


def counted(count: float) -> float:
    """Return a count as it stands in a row: log(1 + count)."""
    return math.log1p(max(0.0, count))


def _entropy(lines: Sequence[int]) -> float:
    """Return how evenly a change is spread over its files, 0..1 (Hassan 2009): 0 for one file, 1 for equal parts."""
    total = sum(lines)
    counts = Counter(one for one in lines if one)
    if total == 0 or sum(counts.values()) < 2:
        return 0.0
    bits = -sum(times * (count / total) * math.log2(count / total) for count, times in counts.items())
    return bits / math.log2(sum(counts.values()))
