"""Keep what became of each finding: outcomes, what stands, which files were covered, and the spool's marks.

Audits logged before this step count as having seen the files they found something in, and what the last
audit of each line of work posted stands.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("audit", sa.Column("spooled", sa.String(), nullable=True))
    op.create_index("ix_audit_subject", "audit", ["repository", "subject", "id"])
    op.create_index("ix_audit_head", "audit", ["repository", "head"])
    op.create_index("ix_audit_spooled", "audit", ["spooled"], unique=True)
    _create_covered()
    _create_standing()
    _create_outcome()
    op.execute(
        "INSERT INTO covered (audit_id, path, seen, reason)"
        " SELECT DISTINCT audit_id, path, 'reviewed', '' FROM finding ORDER BY audit_id, path"
    )
    op.execute(
        'INSERT INTO standing (repository, subject, fingerprint, "check", slug, path, audit_id)'
        ' SELECT audit.repository, audit.subject, finding.fingerprint, min(finding."check"), min(finding.slug),'
        " min(finding.path), audit.id"
        " FROM finding JOIN audit ON audit.id = finding.audit_id"
        " WHERE finding.state = 'posted'"
        " AND audit.id IN (SELECT max(id) FROM audit GROUP BY repository, subject)"
        " GROUP BY audit.repository, audit.subject, finding.fingerprint, audit.id"
    )


def _create_covered() -> None:
    op.create_table(
        "covered",
        sa.Column("id", ID, primary_key=True),
        sa.Column("audit_id", sa.BigInteger(), sa.ForeignKey("audit.id"), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("path", "seen", "reason")),
    )
    op.create_index("ix_covered_audit", "covered", ["audit_id"])


def _create_standing() -> None:
    op.create_table(
        "standing",
        *(sa.Column(name, sa.String(), primary_key=True) for name in ("repository", "subject", "fingerprint")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("check", "slug", "path")),
        sa.Column("audit_id", sa.BigInteger(), sa.ForeignKey("audit.id"), nullable=False),
    )


def _create_outcome() -> None:
    op.create_table(
        "outcome",
        sa.Column("id", ID, primary_key=True),
        *(
            sa.Column(name, sa.String(), nullable=False)
            for name in ("repository", "subject", "fingerprint", "slug", "path", "kind")
        ),
        sa.Column("audit_id", sa.BigInteger(), sa.ForeignKey("audit.id"), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
    )
    op.create_index("ix_outcome_finding", "outcome", ["repository", "subject", "fingerprint", "id"])
    op.create_index("ix_outcome_audit", "outcome", ["audit_id"])
