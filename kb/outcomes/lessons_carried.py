"""Takes lessons in that come from another store, inside the caller's transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlmodel import Session, col, select

from kb.memory.model import Lesson, Signal
from kb.outcomes.database import lock
from kb.outcomes.lessons_vectors import Embeds, give_vectors
from kb.outcomes.rows import LessonRow
from kb.outcomes.storable import key, storable

_BATCH = 500


def take_in(
    session: Session, repository: str, lessons: Sequence[Lesson], now: datetime, embedder: Embeds | None
) -> int:
    """Keep lessons as imported ones of this repository; returns how many are new.

    What is there already, from an earlier import or because the lesson was exported here, stays as it is: also if it is
    forgotten. What has expired is left out.
    """
    lock(session.connection(), "learn", key(repository))
    by_mark: dict[str, LessonRow] = {}
    for lesson in lessons:
        if lesson.expires > now.timestamp():
            row = _row(repository, lesson)
            by_mark.setdefault(row.mark, row)
    rows = list(by_mark.values())
    known = _known(session, repository, rows)
    new = [row for row in rows if row.mark not in known[0] and _identity(row) not in known[1]]
    give_vectors(new, embedder)
    session.add_all(new)
    session.flush()
    return len(new)


_Identity = tuple[str, str, str, int, datetime]


def _known(session: Session, repository: str, rows: Sequence[LessonRow]) -> tuple[set[str], set[_Identity]]:
    marks: set[str] = set()
    identities: set[_Identity] = set()
    for start in range(0, len(rows), _BATCH):
        wanted = rows[start : start + _BATCH]
        query = select(LessonRow).where(
            LessonRow.repository == key(repository),
            col(LessonRow.fingerprint).in_(sorted({row.fingerprint for row in wanted})),
        )
        for row in session.exec(query):
            marks.add(row.mark)
            identities.add(_identity(row))
    return marks, identities


def _identity(row: LessonRow) -> _Identity:
    return row.fingerprint, row.subject, row.fate, row.by_id, row.at


def _row(repository: str, lesson: Lesson) -> LessonRow:
    is_ours = lesson.repository == key(repository)
    where = "" if is_ours else f"{lesson.repository} "
    parts = (lesson.repository, lesson.fingerprint, lesson.subject, lesson.fate, str(lesson.by_id), repr(lesson.at))
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
    return LessonRow(
        repository=key(repository),
        mark=f"imported:{digest[:32]}",
        fingerprint=key(lesson.fingerprint),
        about=key(lesson.about),
        check=storable(lesson.check),
        slug=key(lesson.slug),
        severity=lesson.severity,
        path=storable(lesson.path),
        symbol=storable(lesson.symbol),
        text=storable(lesson.text),
        code=storable(lesson.code),
        fate=lesson.fate.value,
        signal=Signal.IMPORTED.value,
        by=storable(lesson.by),
        by_id=lesson.by_id,
        subject=key(f"{where}{lesson.subject}"),
        evidence=storable(f"{where}{lesson.evidence}"),
        reason=storable(lesson.reason),
        weight=lesson.weight,
        at=datetime.fromtimestamp(lesson.at, UTC),
        expires=datetime.fromtimestamp(lesson.expires, UTC),
        embedder="",
        vector=b"",
        code_vector=b"",
    )
