"""A branch that is rewritten in every way, its findings as they were: nothing is said a second time."""

from __future__ import annotations

import pytest

from tests.app import shop
from tests.app.running import Running
from tests.app.stories import assert_unchanged, calls, opened, said
from tests.world.world import World


@pytest.mark.slow
def test_nothing_is_said_again_however_the_branch_is_rewritten(world: World, app: Running) -> None:
    pull = opened(world, app)
    repo = pull.repo
    began = len(world.requests)
    pull.push({"README.md": "A shop.\n"})
    assert_unchanged(said(world, app, pull))
    asked = [f"{one.method} {one.path}" for one in calls(world, began)]
    assert len(asked) <= 5, asked
    pull.amend({"README.md": "A small shop.\n"})
    assert_unchanged(said(world, app, pull))
    repo.commit({"tax.py": "RATE = 21\n"})
    pull.rebase()
    assert_unchanged(said(world, app, pull))
    repo.commit({"tax.py": "RATE = 22\n"})
    pull.merge_base_in()
    assert_unchanged(said(world, app, pull))
    pull.push(renames={"shop.py": "store.py"})
    assert_unchanged(said(world, app, pull))
    renamed = shop.THREE.replace("def rates", "def by_country")
    pull.push({"store.py": renamed})
    assert_unchanged(said(world, app, pull))
    pull.push({"store.py": renamed.replace("A shop.", "A shop.\n\nWith\nmore\nlines.\n")})
    assert_unchanged(said(world, app, pull))
    pull.squash()
    assert_unchanged(said(world, app, pull))
    assert len(pull.threads) == 3
    assert len([review for review in pull.reviews if review.author is world.app.bot]) == 1
    assert all(run.conclusion == "failure" for run in pull.repo.runs.values())
