"""The change adds a text that one of our own models wrote once and that turned out to be wrong.

What it finds.
Lines that the change adds and that are equal, line by line, to a patch of ours that failed its proof or that people
refused in this repository. How it failed, how often, and where is the evidence.

Why it matters.
A wrong suggestion that is committed all the same, or that another model writes again, is a fault with our name on it.

When it stays silent.
When a line differs; when the text was in the file before; when it is too short to be told from other code; for claims
that were refuted, for there the code was right; where nothing is remembered.

How to fix.
Read how it failed before, and whether that holds here.
"""

from __future__ import annotations

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.finding import Confidence, Evidence, Finding, Severity
from checks.history.lines import Line, is_program
from checks.history.past import day_of, plain_subject
from checks.history.texts import added_in
from checks.knowledge import Knowledge
from kb.memory.model import Mistake, MistakeKind, Recollection

SLUG = "model-mistake-seen-before"
RULES = (
    Rule(
        SLUG,
        Severity.INFO,
        Confidence.MEDIUM,
        finds="Finds added code that equals a patch of our own models that was wrong.",
        why="A wrong suggestion that is committed all the same is a fault with our name on it.",
        fix="Read how it failed before, and whether that holds here.",
        silent=True,
    ),
)
_PATTERN = "    total = sum(item.price for item in basket.items)\n    return total / len(basket.items)\n"


def _mistake(kind: MistakeKind) -> Recollection:
    mistake = Mistake(
        id=1,
        repository="shop",
        kind=kind,
        slug="undefined-name",
        pattern=_PATTERN,
        why="refused by people",
        times=2,
        at=1_767_000_000.0,
        used=0.0,
        example="pull/12 at 1a2b3c4",
    )
    return Recollection("shop", "none", mistakes=(mistake,), now=1_767_225_600.0)


_BEFORE = {"shop/mean.py": "def mean(basket):\n    return 0\n"}
_AFTER = {"shop/mean.py": f"def mean(basket):\n{_PATTERN}"}
EXAMPLES = (
    Example(
        "a patch that people refused is there",
        before=_BEFORE,
        after=_AFTER,
        memory=lambda ids: _mistake(MistakeKind.PATCH),
        fires=((SLUG, "shop/mean.py", 2),),
    ),
    Example(
        "a claim about such code was refuted",
        before=_BEFORE,
        after=_AFTER,
        memory=lambda ids: _mistake(MistakeKind.CLAIM),
    ),
    Example(
        "a line differs",
        before=_BEFORE,
        after={"shop/mean.py": _AFTER["shop/mean.py"].replace("len(basket.items)", "max(len(basket.items), 1)")},
        memory=lambda ids: _mistake(MistakeKind.PATCH),
    ),
    Example("nothing is remembered", before=_BEFORE, after=_AFTER),
)
MOST = 5


def covers(path: str) -> bool:
    """Return whether a file is a program's source."""
    return is_program(path)


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return at most five findings, one per mistake; none where nothing is remembered."""
    memory = knowledge.memory()
    if memory is None:
        return Report()
    patches = [one for one in memory.mistakes if one.kind is MistakeKind.PATCH]
    found: dict[int, Finding] = {}
    for added in added_in(change, knowledge.settings) if patches else ():
        for mistake in sorted(patches, key=lambda one: (-one.at, one.id)):
            if mistake.id not in found:
                for lines in added.places_of(mistake.pattern):
                    found[mistake.id] = _finding(added.file.path, lines, mistake)
                    break
    return Report(tuple(found.values())[:MOST])


def _finding(path: str, lines: tuple[Line, ...], mistake: Mistake) -> Finding:
    times = "once" if mistake.times == 1 else f"{mistake.times} times"
    where = f" ({plain_subject(mistake.example)})" if mistake.example else ""
    return Finding(
        check=SLUG,
        slug=SLUG,
        severity=RULES[0].severity,
        confidence=RULES[0].confidence,
        path=path,
        line=lines[0].number,
        end_line=lines[-1].number,
        message="This equals a patch that one of our own models wrote and that was wrong.",
        text="\n".join(line.text for line in lines),
        evidence=(
            Evidence(
                "memory",
                path,
                lines[0].number,
                f"{plain_subject(mistake.why)}, seen {times}, last on {day_of(mistake.at)}{where}",
            ),
        ),
        silent=RULES[0].silent,
    )
