"""What goes wrong between the real client and the fake GitHub: lost answers, limits, rights taken away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.github.client import GitHubClient
from bot.github.errors import Forbidden, Unreachable, Wait
from bot.github.model import ReviewState
from tests.github.scene import Scene, at


@pytest.mark.asyncio
async def test_an_expired_token_is_replaced_in_between(scene: Scene, github: GitHubClient) -> None:
    await github.pull(scene.repo, 1)
    scene.world.expire_tokens()
    await github.reply(scene.repo, 1, "b", in_reply_to=None)
    assert len(scene.world.asked("POST", "/issues/1/comments")) == 2
    assert len(scene.pull.unread()) == 1


@pytest.mark.parametrize("permission", ["checks", "pull_requests"])
@pytest.mark.asyncio
async def test_a_permission_that_is_taken_away(permission: str, scene: Scene, github: GitHubClient) -> None:
    scene.world.revoke(scene.installation, permission, "read")
    calls: dict[str, Callable[[], Awaitable[Any]]] = {
        "checks": lambda: github.create_check(scene.repo, scene.pull.head, review="rv:1", title="t"),
        "pull_requests": lambda: github.create_draft(scene.repo, 1, commit=scene.pull.head, body="b", comments=[]),
    }
    with pytest.raises(Forbidden):
        await calls[permission]()


@pytest.mark.asyncio
async def test_resolving_takes_the_optional_permission(scene: Scene, github: GitHubClient) -> None:
    await scene.reviewed(github, [at(2)])
    (thread,) = (await github.state(scene.repo, 1)).threads
    with pytest.raises(Forbidden):
        await github.resolve_thread(scene.repo, thread.node)
    scene.read()


@pytest.mark.parametrize("how", [{"drop": True}, {"status": 502}, {"truncate": 20}])
@pytest.mark.asyncio
async def test_a_write_whose_answer_is_lost_was_done_once(how: Any, scene: Scene, github: GitHubClient) -> None:
    scene.world.faults.add("POST", "/pulls/1/reviews", after=True, **how)
    with pytest.raises(Unreachable):
        await github.create_draft(scene.repo, 1, commit=scene.pull.head, body="<!-- marker -->", comments=[at(2)])
    (review,) = (await github.state(scene.repo, 1)).reviews
    assert (review.state, review.body) == (ReviewState.PENDING, "<!-- marker -->")
    assert len(scene.world.asked("POST", "/pulls/1/reviews")) == 1
    scene.read()


@pytest.mark.asyncio
async def test_reads_survive_a_bad_moment(scene: Scene, github: GitHubClient) -> None:
    scene.world.faults.add("GET", "/pulls/1$", drop=True)
    scene.world.faults.add("GET", "/pulls/1$", status=502)
    scene.world.faults.add("POST", "/graphql", status=502, times=2)
    assert (await github.pull(scene.repo, 1)).number == 1
    assert (await github.state(scene.repo, 1)).number == 1


@pytest.mark.asyncio
async def test_limits_are_told_to_the_caller(scene: Scene, github: GitHubClient) -> None:
    await github.pull(scene.repo, 1)
    scene.world.limits.slow_down(retry_after=120)
    with pytest.raises(Wait) as wait:
        await github.reply(scene.repo, 1, "b", in_reply_to=None)
    assert wait.value.seconds == 121
    before = len(scene.world.requests)
    with pytest.raises(Wait):
        await github.pull(scene.repo, 1)
    assert len(scene.world.requests) == before, "while it lasts, GitHub is left alone"


@pytest.mark.asyncio
async def test_the_primary_limit(scene: Scene, github: GitHubClient) -> None:
    await github.pull(scene.repo, 1)
    scene.world.limits.exhaust(1800)
    with pytest.raises(Wait) as wait:
        await github.reply(scene.repo, 1, "b", in_reply_to=None)
    assert 1700 < wait.value.seconds <= 1802
