"""Adds jobs: all that the web process needs. No worker has to run."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from bot.jobs.database import Database
from bot.jobs.ledger import Ledger, Wanted
from bot.jobs.port import Enqueuer, Json, Queue
from bot.jobs.values import plain

TOGETHER = 100  # jobs added in one transaction at most

Answer = TypeVar("Answer")


def open_enqueuer(url: str) -> Enqueuer:
    """Return what adds jobs to a database; it connects when it is first used.

    `url`: `sqlite:////path` or `postgresql://...`. Raises `kb.errors.UserError` for a URL that is neither.
    """
    return Desk(Ledger(Database(url)))


class Desk:
    """Where jobs are handed in, from one event loop. What arrives while one transaction is written
    goes into the next: the disk is waited for once for all of them."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._prepared = False
        self._preparing = threading.Lock()
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="jobs")
        self._handed_in: list[tuple[Wanted, asyncio.Future[bool]]] = []
        self._writer: asyncio.Task[None] | None = None
        self._closed = False

    async def enqueue(self, queue: Queue, workflow: str, job: str, *args: Json, partition: str | None = None) -> bool:
        """Add a job durably before this returns; False if one with this id is there already.

        Raises `JobsDown`, and TypeError or ValueError for arguments that are not JSON.
        """
        wanted = Wanted(queue, workflow, job, tuple(plain(args)), partition)
        added: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._handed_in.append((wanted, added))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        return await added

    async def check(self) -> None:
        """Raise `JobsDown` if the database cannot be used now."""
        await self.off_loop(self._ledger.check)

    async def waiting(self) -> dict[str, int]:
        """Return how many jobs wait or run, by queue."""
        return await self.off_loop(self._ledger.waiting)

    async def close(self) -> None:
        """Write what was handed in, and give the connections back; doing so again changes nothing."""
        if self._closed:
            return
        self._closed = True
        if self._writer is not None:
            await self._writer
        await asyncio.get_running_loop().run_in_executor(self._threads, self._ledger.close)
        self._threads.shutdown(wait=False)

    async def off_loop(self, call: Callable[[], Answer]) -> Answer:
        """Run what blocks in a thread of this desk, after the tables are there."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._after_prepared, call)

    def _after_prepared(self, call: Callable[[], Answer]) -> Answer:
        with self._preparing:
            if not self._prepared:
                self._ledger.database.prepare()
                self._prepared = True
        return call()

    async def _write(self) -> None:
        while self._handed_in:
            batch, self._handed_in = self._handed_in[:TOGETHER], self._handed_in[TOGETHER:]
            wanted = [each for each, _ in batch]
            (answer,) = await asyncio.gather(self.off_loop(partial(self._ledger.add, wanted)), return_exceptions=True)
            for index, (_, added) in enumerate(batch):
                if added.done():
                    continue  # nobody waits any more
                if isinstance(answer, BaseException):
                    added.set_exception(answer)
                else:
                    added.set_result(answer[index])
