"""Runs the steps that a database lacks. Importing this imports Alembic (0.3 s): only do it when one is due."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData

from kb.migrations import VERSION_TABLE


def upgrade(connection: Connection, to: str = "head") -> None:
    """Bring the database to a revision inside the connection's own transaction: all steps, or none."""
    script = _script()

    def due(revision: str, context: MigrationContext) -> list[RevisionStep]:
        return script._upgrade_revs(to, revision)  # what Alembic's own upgrade command calls

    with EnvironmentContext(Config(), script, fn=due, destination_rev=to) as environment:
        # SQLite takes DDL back like anything else; Alembic's default says otherwise.
        environment.configure(connection=connection, version_table=VERSION_TABLE, transactional_ddl=True, fn=due)
        environment.run_migrations()


def revisions() -> tuple[str, ...]:
    """Return the ids of the steps on disk, first to last."""
    return tuple(reversed([step.revision for step in _script().walk_revisions()]))


def difference(connection: Connection, metadata: MetaData) -> Sequence[Any]:
    """Return how the database differs from the row types; empty if the steps are complete."""
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
    found: Sequence[Any] = compare_metadata(context, metadata)
    return found


def _script() -> ScriptDirectory:
    return ScriptDirectory(Path(__file__).parent)
