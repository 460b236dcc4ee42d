"""Answers questions about the past from the tables; rows become domain values here."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, or_
from sqlalchemy import select as select_any
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from kb.outcomes.audit import OPINIONS, Counts, LoggedEvidence, LoggedFinding, LoggedSuggestion, State
from kb.outcomes.past import OPEN, SILENT, PastAudit, PastFinding, PastOutcome
from kb.outcomes.rows import AuditRow, CoveredRow, FindingRow, OutcomeRow, StandingRow
from kb.outcomes.storable import key, storable

_BATCH = 500
_DIGITS = re.compile("[0-9a-f]{6,}")

_Findings = Select[FindingRow, AuditRow, str]


def past_audits(
    session: Session,
    *,
    repository: str | None,
    subject: str | None = None,
    base: str | None = None,
    head: str | None = None,
    path: str | None = None,
    limit: int,
) -> tuple[PastAudit, ...]:
    """Return the last audits that match everything given, newest first."""
    query = select(AuditRow).order_by(col(AuditRow.id).desc()).limit(limit)
    if repository is not None:
        query = query.where(AuditRow.repository == key(repository))
    if subject is not None:
        query = query.where(AuditRow.subject == key(subject))
    if base is not None:
        query = query.where(AuditRow.base == storable(base))
    if head is not None:
        query = query.where(AuditRow.head == key(head))
    if path is not None:
        covered = select(CoveredRow.audit_id).where(_below(CoveredRow.path, path))
        query = query.where(col(AuditRow.id).in_(covered))
    rows = session.exec(query).all()
    became = _became_by_audit(session, [row.id for row in rows])
    return tuple(_past_audit(row, became) for row in rows)


def past_findings(
    session: Session,
    *,
    repository: str | None,
    subject: str | None = None,
    slug: str | None,
    path: str | None,
    limit: int,
) -> tuple[PastFinding, ...]:
    """Return the last findings that match everything given, newest first, each one once."""
    query = _findings(repository)
    if subject is not None:
        query = query.where(AuditRow.subject == key(subject))
    if slug is not None:
        query = query.where(FindingRow.slug == key(slug))
    if path is not None:
        query = query.where(_below(FindingRow.path, path))
    return _each_once(session, query, limit)


def named_findings(
    session: Session, repository: str, name: str, *, subject: str | None, limit: int
) -> tuple[PastFinding, ...]:
    """Return the findings whose slug this is, or whose fingerprint begins with these six or more hex digits."""
    named = col(FindingRow.slug) == key(name)
    if _DIGITS.fullmatch(name.lower()):
        begins = name.lower()
        # "g" comes after every hex digit, whatever the database's order of letters.
        named = or_(named, and_(col(FindingRow.fingerprint) >= begins, col(FindingRow.fingerprint) < begins + "g"))
    query = _findings(repository).where(named)
    if subject is not None:
        query = query.where(AuditRow.subject == key(subject))
    return _each_once(session, query, limit)


def standing_findings(session: Session, repository: str, subject: str) -> tuple[PastFinding, ...]:
    """Return what stands on a line of work, as the audit that last posted it told it, in its order."""
    query = (
        select(FindingRow, AuditRow, _last_outcome())
        .join(AuditRow, col(AuditRow.id) == FindingRow.audit_id)
        .join(StandingRow, col(StandingRow.audit_id) == AuditRow.id)
        .where(StandingRow.repository == key(repository), StandingRow.subject == key(subject))
        .where(StandingRow.fingerprint == FindingRow.fingerprint, FindingRow.state == State.POSTED)
        .order_by(col(FindingRow.id))
    )
    return tuple(
        {row.fingerprint: _past_finding(row, audit, kind) for row, audit, kind in session.exec(query)}.values()
    )


def past_outcomes(session: Session, repository: str, subject: str, fingerprint: str) -> tuple[PastOutcome, ...]:
    """Return all that became of one finding on one line of work, oldest first; "" is the whole change."""
    query = (
        select(OutcomeRow)
        .where(OutcomeRow.repository == key(repository), OutcomeRow.subject == key(subject))
        .where(OutcomeRow.fingerprint == key(fingerprint))
        .order_by(col(OutcomeRow.id))
    )
    return tuple(PastOutcome(row.kind, row.head, row.at, row.detail) for row in session.exec(query))


def _findings(repository: str | None) -> _Findings:
    query = (
        select(FindingRow, AuditRow, _last_outcome())
        .join(AuditRow, col(AuditRow.id) == FindingRow.audit_id)
        .order_by(col(FindingRow.id).desc())
        .limit(_BATCH)
    )
    return query if repository is None else query.where(AuditRow.repository == key(repository))


def _each_once(session: Session, query: _Findings, limit: int) -> tuple[PastFinding, ...]:
    found: dict[tuple[str, str, str], PastFinding] = {}
    for finding, audit, became in _in_batches(session, query):
        identity = (audit.repository, audit.subject, finding.fingerprint)
        if identity not in found:
            found[identity] = _past_finding(finding, audit, became)
        if len(found) == limit:
            break
    return tuple(found.values())


def _in_batches(session: Session, query: _Findings) -> Iterator[tuple[FindingRow, AuditRow, str | None]]:
    """Read in batches, newest first: the caller stops early, and a finding may recur in many audits."""
    rows = session.exec(query).all()
    while rows:
        yield from rows
        rows = session.exec(query.where(col(FindingRow.id) < rows[-1][0].id)).all()


def _below(column: str, path: str) -> ColumnElement[bool]:
    """The file of this path, or any file in the folder of this path."""
    folder = storable(path).rstrip("/") + "/"
    return or_(col(column) == folder[:-1], func.substr(column, 1, len(folder)) == folder)


def _last_outcome() -> ScalarSelect[str]:
    return (
        select_any(col(OutcomeRow.kind))
        .where(
            col(OutcomeRow.repository) == AuditRow.repository,
            col(OutcomeRow.subject) == AuditRow.subject,
            col(OutcomeRow.fingerprint) == FindingRow.fingerprint,
            col(OutcomeRow.kind).not_in(sorted(OPINIONS)),
        )
        .order_by(col(OutcomeRow.id).desc())
        .limit(1)
        .correlate(AuditRow, FindingRow)
        .scalar_subquery()
    )


def _became_by_audit(session: Session, audits: Sequence[int]) -> dict[int, list[tuple[str, int]]]:
    posted = (
        select_any(col(FindingRow.audit_id).label("audit_id"), func.coalesce(_last_outcome(), OPEN).label("became"))
        .join(AuditRow, col(AuditRow.id) == FindingRow.audit_id)
        .where(col(FindingRow.audit_id).in_(audits), col(FindingRow.state) == State.POSTED)
        .subquery()
    )
    count = func.count()
    query = select_any(posted.c.audit_id, posted.c.became, count).group_by(posted.c.audit_id, posted.c.became)
    became = defaultdict(list)
    for audit, kind, number in session.connection().execute(query.order_by(count.desc(), posted.c.became)):
        became[audit].append((kind, number))
    return became


def _past_audit(row: AuditRow, became: dict[int, list[tuple[str, int]]]) -> PastAudit:
    return PastAudit(
        id=row.id,
        signature=row.signature,
        repository=row.repository,
        subject=row.subject,
        base=row.base,
        head=row.head,
        overall=row.overall,
        one_liner=row.one_liner,
        at=row.started_at,
        ms=row.ms,
        counts=Counts(row.block, row.warn, row.info),
        reviewed=row.reviewed,
        partial=row.partial,
        skipped=row.skipped,
        versions=tuple(sorted(row.versions.items())),
        notes=tuple(row.notes),
        became=tuple(became.get(row.id, ())),
    )


def _past_finding(row: FindingRow, audit: AuditRow, became: str | None) -> PastFinding:
    finding = LoggedFinding(
        fingerprint=row.fingerprint,
        check=row.check,
        slug=row.slug,
        severity=row.severity,
        confidence=row.confidence,
        path=row.path,
        line=row.line,
        end_line=row.end_line,
        side=row.side,
        message=row.message,
        symbol=row.symbol,
        evidence=tuple(LoggedEvidence(**item) for item in row.evidence),
        suggestion=LoggedSuggestion(**row.suggestion) if row.suggestion else None,
        state=State(row.state),
        reason=row.reason,
        likeness=row.likeness,
        code=row.code,
    )
    fallback = SILENT if finding.state is State.SILENT else OPEN
    return PastFinding(
        finding, row.audit_id, audit.repository, audit.subject, audit.head, audit.started_at, became or fallback
    )
