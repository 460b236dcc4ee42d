"""Lives of workers for the tests of jobs, and looks behind their backs."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.jobs.database import Database
from bot.jobs.engine import Engine

ROOT = Path(__file__).parents[2]
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


class Workers:
    """Workers in processes of their own, and the log that they share."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self._all: list[subprocess.Popen[bytes]] = []

    def start(self, *more: str) -> subprocess.Popen[bytes]:
        """Start one."""
        command = [sys.executable, "-W", "error", "-m", "tests.jobs.worker", self.url, str(self.folder), *more]
        with (self.folder / "errors").open("ab") as errors:
            worker = subprocess.Popen(command, cwd=ROOT, stderr=errors, env={"PATH": os.environ["PATH"]})
        self._all.append(worker)
        return worker

    async def ready(self, *more: str) -> subprocess.Popen[bytes]:
        """Start one and wait until it works."""
        worker = self.start(*more)
        await until(lambda: ["ready", str(worker.pid)] in self.log() or worker.poll() is not None)
        assert worker.poll() is None, (self.folder / "errors").read_text("utf-8")
        return worker

    async def over(self, worker: subprocess.Popen[bytes]) -> int:
        """Wait until one ends; returns its code."""
        await until(lambda: worker.poll() is not None)
        return worker.returncode

    async def stop(self, worker: subprocess.Popen[bytes]) -> None:
        """Ask one to stop and wait until it has."""
        worker.terminate()
        assert await self.over(worker) == 0, (self.folder / "errors").read_text("utf-8")

    def log(self) -> list[list[str]]:
        """Return what they did."""
        file = self.folder / "log"
        return [line.split() for line in file.read_text("utf-8").splitlines()] if file.exists() else []

    def end(self) -> None:
        """Kill those that are left."""
        for worker in self._all:
            worker.kill()
            worker.wait(10)
