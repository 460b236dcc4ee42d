"""Drafts that somebody of ours showed or replaced meanwhile: a worker taken for dead goes on for a moment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.running import Running, running
from tests.app.troubles import BEFORE, opened, reviewed_once, settled
from tests.world.world import World

REFUSED = {"status": 422, "body": {"message": "Unprocessable Entity"}}


@pytest.fixture
def hurried(world: World, tmp_path: Path) -> Iterator[Running]:
    """Return an App whose pauses are short."""
    with running(world, tmp_path, haste=20.0) as made:
        yield made


def test_a_draft_that_is_shown_already_is_shown(world: World, hurried: Running) -> None:
    twice = world.faults.add("POST", r"/reviews/\d+/events$", after=True, **REFUSED)
    pull = opened(world)
    settled(world, hurried)
    assert twice.met
    reviewed_once(pull)


def test_a_draft_that_cannot_be_deleted_is_looked_at_again(world: World, hurried: Running) -> None:
    pull = None

    def push() -> None:
        (here,) = world.every_pull()
        here.push({"more.py": BEFORE})

    world.faults.add("POST", "/reviews$", then=push)
    refused = world.faults.add("DELETE", r"/reviews/\d+$", times=2, **REFUSED)
    pull = opened(world)
    settled(world, hurried)
    assert refused.met == 2
    reviewed_once(pull)
