"""The stage as a fixture; without Node or the emulator its tests are skipped, and say why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulate.emulator import missing
from tests.emulate.stage import Stage, staged


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Return the emulator with one repository, before which the overlay stands."""
    if reason := missing():
        pytest.skip(reason)
    with staged(tmp_path) as found:
        yield found
