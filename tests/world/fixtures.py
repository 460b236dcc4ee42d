"""The fake as pytest fixtures; load with `pytest_plugins = ["tests.world.fixtures"]`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world.server import Server
from tests.world.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Return a fake GitHub on a loopback port.

    At the end it must have been spoken to as GitHub would have it, and all that the App posted must have been read.
    """
    made = World(tmp_path / "github")
    with Server(made):
        yield made
        made.hooks.close()
    assert not made.violations, "\n".join(dict.fromkeys(made.violations))
    made.assert_all_read()
