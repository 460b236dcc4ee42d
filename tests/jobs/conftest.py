"""Databases for jobs, with tables and without a job. Test modules load `tests.kb.postgres` for the server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bot.jobs.database import Database
from tests.jobs.lives import Workers
from tests.kb.audits import with_database


@pytest.fixture(scope="session")
def jobs_template(postgres_server: str) -> Iterator[str]:
    """Return the name of a database with dbos's tables: copying it is faster than making them."""
    with psycopg.connect(postgres_server, autocommit=True) as server:
        server.execute("CREATE DATABASE jobs_template")
        database = Database(with_database(postgres_server, "jobs_template"))
        database.prepare()
        database.close()
        yield "jobs_template"
        server.execute("DROP DATABASE jobs_template WITH (FORCE)")


@pytest.fixture
def postgres_jobs(postgres_server: str, jobs_template: str, tmp_path: Path) -> Iterator[str]:
    """Return the URL of a Postgres database of jobs."""
    name = f"jobs_{abs(hash(tmp_path)):x}"
    with psycopg.connect(postgres_server, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE {jobs_template}")
        yield with_database(postgres_server, name)
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_jobs(tmp_path: Path) -> str:
    """Return the URL of a SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'jobs' / 'jobs.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def jobs_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of a database of jobs: a SQLite file, then Postgres."""
    return request.getfixturevalue(f"{request.param}_jobs")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def either_url(request: pytest.FixtureRequest) -> str:
    """Return what `jobs_url` does, Postgres among the slow tests: for what is unlikely to differ."""
    return request.getfixturevalue(f"{request.param}_jobs")


@pytest.fixture
def workers(jobs_url: str, tmp_path: Path) -> Iterator[Workers]:
    """Return where workers are started; none outlives the test."""
    workers = Workers(jobs_url, tmp_path)
    yield workers
    workers.end()
