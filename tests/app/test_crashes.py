"""Real processes are killed at every step and inside every request: no review is lost, none comes twice."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.web.application import WEBHOOK
from tests.app.processes import Installed, installed
from tests.app.running import environment, until
from tests.app.troubles import BEFORE, is_idle, nothing_left, opened, reviewed_once, states
from tests.web.serving import serving
from tests.world.world import World

pytest_plugins = ["tests.kb.postgres"]
pytestmark = pytest.mark.slow

STEPS = ("pull", "open-check", "wanted", "read", "draft", "submit", "log", "edit", "close")
REQUESTS = (
    ("POST", r"/access_tokens$"),
    ("GET", r"/pulls/1$"),
    ("POST", r"/check-runs$"),
    ("POST", r"^/graphql$"),
    ("POST", r"/pulls/1/reviews$"),
    ("POST", r"/reviews/\d+/events$"),
    ("PATCH", r"/check-runs/\d+$"),
)


@pytest.fixture
def on_sqlite(world: World, tmp_path: Path) -> Iterator[Installed]:
    """Return an App that keeps everything in files."""
    with installed(world, tmp_path) as made:
        yield made


@pytest.fixture
def on_postgres(world: World, tmp_path: Path, postgres_url: str) -> Iterator[Installed]:
    """Return an App that keeps jobs and verdicts in Postgres."""
    store = postgres_url.replace("postgresql://", "postgresql+psycopg://")
    with installed(world, tmp_path, PRUDENT_JOBS=postgres_url, PRUDENT_STORE=store) as made:
        yield made


def test_a_worker_dies_after_each_step(world: World, on_sqlite: Installed) -> None:
    worker = on_sqlite.worker()
    for at, step in enumerate(STEPS):
        with worker.dying_at(f'"event": "{step}"'):
            pull = opened(world, f"o{at}")
            until(lambda died=at + 1: worker.deaths == died, f"a death after {step}")  # type: ignore[misc]
            on_sqlite.settle()
        reviewed_once(pull)
        assert len(pull.checks()) == 1, step


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_worker_dies_in_each_request(world: World, on_sqlite: Installed, when: str) -> None:
    worker = on_sqlite.worker()
    for at, (method, path) in enumerate(REQUESTS):
        dies = world.faults.add(method, path, drop=True, after=when == "after", then=worker.kill)
        pull = opened(world, f"o{at}")
        until(lambda fault=dies: fault.met, f"a death in {method} {path}")  # type: ignore[misc]
        until(lambda: not worker.is_alive())
        worker.start()
        on_sqlite.settle()
        reviewed_once(pull)
        assert len(pull.checks()) == 1, (method, path)


def test_a_worker_dies_in_each_request_of_a_later_push(world: World, on_sqlite: Installed) -> None:
    worker = on_sqlite.worker()
    later = (("PATCH", r"/pulls/comments/\d+$"), ("PUT", r"/pulls/1/reviews/\d+$"), ("PATCH", r"/check-runs/\d+$"))
    for at, (method, path) in enumerate(later):
        pull = opened(world, f"o{at}")
        on_sqlite.settle()
        reviewed_once(pull)
        dies = world.faults.add(method, path, drop=True, after=True, then=worker.kill)
        pull.push({"shop.py": BEFORE, "more.py": "x = 1\n"})
        until(lambda fault=dies: fault.met and not worker.is_alive())  # type: ignore[misc]
        worker.start()
        on_sqlite.settle()
        assert {post.kind for post in pull.unread()} == {"edit", "check"}
        assert len(pull.reviews) == len(pull.threads) == 1
        nothing_left(pull, may_succeed=True)


def test_a_worker_that_dies_with_one_job_again_and_again_still_does_it_and_others(
    world: World, on_sqlite: Installed
) -> None:
    worker = on_sqlite.worker()
    world.faults.add("POST", "/pulls/1/reviews$", drop=True, times=10_000, then=worker.kill)
    pull, other = opened(world, "deadly"), None
    for death in range(1, 6):
        until(lambda died=death: worker.deaths == died, f"death {death}")  # type: ignore[misc]
        world.hooks.wait()
        worker.start()
        if death == 4:
            world.faults.clear()
            other = opened(world, "harmless")
            break
    on_sqlite.settle()
    assert other
    for each in (pull, other):
        reviewed_once(each)


def test_a_worker_that_is_killed_while_it_sleeps_out_a_limit_goes_on_after_it(
    world: World, on_sqlite: Installed
) -> None:
    worker = on_sqlite.worker()
    limited = world.faults.add(
        "POST", "/pulls/1/reviews$", status=403, body={"message": "secondary rate"}, headers={"retry-after": "20"}
    )
    pull = opened(world)
    until(lambda: '"error": "Wait"' in worker.text(), "a worker that sleeps")
    worker.kill_and_start()
    on_sqlite.settle()
    assert limited.met == 1
    reviewed_once(pull)


def test_pushes_come_while_workers_die(world: World, on_sqlite: Installed) -> None:
    worker = on_sqlite.worker()
    pull = opened(world)
    for at, step in enumerate(("open-check", "read", "draft", "edit")):
        with worker.dying_at(f'"event": "{step}"'):
            pull.push({f"more{at}.py": "x = 1\n"})
            until(lambda died=at + 1: worker.deaths == died, f"a death after {step}")  # type: ignore[misc]
    on_sqlite.settle()
    assert len([post for post in pull.unread() if post.kind == "note"]) == 1
    assert pull.checks()[0].conclusion == "failure"
    nothing_left(pull)


def test_everything_is_killed_at_once_and_started_again(world: World, tmp_path: Path) -> None:
    variables = environment(world, tmp_path)
    with serving(variables, tmp_path / "first") as first:
        first.wait_for('"event": "ready"')
        world.app.webhook_url = first.url + WEBHOOK
        pull = opened(world)
        first.wait_for('"event": "open-check"')
        os.kill(first.process.pid, signal.SIGKILL)
        first.process.wait(10)
    with serving(variables, tmp_path / "second") as second:
        world.app.webhook_url = second.url + WEBHOOK
        until(lambda: is_idle(f"sqlite:///{variables['PRUDENT_DATA']}/jobs.db") and pull.reviews, "the review")
        until(lambda: not world.stuck_checks())
        reviewed_once(pull)
        assert len(pull.checks()) == 1
        world.app.webhook_url = ""


def test_of_two_workers_on_postgres_one_dies_and_the_other_takes_up_its_work(
    world: World, on_postgres: Installed
) -> None:
    one, other = on_postgres.worker(), on_postgres.worker()
    for worker in (one, other):
        until(lambda worker=worker: '"event": "ready"' in worker.text())  # type: ignore[misc]
    killed = threading.Event()

    def kill_one() -> None:
        one.kill()
        killed.set()

    world.faults.add("POST", "/pulls/1/reviews$", after=True, skip=1, then=kill_one)
    pulls = [opened(world, f"o{at}") for at in range(6)]
    until(killed.is_set, "a death")
    on_postgres.settle()
    for pull in pulls:
        reviewed_once(pull)
        assert len(pull.checks()) == 1
    assert other.is_alive()
    ended = [json.loads(line)["job"] for line in (one.text() + other.text()).splitlines() if '"event": "ended"' in line]
    assert len(ended) >= len(pulls)
    assert set(states(on_postgres.jobs_url, "rv:").values()) == {"SUCCESS"}


@pytest.mark.parametrize("path", [r"/check-runs$", r"/pulls/1/reviews$", r"/reviews/\d+/events$"])
def test_on_postgres_the_next_worker_finishes_what_a_dead_one_had_sent(
    world: World, on_postgres: Installed, path: str
) -> None:
    first = on_postgres.worker()
    died = world.faults.add("POST", path, drop=True, after=True, then=first.kill)
    pull = opened(world)
    until(lambda: died.met and not first.is_alive(), "a death")
    on_postgres.worker()
    on_postgres.settle()
    reviewed_once(pull)
    assert len(pull.checks()) == 1
