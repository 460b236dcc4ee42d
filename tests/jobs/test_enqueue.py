"""Jobs are handed in once, durably, with no worker in sight."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import psycopg
import pytest

from bot.jobs.client import open_enqueuer
from bot.jobs.port import JobsDown, Queue
from kb.errors import UserError
from tests.jobs.lives import rows
from tests.kb.audits import PASSWORD, QUOTED, with_database

pytest_plugins = ["tests.kb.postgres"]
pytestmark = pytest.mark.asyncio


async def test_an_id_is_taken_once_and_keeps_what_came_first(jobs_url: str) -> None:
    desk = open_enqueuer(jobs_url)
    assert await desk.enqueue(Queue.INBOX, "arrive", "gh:1", {"n": 1})
    assert not await desk.enqueue(Queue.INBOX, "arrive", "gh:1", {"n": 2})
    assert not await desk.enqueue(Queue.UPKEEP, "other", "gh:1")
    await desk.close()
    ((status, name, queue),) = rows(jobs_url, "SELECT status, name, queue_name FROM {jobs}")
    assert (status, name, queue) == ("ENQUEUED", "arrive", "inbox")
    ((stored,),) = rows(jobs_url, "SELECT inputs FROM {inputs}")
    assert '"n":1' in stored


async def test_many_at_once_are_each_taken_exactly_once(jobs_url: str) -> None:
    desks = [open_enqueuer(jobs_url), open_enqueuer(jobs_url)]
    ids = [f"gh:{number % 150}" for number in range(600)]
    taken = await asyncio.gather(
        *(desks[index % 2].enqueue(Queue.INBOX, "arrive", job) for index, job in enumerate(ids))
    )
    assert sum(taken) == 150
    assert await desks[0].waiting() == {"inbox": 150, "reviews": 0, "upkeep": 0}
    await asyncio.gather(*(desk.close() for desk in desks))


@pytest.mark.parametrize("status", ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"])
async def test_an_id_that_ended_is_not_brought_back(jobs_url: str, status: str) -> None:
    desk = open_enqueuer(jobs_url)
    await desk.enqueue(Queue.INBOX, "arrive", "gh:1")
    rows(jobs_url, "UPDATE {jobs} SET status = ?", status)
    assert not await desk.enqueue(Queue.INBOX, "arrive", "gh:1")
    await desk.close()
    assert rows(jobs_url, "SELECT status FROM {jobs}") == [(status,)]


async def test_arguments_that_are_not_json_are_refused_and_hold_nobody_up(jobs_url: str) -> None:
    desk = open_enqueuer(jobs_url)
    good, bad = await asyncio.gather(
        desk.enqueue(Queue.INBOX, "arrive", "gh:1", "\ud800\0"),
        desk.enqueue(Queue.INBOX, "arrive", "gh:2", object()),
        return_exceptions=True,
    )
    await desk.close()
    assert good is True
    assert isinstance(bad, TypeError)


async def test_a_new_file_is_for_its_owner_alone_and_waits_for_the_disk(tmp_path: Path) -> None:
    file = tmp_path / "new" / "jobs.db"
    desk = open_enqueuer(f"sqlite:///{file}")
    await desk.enqueue(Queue.INBOX, "arrive", "gh:1")
    assert {stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()} == {0o600}
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert file.with_name("jobs.db-wal").exists()
    await desk.close()


@pytest.mark.slow
async def test_two_that_find_no_tables_make_them_once(postgres_url: str, tmp_path: Path) -> None:
    for url in (postgres_url, f"sqlite:///{tmp_path / 'jobs.db'}"):
        desks = [open_enqueuer(url) for _ in range(3)]
        assert sum(await asyncio.gather(*(d.enqueue(Queue.INBOX, "arrive", "gh:1") for d in desks))) == 1
        await asyncio.gather(*(desk.close() for desk in desks))


async def test_a_file_that_cannot_be_made_is_said_and_tried_again(tmp_path: Path) -> None:
    (tmp_path / "folder").touch()
    desk = open_enqueuer(f"sqlite:///{tmp_path / 'folder' / 'jobs.db'}")
    with pytest.raises(JobsDown, match=r"jobs\.db cannot be used"):
        await desk.enqueue(Queue.INBOX, "arrive", "gh:1")
    with pytest.raises(JobsDown):
        await desk.check()
    (tmp_path / "folder").unlink()
    assert await desk.enqueue(Queue.INBOX, "arrive", "gh:1")
    await desk.check()
    await desk.close()


async def test_a_server_that_is_away_is_said_without_the_password_and_found_when_it_is_back(
    postgres_server: str, tmp_path: Path
) -> None:
    name = f"later_{abs(hash(tmp_path)):x}"
    desk = open_enqueuer(with_database(postgres_server, name))
    with pytest.raises(JobsDown, match=name) as caught:
        await desk.enqueue(Queue.INBOX, "arrive", "gh:1")
    assert PASSWORD not in str(caught.value)
    assert QUOTED not in str(caught.value)
    with psycopg.connect(postgres_server, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        assert await desk.enqueue(Queue.INBOX, "arrive", "gh:1")
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        assert await desk.enqueue(Queue.INBOX, "arrive", "gh:2")
        await desk.close()
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize(
    "url", ["", "jobs.db", "mysql://u:hunter2@h/d", "sqlite://", "sqlite:///:memory:", "postgresql://u:hunter2@h"]
)
async def test_what_is_no_database_of_ours_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(UserError) as caught:
        open_enqueuer(url)
    assert "hunter2" not in str(caught.value)
