"""What GitHub is answered: every delivery is a job before it is answered, or it is refused with a reason."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.events import PullChanged, from_json
from bot.jobs.port import JobsDown, Json, Queue
from bot.web import application as web
from bot.web import intake
from bot.web.application import WEBHOOK, application
from bot.web.payload import LARGEST_BODY
from bot.web.settings import AppSettings, settings_from
from tests.web.deliveries import (
    APP,
    GUID,
    OLD_SECRET,
    SECRET,
    conversation,
    encoded,
    headers,
    opened,
    payload,
)
from tests.web.keys import environment

pytestmark = pytest.mark.asyncio


class Kept:
    """Jobs in memory, held to the contract of `Enqueuer`."""

    def __init__(self) -> None:
        self.jobs: dict[str, tuple[Queue, str, tuple[Json, ...]]] = {}
        self.trouble: Callable[[], Any] = lambda: None

    async def enqueue(self, queue: Queue, workflow: str, job: str, *args: Json, partition: str | None = None) -> bool:
        if waiting := self.trouble():
            await waiting
        if job in self.jobs:
            return False
        self.jobs[job] = (queue, workflow, args)
        return True

    async def check(self) -> None:
        if waiting := self.trouble():
            await waiting

    async def waiting(self) -> dict[str, int]:
        await self.check()
        return {"inbox": len(self.jobs), "reviews": 0}

    async def close(self) -> None: ...


@pytest.fixture
def settings(tmp_path: Path) -> AppSettings:
    return settings_from(environment(tmp_path, PRUDENT_WEBHOOK_SECRET_OLD=OLD_SECRET))


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def client(settings: AppSettings, kept: Kept) -> httpx.AsyncClient:
    ticks = itertools.count()
    served = application(settings, kept, clock=lambda: next(ticks) * 0.004)
    return httpx.AsyncClient(transport=httpx.ASGITransport(served), base_url="http://app")


async def deliver(client: httpx.AsyncClient, event: str, body: bytes, **more: str) -> httpx.Response:
    return await client.post(WEBHOOK, content=body, headers=headers(event, body, **more))


async def test_a_delivery_is_kept_as_a_job_under_its_id(client: httpx.AsyncClient, kept: Kept) -> None:
    answer = await deliver(client, "pull_request", encoded(opened()))
    assert answer.status_code == 202
    assert answer.json() == {"delivery": GUID, "event": "pull_request", "result": "queued"}
    queue, workflow, (guid, event) = kept.jobs[f"gh:{GUID}"]
    assert (queue, workflow, guid) == (Queue.INBOX, "arrive", GUID)
    assert isinstance(from_json(event), PullChanged)


async def test_the_same_delivery_again_is_known_and_changes_nothing(client: httpx.AsyncClient, kept: Kept) -> None:
    await deliver(client, "pull_request", encoded(opened()))
    first = dict(kept.jobs)
    answer = await deliver(client, "pull_request", encoded(opened()))
    assert (answer.status_code, answer.json()["result"]) == (202, "known")
    assert kept.jobs == first


async def test_what_is_of_no_use_is_answered_with_the_reason_and_not_kept(
    client: httpx.AsyncClient, kept: Kept
) -> None:
    answer = await deliver(client, "issue_comment", encoded(conversation("Thanks!")))
    assert answer.status_code == 202
    assert answer.json()["reason"] == "a comment that does not speak to us"
    assert kept.jobs == {}


async def test_ping_is_answered(client: httpx.AsyncClient, kept: Kept) -> None:
    answer = await deliver(client, "ping", encoded({"zen": "Keep it logically awesome.", "hook_id": 1}))
    assert (answer.status_code, answer.json()["result"]) == (200, "pong")
    assert kept.jobs == {}


async def test_the_secret_before_this_one_is_accepted_too(client: httpx.AsyncClient) -> None:
    body = encoded(opened())
    assert (await deliver(client, "pull_request", body, secret=OLD_SECRET)).status_code == 202
    assert (await deliver(client, "pull_request", body, secret="some other secret text")).status_code == 401


@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        ({"X-Hub-Signature-256": None}, 401, "is missing"),
        ({"X-Hub-Signature-256": ""}, 401, "is missing"),
        ({"X-Hub-Signature-256": "sha256=" + "0" * 64}, 401, "PRUDENT_WEBHOOK_SECRET"),
        ({"X-GitHub-Event": None}, 400, "X-GitHub-Event"),
        ({"X-GitHub-Event": "Pull Request"}, 400, "X-GitHub-Event"),
        ({"X-GitHub-Delivery": None}, 400, "X-GitHub-Delivery"),
        ({"X-GitHub-Delivery": "a:b"}, 400, "X-GitHub-Delivery"),
        ({"X-GitHub-Delivery": "a" * 65}, 400, "X-GitHub-Delivery"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415, "choose application/json"),
        ({"Content-Type": None}, 415, "choose application/json"),
        ({"Content-Length": str(LARGEST_BODY + 1)}, 413, "larger"),
        ({"Content-Length": "9" * 40}, 413, "larger"),
        ({"Content-Length": "-5"}, 400, "Content-Length"),
    ],
)
async def test_a_request_that_is_no_delivery_is_refused(
    client: httpx.AsyncClient, kept: Kept, change: dict[str, str | None], status: int, says: str
) -> None:
    body = encoded(opened())
    sent = {name: value for name, value in (headers("pull_request", body) | change).items() if value is not None}
    request = client.build_request("POST", WEBHOOK, content=body, headers=sent)
    if change.get("Content-Type", "") is None:
        request.headers.pop("content-type", None)
    answer = await client.send(request)
    assert answer.status_code == status
    assert says in answer.json()["error"]
    assert kept.jobs == {}


async def test_the_content_type_may_name_its_characters(client: httpx.AsyncClient) -> None:
    body = encoded(opened())
    sent = headers("pull_request", body) | {"Content-Type": "Application/JSON; charset=utf-8"}
    assert (await client.post(WEBHOOK, content=body, headers=sent)).status_code == 202


async def test_a_changed_body_is_refused(client: httpx.AsyncClient, kept: Kept) -> None:
    body = encoded(opened())
    answer = await client.post(WEBHOOK, content=body + b" ", headers=headers("pull_request", body))
    assert answer.status_code == 401
    assert kept.jobs == {}


@pytest.mark.parametrize("body", [b"", b"{", b"payload=%7B%7D", encoded(payload("opened")), b'{"x":' + b"[" * 300_000])
async def test_a_signed_body_that_is_no_payload_is_refused(client: httpx.AsyncClient, kept: Kept, body: bytes) -> None:
    answer = await deliver(client, "pull_request", body)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("the payload ")
    assert kept.jobs == {}


async def test_a_body_without_a_length_is_read_no_further_than_the_limit(client: httpx.AsyncClient) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while read < 4 * LARGEST_BODY:
            read += 1_000_000
            yield b" " * 1_000_000

    answer = await client.post(WEBHOOK, content=endless(), headers=headers("pull_request", b""))
    assert answer.status_code == 413
    assert read <= LARGEST_BODY + 2_000_000


async def test_a_large_delivery_is_checked_and_kept(client: httpx.AsyncClient, kept: Kept) -> None:
    answer = await deliver(client, "pull_request", encoded(opened(padding="x" * 2_000_000)))
    assert answer.json()["result"] == "queued"
    assert len(kept.jobs) == 1


async def test_a_body_that_does_not_come_is_not_waited_for(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "BODY_SECONDS", 0.05)

    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(30)

    answer = await client.post(WEBHOOK, content=slow(), headers=headers("pull_request", b"{}"))
    assert answer.status_code == 408


async def test_unchecked_bodies_take_only_so_much_memory_together(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MOST_BUFFERED", 3_000)
    both_sent = asyncio.Event()

    async def held() -> AsyncIterator[bytes]:
        yield b" " * 2_000
        await both_sent.wait()

    first = asyncio.ensure_future(client.post(WEBHOOK, content=held(), headers=headers("pull_request", b"")))
    await asyncio.sleep(0.05)
    body = encoded(opened(padding="x" * 2_000))
    refused = await deliver(client, "pull_request", body)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "60")
    both_sent.set()
    assert (await first).status_code == 401
    assert (await deliver(client, "pull_request", body)).status_code == 202  # what was given back can be used again


async def down() -> None:
    raise JobsDown("postgresql://prudent@db/jobs: connection refused")


@pytest.mark.parametrize("trouble", [down, lambda: asyncio.sleep(30)], ids=["down", "hangs"])
async def test_while_the_jobs_database_is_down_nothing_is_accepted(
    client: httpx.AsyncClient, kept: Kept, monkeypatch: pytest.MonkeyPatch, trouble: Callable[[], Any]
) -> None:
    monkeypatch.setattr(web, "JOBS_SECONDS", 0.05)
    assert "prudent_jobs_waiting{" in (await client.get("/metrics")).text
    kept.trouble = trouble
    answer = await deliver(client, "pull_request", encoded(opened()))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "postgresql" not in answer.text
    assert (await client.get("/readyz")).status_code == 503
    assert (await client.get("/healthz")).status_code == 200
    figures = (await client.get("/metrics")).text
    assert "prudent_jobs_up 0.0" in figures
    assert "prudent_jobs_waiting{" not in figures  # how many wait is not known now: an old figure would be a lie
    kept.trouble = lambda: None
    assert (await deliver(client, "pull_request", encoded(opened()))).json()["result"] == "queued"
    assert (await client.get("/readyz")).json() == {"ready": True, "jobs": "up", "app": APP}


async def test_metrics_count_deliveries_by_event_and_result(client: httpx.AsyncClient) -> None:
    await deliver(client, "pull_request", encoded(opened()))
    await deliver(client, "pull_request", encoded(opened()))
    await deliver(client, "star", encoded({"action": "created"}), guid="other")
    await client.post(
        WEBHOOK, content=b"{}", headers=headers("made_up_by_a_stranger", b"") | {"X-GitHub-Event": "x" * 50}
    )
    text = (await client.get("/metrics")).text
    assert 'prudent_deliveries_total{event="pull_request",result="queued"} 1.0' in text
    assert 'prudent_deliveries_total{event="pull_request",result="known"} 1.0' in text
    assert 'prudent_deliveries_total{event="other",result="ignored"} 1.0' in text
    assert 'prudent_deliveries_total{event="other",result="refused"} 1.0' in text
    assert 'prudent_answer_seconds_bucket{le="0.005"} 4.0' in text
    assert 'prudent_answer_seconds_bucket{le="0.002"} 0.0' in text
    assert 'prudent_jobs_waiting{queue="inbox"} 1.0' in text
    assert "prudent_jobs_up 1.0" in text
    assert "process_resident_memory_bytes" in text


@pytest.mark.parametrize(("method", "path"), [("GET", WEBHOOK), ("POST", "/readyz"), ("POST", "/"), ("GET", "/docs")])
async def test_nothing_else_is_served(client: httpx.AsyncClient, method: str, path: str) -> None:
    assert (await client.request(method, path)).status_code in (404, 405)


async def test_one_line_is_logged_a_delivery_and_nothing_of_it_is_repeated(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await deliver(client, "issue_comment", encoded(conversation("/prudent dismiss abcdef my private words")))
    bad = headers("pull_request", b"{}") | {"X-GitHub-Event": "evil\tname", "X-Hub-Signature-256": "sha256=forged"}
    await client.post(WEBHOOK, content=b"{}", headers=bad)
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("bot.web")]
    assert len(lines) == 2
    assert GUID in lines[0]
    assert "queued" in lines[0]
    assert "refused" in lines[1]
    assert not any(text in line for line in lines for text in ("private words", SECRET, "forged", "evil"))
