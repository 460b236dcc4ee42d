"""What a worker does with jobs, in one process."""

from __future__ import annotations

import asyncio
import base64
import logging
import pickle
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.jobs.client import open_enqueuer
from bot.jobs.engine import Engine
from bot.jobs.port import Job, JobsDown, JobState, Queue
from bot.jobs.values import TEXT_KEPT
from tests.jobs.lives import drained, life, rows, until

pytest_plugins = ["tests.kb.postgres"]
pytestmark = pytest.mark.asyncio


class World:
    """Workflows to register, and what they did."""

    def __init__(self) -> None:
        self.did: list[str] = []
        self.running: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.go_on = asyncio.Event()
        self.errors = 0

    def __call__(self, engine: Engine) -> None:
        """Register."""

        @engine.step("note")
        async def note(what: str) -> Any:
            self.did.append(what)
            return (what, {"of": what})

        @engine.step("wait", preemptible=True)
        async def wait() -> None:
            self.did.append("waits")
            await self.go_on.wait()

        @engine.step("fail")
        async def fail(text: str) -> None:
            self.did.append("fails")
            if self.errors:
                self.errors -= 1
                raise OSError(text)

        @engine.step("stubborn", retries=2)
        async def stubborn() -> int:
            await fail("not yet")
            return len(self.did)

        @engine.workflow("noted")
        async def noted(what: str) -> Any:
            return await note(what)

        @engine.workflow("waits", attempts=1)
        async def waits(what: str) -> str:
            await note(what)
            await wait()
            await note(f"{what} again")
            return what

        @engine.workflow("fails")
        async def fails(text: str) -> Any:
            first = await note("before")
            await fail(text)
            return [first, await note("after")]

        @engine.workflow("stubborn")
        async def tries() -> int:
            return await stubborn()

        @engine.workflow("crowd")
        async def crowd(who: str) -> None:
            self.running[who] += 1
            self.most[who] = max(self.most[who], self.running[who])
            self.did.append(who)
            await asyncio.sleep(0.1)
            self.running[who] -= 1

        @engine.workflow("asks")
        async def asks(other: str) -> Any:
            seen = await engine.find(other, active=True)
            await engine.cancel([job.id for job in seen])
            back = [await engine.resume(job.id, Queue.INBOX) for job in seen]
            added = await engine.enqueue(Queue.INBOX, "noted", "added", "x")
            return [[job.id for job in seen], back, added, await engine.again("nobody")]

        @engine.workflow("surprises")
        async def surprises() -> Any:
            return {"not": object()}


async def the(engine: Engine, job: str) -> Job:
    (found,) = [each for each in await engine.find(job, active=False) if each.id == job]
    return found


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
