"""What becomes of jobs whose process dies: real processes, really killed."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections import Counter

import psycopg
import pytest

from bot.jobs.client import open_enqueuer
from bot.jobs.database import Database
from bot.jobs.engine import Engine
from bot.jobs.ledger import Ledger
from bot.jobs.port import Job, JobsDown, JobState, Queue
from kb.errors import UserError
from tests.jobs.lives import ROOT, Workers, life, rows, until

pytest_plugins = ["tests.kb.postgres"]
pytestmark = pytest.mark.asyncio

SLOW = pytest.mark.slow
both = pytest.mark.parametrize("jobs_url", ["sqlite", "postgres"], indirect=True)
on_postgres = pytest.mark.parametrize("jobs_url", ["postgres"], indirect=True)
on_sqlite = pytest.mark.parametrize("jobs_url", ["sqlite"], indirect=True)


async def hand_in(url: str, workflow: str, job: str, *arguments: object, queue: Queue = Queue.INBOX) -> None:
    desk = open_enqueuer(url)
    partition = "7" if queue is Queue.REVIEWS else None
    assert await desk.enqueue(queue, workflow, job, *arguments, partition=partition)
    await desk.close()


def the(url: str, job: str) -> Job:
    ledger = Ledger(Database(url))
    try:
        (found,) = ledger.find(job, active=False)
        return found
    finally:
        ledger.close()


async def ended(url: str, job: str) -> Job:
    await until(lambda: the(url, job).state not in (JobState.WAITING, JobState.RUNNING))
    return the(url, job)


@both
@pytest.mark.parametrize(
    "where", ["in 1", *(pytest.param(at, marks=SLOW) for at in ("before 0", "before 2", "at the end"))]
)
async def test_after_a_kill_the_next_life_goes_on_at_the_step_that_was_cut_off(workers: Workers, where: str) -> None:
    await hand_in(workers.url, "walk", "w:1", 3, where)
    assert await workers.over(workers.start()) == -signal.SIGKILL
    await workers.ready()
    assert (await ended(workers.url, "w:1")).result == [0, 1, 2]
    done = Counter(" ".join(line) for line in workers.log() if line[0] in ("start", "end"))
    assert done.pop("start 1") == (2 if where == "in 1" else 1)
    assert set(done.values()) == {1}


@on_sqlite
async def test_a_job_that_kills_its_process_is_left_alone_after_so_many_times(workers: Workers) -> None:
    await hand_in(workers.url, "poison", "p:1")
    for _ in range(2):
        assert await workers.over(workers.start()) == -signal.SIGKILL
    worker = await workers.ready()
    assert (await ended(workers.url, "p:1")).state is JobState.POISONED
    assert workers.log().count(["poison"]) == 2
    await hand_in(workers.url, "walk", "w:1", 1, "")
    assert (await ended(workers.url, "w:1")).result == [0]
    await workers.stop(worker)
    ledger = Ledger(Database(workers.url))
    ledger.cancel(["p:1"])  # it has ended
    assert the(workers.url, "p:1").state is JobState.POISONED
    ledger.close()


@on_sqlite
async def test_a_second_worker_on_a_file_is_refused_until_the_first_is_gone(workers: Workers) -> None:
    first = await workers.ready()
    engine = Engine(workers.url)
    with pytest.raises(UserError, match="another worker uses"):
        await engine.launch()
    first.kill()
    first.wait(10)
    await engine.launch()
    await engine.stop()


@SLOW
@on_sqlite
async def test_a_job_wakes_when_it_meant_to_though_its_process_died_asleep(workers: Workers) -> None:
    await hand_in(workers.url, "sleeper", "s:1", 3.0)
    worker = await workers.ready()
    await until(lambda: bool(rows(workers.url, "SELECT 1 FROM operation_outputs")))
    worker.kill()
    await asyncio.sleep(1.5)
    await workers.ready()
    assert (await ended(workers.url, "s:1")).state is JobState.DONE
    lay_down, lay_down_again, woke = (float(line[1]) for line in workers.log() if line[0] != "ready")
    assert woke - lay_down > 2.9
    assert woke - lay_down_again < 2.5


@on_postgres
async def test_a_worker_takes_over_what_a_dead_one_ran(workers: Workers) -> None:
    await hand_in(workers.url, "held", "h:1", "h:1", queue=Queue.REVIEWS)
    first = await workers.ready()
    await until(lambda: ["holds", "h:1", str(first.pid)] in workers.log())
    second = await workers.ready()
    await asyncio.sleep(1.0)  # three sweeps
    assert not any(line[:3] == ["holds", "h:1", str(second.pid)] for line in workers.log())  # the first lives
    first.kill()
    await until(lambda: ["holds", "h:1", str(second.pid)] in workers.log())
    (workers.folder / "go").touch()
    assert (await ended(workers.url, "h:1")).result == second.pid


@on_postgres
async def test_a_worker_that_stops_hands_over_at_once(workers: Workers) -> None:
    """A rolling restart leaves nothing lying, and costs no job one of its lives."""
    await hand_in(workers.url, "held", "h:1", "h:1", queue=Queue.REVIEWS)
    first = await workers.ready()
    await until(lambda: ["holds", "h:1", str(first.pid)] in workers.log())
    second = await workers.ready()
    await workers.stop(first)
    await until(lambda: ["holds", "h:1", str(second.pid)] in workers.log(), 3.0)
    assert rows(workers.url, "SELECT recovery_attempts FROM {jobs} WHERE workflow_uuid = 'h:1'") == [(1,)]


@SLOW
@on_postgres
async def test_workers_live_through_a_server_that_is_away_and_nothing_is_done_twice(
    workers: Workers, postgres_server: str
) -> None:
    jobs = [f"h:{number}" for number in range(2)]
    for job in jobs:
        await hand_in(workers.url, "held", job, job, queue=Queue.REVIEWS)
    first, second = await workers.ready(), await workers.ready()
    await until(lambda: sum(line[0] == "holds" for line in workers.log()) >= 2)
    with psycopg.connect(postgres_server, autocommit=True) as server:
        ((name,),) = rows(workers.url, "SELECT current_database()")
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        desk = open_enqueuer(workers.url)
        with pytest.raises(JobsDown):
            await desk.enqueue(Queue.INBOX, "held", "h:0", "h:0")
        (workers.folder / "go").touch()  # so the steps end while there is nowhere to note it
        await asyncio.sleep(1.0)
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        assert not await desk.enqueue(Queue.INBOX, "held", "h:0", "h:0")
        await desk.close()
    for job in jobs:
        assert (await ended(workers.url, job)).state is JobState.DONE
    assert (first.poll(), second.poll()) == (None, None)
    assert Counter(line[1] for line in workers.log() if line[0] == "holds") == Counter(jobs)
    await hand_in(workers.url, "held", "h:2", "h:2")
    assert (await ended(workers.url, "h:2")).state is JobState.DONE


@SLOW
@on_postgres
async def test_a_tick_is_run_once_among_two_workers(workers: Workers) -> None:
    await workers.ready("clock")
    await workers.ready("clock")
    await until(lambda: sum(line[0] == "tick" for line in workers.log()) >= 4)
    ticks = rows(workers.url, "SELECT workflow_uuid FROM {jobs} WHERE schedule_name = 'tick' AND status = 'SUCCESS'")
    assert sum(line[0] == "tick" for line in workers.log()) - len(ticks) <= 1  # one may run just now


@both
async def test_what_was_accepted_is_there_though_the_process_was_killed(jobs_url: str) -> None:
    command = [sys.executable, "-m", "tests.jobs.handing_in", jobs_url, "1000"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        accepted = [int(process.stdout.readline()) for _ in range(300)]
        process.kill()
        accepted += [int(line) for line in process.stdout.read().splitlines()]
    there = {job for (job,) in rows(jobs_url, "SELECT workflow_uuid FROM {jobs}")}
    assert 300 <= len(accepted) < 1000
    assert {f"gh:{number}" for number in accepted} <= there
    assert len(rows(jobs_url, "SELECT 1 FROM {inputs}")) == len(there)


async def test_a_job_that_was_lost_on_its_way_to_its_worker_is_put_back(
    either_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """dbos claims a job, then reads it: if the database fails in between, nobody runs it and nobody says so."""
    monkeypatch.setattr("bot.jobs.ownership.STRAY", 0.0)

    def register(engine: Engine) -> None:
        @engine.workflow("w")
        async def w() -> str:
            return "done"

    async with life(either_url, register, sweep=0.2) as engine:
        assert engine._life is not None
        executor = engine._life._owner.executor
        await hand_in(either_url, "w", "w:1", queue=Queue.UPKEEP)
        await ended(either_url, "w:1")
        rows(
            either_url,
            "UPDATE {jobs} SET status = 'PENDING', owner_xid = 'lost', completed_at = NULL, started_at_epoch_ms = 1, "
            "executor_id = ?",
            executor,
        )
        assert (await ended(either_url, "w:1")).result == "done"


@SLOW
async def test_no_socket_is_opened_on_a_file(sqlite_jobs: str) -> None:
    code = (
        "import sys, asyncio, socket\n"
        "def hook(event, arguments):\n"
        "    if event in ('socket.connect', 'socket.bind', 'socket.getaddrinfo', 'socket.sendto'):\n"
        "        print('OPENED', event, arguments, file=sys.stderr, flush=True)\n"
        "sys.addaudithook(hook)\n"
        "from bot.jobs.engine import Engine\n"
        "from bot.jobs.port import Queue\n"
        "async def main():\n"
        "    engine = Engine(sys.argv[1], polling=0.02)\n"
        "    @engine.workflow('w')\n"
        "    async def w(): return 1\n"
        "    await engine.launch()\n"
        "    await engine.enqueue(Queue.INBOX, 'w', 'w:1')\n"
        "    await asyncio.sleep(1)\n"
        "    print((await engine.find('w:', active=False))[0].result)\n"
        "    await engine.stop()\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, sqlite_jobs], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n", "")


async def test_a_job_that_gives_up_unsaid_is_tried_again_and_then_left_alone(
    either_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a cancelled future raises is no end to dbos: the job would count as running for ever."""
    monkeypatch.setattr("bot.jobs.ownership.STRAY", 0.0)
    tries = Counter[str]()

    def register(engine: Engine) -> None:
        @engine.workflow("w", attempts=2)
        async def w(job: str, good_from: int) -> str:
            tries[job] += 1
            if tries[job] < good_from:
                raise asyncio.CancelledError
            return "done"

    async with life(either_url, register, sweep=0.2):
        await hand_in(either_url, "w", "w:1", "w:1", 2)
        await hand_in(either_url, "w", "w:2", "w:2", 9)
        assert (await ended(either_url, "w:1")).result == "done"
        assert (await ended(either_url, "w:2")).state is JobState.POISONED
    assert tries == {"w:1": 2, "w:2": 2}
