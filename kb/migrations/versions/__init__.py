"""The steps themselves; Alembic reads them as files."""
