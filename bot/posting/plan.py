"""What to do so that what should stand stands: a pure function of what does, and the same however often it is asked.

Nothing is remembered between two calls but what GitHub shows. So a run that died anywhere is finished by planning
again: what was done already is seen and left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from bot.github.model import NewComment
from bot.posting.bodies import Page, delta_body, fixed_body, inline_body, summary_body
from bot.posting.look import Context, Look
from bot.posting.markers import State, identity_in, identity_of, known_of, plain, review_marker, start_of, state_marker
from bot.posting.model import (
    DeleteDraft,
    Dismiss,
    Edit,
    EditSummary,
    MarkFixed,
    NewReview,
    Plan,
    Posted,
    Stance,
    Unmark,
    Wanted,
)
from bot.render.scrub import scrubbed
from checks.finding import Severity
from checks.settings import MOST_COMMENTS
from checks.verdict import Overall

__all__ = ["Context", "plan"]


def plan(posted: Posted, wanted: Wanted, context: Context) -> Plan:
    """Return what to do. Once it is done, or any first part of it, planning again returns what is left, or nothing."""
    ours = _Planner(Look(posted, wanted, context))
    review = ours.review()
    keep = review is not None and ours.is_drafted(review)
    mine = plain(wanted.job)
    drafts = [number for number, marker in posted.drafts if not (keep and marker == mine)]
    edits: tuple[Edit, ...] = (*ours.fixed(), *ours.unmarked(), *ours.stale_stances(), *ours.summary_edit())
    return Plan(tuple(DeleteDraft(number) for number in drafts), review, edits)


@dataclass(frozen=True)
class _Planner:
    look: Look

    @property
    def posted(self) -> Posted:
        return self.look.posted

    @property
    def wanted(self) -> Wanted:
        return self.look.wanted

    @property
    def context(self) -> Context:
        return self.look.context

    @cached_property
    def is_submitted(self) -> bool:
        return plain(self.wanted.job) in self.posted.submitted

    @cached_property
    def comments(self) -> tuple[NewComment, ...]:
        if self.is_submitted:
            return ()
        fresh = [one.comment for one in self.wanted.inline if one.identity.fingerprint in self.look.new]
        return tuple(fresh[:MOST_COMMENTS])

    def review(self) -> NewReview | None:
        """Return the review to submit: the summary where there is none yet, else one line and what is new."""
        if self.is_submitted:
            return None
        job, head, marker = self.wanted.job, self.wanted.head, plain(self.wanted.job)
        stance = self.stance()
        if self.posted.summary is None:
            if not self.wanted.identities and stance is Stance.COMMENT:
                return None
            return NewReview(marker, self.summary(review_marker(job, head)), stance, self.comments)
        if not self.look.new and stance is Stance.COMMENT:
            return None
        link = self.context.links.to_own(self.posted.summary.url)
        body = delta_body(job, head, new=len(self.look.new), stance=stance, link=link)
        return NewReview(marker, body, stance, self.comments)

    def is_drafted(self, review: NewReview) -> bool:
        """Return whether the draft that stands has the comments that this review should have."""
        pending = sorted(one.identity.fingerprint for one in self.posted.threads if one.is_pending)
        asked = [identity_in(comment.body, comment.path) for comment in review.comments]
        return pending == sorted(identity.fingerprint for identity in asked if identity)

    def stance(self) -> Stance:
        """Return how to submit: what stands already is not said twice, what somebody lifted is not put up again.

        A request for changes of ours that no longer stands was dismissed by somebody; only a new reason blocks again.
        """
        asked = self.wanted.stance
        if any(self.holds(stance, commit) for _, stance, commit in self.posted.stances):
            return Stance.COMMENT
        if asked is Stance.REQUEST_CHANGES and self.look.state and self.look.state.stance is asked:
            blocking = {f.fingerprint for f in self.context.verdict.findings if f.severity is Severity.BLOCK}
            return asked if blocking & self.look.new else Stance.COMMENT
        return asked

    def holds(self, stance: Stance, commit: str) -> bool:
        """Return whether a stance of ours still holds.

        An approval is of one head. A request for changes stays while it is wanted, and where not everything was seen
        also while its reasons may still be there: a push that makes us fail must not lift it.
        """
        if stance is not Stance.REQUEST_CHANGES:
            return stance is self.wanted.stance and commit == self.wanted.head
        if self.wanted.stance is stance:
            return True
        is_open = self.context.verdict.overall is Overall.REQUEST_CHANGES or bool(self.look.unseen)
        return is_open and not self.look.saw_all

    @property
    def remembered_stance(self) -> Stance:
        """Return what the next review takes for lifted by somebody if it does not stand."""
        held = (stance for _, stance, commit in self.posted.stances if self.holds(stance, commit))
        return next(held, self.wanted.stance)

    def stale_stances(self) -> list[Dismiss]:
        head = self.wanted.head[:10]
        return [
            Dismiss(number, f"No longer holds at {head}.")
            for number, stance, commit in self.posted.stances
            if not self.holds(stance, commit)
        ]

    def fixed(self) -> list[MarkFixed]:
        head = self.wanted.head
        return [
            MarkFixed(one.thread, one.comment, fixed_body(one, head), one.can_resolve)
            for one in self.look.missing
            if not one.is_fixed and not one.is_resolved and self.context.is_fixed(one)
        ]

    def unmarked(self) -> list[Unmark]:
        """Return the comments that we edited to say fixed, and whose finding is there again."""
        before = self.look.before
        worn = {mark for mark, one in before.items() if one.is_fixed and not one.is_resolved}
        if not worn:
            return []
        verdict, links, found = self.context.verdict, self.context.links, []
        for raw, clean in zip(verdict.findings, scrubbed(verdict).findings, strict=True):
            if raw.fingerprint not in worn:
                continue
            # Its lines may have moved: what the button would replace is not what was proven.
            link = links.to_finding(clean)
            identity, head = identity_of(raw), self.wanted.head
            body = inline_body(clean, identity, base=verdict.base, head=head, link=link, with_suggestion=False)
            found.append(Unmark(before[raw.fingerprint].comment, body))
        return found

    def summary_edit(self) -> list[EditSummary]:
        summary = self.posted.summary
        if summary is None:
            return []
        body = self.summary(start_of(summary.body))
        same = body == summary.body.replace("\r\n", "\n").strip()
        return [] if same else [EditSummary(summary.review, body)]

    def summary(self, start: str) -> str:
        wanted, context = self.wanted, self.context
        posting = [identity_in(comment.body, comment.path) for comment in self.comments]
        on_lines = (frozenset(self.look.before) - self.look.back) | {one.fingerprint for one in posting if one}
        unseen = self.look.unseen
        now = (*(known_of(identity) for identity in wanted.identities), *unseen)
        state = State(plain(wanted.job), wanted.head, self.remembered_stance, self.look.known, now)
        return summary_body(
            Page(start, state_marker(state), context.verdict, context.links, wanted.stance, on_lines, self.look.delta)
        )
