"""The stage as a fixture; without Node or the emulator its tests are skipped, and say why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulate.emulator import missing
from tests.emulate.stage import Stage, staged


@pytest.fixture(scope="session")
def theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return the emulator with the overlay before it, started once."""
    if reason := missing():
        pytest.skip(reason)
    with staged(tmp_path_factory.mktemp("emulate")) as found:
        yield found


@pytest.fixture
def stage(theatre: Stage) -> Iterator[Stage]:
    """Return the emulator with an empty repository of the test's own."""
    found = theatre.anew()
    yield found
    found.assert_well_formed()


@pytest.fixture
def empty_stage(tmp_path: Path) -> Iterator[Stage]:
    """Return an emulator of the test's own: a worker looks at every repository that it finds."""
    if reason := missing():
        pytest.skip(reason)
    with staged(tmp_path) as found:
        yield found
