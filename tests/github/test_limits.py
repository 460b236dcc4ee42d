"""Rate limits are waited out, shortly here and long ones by the caller; writes keep their distance."""

from __future__ import annotations

from email.utils import formatdate
from typing import Any

import pytest

from bot.events import Repo
from bot.github.errors import Forbidden, Wait
from bot.github.model import Reaction
from tests.github.scripted import NOW, REPO, Clock, Says, Script, client, pull_json, token

PULL = "/repos/acme/widgets/pulls/5"
COMMENTS = "/repos/acme/widgets/issues/5/comments"
SECONDARY = {"message": "You have exceeded a secondary rate limit."}
GOOD = Says(200, pull_json())


def http_date(moment: float) -> str:
    return formatdate(moment, usegmt=True)


@pytest.mark.parametrize(
    ("says", "seconds"),
    [
        (Says(403, SECONDARY, {"retry-after": "90"}), 91),
        (Says(429, SECONDARY, {"retry-after": http_date(NOW + 90)}), 91),
        (Says(403, SECONDARY), 60),
        (Says(403, {"message": "You have triggered an abuse detection mechanism."}), 60),
        (Says(429, b"too many"), 60),
        (Says(429, SECONDARY, {"retry-after": "soon"}), 60),
        (Says(403, {"message": "API rate limit exceeded"}, {"x-ratelimit-remaining": "0"}), 60),
        (Says(429, {}, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 1800)}), 1801),
        (Says(403, {}, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) - 5)}), 2),
        (Says(403, SECONDARY, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 70)}), 71),
        (Says(403, {"message": None}, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "never"}), 60),
    ],
)
@pytest.mark.asyncio
async def test_how_long_a_limit_lasts(says: Says, seconds: float, script: Script, clock: Clock) -> None:
    script.on("GET", PULL, says, GOOD)
    async with client(script, clock) as github:
        if seconds <= 5:
            await github.pull(REPO, 5)
            assert clock.slept == [seconds]
        else:
            with pytest.raises(Wait) as raised:
                await github.pull(REPO, 5)
            assert raised.value.seconds == seconds
            assert clock.slept == []


@pytest.mark.asyncio
async def test_a_reset_is_read_by_githubs_clock(script: Script, clock: Clock) -> None:
    """Our clock is an hour behind: the reset is 10 s away all the same."""
    headers = {
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": str(int(NOW) + 3610),
        "date": http_date(NOW + 3600),
    }
    script.on("GET", PULL, Says(403, {"message": "API rate limit exceeded"}, headers))
    async with client(script, clock) as github:
        with pytest.raises(Wait) as raised:
            await github.pull(REPO, 5)
    assert raised.value.seconds == 11


@pytest.mark.asyncio
async def test_a_plain_403_is_no_limit_though_the_quota_happens_to_be_spent(script: Script, clock: Clock) -> None:
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 100)}
    script.on("GET", PULL, Says(403, {"message": "Resource not accessible by integration"}, headers))
    async with client(script, clock) as github:
        with pytest.raises(Forbidden):
            await github.pull(REPO, 5)


@pytest.mark.asyncio
async def test_while_a_limit_lasts_github_is_not_asked(script: Script, clock: Clock) -> None:
    script.on("GET", PULL, Says(403, SECONDARY, {"retry-after": "100"}), GOOD)
    async with client(script, clock) as github:
        with pytest.raises(Wait):
            await github.pull(REPO, 5)
        clock.now += 40
        with pytest.raises(Wait) as raised:
            await github.reply(REPO, 5, "b", in_reply_to=None)
        assert raised.value.seconds == 61
        assert script.lines() == [f"GET {PULL}"]
        clock.now += 61
        assert (await github.pull(REPO, 5)).number == 5


@pytest.mark.asyncio
async def test_the_last_seconds_of_a_limit_are_waited_out_here(script: Script, clock: Clock) -> None:
    script.on("GET", PULL, Says(403, SECONDARY, {"retry-after": "100"}), GOOD)
    async with client(script, clock) as github:
        with pytest.raises(Wait):
            await github.pull(REPO, 5)
        clock.now += 97
        assert (await github.pull(REPO, 5)).number == 5
    assert clock.slept == [4]


@pytest.mark.asyncio
async def test_a_primary_limit_is_on_one_quota_and_one_installation(script: Script, clock: Clock) -> None:
    other = Repo(installation=8, id=43, owner="acme", name="other")
    spent = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 1800)}
    script.on("GET", PULL, Says(403, {"message": "API rate limit exceeded"}, spent))
    script.on("GET", "/repos/acme/other/pulls/5", GOOD)
    script.on("POST", "/app/installations/8/access_tokens", token("ghs_other"))
    script.on("POST", "/graphql", Says(200, {"data": {"resolveReviewThread": {"thread": None}}}))
    async with client(script, clock) as github:
        with pytest.raises(Wait):
            await github.pull(REPO, 5)
        await github.pull(other, 5)
        await github.resolve_thread(REPO, "PRRT_1")


@pytest.mark.parametrize(
    ("says", "seconds"),
    [
        (Says(200, {"data": None, "errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}), 60),
        (
            Says(
                200,
                {"errors": [{"type": "RATE_LIMIT", "message": "API rate limit already exceeded"}]},
                {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 600)},
            ),
            601,
        ),
        (Says(200, {"errors": [{"message": SECONDARY["message"]}]}, {"retry-after": "30"}), 31),
    ],
)
@pytest.mark.asyncio
async def test_limits_of_graphql_come_with_200(says: Says, seconds: float, script: Script, clock: Clock) -> None:
    script.on("POST", "/graphql", says)
    async with client(script, clock) as github:
        with pytest.raises(Wait) as raised:
            await github.state(REPO, 5)
    assert raised.value.seconds == seconds


@pytest.mark.asyncio
async def test_a_limit_that_is_run_into_again_grows_until_something_works(script: Script, clock: Clock) -> None:
    script.on("GET", PULL, *[Says(403, SECONDARY)] * 6, GOOD, Says(403, SECONDARY))
    waits: list[float] = []
    async with client(script, clock) as github:
        for _ in range(8):
            try:
                await github.pull(REPO, 5)
            except Wait as wait:
                waits.append(wait.seconds)
                clock.now += wait.seconds
    assert waits == [60, 120, 240, 480, 960, 960, 60]


@pytest.mark.asyncio
async def test_a_limited_write_was_not_done_and_is_repeated(script: Script, clock: Clock) -> None:
    script.on("POST", COMMENTS, Says(403, SECONDARY, {"retry-after": "2"}), Says(201, {"id": 7}))
    async with client(script, clock) as github:
        assert await github.reply(REPO, 5, "b", in_reply_to=None) == 7
    assert clock.slept == [3]


@pytest.mark.asyncio
async def test_short_limits_without_end_are_given_to_the_caller(script: Script, clock: Clock) -> None:
    script.on("POST", COMMENTS, Says(403, SECONDARY, {"retry-after": "1"}))
    async with client(script, clock) as github:
        with pytest.raises(Wait):
            await github.reply(REPO, 5, "b", in_reply_to=None)
    assert len(script.lines()) == 3


@pytest.mark.asyncio
async def test_writes_of_an_installation_are_a_second_apart(script: Script, clock: Clock) -> None:
    at: list[float] = []

    def answer(_: Any) -> Says:
        at.append(clock.now)
        return Says(201, {"id": len(at)})

    script.on("POST", COMMENTS, answer)
    script.on("GET", PULL, GOOD)
    script.on("POST", "/repos/acme/widgets/issues/comments/1/reactions", answer)
    async with client(script, clock, pace=1.0) as github:
        await github.reply(REPO, 5, "b", in_reply_to=None)
        await github.pull(REPO, 5)
        await github.react(REPO, 1, Reaction.DONE, in_review=False)
        await github.pull(REPO, 5)
        clock.now += 10
        await github.reply(REPO, 5, "b", in_reply_to=None)
    assert at == [NOW, NOW + 1, NOW + 11]
    assert clock.slept == [1.0], "reads wait for nobody"


@pytest.mark.asyncio
async def test_writes_that_start_together_take_turns(script: Script, clock: Clock) -> None:
    import asyncio

    other = Repo(installation=8, id=43, owner="acme", name="other")
    script.on("POST", COMMENTS, Says(201, {"id": 7}))
    script.on("POST", "/repos/acme/other/issues/5/comments", Says(201, {"id": 7}))
    script.on("POST", "/app/installations/8/access_tokens", token("ghs_other"))
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    clock.sleep = sleep  # type: ignore[method-assign]
    async with client(script, clock, pace=1.0) as github:
        await asyncio.gather(*(github.reply(REPO, 5, "b", in_reply_to=None) for _ in range(4)))
        await github.reply(other, 5, "b", in_reply_to=None)
    assert sorted(waited) == [1, 2, 3], "the other installation waits for nobody"
