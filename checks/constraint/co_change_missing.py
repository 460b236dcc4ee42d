"""A file that nearly always changed together with one that the change touches, and is left alone this time.

What it finds.
Two files that changed in the same commit in at least 80 % of at least 8 commits to the first, up to the newest
ones, where the change touches the first and not the second. What the commits say is the evidence.

Why it matters.
Such files depend on each other in a way that no import shows: a table and its documentation, two sides of a
protocol, code and the file that registers it. The half that is forgotten fails later.

When it stays silent.
When the first file is a test or a document, which change for reasons of their own, or only its comments or blanks
did; when the second file is gone, or is a lock file, a changelog, a version or otherwise written by habit or tools;
for changes that sweep over many files; where the habit has ended; where history is not known. At most two are named.

How to fix.
Look whether the other file needs the same change. If it does not, nothing is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.finding import Confidence, Evidence, Finding, Severity, Side
from checks.knowledge import Knowledge
from checks.scope import PROSE
from checks.settings import Settings
from checks.static.changed_lines import source_of
from checks.static.engine_check import is_test, is_test_data
from kb.diff import FileDiff, Status
from kb.history.model import MOST_TOGETHER, CoChange
from kb.history.past import History
from kb.source import Source
from kb.view import shown

SLUG = "co-change-missing"
RULES = (
    Rule(
        SLUG,
        Severity.INFO,
        Confidence.MEDIUM,
        finds="Finds a file that nearly always changed together with a changed one, and does not this time.",
        why="Such files depend on each other in a way that no import shows.",
        fix="Look whether the other file needs the same change.",
    ),
)


def _both(number: int) -> dict[str, str]:
    return {"shop/codes.py": f"LAST = {number}\n", "docs/codes.txt": f"The last code is {number}.\n"}


_PAST = tuple(_both(number) for number in range(9))
_BEFORE = _both(9)
_ALONE = {**_BEFORE, "shop/codes.py": "LAST = 10\n"}
EXAMPLES = (
    Example(
        "the file that goes with it is left alone",
        history=_PAST,
        before=_BEFORE,
        after=_ALONE,
        fires=((SLUG, "shop/codes.py", 1),),
    ),
    Example("both change", history=_PAST, before=_BEFORE, after=_both(10)),
    Example(
        "only a comment changes",
        history=_PAST,
        before=_BEFORE,
        after={**_BEFORE, "shop/codes.py": "# The newest.\nLAST = 9\n"},
    ),
    Example("seven times is no habit", history=_PAST[:6], before=_BEFORE, after=_ALONE),
    Example(
        "the habit has ended",
        history=(*_PAST, *({**_both(8), "shop/codes.py": f"LAST = 8.{number}\n"} for number in (1, 2))),
        before={**_both(8), "shop/codes.py": "LAST = 8.3\n"},
        after={**_both(8), "shop/codes.py": "LAST = 8.4\n"},
    ),
)

LEAST = 8
SHARE = 0.8
MOST = 2
_RECENT, _RECENT_LEAST = 5, 4  # of the newest commits to the first file, so many touched the second
_WRITTEN_BY_HABIT = re.compile(
    r"(?:^|/)(?:change(?:s|log)|news|history|release|version|authors|contributors|credits|thanks|todo|roadmap|readme)[^/]*$"
    r"|(?:^|/)(?:changes|changelogs?|news|newsfragments|releases?|\.changeset)/"
    r"|(?:^|[/_.-])(?:lock|lockfile|version|versions|_version|about|__about__|bumpversion|release|shrinkwrap)(?:[._-][^/]*)?$"
    r"|\.(?:lock|sum|snap|map|svg|png|po|pot|mo|min\.\w+)$"
    r"|(?:^|/)(?:package|composer|bower|lerna|manifest)\.json$|(?:^|/)(?:pyproject|Cargo)\.toml$|(?:^|/)setup\.(?:py|cfg)$"
    r"|(?:^|/)(?:go\.mod|pom\.xml|build\.gradle[^/]*|gradle\.properties|DESCRIPTION|[^/]*\.(?:gemspec|podspec|nuspec|csproj|spec))$"
    r"|(?:^|/)(?:requirements[^/]*\.(?:txt|in)|\.pre-commit-config\.yaml|\.github/(?:workflows|actions)/[^/]*)$",
    re.IGNORECASE,
)


def covers(path: str) -> bool:
    """Return whether changes to a file are made by hand, one at a time."""
    return not _WRITTEN_BY_HABIT.search(path) and not is_test_data(path)


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return at most two findings, the surest habits first; none where history is not known."""
    if knowledge.history is None or len(change.files) > MOST_TOGETHER:
        return Report()
    touched = [file for file in change.files if _counts(change, file)]
    if not touched:
        return Report()
    history = knowledge.history.history(change.base_id)
    left = [(file, pair) for file in touched for pair in _left_alone(change, knowledge.settings, history, file)]
    left.sort(key=lambda found: (-found[1].confidence, -found[1].together, found[0].path, found[1].other))
    chosen: dict[str, tuple[FileDiff, CoChange]] = {}
    for file, pair in left:
        chosen.setdefault(pair.other, (file, pair))
    said = list(chosen.values())[:MOST]
    return Report(tuple(_finding(history, file, pair) for file, pair in said))


def _counts(change: Change, file: FileDiff) -> bool:
    """Return whether a file's code changed, and not only its name, its comments or its blanks."""
    if file.status not in (Status.MODIFIED, Status.RENAMED) or not file.hunks or not covers(file.path):
        return False
    if is_test(file.path) or PurePosixPath(file.path).suffix.lower() in PROSE:
        return False
    before, after = source_of(change, file, Side.LEFT), source_of(change, file, Side.RIGHT)
    return before is not None and after is not None and _code_of(before) != _code_of(after)


def _code_of(source: Source) -> bytes:
    """Return a text without its comments and blanks."""
    from kb.syntax.comments import comment_spans  # lazily: loads the grammars

    kept, at = [], 0
    for span in comment_spans(source):
        kept.append(source.data[at : span.start])
        at = max(at, span.end)
    kept.append(source.data[at:])
    return b"".join(b"".join(kept).split())


def _left_alone(change: Change, settings: Settings, history: History, file: FileDiff) -> Iterator[CoChange]:
    for pair in history.together(file.old_path, LEAST, SHARE):
        before, after = change.base.entries.get(pair.other), change.head.entries.get(pair.other)
        is_there = before is not None and after is not None and after.is_file and before.oid == after.oid
        is_by_hand = covers(pair.other) and not settings.is_generated(pair.other)
        if is_there and is_by_hand and not settings.is_ignored(pair.other) and _is_habit(history, pair):
            yield pair


def _is_habit(history: History, pair: CoChange) -> bool:
    """Return whether the newest commits to the first file still touched the second."""
    newest = [commit for commit in history.commits_to(pair.path) if not commit.is_sweep][:_RECENT]
    return pair.other in newest[0].paths and sum(pair.other in commit.paths for commit in newest) >= _RECENT_LEAST


def _finding(history: History, file: FileDiff, pair: CoChange) -> Finding:
    counted = f"{pair.together} of {pair.of} commits"
    line = min(file.added, default=1)
    known = f"changed together in {counted}, last {pair.last[:12]}; {history.known} are known"
    return Finding(
        check=SLUG,
        slug=SLUG,
        severity=RULES[0].severity,
        confidence=RULES[0].confidence,
        path=file.path,
        line=line,
        end_line=line,
        message=shown(f"`{pair.other}` changed in {counted} that changed this file, and is left alone here."),
        text=pair.other,
        evidence=(Evidence("history", pair.other, 1, known),),
        silent=RULES[0].silent,
    )
