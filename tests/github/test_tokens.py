"""Who the client is: signatures, tokens of installations, narrowed ones for git, and clocks that differ."""

from __future__ import annotations

import asyncio
from email.utils import formatdate

import httpx
import jwt
import pytest

from bot.github.client import GitHubClient
from bot.github.errors import GitHubError, Unauthorised, Unexpected, Unreachable
from tests.github.scripted import (
    APP,
    MINT,
    NOW,
    REPO,
    SECRET,
    Clock,
    Says,
    Script,
    client,
    private_key,
    pull_json,
    token,
)

PULL = "/repos/acme/widgets/pulls/5"


def bearer(request: httpx.Request) -> str:
    return request.headers["authorization"].removeprefix("Bearer ")


def claims_of(request: httpx.Request) -> dict[str, int]:
    unchecked = {"verify_signature": False, "verify_exp": False, "verify_iat": False}
    said: dict[str, int] = jwt.decode(bearer(request), options=unchecked)
    return said


@pytest.mark.asyncio
async def test_the_app_signs_for_less_than_ten_minutes(script: Script, clock: Clock) -> None:
    async with client(script, clock) as github:
        await github.app()
    assert claims_of(script.requests[0]) == {"iss": "12345", "iat": int(NOW) - 60, "exp": int(NOW) + 540}


@pytest.mark.asyncio
async def test_an_installation_token_is_minted_once_and_again_before_it_ends(script: Script, clock: Clock) -> None:
    script.on("GET", PULL, Says(200, pull_json()))
    script.on("POST", MINT, token("ghs_one"), token("ghs_two", now=NOW + 3300))
    async with client(script, clock) as github:
        await asyncio.gather(*(github.pull(REPO, 5) for _ in range(5)))
        clock.now += 3230
        await github.pull(REPO, 5)
        assert script.sent("POST", MINT) == [None]
        clock.now += 70
        await github.pull(REPO, 5)
    assert script.sent("POST", MINT) == [None, None]
    assert [bearer(request) for request in script.requests if request.url.path == PULL] == ["ghs_one"] * 6 + ["ghs_two"]


@pytest.mark.asyncio
async def test_a_token_for_git_reads_one_repository_only(script: Script, clock: Clock) -> None:
    async with client(script, clock) as github:
        assert await github.token(REPO) == SECRET
        assert await github.token(REPO) == SECRET
    assert script.sent("POST", MINT) == [{"repository_ids": [42], "permissions": {"contents": "read"}}]


@pytest.mark.asyncio
async def test_a_revoked_token_is_replaced_once_even_for_a_write(script: Script, clock: Clock) -> None:
    path = "/repos/acme/widgets/issues/5/comments"
    script.on("POST", path, Says(401, {"message": "Bad credentials"}), Says(201, {"id": 7}))
    script.on("POST", MINT, token("ghs_one"), token("ghs_two"))
    async with client(script, clock) as github:
        assert await github.reply(REPO, 5, "b", in_reply_to=None) == 7
    assert [bearer(request) for request in script.requests if request.url.path == path] == ["ghs_one", "ghs_two"]


@pytest.mark.asyncio
async def test_a_token_that_is_refused_twice_is_an_error(script: Script, clock: Clock) -> None:
    script.on("GET", PULL, Says(401, {"message": "Bad credentials"}))
    async with client(script, clock) as github:
        with pytest.raises(Unauthorised):
            await github.pull(REPO, 5)
    assert script.lines() == [f"GET {PULL}"] * 2


@pytest.mark.parametrize("skew", [-4000, -400, 700, 90_000])
@pytest.mark.asyncio
async def test_a_clock_that_is_wrong_is_found_out_and_allowed_for(skew: int, script: Script, clock: Clock) -> None:
    """GitHub refuses signatures from the future and expired ones, and says what time it is."""
    there = NOW + skew
    date = {"date": formatdate(there, usegmt=True)}

    def answer(request: httpx.Request) -> Says:
        said = claims_of(request)
        good = said["iat"] <= there < said["exp"] <= there + 600
        return Says(200, APP, date) if good else Says(401, {"message": "'Issued at' claim is wrong"}, date)

    def minted(request: httpx.Request) -> Says:
        return Says(201, token(now=there).body, date) if answer(request).status == 200 else answer(request)

    script.on("GET", "/app", answer)
    script.on("POST", MINT, minted)
    script.on("GET", PULL, Says(200, pull_json(), date))
    async with client(script, clock) as github:
        await github.pull(REPO, 5)
        await github.app()
        await github.pull(REPO, 5)
        assert github.skew == skew
    assert [line for line in script.lines() if line == f"GET {PULL}"] == [f"GET {PULL}"] * 2
    assert len(script.sent("POST", MINT)) == 2, "refused once, then kept for its hour"


@pytest.mark.asyncio
async def test_a_refused_signature_for_a_token_is_not_repeated_either(script: Script, clock: Clock) -> None:
    script.on("POST", MINT, Says(401, {"message": "no such App"}, {"date": formatdate(NOW, usegmt=True)}))
    async with client(script, clock) as github:
        with pytest.raises(Unauthorised):
            await github.pull(REPO, 5)
    assert len(script.requests) == 1


@pytest.mark.asyncio
async def test_an_address_that_is_none_is_an_answer_that_does_not_come(script: Script, clock: Clock) -> None:
    async with client(script, clock, base_url="https://ghe.example\x7f") as github:
        with pytest.raises(Unreachable):
            await github.app()


@pytest.mark.asyncio
async def test_a_refused_signature_is_not_repeated_when_clocks_agree(script: Script, clock: Clock) -> None:
    script.on("GET", "/app", Says(401, {"message": "no such App"}, {"date": formatdate(NOW, usegmt=True)}))
    async with client(script, clock) as github:
        with pytest.raises(Unauthorised, match=r"^GET /app: 401$"):
            await github.app()
    assert len(script.requests) == 1


@pytest.mark.parametrize("key", ["", "no key", private_key()[:400], private_key().replace("RSA", "EC")])
@pytest.mark.asyncio
async def test_a_key_that_is_none_is_said_without_showing_it(key: str, script: Script, clock: Clock) -> None:
    github = GitHubClient(1, key, clock=clock, sleep=clock.sleep, transport=script)
    async with github:
        with pytest.raises(Unauthorised, match="no RSA key") as raised:
            await github.app()
    assert raised.value.__suppress_context__
    assert script.requests == []


@pytest.mark.parametrize("secret", ["", "two words", "line\nbreak", 7])
@pytest.mark.asyncio
async def test_a_token_that_cannot_be_one_is_not_sent(secret: str | int, script: Script, clock: Clock) -> None:
    script.on("POST", MINT, Says(201, {"token": secret, "expires_at": "2036-01-01T00:00:00Z"}))
    async with client(script, clock) as github:
        with pytest.raises(Unexpected):
            await github.token(REPO)


@pytest.mark.asyncio
async def test_times_with_and_without_fractions_are_read(script: Script, clock: Clock) -> None:
    script.on("POST", MINT, Says(201, {"token": "ghs_x", "expires_at": "2036-01-01T00:00:00.123Z"}))
    async with client(script, clock) as github:
        assert await github.token(REPO) == "ghs_x"


@pytest.mark.asyncio
async def test_no_secret_is_in_anything_that_can_be_printed(script: Script, clock: Clock) -> None:
    script.on("GET", PULL, Says(403, {"message": f"echo {SECRET}"}))
    async with client(script, clock) as github:
        with pytest.raises(GitHubError) as raised:
            await github.pull(REPO, 5)
        seen = [repr(raised.value), str(raised.value), repr(github), repr(vars(github)["_http"].tokens._kept)]
    assert not [text for text in seen if SECRET[:8] in text]
