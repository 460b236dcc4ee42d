"""What a repository's own settings leave out, and what happens while they cannot be read."""

from __future__ import annotations

import pytest

from tests.app import shop
from tests.app.running import Running
from tests.app.stories import check_on, said
from tests.world.pull import Pull
from tests.world.repository import Repository
from tests.world.world import World

FILE = ".github/prudent.toml"


def opened(world: World, repo: Repository, text: str, *, by: str = "alice", labels: tuple[str, ...] = ()) -> Pull:
    """Return a pull request whose opening the App hears of once it has its labels."""
    world.hooks.hold()
    made = repo.open_pull(world.bot(by) if by.endswith("[bot]") else world.person(by), {"shop.py": text})
    made.labels = [*labels]
    world.hooks.release()
    return made


@pytest.mark.parametrize(
    ("by", "labels", "why"),
    [
        ("renovate[bot]", (), "Opened by a bot"),
        ("Carol", (), "author"),
        ("alice", ("Do Not Review",), "label"),
    ],
)
def test_whom_the_settings_leave_out_is_not_reviewed(
    world: World, app: Running, repo: Repository, by: str, labels: tuple[str, ...], why: str
) -> None:
    repo.commit({FILE: '[app]\nignore_authors = ["carol"]\nignore_labels = ["do not review"]\n'})
    pull = opened(world, repo, shop.TWO, by=by, labels=labels)
    now = said(world, app, pull)
    assert now.kinds == {"check": 1}
    assert check_on(repo, pull.head).conclusion == "skipped"
    assert why in now.only("check")


@pytest.mark.slow
def test_drafts_and_bots_are_reviewed_where_the_settings_say_so(world: World, app: Running, repo: Repository) -> None:
    repo.commit({FILE: "[app]\nbots = true\ndrafts = true\n"})
    pull = repo.open_pull(world.bot("renovate[bot]"), {"shop.py": shop.TWO}, draft=True)
    assert said(world, app, pull).kinds == {"review": 1, "note": 2, "check": 1}


def test_broken_settings_stop_reviews_until_the_target_branch_has_better_ones(
    world: World, app: Running, repo: Repository
) -> None:
    repo.commit({FILE: "[app]\ndraft = true\n"})
    pull = repo.open_pull(world.person("alice"), {"shop.py": shop.TWO})
    now = said(world, app, pull)
    assert now.kinds == {"check": 1}
    assert check_on(repo, pull.head).conclusion == "neutral"
    assert f"{FILE}:2" in now.only("check")
    repo.commit({FILE: "[app]\ndrafts = true\n"})
    pull.push({"README.md": "A shop.\n"})
    assert said(world, app, pull).kinds == {"review": 1, "note": 2, "check": 1}
    repo.commit({FILE: "[app\n"})
    pull.push({"README.md": "A small shop.\n"})
    now = said(world, app, pull)
    assert check_on(repo, pull.head).conclusion == "neutral"
    assert now.kinds == {"edit": 1, "check": 1}
    assert "Not checked" in now.only("edit")
    assert not any("Fixed" in thread.notes[0].body for thread in pull.threads)


def test_a_pull_request_is_not_judged_by_the_settings_that_it_brings(
    world: World, app: Running, repo: Repository
) -> None:
    pull = repo.open_pull(
        world.person("alice"), {"shop.py": shop.TWO, FILE: '[checks]\ndisable = ["undefined-name"]\n'}
    )
    assert said(world, app, pull).kinds == {"review": 1, "note": 2, "check": 1}
    pull.push({FILE: "[checks\n"})
    now = said(world, app, pull)
    assert check_on(repo, pull.head).conclusion == "failure"
    assert "2 unchanged" in "".join(now.texts("edit"))
