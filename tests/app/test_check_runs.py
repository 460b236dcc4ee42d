"""Check runs whose opening or closing was cut short: they are known, and somebody closes them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot.events import Repo
from bot.github.client import GitHubClient
from bot.github.errors import Unreachable
from bot.mirrors import Mirrors
from bot.reading.model import Reading, Request, Unread
from bot.workflow.checks import close_check, open_check, plain
from bot.workflow.parts import Parts
from kb.outcomes.store import open_store
from tests.app.troubles import opened
from tests.world.pull import Pull
from tests.world.world import World


async def nobody(request: Request) -> Reading | Unread:
    """Read nothing."""
    return Unread("nothing is read here", ours=True)


@pytest_asyncio.fixture
async def parts(world: World, tmp_path: Path) -> AsyncIterator[Parts]:
    """Return a worker's parts."""
    with open_store(f"sqlite:///{tmp_path / 'outcomes.db'}") as store:
        async with GitHubClient(world.app.id, world.app.private_key, base_url=world.url, pace=0.0) as github:
            mirrors = Mirrors(tmp_path / "mirrors", git_url=world.url, limit_gb=1)
            yield Parts(github, store, mirrors, nobody, lambda: datetime.now(UTC))


def place(world: World, pull: Pull) -> tuple[Repo, str]:
    """Return a pull request's repository as workflows know it, and the id of its review."""
    installation = world.installation_of(pull.repo)
    assert installation
    repo = Repo(installation.id, pull.repo.id, pull.repo.owner.login, pull.repo.name, world.url.removeprefix("http://"))
    return repo, f"rv:{repo.id}:{pull.number}:{pull.head}"


@pytest.mark.asyncio
async def test_an_opening_that_was_cut_short_at_once_is_made_up_for_and_can_be_closed(
    world: World, parts: Parts
) -> None:
    pull = opened(world)
    repo, job = place(world, pull)
    parts.store.attempt(f"check:{job}", parts.now() - timedelta(minutes=1))
    await open_check(parts, repo, pull.number, job, pull.head)
    assert await close_check(parts, job, plain("neutral", "Done"))
    assert [run.status for run in pull.checks()] == ["completed"]
    pull.unread()


@pytest.mark.asyncio
async def test_an_opening_that_is_just_being_made_by_another_is_waited_for(world: World, parts: Parts) -> None:
    pull = opened(world)
    repo, job = place(world, pull)
    parts.store.attempt(f"check:{job}", parts.now())
    with pytest.raises(Unreachable, match="another delivery"):
        await open_check(parts, repo, pull.number, job, pull.head)
    assert not pull.checks()


@pytest.mark.asyncio
async def test_an_opening_that_failed_is_made_again_without_waiting(world: World, parts: Parts) -> None:
    pull = opened(world)
    repo, job = place(world, pull)
    world.faults.add("POST", "/check-runs$", status=502)
    with pytest.raises(Unreachable):
        await open_check(parts, repo, pull.number, job, pull.head)
    for _ in range(2):
        await open_check(parts, repo, pull.number, job, pull.head)
    (run,) = pull.checks()
    assert run.external == job
    assert await close_check(parts, job, plain("neutral", "Done"))
    pull.unread()


@pytest.mark.asyncio
async def test_a_closing_that_is_refused_is_tried_again_for_an_hour_and_then_forgotten(
    world: World, parts: Parts
) -> None:
    pull = opened(world)
    repo, job = place(world, pull)
    await open_check(parts, repo, pull.number, job, pull.head)
    world.faults.add("PATCH", "/check-runs/", status=403, body={"message": "no"}, times=3)
    with pytest.raises(Unreachable):
        await close_check(parts, job, plain("neutral", "Done"))
    assert not await close_check(parts, job, plain("neutral", "Done"))
    assert parts.store.open_checks(review=job)
    late = Parts(parts.github, parts.store, parts.mirrors, nobody, lambda: datetime.now(UTC) + timedelta(hours=2))
    assert not await close_check(late, job, plain("neutral", "Done"))
    assert not parts.store.open_checks(review=job)
