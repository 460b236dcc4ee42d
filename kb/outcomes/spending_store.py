"""The part of the outcomes store that counts what models cost."""

from __future__ import annotations

from datetime import datetime

from kb.outcomes import spending
from kb.outcomes.opened import Opened
from kb.outcomes.spending import Limits, Spending, SpentSum


class SpendingStore(Opened):
    """Every write is committed when its method returns."""

    def spent_reserve(self, worst: Spending, limits: Limits) -> tuple[int, str]:
        """Keep the worst that a call may cost, and return an id for it; 0 and which cap stands against the call.

        Of many that ask at once, here or in other processes, no two get the same rest of a budget.
        """
        with self._writing() as session:
            return spending.reserve(session, worst, limits)

    def spent_note(self, spent: Spending, reserved: int = 0) -> None:
        """Keep what a call did cost, in place of what was reserved for it."""
        with self._writing() as session:
            spending.settle(session, spent, reserved)

    def spent_in(self, repository: str, subject: str = "", *, now: datetime) -> SpentSum:
        """Return what a repository has cost so far, or one line of work of it."""
        with self._reading() as session:
            return spending.total(session, now, repository=repository, subject=subject)

    def spent_since(self, moment: datetime, repository: str = "", *, now: datetime) -> tuple[SpentSum, ...]:
        """Return what was spent since a moment by role, provider and model, the dearest first; "": everywhere."""
        with self._reading() as session:
            return spending.by_role(session, now, repository=repository, since=moment)

    def forget_spent(self, before: datetime) -> int:
        """Delete what was spent before a moment; returns how many calls."""
        with self._writing() as session:
            return spending.forget(session, before)
