"""A new line written otherwise than the code around it, which is written one way nearly everywhere.

What it finds.
Conventions that at least 95 % of at least 20 cases hold to before the change, in the same folder or else in the
repository, and that an added line breaks: how functions, classes, files and test files are named, what is caught,
whether the own package is imported relatively, print or a logger, what is handed to the log, how tests assert.

Why it matters.
What is written alike is read without thinking; and what everybody else avoids is often avoided for a reason.

When it stays silent.
Where a base class, a framework or the language chooses; in files that were moved or brought in from elsewhere; where
the folder has no habit of its own, whatever the rest of the repository does. Each convention is named once.

How to fix.
Write it as the places that are shown, or leave it if the difference is meant.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.constraint.conventions import Case, Convention, cases_in, name_cases
from checks.finding import Confidence, Evidence, Finding, Severity, Side
from checks.knowledge import Knowledge
from checks.settings import Settings
from checks.static.changed_lines import changed_lines
from checks.static.engine_check import is_test, is_test_data
from kb.diff import FileDiff, Status
from kb.facts.extract import EXTRACTORS
from kb.facts.model import Status as Trust
from kb.graph.code import Code
from kb.syntax.languages import language_of
from kb.view import shown

SLUG = "convention-broken"
RULES = (
    Rule(
        SLUG,
        Severity.INFO,
        Confidence.LOW,
        finds="Finds a new line written otherwise than nearly all of the code around it.",
        why="What is written alike is read without thinking.",
        fix="Write it as the places that are shown, unless the difference is meant.",
        silent=True,
    ),
)


def _functions(style: str, count: int = 20) -> str:
    return "".join(f"def {style.format(number)}():\n    return {number}\n\n\n" for number in range(count))


_SNAKE = {"shop/prices.py": _functions("price_of_{}")}
_OTHER = "def rebate_of():\n    return 1\n"
_RAISES = "try:\n    sell()\nexcept {}:\n    pass\n"
_CAUGHT = {f"shop/sell_{number}.py": _RAISES.format("KeyError") for number in range(20)}
EXAMPLES = (
    Example(
        "a function named otherwise",
        before=_SNAKE,
        after={**_SNAKE, "shop/rebates.py": "def rebateOf(price):\n    return price\n"},
        fires=((SLUG, "shop/rebates.py", 1),),
    ),
    Example(
        "everything is caught where names are",
        before=_CAUGHT,
        after={**_CAUGHT, "shop/stock.py": _RAISES.format("Exception")},
        fires=((SLUG, "shop/stock.py", 3),),
    ),
    Example(
        "named as the others, and by a base class",
        before=_SNAKE,
        after={**_SNAKE, "shop/a.py": "class A(Base):\n    def visitName(self):\n        pass\n", "shop/b.py": _OTHER},
    ),
    Example(
        "both ways are in use",
        before={"shop/prices.py": _functions("price_of_{}") + _functions("rebateOf{}", 3)},
        after={
            "shop/prices.py": _functions("price_of_{}") + _functions("rebateOf{}", 3),
            "shop/rebates.py": "def rebateOf(price):\n    return price\n",
        },
    ),
    Example(
        "too few to call it a convention",
        before={"shop/prices.py": _functions("price_of_{}", 19)},
        after={
            "shop/prices.py": _functions("price_of_{}", 19),
            "shop/rebates.py": "def rebateOf(price):\n    return price\n",
        },
    ),
)

LEAST = 20
SHARE = 0.95
MOST_FILES = 3_000  # of base, the nearest first
_EXAMPLES = 2


@dataclass(frozen=True)
class _Habit:
    """What base does: the style that is held to, by how many of how many cases, and where some of them are."""

    style: str
    count: int
    of: int
    places: tuple[tuple[str, Case], ...]


@dataclass(frozen=True)
class _Files:
    """The files of base that may be compared with: of one language, tests or not, without what tools wrote."""

    code: Code
    settings: Settings
    known: dict[str, list[Case]] = field(default_factory=dict)
    habits: dict[tuple[str, str, bool, Convention], _Habit | None] = field(default_factory=dict)

    @cached_property
    def paths(self) -> list[str]:
        """Return what counts as written here by hand."""
        entries = self.code.view.entries
        return sorted(path for path in entries if entries[path].is_file and _is_by_hand(path, self.settings))

    def like(self, path: str) -> list[str]:
        """Return the files of the same ending and use, those in the same folder first."""
        ending, folder = posixpath.splitext(path)[1], posixpath.dirname(path)
        alike = (one for one in self.paths if one.endswith(ending) and is_test(one) == is_test(path))
        return sorted(alike, key=lambda one: (posixpath.dirname(one) != folder, one))[:MOST_FILES]

    def cases(self, path: str) -> list[Case]:
        """Return the cases of one file, its name among them."""
        if path not in self.known:
            facts = self.code.facts(path)
            inside = cases_in(self.code.source(path), facts) if facts.status is Trust.WHOLE else ()
            self.known[path] = [*name_cases(path), *inside]
        return self.known[path]

    def habit(self, path: str, convention: Convention) -> _Habit | None:
        """Return what is held to around a file, in its folder if there are cases enough, else everywhere."""
        folder, ending = posixpath.dirname(path), posixpath.splitext(path)[1]
        key = (folder, ending, is_test(path), convention)
        if key not in self.habits:
            alike = self.like(path)
            near = [one for one in alike if posixpath.dirname(one) == folder]
            self.habits[key] = self._held(near, alike, convention)
        return self.habits[key]

    def _held(self, near: list[str], alike: list[str], convention: Convention) -> _Habit | None:
        for paths in (near, alike):
            found = [(one, case) for one in paths for case in self.cases(one) if case.convention is convention]
            if len(found) >= LEAST:
                ((style, count),) = Counter(case.style for _, case in found).most_common(1)
                held = tuple(islice((pair for pair in found if pair[1].style == style), _EXAMPLES))
                return _Habit(style, count, len(found), held) if count >= SHARE * len(found) else None
        return None


def covers(path: str) -> bool:
    """Return whether the facts of a file at this path can be had."""
    return language_of(path) in EXTRACTORS and not is_test_data(path)


def reads(path: str) -> bool:
    """Return False: who looks at how code is written has not understood what it does."""
    return False


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return one finding for each convention that an added line breaks; none without an index."""
    settings = knowledge.settings
    touched = [file for file in change.files if file.new and file.added and _is_by_hand(file.path, settings)]
    if knowledge.code is None or not touched:
        return Report()
    code = knowledge.code.change(change.base, change.head, change.identity)
    base, head = _Files(code.base, settings), _Files(code.head, settings)
    removed = "\n".join(text for file in change.files for _, text in changed_lines(change, file, Side.LEFT))
    said: dict[Convention, Finding] = {}
    for file in touched:
        for case in _new_cases(base, head, file):
            if case.convention in said or (case.name and case.name in removed) or _is_old(base, file, case):
                continue
            habit = base.habit(file.old_path, case.convention)
            if habit is not None and habit.style != case.style:
                said[case.convention] = _finding(code.base, code.head, file, case, habit)
    return Report(tuple(said.values()))


def _is_by_hand(path: str, settings: Settings) -> bool:
    return covers(path) and not settings.is_generated(path) and not settings.is_ignored(path)


def _new_cases(base: _Files, head: _Files, file: FileDiff) -> Iterator[Case]:
    """Yield the cases on lines that the change added; the name of a file only where the file is new."""
    for case in head.cases(file.path):
        is_name = case.convention in (Convention.FILE_NAMES, Convention.TEST_FILE_NAMES)
        if file.status is Status.ADDED if is_name else case.line in file.added:
            yield case


def _is_old(base: _Files, file: FileDiff, case: Case) -> bool:
    """Return whether the file did the same before: then it has a habit of its own."""
    if file.old is None or file.old_path not in base.code.view.entries:
        return False
    before = [one for one in base.cases(file.old_path) if one.convention is case.convention]
    return any(one.style == case.style for one in before)


def _finding(base: Code, head: Code, file: FileDiff, case: Case, habit: _Habit) -> Finding:
    told = (
        f"{case.convention}: {habit.style} in {habit.count} of {habit.of} cases around here, {case.style} in this line."
    )
    places = [
        Evidence("related", path, one.line, shown(base.source(path).line(one.line).strip()[:200]))
        for path, one in habit.places
    ]
    return Finding(
        check=SLUG,
        slug=SLUG,
        severity=RULES[0].severity,
        confidence=RULES[0].confidence,
        path=file.path,
        line=case.line,
        end_line=case.line,
        message=shown(told[0].upper() + told[1:]),
        text=case.name or head.source(file.path).line(case.line).strip(),
        evidence=(Evidence("count", file.path, case.line, f"{habit.count} of {habit.of}: {habit.style}"), *places),
        silent=RULES[0].silent,
    )
