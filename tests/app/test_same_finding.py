"""Which finding is which: moved, in two places, its comment deleted, one of many; it is said once."""

from __future__ import annotations

import pytest

from tests.app import shop
from tests.app.running import Running
from tests.app.stories import said, thread_about
from tests.world.pull import Pull
from tests.world.records import User
from tests.world.repository import Repository
from tests.world.world import World

GIFT = 'def is_gift(kind):\n    """Return whether it is for somebody else."""\n    return kind is "gift"\n'


def test_a_definition_that_moves_to_another_file_takes_its_finding_along(
    world: World, app: Running, pull: Pull
) -> None:
    pull.push({"shop.py": shop.TWO.replace(f"\n\n{GIFT}", ""), "gifts.py": GIFT})
    now = said(world, app, pull)
    assert now.kinds == {"edit": 1, "check": 1}
    assert "Since the last review: 2 unchanged." in now.only("edit")
    assert "gifts.py:3" in now.only("edit")


def test_a_finding_in_two_places_is_fixed_when_both_are(world: World, app: Running, repo: Repository) -> None:
    text = shop.TWO + '\n\ndef is_sale(kind):\n    return kind is "gift"\n'
    pull = repo.open_pull(world.person("alice"), {"shop.py": text})
    said(world, app, pull)
    thread = thread_about(pull, "is-with-literal")
    assert "shop.py:40" in thread.notes[0].body
    half = shop.with_undefined() + '\n\ndef is_sale(kind):\n    return kind is "gift"\n'
    pull.push({"shop.py": half})
    now = said(world, app, pull)
    assert now.kinds == {"edit": 1, "check": 1}
    pull.push({"shop.py": shop.with_undefined()})
    now = said(world, app, pull)
    assert now.kinds == {"edit": 2, "check": 1}
    assert "**Fixed** as of" in thread.notes[0].body


def test_a_comment_that_somebody_deleted_is_not_posted_again(world: World, app: Running, pull: Pull, bob: User) -> None:
    pull.delete(thread_about(pull, "undefined-name").notes[0], bob)
    pull.push({"README.md": "A shop.\n"})
    now = said(world, app, pull)
    assert now.kinds == {"edit": 1, "check": 1}
    assert "undefined-name" in now.only("edit")


@pytest.mark.slow
def test_more_than_fit_on_lines_stand_in_the_summary_and_are_not_said_later(
    world: World, app: Running, repo: Repository
) -> None:
    bad = "".join(f"\n\ndef f{n}(a):\n    return a + missing{n}\n" for n in range(14))
    pull = repo.open_pull(world.person("alice"), {"many.py": bad})
    now = said(world, app, pull)
    assert (now.kinds["review"], now.kinds["note"]) == (1, 10)
    assert "Not on changed lines, or too many for comments" in now.only("review")
    fixed = "".join(f"\n\ndef f{n}(a):\n    return a\n" for n in range(6))
    pull.push({"many.py": fixed + "".join(f"\n\ndef f{n}(a):\n    return a + missing{n}\n" for n in range(6, 14))})
    now = said(world, app, pull)
    assert now.kinds == {"edit": 7, "check": 1}
    assert "Since the last review: 6 fixed, 8 unchanged." in now.texts("edit")[-1]


@pytest.mark.slow
def test_many_pushes_at_once_are_one_review_of_the_last(world: World, app: Running, pull: Pull) -> None:
    world.hooks.hold()
    sent = len(world.hooks.deliveries)
    for text in (
        shop.with_key(shop.TWO),
        shop.with_raise(shop.TWO),
        shop.BEFORE,
        shop.TWO,
        shop.with_key(shop.with_undefined()),
    ):
        pull.push({"shop.py": text})
    late = [one for one in world.hooks.deliveries[sent:] if one.event == "pull_request"]
    assert len(late) == 5
    for delivery in (late[4], late[0], late[2], late[1], late[3], late[4]):
        assert world.hooks.deliver(delivery) == 202
    now = said(world, app, pull)
    assert (now.kinds["note"], now.kinds["review"]) == (1, 1)
    assert "Since the last review: 1 fixed, 1 new, 1 unchanged." in now.texts("edit")[-1]
    assert len(pull.checks()) == 1
    assert "slug=duplicate-key" in now.only("note")


def test_a_defect_that_the_base_has_taken_over_is_not_called_fixed(world: World, app: Running, pull: Pull) -> None:
    """A squash of an earlier part, or a cherry-pick: the line is as wrong as before, and now the base's as well."""
    pull.repo.commit({"shop.py": shop.with_undefined()})
    pull.merge_base_in()
    said(world, app, pull)
    assert not any("Fixed" in thread.notes[0].body or thread.resolved_by for thread in pull.threads)
