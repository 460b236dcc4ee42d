"""Several events about one head: none takes another's review away, and a verdict is never on another branch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.app.running import Running, running, until
from tests.app.stories import check_on
from tests.app.troubles import BEFORE, nothing_left, opened, reviewed_once, settled, states
from tests.world.faults import Fault
from tests.world.pull import Pull
from tests.world.world import World


@pytest.fixture
def hurried(world: World, tmp_path: Path) -> Iterator[Running]:
    """Return an App whose pauses are short."""
    with running(world, tmp_path, haste=20.0) as made:
        yield made


def jobs(app: Running, prefix: str = "rv:") -> dict[str, str]:
    """Return the reviews by id."""
    return states(app.settings.jobs_url, prefix)


def slowly(world: World, seconds: float = 3.0) -> Fault:
    """Have the next fetch take its time."""
    return world.faults.add("GET", r"/info/refs$", delay=seconds)


def put_back(world: World, app: Running) -> tuple[Pull, str]:
    """Return a pull request that is being reviewed at a head it had before, and that review's id."""
    pull = opened(world)
    settled(world, app)
    first = pull.head
    pull.push({"shop.py": BEFORE + "\n\nx = 1\n"})
    settled(world, app)
    pull.unread()
    slowly(world)
    pull.force(first)
    job = f"rv:{pull.repo.id}:{pull.number}:{first}~2"
    until(lambda: jobs(app).get(job) == "PENDING", "the review of a head that came back")
    return pull, job


@pytest.mark.slow
def test_another_event_about_a_head_that_came_back_leaves_its_review_alone(world: World, hurried: Running) -> None:
    pull, job = put_back(world, hurried)
    again = world.hooks.last("pull_request", "opened")
    assert world.hooks.post("pull_request", again.body, guid="once-more") == 202
    settled(world, hurried)
    assert jobs(hurried)[job] == "SUCCESS"
    pull.unread()
    assert check_on(pull.repo, pull.head).conclusion == "failure"


@pytest.mark.slow
def test_a_review_that_somebody_asked_for_is_not_taken_away_by_an_event_about_the_same_head(
    world: World, hurried: Running
) -> None:
    pull = opened(world)
    settled(world, hurried)
    pull.unread()
    slowly(world)
    pull.comment(pull.repo.owner, "/prudent review")
    until(lambda: "PENDING" in jobs(hurried).values(), "a review")
    again = world.hooks.last("pull_request", "opened")
    assert world.hooks.post("pull_request", again.body, guid="once-more") == 202
    settled(world, hurried)
    assert set(jobs(hurried).values()) == {"SUCCESS"}
    answers = [post.text for post in pull.unread() if post.kind in ("comment", "edit")]
    assert "Reviewed" in answers[-1]
    nothing_left(pull)


def test_a_pull_request_that_is_closed_under_review_and_reopened_is_reviewed(world: World, hurried: Running) -> None:
    slow = slowly(world)
    pull = opened(world)
    until(lambda: slow.met, "a review")
    pull.close(pull.repo.owner)
    until(lambda: set(jobs(hurried).values()) == {"CANCELLED"}, "a cancelled review")
    pull.reopen(pull.repo.owner)
    settled(world, hurried)
    reviewed_once(pull)


@pytest.mark.slow
def test_a_close_that_is_heard_of_after_the_reopening_changes_nothing(world: World, hurried: Running) -> None:
    slow = slowly(world)
    pull = opened(world)
    until(lambda: slow.met, "a review")
    world.hooks.wait()
    world.hooks.hold()
    pull.close(pull.repo.owner)
    pull.reopen(pull.repo.owner)
    late = world.hooks.last("pull_request", "closed")
    world.hooks.is_held = False
    assert world.hooks.deliver(late) == 202
    settled(world, hurried)
    reviewed_once(pull)


@pytest.mark.slow
def test_a_review_that_waits_while_the_target_changes_is_made_against_the_new_one(world: World, tmp_path: Path) -> None:
    with running(world, tmp_path, haste=20.0) as app:
        repo = world.repository("acme/widgets", {"shop.py": BEFORE})
        alice, bob = world.person("alice"), world.person("bob")
        slow = slowly(world, 4.0)
        others = [repo.open_pull(bob, {"shop.py": f"{BEFORE}x = {number}\n"}) for number in range(2)]
        until(lambda: slow.met, "a review")
        until(lambda: list(jobs(app).values()).count("PENDING") == 2, "two reviews that hold the installation's places")
        pull = repo.open_pull(alice, {"shop.py": f"{BEFORE}print(taxes)\n"})
        repo.branch("next")
        until(lambda: "ENQUEUED" in jobs(app).values(), "a review that waits")
        repo.commit({".github/prudent.toml": '[app]\nignore_authors = ["alice"]\n'}, branch="next")
        pull.retarget("next", repo.owner)
        settled(world, app)
        for other in others:
            other.unread()
        assert {post.kind for post in pull.unread()} == {"check"}
