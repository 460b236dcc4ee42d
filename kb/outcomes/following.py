"""What the App must not forget between two steps: pull requests, attempts, open check runs."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func
from sqlmodel import Session, col, select

from kb.outcomes.app import Attempt, Attempted, OpenCheck, PullRecord
from kb.outcomes.database import lock
from kb.outcomes.rows import AttemptRow, OpenCheckRow, PullRow
from kb.outcomes.storable import key, storable


def pull(session: Session, repository: str, number: int) -> PullRecord:
    """Return what is remembered of a pull request; an empty record if nothing is."""
    row = session.get(PullRow, (key(repository), number))
    return PullRecord() if row is None else PullRecord(row.paused_by, row.merge_commit, row.last_head)


def pause(session: Session, repository: str, number: int, by: str | None) -> None:
    """Remember who paused a pull request; None: nobody."""
    row = _pull(session, repository, number)
    row.paused_by = None if by is None else storable(by)
    session.add(row)


def closed(session: Session, repository: str, number: int, head: str, merge_commit: str | None) -> None:
    """Remember a closed pull request's head, and the commit that it was merged as."""
    row = _pull(session, repository, number)
    row.last_head, row.merge_commit = key(head), None if merge_commit is None else key(merge_commit)
    session.add(row)


def pull_of_merge(session: Session, repository: str, commit: str) -> int | None:
    """Return the number of the pull request that was merged as this commit."""
    query = select(PullRow.number).where(PullRow.repository == key(repository), PullRow.merge_commit == key(commit))
    return session.exec(query.order_by(col(PullRow.number).desc())).first()


def attempt(session: Session, name: str, at: datetime) -> Attempt:
    """Keep an attempt before its request is made; one that is kept already tells its result."""
    lock(session.connection(), "attempt", key(name))
    row = session.get(AttemptRow, key(name))
    if row is not None:
        return Attempt(is_first=False, result=row.result)
    session.add(AttemptRow(key=key(name), at=at))
    return Attempt(is_first=True)


def attempted(session: Session, name: str, result: str) -> None:
    """Keep an attempt's result; one that was forgotten stays so."""
    row = session.get(AttemptRow, key(name))
    if row is not None:
        row.result = storable(result)
        session.add(row)


def attempts(session: Session, prefix: str) -> tuple[Attempted, ...]:
    """Return the attempts whose names begin so, oldest first."""
    query = select(AttemptRow).where(_begins(AttemptRow.key, prefix)).order_by(col(AttemptRow.at), col(AttemptRow.key))
    return tuple(Attempted(row.key, row.at, row.result) for row in session.exec(query))


def forget_attempts(session: Session, before: datetime) -> int:
    """Delete the attempts that began before a moment; returns how many."""
    gone = delete(AttemptRow).where(col(AttemptRow.at) < before)
    return session.connection().execute(gone).rowcount


def check_opening(session: Session, check: OpenCheck) -> None:
    """Keep a check run that is about to be made; one of the same review that is kept already stays as it is."""
    lock(session.connection(), "check", key(check.review))
    if session.get(OpenCheckRow, key(check.review)) is None:
        session.add(OpenCheckRow(**{**asdict(check), "review": key(check.review)}))


def check_opened(session: Session, review: str, number: int) -> None:
    """Keep the id that GitHub gave a check run."""
    row = session.get(OpenCheckRow, key(review))
    if row is not None:
        row.check = number
        session.add(row)


def check_closed(session: Session, review: str) -> None:
    """Forget a check run that is completed."""
    session.connection().execute(delete(OpenCheckRow).where(col(OpenCheckRow.review) == key(review)))


def open_checks(
    session: Session, before: datetime | None, review: str | None, prefix: str | None
) -> tuple[OpenCheck, ...]:
    """Return the check runs to be completed, oldest first: kept before then, of this review, of such ids."""
    query = select(OpenCheckRow).order_by(col(OpenCheckRow.at), col(OpenCheckRow.review))
    if before is not None:
        query = query.where(col(OpenCheckRow.at) < before)
    if review is not None:
        query = query.where(OpenCheckRow.review == key(review))
    if prefix is not None:
        query = query.where(_begins(OpenCheckRow.review, prefix))
    return tuple(OpenCheck(**row.model_dump()) for row in session.exec(query))


def _begins(column: str, text: str) -> ColumnElement[bool]:
    # Not LIKE, which does not tell capitals apart on SQLite.
    return func.substr(column, 1, len(storable(text))) == storable(text)


def _pull(session: Session, repository: str, number: int) -> PullRow:
    lock(session.connection(), "pull", key(repository), str(number))
    return session.get(PullRow, (key(repository), number)) or PullRow(repository=key(repository), number=number)
