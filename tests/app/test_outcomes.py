"""What people make of what was said: it is noticed, kept, and what somebody who may silenced stays silent."""

from __future__ import annotations

import pytest

from tests.app import shop
from tests.app.running import Running
from tests.app.stories import became, check_on, dismissed_in, said, thread_about, threads_about
from tests.world.pull import Pull
from tests.world.records import User
from tests.world.repository import Repository
from tests.world.world import World


def shop_of(world: World) -> tuple[Repository, User, User]:
    """Return a repository, somebody who may write there, and somebody who may not."""
    repo = world.repository("acme/widgets", {"shop.py": shop.BEFORE})
    bob = world.person("bob")
    repo.give(bob, "write")
    return repo, bob, world.person("alice")


def reviewed(world: World, app: Running, repo: Repository, by: User, text: str = shop.TWO) -> Pull:
    """Return a pull request whose first review is over and read."""
    pull = repo.open_pull(by, {"shop.py": text})
    said(world, app, pull)
    return pull


def test_a_suggestion_that_is_committed_in_the_browser_is_noticed(world: World, app: Running) -> None:
    repo, bob, alice = shop_of(world)
    pull = reviewed(world, app, repo, alice)
    fixable, other = thread_about(pull, "is-with-literal"), thread_about(pull, "undefined-name")
    assert '```suggestion\n    return kind == "gift"\n```' in fixable.notes[0].body
    assert "```suggestion" not in other.notes[0].body
    pull.commit_suggestion(fixable.notes[0], bob)
    now = said(world, app, pull)
    assert now.kinds == {"edit": 2, "check": 1}
    assert became(app, pull, fixable) == ["committed", "fixed"]
    assert became(app, pull, other) == []
    assert "**Fixed** as of" in fixable.notes[0].body


def test_a_fix_written_by_hand_is_fixed_and_not_committed(world: World, app: Running) -> None:
    repo, _, alice = shop_of(world)
    pull = reviewed(world, app, repo, alice)
    pull.push({"shop.py": shop.with_literal(shop.BEFORE.replace("sum(prices)", "sum(prices, 0)"))})
    said(world, app, pull)
    assert became(app, pull, thread_about(pull, "undefined-name")) == ["fixed"]
    pull.push({"shop.py": shop.TWO})
    said(world, app, pull)
    assert became(app, pull, thread_about(pull, "undefined-name")) == ["fixed", "reopened"]


def test_a_thread_resolved_by_who_may_write_is_silence_for_good(world: World, app: Running) -> None:
    repo, bob, alice = shop_of(world)
    pull = reviewed(world, app, repo, alice)
    first, second = thread_about(pull, "undefined-name"), thread_about(pull, "is-with-literal")
    pull.resolve(first, bob)
    pull.resolve(second, alice)  # she may not write
    pull.push({"README.md": "A shop.\n"})
    now = said(world, app, pull)
    assert now.kinds == {"edit": 1, "check": 1}
    assert "Since the last review: 1 unchanged, 1 dismissed." in now.only("edit")
    assert check_on(repo, pull.head).conclusion == "neutral"
    assert dismissed_in(app, repo) == [("undefined-name", "bob", "thread")]
    assert became(app, pull, first) == ["resolved", "dismissed"]
    assert became(app, pull, second) == ["resolved"]
    pull.unresolve(second, alice)
    assert not said(world, app, pull).posts
    assert became(app, pull, second) == ["resolved", "unresolved"]


def test_a_thumb_and_a_reply_count_when_their_giver_may_write(world: World, app: Running) -> None:
    repo, bob, alice = shop_of(world)
    pull = reviewed(world, app, repo, alice)
    first, second = thread_about(pull, "undefined-name"), thread_about(pull, "is-with-literal")
    pull.react(first.notes[0], alice, "-1")
    pull.reply(second, alice, "won't fix")
    pull.push({"README.md": "A shop.\n"})
    assert "2 unchanged" in said(world, app, pull).only("edit")
    assert dismissed_in(app, repo) == []
    pull.react(first.notes[0], bob, "-1")
    heard = pull.reply(second, bob, "This is by design.")
    assert [post.kind for post in said(world, app, pull).posts] == ["reaction"]
    assert [one.content for one in heard.reactions] == ["+1"]
    pull.push({"README.md": "A small shop.\n"})
    now = said(world, app, pull)
    assert now.kinds == {"edit": 1, "check": 1}
    assert "2 dismissed" in now.only("edit")
    assert sorted(dismissed_in(app, repo)) == [
        ("is-with-literal", "bob", "reply"),
        ("undefined-name", "bob", "reaction"),
    ]
    assert check_on(repo, pull.head).conclusion == "success"


def test_what_is_dismissed_stays_silent_after_a_rename_and_in_another_pull_request(world: World, app: Running) -> None:
    repo, bob, alice = shop_of(world)
    pull = reviewed(world, app, repo, alice)
    pull.reply(thread_about(pull, "undefined-name"), bob, "/prudent dismiss it is set by the plugin")
    now = said(world, app, pull)
    assert now.kinds["reply"] == 1
    assert now.kinds["note"] == now.kinds["review"] == 0
    assert dismissed_in(app, repo) == [("undefined-name", "bob", "command")]
    pull.push({"shop.py": None, "store.py": shop.TWO.replace("def total", "def amount")})
    now = said(world, app, pull)
    assert now.kinds == {"edit": 1, "check": 1}
    assert "Since the last review: 1 unchanged." in now.only("edit")
    other = repo.open_pull(alice, {"shop.py": shop.with_undefined()})
    assert said(world, app, other).kinds == {"check": 1}
    assert check_on(repo, other.head).conclusion == "success"
    other.comment(bob, "/prudent undismiss undefined-name")
    now = said(world, app, other)
    assert (now.kinds["review"], now.kinds["note"]) == (1, 1)
    assert check_on(repo, other.head).conclusion == "failure"
    assert len(threads_about(other, "undefined-name")) == 1


def test_merged_closed_and_reverted_are_noted_with_what_was_open(world: World, app: Running) -> None:
    repo, bob, alice = shop_of(world)
    pull = reviewed(world, app, repo, alice)
    open_one, fixed = thread_about(pull, "undefined-name"), thread_about(pull, "is-with-literal")
    pull.commit_suggestion(fixed.notes[0], bob)
    said(world, app, pull)
    pull.react(open_one.notes[0], bob, "+1")
    pull.merge(bob, "squash")
    assert not said(world, app, pull).posts
    assert became(app, pull) == ["merged"]
    assert became(app, pull, open_one) == ["liked", "merged"]
    assert became(app, pull, fixed) == ["committed", "fixed"]
    repo.revert(pull, bob)
    assert not said(world, app, pull).posts
    assert became(app, pull) == ["merged", "reverted"]
    assert became(app, pull, open_one) == ["liked", "merged", "reverted"]
    other = reviewed(world, app, repo, alice, shop.with_key())
    other.close(alice)
    assert not said(world, app, other).posts
    assert became(app, other) == ["closed"]
    assert became(app, other, thread_about(other, "duplicate-key")) == ["closed"]


@pytest.mark.slow
def test_suggestions_committed_together_are_noticed_each(world: World, app: Running) -> None:
    repo, bob, alice = shop_of(world)
    text = shop.with_raise(shop.with_literal()).replace("\n", "\r\n")
    pull = reviewed(world, app, repo, alice, text)
    threads = [thread_about(pull, "is-with-literal"), thread_about(pull, "raises-what-is-no-exception")]
    pull.commit_suggestions([thread.notes[0] for thread in threads], bob)
    said(world, app, pull)
    assert [became(app, pull, thread) for thread in threads] == [["committed", "fixed"]] * 2
    assert check_on(repo, pull.head).conclusion == "success"
    assert b'kind == "gift"\r\n' in (repo.git.read(pull.head, "shop.py") or b"")
