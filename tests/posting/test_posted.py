"""What stands, read from what GitHub tells and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.events import Actor
from bot.github.model import PullState, Review, ReviewState, Thread
from bot.posting.markers import delta_marker, finding_marker, fixed_marker, review_marker
from bot.posting.model import Identity, Posted, Stance, Summary
from bot.posting.posted import posted_of
from tests.posting.standings import ANN, US

MARK = finding_marker(Identity("0" * 16, "odd", "1" * 16, "", "2" * 8), check="odd", base="b", head="c")
THREAD = Thread(
    node="T1",
    comment=1,
    comment_node="C1",
    body=f"{MARK}\nText.",
    path="a.py",
    line=None,
    original_line=3,
    side="RIGHT",
    url="",
    is_resolved=False,
    resolved_by=None,
    is_outdated=True,
    is_pending=False,
    can_resolve=True,
)


def posted(*things: Review | Thread, login: str = "prudent[bot]") -> Posted:
    reviews = tuple(one for one in things if isinstance(one, Review))
    threads = tuple(one for one in things if isinstance(one, Thread))
    return posted_of(PullState(1, "c", True, False, reviews, threads), login)


def a_review(number: int, state: ReviewState, body: str) -> Review:
    return Review(number, f"R{number}", state, body, "c" * 40, f"https://github.com/o/r/pull/1#{number}")


def test_nothing_stands_on_a_new_pull_request() -> None:
    assert posted() == Posted(None, (), (), (), frozenset())


def test_reviews_are_the_summary_drafts_stances_and_jobs() -> None:
    summary = f"{review_marker('j1', 'c')}\nAll."
    found = posted(
        a_review(1, ReviewState.COMMENTED, "An answer of ours."),
        a_review(2, ReviewState.DISMISSED, summary),
        a_review(3, ReviewState.CHANGES_REQUESTED, f"{delta_marker('j2', 'c')}\nNew."),
        a_review(4, ReviewState.APPROVED, f"{review_marker('j3', 'c')}\nSecond."),
        a_review(5, ReviewState.PENDING, f"{delta_marker('j4', 'c')}\nDraft."),
        a_review(6, ReviewState.PENDING, "?"),
    )
    assert found.summary == Summary(2, summary, "https://github.com/o/r/pull/1#2")
    assert found.stances == ((3, Stance.REQUEST_CHANGES, "c" * 40), (4, Stance.APPROVE, "c" * 40))
    assert found.drafts == ((5, "j4"), (6, ""))
    assert found.submitted == {"j1", "j2", "j3"}


def test_a_draft_is_no_summary() -> None:
    assert posted(a_review(1, ReviewState.PENDING, f"{review_marker('j1', 'c')}\nAll.")).summary is None


def test_a_thread_says_which_finding_it_is_about() -> None:
    (standing,) = posted(THREAD).threads
    assert standing.identity == Identity("0" * 16, "odd", "1" * 16, "a.py", "2" * 8)
    assert (standing.check, standing.base, standing.head) == ("odd", "b", "c")
    assert (standing.is_resolved, standing.is_fixed, standing.can_resolve) == (False, False, True)


def test_a_thread_without_a_marker_is_about_no_finding() -> None:
    assert posted(replace(THREAD, body="An answer.")).threads == ()


@pytest.mark.parametrize(
    ("by", "login", "fixed"),
    [
        (US, "prudent[bot]", True),
        (Actor(9, "Prudent", is_bot=True), "prudent[bot]", True),  # GraphQL leaves the suffix out
        (ANN, "prudent[bot]", False),
        (Actor(5, "other[bot]", is_bot=True), "prudent[bot]", False),
        (Actor(5, "other[bot]", is_bot=True), "", True),
        (ANN, "", False),
        (None, "prudent[bot]", True),  # GraphQL has only people there: a bot is null
    ],
)
def test_a_thread_that_we_resolved_is_one_that_we_marked_fixed(by: Actor | None, login: str, fixed: bool) -> None:
    (standing,) = posted(replace(THREAD, is_resolved=True, resolved_by=by), login=login).threads
    assert standing.is_resolved
    assert standing.is_fixed is fixed


def test_a_comment_that_we_edited_is_marked_fixed() -> None:
    (standing,) = posted(replace(THREAD, body=f"{MARK}\n{fixed_marker('d')}\nFixed.")).threads
    assert standing.is_fixed
