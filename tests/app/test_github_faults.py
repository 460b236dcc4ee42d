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
from tests.app.running import Running, running
from tests.app.troubles import all_reviewed_once, opened, settled, tick
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
