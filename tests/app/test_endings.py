"""Reviews that end early: the pull request is closed, the App removed, a permission taken, a newer push comes."""

from __future__ import annotations

from pathlib import Path

from tests.app import shop
from tests.app.running import Running, running, until
from tests.app.stories import check_on, quiet, said
from tests.world.records import User
from tests.world.repository import Repository
from tests.world.world import World


def test_a_pull_request_closed_while_it_is_reviewed_gets_nothing(world: World, app: Running, repo: Repository) -> None:
    alice = world.person("alice")
    world.faults.add("POST", "/check-runs$", then=lambda: repo.pulls[1].close(alice))
    pull = repo.open_pull(alice, {"shop.py": shop.TWO})
    assert said(world, app, pull).kinds == {"check": 1}
    assert check_on(repo, pull.head).conclusion == "cancelled"
    assert not pull.drafts()
    pull.reopen(alice)
    now = said(world, app, pull)
    assert now.kinds == {"review": 1, "note": 2, "check": 1}
    assert check_on(repo, pull.head).conclusion == "failure"


def test_closed_between_the_look_and_the_draft_leaves_nothing_open(
    world: World, app: Running, repo: Repository
) -> None:
    alice = world.person("alice")
    world.faults.add("POST", "/graphql$", then=lambda: repo.pulls[1].close(alice))
    pull = repo.open_pull(alice, {"shop.py": shop.TWO})
    until(lambda: not pull.is_open, "the look that closes it")
    quiet(world, app)
    pull.unread()
    assert not world.stuck_checks()
    assert len(pull.reviews) <= 1
    pull.reopen(alice)
    quiet(world, app)
    pull.unread()
    assert len([review for review in pull.reviews if review.state == "COMMENTED"]) == 1
    assert len(pull.threads) == 2
    assert not pull.drafts()
    assert check_on(repo, pull.head).conclusion == "failure"


def test_a_push_while_it_is_reviewed_cancels_that_review_and_posts_once(
    world: World, app: Running, repo: Repository
) -> None:
    world.faults.add("POST", "/reviews$", then=lambda: _pushed(repo))
    pull = repo.open_pull(world.person("alice"), {"shop.py": shop.TWO})
    first = pull.head
    until(lambda: pull.head != first, "the push")
    quiet(world, app)
    pull.unread()
    assert check_on(repo, first).conclusion == "cancelled"
    assert check_on(repo, pull.head).conclusion == "failure"
    assert len([review for review in pull.reviews if review.state == "COMMENTED"]) == 1
    assert len(pull.threads) == 3
    assert f"head={pull.head}" in pull.reviews[0].body


def _pushed(repo: Repository) -> None:
    repo.pulls[1].push({"shop.py": shop.with_key(shop.TWO)})


def test_a_push_that_is_taken_back_while_it_is_reviewed_is_as_if_it_had_not_been(
    world: World, app: Running, repo: Repository
) -> None:
    pull = repo.open_pull(world.person("alice"), {"shop.py": shop.TWO})
    first = pull.head
    said(world, app, pull)
    world.faults.add("POST", "/graphql$", then=lambda: pull.force(first))
    pull.push({"shop.py": shop.with_key(shop.TWO)})
    until(lambda: pull.head == first, "the push to be taken back")
    quiet(world, app)
    pull.unread()
    assert len(pull.threads) == 2
    assert [review.state for review in pull.reviews] == ["COMMENTED"]
    assert check_on(repo, first).conclusion == "failure"
    assert f"prudent:state head={first}" in pull.reviews[0].body


def test_the_app_is_removed_while_it_reviews(world: World, tmp_path: Path) -> None:
    repo = world.repository("acme/widgets", {"shop.py": shop.BEFORE})
    installation = world.installation_of(repo)
    assert installation
    with running(world, tmp_path) as app:
        world.faults.add("POST", "/graphql$", then=lambda: world.remove(installation))
        pull = repo.open_pull(world.person("alice"), {"shop.py": shop.TWO})
        until(lambda: installation.is_removed, "the removal")
        quiet(world, app)
        assert not pull.reviews
        assert not list(app.settings.mirrors.rglob("*.git"))
        asked = len(world.requests)
        pull.push({"README.md": "A shop.\n"})  # nobody tells us
        quiet(world, app)
        assert len(world.requests) == asked


def test_a_permission_taken_while_it_reviews_ends_the_review(
    world: World, app: Running, repo: Repository, bob: User
) -> None:
    installation = world.installation_of(repo)
    assert installation
    world.faults.add("POST", "/check-runs$", then=lambda: world.revoke(installation, "pull_requests", "read"))
    pull = repo.open_pull(world.person("alice"), {"shop.py": shop.TWO})
    now = said(world, app, pull)
    assert now.kinds == {"check": 1}
    assert check_on(repo, pull.head).conclusion == "neutral"
    assert not pull.reviews
    installation.permissions["pull_requests"] = "write"
    repo.rerun(check_on(repo, pull.head), bob)
    assert said(world, app, pull).kinds == {"review": 1, "note": 2, "check": 1}
