"""GitHub's clock and ours differ."""

from __future__ import annotations

from pathlib import Path

from tests.app.running import running
from tests.app.troubles import opened, reviewed_once, settled
from tests.world.world import World


def test_an_answer_whose_receipt_was_lost_is_found_though_githubs_clock_is_behind(world: World, tmp_path: Path) -> None:
    world.clock.advance(-600)
    with running(world, tmp_path, haste=20.0) as app:
        pull = opened(world)
        settled(world, app)
        reviewed_once(pull)
        lost = world.faults.add("POST", "/issues/1/comments$", drop=True, after=True)
        pull.comment(pull.repo.owner, "/prudent help")
        settled(world, app)
        assert lost.met
        assert [post.kind for post in pull.unread()] == ["comment", "edit", "reaction"]
