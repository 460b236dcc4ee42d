"""The ledger of models that answer, on the outcomes store: what `models.chat` asks before each call, and tells after.

Without the store nothing can be counted: then a call is refused where a cap is set, and made where none is.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from threading import Lock, get_ident
from typing import TYPE_CHECKING

from kb.errors import StoreError
from models.chat.model import Caps, Purpose, Spent, Usage

if TYPE_CHECKING:
    from kb.outcomes.spending import Spending
    from kb.outcomes.store import OutcomeStore


class StoreLedger:
    """A `models.chat.model.Ledger` on the store. Threads may share it; so may processes, each with its own."""

    def __init__(
        self,
        store: Callable[[], AbstractContextManager[OutcomeStore]],
        caps: Caps,
        now: Callable[[], datetime],
        problem: Callable[[str], None],
    ) -> None:
        """Keep where to count, how much is allowed, what time it is, and whom to tell that the store cannot be used.

        `store` is entered for every look at it, and left after it.
        """
        self._store, self._caps, self._now, self._problem = store, caps, now, problem
        self._reserved: dict[tuple[int, Purpose], int] = {}  # by thread: one makes one call at a time
        self._lock = Lock()

    def room(self, purpose: Purpose, worst: Usage, worst_micros: int) -> str:
        """Reserve the worst case of a call and return "", else say which cap stands against it."""
        from kb.outcomes.spending import ASKED, Limits, Spending

        caps = self._caps
        limits = Limits(
            caps.call_tokens,
            caps.pull_tokens,
            caps.pull_micros,
            caps.repository_month_micros,
            caps.month_micros,
            caps.month_tokens,
        )
        wanted = Spending(
            purpose.repository,
            purpose.subject,
            purpose.role,
            "",
            "",
            worst.input,
            worst.output,
            worst.read,
            worst.written,
            worst_micros,
            ASKED,
            self._now(),
        )
        try:
            with self._store() as store:
                reserved, why = store.spent_reserve(wanted, limits)
        except StoreError as error:
            self._problem(str(error))
            return "the ledger cannot be written, and caps are set" if limits != Limits() else ""
        with self._lock:
            self._reserved[get_ident(), purpose] = reserved
        return why

    def note(self, spent: Spent) -> None:
        """Put what a call did cost in the place of what was reserved for it."""
        with self._lock:
            reserved = self._reserved.pop((get_ident(), spent.purpose), 0)
        try:
            with self._store() as store:
                store.spent_note(_spending(spent), reserved)
        except StoreError as error:  # the reservation is left, and counts for an hour
            self._problem(str(error))


def _spending(spent: Spent) -> Spending:
    from kb.outcomes.spending import Spending

    purpose, usage = spent.purpose, spent.usage
    return Spending(
        repository=purpose.repository,
        subject=purpose.subject,
        role=purpose.role,
        provider=spent.provider,
        model=spent.model,
        input=usage.input,
        output=usage.output,
        read=usage.read,
        written=usage.written,
        micros=spent.micros,
        ended=spent.ended,
        at=datetime.fromtimestamp(spent.at, UTC),
        ms=spent.ms,
    )
