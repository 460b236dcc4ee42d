"""Pushes of every kind on one pull request: nothing is said twice, and what is no longer true is taken back."""

from __future__ import annotations

import pytest

from tests.app import shop
from tests.app.running import Running
from tests.app.stories import assert_unchanged, check_on, opened, quiet, said, thread_about, threads_about
from tests.world.world import World


def test_what_is_fixed_is_resolved_and_what_is_new_is_posted(world: World, app: Running) -> None:
    pull = opened(world, app, may_resolve=True)
    pull.push({"shop.py": shop.with_raise(shop.with_key(shop.with_undefined()))})
    now = said(world, app, pull)
    assert now.kinds == {"resolve": 1, "note": 1, "review": 1, "edit": 1, "check": 1}
    assert "slug=is-with-literal" in now.only("resolve")
    assert "slug=raises-what-is-no-exception" in now.only("note")
    assert "Since the last review: 1 fixed, 1 new, 2 unchanged." in now.only("edit")
    assert thread_about(pull, "is-with-literal").resolved_by is world.app.bot
    pull.push({"shop.py": shop.THREE}, 'Revert "More"')
    back = said(world, app, pull)
    assert back.kinds == {"resolve": 1, "note": 1, "review": 1, "edit": 1, "check": 1}
    assert "slug=is-with-literal" in back.only("note")
    assert [thread.resolved_by is None for thread in threads_about(pull, "is-with-literal")] == [False, True]
    assert thread_about(pull, "raises-what-is-no-exception").resolved_by is world.app.bot


def test_without_the_right_to_resolve_the_comment_is_edited_and_edited_back(world: World, app: Running) -> None:
    pull = opened(world, app)
    pull.push({"shop.py": shop.with_key(shop.with_undefined())})
    now = said(world, app, pull)
    assert now.kinds == {"edit": 2, "check": 1}
    assert any("**Fixed** as of" in text and "is-with-literal" in text for text in now.texts("edit"))
    assert "**Fixed** as of" in thread_about(pull, "is-with-literal").notes[0].body
    pull.push({"shop.py": shop.THREE}, 'Revert "More"')
    back = said(world, app, pull)
    assert back.kinds == {"edit": 2, "check": 1}
    assert "Fixed" not in thread_about(pull, "is-with-literal").notes[0].body
    assert len(pull.threads) == 3


def test_a_clean_push_ends_it_and_the_check_is_green(world: World, app: Running) -> None:
    pull = opened(world, app)
    pull.push({"shop.py": shop.BEFORE, "README.md": "A shop.\n"})
    now = said(world, app, pull)
    assert now.kinds == {"edit": 4, "check": 1}
    assert check_on(pull.repo, pull.head).conclusion == "success"
    assert sum("**Fixed** as of" in text for text in now.texts("edit")) == 3


@pytest.mark.slow
def test_a_branch_that_is_put_back_to_an_earlier_head_is_told_as_it_is(world: World, app: Running) -> None:
    pull = opened(world, app)
    first = pull.head
    pull.push({"shop.py": shop.with_raise(shop.with_undefined())})
    assert said(world, app, pull).kinds == {"edit": 3, "note": 1, "review": 1, "check": 1}
    pull.force(first)
    now = said(world, app, pull)
    assert now.kinds == {"edit": 4, "check": 1}
    assert "Since the last review: 1 fixed, 2 new, 1 unchanged." in now.texts("edit")[-1]
    assert f"head={first}" in pull.reviews[0].body.split("prudent:state")[1][:60]
    assert "Fixed" not in thread_about(pull, "is-with-literal").notes[0].body
    assert "**Fixed** as of" in thread_about(pull, "raises-what-is-no-exception").notes[0].body
    again = world.hooks.last("pull_request", "synchronize")
    assert world.hooks.deliver(again) == 202
    quiet(world, app)
    assert not pull.unread()


def test_a_request_for_changes_is_dismissed_once_it_no_longer_holds(world: World, app: Running) -> None:
    pull = opened(world, app, settings="[app]\nrequest_changes = true\n")
    assert [review.state for review in pull.reviews] == ["CHANGES_REQUESTED"]
    pull.push({"README.md": "A shop.\n"})
    assert_unchanged(said(world, app, pull))
    assert [review.state for review in pull.reviews] == ["CHANGES_REQUESTED"]
    pull.push({"shop.py": shop.with_key(shop.with_literal())})
    now = said(world, app, pull)
    assert now.kinds == {"dismiss": 1, "edit": 2, "check": 1}
    assert [review.state for review in pull.reviews] == ["DISMISSED"]
    assert check_on(pull.repo, pull.head).conclusion == "neutral"
