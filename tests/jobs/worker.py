"""A worker of its own process: `python -m tests.jobs.worker URL FOLDER [clock]`; FOLDER/log has what it did."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from bot.jobs.engine import Engine
from tests.jobs.lives import FAST


def note(folder: Path, *words: object) -> None:
    """Write a line that survives this process."""
    log = os.open(folder / "log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(log, (" ".join(map(str, words)) + "\n").encode())
    os.close(log)


def die_once(folder: Path, where: str, asked: str) -> None:
    """Die without a word, the first time that this place is reached, if it is the one that was asked for."""
    mark = folder / "died"
    if where == asked and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def register(engine: Engine, folder: Path) -> None:
    """Give an engine the workflows of the tests."""

    @engine.step("stride")
    async def stride(number: int, asked: str) -> int:
        note(folder, "start", number)
        die_once(folder, f"in {number}", asked)
        note(folder, "end", number)
        return number

    @engine.workflow("walk")
    async def walk(steps: int, asked: str) -> Any:
        gone = []
        for number in range(steps):
            die_once(folder, f"before {number}", asked)
            gone.append(await stride(number, asked))
        die_once(folder, "at the end", asked)
        return gone

    @engine.workflow("poison", attempts=2)
    async def poison() -> None:
        note(folder, "poison")
        os.kill(os.getpid(), signal.SIGKILL)

    @engine.workflow("sleeper")
    async def sleeper(seconds: float) -> None:
        note(folder, "sleeps", time.time())
        await engine.sleep(seconds)
        note(folder, "wakes", time.time())

    @engine.step("hold")
    async def hold(job: str) -> int:
        note(folder, "holds", job, os.getpid())
        while not (folder / "go").exists():
            await asyncio.sleep(0.02)
        return os.getpid()

    @engine.workflow("held")
    async def held(job: str) -> int:
        process = await hold(job)
        note(folder, "held", job, process)
        return process

    @engine.step("post")
    async def post(address: str, job: str) -> str:
        def send() -> str:
            with urllib.request.urlopen(f"{address}/{job}", data=b"", timeout=10) as answer:
                return str(answer.read().decode())

        return await asyncio.to_thread(send)

    @engine.workflow("posts", attempts=100)
    async def posts(address: str, job: str) -> Any:
        return [await post(address, f"{job}/{number}") for number in range(3)]


async def main(url: str, folder: Path, *more: str) -> None:
    """Work until told to stop."""
    engine = Engine(url, polling=FAST, sweep=0.3, reviews=8)
    register(engine, folder)
    if "clock" in more:

        async def tick() -> None:
            note(folder, "tick", int(time.time()))

        engine.schedule("tick", "* * * * * *", tick)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await engine.launch()
    note(folder, "ready", os.getpid())
    await stop.wait()
    await engine.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:]))
