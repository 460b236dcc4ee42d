"""The tables, as SQLModel row types. They never leave kb.outcomes: domain types go in and out.

A change here needs a new numbered migration; a test compares both.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Index, Integer, MetaData, TypeDecorator
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

Id = BigInteger().with_variant(Integer(), "sqlite")  # SQLite counts up only in a column of type INTEGER


class Utc(TypeDecorator[datetime]):
    """A moment, stored in UTC and read back with its time zone, also from SQLite, which has none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment with UTC as its time zone."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Row(SQLModel, registry=registry(metadata=MetaData())):
    """What all tables share: our own metadata, apart from that of any other user of SQLModel."""


class AuditRow(Row, table=True):
    """One verdict."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_repository", "repository", "id"),
        Index("ix_audit_subject", "repository", "subject", "id"),
        Index("ix_audit_head", "repository", "head"),
        Index("ix_audit_signature", "signature"),
        Index("ix_audit_spooled", "spooled", unique=True),
    )

    id: int = Field(default=None, primary_key=True, sa_type=Id)
    signature: str
    repository: str
    subject: str
    base: str
    head: str
    overall: str
    one_liner: str
    block: int
    warn: int
    info: int
    reviewed: int
    partial: int
    skipped: int
    started_at: datetime = Field(sa_type=Utc)
    ms: int = Field(sa_type=BigInteger)
    versions: dict[str, str] = Field(sa_type=JSON)
    notes: list[str] = Field(sa_type=JSON)
    spooled: str | None = None  # the spool's mark of this audit: it is taken in once


class FindingRow(Row, table=True):
    """One finding of one verdict."""

    __tablename__ = "finding"
    __table_args__ = (
        Index("ix_finding_audit", "audit_id"),
        Index("ix_finding_slug", "slug", "id"),
        Index("ix_finding_fingerprint", "fingerprint", "id"),
    )

    id: int = Field(default=None, primary_key=True, sa_type=Id)
    audit_id: int = Field(foreign_key="audit.id", sa_type=BigInteger)
    fingerprint: str
    check: str
    slug: str
    severity: str
    confidence: str
    path: str
    line: int = Field(sa_type=BigInteger)
    end_line: int = Field(sa_type=BigInteger)
    side: str
    message: str
    symbol: str
    evidence: list[dict[str, Any]] = Field(sa_type=JSON)
    suggestion: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    state: str
    reason: str
    likeness: str = Field(default="", sa_column_kwargs={"server_default": ""})
    code: str = Field(default="", sa_column_kwargs={"server_default": ""})


class CoveredRow(Row, table=True):
    """One changed file of one audit, and how much of it was seen."""

    __tablename__ = "covered"
    __table_args__ = (Index("ix_covered_audit", "audit_id"),)

    id: int = Field(default=None, primary_key=True, sa_type=Id)
    audit_id: int = Field(foreign_key="audit.id", sa_type=BigInteger)
    path: str
    seen: str
    reason: str


class StandingRow(Row, table=True):
    """One finding that stands on a line of work: posted by `audit_id`, not fixed or silenced since."""

    __tablename__ = "standing"

    repository: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    fingerprint: str = Field(primary_key=True)
    check: str
    slug: str
    path: str
    audit_id: int = Field(foreign_key="audit.id", sa_type=BigInteger)


class OutcomeRow(Row, table=True):
    """One thing that became of one finding, or (fingerprint "") of a whole change. Rows are only ever appended."""

    __tablename__ = "outcome"
    __table_args__ = (
        Index("ix_outcome_finding", "repository", "subject", "fingerprint", "id"),
        Index("ix_outcome_audit", "audit_id"),
    )

    id: int = Field(default=None, primary_key=True, sa_type=Id)
    repository: str
    subject: str
    fingerprint: str
    slug: str
    path: str
    kind: str
    audit_id: int | None = Field(default=None, foreign_key="audit.id", sa_type=BigInteger)  # None: no audit saw it
    head: str
    at: datetime = Field(sa_type=Utc)
    detail: str


class DismissalRow(Row, table=True):
    """One dismissal; `undone_at` is None while it holds. Rows are never deleted."""

    __tablename__ = "dismissal"
    __table_args__ = (Index("ix_dismissal_finding", "repository", "fingerprint", "id"),)

    id: int = Field(default=None, primary_key=True, sa_type=Id)
    repository: str
    fingerprint: str
    slug: str
    likeness: str
    path: str
    symbol: str
    by: str
    by_id: int = Field(sa_type=BigInteger)
    source: str
    reason: str
    subject: str
    at: datetime = Field(sa_type=Utc)
    undone_by: str | None = None
    undone_by_id: int | None = Field(default=None, sa_type=BigInteger)
    undone_at: datetime | None = Field(default=None, sa_type=Utc)


class DoneRow(Row, table=True):
    """The mark of something that was written once and must not be written again."""

    __tablename__ = "done"

    repository: str = Field(primary_key=True)
    mark: str = Field(primary_key=True)


class PullRow(Row, table=True):
    """What is to be remembered of one pull request."""

    __tablename__ = "pull"
    __table_args__ = (Index("ix_pull_merge", "repository", "merge_commit"),)

    repository: str = Field(primary_key=True)
    number: int = Field(primary_key=True, sa_type=BigInteger)
    paused_by: str | None = None
    merge_commit: str | None = None
    last_head: str | None = None


class AttemptRow(Row, table=True):
    """One request that must be made once: the row is there before the request, its result after."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_at", "at"),)

    key: str = Field(primary_key=True)
    at: datetime = Field(sa_type=Utc)
    result: str | None = None


class OpenCheckRow(Row, table=True):
    """One check run that is to be completed; gone when it is."""

    __tablename__ = "open_check"

    review: str = Field(primary_key=True)
    installation: int = Field(sa_type=BigInteger)
    repository_id: int = Field(sa_type=BigInteger)
    owner: str
    name: str
    host: str
    number: int = Field(sa_type=BigInteger)
    head: str
    check: int | None = Field(default=None, sa_type=BigInteger)
    at: datetime = Field(sa_type=Utc)


class LessonRow(Row, table=True):
    """One lesson (kb.memory.model.Lesson) with its vectors; `forgotten_at` is None while it is heeded."""

    __tablename__ = "lesson"
    __table_args__ = (
        Index("ix_lesson_repository", "repository", "id"),
        Index("ix_lesson_mark", "repository", "mark", unique=True),
    )

    id: int = Field(default=None, primary_key=True, sa_type=Id)
    repository: str
    mark: str  # what makes it one lesson: finding, subject, signal, author
    fingerprint: str
    about: str
    check: str
    slug: str
    severity: str
    path: str
    symbol: str
    text: str
    code: str
    fate: str
    signal: str
    by: str
    by_id: int = Field(sa_type=BigInteger)
    subject: str
    evidence: str
    reason: str
    weight: float
    at: datetime = Field(sa_type=Utc)
    expires: datetime = Field(sa_type=Utc)
    forgotten_by: str | None = None
    forgotten_at: datetime | None = Field(default=None, sa_type=Utc)
    embedder: str
    vector: bytes
    code_vector: bytes


class LearntRow(Row, table=True):
    """How far a repository's outcomes have been turned into lessons."""

    __tablename__ = "learnt"

    repository: str = Field(primary_key=True)
    outcome: int = Field(sa_type=BigInteger)  # the last outcome's id
    dismissal: int = Field(sa_type=BigInteger)


class MistakeRow(Row, table=True):
    """One pattern of our own models' mistakes (kb.memory.model.Mistake)."""

    __tablename__ = "mistake"
    __table_args__ = (Index("ix_mistake_repository", "repository", "id"),)

    id: int = Field(default=None, primary_key=True, sa_type=Id)
    repository: str
    kind: str
    slug: str
    pattern: str
    why: str
    example: str
    times: int = Field(sa_type=BigInteger)
    at: datetime = Field(sa_type=Utc)
    used: datetime | None = Field(default=None, sa_type=Utc)
    archived_at: datetime | None = Field(default=None, sa_type=Utc)
    embedder: str
    vector: bytes


class RemarkRow(Row, table=True):
    """One comment on code by a person or a bot other than us, for rules that are made of what recurs."""

    __tablename__ = "remark"
    __table_args__ = (
        Index("ix_remark_repository", "repository", "id"),
        Index("ix_remark_mark", "repository", "mark", unique=True),
    )

    id: int = Field(default=None, primary_key=True, sa_type=Id)
    repository: str
    mark: str  # GitHub's id of the comment
    subject: str
    by: str
    by_id: int = Field(sa_type=BigInteger)
    path: str
    text: str
    code: str
    at: datetime = Field(sa_type=Utc)
    embedder: str
    vector: bytes


class RuleRow(Row, table=True):
    """One learned rule (kb.memory.model.LearnedRule)."""

    __tablename__ = "rule"
    __table_args__ = (Index("ix_rule_slug", "repository", "slug", unique=True),)

    id: int = Field(default=None, primary_key=True, sa_type=Id)
    repository: str
    slug: str
    kind: str
    body: str
    message: str
    examples: list[str] = Field(sa_type=JSON)
    state: str
    by: str
    at: datetime = Field(sa_type=Utc)
    hits: int = Field(sa_type=BigInteger)
    last_hit: datetime | None = Field(default=None, sa_type=Utc)


class VoicedRow(Row, table=True):
    """A maintainer's word that a slug that went silent shall speak again: it is counted anew from then on."""

    __tablename__ = "voiced"

    repository: str = Field(primary_key=True)
    slug: str = Field(primary_key=True)
    by: str
    by_id: int = Field(sa_type=BigInteger)
    at: datetime = Field(sa_type=Utc)


class RiskRow(Row, table=True):
    """One trained risk model of a repository; the newest is in use."""

    __tablename__ = "risk"
    __table_args__ = (Index("ix_risk_repository", "repository", "id"),)

    id: int = Field(default=None, primary_key=True, sa_type=Id)
    repository: str
    version: str
    at: datetime = Field(sa_type=Utc)
    body: dict[str, Any] = Field(sa_type=JSON)
    measured: dict[str, Any] = Field(sa_type=JSON)


class SpentRow(Row, table=True):
    """One call to a model that answers, whether it was answered or not."""

    __tablename__ = "spent"
    __table_args__ = (Index("ix_spent_at", "at"), Index("ix_spent_subject", "repository", "subject", "at"))

    id: int = Field(default=None, primary_key=True, sa_type=Id)
    repository: str
    subject: str
    role: str
    provider: str
    model: str
    input: int = Field(sa_type=BigInteger)
    output: int = Field(sa_type=BigInteger)
    read: int = Field(sa_type=BigInteger)
    written: int = Field(sa_type=BigInteger)
    micros: int = Field(sa_type=BigInteger)
    ended: str
    at: datetime = Field(sa_type=Utc)
    ms: int = Field(sa_type=BigInteger)
