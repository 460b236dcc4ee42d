"""Fixtures of the stories: a fake GitHub, and the App that is installed there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.running import Running, running
from tests.world.world import World

pytest_plugins = ["tests.world.fixtures"]


@pytest.fixture
def app(world: World, tmp_path: Path) -> Iterator[Running]:
    """Return the App at work; it stops before the fake looks at what was posted and not read."""
    with running(world, tmp_path) as made:
        yield made
        assert not world.stuck_checks()
