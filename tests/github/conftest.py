"""A script of answers, whose every request must be one that GitHub describes, and a clock."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.github.scripted import Clock, Script


@pytest.fixture
def script() -> Iterator[Script]:
    made = Script()
    yield made
    assert made.violations == []


@pytest.fixture
def clock() -> Clock:
    return Clock()
