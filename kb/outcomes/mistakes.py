"""Writes and reads the mistakes of our own models, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from kb.memory.mistakes import is_alive, normal
from kb.memory.model import IDLE, SAME, Mistake, MistakeKind
from kb.outcomes.database import lock
from kb.outcomes.lessons_vectors import Embeds
from kb.outcomes.rows import MistakeRow
from kb.outcomes.storable import key, storable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST = 500  # mistakes of one repository that are looked at


def note_mistakes(
    session: Session, repository: str, mistakes: Sequence[Mistake], now: datetime, embedder: Embeds | None
) -> int:
    """Keep mistakes; one that is known, or alike beyond SAME, is counted again. Returns how many are new."""
    if not mistakes:
        return 0
    lock(session.connection(), "mistakes", key(repository))
    vectors = embedder.vectors([normal(one.pattern) for one in mistakes]) if embedder else None
    rows, new = _living(session, repository, now), 0
    for number, one in enumerate(mistakes):
        vector = None if vectors is None else vectors[number]
        known = _like(one, vector, embedder, rows)
        if known is None:
            rows.append(_row(repository, one, now, vector, embedder))
            session.add(rows[-1])
            new += 1
            continue
        known.times += max(1, one.times)
        known.at, known.why, known.example = now, storable(one.why), storable(one.example)
        session.add(known)
    session.flush()
    return new


def mistakes_of(session: Session, repository: str, now: datetime) -> tuple[Mistake, ...]:
    """Return the mistakes of a repository that are heeded, the most frequent first; idle ones are left out."""
    found = [mistake_from(row) for row in _living(session, repository, now)]
    return tuple(sorted(found, key=lambda one: (-one.times, -one.at, one.id)))


def heed(session: Session, ids: Collection[int], now: datetime) -> None:
    """Keep that mistakes were handed to a model."""
    for row in session.exec(select(MistakeRow).where(col(MistakeRow.id).in_(list(ids)))):
        row.used = now
        session.add(row)


def archive(session: Session, now: datetime) -> int:
    """Archive what was neither seen nor heeded for IDLE seconds; returns how many were."""
    before, count = now - timedelta(seconds=IDLE), 0
    query = select(MistakeRow).where(col(MistakeRow.archived_at).is_(None), col(MistakeRow.at) < before)
    for row in session.exec(query):
        if not is_alive(mistake_from(row), now.timestamp()):
            row.archived_at = now
            session.add(row)
            count += 1
    return count


def mistake_from(row: MistakeRow) -> Mistake:
    """Return a row as a value."""
    return Mistake(
        id=row.id,
        repository=row.repository,
        kind=MistakeKind(row.kind),
        slug=row.slug,
        pattern=row.pattern,
        why=row.why,
        times=row.times,
        at=row.at.timestamp(),
        used=row.used.timestamp() if row.used else 0.0,
        example=row.example,
    )


def vector_bytes(vector: NDArray[np.float32] | None) -> bytes:
    """Return a row of vectors as it is kept: half floats, little end first."""
    return b"" if vector is None else vector.astype("<f2").tobytes()


def _living(session: Session, repository: str, now: datetime) -> list[MistakeRow]:
    query = (
        select(MistakeRow)
        .where(MistakeRow.repository == key(repository), col(MistakeRow.archived_at).is_(None))
        .order_by(col(MistakeRow.id).desc())
        .limit(MOST)
    )
    return [row for row in session.exec(query) if is_alive(mistake_from(row), now.timestamp())]


def _like(
    one: Mistake, vector: NDArray[np.float32] | None, embedder: Embeds | None, rows: Sequence[MistakeRow]
) -> MistakeRow | None:
    """Return the row of the same mistake: equal but for white space, else the likest beyond SAME."""
    rivals = [row for row in rows if row.kind == one.kind.value and row.slug == key(one.slug)]
    text = normal(storable(one.pattern))
    equal = next((row for row in rivals if normal(row.pattern) == text), None)
    if equal is not None or vector is None or embedder is None:
        return equal
    import numpy as np

    found = [
        (float(np.frombuffer(row.vector, "<f2").astype(np.float32) @ vector), -number, row)
        for number, row in enumerate(rivals)
        if row.embedder == embedder.name and len(row.vector) == 2 * len(vector)
    ]
    likest = max(found, key=lambda each: each[:2], default=None)
    return likest[2] if likest is not None and likest[0] > SAME else None


def _row(
    repository: str, one: Mistake, now: datetime, vector: NDArray[np.float32] | None, embedder: Embeds | None
) -> MistakeRow:
    return MistakeRow(
        repository=key(repository),
        kind=MistakeKind(one.kind).value,
        slug=key(one.slug),
        pattern=storable(one.pattern),
        why=storable(one.why),
        example=storable(one.example),
        times=max(1, one.times),
        at=now.astimezone(UTC),
        embedder=embedder.name if embedder else "",
        vector=vector_bytes(vector),
    )
