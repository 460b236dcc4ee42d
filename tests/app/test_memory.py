"""What was dismissed on earlier pull requests is known to the next one, though its reading process opens no store."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.workflow.recalling import LEFT, sweep
from kb.memory.model import Fate, Signal
from kb.outcomes.audit import State
from tests.app import shop
from tests.app.running import Running
from tests.app.stories import ask, identity_of, opened, quiet, said
from tests.world.pull import Pull
from tests.world.records import User
from tests.world.repository import Repository
from tests.world.world import World

SKIPPED = "def rates_{0}():\n    return {{'at': 20, 'de': 19, 'at': {0}}}\n"


def change(world: World, app: Running, repo: Repository, number: int) -> Pull:
    """Return a reviewed pull request with one `duplicate-key` in a file of its own."""
    made = repo.open_pull(world.person("alice"), {f"rates_{number}.py": SKIPPED.format(number)})
    said(world, app, made)
    return made


@pytest.mark.slow
def test_what_was_dismissed_three_times_is_held_back_and_said_to_be(
    world: World, app: Running, repo: Repository, bob: User
) -> None:
    for number in (1, 2, 3):
        pull = change(world, app, repo, number)
        assert [" slug=duplicate-key " in thread.notes[0].body for thread in pull.threads] == [True]
        ask(world, app, pull, bob, "/prudent dismiss duplicate-key on purpose")
    with app.store() as store:
        assert len(store.dismissals(identity_of(repo))) == 3
    fourth = change(world, app, repo, 4)
    assert fourth.threads == []
    with app.store() as store:
        lessons = store.lessons(identity_of(repo))
        last = store.findings(identity_of(repo), subject=f"pull/{fourth.number}")
    assert [(one.fate, one.signal, one.by) for one in lessons] == [(Fate.DISMISSED, Signal.DISMISSED, "bob")] * 3
    assert ("duplicate-key", State.SILENCED) in [(one.finding.slug, one.finding.state) for one in last]
    assert list((Path(os.environ["PRUDENT_CACHE"]) / "memory").iterdir()) == []


def test_a_merge_teaches_at_once(world: World, app: Running) -> None:
    pull = opened(world, app, shop.TWO)
    pull.push({"shop.py": shop.with_undefined()})
    quiet(world, app)
    pull.merge(pull.repo.owner)
    quiet(world, app)
    pull.unread()
    with app.store() as store:
        found = {(one.slug, one.fate, one.signal) for one in store.lessons(identity_of(pull.repo))}
    assert ("is-with-literal", Fate.ACCEPTED, Signal.FIXED) in found


def test_files_that_a_killed_worker_left_are_swept(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    folder = tmp_path / "memory"
    folder.mkdir()
    for name, age in (("old", LEFT + 60), ("new", 60)):
        (folder / name).write_bytes(b"")
        then = (now - timedelta(seconds=age)).timestamp()
        os.utime(folder / name, (then, then))
    assert sweep(str(tmp_path), now.timestamp()) == 1
    assert [path.name for path in folder.iterdir()] == ["new"]
    assert sweep(str(tmp_path / "none"), now.timestamp()) == 0
