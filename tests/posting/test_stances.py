"""Approvals and requests for changes: when they are submitted, kept and dismissed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.github.model import ReviewState
from bot.posting.model import Dismiss, Stance
from checks.settings import AppOptions
from tests.posting.reviews import review, verdict_of
from tests.posting.standings import NEXT, Pull

BLOCKING = AppOptions(request_changes=True, approve=True)


def test_a_block_is_put_up_lifted_and_never_put_up_against_a_person() -> None:
    pull = Pull()
    first = review(pull, verdict_of([0]), "j1", BLOCKING).review
    assert first is not None
    assert first.stance is Stance.REQUEST_CHANGES
    still = review(pull, verdict_of([0, 1], head=NEXT), "j2", BLOCKING)
    assert still.review is not None
    assert still.review.stance is Stance.COMMENT  # the block stands and is not said twice
    assert not [edit for edit in still.edits if isinstance(edit, Dismiss)]
    pull.reviews[0] = replace(pull.reviews[0], state=ReviewState.DISMISSED)  # by a person
    assert review(pull, verdict_of([0, 1]), "j3", BLOCKING).review is None
    again = review(pull, verdict_of([0, 1, 3], head=NEXT), "j4", BLOCKING).review
    assert again is not None
    assert again.stance is Stance.REQUEST_CHANGES  # 3 blocks too, and is new
    lifted = review(pull, verdict_of([1]), "j5", BLOCKING)
    assert [edit.review for edit in lifted.edits if isinstance(edit, Dismiss)] == [pull.reviews[-1].id]
    assert pull.posted.stances == ()


def test_a_push_that_makes_us_fail_does_not_lift_a_block() -> None:
    pull = Pull()
    review(pull, verdict_of([0]), "j1", BLOCKING)
    review(pull, verdict_of([], head=NEXT, broken=True), "j2", BLOCKING)
    assert [stance for _, stance, _ in pull.posted.stances] == [Stance.REQUEST_CHANGES]
    review(pull, verdict_of([0], partial=True), "j3", BLOCKING)
    assert [stance for _, stance, _ in pull.posted.stances] == [Stance.REQUEST_CHANGES]
    review(pull, verdict_of([], head=NEXT), "j4", BLOCKING)
    assert [stance for _, stance, _ in pull.posted.stances] == [Stance.APPROVE]


def test_a_block_that_a_person_lifted_after_we_failed_stays_lifted() -> None:
    pull = Pull()
    review(pull, verdict_of([0]), "j1", BLOCKING)
    review(pull, verdict_of([], head=NEXT, broken=True), "j2", BLOCKING)
    pull.reviews[0] = replace(pull.reviews[0], state=ReviewState.DISMISSED)
    assert review(pull, verdict_of([0]), "j3", BLOCKING).review is None


@pytest.mark.parametrize("how", ["partial", "broken"])
def test_what_was_not_seen_whole_is_neither_approved_nor_blocked(how: str) -> None:
    for found in ([], [0]):
        pull = Pull()
        review(pull, verdict_of(found, **{how: True}), "j1", BLOCKING)
        assert pull.posted.stances == ()


def test_an_approval_is_of_one_head() -> None:
    pull = Pull()
    review(pull, verdict_of([]), "j1", BLOCKING)
    assert [stance for _, stance, _ in pull.posted.stances] == [Stance.APPROVE]
    review(pull, verdict_of([], head=NEXT), "j2", BLOCKING)
    assert [(stance, commit) for _, stance, commit in pull.posted.stances] == [(Stance.APPROVE, NEXT)]
    review(pull, verdict_of([], head=NEXT), "j3", BLOCKING)
    assert len(pull.reviews) == 2
    review(pull, verdict_of([1], head=NEXT), "j4", BLOCKING)
    assert pull.posted.stances == ()
