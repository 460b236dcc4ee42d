"""What should stand: which findings get a comment on a line, and how a review is submitted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.posting.anchors import Place, from_patches
from bot.posting.model import Stance
from bot.posting.wanted import stance_of
from checks.finding import Disposition, Finding
from checks.settings import AppOptions
from checks.verdict import CheckRun, CheckStatus, Coverage, Overall, PathNote
from tests.bot.verdicts import BAD, CLEAN, FIX, UNUSED, finding, with_findings
from tests.posting.test_bodies import EVERYWHERE, SHOWS_A, wanted


def test_a_suggestion_stands_only_where_a_button_can_commit_it() -> None:
    """The hunk shows lines 1 to 3; a base line is removed above line 2 in the second one."""
    fits = wanted(with_findings(UNUSED), SHOWS_A).inline[0].comment
    assert "```suggestion" in fits.body
    removed = from_patches({"a.py": "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"})
    across = wanted(with_findings(UNUSED), removed).inline[0].comment
    assert "suggestion" not in across.body
    assert (across.start_line, across.line) == (None, 1)
    unsafe = replace(UNUSED, suggestion=replace(FIX, disposition=Disposition.UNSAFE))
    assert "suggestion" not in wanted(with_findings(unsafe), SHOWS_A).inline[0].comment.body
    longer = replace(UNUSED, suggestion=replace(FIX, end_line=9))
    assert "suggestion" not in wanted(with_findings(longer), SHOWS_A).inline[0].comment.body


@pytest.mark.parametrize(("most", "count"), [(0, 0), (1, 1), (10, 10), (25, 25), (1000, 25)])
def test_the_most_important_findings_get_the_comments(most: int, count: int) -> None:
    many = [finding(line=n, end_line=n, fingerprint=f"{n:016x}") for n in range(1, 40)]
    made = wanted(with_findings(*many), EVERYWHERE, AppOptions(max_comments=most))
    assert [inline.comment.line for inline in made.inline] == list(range(1, count + 1))
    assert len(made.identities) == 39


FULL = Coverage(("a.py",))


@pytest.mark.parametrize(
    ("overall", "coverage", "status", "stance"),
    [
        (Overall.REQUEST_CHANGES, FULL, CheckStatus.OK, Stance.REQUEST_CHANGES),
        (Overall.APPROVE, FULL, CheckStatus.OK, Stance.APPROVE),
        (Overall.COMMENT, FULL, CheckStatus.OK, Stance.COMMENT),
        (Overall.NOT_CHECKED, FULL, CheckStatus.OK, Stance.COMMENT),
        (Overall.APPROVE, FULL, CheckStatus.FAILED, Stance.COMMENT),
        (Overall.APPROVE, FULL, CheckStatus.TIMED_OUT, Stance.COMMENT),
        (Overall.REQUEST_CHANGES, FULL, CheckStatus.FAILED, Stance.COMMENT),
        (Overall.APPROVE, Coverage(("a.py",), (PathNote("b.py", "large"),)), CheckStatus.OK, Stance.COMMENT),
        (Overall.REQUEST_CHANGES, Coverage(("a.py",), (PathNote("b.py", "large"),)), CheckStatus.OK, Stance.COMMENT),
    ],
)
def test_a_stance_needs_the_settings_and_that_everything_was_seen(
    overall: Overall, coverage: Coverage, status: CheckStatus, stance: Stance
) -> None:
    verdict = replace(CLEAN, overall=overall, coverage=coverage, checks=(CheckRun("odd", status, 1),))
    assert stance_of(verdict, AppOptions(request_changes=True, approve=True)) is stance
    assert stance_of(verdict, AppOptions()) is Stance.COMMENT


def test_a_finding_on_no_line_of_the_diff_has_no_place() -> None:
    assert wanted(BAD, from_patches({})).inline == ()
    assert SHOWS_A.anchor(UNUSED) == Place("a.py", None, 1, "RIGHT")


def test_equal_findings_are_two_comments() -> None:
    one: Finding = replace(UNUSED, suggestion=None)
    made = wanted(with_findings(one, replace(one, fingerprint="1" * 16)))
    assert len(made.inline) == 2
