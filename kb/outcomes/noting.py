"""Appends what became of findings outside audits, once by mark, inside the caller's transaction."""

from __future__ import annotations

from sqlalchemy import delete
from sqlmodel import Session, col, select

from kb.outcomes.app import Note
from kb.outcomes.audit import Became
from kb.outcomes.database import lock
from kb.outcomes.rows import AuditRow, DoneRow, FindingRow, OutcomeRow, StandingRow
from kb.outcomes.storable import key, storable


def note(session: Session, told: Note, mark: str) -> bool:
    """Append an outcome; False, and nothing is done, if the mark was there before."""
    if not is_new(session, told.repository, mark):
        return False
    append(session, told)
    return True


def is_new(session: Session, repository: str, mark: str) -> bool:
    """Keep a mark and return True; False if it is kept already. Writers of one repository wait for each other here."""
    lock(session.connection(), "repository", key(repository))
    if session.get(DoneRow, (key(repository), key(mark))) is not None:
        return False
    session.add(DoneRow(repository=key(repository), mark=key(mark)))
    session.flush()
    return True


def append(session: Session, told: Note) -> None:
    """Append an outcome, joined to the last audit of its line of work that had the finding, if there is one."""
    audit, slug, path = _last_seen(session, told)
    session.add(
        OutcomeRow(
            repository=key(told.repository),
            subject=key(told.subject),
            fingerprint=key(told.fingerprint),
            slug=slug,
            path=path,
            kind=Became(told.kind).value,
            audit_id=audit,
            head=key(told.head),
            at=told.at,
            detail=storable(told.detail),
        )
    )
    session.flush()


def is_known(session: Session, repository: str, subject: str, fingerprint: str) -> bool:
    """Return whether an audit of this line of work had this finding."""
    query = (
        select(FindingRow.id)
        .join(AuditRow, col(AuditRow.id) == FindingRow.audit_id)
        .where(AuditRow.repository == key(repository), AuditRow.subject == key(subject))
        .where(FindingRow.fingerprint == key(fingerprint))
        .limit(1)
    )
    return session.exec(query).first() is not None


def fall(session: Session, repository: str, subject: str, fingerprint: str) -> bool:
    """Take a finding from what stands on a line of work; returns whether it stood."""
    gone = delete(StandingRow).where(
        col(StandingRow.repository) == key(repository),
        col(StandingRow.subject) == key(subject),
        col(StandingRow.fingerprint) == key(fingerprint),
    )
    return session.connection().execute(gone).rowcount > 0


def _last_seen(session: Session, told: Note) -> tuple[int | None, str, str]:
    here = (AuditRow.repository == key(told.repository), AuditRow.subject == key(told.subject))
    if not told.fingerprint:
        last = select(AuditRow.id).where(*here).order_by(col(AuditRow.id).desc()).limit(1)
        return session.exec(last).first(), "", ""
    query = (
        select(FindingRow.audit_id, FindingRow.slug, FindingRow.path)
        .join(AuditRow, col(AuditRow.id) == FindingRow.audit_id)
        .where(*here, FindingRow.fingerprint == key(told.fingerprint))
        .order_by(col(FindingRow.id).desc())
        .limit(1)
    )
    return session.exec(query).first() or (None, "", "")
