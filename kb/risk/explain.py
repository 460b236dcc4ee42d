"""Why a change is risky, in words: the few things that added most, each told as a plain fact that can be checked.

A factor speaks of code and of the past, never of a person; of authors there is only a number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kb.graph.queries_find import is_test_path
from kb.risk.features import WINDOW, Features, FilePast
from kb.risk.model import Scorer

MOST = 3
LEAST = 0.05  # log-odds that a factor adds, to be worth a word
OF_NOTE = 3  # commits, files: fewer are nothing to tell


@dataclass(frozen=True)
class Factor:
    """One reason: a phrase without names, and the file that it speaks of ("" for the change as a whole).

    `weight` is what it adds to the log-odds, compared with a mean change.
    """

    text: str
    path: str
    weight: float


def factors_of(scorer: Scorer, features: Features) -> tuple[Factor, ...]:
    """Return what adds most to the risk of a change, first the most.

    Only what is more than usual counts (of tests, less), for that is what the words say; what adds to the risk but
    has no fact behind it that a reader could see is left out.
    """
    weights = dict.fromkeys(_TELLERS, 0.0)
    parts = scorer.parts(features.change)
    for name, part, value, mean in zip(scorer.names, parts, features.change, scorer.mean, strict=True):
        if (value > mean) != (name == "tests"):
            weights[_theme(name)] += part
    ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    found = []
    for theme, weight in ranked:
        told = _TELLERS[theme](features) if weight >= LEAST else None
        if told is not None:
            found.append(Factor(told[0], told[1], round(weight, 4)))
    return tuple(found[:MOST])


_Told = tuple[str, str] | None
_THEMES = {
    "added": "size",
    "removed": "size",
    "code_lines": "size",
    "hunks": "size",
    "files": "spread",
    "folders": "spread",
    "entropy": "spread",
    "missed": "missed",
    "tests": "tests",
    "code": "tests",
    "commits": "churn",
    "churn": "churn",
    "days": "churn",
    "age": "age",
    "idle": "age",
    "authors": "authors",
    "fixes": "fixes",
    "fix_heat": "fixes",
    "findings": "findings",
}


def _theme(name: str) -> str:
    plain = name.removesuffix("_mean").removesuffix("_max")
    if name.startswith(("near_", "far_")):
        return "near"
    return _THEMES.get(plain, "central")


def _size(features: Features) -> _Told:
    return (f"{features.lines:,} lines changed", "") if features.lines else None


def _spread(features: Features) -> _Told:
    files = len(features.files)
    folders = len({path.rpartition("/")[0] for path in features.files})
    where = f" in {folders} folders" if folders > 1 else ""
    return (f"spread over {files} files{where}", "") if files > 1 else None


def _missed(features: Features) -> _Told:
    count = len(features.missed)
    if not count:
        return None
    what = "1 file that usually changes" if count == 1 else f"{count} files that usually change"
    return f"{what} with it did not", features.missed[0][1]


def _tests(features: Features) -> _Told:
    return None if any(map(is_test_path, features.files)) else ("no test changes with it", "")


def _of_file(value: Callable[[FilePast], int], least: int, text: Callable[[int], str]) -> Callable[[Features], _Told]:
    """Return what tells of the file in which a number is the greatest."""

    def told(features: Features) -> _Told:
        top = max(features.facts, key=lambda fact: (value(fact), fact.path), default=None)
        return (text(value(top)), top.path) if top is not None and value(top) >= least else None

    return told


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


_TELLERS: dict[str, Callable[[Features], _Told]] = {
    "size": _size,
    "spread": _spread,
    "missed": _missed,
    "tests": _tests,
    "churn": _of_file(lambda fact: fact.days, OF_NOTE, lambda days: f"changed on {days} of the last {WINDOW} days"),
    "age": _of_file(lambda fact: fact.idle, WINDOW, lambda days: f"not changed for {days:,} days"),
    "authors": _of_file(lambda fact: fact.authors, OF_NOTE, lambda count: f"{count} authors worked on it"),
    "fixes": _of_file(lambda fact: fact.fixes, 1, lambda count: f"fixed {_times(count)} within a year"),
    "findings": _of_file(lambda fact: fact.findings, 1, lambda count: f"findings were accepted in it {_times(count)}"),
    "central": _of_file(lambda fact: fact.fan_in, OF_NOTE, lambda count: f"{count} files refer to it"),
    "near": _of_file(lambda fact: fact.near_fixed, 2, lambda count: f"{count} files linked with it were fixed lately"),
}
