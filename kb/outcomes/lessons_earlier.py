"""Earlier audits of a line of work and of others, and how those ended."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from typing import TypeVar

from sqlalchemy import func
from sqlmodel import Session, col, select

from kb.memory.model import Earlier
from kb.outcomes.audit import Became, State
from kb.outcomes.rows import AuditRow, CoveredRow, FindingRow, OutcomeRow, StandingRow
from kb.outcomes.storable import key

MOST_HERE = 5  # audits of one line of work, the newest
MOST_ELSEWHERE = 200  # lines of work that ended, the newest
MOST_PATHS = 300  # of one audit
MOST_STANDING = 100  # findings of one line of work
_ENDED = (Became.MERGED, Became.CLOSED, Became.REVERTED)
_BATCH = 500
_Standing = tuple[str, str, str, str]
T = TypeVar("T")


def earlier_here(session: Session, repository: str, subject: str) -> tuple[Earlier, ...]:
    """Return the last audits of a line of work, newest first; what stands is told with the audit that posted it."""
    query = (
        select(AuditRow)
        .where(AuditRow.repository == key(repository), AuditRow.subject == key(subject))
        .order_by(col(AuditRow.id).desc())
        .limit(MOST_HERE)
    )
    ended = _ended(session, repository, [key(subject)])
    return _told(session, list(session.exec(query)), ended)


def earlier_elsewhere(session: Session, repository: str, subject: str) -> tuple[Earlier, ...]:
    """Return the last audit of each other line of work that ended, newest first."""
    ended_last = (
        select(OutcomeRow.subject)
        .where(OutcomeRow.repository == key(repository), OutcomeRow.fingerprint == "")
        .where(col(OutcomeRow.kind).in_([kind.value for kind in _ENDED]), OutcomeRow.subject != key(subject))
        .group_by(OutcomeRow.subject)
        .order_by(func.max(OutcomeRow.id).desc())
        .limit(MOST_ELSEWHERE)
    )
    subjects = list(session.exec(ended_last))
    newest = (
        select(func.max(AuditRow.id))
        .where(AuditRow.repository == key(repository), col(AuditRow.subject).in_(subjects))
        .group_by(AuditRow.subject)
    )
    rows = session.exec(select(AuditRow).where(col(AuditRow.id).in_(newest)).order_by(col(AuditRow.id).desc()))
    return _told(session, list(rows), _ended(session, repository, subjects))


def _ended(session: Session, repository: str, subjects: Sequence[str]) -> dict[str, str]:
    """Return how lines of work ended, by the last word about each as a whole."""
    query = (
        select(OutcomeRow.subject, OutcomeRow.kind)
        .where(OutcomeRow.repository == key(repository), col(OutcomeRow.subject).in_(subjects))
        .where(OutcomeRow.fingerprint == "", col(OutcomeRow.kind).in_([kind.value for kind in _ENDED]))
        .order_by(col(OutcomeRow.id))
    )
    return dict(session.exec(query).all())


def _told(session: Session, rows: Sequence[AuditRow], ended: dict[str, str]) -> tuple[Earlier, ...]:
    ids = [row.id for row in rows]
    paths, standing = _paths(session, ids), _standing(session, ids)
    return tuple(
        Earlier(
            audit=row.id,
            subject=row.subject,
            head=row.head,
            overall=row.overall,
            one_liner=row.one_liner,
            at=row.started_at.timestamp(),
            paths=tuple(islice(paths.get(row.id, ()), MOST_PATHS)),
            standing=tuple(islice(standing.get(row.id, ()), MOST_STANDING)),
            ended=ended.get(row.subject, "open"),
        )
        for row in rows
    )


def _paths(session: Session, audits: Collection[int]) -> dict[int, list[str]]:
    query = select(CoveredRow.audit_id, CoveredRow.path).where(col(CoveredRow.audit_id).in_(audits))
    return _grouped(session.exec(query.order_by(col(CoveredRow.id))))


def _standing(session: Session, audits: Collection[int]) -> dict[int, list[_Standing]]:
    query = (
        select(FindingRow)
        .join(StandingRow, col(StandingRow.audit_id) == FindingRow.audit_id)
        .where(col(FindingRow.audit_id).in_(audits), FindingRow.state == State.POSTED)
        .where(StandingRow.fingerprint == FindingRow.fingerprint)
        .order_by(col(FindingRow.id))
    )
    rows = session.exec(query)
    return _grouped((row.audit_id, (row.fingerprint, row.slug, row.path, row.message)) for row in rows)


def _grouped(pairs: Iterable[tuple[int, T]]) -> dict[int, list[T]]:
    found: dict[int, list[T]] = {}
    for number, value in pairs:
        found.setdefault(number, []).append(value)
    return found
