"""The whole store as JSON objects: the published format of docs/outcomes.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import RowMapping, select
from sqlmodel import Session

from kb.outcomes.rows import Row

_BATCH = 1_000
_FINDING: tuple[str, ...] = (
    "fingerprint",
    "check",
    "slug",
    "severity",
    "confidence",
    "path",
    "line",
    "end_line",
    "side",
)
_FINDING += ("message", "symbol", "evidence", "suggestion", "state", "reason", "likeness")


def exported(session: Session) -> Iterator[dict[str, Any]]:
    """Return every audit, finding, outcome and dismissal: one kind after another, each in the order of writing."""
    yield from _rows(session, "audit", _audit)
    yield from _rows(session, "finding", _finding)
    yield from _rows(session, "outcome", _outcome)
    yield from _rows(session, "dismissal", _dismissal)


def _rows(session: Session, name: str, written: Callable[[RowMapping], dict[str, Any]]) -> Iterator[dict[str, Any]]:
    table = Row.metadata.tables[name]
    query = select(table).order_by(table.c.id).execution_options(yield_per=_BATCH)
    with session.connection().execute(query) as result:  # closed also when the reader stops early
        for row in result.mappings():
            yield {"kind": name, "id": row["id"], **written(row)}


def _audit(row: RowMapping) -> dict[str, Any]:
    return {
        **_plain(row, "signature", "repository", "subject", "base", "head", "overall", "one_liner"),
        "counts": _plain(row, "block", "warn", "info"),
        "coverage": _plain(row, "reviewed", "partial", "skipped"),
        "duration_ms": row["ms"],
        **_plain(row, "versions", "notes"),
        "at": row["started_at"].isoformat(),
    }


def _finding(row: RowMapping) -> dict[str, Any]:
    return {"audit": row["audit_id"], **_plain(row, *_FINDING)}


def _outcome(row: RowMapping) -> dict[str, Any]:
    return {
        "audit": row["audit_id"],
        "outcome": row["kind"],
        **_plain(row, "repository", "subject", "fingerprint", "slug", "path", "head"),
        "at": row["at"].isoformat(),
        "detail": row["detail"],
    }


def _dismissal(row: RowMapping) -> dict[str, Any]:
    undone = row["undone_at"]
    return {
        **_plain(row, "repository", "subject", "fingerprint", "likeness", "slug", "path", "symbol"),
        **_plain(row, "by", "by_id", "source", "reason"),
        "at": row["at"].isoformat(),
        "undone": {"by": row["undone_by"], "by_id": row["undone_by_id"], "at": undone.isoformat()} if undone else None,
    }


def _plain(row: RowMapping, *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}
