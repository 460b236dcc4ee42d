"""Hands in jobs until killed: `python -m tests.jobs.handing_in URL COUNT`; prints each id that was accepted."""

from __future__ import annotations

import asyncio
import os
import sys

from bot.jobs.client import open_enqueuer
from bot.jobs.port import Queue


async def main(url: str, count: int) -> None:
    """Hand in `count` jobs, twenty at a time."""
    desk = open_enqueuer(url)
    turn = asyncio.Semaphore(20)

    async def hand_in(number: int) -> None:
        async with turn:
            await desk.enqueue(Queue.INBOX, "arrive", f"gh:{number}", {"n": number})
            os.write(1, f"{number}\n".encode())

    await asyncio.gather(*map(hand_in, range(count)))
    await desk.close()


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
