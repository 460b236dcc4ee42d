"""Writes and reads remarks of people on code, inside the caller's transaction."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, select

from kb.memory.promote_alike import LONGEST_CODE, LONGEST_TEXT, Remark, kind_around, meaning
from kb.outcomes.database import lock
from kb.outcomes.lessons_vectors import Embeds, matrix_of
from kb.outcomes.mistakes import vector_bytes
from kb.outcomes.rows import RemarkRow
from kb.outcomes.storable import key, storable

MOST = 2_000  # remarks of one repository that are compared with a new one
KEPT = timedelta(days=365)  # what is older is not compared, and forgotten by upkeep


def note_remark(session: Session, remark: Remark, embedder: Embeds | None) -> bool:
    """Keep a remark; False if it is kept already."""
    lock(session.connection(), "remarks", key(remark.repository))
    query = select(RemarkRow.id).where(
        RemarkRow.repository == key(remark.repository), RemarkRow.mark == key(remark.mark)
    )
    if session.exec(query).first() is not None:
        return False
    vector = embedder.vectors([meaning(remark.text)])[0] if embedder else None
    session.add(
        RemarkRow(
            repository=key(remark.repository),
            mark=key(remark.mark),
            subject=key(remark.subject),
            by=storable(remark.by),
            by_id=remark.by_id,
            path=storable(remark.path),
            text=storable(remark.text[:LONGEST_TEXT]),
            code=storable(remark.code[:LONGEST_CODE]),
            at=datetime.fromtimestamp(remark.at, UTC),
            embedder=embedder.name if embedder else "",
            vector=vector_bytes(vector),
        )
    )
    return True


def remarks_of(session: Session, repository: str, limit: int) -> tuple[Remark, ...]:
    """Return the last remarks of a repository, newest first."""
    return tuple(_remark(row) for row in _rows(session, repository, limit))


def kind_of_remark(session: Session, repository: str, mark: str, embedder: Embeds) -> tuple[Remark, ...]:
    """Return the remarks that say what one says, that one first; empty until it has recurred, or if it is not kept."""
    rows = _rows(session, repository, MOST)
    newest = next((row for row in rows if row.mark == key(mark)), None)
    if newest is None:
        return ()
    others = [row for row in rows if row is not newest and row.at > newest.at - KEPT]
    chosen = [newest, *others]
    kept = [(row.embedder, row.vector) for row in chosen]
    vectors = matrix_of(kept, [meaning(row.text) for row in chosen], embedder).astype("f4")  # (len(chosen), D)
    return kind_around(_remark(newest), [_remark(row) for row in others], vectors[1:], vectors[0])


def forget_remarks(session: Session, before: datetime) -> int:
    """Delete the remarks that were made before a moment; returns how many."""
    return session.connection().execute(delete(RemarkRow).where(col(RemarkRow.at) < before)).rowcount


def _rows(session: Session, repository: str, limit: int) -> list[RemarkRow]:
    query = (
        select(RemarkRow).where(RemarkRow.repository == key(repository)).order_by(col(RemarkRow.id).desc()).limit(limit)
    )
    return list(session.exec(query))


def _remark(row: RemarkRow) -> Remark:
    return Remark(
        id=row.id,
        repository=row.repository,
        mark=row.mark,
        subject=row.subject,
        by=row.by,
        by_id=row.by_id,
        path=row.path,
        text=row.text,
        code=row.code,
        at=row.at.timestamp(),
    )
