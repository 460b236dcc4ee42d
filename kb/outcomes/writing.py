"""Writes one audit into the tables, with what it says about earlier findings, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import and_, delete, insert
from sqlmodel import Session, col, select

from kb.outcomes.audit import DERIVED, Audit, Became, LoggedFinding, Seen, signature_of
from kb.outcomes.database import lock
from kb.outcomes.derive import Derivation, Landed, Standing, outcomes_of
from kb.outcomes.rows import AuditRow, CoveredRow, FindingRow, OutcomeRow, Row, StandingRow
from kb.outcomes.storable import storable_audit

_ASKED = (Became.DISMISSED, Became.UNDISMISSED)
_BATCH = 5_000  # values in one statement: SQLite takes 32,766, Postgres 65,535

T = TypeVar("T")


def write(session: Session, audit: Audit, landed: Landed, spooled: str | None) -> int:
    """Insert the audit, its files, findings and outcomes; returns its id.

    An audit with a spool mark that is already there is not written again; its old id is returned.
    """
    signature = signature_of(audit.repository, audit.head)
    audit = storable_audit(audit)
    lock(session.connection(), audit.repository, audit.subject)
    if spooled is not None:
        written = session.exec(select(AuditRow.id).where(AuditRow.spooled == spooled)).first()
        if written is not None:
            return written
    row = _audit_row(audit, signature, spooled)
    session.add(row)
    session.flush()
    number = row.id
    _insert(session, CoveredRow, ({"audit_id": number, **asdict(file)} for file in audit.files))
    _insert(session, FindingRow, ({"audit_id": number, **asdict(finding)} for finding in audit.findings))
    _apply(session, audit, number, _derive(session, audit, landed))
    return number


def _audit_row(audit: Audit, signature: str, spooled: str | None) -> AuditRow:
    return AuditRow(
        signature=signature,
        repository=audit.repository,
        subject=audit.subject,
        base=audit.base,
        head=audit.head,
        overall=audit.overall,
        one_liner=audit.one_liner,
        block=audit.counts.block,
        warn=audit.counts.warn,
        info=audit.counts.info,
        reviewed=len(audit.paths(Seen.REVIEWED)),
        partial=len(audit.paths(Seen.PARTIAL)),
        skipped=len(audit.paths(Seen.SKIPPED)),
        started_at=audit.started_at,
        ms=audit.ms,
        versions=dict(audit.versions),
        notes=list(audit.notes),
        spooled=spooled,
    )


def _derive(session: Session, audit: Audit, landed: Landed) -> Derivation:
    same = (col(FindingRow.audit_id) == StandingRow.audit_id, col(FindingRow.fingerprint) == StandingRow.fingerprint)
    query = (
        select(StandingRow, AuditRow.base, AuditRow.head, FindingRow.likeness)
        .join(AuditRow, col(AuditRow.id) == StandingRow.audit_id)
        .join(FindingRow, and_(*same))
        .where(StandingRow.repository == audit.repository, StandingRow.subject == audit.subject)
    )
    standing = {
        row.fingerprint: Standing(row.fingerprint, row.check, row.slug, row.path, base, head, likeness)
        for row, base, head, likeness in session.exec(query)
    }
    asked = _latest(session, audit, _ASKED)
    dismissed = frozenset(mark for mark, kind in asked.items() if kind == Became.DISMISSED)
    return outcomes_of(audit, standing, _latest(session, audit, DERIVED), landed, dismissed)


def _latest(session: Session, audit: Audit, kinds: Iterable[str]) -> dict[str, str]:
    latest: dict[str, str] = {}
    for marks in _batches({finding.fingerprint for finding in audit.findings}, _BATCH):
        query = (
            select(OutcomeRow.fingerprint, OutcomeRow.kind)
            .where(OutcomeRow.repository == audit.repository, OutcomeRow.subject == audit.subject)
            .where(col(OutcomeRow.fingerprint).in_(marks), col(OutcomeRow.kind).in_(list(kinds)))
            .order_by(col(OutcomeRow.id))
        )
        latest.update(session.exec(query).all())
    return latest


def _apply(session: Session, audit: Audit, number: int, derived: Derivation) -> None:
    where = {"repository": audit.repository, "subject": audit.subject, "audit_id": number}
    moment = {"head": audit.head, "at": audit.started_at}
    _insert(session, OutcomeRow, ({**where, **moment, **asdict(outcome)} for outcome in derived.outcomes))
    for marks in _batches([*derived.falls, *(finding.fingerprint for finding in derived.stands)], _BATCH):
        gone = delete(StandingRow).where(
            col(StandingRow.repository) == audit.repository,
            col(StandingRow.subject) == audit.subject,
            col(StandingRow.fingerprint).in_(marks),
        )
        session.connection().execute(gone)
    _insert(session, StandingRow, ({**where, **_stand(finding)} for finding in derived.stands))


def _stand(finding: LoggedFinding) -> dict[str, str]:
    return {name: getattr(finding, name) for name in ("fingerprint", "check", "slug", "path")}


def _insert(session: Session, table: type[Row], values: Iterator[dict[str, Any]]) -> None:
    for rows in _batches(values, 1_000):
        session.connection().execute(insert(table), rows)


def _batches(values: Iterable[T], size: int) -> Iterator[list[T]]:
    left = iter(values)
    while batch := list(islice(left, size)):
        yield batch
