"""Keep what the App must remember: dismissals, marks, pull requests, attempts, open check runs.

A finding gets its likeness ("" where it was logged before), and an outcome need no longer belong to an audit.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("finding", sa.Column("likeness", sa.String(), nullable=False, server_default=""))
    op.create_index("ix_finding_fingerprint", "finding", ["fingerprint", "id"])
    with op.batch_alter_table("outcome") as outcome:  # SQLite can only loosen a column by copying the table
        outcome.alter_column("audit_id", existing_type=sa.BigInteger(), nullable=True)
    _create_dismissal()
    _create_done()
    _create_pull()
    _create_attempt()
    _create_open_check()


def _create_dismissal() -> None:
    op.create_table(
        "dismissal",
        sa.Column("id", ID, primary_key=True),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("repository", "fingerprint", "slug", "likeness", "path", "symbol", "by")
        ),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("source", "reason", "subject")),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_by", sa.String(), nullable=True),
        sa.Column("undone_by_id", sa.BigInteger(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_dismissal_finding", "dismissal", ["repository", "fingerprint", "id"])


def _create_done() -> None:
    op.create_table("done", *(sa.Column(name, sa.String(), primary_key=True) for name in ("repository", "mark")))


def _create_pull() -> None:
    op.create_table(
        "pull",
        sa.Column("repository", sa.String(), primary_key=True),
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.String(), nullable=True) for name in ("paused_by", "merge_commit", "last_head")),
    )
    op.create_index("ix_pull_merge", "pull", ["repository", "merge_commit"])


def _create_attempt() -> None:
    op.create_table(
        "attempt",
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("result", sa.String(), nullable=True),
    )
    op.create_index("ix_attempt_at", "attempt", ["at"])


def _create_open_check() -> None:
    op.create_table(
        "open_check",
        sa.Column("review", sa.String(), primary_key=True),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("installation", "repository_id")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("owner", "name", "host")),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.Column("check", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
