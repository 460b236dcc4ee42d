"""Durable jobs on dbos: workflows made of steps, taken up again wherever a process died.

Workflows run on the event loop that calls `launch`. A worker has one loop, so clients, locks and subprocesses
may be shared freely between workflows and whatever else it does; what blocks runs in threads.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial, wraps
from typing import cast

from dbos import DBOS

from bot.jobs.client import Desk
from bot.jobs.database import Database
from bot.jobs.ledger import BATCH, Ledger
from bot.jobs.life import Life, Plan
from bot.jobs.ownership import owner_of
from bot.jobs.port import Job, JobsDown, JobState, Json, Queue, Run
from bot.jobs.steps import as_step, asked, in_workflow

LEAST_DAYS = 7  # a forgotten id is a new one, and GitHub delivers again what is three days old
_RETENTION = "23 * * * *"


class Engine:
    """The worker's half of the jobs in a database. One at a time in a process: dbos knows only one.

    `url`: `sqlite:////path` or `postgresql://...`; `name`: of the application, lower case; `reviews`: how many run
    here at once; `share`: how many of one partition run anywhere at once; `keep_days`: how long ended jobs are kept;
    `polling`: seconds between looks at a queue, where not as usual; `sweep`: seconds between looks for jobs that
    nobody runs; `haste`: how many times faster durable sleeps pass, for tests. Raises `kb.errors.UserError` for a URL
    that is neither, ValueError for numbers that cannot be.
    """

    def __init__(
        self,
        url: str,
        *,
        name: str = "prudent",
        reviews: int = 4,
        keep_days: int = 30,
        share: int = 2,
        polling: float | None = None,
        sweep: float = 5.0,
        haste: float = 1.0,
    ) -> None:
        if keep_days < LEAST_DAYS or reviews < 1 or share < 1:
            raise ValueError(f"jobs are kept {LEAST_DAYS} days at least, and one review at least runs")
        self._keep = keep_days * 86_400.0  # seconds
        self._haste = haste
        self._ledger = Ledger(Database(url), name)
        self._desk = Desk(self._ledger)
        self._plan = Plan(name, reviews, polling, sweep, share=share)
        self._life: Life | None = None
        self.schedule("retention", _RETENTION, self.forget_old)

    def workflow(self, name: str, *, attempts: int = 5) -> Callable[[Run], Run]:
        """Register a coroutine function as a workflow; after `attempts` deaths of its process it is POISONED."""

        def register(run: Run) -> Run:
            if any(name == known for known, _, _ in self._plan.workflows):
                raise ValueError(f"there are two workflows {name}")
            self._plan.workflows.append((name, run, attempts))
            return run

        return register

    def step(self, name: str, *, retries: int = 0, preemptible: bool = False) -> Callable[[Run], Run]:
        """Register a coroutine function as a step; outside a workflow it is called as it is."""

        def register(run: Run) -> Run:
            @wraps(run)
            async def step(*args: Json, **named: Json) -> Json:
                return await as_step(name, partial(run, *args, **named), retries=retries, preemptible=preemptible)

            return cast(Run, step)

        return register

    def schedule(self, name: str, cron: str, run: Callable[[], Awaitable[None]]) -> None:
        """Register what runs by the clock (UTC) on UPKEEP, each tick once among all workers; before `launch`."""
        self._plan.clock.append((name, cron, run))

    async def enqueue(self, queue: Queue, workflow: str, job: str, *args: Json, partition: str | None = None) -> bool:
        """Add a job; False if one with this id is there already. In a workflow: a step, see `Jobs`."""
        add = partial(self._desk.enqueue, queue, workflow, job, *args, partition=partition)
        return await asked("jobs.enqueue", add)

    async def find(self, prefix: str, *, active: bool) -> tuple[Job, ...]:
        """Return jobs whose ids begin so, oldest first; `active`: waiting or running ones. In a workflow: a step."""

        async def found() -> list[list[Json]]:
            jobs = await self._desk.off_loop(lambda: self._ledger.find(prefix, active=active))
            return [[job.id, job.workflow, job.state.value, job.result, job.error] for job in jobs]

        rows = await asked("jobs.find", found)
        return tuple(Job(job, workflow, JobState(state), result, error) for job, workflow, state, result, error in rows)

    async def failed(self, prefix: str) -> tuple[str, ...]:
        """Return the ids that begin so of jobs that FAILED, oldest first. In a workflow: a step."""

        async def found() -> list[Json]:
            return [job.id for job in await self._desk.off_loop(lambda: self._ledger.failed(prefix))]

        return tuple(await asked("jobs.failed", found))

    async def cancel(self, jobs: Sequence[str]) -> None:
        """Cancel jobs; those that have ended are left as they are. In a workflow: a step."""
        await asked("jobs.cancel", lambda: self._desk.off_loop(lambda: self._ledger.cancel(tuple(jobs))))

    async def resume(self, job: str, queue: Queue) -> bool:
        """Put a CANCELLED job back on its queue; False if it is not cancelled. In a workflow: a step."""
        return await asked("jobs.resume", lambda: self._desk.off_loop(lambda: self._ledger.resume(job, queue)))

    async def again(self, job: str) -> str | None:
        """Run a FAILED job again from its last good step as `<id>!<n>`; None if it has not failed. A step too."""
        return await asked("jobs.again", lambda: self._desk.off_loop(lambda: self._ledger.again(job)))

    async def sleep(self, seconds: float) -> None:
        """Sleep durably: the moment to wake survives a restart. Only in a workflow, outside its steps."""
        if not in_workflow():
            raise RuntimeError("only a workflow sleeps durably")
        await DBOS.sleep_async(seconds / self._haste)

    async def check(self) -> None:
        """Raise `JobsDown` if the database cannot be used now."""
        await self._desk.check()

    async def waiting(self) -> dict[str, int]:
        """Return how many jobs wait or run, by queue."""
        return await self._desk.waiting()

    async def forget_old(self) -> None:
        """Delete jobs that ended more than `keep_days` ago, and give a SQLite file's space back."""

        async def compact() -> None:
            with suppress(JobsDown):  # somebody was in the way: next time
                await self._desk.off_loop(self._ledger.database.compact)

        def forget() -> Awaitable[int]:
            return self._desk.off_loop(lambda: self._ledger.forget(time.time() - self._keep))

        while await asked("jobs.forget", forget) == BATCH:
            pass
        await asked("jobs.compact", compact)

    async def launch(self) -> None:
        """Take up work. Raises `JobsDown`, and `kb.errors.UserError` where another process holds a SQLite file."""
        if self._life is not None:
            raise RuntimeError("this engine runs already")
        life = Life(self._plan, self._ledger, self._desk, owner_of(self._ledger))
        await life.begin()
        self._life = life

    async def stop(self) -> None:
        """Stop taking work and let go: what runs is cancelled here, and put back for the next worker."""
        if self._life is not None:
            await self._life.end()
            self._life = None
        await self._desk.close()

    async def close(self) -> None:
        """Do as `stop`."""
        await self.stop()
