"""Writes and reads learned rules, and whom maintainers let speak again, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from kb.memory.model import LearnedRule, RuleState
from kb.outcomes.database import lock
from kb.outcomes.rows import AuditRow, FindingRow, RuleRow, VoicedRow
from kb.outcomes.storable import key, storable

PREFIX = "learned-"  # of the slugs of findings that learned rules make
UNHIT = timedelta(days=180)  # after which a rule that nothing matched is retired
RUN = (RuleState.PROPOSED, RuleState.ENABLED)  # states in which a rule is run
MOST_PROPOSED = 50  # rules of one repository that wait for somebody to look


@dataclass(frozen=True)
class Hits:
    """How many findings a rule has made, each once on a line of work, and when the last one was."""

    count: int = 0
    last: float = 0.0  # seconds since the epoch, 0: never


def propose(session: Session, rule: LearnedRule, at: datetime) -> LearnedRule | None:
    """Keep a rule as proposed, under a slug of its own; None if it, or one made of the same remarks, was there before.

    What was dropped or retired is not proposed again.
    """
    repository = key(rule.repository)
    lock(session.connection(), "rules", repository)
    rows = list(session.exec(select(RuleRow).where(RuleRow.repository == repository)))
    examples = [storable(text) for text in rule.examples]
    if any((row.kind, row.body) == (rule.kind, rule.body) or {*examples} & {*row.examples} for row in rows):
        return None
    if sum(row.state == RuleState.PROPOSED for row in rows) >= MOST_PROPOSED:
        return None
    taken, slug, number = {row.slug for row in rows}, key(rule.slug), 2
    while slug in taken:
        slug, number = f"{key(rule.slug)}-{number}", number + 1
    row = RuleRow(
        repository=repository,
        slug=slug,
        kind=key(rule.kind),
        body=storable(rule.body),
        message=storable(rule.message),
        examples=examples,
        state=RuleState.PROPOSED.value,
        by="",
        at=at,
        hits=0,
    )
    session.add(row)
    session.flush()
    return rule_from(row, Hits())


def rules_of(session: Session, repository: str, states: Collection[RuleState] = tuple(RuleState)) -> list[LearnedRule]:
    """Return the rules of a repository in these states, by slug, with what they have hit."""
    query = (
        select(RuleRow)
        .where(RuleRow.repository == key(repository), col(RuleRow.state).in_([state.value for state in states]))
        .order_by(col(RuleRow.slug))
    )
    rows = list(session.exec(query))
    hits = _hits(session, repository, [row.slug for row in rows])
    return [rule_from(row, hits.get(row.slug, Hits())) for row in rows]


def set_state(
    session: Session, repository: str, slug: str, state: RuleState, by: str, at: datetime
) -> LearnedRule | None:
    """Put a rule into a state; returns it as it was before, None if there is none. Setting it twice changes nothing."""
    query = select(RuleRow).where(RuleRow.repository == key(repository), RuleRow.slug == key(slug))
    row = session.exec(query).first()
    if row is None:
        return None
    before = rule_from(row, _hits(session, repository, [row.slug]).get(row.slug, Hits()))
    if row.state != state.value:
        row.state, row.by, row.at = state.value, storable(by), at
        session.add(row)
    return before


def retire(session: Session, now: datetime) -> int:
    """Retire every rule that is run and has hit nothing for UNHIT; returns how many. What was hit is kept with each."""
    query = select(RuleRow).where(col(RuleRow.state).in_([state.value for state in RUN])).order_by(col(RuleRow.id))
    rows, count = list(session.exec(query)), 0
    by_repository: dict[str, list[RuleRow]] = {}
    for row in rows:
        by_repository.setdefault(row.repository, []).append(row)
    for repository, mine in by_repository.items():
        hits = _hits(session, repository, [row.slug for row in mine])
        for row in mine:
            hit = hits.get(row.slug, Hits())
            row.hits, row.last_hit = hit.count, datetime.fromtimestamp(hit.last, now.tzinfo) if hit.last else None
            if max(row.at, row.last_hit or row.at) < now - UNHIT:
                row.state, row.by, row.at = RuleState.RETIRED.value, "", now
                count += 1
            session.add(row)
    return count


def voice(session: Session, repository: str, slug: str, by: str, by_id: int, at: datetime) -> None:
    """Let a slug that went silent speak again: what was said before this moment is not counted any more."""
    row = session.get(VoicedRow, (key(repository), key(slug)))
    if row is None:
        row = VoicedRow(repository=key(repository), slug=key(slug), by="", by_id=0, at=at)
    row.by, row.by_id, row.at = storable(by), by_id, at
    session.add(row)


def voiced(session: Session, repository: str) -> Mapping[str, float]:
    """Return when each slug was let speak again, in seconds since the epoch."""
    rows = session.exec(select(VoicedRow).where(VoicedRow.repository == key(repository)))
    return {row.slug: row.at.timestamp() for row in rows}


def rule_from(row: RuleRow, hits: Hits) -> LearnedRule:
    """Return a row as a value."""
    made = LearnedRule(
        id=row.id,
        repository=row.repository,
        slug=row.slug,
        kind=row.kind,
        body=row.body,
        message=row.message,
        examples=tuple(row.examples),
        state=RuleState(row.state),
        by=row.by,
        at=row.at.timestamp(),
    )
    return replace(made, hits=hits.count, last_hit=hits.last)


def _hits(session: Session, repository: str, slugs: Collection[str]) -> dict[str, Hits]:
    """Return what rules have hit, from the findings that audits hold: silent ones count as well."""
    if not slugs:
        return {}
    pairs = (
        select(FindingRow.slug, AuditRow.subject, FindingRow.fingerprint, func.max(AuditRow.started_at).label("last"))
        .join(AuditRow, col(AuditRow.id) == col(FindingRow.audit_id))
        .where(AuditRow.repository == key(repository))
        .where(col(FindingRow.slug).in_([key(f"{PREFIX}{slug}") for slug in slugs]))
        .group_by(FindingRow.slug, AuditRow.subject, FindingRow.fingerprint)
    )
    found: dict[str, Hits] = {}
    for slug, _, _, last in session.exec(pairs):
        mine = slug.removeprefix(PREFIX)
        before = found.get(mine, Hits())
        found[mine] = Hits(before.count + 1, max(before.last, last.timestamp()))
    return found
