"""Pull requests of every shape: from forks, huge, on nothing, on a head that another one has, on another history."""

from __future__ import annotations

import pytest

from tests.app import shop
from tests.app.running import Running
from tests.app.stories import ask, check_on, said, thread_about
from tests.world.records import User
from tests.world.repository import Repository
from tests.world.world import World


def test_a_fork_is_reviewed_also_after_it_is_deleted(world: World, app: Running, repo: Repository, bob: User) -> None:
    alice = world.person("alice")
    fork = repo.fork(alice)
    pull = repo.open_pull(alice, {"shop.py": shop.TWO}, fork=fork)
    now = said(world, app, pull)
    assert now.kinds == {"review": 1, "note": 2, "check": 1}
    assert check_on(repo, pull.head).conclusion == "failure"
    pull.push({"shop.py": shop.with_undefined()})
    now = said(world, app, pull)
    assert now.kinds == {"edit": 2, "check": 1}
    fork.delete()
    assert pull.head_repo is None
    now = ask(world, app, pull, bob, "/prudent review")
    assert now.kinds["note"] == now.kinds["review"] == 0
    assert len(pull.checks()) == 2
    assert {run.conclusion for run in pull.checks()} == {"failure"}
    assert not any("alice/widgets" in request.path for request in world.requests)


@pytest.mark.slow
def test_400_files_are_reviewed_within_what_github_takes(world: World, app: Running, repo: Repository) -> None:
    files = {f"part{number:03}.py": f"def f{number}(a):\n    return a\n" for number in range(400)}
    for number in range(60):
        files[f"part{number:03}.py"] = f"def f{number}(a):\n    return a + missing{number}\n"
    pull = repo.open_pull(world.person("alice"), files)
    now = said(world, app, pull)
    assert (now.kinds["review"], now.kinds["note"]) == (1, 10)
    assert "400 of 400 files reviewed." in now.only("review")
    run = check_on(repo, pull.head)
    assert run.conclusion == "failure"
    assert len(run.annotations) == len({note["path"] for note in run.annotations}) == 60
    pull.push({"README.md": "A shop.\n"})
    now = said(world, app, pull)
    assert now.kinds == {"edit": 1, "check": 1}
    assert "60 unchanged" in now.only("edit")


def test_a_base_without_files_is_a_base(world: World, app: Running) -> None:
    repo = world.repository("acme/empty", {})
    pull = repo.open_pull(world.person("alice"), {"shop.py": shop.TWO})
    assert said(world, app, pull).kinds == {"review": 1, "note": 2, "check": 1}


def test_two_pull_requests_on_one_head_are_two(world: World, app: Running, repo: Repository) -> None:
    alice = world.person("alice")
    repo.branch("release")
    repo.commit({"shop.py": shop.with_undefined()})
    one = repo.open_pull(alice, {"shop.py": shop.TWO})  # main has one of the two
    other = repo.open_pull(alice, branch=one.head_ref, base="release")
    assert one.head == other.head
    said(world, app, one)
    said(world, app, other)
    assert (len(one.threads), len(other.threads)) == (1, 2)
    assert {run.external.split(":")[2] for run in one.checks()} == {str(one.number), str(other.number)}
    assert {run.conclusion for run in one.checks()} == {"neutral", "failure"}
    one.push({"shop.py": shop.with_undefined()})
    assert "slug=is-with-literal" not in "".join(said(world, app, one).texts("note"))
    said(world, app, other)
    assert (len(one.threads), len(other.threads)) == (1, 2)
    assert "**Fixed** as of" in thread_about(one, "is-with-literal").notes[0].body
    assert "**Fixed** as of" in thread_about(other, "is-with-literal").notes[0].body
    assert "Fixed" not in thread_about(other, "undefined-name").notes[0].body


def test_another_base_is_another_change(world: World, app: Running, repo: Repository) -> None:
    alice = world.person("alice")
    repo.branch("release")
    repo.commit({"shop.py": shop.with_undefined()})
    pull = repo.open_pull(alice, {"shop.py": shop.TWO})
    assert said(world, app, pull).kinds == {"review": 1, "note": 1, "check": 1}
    pull.retarget("release", alice)
    now = said(world, app, pull)
    assert (now.kinds["note"], now.kinds["check"]) == (1, 1)
    assert "slug=undefined-name" in now.only("note")
    assert check_on(repo, pull.head).conclusion == "failure"


def test_a_branch_with_another_history_is_not_checked(world: World, app: Running, repo: Repository) -> None:
    pull = repo.open_pull(world.person("alice"), {"shop.py": shop.TWO})
    said(world, app, pull)
    made = repo.git.commit({"shop.py": shop.TWO}, "Begin anew", world.clock.now(), parents=[], author=pull.author.ident)
    pull.force(made)
    now = said(world, app, pull)
    assert now.kinds == {"edit": 1, "check": 1}
    assert check_on(repo, pull.head).conclusion == "neutral"
    assert "Not checked" in now.only("edit")
    assert not any("Fixed" in thread.notes[0].body for thread in pull.threads)
