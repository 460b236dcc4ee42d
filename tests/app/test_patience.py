"""Outages that last: what nobody tries again is waited for, and one installation's trouble is not another's."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.github import client_http
from tests.app.running import running, until
from tests.app.stories import identity_of
from tests.app.troubles import AFTER, BEFORE, ENDED, opened, reviewed_once, settled, states
from tests.world.world import World

LIMIT = {"status": 403, "body": {"message": "You have exceeded a secondary rate limit"}}


def rows(url: str, statement: str) -> list[tuple[object, ...]]:
    """Return what a statement brings from a SQLite database by its URL, or what it changes."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=10, isolation_level=None)) as connection:
        return list(connection.execute(statement))


def test_a_command_outlasts_an_outage_of_github(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_http, "PAUSES", ())
    with running(world, tmp_path, haste=5_000.0) as app:
        pull = opened(world)
        settled(world, app)
        reviewed_once(pull)
        away = world.faults.add("GET", "/collaborators/", status=503, times=20)
        pull.comment(pull.repo.owner, "/prudent pause")
        settled(world, app)
        assert away.met == 20
        assert [post.kind for post in pull.unread()] == ["comment", "reaction"]
        with app.store() as store:
            assert store.pull(identity_of(pull.repo), pull.number).paused_by == pull.repo.owner.login


def test_a_verdict_is_logged_however_long_the_store_takes_no_verdicts(world: World, tmp_path: Path) -> None:
    with running(world, tmp_path, haste=5_000.0) as app:
        with app.store():
            pass
        store_url = app.settings.store_url or ""
        rows(store_url, "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        pull = opened(world)
        job = f"log:rv:{pull.repo.id}:{pull.number}:{pull.head}"
        tried = f"SELECT count(*) FROM operation_outputs WHERE workflow_uuid = '{job}' AND function_name = 'log'"
        until(
            lambda: (
                (rows(app.settings.jobs_url, tried)[0][0], 15) >= (15, 15)
                or states(app.settings.jobs_url, job).get(job) in ENDED
            ),
            "a verdict that is not taken",
        )
        rows(store_url, "DROP TRIGGER full")
        settled(world, app)
        assert states(app.settings.jobs_url, job) == {job: "SUCCESS"}
        reviewed_once(pull)
        with app.store() as store:
            assert store.last_audit(identity_of(pull.repo), f"pull/{pull.number}") is not None


@pytest.mark.slow
def test_verdicts_are_logged_in_the_order_of_their_reviews(world: World, tmp_path: Path) -> None:
    with running(world, tmp_path, haste=50.0) as app:
        with app.store():
            pass
        store_url = app.settings.store_url or ""
        world.hooks.hold()
        pull = opened(world)
        fail = f"WHEN NEW.head = '{pull.head}' BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        rows(store_url, f"CREATE TRIGGER full BEFORE INSERT ON audit {fail}")
        world.hooks.release()
        until(lambda: pull.checks() and pull.checks()[0].status == "completed", "the first review")
        pull.push({"shop.py": BEFORE, "more.py": "x = 1\n"})
        logs = f"log:rv:{pull.repo.id}:{pull.number}:"
        until(lambda: len(states(app.settings.jobs_url, logs)) == 2, "both verdicts to be logged")
        rows(store_url, "DROP TRIGGER full")
        settled(world, app)
        pull.unread()
        with app.store() as store:
            last = store.last_audit(identity_of(pull.repo), f"pull/{pull.number}")
            assert last is not None
            assert last.head == pull.head
            assert not store.standing(identity_of(pull.repo), f"pull/{pull.number}")


@pytest.mark.slow
def test_one_installation_at_its_limit_keeps_no_other_waiting(world: World, tmp_path: Path) -> None:
    with running(world, tmp_path) as app:
        first = opened(world, "acme")
        settled(world, app)
        reviewed_once(first)
        world.faults.add("GET", "/acme/widgets/pulls/1$", headers={"retry-after": "3600"}, **LIMIT)
        body = world.hooks.last("pull_request", "opened").body
        for number in range(20):
            assert world.hooks.post("pull_request", body, guid=f"more-{number}") == 202
        asleep = "SELECT count(*) FROM workflow_status WHERE workflow_uuid LIKE 'gh:more-%' AND status = 'PENDING'"
        until(lambda: rows(app.settings.jobs_url, asleep)[0][0] in range(16, 21), "deliveries that wait")
        other = opened(world, "umbrella")
        until(lambda: other.checks() and other.checks()[0].status == "completed", "a review for somebody else")
        reviewed_once(other)


def test_reviews_that_sleep_through_a_limit_keep_no_other_installations_waiting(world: World, tmp_path: Path) -> None:
    with running(world, tmp_path, PRUDENT_REVIEWS="1"):
        repo = world.repository("acme/widgets", {"shop.py": BEFORE})
        limit = world.faults.add("POST", "/graphql$", headers={"retry-after": "3600"}, **LIMIT)
        repo.open_pull(repo.owner, {"shop.py": AFTER})
        until(lambda: limit.met, "a review that is kept waiting")
        other = opened(world, "umbrella")
        until(lambda: other.checks() and other.checks()[0].status == "completed", "a review for somebody else")
        reviewed_once(other)
