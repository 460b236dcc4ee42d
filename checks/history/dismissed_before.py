"""The change adds code that a finding was about which somebody dismissed here.

What it finds.
Lines that the change adds and that are equal to the code of a finding that a maintainer dismissed in this repository,
in the same file. Who dismissed it, when, and why, is the evidence.

Why it matters.
It is the record of a decision that still decides: a finding like that one is held back here, and `prudent history` can
say why. It tells the author nothing to do, so it is recorded and not posted.

When it stays silent.
When the code is in another file, or was there before the change; when it is too short to be told from other code; when
the dismissal has expired or was taken back; where nothing is remembered.

How to fix.
Nothing is wrong. If the decision no longer holds, `prudent memory forget` takes it back.
"""

from __future__ import annotations

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.finding import Confidence, Evidence, Finding, Severity
from checks.history.lines import Line, is_program
from checks.history.past import day_of, plain_subject
from checks.history.texts import added_in
from checks.knowledge import Knowledge
from kb.memory.model import Fate, Lesson, Recollection, Signal

SLUG = "dismissed-before"
RULES = (
    Rule(
        SLUG,
        Severity.INFO,
        Confidence.HIGH,
        finds="Records that added code equals code of which a finding was dismissed here.",
        why="A finding like that one is held back, and this says by whose decision.",
        fix="Nothing: take the decision back if it no longer holds.",
        silent=True,
    ),
)


def _lesson(fate: Fate, path: str = "shop/load.py") -> Recollection:
    lesson = Lesson(
        id=1,
        repository="shop",
        fingerprint="0123456789abcdef",
        about="0123456789abcdef",
        check="ruff",
        slug="broad-except",
        severity="warn",
        path=path,
        symbol="load",
        text="Every error is swallowed.",
        code="except Exception: return fallback_of(path)",
        fate=fate,
        signal=Signal.DISMISSED,
        by="ada",
        by_id=7,
        subject="pull/12",
        evidence="pull/12 at 1a2b3c4",
        reason="loading must never fail",
        at=1_767_000_000.0,
        expires=1_900_000_000.0,
    )
    return Recollection("shop", "none", lessons=(lesson,), now=1_767_225_600.0)


_BEFORE = {"shop/load.py": "def load(path):\n    return read(path)\n"}
_AFTER = {
    "shop/load.py": (
        "def load(path):\n    try:\n        return read(path)\n    except Exception: return fallback_of(path)\n"
    )
}
EXAMPLES = (
    Example(
        "code of which a finding was dismissed",
        before=_BEFORE,
        after=_AFTER,
        memory=lambda ids: _lesson(Fate.DISMISSED),
        fires=((SLUG, "shop/load.py", 4),),
    ),
    Example("the finding was accepted", before=_BEFORE, after=_AFTER, memory=lambda ids: _lesson(Fate.ACCEPTED)),
    Example(
        "it was in another file",
        before=_BEFORE,
        after=_AFTER,
        memory=lambda ids: _lesson(Fate.DISMISSED, "shop/save.py"),
    ),
    Example("nothing is remembered", before=_BEFORE, after=_AFTER),
)
MOST = 5


def covers(path: str) -> bool:
    """Return whether a file is a program's source."""
    return is_program(path)


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return at most five records, one per thing that was dismissed; none where nothing is remembered."""
    memory = knowledge.memory()
    if memory is None:
        return Report()
    newest = sorted(memory.lessons, key=lambda lesson: (-lesson.at, lesson.id))
    dismissed = [one for one in newest if one.fate is Fate.DISMISSED and one.expires > memory.now and not one.forgotten]
    found: dict[str, Finding] = {}
    for added in added_in(change, knowledge.settings) if dismissed else ():
        for lesson in dismissed:
            if lesson.path in (added.file.path, added.file.old_path) and lesson.about not in found:
                for lines in added.places_of(lesson.code):
                    found[lesson.about] = _finding(added.file.path, lines, lesson)
                    break
    return Report(tuple(found.values())[:MOST])


def _finding(path: str, lines: tuple[Line, ...], lesson: Lesson) -> Finding:
    reason = f", who said: {plain_subject(lesson.reason)}" if lesson.reason else ""
    where = f" ({plain_subject(lesson.evidence)})" if lesson.evidence else ""
    by = plain_subject(lesson.by) or "somebody"
    return Finding(
        check=SLUG,
        slug=SLUG,
        severity=RULES[0].severity,
        confidence=RULES[0].confidence,
        path=path,
        line=lines[0].number,
        end_line=lines[-1].number,
        message=f"A finding of {lesson.slug} about this code was dismissed here before.",
        text="\n".join(line.text for line in lines),
        symbol=lesson.symbol,
        evidence=(
            Evidence("memory", path, lines[0].number, f"on {day_of(lesson.at)} by {by}{where}{reason}"),
            Evidence("memory", path, lines[0].number, f"it said: {plain_subject(lesson.text)}"),
        ),
        silent=RULES[0].silent,
    )
