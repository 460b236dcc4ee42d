"""What is said on a pull request: comments, reviews, threads, reactions. People and the App both speak through here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from tests.world import payloads, placing
from tests.world.errors import unprocessable
from tests.world.locked import locked
from tests.world.records import Note, Reaction, Remark, Review, Spot, Thread, User

if TYPE_CHECKING:
    from tests.world.pull import Pull
    from tests.world.repository import Repository
    from tests.world.world import World

WRITERS = ("write", "maintain", "admin")
SUBMITTED = {"COMMENT": "COMMENTED", "APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED"}


@dataclass(frozen=True)
class Draft:
    """An inline comment that is to be made, its place checked."""

    spot: Spot
    body: str


class Conversation:
    """The talk on one pull request, oldest first. `Pull` is one."""

    def __init__(self, repo: Repository) -> None:
        self.repo = repo
        self.remarks: list[Remark] = []
        self.reviews: list[Review] = []
        self.threads: list[Thread] = []

    @property
    def world(self) -> World:
        """Return the world."""
        return self.repo.world

    # ---- the conversation

    @locked
    def comment(self, by: User, text: str) -> Remark:
        """Write a comment in the conversation."""
        now = self.world.clock.now()
        made = Remark(self.world.next_id(), by, text, now, now)
        self.remarks.append(made)
        self._posted(by, "comment", text, made)
        self._hook("issue_comment", payloads.issue_comment(self._pull, made, "created", by))
        return made

    @locked
    def edit(self, what: Remark | Review, by: User, text: str) -> None:
        """Replace the text of a comment or of a review."""
        old, what.body = what.body, text
        what.edited = self.world.clock.now()
        self._posted(by, "edit", text, what)
        changes = {"body": {"from": old}}
        if isinstance(what, Note) and what.thread:
            told = payloads.review_comment(self._pull, what.thread, what, "edited", by, changes=changes)
            self._hook("pull_request_review_comment", told)
        elif isinstance(what, Remark):
            told = payloads.issue_comment(self._pull, what, "edited", by, changes=changes)
            self._hook("issue_comment", told)

    @locked
    def delete(self, what: Remark, by: User) -> None:
        """Delete a comment; a thread that loses its last one is gone."""
        if isinstance(what, Note) and what.thread:
            told = payloads.review_comment(self._pull, what.thread, what, "deleted", by)
            what.thread.notes.remove(what)
            self.threads = [thread for thread in self.threads if thread.notes]
            self._hook("pull_request_review_comment", told)
        else:
            self.remarks.remove(what)
            self._hook("issue_comment", payloads.issue_comment(self._pull, what, "deleted", by))

    @locked
    def react(self, what: Remark, by: User, content: str) -> tuple[Reaction, bool]:
        """Give a reaction; returns it, and whether it is new. Reactions have no webhook."""
        for each in what.reactions:
            if each.user is by and each.content == content:
                return each, False
        made = Reaction(self.world.next_id(), by, content, self.world.clock.now())
        what.reactions.append(made)
        self._posted(by, "reaction", content, what)
        return made, True

    # ---- reviews

    @locked
    def review(
        self,
        by: User,
        body: str,
        event: str | None = "COMMENT",
        drafts: Sequence[Draft] = (),
        commit: str | None = None,
    ) -> Review:
        """Make a review with all its comments; `event` None leaves it a draft."""
        if any(each.author is by and each.is_pending for each in self.reviews):
            raise unprocessable("User can only have one pending review per pull request")
        world, head = self.world, commit or self._pull.head
        made = Review(world.next_id(), by, body, "PENDING", head, world.clock.now())
        made.threads = [self._thread(made, by, draft) for draft in drafts]
        self.reviews.append(made)
        self.threads += made.threads
        if event:
            self.submit(made, event, body)
        return made

    @locked
    def submit(self, review: Review, event: str, body: str | None = None) -> None:
        """Submit a draft: from now on everybody sees it."""
        review.state = SUBMITTED[event]
        review.body = review.body if body is None else body
        review.submitted = self.world.clock.now()
        by = review.author
        if review.body or not review.threads:
            self._posted(by, "review", f"{review.state}\n{review.body}", review)
        for thread in review.threads:
            self._posted(by, "note", thread.notes[0].body, thread)
        self._hook("pull_request_review", payloads.review(self._pull, review, "submitted", by))
        for thread in review.threads:
            told = payloads.review_comment(self._pull, thread, thread.notes[0], "created", by)
            self._hook("pull_request_review_comment", told)

    @locked
    def discard(self, review: Review) -> None:
        """Delete a draft and its comments."""
        self.reviews.remove(review)
        self.threads = [thread for thread in self.threads if thread not in review.threads]

    @locked
    def dismiss(self, review: Review, by: User, message: str) -> None:
        """Dismiss an approval or a request for changes."""
        review.state = "DISMISSED"
        self._posted(by, "dismiss", message, review)
        self._hook("pull_request_review", payloads.review(self._pull, review, "dismissed", by))

    @locked
    def remark_on(self, by: User, path: str, line: int | None, text: str, *, side: str = "RIGHT") -> Thread:
        """Write one inline comment, at once, as the web page does: a review of its own."""
        spot = placing.spot_of(self._pull, path, line, side)
        return self.review(by, "", "COMMENT", [Draft(spot, text)]).threads[0]

    # ---- threads

    @locked
    def reply(self, thread: Thread, by: User, text: str) -> Note:
        """Answer in a thread; GitHub makes a review of each lone answer."""
        world = self.world
        now = world.clock.now()
        review = Review(world.next_id(), by, "", "COMMENTED", self._pull.head, now, now)
        self.reviews.append(review)
        made = Note(world.next_id(), by, text, now, now, review=review, thread=thread)
        thread.notes.append(made)
        self._posted(by, "reply", text, made)
        told = payloads.review_comment(self._pull, thread, made, "created", by)
        self._hook("pull_request_review", payloads.review(self._pull, review, "submitted", by))
        self._hook("pull_request_review_comment", told)
        return made

    def resolve(self, thread: Thread, by: User) -> None:
        """Mark a thread as resolved."""
        self._settle(thread, by, by)

    def unresolve(self, thread: Thread, by: User) -> None:
        """Open a resolved thread again."""
        self._settle(thread, by, None)

    @locked
    def _settle(self, thread: Thread, by: User, resolver: User | None) -> None:
        if (thread.resolved_by is None) == (resolver is None):
            return
        may = by in (self._pull.author, self.world.app.bot) or self.world.rank(self.repo, by.login) in WRITERS
        assert may, "threads are settled by the author and by those who may write"
        thread.resolved_by = resolver
        word = "resolve" if resolver else "unresolve"
        self._posted(by, word, thread.notes[0].body, thread)
        told = payloads.review_thread(self._pull, thread, f"{word}d", by)
        self._hook("pull_request_review_thread", told)

    @locked
    def hide(self, what: Remark, by: User, classifier: str) -> None:
        """Fold a comment away."""
        what.minimized = classifier.lower()
        self._posted(by, "hide", classifier, what)

    # ---- finding

    def visible_threads(self, viewer: User) -> list[Thread]:
        """Return the threads that somebody sees: drafts are their author's alone."""
        return [each for each in self.threads if not each.is_pending or each.notes[0].author is viewer]

    def visible_reviews(self, viewer: User) -> list[Review]:
        """Return the reviews that somebody sees."""
        return [each for each in self.reviews if not each.is_pending or each.author is viewer]

    def drafts(self) -> list[Review]:
        """Return what was never submitted."""
        return [each for each in self.reviews if each.is_pending]

    @property
    def _pull(self) -> Pull:
        return cast("Pull", self)

    def _thread(self, review: Review, by: User, draft: Draft) -> Thread:
        world = self.world
        now = world.clock.now()
        note = Note(world.next_id(), by, draft.body, now, now, review=review)
        spot = draft.spot
        note.thread = Thread(world.next_id(), spot, [note], spot.line, spot.start, spot.commit)
        placing.place_again(self._pull, note.thread)
        return note.thread

    def _posted(self, by: User, kind: str, text: str, about: object) -> None:
        if by is self.world.app.bot:
            self.repo.post(kind, text, about, self._pull)

    def _hook(self, event: str, payload: dict[str, object]) -> None:
        self._pull.updated = self.world.clock.now()
        self.world.hooks.send(self.repo, event, payload)
