"""What docs/deploy.md promises whoever loses a database: everything is looked at again, nothing is said twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.running import running
from tests.app.troubles import BEFORE, nothing_left, opened, reviewed_once, settled, states, tick
from tests.world.world import World


@pytest.mark.parametrize("lost", [("jobs",), ("outcomes",), ("jobs", "outcomes")], ids="+".join)
def test_a_lost_database_makes_nothing_be_posted_again(world: World, tmp_path: Path, lost: tuple[str, ...]) -> None:
    with running(world, tmp_path) as app:
        pull = opened(world)
        settled(world, app)
        reviewed_once(pull)
    for name in lost:
        files = list((tmp_path / "data").glob(f"{name}.db*"))
        assert files
        for file in files:
            file.unlink()
    with running(world, tmp_path) as app:
        tick(app, "sweep-pulls")
        settled(world, app)
        looked = states(app.settings.jobs_url, "sweep:")
        assert bool(looked) == ("jobs" in lost)  # else the head's review is known
        assert {post.kind for post in pull.unread()} <= {"check"}
        nothing_left(pull)
        pull.push({"shop.py": BEFORE})
        settled(world, app)
        kinds = [post.kind for post in pull.unread()]
        assert "note" not in kinds
        assert len(pull.reviews) == 1
        (note,) = pull.threads[0].notes
        assert "**Fixed**" in note.body
        nothing_left(pull, may_succeed=True)
