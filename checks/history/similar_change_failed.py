"""The change is like an earlier one that was given up or taken back.

What it finds.
An earlier change to nearly the same files, weighed by how rarely each is touched, that was closed without being merged,
or was merged and reverted, where no change that went well is as near. What the earlier review said is the evidence.

Why it matters.
What stopped the first attempt may stop this one, and its discussion says what it was.

When it stays silent.
When the two have fewer than two of a program's files in common, or less than 80 % of their weight; when a change that
was merged and kept is as near; for changes that sweep over many files; where nothing or no history is remembered.

How to fix.
Read how the earlier change ended before this one goes the same way.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.finding import Confidence, Evidence, Finding, Severity
from checks.history.lines import is_program
from checks.history.past import day_of, plain_subject
from checks.knowledge import Knowledge
from kb.history.model import MOST_TOGETHER
from kb.history.past import History
from kb.memory.model import Earlier, Recollection

SLUG = "similar-change-failed"
RULES = (
    Rule(
        SLUG,
        Severity.INFO,
        Confidence.LOW,
        finds="Finds an earlier change to the same files that was closed or reverted.",
        why="What stopped the first attempt may stop this one.",
        fix="Read how the earlier change ended.",
        silent=True,
    ),
)
NEAR = 0.8  # of the weight of all files of both changes, what they have in common
LEAST_FILES = 2
FAILED = {"closed": "was closed without being merged", "reverted": "was merged and reverted"}
_PATHS = ("shop/cache.py", "shop/load.py")


def _recalled(*ended: str) -> Recollection:
    earlier = tuple(
        Earlier(n, f"pull/{n}", "1" * 40, "comment", "1 warning in 2 files.", 1_767_000_000.0, _PATHS, (), how)
        for n, how in enumerate(ended, 1)
    )
    return Recollection("shop", "none", elsewhere=earlier, now=1_767_225_600.0)


_BEFORE = dict.fromkeys((*_PATHS, "shop/tax.py"), "x = 1\n")
_AFTER = {**_BEFORE, **dict.fromkeys(_PATHS, "x = 2\n")}
EXAMPLES = (
    Example(
        "the same files, and it was closed",
        before=_BEFORE,
        after=_AFTER,
        memory=lambda ids: _recalled("closed"),
        fires=((SLUG, "shop/cache.py", 1),),
    ),
    Example(
        "one that went well is as near", before=_BEFORE, after=_AFTER, memory=lambda ids: _recalled("closed", "merged")
    ),
    Example(
        "one file in common",
        before=_BEFORE,
        after={**_BEFORE, "shop/cache.py": "x = 2\n", "shop/tax.py": "x = 2\n"},
        memory=lambda ids: _recalled("reverted"),
    ),
    Example("nothing is remembered", before=_BEFORE, after=_AFTER),
)


def covers(path: str) -> bool:
    """Return whether a file is a program's source."""
    return is_program(path)


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return one finding about the nearest earlier change, if that failed; none where nothing is remembered."""
    memory = knowledge.memory()
    if memory is None or knowledge.history is None or not 0 < len(change.files) <= MOST_TOGETHER:
        return Report()
    own = {path for file in change.files for path in (file.path, file.old_path)}
    ended = [one for one in memory.elsewhere if one.ended in (*FAILED, "merged") and _in_common(own, one)]
    if not any(one.ended in FAILED for one in ended):
        return Report()
    history = knowledge.history.history(change.base_id)
    nearest = nearest_of({file.path for file in change.files}, ended, history)
    if nearest is None or nearest[0].ended not in FAILED:
        return Report()
    return Report((_finding(change, *nearest),))


def nearest_of(paths: Collection[str], ended: Sequence[Earlier], history: History) -> tuple[Earlier, float] | None:
    """Return the earlier change that is most like one of these files, and how like (0..1); None if none is near.

    Likeness is what two sets of files have in common, each file weighing less the more commits touched it. Of equals a
    change that went well comes first, then the newest.
    """
    scored = [(_likeness(paths, one.paths, history), one) for one in ended]
    near = [(score, one) for score, one in scored if score >= NEAR]
    if not near:
        return None
    score, one = min(near, key=lambda pair: (-round(pair[0], 2), pair[1].ended in FAILED, -pair[1].at, pair[1].audit))
    return one, score


def _in_common(own: Collection[str], earlier: Earlier) -> bool:
    return (
        len(earlier.paths) <= MOST_TOGETHER
        and sum(path in own and is_program(path) for path in earlier.paths) >= LEAST_FILES
    )


def _likeness(paths: Collection[str], others: Collection[str], history: History) -> float:
    both = {path: _weight(path, history) for path in {*paths, *others}}
    common = sum(weight for path, weight in sorted(both.items()) if path in paths and path in others)
    return common / sum(weight for _, weight in sorted(both.items()))


def _weight(path: str, history: History) -> float:
    return 1.0 / math.log2(2 + sum(1 for _ in history.commits_to(path)))


def _finding(change: Change, earlier: Earlier, score: float) -> Finding:
    common = sorted(path for path in earlier.paths if path in change.by_path and is_program(path))
    path = common[0] if common else change.files[0].path
    line = min(change.by_path[path].added, default=1)
    subject = plain_subject(earlier.subject)
    said = f"{earlier.overall} on {earlier.head[:12]} of {day_of(earlier.at)}: {plain_subject(earlier.one_liner)}"
    standing = tuple(
        Evidence("memory", where, 1, f"it had open: {plain_subject(message)} ({slug})")
        for _, slug, where, message in earlier.standing[:3]
    )
    return Finding(
        check=SLUG,
        slug=SLUG,
        severity=RULES[0].severity,
        confidence=RULES[0].confidence,
        path=path,
        line=line,
        end_line=line,
        message=f"An earlier change to these files, {subject}, {FAILED[earlier.ended]} ({score:.0%} alike).",
        text=subject,
        evidence=(Evidence("verdict", path, line, f"{subject}: {said}"), *standing),
        silent=RULES[0].silent,
    )
