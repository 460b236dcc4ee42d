"""Lists, forgets and remembers lessons, inside the caller's transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, or_
from sqlmodel import Session, col, select

from kb.memory.model import Fate, Lesson, Signal
from kb.outcomes.rows import LessonRow
from kb.outcomes.storable import key, storable


def lessons_of(
    session: Session,
    repository: str | None,
    *,
    slug: str | None,
    fate: Fate | None,
    path: str | None,
    forgotten: bool,
    now: datetime | None,
    limit: int,
) -> tuple[Lesson, ...]:
    """Return the last lessons that match everything given, newest first."""
    query = select(LessonRow).order_by(col(LessonRow.id).desc()).limit(limit)
    if repository is not None:
        query = query.where(LessonRow.repository == key(repository))
    if slug is not None:
        query = query.where(LessonRow.slug == key(slug))
    if fate is not None:
        query = query.where(LessonRow.fate == fate.value)
    if path is not None:
        folder = storable(path).rstrip("/") + "/"
        below = func.substr(LessonRow.path, 1, len(folder)) == folder
        query = query.where(or_(col(LessonRow.path) == folder[:-1], below))
    if not forgotten:
        query = query.where(col(LessonRow.forgotten_at).is_(None))
    if now is not None:
        query = query.where(col(LessonRow.expires) > now)
    return tuple(lesson_from(row) for row in session.exec(query))


def forget(session: Session, repository: str, number: int, by: str, at: datetime) -> bool:
    """Heed a lesson no longer; False if there is no such lesson, or it is forgotten already."""
    row = _row(session, repository, number)
    if row is None or row.forgotten_at is not None:
        return False
    row.forgotten_by, row.forgotten_at = storable(by), at
    session.add(row)
    return True


def remember(session: Session, repository: str, number: int, by: str) -> bool:
    """Heed a forgotten lesson again; False if there is no such lesson, or it is heeded.

    Who did it is kept in the place of who forgot, so that a dismissal that was taken back does not end it once more.
    """
    row = _row(session, repository, number)
    if row is None or row.forgotten_at is None:
        return False
    row.forgotten_by, row.forgotten_at = f"remembered by {storable(by)}", None
    session.add(row)
    return True


def lesson_from(row: LessonRow | Row[Any]) -> Lesson:
    """Return a row, of the table or of a query over all its columns, as a value."""
    return Lesson(
        id=row.id,
        repository=row.repository,
        fingerprint=row.fingerprint,
        about=row.about,
        check=row.check,
        slug=row.slug,
        severity=row.severity,
        path=row.path,
        symbol=row.symbol,
        text=row.text,
        code=row.code,
        fate=Fate(row.fate),
        signal=Signal(row.signal),
        by=row.by,
        by_id=row.by_id,
        subject=row.subject,
        evidence=row.evidence,
        reason=row.reason,
        at=row.at.timestamp(),
        expires=row.expires.timestamp(),
        weight=row.weight,
        forgotten=(row.forgotten_by or "") if row.forgotten_at is not None else "",
    )


def _row(session: Session, repository: str, number: int) -> LessonRow | None:
    row = session.get(LessonRow, number)
    return row if row is not None and row.repository == key(repository) else None
