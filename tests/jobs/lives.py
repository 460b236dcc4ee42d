"""Lives of workers for the tests of jobs, and looks behind their backs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from bot.jobs.database import Database
from bot.jobs.engine import Engine

FAST = 0.02  # seconds between looks at a queue


@asynccontextmanager
async def life(url: str, register: Callable[[Engine], Any] | None = None, **more: Any) -> AsyncIterator[Engine]:
    """Run an engine; `register` gives it workflows."""
    engine = Engine(url, polling=FAST, **more)
    if register is not None:
        register(engine)
    try:
        await engine.launch()
        yield engine
    finally:
        await engine.stop()


async def until(true: Callable[[], Awaitable[bool] | bool], seconds: float = 20.0) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(seconds):
        while True:
            answer = true()
            if (await answer) if isinstance(answer, Awaitable) else answer:
                return
            await asyncio.sleep(0.02)


async def drained(engine: Engine, prefix: str = "") -> None:
    """Wait until no job waits or runs."""

    async def empty() -> bool:
        return not await engine.find(prefix, active=True)

    await until(empty)


def rows(url: str, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Run a statement on dbos's tables behind everybody's back; `jobs` and `inputs` stand for their names."""
    database = Database(url)
    prefix = f"{database.schema}." if database.schema else ""
    text = statement.replace("{jobs}", f"{prefix}workflow_status").replace("{inputs}", f"{prefix}workflow_input")
    try:
        with database.engine.begin() as connection:
            found = connection.exec_driver_sql(text if database.file else text.replace("?", "%s"), tuple(values))
            return [tuple(row) for row in found] if found.returns_rows else []
    finally:
        database.close()
