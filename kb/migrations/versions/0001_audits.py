"""Keep every verdict and its findings."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", ID, primary_key=True),
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column("repository", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.Column("overall", sa.String(), nullable=False),
        sa.Column("one_liner", sa.String(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("block", "warn", "info", "reviewed", "partial", "skipped")
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ms", sa.BigInteger(), nullable=False),
        sa.Column("versions", sa.JSON(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
    )
    op.create_index("ix_audit_repository", "audit", ["repository", "id"])
    op.create_index("ix_audit_signature", "audit", ["signature"])
    op.create_table(
        "finding",
        sa.Column("id", ID, primary_key=True),
        sa.Column("audit_id", sa.BigInteger(), sa.ForeignKey("audit.id"), nullable=False),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("fingerprint", "check", "slug", "severity", "confidence", "path")
        ),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("end_line", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("side", "message", "symbol")),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("suggestion", sa.JSON(), nullable=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("state", "reason")),
    )
    op.create_index("ix_finding_audit", "finding", ["audit_id"])
    op.create_index("ix_finding_slug", "finding", ["slug", "id"])
