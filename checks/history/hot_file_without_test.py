"""Logic of a file that was mended again and again in the last year, with its tests, changes without a test.

What it finds.
A change to the logic of a file of which at least 5 commits of the last year, and two of five of them all, mend a fault,
where at least half of those changed a test as well, and this change touches no test. The counts are the evidence.

Why it matters.
Faults gather where faults were. A test that comes with the change is what found them the other times.

When it stays silent.
When any test changes too; when fewer than three lines of code change, or none that decides or compares; when the change
calls itself a renaming, a refactoring, or about style, types, documents or builds; where no test that is still there
changed with the file before; where history is not known. At most two files are named.

How to fix.
Add a test of what changes, or say why none can show it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.finding import Confidence, Evidence, Finding, Severity
from checks.history.lines import is_program, is_read, replaced_in
from checks.history.past import commit_evidence
from checks.knowledge import Knowledge
from checks.static.engine_check import is_test, is_test_data
from kb.diff import FileDiff, Status
from kb.history.commits import CommitSource
from kb.history.fixes import is_about_behaviour, is_fix
from kb.history.past import History, PastCommit
from kb.view import shown

SLUG = "hot-file-without-test"
RULES = (
    Rule(
        SLUG,
        Severity.INFO,
        Confidence.LOW,
        finds="Finds changed logic without a test in a file that was mended often in the last year, tests with it.",
        why="Faults gather where faults were.",
        fix="Add a test of what changes.",
        silent=True,
    ),
)
YEAR = 365 * 86_400  # seconds
LEAST_FIXES = 5
LEAST_SHARE = 0.4  # of the commits to the file, those that mend a fault
LEAST_TESTED = 0.5  # of those, the ones that changed a test
LEAST_LINES = 3
MOST = 2
_DECIDES = re.compile(  # by the first word of a line: in the middle of one it may be prose
    r"(?:\}\s*)?(?:else\s+)?(?:if|elif|elsif|unless|while|until|for|switch|case|when|match|return|raise|throw|except"
    r"|rescue|catch|await|yield)\b.*[][(){}:;=<>.,]|.*(?:&&|\|\||[<>=!]=|\?\?)"
)


def _stock(number: int) -> dict[str, str]:
    lines = [f"    if left == {n}:\n        return {n}\n" for n in range(number)]
    return {
        "shop/stock.py": f"def take(left):\n{''.join(lines)}    return left\n",
        "tests/test_stock.py": f"N = {number}\n",
    }


_PAST = tuple(_stock(number) for number in range(7))
_SAID = tuple(f"Fix what is taken of {number}" for number in range(7))
_BEFORE = _stock(7)
_AFTER = {**_BEFORE, "shop/stock.py": _stock(9)["shop/stock.py"]}
EXAMPLES = (
    Example(
        "logic that was mended often changes without a test",
        history=_PAST,
        messages=_SAID,
        before=_BEFORE,
        after=_AFTER,
        fires=((SLUG, "shop/stock.py", 16),),
    ),
    Example("a test comes with it", history=_PAST, messages=_SAID, before=_BEFORE, after=_stock(9)),
    Example("the file was worked on and not mended", history=_PAST, before=_BEFORE, after=_AFTER),
    Example(
        "the change is about style",
        history=_PAST,
        messages=_SAID,
        before=_BEFORE,
        after=_AFTER,
        statement="Clean up the stock",
    ),
)


@dataclass(frozen=True)
class _Hot:
    """A file that was mended often: the commits to it within a year, the mending ones, and a test that came along."""

    file: FileDiff
    line: int
    commits: int
    fixes: tuple[PastCommit, ...]
    test: str


def covers(path: str) -> bool:
    """Return whether a file is a program's source."""
    return is_program(path)


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return at most two findings, the files that were mended most first; none where history is not known."""
    commits = knowledge.commits
    if knowledge.history is None or commits is None or any(is_test(file.path) for file in change.files):
        return Report()
    if not all(is_about_behaviour(statement.text) for statement in change.statements):
        return Report()
    lines = {file: _first_line(change, file) for file in change.files if is_read(file, knowledge.settings)}
    if not any(lines.values()):
        return Report()
    history = knowledge.history.history(change.base_id)
    found = [_hot(change, history, commits, file, line) for file, line in lines.items() if line]
    hot = sorted((one for one in found if one is not None), key=lambda one: (-len(one.fixes), one.file.path))
    return Report(tuple(_finding(one, commits) for one in hot[:MOST]))


def _first_line(change: Change, file: FileDiff) -> int:
    """Return the first head line of a change to a file's logic; 0 if there is none."""
    if file.status not in (Status.MODIFIED, Status.RENAMED):
        return 0
    replaced = replaced_in(change, file)
    come = [line for one in replaced for line in one.come]
    decides = any(_DECIDES.match(line.text) for one in replaced for line in (*one.come, *one.gone))
    return come[0].number if decides and len(come) >= LEAST_LINES else 0


def _hot(change: Change, history: History, commits: CommitSource, file: FileDiff, line: int) -> _Hot | None:
    since = history.known.newest - YEAR
    recent = [one for one in history.commits_to(file.old_path) if one.at >= since and not one.is_sweep]
    if len(recent) < LEAST_FIXES:
        return None
    fixes = tuple(one for one in recent if is_fix(commits.message(one.oid)))
    tests = [_tests_of(one) for one in fixes]
    is_often = len(fixes) >= LEAST_FIXES and len(fixes) >= LEAST_SHARE * len(recent)
    if not is_often or sum(map(bool, tests)) < LEAST_TESTED * len(fixes):
        return None
    there = Counter(path for paths in tests for path in paths if path in change.head.entries)
    test = min(there, key=lambda path: (-there[path], path), default="")
    return _Hot(file, line, len(recent), fixes, test) if test else None


def _tests_of(commit: PastCommit) -> Sequence[str]:
    return [path for path in commit.paths if is_test(path) and not is_test_data(path)]


def _finding(hot: _Hot, commits: CommitSource) -> Finding:
    path, newest = hot.file.path, hot.fixes[0]
    counted = f"{len(hot.fixes)} of the {hot.commits} commits to it within a year mend a fault"
    return Finding(
        check=SLUG,
        slug=SLUG,
        severity=RULES[0].severity,
        confidence=RULES[0].confidence,
        path=path,
        line=hot.line,
        end_line=hot.line,
        message=f"Logic changes here without a test, and {counted}.",
        text=path,
        evidence=(
            commit_evidence(newest, commits.message(newest.oid), hot.file.old_path, 1),
            Evidence("related", hot.test, 1, shown(f"{hot.test} changed with such commits")),
        ),
        silent=RULES[0].silent,
    )
