"""One life of a worker in dbos: from the first job that it takes up to the last that it lets go."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from dbos import DBOS, DBOSConfig, ScheduleInput

from bot.jobs.client import Desk
from bot.jobs.ledger import VERSION, Ledger
from bot.jobs.ownership import Ownership
from bot.jobs.port import JobsDown, Json, Queue
from bot.jobs.values import JsonSerializer, described, plain

_POLLS = {Queue.INBOX: 0.1, Queue.REVIEWS: 0.2, Queue.UPKEEP: 1.0}  # seconds
_AT_ONCE = 200  # of INBOX: most of them sleep through somebody's rate limit, which must not keep others waiting
_GRACE = 5.0  # seconds that what runs has to clean up after itself when the worker stops
_LAST = 20.0  # seconds that dbos has to let go

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plan:
    """What a worker can do: workflows (name, coroutine function, deaths allowed) and ticks (name, cron, function)."""

    name: str
    reviews: int
    polling: float | None
    sweep: float
    share: int = 2  # reviews of one partition at once, of all workers together
    workflows: list[tuple[str, Callable[..., Awaitable[Json]], int]] = field(default_factory=list)
    clock: list[tuple[str, str, Callable[[], Awaitable[None]]]] = field(default_factory=list)


class Life:
    """A worker that has taken up work; made by `begin`, over with `end`."""

    def __init__(self, plan: Plan, ledger: Ledger, desk: Desk, owner: Ownership) -> None:
        self._plan = plan
        self._ledger = ledger
        self._desk = desk
        self._owner = owner
        self._running: dict[asyncio.Task[object], str] = {}
        self._sweeping: asyncio.Task[None] | None = None
        self._ending = asyncio.Event()
        self._dbos: DBOS | None = None

    async def begin(self) -> None:
        """Take up work, on this event loop. Raises `JobsDown`, and `kb.errors.UserError` where another worker is."""
        await self._desk.off_loop(self._owner.take)
        try:
            await self._desk.off_loop(self._declare_queues)
            self._dbos = self._made()
            # dbos adopts the loop of the thread that launches it, and launching blocks: so say which one before.
            self._dbos._background_event_loop.set_main_loop()
            await self._desk.off_loop(self._launch)
        except BaseException:
            await self.end()
            raise
        self._sweeping = asyncio.create_task(self._sweep())

    async def end(self) -> None:
        """Take no more work, cancel what runs here, and put it back for whoever comes next."""
        self._ending.set()
        if self._sweeping is not None:
            await self._sweeping
        if self._dbos is not None:
            await self._let_go(self._dbos)
            with suppress(JobsDown):  # then the next life finds out by itself
                await self._desk.off_loop(lambda: self._ledger.put_back(self._owner.executor, died=False))
        self._dbos = None
        self._owner.release()

    def _declare_queues(self) -> None:
        declare = self._ledger.client.register_queue
        polls = {queue: self._plan.polling or usual for queue, usual in _POLLS.items()}
        with self._ledger.database.answering():
            declare(Queue.INBOX, worker_concurrency=_AT_ONCE, polling_interval_sec=polls[Queue.INBOX])
            declare(
                Queue.REVIEWS,
                worker_concurrency=self._plan.reviews,
                partition_concurrency=self._plan.share,
                polling_interval_sec=polls[Queue.REVIEWS],
            )
            declare(Queue.UPKEEP, global_concurrency=1, polling_interval_sec=polls[Queue.UPKEEP])

    def _made(self) -> DBOS:
        config: DBOSConfig = {
            "name": self._plan.name,
            "system_database_engine": self._ledger.database.engine,
            "application_version": VERSION,
            "executor_id": self._owner.executor,
            "serializer": JsonSerializer(),
            "log_level": "WARNING",
            "max_executor_threads": 32,
            "run_migrations": False,  # done already
            # Nobody here waits for notifications: the first only makes stopping slow, the second is idle work.
            "notification_listener_polling_interval_sec": 0.1,
            "notification_coalesce_sec": 0.5,
        }
        dbos = DBOS(config=config)
        for name, run, attempts in self._plan.workflows:
            # dbos counts starts, of which the first follows no death.
            DBOS.workflow(name=name, max_recovery_attempts=attempts - 1)(self._tracked(run))
        return dbos

    def _launch(self) -> None:
        async def tick(when: datetime, name: str) -> None:
            for known, _, run in self._plan.clock:
                if known == name:
                    await run()

        # One workflow for all: a tick whose schedule is no more then ends, and does not hold the queue up for ever.
        clock = DBOS.workflow(name="clock", max_recovery_attempts=2)(self._tracked(tick))
        on: ScheduleInput = {"workflow_fn": clock, "queue_name": Queue.UPKEEP.value}
        DBOS.launch()
        DBOS.apply_schedules(
            [{**on, "schedule_name": name, "schedule": cron, "context": name} for name, cron, _ in self._plan.clock]
        )
        for known in DBOS.list_schedules():
            if known["schedule_name"] not in {name for name, _, _ in self._plan.clock}:
                DBOS.delete_schedule(known["schedule_name"])

    def _tracked(self, run: Callable[..., Awaitable[Json]]) -> Callable[..., Coroutine[object, object, Json]]:
        async def tracked(*args: Json) -> Json:
            task = asyncio.current_task()
            if task is None or DBOS.workflow_id is None:
                raise RuntimeError("a workflow is run by its queue")
            self._running[task] = DBOS.workflow_id
            try:
                return plain(await run(*args))
            finally:
                del self._running[task]

        return tracked

    async def _sweep(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), self._plan.sweep)
                return
            running = frozenset(self._running.values())
            try:
                found = await self._desk.off_loop(partial(self._owner.sweep, running))
            except Exception as error:  # the worker's loop: without sweeps a dead worker's jobs would lie for ever
                _log.warning("jobs are not swept: %s: %s", type(error).__name__, described(error))
                continue
            if found:
                _log.warning("%d jobs that nobody ran any more were put back", found)

    async def _let_go(self, dbos: DBOS) -> None:
        for stopped in dbos.background_thread_stop_events:
            stopped.set()
        until = time.monotonic() + _GRACE
        await self._cancel(dbos, until)
        ending = asyncio.ensure_future(self._desk.off_loop(lambda: DBOS.destroy(destroy_registry=True)))
        _, unfinished = await asyncio.wait({ending}, timeout=_LAST)
        await self._cancel(dbos, until)  # what a queue took at the last moment
        # dbos has made its own threads the loop's, and they are gone.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(thread_name_prefix="loop"))
        if unfinished:
            _log.warning("dbos has not let go of its database after %.0f s", _LAST)

    async def _cancel(self, dbos: DBOS, until: float) -> None:
        """Cancel what runs, let what has run note its end, and in the end cancel that too: it is noted next time."""
        while (tasks := set(dbos._workflow_tasks)) and time.monotonic() < until:
            for task in self._running:
                task.cancel()
            await asyncio.wait(tasks, timeout=0.5)
        for late in set(dbos._workflow_tasks):
            late.cancel()
