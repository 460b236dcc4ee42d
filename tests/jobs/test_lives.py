"""What a worker does from launch to stop: its queues, its clock, its room, its log."""

from __future__ import annotations

import asyncio
import base64
import logging
import pickle
import time
from pathlib import Path
from typing import Any

import pytest

from bot.jobs.client import open_enqueuer
from bot.jobs.engine import Engine
from bot.jobs.port import JobsDown, JobState, Queue
from tests.jobs.doing import World, the
from tests.jobs.lives import drained, life, rows, until

pytest_plugins = ["tests.kb.postgres"]
pytestmark = pytest.mark.asyncio


async def test_installations_share_the_worker(either_url: str) -> None:
    world = World()
    async with life(either_url, world, reviews=3) as engine:
        for number in range(8):
            await engine.enqueue(Queue.REVIEWS, "crowd", f"loud:{number}", "loud", partition="1")
        await engine.enqueue(Queue.REVIEWS, "crowd", "quiet:1", "quiet", partition="2")
        await drained(engine)
    assert world.most == {"loud": 2, "quiet": 1}
    assert world.did.index("quiet") <= 4


async def test_upkeep_is_done_one_at_a_time(either_url: str) -> None:
    world = World()
    async with life(either_url, world) as engine:
        for number in range(3):
            await engine.enqueue(Queue.UPKEEP, "crowd", f"u:{number}", "all")
        await drained(engine)
    assert world.most == {"all": 1}
    assert len(world.did) == 3


async def test_what_runs_when_a_worker_stops_is_taken_up_by_the_next_life(either_url: str) -> None:
    """However often: a stop is no death, so the poison limit does not count it."""
    world = World()
    for lived in range(3):
        async with life(either_url, world) as engine:
            await engine.enqueue(Queue.INBOX, "waits", "i:1", "x")
            await until(lambda lived=lived: world.did.count("waits") == lived + 1)  # type: ignore[misc]
        assert rows(either_url, "SELECT status, owner_xid FROM {jobs} WHERE name = 'waits'") == [("ENQUEUED", None)]
        assert await asyncio.to_thread(lambda: 1) == 1  # the loop's own threads work again
    world.go_on.set()
    async with life(either_url, world) as engine:
        await drained(engine)
        assert (await the(engine, "i:1")).result == "x"
    assert world.did == ["x", *["waits"] * 4, "x again"]


async def test_a_stored_pickle_is_not_read(either_url: str, tmp_path: Path) -> None:
    """Whoever can write a row does not get to run code; that job fails and the others go on."""

    class Planted:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "ran",))

    planted = base64.b64encode(pickle.dumps({"args": (Planted(),), "kwargs": {}})).decode()
    desk = open_enqueuer(either_url)
    await desk.enqueue(Queue.INBOX, "noted", "n:1", "x")
    await desk.close()
    rows(either_url, "UPDATE {inputs} SET inputs = ?", planted)
    rows(either_url, "UPDATE {jobs} SET serialization = 'py_pickle', output = ?", planted)
    async with life(either_url, World()) as engine:
        await drained(engine)
        failed = await the(engine, "n:1")
        await engine.enqueue(Queue.INBOX, "noted", "n:2", "x")
        await drained(engine)
        assert (await the(engine, "n:2")).state is JobState.DONE
    assert failed.state is JobState.FAILED
    assert not (tmp_path / "ran").exists()


async def test_old_jobs_are_forgotten_and_a_file_gives_the_room_back(either_url: str) -> None:
    async with life(either_url, World(), keep_days=7) as engine:
        await asyncio.gather(
            *(engine.enqueue(Queue.INBOX, "noted", f"old:{number}", "x" * 9_000) for number in range(600))
        )
        await engine.enqueue(Queue.INBOX, "noted", "new:1", "x")
        await engine.cancel([f"old:{number}" for number in range(600)])
        await drained(engine)
        await engine.enqueue(Queue.REVIEWS, "waits", "old:waiting", "x", partition="7")
        await engine.forget_old()
        assert len(await engine.find("", active=False)) == 602
        week = int((time.time() - 7 * 86_400) * 1000) - 1000
        rows(either_url, "UPDATE {jobs} SET completed_at = ? WHERE substr(workflow_uuid, 1, 4) = 'old:'", week)
        rows(either_url, "UPDATE {jobs} SET completed_at = NULL WHERE workflow_uuid = 'old:waiting'")
        await engine.forget_old()
        assert {job.id for job in await engine.find("", active=False)} == {"new:1", "old:waiting"}
        assert {job for (job,) in rows(either_url, "SELECT workflow_uuid FROM {inputs}")} == {"new:1", "old:waiting"}
        if either_url.startswith("sqlite"):
            ((pages,),) = rows(either_url, "PRAGMA page_count")
            assert pages < 500  # of more than 1,300


async def test_a_launch_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "folder").touch()
    url = f"sqlite:///{tmp_path / 'folder' / 'jobs.db'}"
    engine = Engine(url)
    with pytest.raises(JobsDown):
        await engine.launch()
    (tmp_path / "folder").unlink()
    await engine.launch()
    await engine.stop()
    broken = Engine(url)
    broken.schedule("never", "no cron at all", engine.forget_old)
    with pytest.raises(Exception, match="cron"):
        await broken.launch()
    await broken.stop()
    async with life(url, World()) as engine:
        await engine.enqueue(Queue.INBOX, "noted", "n:1", "x")
        await drained(engine)


@pytest.mark.parametrize("wrong", [{"keep_days": 6}, {"reviews": 0}])
async def test_numbers_that_cannot_be_are_refused(sqlite_jobs: str, wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least"):
        Engine(sqlite_jobs, **wrong)  # type: ignore[arg-type]


async def test_a_name_is_given_once_and_an_engine_lives_once_at_a_time(sqlite_jobs: str) -> None:
    async with life(sqlite_jobs, World()) as engine:
        with pytest.raises(ValueError, match="noted"):
            engine.workflow("noted")(World.__call__)  # type: ignore[type-var]
        with pytest.raises(RuntimeError):
            await engine.launch()


async def test_schedules_run_by_the_clock_and_those_no_longer_asked_for_are_gone(either_url: str) -> None:
    ticks: list[str] = []

    def clock(name: str) -> Any:
        async def tick() -> None:
            ticks.append(name)

        return lambda engine: engine.schedule(name, "* * * * * *", tick)

    async with life(either_url, clock("first")):
        await until(lambda: bool(ticks))
    ticks.clear()
    async with life(either_url, clock("second")):
        await until(lambda: "second" in ticks)
    assert ticks.count("first") == 0


async def test_the_log_has_one_line_for_a_failure_and_none_for_a_stop(
    sqlite_jobs: str, caplog: pytest.LogCaptureFixture
) -> None:
    world = World()
    world.errors = 1
    with caplog.at_level(logging.INFO):
        async with life(sqlite_jobs, world) as engine:
            await engine.enqueue(Queue.INBOX, "fails", "f:1", "no room\nsecond line")
            await engine.enqueue(Queue.INBOX, "waits", "w:1", "x")
            await until(lambda: "waits" in world.did and "fails" in world.did)
            await drained(engine, "f:")
    said = [record for record in caplog.records if record.name == "dbos"]
    assert [record.getMessage() for record in said] == [
        "Exception encountered in asynchronous workflow: OSError: no room"
    ]
    assert all(record.exc_info is None for record in said)
