"""Keep what is learnt: lessons, mistakes, remarks, rules, risk models; and what models cost.

A finding gets the code that it is about ("" where it was logged before).
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("finding", sa.Column("code", sa.String(), nullable=False, server_default=""))
    _create_lesson()
    op.create_table(
        "learnt",
        sa.Column("repository", sa.String(), primary_key=True),
        *_numbers("outcome", "dismissal"),
    )
    _create_mistake()
    _create_remark()
    _create_rule()
    op.create_table(
        "voiced",
        *(sa.Column(name, sa.String(), primary_key=True) for name in ("repository", "slug")),
        *_texts("by"),
        *_numbers("by_id"),
        *_moments("at"),
    )
    op.create_table(
        "risk",
        sa.Column("id", ID, primary_key=True),
        *_texts("repository", "version"),
        *_moments("at"),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("body", "measured")),
    )
    op.create_index("ix_risk_repository", "risk", ["repository", "id"])
    _create_spent()


def _create_lesson() -> None:
    texts = ("repository", "mark", "fingerprint", "about", "check", "slug", "severity", "path", "symbol", "text")
    op.create_table(
        "lesson",
        sa.Column("id", ID, primary_key=True),
        *_texts(*texts, "code", "fate", "signal", "by"),
        *_numbers("by_id"),
        *_texts("subject", "evidence", "reason"),
        sa.Column("weight", sa.Float(), nullable=False),
        *_moments("at", "expires"),
        sa.Column("forgotten_by", sa.String(), nullable=True),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
        *_texts("embedder"),
        *(sa.Column(name, sa.LargeBinary(), nullable=False) for name in ("vector", "code_vector")),
    )
    op.create_index("ix_lesson_repository", "lesson", ["repository", "id"])
    op.create_index("ix_lesson_mark", "lesson", ["repository", "mark"], unique=True)


def _create_mistake() -> None:
    op.create_table(
        "mistake",
        sa.Column("id", ID, primary_key=True),
        *_texts("repository", "kind", "slug", "pattern", "why", "example"),
        *_numbers("times"),
        *_moments("at"),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in ("used", "archived_at")),
        *_texts("embedder"),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_mistake_repository", "mistake", ["repository", "id"])


def _create_remark() -> None:
    op.create_table(
        "remark",
        sa.Column("id", ID, primary_key=True),
        *_texts("repository", "mark", "subject", "by"),
        *_numbers("by_id"),
        *_texts("path", "text", "code"),
        *_moments("at"),
        *_texts("embedder"),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_remark_repository", "remark", ["repository", "id"])
    op.create_index("ix_remark_mark", "remark", ["repository", "mark"], unique=True)


def _create_rule() -> None:
    op.create_table(
        "rule",
        sa.Column("id", ID, primary_key=True),
        *_texts("repository", "slug", "kind", "body", "message"),
        sa.Column("examples", sa.JSON(), nullable=False),
        *_texts("state", "by"),
        *_moments("at"),
        *_numbers("hits"),
        sa.Column("last_hit", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_rule_slug", "rule", ["repository", "slug"], unique=True)


def _create_spent() -> None:
    op.create_table(
        "spent",
        sa.Column("id", ID, primary_key=True),
        *_texts("repository", "subject", "role", "provider", "model"),
        *_numbers("input", "output", "read", "written", "micros"),
        *_texts("ended"),
        *_moments("at"),
        *_numbers("ms"),
    )
    op.create_index("ix_spent_at", "spent", ["at"])
    op.create_index("ix_spent_subject", "spent", ["repository", "subject", "at"])


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _numbers(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def _moments(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in names]
