"""What is done about a verdict: only what is new is said, once, whatever happens in between."""

from __future__ import annotations

from dataclasses import replace

from bot.github.model import ReviewState
from bot.posting.markers import identity_in, state_in
from bot.posting.model import DeleteDraft, EditSummary, MarkFixed, Stance, Unmark
from bot.posting.plan import plan
from checks.settings import AppOptions
from tests.posting.reviews import DEFECTS, context, review, verdict_of, wanted
from tests.posting.standings import ANN, HEAD, NEXT, Pull


def marks(*numbers: int) -> set[str]:
    return {DEFECTS[number].fingerprint for number in numbers}


def said_in(pull: Pull) -> list[str]:
    """Return the fingerprint of every comment on a line that people were told of, in order."""
    found = [identity_in(body, "") for body in pull.written]
    return [identity.fingerprint for identity in found if identity]


def thread_of(pull: Pull, number: int) -> int:
    mark = DEFECTS[number].fingerprint
    return next(t.comment for t in reversed(pull.threads) if f"fp={mark}" in t.body)


def test_nothing_to_say_is_not_said() -> None:
    pull = Pull()
    assert review(pull, verdict_of([]), "j1").is_empty
    assert review(pull, verdict_of([], partial=True), "j2").is_empty
    assert review(pull, verdict_of([], broken=True), "j3").is_empty
    assert pull.written == []


def test_the_first_review_is_the_summary_with_a_comment_on_each_line_that_is_shown() -> None:
    pull = Pull()
    made = review(pull, verdict_of([0, 1, 2]), "j1").review
    assert made is not None
    assert made.marker == "j1"
    assert made.stance is Stance.COMMENT
    assert "### Changes requested" in made.body
    assert "Since the last review" not in made.body
    assert {identity.fingerprint for c in made.comments if (identity := identity_in(c.body, c.path))} == marks(0, 1)
    assert "Defect 2." in made.body  # c.py is not in the diff
    assert [one.state for one in pull.reviews] == [ReviewState.COMMENTED]


def test_an_equal_verdict_on_the_next_push_edits_the_summary_and_tells_nobody() -> None:
    pull = Pull()
    review(pull, verdict_of([0, 1, 2]), "j1")
    told = list(pull.written)
    second = review(pull, verdict_of([0, 1, 2], head=NEXT), "j2")
    assert [type(edit) for edit in second.edits] == [EditSummary]
    assert second.review is None
    assert pull.written == told
    assert "Since the last review: 3 unchanged." in pull.reviews[0].body


def test_only_what_is_new_is_said_on_the_next_push() -> None:
    pull = Pull()
    review(pull, verdict_of([0, 1]), "j1")
    second = review(pull, verdict_of([0, 3, 4], [4], head=NEXT), "j2")
    assert second.review is not None
    assert second.review.body.endswith(
        "1 new finding at `dddddddddd`. See the [summary](https://github.com/octo/app/pull/1#pullrequestreview-100)."
    )
    assert said_in(pull) == [DEFECTS[n].fingerprint for n in (0, 1, 3)]
    assert [type(edit) for edit in second.edits] == [MarkFixed, EditSummary]
    assert pull.thread(thread_of(pull, 1)).is_resolved
    assert "Since the last review: 1 fixed, 1 new, 1 unchanged." in pull.reviews[0].body


def test_a_new_finding_off_the_diff_is_told_without_a_comment_on_a_line() -> None:
    pull = Pull()
    review(pull, verdict_of([0]), "j1")
    second = review(pull, verdict_of([0, 2], head=NEXT), "j2")
    assert second.review is not None
    assert second.review.comments == ()
    assert "1 new finding" in second.review.body
    assert "Defect 2." in pull.reviews[0].body
    assert review(pull, verdict_of([0, 2], head=HEAD), "j3").review is None


def test_when_all_is_fixed_the_summary_says_so() -> None:
    pull = Pull()
    review(pull, verdict_of([0, 2]), "j1")
    second = review(pull, verdict_of([], head=NEXT), "j2")
    assert [type(edit) for edit in second.edits] == [MarkFixed, EditSummary]
    assert "### No findings" in pull.reviews[0].body
    assert "Since the last review: 2 fixed." in pull.reviews[0].body
    third = review(pull, verdict_of([], head=HEAD), "j3")
    assert [type(edit) for edit in third.edits] == [EditSummary]
    assert "Since the last review" not in pull.reviews[0].body


def test_what_was_not_looked_for_is_not_called_fixed() -> None:
    pull = Pull()
    review(pull, verdict_of([0, 2]), "j1")
    second = review(pull, verdict_of([], head=NEXT, broken=True), "j2")
    assert [type(edit) for edit in second.edits] == [EditSummary]
    assert "Since the last review: 2 not looked for this time." in pull.reviews[0].body
    assert review(pull, verdict_of([0, 2], head=HEAD), "j3").review is None
    assert "Since the last review: 2 unchanged." in pull.reviews[0].body


def test_without_the_permission_a_comment_says_fixed_and_gets_its_text_again_when_it_is_back() -> None:
    pull = Pull(may_resolve=False)
    review(pull, verdict_of([0, 1]), "j1")
    review(pull, verdict_of([1], head=NEXT), "j2")
    fixed = pull.thread(thread_of(pull, 0))
    assert not fixed.is_resolved
    assert "**Fixed** as of `dddddddddd`: `rule-0` is no longer found here." in fixed.body
    third = review(pull, verdict_of([0, 1]), "j3")
    assert [type(edit) for edit in third.edits] == [Unmark, EditSummary]
    assert "Defect 0." in pull.thread(thread_of(pull, 0)).body
    assert "Fixed" not in pull.thread(thread_of(pull, 0)).body
    assert len(pull.threads) == 2


def test_what_we_resolved_and_is_back_is_said_anew() -> None:
    pull = Pull()
    review(pull, verdict_of([0]), "j1")
    review(pull, verdict_of([], head=NEXT), "j2")
    third = review(pull, verdict_of([0]), "j3")
    assert third.review is not None
    assert len(third.review.comments) == 1
    assert [one.is_resolved for one in pull.threads] == [True, False]
    fourth = review(pull, verdict_of([], head=NEXT), "j4")
    assert [type(edit) for edit in fourth.edits] == [MarkFixed, EditSummary]


def test_what_is_back_and_gets_no_comment_is_told_in_full_and_once() -> None:
    pull = Pull()
    review(pull, verdict_of([0]), "j1")
    review(pull, verdict_of([], head=NEXT), "j2")
    in_full = f"<sub>finding `{DEFECTS[0].fingerprint[:8]}`</sub>"
    third = review(pull, verdict_of([0]), "j3", AppOptions(max_comments=0))
    assert third.review is not None
    assert third.review.comments == ()
    assert in_full in pull.reviews[0].body
    assert review(pull, verdict_of([0], head=NEXT), "j4").review is None
    assert in_full in pull.reviews[0].body


def test_a_thread_that_a_person_resolved_stays_so_and_nothing_is_said_again() -> None:
    pull = Pull()
    review(pull, verdict_of([0, 1]), "j1")
    pull.resolve(thread_of(pull, 0), ANN)
    told = list(pull.written)
    review(pull, verdict_of([0, 1], head=NEXT), "j2")
    review(pull, verdict_of([1]), "j3")
    review(pull, verdict_of([0, 1], head=NEXT), "j4")
    assert [body for body in pull.written if "Defect 0" in body] == [body for body in told if "Defect 0" in body]
    assert len(pull.threads) == 2


def test_a_comment_that_somebody_deleted_is_not_posted_again() -> None:
    pull = Pull()
    review(pull, verdict_of([0, 1]), "j1")
    pull.threads.pop(0)
    assert review(pull, verdict_of([0, 1], head=NEXT), "j2").review is None


def test_what_was_dismissed_is_neither_fixed_nor_said() -> None:
    pull = Pull()
    review(pull, verdict_of([0, 1]), "j1")
    second = review(pull, verdict_of([0, 1], [0], head=NEXT), "j2")
    assert [type(edit) for edit in second.edits] == [EditSummary]
    assert "Since the last review: 1 unchanged, 1 dismissed." in pull.reviews[0].body
    assert review(pull, verdict_of([0, 1], [0]), "j3").review is None
    assert "Since the last review: 1 unchanged." in pull.reviews[0].body


def test_comments_are_capped_and_the_rest_is_in_the_summary_for_good() -> None:
    pull = Pull()
    few = AppOptions(max_comments=2)
    first = review(pull, verdict_of([0, 1, 3, 4]), "j1", few).review
    assert first is not None
    assert len(first.comments) == 2
    assert review(pull, verdict_of([1, 4], head=NEXT), "j2", few).review is None  # they were told already
    nobody = Pull()
    without = review(nobody, verdict_of([0, 1]), "j1", AppOptions(max_comments=0)).review
    assert without is not None
    assert without.comments == ()


def test_a_review_of_this_job_is_not_made_twice_and_a_draft_of_another_goes() -> None:
    pull = Pull()
    aim, around = wanted(verdict_of([0, 1]), "j2"), context(verdict_of([0, 1]))
    other = plan(pull.posted, wanted(verdict_of([3]), "j1"), context(verdict_of([3]))).review
    assert other is not None
    pull.draft(other)
    todo = plan(pull.posted, aim, around)
    assert todo.delete == (DeleteDraft(100),)
    pull.apply(todo)
    assert said_in(pull) == [DEFECTS[n].fingerprint for n in (0, 1)]
    assert plan(pull.posted, aim, around).is_empty


def test_a_draft_of_this_job_is_kept_just_if_it_holds_what_is_to_be_said() -> None:
    pull = Pull()
    verdict = verdict_of([0, 1])
    aim, around = wanted(verdict, "j1"), context(verdict)
    made = plan(pull.posted, aim, around).review
    assert made is not None
    pull.draft(made)
    assert plan(pull.posted, aim, around).delete == ()
    assert plan(pull.posted, aim, around).review == made
    less = verdict_of([0, 1], [1])
    assert plan(pull.posted, wanted(less, "j1"), context(less)).delete == (DeleteDraft(100),)
    nothing = verdict_of([])
    assert plan(pull.posted, wanted(nothing, "j1"), context(nothing)).delete == (DeleteDraft(100),)


def test_a_later_job_that_edits_the_summary_does_not_hide_who_posted_it() -> None:
    pull = Pull()
    review(pull, verdict_of([0]), "j1")
    review(pull, verdict_of([0], head=NEXT), "j2")
    assert "j1" in pull.posted.submitted
    verdict = verdict_of([0])
    assert plan(pull.posted, wanted(verdict, "j1"), context(verdict)).review is None


def test_line_ends_that_github_changed_are_no_reason_to_edit() -> None:
    pull = Pull()
    verdict = verdict_of([0])
    review(pull, verdict, "j1")
    pull.reviews[0] = replace(pull.reviews[0], body=pull.reviews[0].body.replace("\n", "\r\n") + "\r\n")
    assert plan(pull.posted, wanted(verdict, "j1"), context(verdict)).is_empty
    assert state_in(pull.reviews[0].body) is not None


def test_a_summary_whose_link_is_not_ours_is_not_linked_to() -> None:
    pull = Pull()
    review(pull, verdict_of([0]), "j1")
    pull.reviews[0] = replace(pull.reviews[0], url="https://evil.example/octo/app/pull/1")
    made = review(pull, verdict_of([0, 1], head=NEXT), "j2").review
    assert made is not None
    assert made.body.endswith("See the summary.")
