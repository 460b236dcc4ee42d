from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, MetaData, Table, insert, inspect, select

from kb.migrations import REVISIONS, VERSION_TABLE
from kb.migrations.run import difference, revisions, upgrade
from kb.outcomes.app import Note
from kb.outcomes.audit import Became
from kb.outcomes.database import connect
from kb.outcomes.rows import Row
from kb.outcomes.store import open_store
from tests.kb.audits import NOON, ROOT, audit, finding, run_apart

pytest_plugins = ["tests.kb.postgres"]

DATA = ROOT / "tests" / "data" / "migrations"
MOMENTS = {"started_at", "at", "undone_at", "expires", "forgotten_at", "used", "archived_at", "last_hit"}
VECTORS = {"vector", "code_vector"}  # written as hexadecimal digits
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture
def engine(store_url: str) -> Iterator[Engine]:
    made = connect(store_url)
    yield made
    made.dispose()


def steps_to(engine: Engine, revision: str) -> None:
    with engine.begin() as connection:
        upgrade(connection, revision)


def table(engine: Engine, name: str) -> Table:
    return Table(name, MetaData(), autoload_with=engine)


def rows_of(engine: Engine, name: str) -> list[dict[str, Any]]:
    found = table(engine, name)
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(found).order_by(*found.primary_key)).mappings()]


def fill(engine: Engine, revision: str) -> Rows:
    """Insert the rows that a store of this revision held; returns them."""
    content: Rows = json.loads((DATA / f"{revision}.json").read_text("utf-8"))
    with engine.begin() as connection:
        for name, rows in content.items():
            for row in rows:
                for moment in MOMENTS & row.keys():
                    row[moment] = row[moment] and datetime.fromisoformat(row[moment])
                for vector in VECTORS & row.keys():
                    row[vector] = bytes.fromhex(row[vector])
                connection.execute(insert(table(engine, name)), row)
            if engine.dialect.name == "postgresql" and "id" in rows[0]:
                connection.exec_driver_sql(f"SELECT setval('{name}_id_seq', {len(rows)})")  # as if it had counted
    return content


def test_every_step_is_known_without_alembic_and_has_data_to_try_it_on() -> None:
    assert revisions() == REVISIONS
    assert [path.stem for path in sorted(DATA.glob("*.json"))] == list(REVISIONS)
    files = sorted(path.name for path in (ROOT / "kb/migrations/versions").glob("[0-9]*.py"))
    assert [name[:4] for name in files] == list(REVISIONS)


def test_the_steps_make_exactly_the_tables_of_the_row_types(engine: Engine) -> None:
    steps_to(engine, "head")
    with engine.connect() as connection:
        assert difference(connection, Row.metadata) == []


def test_a_missing_column_would_be_noticed(engine: Engine) -> None:
    steps_to(engine, REVISIONS[0])
    with engine.connect() as connection:
        assert difference(connection, Row.metadata) != []


@pytest.mark.parametrize("revision", REVISIONS)
def test_rows_of_every_revision_survive_to_the_newest(engine: Engine, store_url: str, revision: str) -> None:
    steps_to(engine, revision)
    content = fill(engine, revision)
    with open_store(store_url) as store:  # runs what is missing
        audits = store.audits("example.com/ada/palette")
        assert [a.id for a in audits] == sorted((row["id"] for row in content["audit"]), reverse=True)
    for name, rows in content.items():
        kept = rows_of(engine, name)
        assert [{key: plain(row[key]) for key in old} for row, old in zip(kept, rows, strict=True)] == [
            {key: plain(value) for key, value in old.items()} for old in rows
        ]


def plain(value: object) -> object:
    """SQLite gives times back without their zone."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def test_step_2_lets_earlier_findings_become_fixed(engine: Engine, store_url: str) -> None:
    steps_to(engine, "0001")
    fill(engine, "0001")
    steps_to(engine, "0002")
    assert [(row["audit_id"], row["path"], row["seen"]) for row in rows_of(engine, "covered")] == [
        (1, "app.py", "reviewed"),
        (2, "app.py", "reviewed"),
        (2, "lib/mix.py", "reviewed"),
    ]
    assert [(row["fingerprint"], row["audit_id"]) for row in rows_of(engine, "standing")] == [("bbbb", 2)]
    with open_store(store_url) as store:
        assert store.log(audit(head="h3")) == 3
        assert [(f.finding.fingerprint, f.became) for f in store.findings()] == [
            ("cccc", "silent"),
            ("bbbb", "fixed"),
            ("aaaa", "open"),
        ]


def test_step_3_keeps_outcomes_and_takes_some_without_an_audit(engine: Engine, store_url: str) -> None:
    steps_to(engine, "0002")
    content = fill(engine, "0002")
    with open_store(store_url) as store:
        assert {f.finding.likeness for f in store.findings()} == {""}
        told = Note("example.com/ada/palette", "pull/9", "", Became.CLOSED, "h9", "", NOON)
        assert store.note(told, mark="first")
    first, second = rows_of(engine, "outcome")
    assert [first[name] for name in ("id", "audit_id", "kind")] == [
        content["outcome"][0][name] for name in ("id", "audit_id", "kind")
    ]
    assert (second["id"], second["audit_id"], second["kind"]) == (2, None, "closed")
    indexes = {index["name"] for index in inspect(engine).get_indexes("outcome")}
    assert {"ix_outcome_finding", "ix_outcome_audit"} <= indexes


def test_a_step_that_fails_leaves_the_store_as_it_was(engine: Engine) -> None:
    steps_to(engine, "0001")
    content = fill(engine, "0001")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE outcome (mine INTEGER)")
    with pytest.raises(Exception, match="outcome"):
        steps_to(engine, "0002")
    assert sorted(inspect(engine).get_table_names()) == ["audit", "finding", "outcome", VERSION_TABLE]
    assert "spooled" not in table(engine, "audit").columns
    assert len(rows_of(engine, "audit")) == len(content["audit"])
    assert rows_of(engine, VERSION_TABLE) == [{"version_num": "0001"}]


def test_a_store_that_is_up_to_date_imports_no_alembic(tmp_path: Path) -> None:
    code = """
import sys
from kb.outcomes.store import open_store
open_store().close()
print("alembic" in sys.modules)
"""
    assert [run_apart(code, tmp_path) for _ in range(2)] == ["True\n", "False\n"]


def test_another_user_of_alembic_in_the_same_database_is_left_alone(engine: Engine, store_url: str) -> None:
    with open_store(store_url) as store:
        store.log(audit(finding()))
    assert "alembic_version" not in inspect(engine).get_table_names()
