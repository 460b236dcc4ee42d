"""Workflows for the tests of jobs, and what they did."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from bot.jobs.engine import Engine
from bot.jobs.port import Job, Queue


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
