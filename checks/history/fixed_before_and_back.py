"""Lines that a fix replaced come back, and the lines of the fix go.

What it finds.
A hunk that takes away the lines that an earlier commit brought, when that commit says that it mends a fault, and puts
back the lines that it replaced. Blame says that the lines are that commit's; it is the evidence.

Why it matters.
A fault that was mended once is there again: a merge taken the wrong way, an old copy of the file, a rewrite by
somebody who did not know why the lines looked as they did.

When it stays silent.
When the change only takes the fix's lines away, or puts other lines there as well; when it brings back a part of them;
when it says itself that it takes something back; where a test that came with the fix keeps its lines, for that would
fail; for tests, documents and data, and for lines too short to be told from others; where the earlier commit touched
many files, or mended spelling, style, types, builds or tests; where history is not known, or git does not answer.

How to fix.
Read the earlier commit. If its reason still holds, keep its lines; if not, say so in the change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from checks.change import Change
from checks.check import Example, Report, Rule
from checks.finding import Confidence, Evidence, Finding, Severity
from checks.history.lines import (
    LEAST_WEIGHT,
    Replaced,
    code_of,
    is_program,
    is_read,
    only,
    places_of,
    replaced_in,
    weight_of,
)
from checks.history.past import commit_evidence, commits_that, takes_back
from checks.knowledge import Knowledge
from checks.static.engine_check import is_test
from kb.diff import FileDiff
from kb.history.blame import ranges_of
from kb.history.commits import CommitSource, PastHunk
from kb.history.fixes import is_fix
from kb.history.model import LONGEST
from kb.history.past import PastCommit

SLUG = "fixed-before-and-back"
RULES = (
    Rule(
        SLUG,
        Severity.INFO,
        Confidence.MEDIUM,
        finds="Finds lines that a fix replaced and that the change brings back in place of the fix.",
        why="A fault that was mended once is there again.",
        fix="Read the earlier commit, and keep its lines if its reason still holds.",
    ),
)
_FAULTY = """\
def total(prices, count):
    mean = sum(prices) / count
    return round(mean * count, 2)
"""
_MENDED = """\
def total(prices, count):
    mean = sum(prices) / max(count, 1)
    return round(mean * count, 2)
"""
_PAST = ({"shop/price.py": _FAULTY}, {"shop/price.py": _MENDED})
_SAID = ("Sum prices", "Fix a division by zero in an empty basket")
EXAMPLES = (
    Example(
        "the line from before the fix is back",
        history=_PAST,
        messages=_SAID,
        before={"shop/price.py": _MENDED, "shop/tax.py": "RATE = 7\n"},
        after={"shop/price.py": _FAULTY, "shop/tax.py": "RATE = 19\n"},
        statement="Raise the rate",
        fires=((SLUG, "shop/price.py", 2),),
    ),
    Example(
        "the change says that it takes something back",
        history=_PAST,
        messages=_SAID,
        before={"shop/price.py": _MENDED, "shop/tax.py": "RATE = 7\n"},
        after={"shop/price.py": _FAULTY, "shop/tax.py": "RATE = 7\n"},
        statement="Go back to the plain mean: baskets are never empty now",
    ),
    Example(
        "other lines take the fix's place",
        history=_PAST,
        messages=_SAID,
        before={"shop/price.py": _MENDED, "shop/tax.py": "RATE = 7\n"},
        after={"shop/price.py": _MENDED.replace("max(count, 1)", "(count or 1)"), "shop/tax.py": "RATE = 7\n"},
    ),
    Example(
        "what is taken back was no fix",
        history=_PAST,
        messages=("Sum prices", "Count one at least"),
        before={"shop/price.py": _MENDED, "shop/tax.py": "RATE = 7\n"},
        after={"shop/price.py": _FAULTY, "shop/tax.py": "RATE = 19\n"},
    ),
)
SHARE = 0.7  # of what a fix brought to a file, by its letters and digits, what must be taken back
MOST_FILES = 50
MOST_QUOTED = 5


@dataclass(frozen=True)
class _Undone:
    """A fix that a change takes back: where its lines stood at base, and where the old ones stand at head."""

    file: FileDiff
    commit: PastCommit
    gone: tuple[int, ...]
    back: tuple[int, ...]


def covers(path: str) -> bool:
    """Return whether a file is a program's source."""
    return is_program(path)


def run(change: Change, knowledge: Knowledge) -> Report:
    """Return one finding for each fix that the change takes back; none where history is not known."""
    commits = knowledge.commits
    if knowledge.history is None or commits is None or takes_back(change):
        return Report()
    files = [file for file in change.files if is_read(file, knowledge.settings) and file.added and file.removed]
    if not files or len(files) > MOST_FILES:
        return Report()
    history = knowledge.history.history(change.base_id)
    fixes = {commit.oid: commit for commit in commits_that(is_fix, history, commits, files)}
    did = commits.patches(list(fixes), {file.old_path for file in files})
    since = history.known.newest - LONGEST
    found: dict[str, list[_Undone]] = {}
    for file in files:
        for undone in _undone(change, file, fixes, did):
            if not _is_guarded(change, undone.commit) and _is_theirs(commits, change, undone, since):
                found.setdefault(undone.commit.oid, []).append(undone)
    return Report(tuple(_finding(change, places, commits.message(oid)) for oid, places in found.items()))


def _undone(
    change: Change, file: FileDiff, fixes: Mapping[str, PastCommit], did: Mapping[str, tuple[PastHunk, ...]]
) -> Iterator[_Undone]:
    """Yield the fixes of which most is taken back in a file, by the text of their lines alone."""
    replaced = [one for one in replaced_in(change, file) if one.gone and one.come]
    for oid, commit in fixes.items():
        gone: list[int] = []
        back: list[int] = []
        all_of_it = taken = 0
        for past in did.get(oid, ()):
            old, new = code_of(past.old), code_of(past.new)
            were, brought = only(old, new), only(new, old)
            if past.path != file.old_path or not brought:
                continue
            all_of_it += weight_of(brought)
            if weight_of(were) >= LEAST_WEIGHT and (places := _taken_back(replaced, were, brought)) is not None:
                taken += weight_of(brought)
                gone += places[0]
                back += places[1]
        if gone and taken >= SHARE * all_of_it:
            yield _Undone(file, commit, tuple(sorted({*gone})), tuple(sorted({*back})))


def _taken_back(
    replaced: Sequence[Replaced], were: list[str], brought: list[str]
) -> tuple[list[int], list[int]] | None:
    """Return where the lines of a fix stood and the old ones stand, if one hunk puts these in place of those.

    And nothing else: what is written beside the old lines may well do what the fix did.
    """
    for one in replaced:
        if len(one.gone) != len(brought) or len(one.come) != len(were):
            continue
        gone, back = places_of(brought, one.gone), places_of(were, one.come)
        if gone is not None and back is not None:
            return gone, back
    return None


def _is_guarded(change: Change, fix: PastCommit) -> bool:
    """Return whether a test that came with a fix is there still, and the change takes no line of it: it would fail."""
    less = {file.old_path for file in change.files if file.removed or file.binary or file.unread or file.new is None}
    return any(is_test(path) and path in change.head.entries and path not in less for path in fix.paths)


def _is_theirs(commits: CommitSource, change: Change, undone: _Undone, since: int) -> bool:
    """Return whether blame says that all lines that go were brought by that commit."""
    blamed = commits.blamed(change.base_id, undone.file.old_path, undone.gone, since)
    return all(blamed.get(line) == undone.commit.oid for line in undone.gone)


def _finding(change: Change, places: Sequence[_Undone], message: str) -> Finding:
    """Return one finding for all that is taken back of one fix: it stands at the first place."""
    from kb.syntax.symbols import enclosing_symbol  # lazily: loads the grammars

    undone = places[0]
    path, first = undone.file.path, undone.back[0]
    source = change.source(path)
    spots = [(one.file.path, line) for one in places for line in one.back][:MOST_QUOTED]
    quoted = [Evidence("quote", where, line, change.source(where).line(line).strip()[:200]) for where, line in spots]
    lines = "This line is" if len(undone.back) == 1 else f"These {len(undone.back)} lines are"
    return Finding(
        check=SLUG,
        slug=SLUG,
        severity=RULES[0].severity,
        confidence=RULES[0].confidence,
        path=path,
        line=first,
        end_line=next(ranges_of(undone.back))[1],
        message=f"{lines} back as before the fix {undone.commit.oid[:12]}, and what the fix brought is gone:"
        " is what it mended still mended?",
        text="\n".join(source.line(line).strip() for line in undone.back),
        symbol=enclosing_symbol(source, first),
        evidence=(commit_evidence(undone.commit, message, undone.file.old_path, undone.gone[0]), *quoted),
        silent=RULES[0].silent,
    )
