"""What an earlier review of this line of work found still stands, and nobody looks at it this time.

What it finds.
A finding of an earlier review of the same branch that was open when it was last looked at, whose file is byte for byte
as it was then, and which no check of this run looks for: it came with a report that is not given this time, or from a
reader that did not run. The earlier verdict is the evidence.

Why it matters.
A finding does not go away because nobody looks. Without this a shorter run would seem to be a cleaner change.

When it stays silent.
When the file changed since, or git no longer has the earlier head; when a check of this run looks for such findings,
whatever it says; when the finding was dismissed or fixed; where nothing is remembered. On a pull request it is recorded
only: the thread stands there already.

How to fix.
See to the earlier finding, or dismiss it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.finding import Confidence, Evidence, Finding, Severity
from checks.history.past import day_of, plain_subject
from checks.knowledge import Knowledge
from kb.history.commits import CommitSource
from kb.memory.model import Earlier, Recollection
from kb.view import shown

SLUG = "verdict-on-earlier-head"
RULES = (
    Rule(
        SLUG,
        Severity.INFO,
        Confidence.MEDIUM,
        finds="Finds what an earlier review found, still stands untouched, and is not looked for this time.",
        why="A finding does not go away because nobody looks.",
        fix="See to the earlier finding, or dismiss it.",
    ),
)
REPORTED = "sarif-"  # slugs of findings that other tools' reports bring
PULL = "pull/"
MOST = 10


def _recalled(slug: str) -> Callable[[Sequence[str]], Recollection]:
    def recollection(ids: Sequence[str]) -> Recollection:
        told = ("0123456789abcdef", slug, "shop/load.py", "The path comes from a request.")
        earlier = Earlier(
            1, "topic", ids[0], "comment", "1 warning in 1 file.", 1_767_000_000.0, ("shop/load.py",), (told,)
        )
        return Recollection("shop", "none", here=(earlier,), now=1_767_225_600.0)

    return recollection


_OLD = {"shop/load.py": "def load(path):\n    return path\n"}
_THEN = {"shop/load.py": "def load(path):\n    return open(path)\n"}
_SINCE = {"shop/load.py": "def load(path):\n    return open(path, 'rb')\n"}
EXAMPLES = (
    Example(
        "a report found it, and is not given this time",
        history=(_THEN,),
        before=_OLD,
        after=_THEN,
        memory=_recalled("sarif-codeql-path-injection"),
        fires=((SLUG, "shop/load.py", 2),),
    ),
    Example(
        "the file changed since",
        history=(_THEN,),
        before=_OLD,
        after=_SINCE,
        memory=_recalled("sarif-codeql-path-injection"),
    ),
    Example(
        "a check of this run looks for it", history=(_THEN,), before=_OLD, after=_THEN, memory=_recalled("ruff-logic")
    ),
    Example("nothing is remembered", history=(_THEN,), before=_OLD, after=_THEN),
)


def covers(path: str) -> bool:
    """Return True: an earlier finding may be in any file."""
    return True


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return what stands and surely is not looked for: findings of reports, where none is given."""
    memory = knowledge.memory()
    if memory is None or knowledge.commits is None or knowledge.sarif:
        return Report()
    return Report(left_open(change, memory, knowledge.commits, lambda slug: not slug.startswith(REPORTED)))


def left_open(
    change: Change,
    memory: Recollection,
    commits: CommitSource,
    is_looked_for: Callable[[str], bool],
    told: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Return findings for what stands of earlier reviews, is untouched, and was not looked for.

    `is_looked_for` says of a slug whether something that reports it ran to its end in this run; `told` are the
    fingerprints of this run's own findings.
    """
    found: dict[str, Finding] = {}
    for earlier in memory.here:
        for fingerprint, slug, path, message in earlier.standing:
            if fingerprint in found or fingerprint in told or slug == SLUG or is_looked_for(slug):
                continue
            if _is_untouched(change, commits, earlier.head, path):
                found[fingerprint] = _finding(change, earlier, slug, path, message)
    return tuple(found.values())[:MOST]


def _is_untouched(change: Change, commits: CommitSource, head: str, path: str) -> bool:
    """Return whether a changed file is as it was at an earlier head."""
    file = change.by_path.get(path)
    if file is None or file.new is None:
        return False
    return commits.blob(head, path) == file.new.oid


def _finding(change: Change, earlier: Earlier, slug: str, path: str, message: str) -> Finding:
    line = min(change.by_path[path].added, default=1)
    said = f"{earlier.overall} on {earlier.head[:12]} of {day_of(earlier.at)}: {plain_subject(earlier.one_liner)}"
    return Finding(
        check=SLUG,
        slug=SLUG,
        severity=RULES[0].severity,
        confidence=RULES[0].confidence,
        path=path,
        line=line,
        end_line=line,
        message=f"Open since an earlier review, not looked for this time ({shown(slug)}): {message}",
        text=f"{slug} {message}",
        evidence=(Evidence("verdict", path, line, said),),
        silent=RULES[0].silent or earlier.subject.startswith(PULL),
    )
