"""Deliveries as they really come: twice, late, in another order, from strangers, damaged, or not at all."""

from __future__ import annotations

import json
import socket
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from bot.web.application import WEBHOOK
from tests.app.running import Running, environment, running, until
from tests.app.troubles import AFTER, BEFORE, nothing_left, opened, reviewed_once, settled, states, tick
from tests.web.serving import serving
from tests.world.hooks import Delivery
from tests.world.world import World

OLD_SECRET = "what it was before today"


@pytest.fixture
def hurried(world: World, tmp_path: Path) -> Iterator[Running]:
    """Return an App whose pauses are short, and which takes an older webhook secret too."""
    with running(world, tmp_path, haste=20.0, PRUDENT_WEBHOOK_SECRET_OLD=OLD_SECRET) as made:
        yield made


def jobs(app: Running, prefix: str = "") -> dict[str, str]:
    """Return the jobs that somebody's doing made, by id."""
    return {job: how for job, how in states(app.settings.jobs_url, prefix).items() if not job.startswith("sched-")}


def has_begun(app: Running) -> bool:
    """Return whether the worker has made the tables of its jobs."""
    with closing(sqlite3.connect(app.settings.jobs_url.removeprefix("sqlite:///"))) as database:
        found = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'workflow_status'").fetchone()
    return found is not None


def body_of(delivery: Delivery) -> bytes:
    """Return a delivery's payload as it is sent."""
    return json.dumps(delivery.payload).encode()


def held(world: World, do: Callable[[], object]) -> list[Delivery]:
    """Return the deliveries about pull requests that something makes; they are not sent."""
    world.hooks.wait()
    world.hooks.hold()
    before = len(world.hooks.deliveries)
    do()
    return [each for each in world.hooks.deliveries[before:] if each.event == "pull_request"]


def test_a_delivery_that_comes_again_at_once_later_or_under_another_id_is_one_review(
    world: World, hurried: Running
) -> None:
    (delivery,) = held(world, lambda: opened(world))
    (pull,) = world.every_pull()
    body = body_of(delivery)
    headers = world.hooks.headers("pull_request", body, delivery.guid)
    with ThreadPoolExecutor(3) as senders:
        sent = [senders.submit(httpx.post, world.app.webhook_url, content=body, headers=headers) for _ in range(3)]
    assert sorted(each.result().json()["result"] for each in sent) == ["known", "known", "queued"]
    settled(world, hurried)
    assert world.hooks.redeliver(delivery).status_code == 202
    settled(world, hurried)
    assert len(jobs(hurried, "gh:")) == 1
    assert world.hooks.post("pull_request", body, guid="played-again") == 202
    settled(world, hurried)
    reviewed_once(pull)
    assert len(jobs(hurried, "rv:")) == len(pull.checks()) == 1


def test_two_deliveries_about_one_head_at_the_same_moment_are_one_review_and_one_check(
    world: World, hurried: Running
) -> None:
    slow = world.faults.add("POST", "/check-runs$", lag=1.5)
    (delivery,) = held(world, lambda: opened(world))
    (pull,) = world.every_pull()
    for guid in ("one-0001", "two-0002"):
        assert world.hooks.post("pull_request", body_of(delivery), guid=guid) == 202
    settled(world, hurried)
    assert slow.met == 1
    assert len(pull.checks()) == 1
    reviewed_once(pull)
    assert len(jobs(hurried, "gh:")) == 2


def test_deliveries_in_the_wrong_order_end_at_the_live_head(world: World, hurried: Running) -> None:
    def story() -> None:
        made = opened(world)
        made.push({"shop.py": BEFORE})
        made.push({"shop.py": AFTER})

    deliveries = held(world, story)
    (pull,) = world.every_pull()
    assert len(deliveries) == 3
    for delivery in reversed(deliveries):
        assert world.hooks.deliver(delivery) == 202
    settled(world, hurried)
    reviewed_once(pull)
    assert list(jobs(hurried, "rv:")) == [f"rv:{pull.repo.id}:{pull.number}:{pull.head}"]


def test_a_delivery_that_comes_a_push_late_changes_nothing(world: World, hurried: Running) -> None:
    (late,) = held(world, lambda: opened(world))
    world.hooks.is_held = False
    (pull,) = world.every_pull()
    pull.push({"shop.py": AFTER + "\n\ndef more():\n    return 1\n"})
    settled(world, hurried)
    world.hooks.deliver(late)
    settled(world, hurried)
    reviewed_once(pull)


def test_a_delivery_that_comes_before_githubs_own_api_knows_of_it_is_waited_for(world: World, hurried: Running) -> None:
    pull = opened(world)
    settled(world, hurried)
    pull.unread()
    old = pull.head
    (early,) = held(world, lambda: pull.push({"shop.py": AFTER, "more.py": "x = 1\n"}))
    new, pull.head = pull.head, old
    assert world.hooks.deliver(early) == 202
    until(lambda: len(world.asked("GET", f"/pulls/{pull.number}")) > 2, "a first look")
    pull.head = new
    settled(world, hurried)
    assert f"rv:{pull.repo.id}:{pull.number}:{new}" in jobs(hurried)
    assert [post.kind for post in pull.unread()].count("note") == 0
    nothing_left(pull)


def test_a_pull_request_that_is_closed_before_its_delivery_comes_is_left_alone(world: World, hurried: Running) -> None:
    def story() -> None:
        opened(world).close(world.person("alice"))

    first, second = held(world, story)
    (pull,) = world.every_pull()
    for delivery in (second, first):
        assert world.hooks.deliver(delivery) == 202
    settled(world, hurried)
    assert not pull.unread()
    assert not pull.checks()


def test_a_head_that_comes_back_while_its_review_was_being_cancelled_is_reviewed_and_its_check_tells_so(
    world: World, hurried: Running
) -> None:
    stuck = world.faults.add("GET", r"/info/refs$", delay=3.0)
    pull = opened(world)
    until(lambda: stuck.met, "a fetch")
    first = pull.head
    pull.push({"shop.py": BEFORE + "\n\nx = 1\n"})
    until(
        lambda: jobs(hurried, "rv:").get(f"rv:{pull.repo.id}:{pull.number}:{first}") == "CANCELLED", "a cancelled job"
    )
    pull.force(first)
    settled(world, hurried)
    reviewed_once(pull)


def test_only_what_is_signed_with_a_secret_of_ours_is_heard(world: World, hurried: Running) -> None:
    (delivery,) = held(world, lambda: opened(world))
    (pull,) = world.every_pull()
    body, url = body_of(delivery), world.app.webhook_url
    for secret in ("not the secret of this App", ""):
        assert world.hooks.post("pull_request", body, secret=secret, guid="some-guid") == 401
    headers = world.hooks.headers("pull_request", body, "a-guid")
    assert httpx.post(url, content=body.replace(b"opened", b"edited"), headers=headers).status_code == 401
    del headers["X-Hub-Signature-256"]
    assert httpx.post(url, content=body, headers=headers).status_code == 401
    assert not jobs(hurried)
    assert world.hooks.post("pull_request", body, secret=OLD_SECRET, guid="some-guid") == 202
    settled(world, hurried)
    reviewed_once(pull)


def test_what_is_too_large_cut_short_or_no_json_leaves_nothing_and_the_whole_is_heard_after_it(
    world: World, hurried: Running
) -> None:
    (delivery,) = held(world, lambda: opened(world))
    (pull,) = world.every_pull()
    body = body_of(delivery)
    assert world.hooks.post("pull_request", b'{"padding": "' + b"x" * (26 * 2**20) + b'"}') == 413
    assert world.hooks.post("pull_request", body[: len(body) // 2], guid=delivery.guid) == 400
    assert world.hooks.post("pull_request", b"\xff\xfe\x00") == 400
    assert world.hooks.post("pull_request", b'{"action": "opened"}') == 400
    assert world.hooks.post("pull_request", b"[" * 100_000) == 400
    hang_up(world, delivery, body)
    assert not jobs(hurried)
    assert world.hooks.deliver(delivery) == 202
    settled(world, hurried)
    reviewed_once(pull)


def hang_up(world: World, delivery: Delivery, body: bytes) -> None:
    """Send a delivery, and go away in the middle of its body."""
    headers = {**world.hooks.headers("pull_request", body, delivery.guid), "Content-Length": str(len(body))}
    parts = urlsplit(world.app.webhook_url)
    lines = [f"POST {parts.path} HTTP/1.1", f"Host: {parts.netloc}", *(f"{k}: {v}" for k, v in headers.items())]
    with socket.create_connection((str(parts.hostname), int(parts.port or 0))) as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode() + body[: len(body) // 2])


def test_what_nobody_answered_is_asked_for_again(world: World, hurried: Running) -> None:
    url, world.app.webhook_url = world.app.webhook_url, "http://127.0.0.1:9/nobody"
    pull = opened(world)
    world.hooks.wait()
    assert world.hooks.last("pull_request").status_code == 0
    world.app.webhook_url = url
    until(lambda: has_begun(hurried), "a worker")
    assert not jobs(hurried)
    tick(hurried, "redeliver")
    settled(world, hurried)
    reviewed_once(pull)
    tick(hurried, "redeliver")
    settled(world, hurried)
    assert not pull.unread()
    asked_again = [each for each in world.asked("POST", "/attempts") if each.status == 202]
    assert len(asked_again) == len({each.path for each in asked_again})


@pytest.mark.slow
def test_a_head_whose_delivery_never_came_is_found_and_reviewed_once(world: World, hurried: Running) -> None:
    held(world, lambda: opened(world))
    (pull,) = world.every_pull()
    for _ in range(2):
        tick(hurried, "sweep-pulls")
        settled(world, hurried)
    reviewed_once(pull)
    assert len(jobs(hurried, "rv:")) == 1


def test_what_was_open_long_before_is_left_alone(world: World, hurried: Running) -> None:
    held(world, lambda: opened(world))
    (pull,) = world.every_pull()
    pull.updated -= timedelta(days=4)
    tick(hurried, "sweep-pulls")
    settled(world, hurried)
    assert not pull.unread()
    assert not jobs(hurried, "rv:")


def test_what_came_while_no_worker_ran_is_worked_on_when_one_does(world: World, tmp_path: Path) -> None:
    with serving(environment(world, tmp_path), tmp_path / "web", "--role", "web") as web:
        world.app.webhook_url = web.url + WEBHOOK
        pull = opened(world)
        world.hooks.wait()
        assert world.hooks.last("pull_request").status_code == 202
        world.app.webhook_url = ""
    assert not pull.checks()
    with running(world, tmp_path) as app:
        settled(world, app)
        reviewed_once(pull)
