"""A pull request as a model: what the actions of a plan do to it, by GitHub's rules."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from bot.events import Actor, Repo
from bot.github.model import NewComment, PullState, Review, ReviewState, Thread
from bot.posting.links import Links
from bot.posting.model import DeleteDraft, Dismiss, EditSummary, MarkFixed, NewReview, Plan, Posted, Stance, Unmark
from bot.posting.posted import posted_of

REPO = Repo(1, 2, "octo", "app")
BASE, HEAD, NEXT = "b" * 40, "c" * 40, "d" * 40
LINKS = Links(REPO, BASE, HEAD)
US, ANN = Actor(9, "prudent[bot]", is_bot=True), Actor(1, "ann")
_SUBMITTED = {
    Stance.COMMENT: ReviewState.COMMENTED,
    Stance.APPROVE: ReviewState.APPROVED,
    Stance.REQUEST_CHANGES: ReviewState.CHANGES_REQUESTED,
}


@dataclass
class Pull:
    """One pull request at a GitHub that refuses what the real one refuses. `written` counts what people are told of."""

    head: str = HEAD
    may_resolve: bool = True
    reviews: list[Review] = field(default_factory=list)
    threads: list[Thread] = field(default_factory=list)
    drafted: dict[int, list[int]] = field(default_factory=dict)
    ids: Iterable[int] = field(default_factory=lambda: itertools.count(100))
    written: list[str] = field(default_factory=list)

    @property
    def posted(self) -> Posted:
        state = PullState(1, self.head, True, False, tuple(self.reviews), tuple(self.threads))
        return posted_of(state, "prudent[bot]")

    def draft(self, review: NewReview) -> int:
        """Create the draft, or return the one with its marker, as the workflow does."""
        for number, marker in self.posted.drafts:
            if marker == review.marker:
                return number
        assert not self.posted.drafts, "User can only have one pending review per pull request"
        number = next(iter(self.ids))
        url = f"https://github.com/octo/app/pull/1#pullrequestreview-{number}"
        self.reviews.append(Review(number, f"R{number}", ReviewState.PENDING, review.body, self.head, url))
        self.drafted[number] = [self._thread(comment, number) for comment in review.comments]
        return number

    def _thread(self, comment: NewComment, review: int) -> int:
        number = next(iter(self.ids))
        assert comment.start_line is None or comment.start_line < comment.line
        self.threads.append(
            Thread(
                node=f"T{number}",
                comment=number,
                comment_node=f"C{number}",
                body=comment.body,
                path=comment.path,
                line=comment.line,
                original_line=comment.line,
                side=comment.side,
                url=f"https://github.com/octo/app/pull/1#discussion_r{number}",
                is_resolved=False,
                resolved_by=None,
                is_outdated=False,
                is_pending=True,
                can_resolve=self.may_resolve,
            )
        )
        return number

    def submit(self, number: int, review: NewReview) -> None:
        at = next(i for i, one in enumerate(self.reviews) if one.id == number)
        assert self.reviews[at].state is ReviewState.PENDING
        self.reviews[at] = replace(self.reviews[at], state=_SUBMITTED[review.stance], body=review.body)
        for comment in self.drafted.pop(number):
            self.change(comment, is_pending=False)
            self.written.append(self.thread(comment).body)
        self.written.append(review.body)

    def thread(self, comment: int) -> Thread:
        return next(one for one in self.threads if one.comment == comment)

    def change(self, comment: int, **fields: object) -> None:
        at = next(i for i, one in enumerate(self.threads) if one.comment == comment)
        self.threads[at] = replace(self.threads[at], **fields)  # type: ignore[arg-type]

    def resolve(self, comment: int, by: Actor) -> None:
        self.change(comment, is_resolved=True, resolved_by=by)

    def steps(self, plan: Plan) -> list[Callable[[], None]]:
        """Return what the plan does, each call to GitHub a step of its own."""
        review, draft = plan.review, [0]
        steps: list[Callable[[], None]] = [lambda one=one: self.delete(one) for one in plan.delete]  # type: ignore[misc]
        if review is not None:
            steps.append(lambda: draft.__setitem__(0, self.draft(review)))
            steps.append(lambda: self.submit(draft[0], review))
        return [*steps, *(lambda one=one: self.edit(one) for one in plan.edits)]  # type: ignore[misc]

    def apply(self, plan: Plan, most: int | None = None) -> None:
        for step in self.steps(plan)[:most]:
            step()

    def delete(self, draft: DeleteDraft) -> None:
        for comment in self.drafted.pop(draft.review):
            self.threads = [one for one in self.threads if one.comment != comment]
        self.reviews = [one for one in self.reviews if one.id != draft.review]

    def edit(self, edit: EditSummary | MarkFixed | Unmark | Dismiss) -> None:
        if isinstance(edit, MarkFixed):
            if edit.can_resolve and self.may_resolve:
                self.resolve(edit.comment, US)
            else:
                self.change(edit.comment, body=edit.body)
        elif isinstance(edit, Unmark):
            self.change(edit.comment, body=edit.body)
        elif isinstance(edit, EditSummary):
            self._review(edit.review, body=edit.body)
        else:
            self._review(edit.review, state=ReviewState.DISMISSED)

    def _review(self, number: int, **fields: object) -> None:
        at = next(i for i, one in enumerate(self.reviews) if one.id == number)
        assert self.reviews[at].state is not ReviewState.PENDING
        self.reviews[at] = replace(self.reviews[at], **fields)  # type: ignore[arg-type]

    def look(self) -> tuple[object, ...]:
        """Return what people see, without GitHub's numbers."""
        threads = sorted((t.body, t.path, t.line or 0, t.is_resolved, t.is_pending) for t in self.threads)
        return (tuple((r.state, r.body) for r in self.reviews), tuple(threads))


def bodies(reviews: Sequence[Review]) -> list[str]:
    return [review.body for review in reviews]
