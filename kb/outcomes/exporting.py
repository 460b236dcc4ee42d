"""The whole store as JSON objects: the published format of docs/outcomes.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlmodel import Session, col, select

from kb.outcomes.rows import AuditRow, FindingRow, OutcomeRow

_BATCH = 1_000


def exported(session: Session) -> Iterator[dict[str, Any]]:
    """Return every audit, then every finding, then every outcome, each in the order they were written."""
    audits = select(AuditRow).order_by(col(AuditRow.id)).execution_options(yield_per=_BATCH)
    for audit in session.exec(audits):
        yield _audit(audit)
    findings = select(FindingRow).order_by(col(FindingRow.id)).execution_options(yield_per=_BATCH)
    for finding in session.exec(findings):
        yield _finding(finding)
    outcomes = select(OutcomeRow).order_by(col(OutcomeRow.id)).execution_options(yield_per=_BATCH)
    for outcome in session.exec(outcomes):
        yield _outcome(outcome)


def _audit(row: AuditRow) -> dict[str, Any]:
    return {
        "kind": "audit",
        "id": row.id,
        "signature": row.signature,
        "repository": row.repository,
        "subject": row.subject,
        "base": row.base,
        "head": row.head,
        "overall": row.overall,
        "one_liner": row.one_liner,
        "counts": {"block": row.block, "warn": row.warn, "info": row.info},
        "coverage": {"reviewed": row.reviewed, "partial": row.partial, "skipped": row.skipped},
        "duration_ms": row.ms,
        "versions": row.versions,
        "notes": row.notes,
        "at": row.started_at.isoformat(),
    }


def _finding(row: FindingRow) -> dict[str, Any]:
    return {
        "kind": "finding",
        "id": row.id,
        "audit": row.audit_id,
        "fingerprint": row.fingerprint,
        "check": row.check,
        "slug": row.slug,
        "severity": row.severity,
        "confidence": row.confidence,
        "path": row.path,
        "line": row.line,
        "end_line": row.end_line,
        "side": row.side,
        "message": row.message,
        "symbol": row.symbol,
        "evidence": row.evidence,
        "suggestion": row.suggestion,
        "state": row.state,
        "reason": row.reason,
    }


def _outcome(row: OutcomeRow) -> dict[str, Any]:
    return {
        "kind": "outcome",
        "id": row.id,
        "audit": row.audit_id,
        "outcome": row.kind,
        "repository": row.repository,
        "subject": row.subject,
        "fingerprint": row.fingerprint,
        "slug": row.slug,
        "path": row.path,
        "head": row.head,
        "at": row.at.isoformat(),
        "detail": row.detail,
    }
