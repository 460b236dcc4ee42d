"""More findings than a summary can remember."""

from __future__ import annotations

from bot.posting.markers import MOST_KNOWN
from checks.finding import Severity, with_fingerprints
from checks.fold import one_liner_of, overall_of
from checks.verdict import CheckRun, CheckStatus, Coverage, Verdict
from tests.bot.verdicts import finding
from tests.posting.reviews import review
from tests.posting.standings import BASE, HEAD, NEXT, Pull

MANY = MOST_KNOWN + 60


def verdict_of(head: str, messages: list[str]) -> Verdict:
    """Return a verdict with a warning for each message, on lines that the diff shows for the first twenty."""
    found = [
        finding(check="odd", path="a.py", line=at, end_line=at, severity=Severity.WARN, message=said, text=said)
        for at, said in enumerate(messages, 1)
    ]
    marked = tuple(with_fingerprints(found, {}))
    coverage, runs = Coverage(("a.py", "b.py", "c.py")), (CheckRun("odd", CheckStatus.OK, 1),)
    overall = overall_of(marked, coverage, runs, ())
    said = one_liner_of(overall, marked, coverage, runs)
    return Verdict("r", "pull/1", BASE, head, overall, said, marked, coverage, runs)


def test_what_a_summary_cannot_remember_is_not_new_on_every_push() -> None:
    pull, many = Pull(), [f"defect {number}" for number in range(MANY)]
    review(pull, verdict_of(HEAD, many), f"rv:1:1:{HEAD}")
    said = list(pull.written)
    review(pull, verdict_of(NEXT, many), f"rv:1:1:{NEXT}")
    assert pull.written == said
    assert f"Since the last review: {MANY} unchanged." in pull.reviews[0].body


def test_what_is_new_and_important_is_said_among_very_many() -> None:
    pull, many = Pull(), [f"defect {number}" for number in range(MANY)]
    review(pull, verdict_of(HEAD, many), f"rv:1:1:{HEAD}")
    done = review(pull, verdict_of(NEXT, ["a new one", *many]), f"rv:1:1:{NEXT}")
    assert done.review is not None
    assert [("a new one" in comment.body) for comment in done.review.comments] == [True]
    assert f"Since the last review: 1 new, {MANY} unchanged." in pull.reviews[0].body
