"""Writes and reads dismissals, inside the caller's transaction."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from kb.outcomes.app import Dismissal, DismissalSource, Note
from kb.outcomes.audit import Became
from kb.outcomes.database import lock
from kb.outcomes.noting import append, fall, is_known, is_new
from kb.outcomes.rows import AuditRow, DismissalRow
from kb.outcomes.storable import key, storable


def dismiss(session: Session, asked: Dismissal, mark: str) -> bool:
    """Keep a dismissal; False if the mark was there before, or the finding is dismissed already.

    On the line of work where it was asked, the finding no longer stands and its outcome is DISMISSED, also where
    another line of work brought the dismissal.
    """
    if not is_new(session, asked.repository, mark):
        return False
    is_first = _holding(session, asked.repository, asked.fingerprint) is None
    if is_first:
        session.add(_row(asked))
        session.flush()
    lock(session.connection(), key(asked.repository), key(asked.subject))
    stood = fall(session, asked.repository, asked.subject, asked.fingerprint)
    if stood or (is_first and is_known(session, asked.repository, asked.subject, asked.fingerprint)):
        _append(session, Became.DISMISSED, asked.repository, asked.subject, asked.fingerprint, asked.reason, asked.at)
    return is_first


def undismiss(
    session: Session, repository: str, fingerprint: str, *, by: str, by_id: int, at: datetime, mark: str
) -> bool:
    """End a dismissal; False if the mark was there before, or the finding is not dismissed."""
    if not is_new(session, repository, mark):
        return False
    row = _holding(session, repository, fingerprint)
    if row is None:
        return False
    row.undone_by, row.undone_by_id, row.undone_at = storable(by), by_id, at
    session.add(row)
    session.flush()
    if is_known(session, repository, row.subject, fingerprint):
        _append(session, Became.UNDISMISSED, repository, row.subject, fingerprint, f"by {by}", at)
    return True


def dismissals(session: Session, repository: str) -> tuple[Dismissal, ...]:
    """Return the dismissals that hold in a repository, oldest first."""
    query = (
        select(DismissalRow)
        .where(DismissalRow.repository == key(repository), col(DismissalRow.undone_at).is_(None))
        .order_by(col(DismissalRow.id))
    )
    return tuple(_dismissal(row) for row in session.exec(query))


def _holding(session: Session, repository: str, fingerprint: str) -> DismissalRow | None:
    query = (
        select(DismissalRow)
        .where(DismissalRow.repository == key(repository), DismissalRow.fingerprint == key(fingerprint))
        .where(col(DismissalRow.undone_at).is_(None))
    )
    return session.exec(query).first()


def _append(
    session: Session, kind: Became, repository: str, subject: str, fingerprint: str, detail: str, at: datetime
) -> None:
    query = (
        select(AuditRow.head)
        .where(AuditRow.repository == key(repository), AuditRow.subject == key(subject))
        .order_by(col(AuditRow.id).desc())
        .limit(1)
    )
    head = session.exec(query).first() or ""
    append(session, Note(repository, subject, fingerprint, kind, head, detail, at))


def _row(asked: Dismissal) -> DismissalRow:
    return DismissalRow(
        repository=key(asked.repository),
        fingerprint=key(asked.fingerprint),
        slug=key(asked.slug),
        likeness=key(asked.likeness),
        path=storable(asked.path),
        symbol=storable(asked.symbol),
        by=storable(asked.by),
        by_id=asked.by_id,
        source=DismissalSource(asked.source).value,
        reason=storable(asked.reason),
        subject=key(asked.subject),
        at=asked.at,
    )


def _dismissal(row: DismissalRow) -> Dismissal:
    return Dismissal(
        repository=row.repository,
        fingerprint=row.fingerprint,
        slug=row.slug,
        likeness=row.likeness,
        path=row.path,
        symbol=row.symbol,
        by=row.by,
        by_id=row.by_id,
        source=DismissalSource(row.source),
        reason=row.reason,
        subject=row.subject,
        at=row.at,
    )
