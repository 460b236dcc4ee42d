"""Turns what became of findings into lessons, each once, inside the caller's transaction.

Only people who may write to the repository teach. A dismissal was checked when it was made, a thumb when it was noted.
A fix or a committed suggestion may be a stranger's: it teaches when the change is merged, which only such people can
do. What was merged with the finding open says little, for nobody may have read it: it weighs half, and never decides
alone. What was reverted later, with the finding open, shows that the finding was right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from kb.memory.model import LIFE, Fate, Signal
from kb.outcomes.app import DismissalSource
from kb.outcomes.audit import Became
from kb.outcomes.database import lock
from kb.outcomes.lessons_vectors import Embeds, give_vectors, renew_vectors
from kb.outcomes.rows import AuditRow, DismissalRow, FindingRow, LearntRow, LessonRow, OutcomeRow
from kb.outcomes.storable import key, storable

OVERLAP = 1_000  # ids: on a server, what was begun earlier may be seen later
_BATCH = 500
_OF_DISMISSAL = {
    DismissalSource.COMMAND: Signal.DISMISSED,
    DismissalSource.BUTTON: Signal.DISMISSED,
    DismissalSource.REPLY: Signal.DISMISSED,
    DismissalSource.THREAD: Signal.RESOLVED,
    DismissalSource.REACTION: Signal.DISLIKED,
}
_OF_PEOPLE = {Became.LIKED: (Fate.ACCEPTED, Signal.LIKED), Became.DISLIKED: (Fate.DISMISSED, Signal.DISLIKED)}
_OF_MERGED = {  # what counts once the change is merged
    Became.FIXED: (Fate.ACCEPTED, Signal.FIXED, 1.0),
    Became.COMMITTED: (Fate.ACCEPTED, Signal.COMMITTED, 2.0),
    Became.MERGED: (Fate.DISMISSED, Signal.MERGED, 0.5),
    Became.REVERTED: (Fate.ACCEPTED, Signal.REVERTED, 1.0),
}


@dataclass(frozen=True)
class _Said:
    """One thing that people let us know about one finding, before the finding is looked up."""

    mark: str
    fingerprint: str
    subject: str
    fate: Fate
    signal: Signal
    at: datetime
    by: str = ""
    by_id: int = 0
    head: str = ""
    reason: str = ""
    weight: float = 1.0
    dismissal: DismissalRow | None = None


def learn(session: Session, repository: str, now: datetime, embedder: Embeds | None) -> int:
    """Keep what a repository's outcomes teach since the last time; returns how many lessons are new.

    Doing it twice is doing it once. The lesson of a dismissal that was taken back is forgotten. Vectors that were made
    under another embedder's name are made anew, some of them each time.
    """
    repository = key(repository)
    lock(session.connection(), "learn", repository)
    mark = session.get(LearntRow, repository) or LearntRow(repository=repository, outcome=0, dismissal=0)
    dismissals = _since(session, repository, mark.dismissal)
    outcomes = _outcomes(session, OutcomeRow.repository == repository, col(OutcomeRow.id) > mark.outcome - OVERLAP)
    newest = max([0, *(row.id for row in outcomes)]), max([0, *(row.id for row in dismissals)])
    new = 0
    if newest[0] > mark.outcome or newest[1] > mark.dismissal:
        said = [_of_dismissal(row) for row in dismissals] + _of_outcomes(session, repository, outcomes)
        fresh = [one for one in said if one.at + timedelta(seconds=LIFE) > now]
        new = _keep(session, repository, fresh, embedder)
        mark.outcome, mark.dismissal = max(mark.outcome, newest[0]), max(mark.dismissal, newest[1])
        session.add(mark)
        session.flush()
    _forget_undone(session, repository)
    renew_vectors(session, repository, embedder)
    return new


def _since(session: Session, repository: str, seen: int) -> list[DismissalRow]:
    query = select(DismissalRow).where(DismissalRow.repository == repository, col(DismissalRow.id) > seen - OVERLAP)
    return list(session.exec(query.order_by(col(DismissalRow.id))))


def _outcomes(session: Session, *which: ColumnElement[bool] | bool) -> list[OutcomeRow]:
    return list(session.exec(select(OutcomeRow).where(*which).order_by(col(OutcomeRow.id))))


def _of_dismissal(row: DismissalRow) -> _Said:
    return _Said(
        mark=f"dismissal:{row.id}",
        fingerprint=row.fingerprint,
        subject=row.subject,
        fate=Fate.DISMISSED,
        signal=_OF_DISMISSAL[DismissalSource(row.source)],
        at=row.at,
        by=row.by,
        by_id=row.by_id,
        reason=row.reason,
        dismissal=row,
    )


def _of_outcomes(session: Session, repository: str, outcomes: Sequence[OutcomeRow]) -> list[_Said]:
    said = [_of_person(row) for row in outcomes if row.kind in _OF_PEOPLE]
    matter = {*_OF_MERGED, Became.REOPENED}
    subjects = sorted({row.subject for row in outcomes if row.kind in matter})
    by_subject: dict[str, list[OutcomeRow]] = {}
    for start in range(0, len(subjects), _BATCH):
        chosen = col(OutcomeRow.subject).in_(subjects[start : start + _BATCH])
        for row in _outcomes(session, OutcomeRow.repository == repository, chosen):
            by_subject.setdefault(row.subject, []).append(row)
    for subject in subjects:
        said += _of_change(by_subject[subject])
    return said


def _of_person(row: OutcomeRow) -> _Said:
    fate, signal = _OF_PEOPLE[Became(row.kind)]
    return _Said(f"outcome:{row.id}", row.fingerprint, row.subject, fate, signal, row.at, by=row.detail, head=row.head)


def _of_change(outcomes: Sequence[OutcomeRow]) -> list[_Said]:
    """Return what one line of work teaches: nothing unless it was merged."""
    merged = next((row.at for row in outcomes if row.kind == Became.MERGED and not row.fingerprint), None)
    if merged is None:
        return []
    latest: dict[tuple[str, str], OutcomeRow] = {}
    for row in outcomes:  # in order of their ids
        if row.kind == Became.REOPENED:
            latest.pop((row.fingerprint, Became.FIXED), None)
            latest.pop((row.fingerprint, Became.COMMITTED), None)
        elif row.kind in _OF_MERGED and row.fingerprint:
            latest[row.fingerprint, row.kind] = row
    said = []
    for row in latest.values():
        fate, signal, weight = _OF_MERGED[Became(row.kind)]
        at = max(row.at, merged)
        mark = f"outcome:{row.id}"
        said.append(_Said(mark, row.fingerprint, row.subject, fate, signal, at, head=row.head, weight=weight))
    return said


def _keep(session: Session, repository: str, said: Sequence[_Said], embedder: Embeds | None) -> int:
    """Insert the lessons that are not there yet; returns how many."""
    by_mark = {one.mark: one for one in said if one.fingerprint}
    known: set[str] = set()
    for start in range(0, len(by_mark), _BATCH):
        marks = list(by_mark)[start : start + _BATCH]
        query = select(LessonRow.mark).where(LessonRow.repository == repository, col(LessonRow.mark).in_(marks))
        known.update(session.exec(query))
    rows = [_row(session, repository, one) for mark, one in by_mark.items() if mark not in known]
    give_vectors(rows, embedder)
    session.add_all(rows)
    session.flush()
    return len(rows)


def _row(session: Session, repository: str, said: _Said) -> LessonRow:
    finding, head = _finding(session, repository, said)
    asked = said.dismissal
    head = said.head or head
    return LessonRow(
        repository=repository,
        mark=said.mark,
        fingerprint=said.fingerprint,
        about=(finding.likeness if finding else asked.likeness if asked else "") or said.fingerprint,
        check=finding.check if finding else asked.slug if asked else "",
        slug=finding.slug if finding else asked.slug if asked else "",
        severity=finding.severity if finding else "",
        path=finding.path if finding else asked.path if asked else "",
        symbol=finding.symbol if finding else asked.symbol if asked else "",
        text=finding.message if finding else "",
        code=finding.code if finding else "",
        fate=said.fate.value,
        signal=said.signal.value,
        by=storable(said.by),
        by_id=said.by_id,
        subject=said.subject,
        evidence=f"{said.subject} at {head[:7]}" if head else said.subject,
        reason=storable(said.reason),
        weight=said.weight,
        at=said.at,
        expires=said.at + timedelta(seconds=LIFE),
        embedder="",
        vector=b"",
        code_vector=b"",
    )


def _finding(session: Session, repository: str, said: _Said) -> tuple[FindingRow | None, str]:
    """Return the finding as it was last told on its line of work, else in the repository; and at which head."""
    query = (
        select(FindingRow, AuditRow.head)
        .join(AuditRow, col(AuditRow.id) == FindingRow.audit_id)
        .where(AuditRow.repository == repository, FindingRow.fingerprint == said.fingerprint)
        .order_by(col(FindingRow.id).desc())
        .limit(1)
    )
    for narrowed in (query.where(AuditRow.subject == said.subject), query):
        found = session.exec(narrowed).first()
        if found is not None:
            return found[0], found[1]
    return None, ""


def _forget_undone(session: Session, repository: str) -> None:
    """Forget the lessons of dismissals that were taken back; one that somebody remembered again stays."""
    undone = select(DismissalRow).where(DismissalRow.repository == repository, col(DismissalRow.undone_at).is_not(None))
    by_mark = {f"dismissal:{row.id}": row for row in session.exec(undone)}
    for row in _unforgotten(session, repository, by_mark):
        asked = by_mark[row.mark]
        row.forgotten_by, row.forgotten_at = asked.undone_by, asked.undone_at
        session.add(row)


def _unforgotten(session: Session, repository: str, marks: Iterable[str]) -> list[LessonRow]:
    left, found = list(marks), list[LessonRow]()
    for start in range(0, len(left), _BATCH):
        query = select(LessonRow).where(
            LessonRow.repository == repository,
            col(LessonRow.mark).in_(left[start : start + _BATCH]),
            col(LessonRow.forgotten_by).is_(None),
        )
        found += session.exec(query).all()
    return found
