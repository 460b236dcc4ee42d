"""Steps: what a workflow does once, keeps, and does not do again when it is resumed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

from dbos import DBOS, StepOptions

from bot.jobs.port import JobsDown, Json
from bot.jobs.values import plain

LONGEST = 30.0  # seconds between two tries

_log = logging.getLogger(__name__)

Answer = TypeVar("Answer")


def in_workflow() -> bool:
    """Return whether what runs now is a workflow or one of its steps."""
    return DBOS.workflow_id is not None


async def as_step(
    name: str, run: Callable[[], Awaitable[Json]], *, retries: int = 0, preemptible: bool = False
) -> Json:
    """Run something as a step of the workflow around it, in a step or outside a workflow just so.

    Returns what it returned as JSON gives it back, so that a first run sees what a resumed one will.
    `retries`: how often it is tried again if it raises, after pauses that double from 1 s.
    """

    async def step() -> Json:
        return plain(await _tried(name, retries, run))

    if not in_workflow():
        return await step()
    options: StepOptions = {"name": name, "preemptible": preemptible}
    return await DBOS.run_step_async(options, step)


async def asked(name: str, ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """Ask the jobs' database; in a workflow as a step, and until it answers.

    A workflow must not fail because the database was away for a while.
    """
    if not in_workflow():
        return await ask()

    async def patiently() -> Json:
        pause = 0.5
        while True:
            try:
                return await ask()
            except JobsDown as error:
                _log.warning("a job waits: %s", error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST)

    return cast(Answer, await as_step(name, patiently))


async def _tried(name: str, retries: int, run: Callable[[], Awaitable[Json]]) -> Json:
    for attempt in range(retries):
        try:
            return await run()
        except Exception as error:  # the worker's loop: whatever it was, it is tried again
            _log.warning("step %s is tried again after %s", name, type(error).__name__)
        await asyncio.sleep(min(2.0**attempt, LONGEST))
    return await run()
