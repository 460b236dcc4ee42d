"""A script of answers, whose every request must be one that GitHub describes, and a clock; a scene at the world."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from bot.github.client import GitHubClient
from tests.github.scene import Scene
from tests.github.scripted import Clock, Script
from tests.world.world import World


@pytest.fixture
def script() -> Iterator[Script]:
    made = Script()
    yield made
    assert made.violations == []


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def no_sleep(_: float) -> None:
    """Let no time pass."""


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world)


@pytest_asyncio.fixture
async def github(world: World) -> AsyncIterator[GitHubClient]:
    made = GitHubClient(world.app.id, world.app.private_key, base_url=world.url, pace=0, sleep=no_sleep)
    async with made:
        yield made
