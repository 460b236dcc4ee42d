"""GitHub answers badly: every request of a review fails once in every way, and the review comes all the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.github import client_kit
from bot.workflow import upkeep
from tests.app.running import Running, running, until
from tests.app.troubles import (
    AFTER,
    BEFORE,
    all_reviewed_once,
    is_idle,
    nothing_left,
    opened,
    reviewed_once,
    settled,
    tick,
)
from tests.world.faults import Fault
from tests.world.world import World


@dataclass(frozen=True)
class Asked:
    """One request that a first review makes; OWNER stands for the repository's owner, unless all share it."""

    name: str
    method: str
    path: str
    skip: int = 0
    within: str = ""


REQUESTS = (
    Asked("token", "POST", r"^/app/installations/INSTALLATION/access_tokens$"),
    Asked("git-token", "POST", r"^/app/installations/INSTALLATION/access_tokens$", skip=1),
    Asked("pull", "GET", r"^/repos/OWNER/widgets/pulls/1$"),
    Asked("open-check", "POST", r"^/repos/OWNER/widgets/check-runs$"),
    Asked("git-refs", "GET", r"^/OWNER/widgets.git/info/refs$"),
    Asked("git-wants", "POST", r"^/OWNER/widgets.git/git-upload-pack$"),
    Asked("git-pack", "POST", r"^/OWNER/widgets.git/git-upload-pack$", skip=1),
    Asked("state", "POST", r"^/graphql$", within='"OWNER"'),
    Asked("app", "GET", r"^/app$"),
    Asked("draft", "POST", r"^/repos/OWNER/widgets/pulls/1/reviews$"),
    Asked("live", "GET", r"^/repos/OWNER/widgets/pulls/1$", skip=1),
    Asked("submit", "POST", r"^/repos/OWNER/widgets/pulls/1/reviews/\d+/events$"),
    Asked("close-check", "PATCH", r"^/repos/OWNER/widgets/check-runs/\d+$"),
)
WAYS: dict[str, dict[str, Any]] = {
    "401": {"status": 401, "body": {"message": "Bad credentials"}},
    "403": {"status": 403, "body": {"message": "Resource not accessible by integration"}},
    "404": {"status": 404, "body": {"message": "Not Found"}},
    "406": {"status": 406, "body": {"message": "Not Acceptable"}},
    "422": {"status": 422, "body": {"message": "Validation Failed"}},
    "429": {"status": 429, "body": {"message": "slow down"}, "headers": {"retry-after": "1"}},
    "500": {"status": 500},
    "502-done": {"status": 502, "after": True},
    "dropped": {"drop": True},
    "dropped-done": {"drop": True, "after": True},
    "late-done": {"delay": 3.0},
    "cut": {"truncate": 7},
    "odd": {"status": 200, "body": ["nothing that the API describes"], "after": True},
}


@pytest.fixture
def hurried(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """Return an App that waits for an answer for two seconds, and whose pauses are short."""
    monkeypatch.setattr(client_kit, "READ", 2.0)
    monkeypatch.setattr(upkeep, "STALE_CHECK", timedelta())
    with running(world, tmp_path, haste=20.0, PRUDENT_REVIEWS="4") as made:
        yield made


def fail(world: World, asked: Asked, owner: str, way: str, times: int = 1) -> Fault:
    """Have a request about one owner's pull request fail; the request must not have been made yet."""
    who = world.person(owner)
    installation = next((each for each in world.installations.values() if each.account is who), None)
    path = asked.path.replace("OWNER", owner).replace("INSTALLATION", str(installation.id if installation else 0))
    within = asked.within.replace("OWNER", owner)
    return world.faults.add(asked.method, path, skip=asked.skip, within=within, times=times, **WAYS[way])


def after_faults(world: World, app: Running, cases: dict[str, tuple[Asked, str]], times: int = 1) -> None:
    """Open a pull request for each case, have its request fail, and check that all are reviewed once in the end."""
    faults, pulls = {}, []
    world.hooks.hold()
    for owner, (asked, way) in cases.items():
        world.install(world.person(owner))
        faults[owner] = fail(world, asked, owner, way, times)
        pulls.append(opened(world, owner))
    world.hooks.release()
    settled(world, app)
    missed = [(owner, *cases[owner]) for owner, fault in faults.items() if fault.met == 0]
    assert not missed, "these requests were never made"
    for name in ("sweep-pulls", "close-left-checks"):
        tick(app, name)
        settled(world, app)
    all_reviewed_once(pulls)


def test_each_request_of_a_review_fails_in_another_way_and_all_are_reviewed_once(
    world: World, hurried: Running
) -> None:
    ways = list(WAYS)
    cases = {f"o{at}": (asked, ways[(at * 5) % len(ways)]) for at, asked in enumerate(REQUESTS)}
    after_faults(world, hurried, cases)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_every_request_of_a_review_fails_once_and_all_are_reviewed_once(
    world: World, hurried: Running, way: str
) -> None:
    # half of what git asks for would have git try a protocol that GitHub has given up
    asked = [each for each in REQUESTS if way not in ("cut", "odd") or not each.name.startswith("git-")]
    after_faults(world, hurried, {f"o{at}": (each, way) for at, each in enumerate(asked)})


LATER = (
    Asked("summary", "PUT", r"^/repos/OWNER/widgets/pulls/1/reviews/\d+$"),
    Asked("fixed", "PATCH", r"^/repos/OWNER/widgets/pulls/comments/\d+$"),
    Asked("close-check", "PATCH", r"^/repos/OWNER/widgets/check-runs/\d+$"),
)


@pytest.mark.parametrize(
    "way", ["403", pytest.param("422", marks=pytest.mark.slow), pytest.param("dropped-done", marks=pytest.mark.slow)]
)
def test_an_edit_of_a_later_push_fails_and_nothing_is_said_twice(world: World, hurried: Running, way: str) -> None:
    pulls = {f"o{at}": opened(world, f"o{at}") for at, _ in enumerate(LATER)}
    settled(world, hurried)
    for owner, pull in pulls.items():
        reviewed_once(pull)
        fail(world, LATER[int(owner[1:])], owner, way)
        pull.push({"shop.py": BEFORE, "more.py": "x = 1\n"})
    settled(world, hurried)
    for name in ("sweep-pulls", "close-left-checks"):
        tick(hurried, name)
        settled(world, hurried)
    for owner, pull in pulls.items():
        kinds = {post.kind for post in pull.unread()}
        assert kinds <= {"edit", "check"}, owner
        assert "check" in kinds, owner
        assert len(pull.reviews) == len(pull.threads) == 1
        assert not [run for run in pull.repo.runs.values() if run.status != "completed"]


@pytest.mark.slow
def test_github_is_away_for_longer_than_a_review_waits_and_the_head_is_reviewed_when_it_is_back(
    world: World, tmp_path: Path
) -> None:
    with running(world, tmp_path, haste=10_000.0) as app:
        hours = world.faults.add("POST", "/check-runs$", status=502, times=25)
        pulls = [opened(world, "early")]
        settled(world, app)
        assert hours.met == 25
        away = world.faults.add("POST", "/pulls/1/reviews$", status=502, times=10_000)
        pulls.append(opened(world, "later"))
        settled(world, app)
        assert away.met > 10
        world.faults.clear()
        (given_up,) = pulls[1].checks()
        assert (given_up.status, given_up.conclusion) == ("completed", "neutral")
        tick(app, "sweep-pulls")
        settled(world, app)
        all_reviewed_once(pulls)


@pytest.mark.slow
def test_what_github_refuses_for_good_ends_in_a_neutral_check_and_nothing_is_asked_without_end(
    world: World, hurried: Running
) -> None:
    never = world.faults.add("POST", r"/pulls/\d+/reviews$", status=422, body={"message": "No"}, times=10_000)
    pull = opened(world)
    settled(world, hurried)
    for _ in range(5):
        tick(hurried, "sweep-pulls")
        settled(world, hurried)
    assert {(run.status, run.conclusion) for run in pull.checks()} == {("completed", "neutral")}
    assert {post.kind for post in pull.unread()} == {"check"}
    assert never.met <= 9
    nothing_left(pull)


@pytest.mark.parametrize("status", [pytest.param(403, marks=pytest.mark.slow), 429])
@pytest.mark.slow
def test_a_secondary_limit_that_lasts_is_slept_out_durably(world: World, hurried: Running, status: int) -> None:
    pull = opened(world)
    until(lambda: world.asked("POST", "/check-runs"), "a check run")
    with world.lock:
        world.limits.slow_down(status=status, retry_after=7)
    settled(world, hurried)
    assert len([each for each in world.requests if each.status == status]) == 1
    reviewed_once(pull)


@pytest.mark.slow
def test_a_spent_hour_is_slept_out_and_what_stood_in_line_is_done_after_it(world: World, hurried: Running) -> None:
    pulls = [opened(world)]
    settled(world, hurried)
    with world.lock:
        world.limits.exhaust(8.0)
    pulls.append(pulls[0].repo.open_pull(world.person("alice"), {"other.py": AFTER}))
    before = len(world.requests)
    settled(world, hurried)
    told = [each for each in world.requests[before:] if each.status in (403, 429)]
    assert 1 <= len(told) <= 2, "GitHub may ban an App that goes on asking"
    all_reviewed_once(pulls)


@pytest.mark.slow
def test_a_worker_that_stops_while_it_sleeps_out_a_limit_goes_on_in_its_next_life(world: World, tmp_path: Path) -> None:
    with running(world, tmp_path) as app:
        url = app.settings.jobs_url
        limited = world.faults.add(
            "POST", "/pulls/1/reviews$", status=429, body={"message": "wait"}, headers={"retry-after": "9"}
        )
        pull = opened(world)
        until(lambda: limited.met, "a limit")
    assert not is_idle(url)
    assert not pull.reviews
    assert not pull.repo.runs[next(iter(pull.repo.runs))].completed
    with running(world, tmp_path) as app:
        settled(world, app)
        reviewed_once(pull)


def test_tokens_end_between_any_two_requests(world: World, hurried: Running) -> None:
    ends = world.faults.add("*", "^/(?!app/installations)", times=10_000, then=world.expire_tokens)
    pull = opened(world)
    settled(world, hurried)
    assert ends.met > 8
    reviewed_once(pull)
    assert len(pull.checks()) == 1


@pytest.mark.parametrize("seconds", [-7_200, 7_200])
def test_our_clock_is_wrong_by_hours(world: World, hurried: Running, seconds: int) -> None:
    world.clock.advance(seconds)
    pull = opened(world)
    settled(world, hurried)
    reviewed_once(pull)
    assert len(pull.checks()) == 1
