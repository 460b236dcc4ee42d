"""Who asks for a review, and who asks for none: pauses, drafts, buttons and re-runs."""

from __future__ import annotations

from tests.app import shop
from tests.app.running import Running
from tests.app.stories import ask, check_on, dismissed_in, said, thread_about
from tests.world.pull import Pull
from tests.world.records import User
from tests.world.repository import Repository
from tests.world.world import World


def test_pause_stops_reviews_of_pushes_and_resume_reviews_the_head(
    world: World, app: Running, pull: Pull, bob: User
) -> None:
    assert "Paused by `bob`" in ask(world, app, pull, bob, "/prudent pause").only("comment")
    pull.push({"shop.py": shop.with_key(shop.TWO)})
    assert said(world, app, pull).kinds == {"check": 1}
    assert check_on(pull.repo, pull.head).conclusion == "skipped"
    assert "Paused by `bob`" in ask(world, app, pull, bob, "/prudent status").only("comment")
    now = ask(world, app, pull, bob, "/prudent review")
    assert (now.kinds["review"], now.kinds["note"]) == (1, 1)
    pull.push({"shop.py": shop.with_raise(shop.with_key(shop.TWO))})
    assert said(world, app, pull).kinds == {"check": 1}
    now = ask(world, app, pull, bob, "/prudent resume")
    assert (now.kinds["review"], now.kinds["note"]) == (1, 1)
    pull.push({"README.md": "A shop.\n"})
    assert "4 unchanged" in said(world, app, pull).only("edit")


def test_a_draft_is_reviewed_when_somebody_asks_and_when_it_is_ready(
    world: World, app: Running, repo: Repository, bob: User
) -> None:
    alice = world.person("alice")
    pull = repo.open_pull(alice, {"shop.py": shop.TWO}, draft=True)
    assert said(world, app, pull).kinds == {"check": 1}
    assert check_on(repo, pull.head).conclusion == "skipped"
    now = ask(world, app, pull, bob, "/prudent review")
    assert (now.kinds["review"], now.kinds["note"]) == (1, 2)
    pull.push({"README.md": "A shop.\n"})
    assert said(world, app, pull).kinds == {"check": 1}
    assert check_on(repo, pull.head).conclusion == "skipped"
    pull.ready(alice)
    assert said(world, app, pull).kinds == {"edit": 1, "check": 1}
    assert check_on(repo, pull.head).conclusion == "failure"


def test_buttons_do_what_commands_do(world: World, app: Running, pull: Pull, bob: User) -> None:
    repo, run = pull.repo, check_on(pull.repo, pull.head)
    repo.press(run, "rerun", world.person("alice"))
    assert not said(world, app, pull).posts
    repo.press(run, "rerun", bob)
    now = said(world, app, pull)
    assert (now.kinds["check"], now.kinds["review"], now.kinds["note"]) == (1, 0, 0)
    repo.press(run, "fix", bob)
    assert not said(world, app, pull).posts  # it can be committed as it stands
    pull.resolve(thread_about(pull, "is-with-literal"), world.person("alice"))  # who may not silence it
    said(world, app, pull)
    repo.press(run, "fix", bob)
    now = said(world, app, pull)
    assert now.kinds == {"review": 1, "note": 1}
    assert "```suggestion" in now.only("note")
    repo.press(run, "dismiss", bob)
    now = said(world, app, pull)
    assert now.kinds["note"] == now.kinds["review"] == 0
    assert [(slug, by, how) for slug, by, how in sorted(dismissed_in(app, repo))] == [
        ("is-with-literal", "bob", "button"),
        ("undefined-name", "bob", "button"),
    ]
    assert check_on(repo, pull.head).conclusion == "success"


def test_checks_that_are_requested_again_run_again(world: World, app: Running, pull: Pull, bob: User) -> None:
    repo, first = pull.repo, check_on(pull.repo, pull.head)
    repo.rerun(first, bob)
    assert said(world, app, pull).kinds["check"] == 1
    second = check_on(repo, pull.head)
    assert second.id != first.id
    repo.rerun_all(pull.head, bob)
    now = said(world, app, pull)
    assert (now.kinds["check"], now.kinds["note"], now.kinds["review"]) == (1, 0, 0)
    assert check_on(repo, pull.head).id not in (first.id, second.id)
    assert {run.conclusion for run in pull.checks()} == {"failure"}
