"""Brings a store's schema up to date; refuses a database that is newer than this program, or not ours."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, inspect, text

from kb.errors import StoreError
from kb.migrations import REVISIONS, VERSION_TABLE
from kb.outcomes.database import for_writing, lock
from kb.outcomes.failures import explained
from kb.outcomes.location import shown_place

_LOCK = "prudent schema"


def bring_up_to_date(engine: Engine, address: str) -> None:
    """Run the steps the database lacks. Of several processes at once, one runs them and the others wait."""
    with explained(address):
        with engine.connect() as connection:
            if _is_current(connection, address):
                return
        with for_writing(engine).begin() as connection:
            lock(connection, _LOCK)
            if not _is_current(connection, address):
                from kb.migrations.run import upgrade  # imports Alembic

                upgrade(connection)


def _is_current(connection: Connection, address: str) -> bool:
    version = _version(connection)
    if version is None:
        _refuse_strangers(connection, address)
    elif version not in REVISIONS:
        raise StoreError(
            f"the outcomes store {shown_place(address)} was written by a newer version of Prudent"
            " (it was not changed); upgrade Prudent, or set PRUDENT_STORE to another store"
        )
    return version == REVISIONS[-1]


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    version: str | None = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608  # a constant
    return version


def _refuse_strangers(connection: Connection, address: str) -> None:
    from kb.outcomes.rows import Row

    if taken := sorted(set(inspect(connection).get_table_names()) & set(Row.metadata.tables)):
        raise StoreError(
            f"the database {shown_place(address)} has a table {taken[0]!r} that is not Prudent's"
            " (it was not changed); set PRUDENT_STORE to another database"
        )
