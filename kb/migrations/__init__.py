"""The outcomes store's schema, as numbered steps. A step that was released is never edited.

To change the schema: change `kb.outcomes.rows`, add `versions/NNNN_what.py`, append its number here, and
add `tests/data/migrations/NNNN.json` with rows as that step leaves them.
"""

REVISIONS = ("0001", "0002", "0003", "0004")
"""Every step in order: known here so that a store that is up to date never imports Alembic."""

VERSION_TABLE = "prudent_schema"
