"""Patches that people refused: what is not to be proposed again in their likeness."""

from __future__ import annotations

from sqlmodel import Session, col, select

from kb.outcomes.audit import Became
from kb.outcomes.past import Refused
from kb.outcomes.rows import AuditRow, FindingRow, OutcomeRow
from kb.outcomes.storable import key

_REFUSALS = (Became.DISMISSED.value, Became.DISLIKED.value)


def refused_patches(session: Session, repository: str, limit: int) -> tuple[Refused, ...]:
    """Return the last patches of findings that were dismissed or disliked, the newest first, each text once."""
    query = (
        select(FindingRow)
        .join(AuditRow, col(AuditRow.id) == col(FindingRow.audit_id))
        .join(
            OutcomeRow,
            (col(OutcomeRow.repository) == col(AuditRow.repository))
            & (col(OutcomeRow.subject) == col(AuditRow.subject))
            & (col(OutcomeRow.fingerprint) == col(FindingRow.fingerprint)),
        )
        .where(AuditRow.repository == key(repository), col(OutcomeRow.kind).in_(_REFUSALS))
        .where(col(FindingRow.suggestion).is_not(None))
        .order_by(col(FindingRow.id).desc())
        .limit(limit)
    )
    rows = session.exec(query).all()
    return tuple(dict.fromkeys(Refused(row.slug, row.suggestion["replacement"]) for row in rows if row.suggestion))
