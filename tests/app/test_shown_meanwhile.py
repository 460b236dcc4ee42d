"""Drafts that somebody of ours showed or replaced meanwhile: a worker taken for dead goes on for a moment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app import shop
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


@pytest.mark.slow
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


def test_a_fix_whose_draft_was_taken_away_by_a_review_is_posted_all_the_same(world: World, hurried: Running) -> None:
    repo = world.repository("acme/widgets", {"shop.py": shop.BEFORE})
    pull = repo.open_pull(repo.owner, {"shop.py": shop.with_literal()})
    settled(world, hurried)
    pull.push({"shop.py": shop.with_literal().replace("kind is", "kind  is")})
    settled(world, hurried)
    pull.unread()
    gone = world.faults.add("GET", r"/reviews/\d+$", status=404, body={"message": "Not Found"})
    pull.comment(repo.owner, "/prudent fix is-with-literal")
    settled(world, hurried)
    assert gone.met
    assert sorted(post.kind for post in pull.unread()) == ["comment", "note", "reaction", "review"]
    assert not pull.drafts()
