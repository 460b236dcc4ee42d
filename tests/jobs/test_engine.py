"""What workflows and steps do, and what can be asked about jobs, in one process."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from bot.jobs.engine import Engine
from bot.jobs.port import Job, JobState, Queue
from bot.jobs.values import TEXT_KEPT
from tests.jobs.doing import World, the
from tests.jobs.lives import drained, life, until

pytest_plugins = ["tests.kb.postgres"]
pytestmark = pytest.mark.asyncio


async def test_a_job_is_done_and_its_result_is_kept_as_json(jobs_url: str) -> None:
    async with life(jobs_url, World()) as engine:
        assert await engine.enqueue(Queue.INBOX, "noted", "n:1", "x")
        await drained(engine)
        assert await the(engine, "n:1") == Job("n:1", "noted", JobState.DONE, ["x", {"of": "x"}])


async def test_a_first_run_sees_what_a_resumed_one_sees(sqlite_jobs: str) -> None:
    seen: list[Any] = []

    def register(engine: Engine) -> None:
        @engine.step("pair")
        async def pair() -> Any:
            return (1, {"a": (2,)})

        @engine.workflow("w")
        async def w() -> None:
            seen.append(await pair())

    async with life(sqlite_jobs, register) as engine:
        await engine.enqueue(Queue.INBOX, "w", "w:1")
        await drained(engine)
    assert seen == [[1, {"a": [2]}]]


async def test_an_exception_ends_a_job_with_its_text_and_again_goes_on_from_there(jobs_url: str) -> None:
    world = World()
    world.errors = 2
    async with life(jobs_url, world) as engine:
        await engine.enqueue(Queue.REVIEWS, "fails", "f:1", "no \ud800 room " + "x" * 9_000, partition="7")
        await drained(engine)
        failed = await the(engine, "f:1")
        assert (failed.state, failed.result) == (JobState.FAILED, None)
        assert await engine.failed("f:") == ("f:1",)
        assert await engine.failed("g:") == ()
        assert failed.error is not None
        assert failed.error.startswith("OSError: no \ud800 room x")
        assert len(failed.error) < TEXT_KEPT + 20
        assert not await engine.enqueue(Queue.REVIEWS, "fails", "f:1", "", partition="7")
        assert await engine.again("f:1") == "f:1!1"
        await drained(engine)
        assert await engine.again("f:1") == "f:1!2"  # the first repeat failed too
        await drained(engine)
        assert await engine.again("f:1") == "f:1!2"  # and the second did not
        done = await the(engine, "f:1!2")
        assert (done.state, done.result) == (JobState.DONE, [["before", {"of": "before"}], ["after", {"of": "after"}]])
        assert await engine.again("f:1!2") is None
        assert await engine.again("nobody") is None
    assert Counter(world.did) == {"before": 1, "fails": 3, "after": 1}


async def test_a_step_is_tried_again_as_often_as_it_says(sqlite_jobs: str) -> None:
    world = World()
    world.errors = 1
    async with life(sqlite_jobs, world) as engine:
        await engine.enqueue(Queue.INBOX, "stubborn", "s:1")
        await drained(engine)
        assert await the(engine, "s:1") == Job("s:1", "stubborn", JobState.DONE, 2)


async def test_what_json_cannot_hold_fails_the_job(sqlite_jobs: str) -> None:
    async with life(sqlite_jobs, World()) as engine:
        await engine.enqueue(Queue.INBOX, "surprises", "s:1")
        await drained(engine)
        failed = await the(engine, "s:1")
    assert failed.state is JobState.FAILED
    assert "JSON" in str(failed.error)


async def test_outside_a_workflow_a_step_is_a_plain_call(sqlite_jobs: str) -> None:
    engine = Engine(sqlite_jobs)

    @engine.step("add")
    async def add(a: int, *, b: int) -> int:
        return a + b

    assert await add(1, b=2) == 3
    with pytest.raises(RuntimeError):
        await engine.sleep(0.1)
    await engine.stop()


async def test_a_partition_gets_its_share_and_no_more(jobs_url: str) -> None:
    world = World()
    async with life(jobs_url, world, reviews=8, share=3) as engine:
        for job in ("r:1", "r:2", "r:3", "r:4", "r:5"):
            await engine.enqueue(Queue.REVIEWS, "waits", job, job, partition="7")
        await until(lambda: len(world.did) >= 6)  # each notes its name and that it waits
        await asyncio.sleep(0.3)  # many looks at the queue
        running = [job for job in await engine.find("r:", active=True) if job.state is JobState.RUNNING]
        assert len(running) == 3
        world.go_on.set()
        await drained(engine)


async def test_a_waiting_job_is_cancelled_and_put_back(jobs_url: str) -> None:
    world = World()
    async with life(jobs_url, world, reviews=1) as engine:
        for job in ("r:1", "r:2"):
            await engine.enqueue(Queue.REVIEWS, "waits", job, job, partition="7")
            await until(lambda: bool(world.did))
        assert {job.id: job.state for job in await engine.find("r:", active=True)} == {
            "r:1": JobState.RUNNING,
            "r:2": JobState.WAITING,
        }
        assert await engine.waiting() == {"inbox": 0, "reviews": 2, "upkeep": 0}
        assert not await engine.resume("r:2", Queue.REVIEWS)  # it is not cancelled
        await engine.cancel(["r:2", "nobody"])
        assert (await the(engine, "r:2")).state is JobState.CANCELLED
        assert await engine.resume("r:2", Queue.REVIEWS)
        assert not await engine.resume("r:2", Queue.REVIEWS)
        world.go_on.set()
        await drained(engine)
        await engine.cancel(["r:1"])  # it has ended
        assert [(await the(engine, job)).state for job in ("r:1", "r:2")] == [JobState.DONE] * 2
    assert world.did == ["r:1", "waits", "r:1 again", "r:2", "waits", "r:2 again"]


async def test_a_running_job_is_interrupted_where_it_may_be_and_goes_on_there(either_url: str) -> None:
    world = World()
    async with life(either_url, world) as engine:
        await engine.enqueue(Queue.INBOX, "waits", "i:1", "x")
        await until(lambda: "waits" in world.did)
        await engine.cancel(["i:1"])
        await until(lambda: not engine._life._running)  # type: ignore[union-attr]
        assert (await the(engine, "i:1")).state is JobState.CANCELLED
        world.go_on.set()
        assert await engine.resume("i:1", Queue.INBOX)
        await drained(engine)
        assert (await the(engine, "i:1")).result == "x"
    assert world.did == ["x", "waits", "waits", "x again"]


async def test_a_workflow_asks_and_changes_other_jobs_in_steps(jobs_url: str) -> None:
    world = World()
    async with life(jobs_url, world) as engine:
        await engine.enqueue(Queue.REVIEWS, "waits", "r:1", "x", partition="7")
        await until(lambda: "waits" in world.did)
        await engine.enqueue(Queue.INBOX, "asks", "a:1", "r:")
        await drained(engine, "a:")
        world.go_on.set()
        await drained(engine)
        assert (await the(engine, "a:1")).result == [["r:1"], [True], True, None]


async def test_jobs_are_found_by_how_their_ids_begin(either_url: str) -> None:
    async with life(either_url, World()) as engine:
        for job in ("rv:1:2:a", "RV:1:2:b", "rv:1:22:c", "rv:1%", "rv:1_2:d"):
            await engine.enqueue(Queue.INBOX, "noted", job, "x")
        await drained(engine)
        assert {job.id for job in await engine.find("rv:1:2:", active=False)} == {"rv:1:2:a"}
        assert {job.id for job in await engine.find("rv:1", active=False)} == {
            *("rv:1:2:a", "rv:1:22:c", "rv:1%", "rv:1_2:d")
        }
        assert await engine.find("rv:", active=True) == ()


async def test_found_jobs_come_oldest_first(postgres_jobs: str) -> None:
    async with life(postgres_jobs, World()) as engine:
        ids = [f"n:{number}" for number in (5, 3, 9, 1)]
        for job in ids:
            await engine.enqueue(Queue.INBOX, "noted", job, job)
        assert [job.id for job in await engine.find("n:", active=False)] == ids
