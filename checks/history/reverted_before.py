"""What a revert took out comes in again.

What it finds.
A change that adds at least 80 % of the lines that an earlier commit took out, when that commit says that it reverts
another. Both commits are the evidence.

Why it matters.
Somebody had a reason to take it out. If nobody remembers it, it will be found a second time, by users.

When it stays silent.
When the change says itself that it brings something back; when the lines are still in the change's base, or are moved;
where a revert took out little, or nothing but tests, documents, data, comments and imports; for reverts of reverts and
for those that touched many files; where history is not known or git does not answer in time.

How to fix.
Read why it was reverted. Say in the change what is different this time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.finding import Confidence, Evidence, Finding, Severity
from checks.history.lines import Line, code_of, is_program, is_read, only, replaced_in, weight_of
from checks.history.past import commit_evidence, commits_that, plain_subject, takes_back
from checks.knowledge import Knowledge
from kb.diff import FileDiff
from kb.history.commits import CommitSource, PastHunk
from kb.history.past import PastCommit
from kb.history.reverts import Reverted, reverted_in

SLUG = "reverted-before"
RULES = (
    Rule(
        SLUG,
        Severity.INFO,
        Confidence.MEDIUM,
        finds="Finds code that a revert took out and that the change adds again.",
        why="Somebody had a reason to take it out, and may have it still.",
        fix="Read why it was reverted, and say what is different this time.",
    ),
)
_PLAIN = "def load(path):\n    return read(path)\n"
_CACHED = """\
SEEN = {}


def load(path):
    if path not in SEEN:
        SEEN[path] = read(path)
    return SEEN[path]
"""
_PAST = ({"shop/load.py": _PLAIN}, {"shop/load.py": _CACHED}, {"shop/load.py": _PLAIN})
_SAID = ("Load files", "Keep what was loaded", 'Revert "Keep what was loaded"\n\nFiles change while we run.')
EXAMPLES = (
    Example(
        "what was reverted is added again",
        history=_PAST,
        messages=_SAID,
        before={"shop/load.py": _PLAIN, "shop/tax.py": "RATE = 7\n"},
        after={"shop/load.py": _CACHED, "shop/tax.py": "RATE = 7\n"},
        statement="Load files once",
        fires=((SLUG, "shop/load.py", 1),),
    ),
    Example(
        "the change says that it brings it back",
        history=_PAST,
        messages=_SAID,
        before={"shop/load.py": _PLAIN, "shop/tax.py": "RATE = 7\n"},
        after={"shop/load.py": _CACHED, "shop/tax.py": "RATE = 7\n"},
        statement='Reapply "Keep what was loaded": files are locked now',
    ),
    Example(
        "it is done another way",
        history=_PAST,
        messages=_SAID,
        before={"shop/load.py": _PLAIN, "shop/tax.py": "RATE = 7\n"},
        after={"shop/load.py": f"from functools import cache\n\n\n@cache\n{_PLAIN}", "shop/tax.py": "RATE = 7\n"},
    ),
    Example(
        "what went was no revert",
        history=_PAST,
        messages=(*_SAID[:2], "Load files anew each time"),
        before={"shop/load.py": _PLAIN, "shop/tax.py": "RATE = 7\n"},
        after={"shop/load.py": _CACHED, "shop/tax.py": "RATE = 7\n"},
    ),
)
SHARE = 0.8
LEAST_LINES, LEAST_WEIGHT = 2, 40
MOST_FILES = 200
MOST_QUOTED = 3
_FULL = (40, 64)  # digits of an id


@dataclass(frozen=True)
class _Again:
    """A revert whose lines come again: how many it took out, and where they stand at head."""

    revert: PastCommit
    took: int
    places: tuple[tuple[FileDiff, Line], ...]


def covers(path: str) -> bool:
    """Return whether a file is a program's source."""
    return is_program(path)


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return a finding for each revert whose lines come again; none where history is not known."""
    commits = knowledge.commits
    if knowledge.history is None or commits is None or takes_back(change):
        return Report()
    files = [file for file in change.files if is_read(file, knowledge.settings)]
    if not any(file.added for file in files) or len(files) > MOST_FILES:
        return Report()
    history = knowledge.history.history(change.base_id)
    reverts = commits_that(lambda text: reverted_in(text) is not None, history, commits, files)
    did = commits.patches([one.oid for one in reverts], {path for one in reverts for path in one.paths})
    if not did:
        return Report()
    come = _come(change, files)
    found = [_again(revert, did.get(revert.oid, ()), come) for revert in reverts]
    return Report(tuple(_finding(change, commits, one) for one in _apart([one for one in found if one is not None])))


def _come(change: Change, files: Sequence[FileDiff]) -> list[tuple[FileDiff, Line]]:
    """Return the lines of code that the change adds and does not take away elsewhere."""
    replaced = [(file, one) for file in files for one in replaced_in(change, file)]
    gone = Counter(line.text for _, one in replaced for line in one.gone)
    kept = []
    for file, one in replaced:
        for line in one.come:
            if gone[line.text]:
                gone[line.text] -= 1
            else:
                kept.append((file, line))
    return kept


def _again(revert: PastCommit, hunks: Sequence[PastHunk], come: Sequence[tuple[FileDiff, Line]]) -> _Again | None:
    """Return a revert if the change adds enough of what it took out."""
    own = [hunk for hunk in hunks if is_program(hunk.path)]
    took = only(
        [line for hunk in own for line in code_of(hunk.old)], [line for hunk in own for line in code_of(hunk.new)]
    )
    if len(took) < LEAST_LINES or weight_of(took) < LEAST_WEIGHT:
        return None
    left = Counter(took)
    places = []
    for file, line in come:
        if left[line.text]:
            left[line.text] -= 1
            places.append((file, line))
    return _Again(revert, len(took), tuple(places)) if len(places) >= SHARE * len(took) else None


def _apart(found: Sequence[_Again]) -> list[_Again]:
    """Return what was found without what stands at the same place: what was reverted twice is told once."""
    told: dict[tuple[str, int], _Again] = {}
    for one in found:
        file, line = one.places[0]
        told.setdefault((file.path, line.number), one)
    return list(told.values())


def _finding(change: Change, commits: CommitSource, again: _Again) -> Finding:
    from kb.syntax.symbols import enclosing_symbol  # lazily: loads the grammars

    file, first = again.places[0]
    here = [line for other, line in again.places if other is file]
    message = commits.message(again.revert.oid)
    what = reverted_in(message)
    quoted = [Evidence("quote", file.path, line.number, line.text[:200]) for line in here[:MOST_QUOTED]]
    evidence = (
        commit_evidence(again.revert, message, file.old_path, 1),
        *_original(commits, what, file.old_path),
        *quoted,
    )
    return Finding(
        check=SLUG,
        slug=SLUG,
        severity=RULES[0].severity,
        confidence=RULES[0].confidence,
        path=file.path,
        line=first.number,
        end_line=first.number,
        message=(
            f"{len(again.places)} of the {again.took} lines that the revert {again.revert.oid[:12]} took out"
            " are added again."
        ),
        text="\n".join(line.text for line in here),
        symbol=enclosing_symbol(change.source(file.path), first.number),
        evidence=evidence,
        silent=RULES[0].silent,
    )


def _original(commits: CommitSource, what: Reverted | None, path: str) -> tuple[Evidence, ...]:
    """Return the commit that was reverted as evidence, as far as the revert names it."""
    if what is None or not (what.oid or what.subject):
        return ()
    known = commits.message(what.oid) if len(what.oid) in _FULL else ""
    said = ": ".join(part for part in (what.oid[:12], plain_subject(known or what.subject)) if part)
    return (Evidence("commit", path, 1, f"it took back {said}"),)
