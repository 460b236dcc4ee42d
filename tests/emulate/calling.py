"""The App's client on a stage, and a pull request for it to speak about."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.github.client import GitHubClient
from tests.emulate.emulator import APP_ID
from tests.emulate.stage import Stage

BEFORE = {"a.py": "".join(f"line {n}\n" for n in range(1, 41)), "b.py": "kept\n"}
AFTER = BEFORE | {"a.py": BEFORE["a.py"].replace("line 3\n", "new 3\nnew 4\n").replace("line 30\n", "")}


@asynccontextmanager
async def client_of(stage: Stage, private_key: str = "") -> AsyncIterator[GitHubClient]:
    """Open the client, unmodified, with the App's key or another."""
    key = private_key or stage.emulator.private_key
    async with GitHubClient(APP_ID, key, base_url=stage.url, pace=0) as client:
        yield client


def changed(stage: Stage) -> tuple[int, str]:
    """Open a pull request from BEFORE to AFTER; returns its number and head."""
    base = stage.commit("main", BEFORE)
    head = stage.commit("topic", AFTER, parent=base)
    return stage.open_pull("topic"), head
