"""The part of the outcomes store that the App keeps: what people decided, what is under way."""

from __future__ import annotations

from datetime import datetime

from kb.outcomes import dismissing, following, noting
from kb.outcomes.app import Attempt, Attempted, Dismissal, Note, OpenCheck, PullRecord
from kb.outcomes.opened import Opened


class AppStore(Opened):
    """Every write is committed when its method returns. With a `mark`, it is done once in its repository."""

    def dismiss(self, dismissal: Dismissal, *, mark: str) -> bool:
        """Be silent about a finding; False if the mark was there before, or the finding is dismissed already.

        Where its line of work has the finding, DISMISSED is appended to it and it no longer stands.
        """
        with self._writing() as session:
            return dismissing.dismiss(session, dismissal, mark)

    def undismiss(self, repository: str, fingerprint: str, *, by: str, by_id: int, at: datetime, mark: str) -> bool:
        """End a dismissal; False if the mark was there before, or the finding is not dismissed.

        UNDISMISSED is appended to the line of work that it was dismissed on; what it was, and why, is kept.
        """
        with self._writing() as session:
            return dismissing.undismiss(session, repository, fingerprint, by=by, by_id=by_id, at=at, mark=mark)

    def dismissals(self, repository: str) -> tuple[Dismissal, ...]:
        """Return the dismissals that hold in a repository, oldest first."""
        with self._reading() as session:
            return dismissing.dismissals(session, repository)

    def note(self, note: Note, *, mark: str) -> bool:
        """Append what became of a finding or a change; False if the mark was there before."""
        with self._writing() as session:
            return noting.note(session, note, mark)

    def pull(self, repository: str, number: int) -> PullRecord:
        """Return what is remembered of a pull request; an empty record if nothing is."""
        with self._reading() as session:
            return following.pull(session, repository, number)

    def pause(self, repository: str, number: int, by: str | None) -> None:
        """Remember who paused a pull request; None: it is not paused any more."""
        with self._writing() as session:
            following.pause(session, repository, number, by)

    def closed(self, repository: str, number: int, head: str, merge_commit: str | None) -> None:
        """Remember a closed pull request's head, and the commit it was merged as: None if it was not merged."""
        with self._writing() as session:
            following.closed(session, repository, number, head, merge_commit)

    def pull_of_merge(self, repository: str, commit: str) -> int | None:
        """Return the number of the pull request that was merged as this commit; None if none is known."""
        with self._reading() as session:
            return following.pull_of_merge(session, repository, commit)

    def attempt(self, key: str, at: datetime) -> Attempt:
        """Keep that a request is about to be made; of many who say so with one key, one is the first."""
        with self._writing() as session:
            return following.attempt(session, key, at)

    def attempted(self, key: str, result: str) -> None:
        """Keep what came of a request; nothing happens if the attempt was forgotten."""
        with self._writing() as session:
            following.attempted(session, key, result)

    def open_attempts(self, prefix: str) -> tuple[str, ...]:
        """Return the keys that begin so of attempts without a result, oldest first."""
        return tuple(attempt.key for attempt in self.attempts(prefix) if attempt.result is None)

    def attempts(self, prefix: str) -> tuple[Attempted, ...]:
        """Return the attempts whose keys begin so, oldest first."""
        with self._reading() as session:
            return following.attempts(session, prefix)

    def forget_attempts(self, before: datetime) -> int:
        """Delete the attempts that began before a moment; returns how many."""
        with self._writing() as session:
            return following.forget_attempts(session, before)

    def check_opening(self, check: OpenCheck) -> None:
        """Keep a check run before it is made; one of the same review that is kept already stays as it is."""
        with self._writing() as session:
            following.check_opening(session, check)

    def check_opened(self, review: str, check: int) -> None:
        """Keep the id that a check run got."""
        with self._writing() as session:
            following.check_opened(session, review, check)

    def check_closed(self, review: str) -> None:
        """Forget a check run that is completed."""
        with self._writing() as session:
            following.check_closed(session, review)

    def open_checks(
        self, before: datetime | None = None, *, review: str | None = None, prefix: str | None = None
    ) -> tuple[OpenCheck, ...]:
        """Return the check runs that are not completed, oldest first.

        Args:
            before: Only those that were kept before this moment.
            review: Only the one of this review.
            prefix: Only those of reviews whose ids begin so.
        """
        with self._reading() as session:
            return following.open_checks(session, before, review, prefix)
