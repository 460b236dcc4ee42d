"""The clock has risk models learnt: what was told by name is told by risk then, and a failure loses nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.workflow import risks
from bot.workflow.training import Why
from tests.app.running import Running, running
from tests.app.stories import identity_of, said
from tests.app.troubles import settled, tick
from tests.risk.worlds import planted
from tests.world.pull import Pull
from tests.world.repository import Repository
from tests.world.world import World

FILES = ("calm.py", "core.py")


@pytest.fixture
def old(world: World, tmp_path: Path) -> Repository:
    """Return a repository with years of fixes to its `core.py`."""
    repo = world.repository("acme/old", {"README.md": "Old\n"})
    repo.git.git("fetch", "-q", str(planted(tmp_path / "planted").root), "main:refs/heads/planted")
    repo.move("main", repo.git.tip("planted"), repo.owner)
    return repo


def change(world: World, app: Running, repo: Repository, name: str) -> Pull:
    """Return a reviewed pull request with the same finding in a calm file and in a risky one."""
    more = f'\n\ndef {name}(kind):\n    return kind is "gift"\n'
    texts = {path: (repo.git.read(repo.tip(), path) or b"").decode() + more for path in FILES}
    pull = repo.open_pull(world.person("alice"), texts)
    said(world, app, pull)
    return pull


def told(app: Running, pull: Pull) -> list[str]:
    """Return the files of what was found, in the order in which it is told."""
    spots = [thread.spot.path for thread in pull.threads]
    assert sorted(spots) == list(FILES)
    return spots


def trained(world: World, app: Running, repo: Repository) -> tuple[str | None, list[str | None]]:
    """Have the clock look for what to train; return the version of the model in use, and how what failed ended."""
    tick(app, "find-risks-to-train")
    settled(world, app)
    with app.store() as store:
        kept = store.risk_of(identity_of(repo))
        return kept and f"{kept.version} {kept.at}", [one.result for one in store.attempts("risk:")]


@pytest.mark.slow
def test_findings_are_told_by_risk_once_a_model_is_learnt(
    world: World, app: Running, old: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert trained(world, app, old) == (None, []), "nothing was reviewed yet"
    assert told(app, change(world, app, old, "is_gift")) == ["calm.py", "core.py"]
    first, failed = trained(world, app, old)
    assert first is not None
    assert failed == []
    assert told(app, change(world, app, old, "is_present")) == ["core.py", "calm.py"]
    assert trained(world, app, old) == (first, []), "once a week is enough"

    monkeypatch.setattr(risks, "OFTEN", timedelta())
    mirror = next(app.settings.mirrors.glob("*-*/objects/pack"))
    hidden = mirror.rename(mirror.with_name("away"))
    assert trained(world, app, old) == (first, ["failed"])
    hidden.rename(mirror)
    assert trained(world, app, old) == (first, ["failed"]), "not again on the same day"
    monkeypatch.setitem(risks.PAUSES, Why.FAILED, timedelta())
    second, _ = trained(world, app, old)
    assert second not in (None, first)
    assert trained(world, app, old)[0] == second, "no review came since"


@pytest.mark.slow
def test_a_young_repository_is_left_alone_for_a_month(
    world: World, app: Running, pull: Pull, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert trained(world, app, pull.repo) == (None, ["little"])
    assert trained(world, app, pull.repo) == (None, ["little"])
    monkeypatch.setitem(risks.PAUSES, Why.LITTLE, timedelta())
    assert trained(world, app, pull.repo) == (None, ["little", "little"])


@pytest.mark.slow
def test_a_worker_that_was_stopped_learns_it_in_its_next_life(world: World, tmp_path: Path, old: Repository) -> None:
    with running(world, tmp_path) as app:
        change(world, app, old, "is_gift").unread()
        tick(app, "find-risks-to-train")  # and it stops at once
    with running(world, tmp_path) as app:
        settled(world, app)
        with app.store() as store:
            assert store.risk_of(identity_of(old)) is not None
            assert store.attempts("risk:") == ()
