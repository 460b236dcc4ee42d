"""What belongs to the App: installations, repositories, its server's addresses, deliveries, its registration."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from bot.events import Repo
from bot.github.client import GitHubClient
from tests.github.scripted import NOW, REPO, Clock, Says, Script, client, pull_json

PULLS = "/repos/acme/widgets/pulls"


@pytest.mark.asyncio
async def test_installations_that_are_suspended_are_left_out(script: Script, clock: Clock) -> None:
    said = [{"id": 1, "suspended_at": None}, {"id": 2, "suspended_at": "2026-01-01T00:00:00Z"}, {"id": 3}]
    said = [{**one, "account": {"login": "acme"}, "permissions": {"checks": "write"}} for one in said]
    script.on("GET", "/app/installations", Says(200, said))
    async with client(script, clock) as github:
        assert await github.installations() == (1, 3)


@pytest.mark.asyncio
async def test_repositories_know_their_host(script: Script, clock: Clock) -> None:
    said = {"id": 42, "name": "widgets", "owner": {"login": "acme"}, "html_url": "https://ghe.example.com/acme/widgets"}
    script.on("GET", "/installation/repositories", Says(200, {"total_count": 1, "repositories": [said]}))
    async with client(script, clock) as github:
        assert await github.repositories(7) == (Repo(7, 42, "acme", "widgets", "ghe.example.com"),)


@pytest.mark.asyncio
async def test_an_enterprise_server_has_its_own_addresses(clock: Clock) -> None:
    script = Script(prefix="/api/v3")
    script.on("GET", f"{PULLS}/5", Says(200, pull_json()))
    script.on("POST", "/api/graphql", Says(200, {"data": {"resolveReviewThread": {"thread": None}}}))
    async with client(script, clock, base_url="https://ghe.example.com/api/v3/") as github:
        await github.pull(REPO, 5)
        await github.resolve_thread(REPO, "PRRT_1")
    assert [str(request.url) for request in script.requests] == [
        "https://ghe.example.com/api/v3/app/installations/7/access_tokens",
        "https://ghe.example.com/api/v3/repos/acme/widgets/pulls/5",
        "https://ghe.example.com/api/graphql",
    ]
    assert {request.headers.get("x-github-api-version") for request in script.requests} == {"2022-11-28"}
    assert script.violations == []


def attempt(number: int, guid: str, minutes: int, status: str = "OK", *, again: bool = False) -> dict[str, Any]:
    at = datetime.fromtimestamp(NOW + 60 * minutes, UTC).isoformat().replace("+00:00", "Z")
    return {"id": number, "guid": guid, "delivered_at": at, "redelivery": again, "status": status, "event": "push"}


async def failed(script: Script, github: GitHubClient, attempts: list[dict[str, Any]], minutes: int = 0) -> list[int]:
    """Play GitHub's list: newest first, two a page, by cursor, by status where that is asked."""
    attempts = sorted(attempts, key=lambda one: str(one["delivered_at"]), reverse=True)

    def page(request: httpx.Request) -> Says:
        wanted = request.url.params.get("status")
        shown = [one for one in attempts if wanted is None or (one["status"] == "OK") == (wanted == "success")]
        start = int(request.url.params.get("cursor", "0"))
        status = f"&status={wanted}" if wanted else ""
        link = {"link": f'<https://api.github.com/app/hook/deliveries?cursor={start + 2}{status}>; rel="next"'}
        return Says(200, shown[start : start + 2], link if len(shown) > start + 2 else {})

    script.on("GET", "/app/hook/deliveries", page)
    since = datetime.fromtimestamp(NOW + 60 * minutes, UTC)
    return [delivery.id for delivery in await github.failed_deliveries(since)]


@pytest.mark.asyncio
async def test_deliveries_that_failed_and_never_arrived(script: Script, clock: Clock) -> None:
    attempts = [
        attempt(1, "old", -10, "timed out"),
        attempt(2, "lost", 1, "timed out"),
        attempt(3, "fine", 2),
        attempt(4, "mended", 3, "failed to connect to host"),
        attempt(5, "twice", 4, "Invalid HTTP Response: 502"),
        attempt(6, "mended", 5, again=True),
        attempt(7, "twice", 6, "timed out", again=True),
    ]
    async with client(script, clock) as github:
        assert await failed(script, github, attempts) == [2, 7]


@pytest.mark.asyncio
async def test_of_many_deliveries_the_newest_are_looked_at(script: Script, clock: Clock) -> None:
    """Failures that lie far back behind thousands of good ones are still told."""
    attempts = [attempt(1, "lost", 1, "timed out"), *(attempt(n, f"g{n}", n) for n in range(2, 300))]
    attempts += [attempt(400, "mended", 2, "timed out"), attempt(401, "mended", 301, again=True)]
    async with client(script, clock) as github:
        assert await failed(script, github, attempts) == [1]
    assert len(script.requests) == 51


@pytest.mark.asyncio
async def test_when_nothing_failed_one_request_says_so(script: Script, clock: Clock) -> None:
    async with client(script, clock) as github:
        assert await failed(script, github, [attempt(number, f"g{number}", number) for number in range(50)]) == []
    assert len(script.requests) == 1


@pytest.mark.asyncio
async def test_a_delivery_is_asked_for_again(script: Script, clock: Clock) -> None:
    script.on("POST", "/app/hook/deliveries/8/attempts", Says(202, {}))
    async with client(script, clock) as github:
        await github.redeliver(8)
    assert script.lines() == ["POST /app/hook/deliveries/8/attempts"]


@pytest.mark.asyncio
async def test_a_manifests_code_becomes_an_app_without_a_key(script: Script, clock: Clock) -> None:
    said = {"id": 9, "slug": "prudent", "pem": "PEM", "webhook_secret": None, "html_url": "https://github.com/apps/x"}
    script.on("POST", "/app-manifests/c0de/conversions", Says(201, said))
    async with GitHubClient(0, "", clock=clock, sleep=clock.sleep, transport=script) as github:
        made = await github.convert_manifest("c0de")
    assert made == {**said, "id": "9", "webhook_secret": ""}
    assert "authorization" not in script.requests[0].headers
