"""All that a review may remember of its repository, read from the tables as one value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from json import JSONDecodeError
from typing import Any

from sqlalchemy import Row
from sqlalchemy import select as select_any
from sqlmodel import Session, col, select

from kb.memory.mistakes import normal
from kb.memory.model import Lesson, Recollection, Trust
from kb.memory.trust import MEDIUM, trust_of
from kb.outcomes.lessons import lesson_from
from kb.outcomes.lessons_earlier import earlier_elsewhere, earlier_here
from kb.outcomes.lessons_vectors import Embeds, matrix_of
from kb.outcomes.mistakes import mistakes_of
from kb.outcomes.rows import FindingRow, LessonRow, MistakeRow, RiskRow
from kb.outcomes.rules import RUN, rules_of, voiced
from kb.outcomes.storable import key

MOST_LESSONS = 100_000  # the newest


def recollect(session: Session, repository: str, subject: str, now: datetime, embedder: Embeds | None) -> Recollection:
    """Return what is remembered of a repository for a review of one line of work.

    Of each finding on each line of work one lesson is heeded: the weightiest, the newest of equal ones.
    """
    rows = _settled(session, repository, now)
    lessons = tuple(lesson_from(row) for row in rows)
    mistakes = mistakes_of(session, repository, now)
    recalled = Recollection(
        repository=key(repository),
        embedder=embedder.name if embedder else "",
        lessons=lessons,
        mistakes=mistakes,
        trust=_trust(session, repository, lessons),
        rules=tuple(rules_of(session, repository, RUN)),
        here=earlier_here(session, repository, subject),
        elsewhere=earlier_elsewhere(session, repository, subject),
        risk=_risk(session, repository),
        now=now.timestamp(),
    )
    if embedder is None or not (rows or mistakes):
        return recalled
    return _with_vectors(session, recalled, rows, embedder)


def _settled(session: Session, repository: str, now: datetime) -> list[Row[Any]]:
    query = (
        select_any(LessonRow.metadata.tables["lesson"])  # plain rows: objects of as many would take four times as long
        .where(col(LessonRow.repository) == key(repository), col(LessonRow.forgotten_at).is_(None))
        .where(col(LessonRow.expires) > now)
        .order_by(col(LessonRow.id).desc())
        .limit(MOST_LESSONS)
    )
    chosen: dict[tuple[str, str], Row[Any]] = {}
    for row in session.connection().execute(query).all():
        rival = chosen.get((row.fingerprint, row.subject))
        if rival is None or (row.weight, row.at, row.id) > (rival.weight, rival.at, rival.id):
            chosen[row.fingerprint, row.subject] = row
    return sorted(chosen.values(), key=lambda row: -row.id)


def _trust(session: Session, repository: str, lessons: Iterable[Lesson]) -> dict[str, Trust]:
    by_slug: dict[str, list[Lesson]] = {}
    for lesson in lessons:
        by_slug.setdefault(lesson.slug, []).append(lesson)
    since = voiced(session, repository)
    return {
        slug: trust_of(slug, by_slug[slug], _declared(session, slug), since=since.get(slug, 0.0))
        for slug in sorted(by_slug)
    }


def _declared(session: Session, slug: str) -> str:
    """Return the confidence that findings of a slug came with at first: later ones may have been raised by memory."""
    query = select(FindingRow.confidence).where(FindingRow.slug == slug).order_by(col(FindingRow.id)).limit(1)
    return session.exec(query).first() or MEDIUM


def _risk(session: Session, repository: str) -> Mapping[str, Any] | None:
    query = select(RiskRow.body).where(RiskRow.repository == key(repository)).order_by(col(RiskRow.id).desc()).limit(1)
    try:
        return session.exec(query).first()
    except JSONDecodeError:  # the column's own decoder: a risk only orders, and no review fails for it
        return None


def _with_vectors(session: Session, recalled: Recollection, rows: Sequence[Row[Any]], embedder: Embeds) -> Recollection:
    kept = {number: (name, data) for number, name, data in _mistake_vectors(session, recalled)}
    return replace(
        recalled,
        vectors=matrix_of([(row.embedder, row.vector) for row in rows], [row.text for row in rows], embedder),
        code_vectors=matrix_of([(row.embedder, row.code_vector) for row in rows], [row.code for row in rows], embedder),
        mistake_vectors=matrix_of(
            [kept[one.id] for one in recalled.mistakes], [normal(one.pattern) for one in recalled.mistakes], embedder
        ),
    )


def _mistake_vectors(session: Session, recalled: Recollection) -> Sequence[tuple[int, str, bytes]]:
    ids = [one.id for one in recalled.mistakes]
    query = select(MistakeRow.id, MistakeRow.embedder, MistakeRow.vector).where(col(MistakeRow.id).in_(ids))
    return list(session.exec(query))
