"""What models cost, call by call: reserved before it is made, corrected after it, and summed for caps and people.

A call is first written down with the worst it may cost (`ASKED`), together with the look at the caps, in one
transaction that all writers take in turn: so two workers cannot both take the last of a budget. What it did cost
replaces that. A process that died in between leaves the worst case behind; it counts until it is `STALE` old.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_
from sqlmodel import Session, col, select

from kb.outcomes.database import lock
from kb.outcomes.rows import SpentRow
from kb.outcomes.storable import key, storable

ASKED = "asked"  # how a reservation has ended so far
MOST = 10**12  # tokens, micros, ms of one call: sums of it stay within 64 bits
STALE = timedelta(hours=1)  # longer than any call takes


@dataclass(frozen=True)
class Spending:
    """One call to a model. Tokens; `read` and `written` are of the provider's prompt cache; `micros` of a dollar."""

    repository: str
    subject: str
    role: str
    provider: str
    model: str
    input: int
    output: int
    read: int
    written: int
    micros: int
    ended: str  # "answered", or the class of the error
    at: datetime
    ms: int = 0

    @property
    def tokens(self) -> int:
        """Return all tokens that went in or came out."""
        return self.input + self.output + self.read + self.written


@dataclass(frozen=True)
class Limits:
    """Hard caps, None for none: tokens of one call, of a pull request, of the month; micros of a dollar likewise."""

    call_tokens: int | None = None
    pull_tokens: int | None = None
    pull_micros: int | None = None
    repository_month_micros: int | None = None
    month_micros: int | None = None
    month_tokens: int | None = None


@dataclass(frozen=True)
class SpentSum:
    """What several calls cost together; `role`, `provider` and `model` are "" where it is the sum of all."""

    role: str = ""
    provider: str = ""
    model: str = ""
    calls: int = 0
    failed: int = 0  # of the calls: those without an answer
    input: int = 0
    output: int = 0
    read: int = 0
    written: int = 0
    micros: int = 0

    @property
    def tokens(self) -> int:
        """Return all tokens that went in or came out."""
        return self.input + self.output + self.read + self.written


def month_of(moment: datetime) -> datetime:
    """Return when the calendar month of a moment began, in UTC."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def reserve(session: Session, worst: Spending, limits: Limits) -> tuple[int, str]:
    """Return the id of the row that holds the worst case of a call; else 0 and which cap stands against it."""
    lock(session.connection(), "spending")
    if why := _refusal(session, worst, limits):
        return 0, why
    row = _row(worst)
    session.add(row)
    session.flush()
    return row.id, ""


def settle(session: Session, spent: Spending, reserved: int) -> None:
    """Keep what a call did cost, in place of what was reserved for it; 0: nothing was."""
    row = session.get(SpentRow, reserved) if reserved else None
    if row is None:
        session.add(_row(spent))
        return
    for name, value in _values(spent).items():
        setattr(row, name, value)


def total(
    session: Session, now: datetime, *, repository: str = "", subject: str = "", since: datetime | None = None
) -> SpentSum:
    """Return the sum of all calls that count: of a repository, of one of its lines of work, since a moment."""
    return _summed(session.exec(select(*_SUMS).where(*_which(now, repository, subject, since))).one(), ("", "", ""))


def by_role(
    session: Session, now: datetime, *, repository: str = "", subject: str = "", since: datetime | None = None
) -> tuple[SpentSum, ...]:
    """Return the same sums by role, provider and model, the dearest first."""
    kinds = (col(SpentRow.role), col(SpentRow.provider), col(SpentRow.model))
    query = select(*kinds, *_SUMS).where(*_which(now, repository, subject, since)).group_by(*kinds)
    found = [_summed(row[3:], row[:3]) for row in session.exec(query)]
    return tuple(sorted(found, key=lambda one: (-one.micros, -one.tokens, one.role, one.provider, one.model)))


def forget(session: Session, before: datetime) -> int:
    """Delete what was spent before a moment; returns how many calls."""
    return session.connection().execute(delete(SpentRow).where(col(SpentRow.at) < before)).rowcount


def _refusal(session: Session, worst: Spending, limits: Limits) -> str:
    now, month = worst.at, month_of(worst.at)
    if limits.call_tokens is not None and worst.tokens > limits.call_tokens:
        return f"one call may take {limits.call_tokens:,} tokens, this one might take {worst.tokens:,}"
    if limits.pull_tokens is not None or limits.pull_micros is not None:
        pull = total(session, now, repository=worst.repository, subject=worst.subject)
        if why := _over("of this pull request", pull, worst, limits.pull_tokens, limits.pull_micros):
            return why
    if limits.repository_month_micros is not None:
        here = total(session, now, repository=worst.repository, since=month)
        if why := _over("of this repository for the month", here, worst, None, limits.repository_month_micros):
            return why
    if limits.month_tokens is not None or limits.month_micros is not None:
        whole = total(session, now, since=month)
        return _over("for the month", whole, worst, limits.month_tokens, limits.month_micros)
    return ""


def _over(whose: str, spent: SpentSum, worst: Spending, tokens: int | None, micros: int | None) -> str:
    """Return that a budget does not hold the worst case of a call, "" if it does."""
    if tokens is not None and spent.tokens + worst.tokens > tokens:
        return (
            f"the budget {whose} does not hold this call: {spent.tokens:,} of {tokens:,} tokens are spent, "
            f"and it might take {worst.tokens:,}"
        )
    if micros is not None and spent.micros + worst.micros > micros:
        return (
            f"the budget {whose} does not hold this call: {dollars(spent.micros)} of {dollars(micros)} is spent, "
            f"and it might cost {dollars(worst.micros)}"
        )
    return ""


def dollars(micros: int) -> str:
    """Return an amount for people: "$1.50"; small ones with the digits that say something."""
    return f"${micros / 1e6:,.2f}" if micros >= 10_000 or not micros else f"${micros / 1e6:.6f}".rstrip("0")


def _which(now: datetime, repository: str, subject: str, since: datetime | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [or_(col(SpentRow.ended) != ASKED, col(SpentRow.at) > now - STALE)]
    if repository:
        found.append(col(SpentRow.repository) == key(repository))
    if subject:
        found.append(col(SpentRow.subject) == key(subject))
    if since is not None:
        found.append(col(SpentRow.at) >= since)
    return found


_COUNTED = ("input", "output", "read", "written", "micros")
_SUMS = (
    func.count(col(SpentRow.id)),
    func.count(col(SpentRow.id)).filter(col(SpentRow.ended).not_in(("answered", ASKED))),
    *(func.sum(col(getattr(SpentRow, name))) for name in _COUNTED),
)


def _summed(row: Sequence[object], kind: Sequence[object]) -> SpentSum:
    calls, failed, *sums = (int(str(value)) if value is not None else 0 for value in row)
    role, provider, model = map(str, kind)
    return SpentSum(role, provider, model, calls, failed, **dict(zip(_COUNTED, sums, strict=True)))


def _row(spent: Spending) -> SpentRow:
    return SpentRow(**_values(spent))


def _values(spent: Spending) -> dict[str, Any]:
    numbers = {name: min(MOST, max(0, getattr(spent, name))) for name in (*_COUNTED, "ms")}
    texts = {name: storable(getattr(spent, name)) for name in ("role", "provider", "model", "ended")}
    where = {"repository": key(spent.repository), "subject": key(spent.subject)}
    return {**where, **texts, **numbers, "at": spent.at}
