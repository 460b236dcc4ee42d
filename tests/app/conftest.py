"""Fixtures of the stories: a fake GitHub, and the App that is installed there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app import shop
from tests.app.running import Running, running
from tests.app.stories import said
from tests.models.weights import smollm2_path
from tests.world.pull import Pull
from tests.world.records import User
from tests.world.repository import Repository
from tests.world.world import World

__all__ = ["smollm2_path"]  # a fixture


@pytest.fixture
def app(world: World, tmp_path: Path) -> Iterator[Running]:
    """Return the App at work; it stops before the fake looks at what was posted and not read."""
    with running(world, tmp_path) as made:
        yield made
        assert not world.stuck_checks()


@pytest.fixture
def repo(world: World) -> Repository:
    """Return a repository where bob may write."""
    made = world.repository("acme/widgets", {"shop.py": shop.BEFORE})
    made.give(world.person("bob"), "write")
    return made


@pytest.fixture
def bob(world: World) -> User:
    """Return somebody who may write."""
    return world.person("bob")


@pytest.fixture
def pull(world: World, repo: Repository, app: Running) -> Pull:
    """Return a pull request whose first review is over and read."""
    made = repo.open_pull(world.person("alice"), {"shop.py": shop.TWO})
    said(world, app, made)
    return made
