"""People who may not: what strangers, bots and authors without rights write, and what others write in our name."""

from __future__ import annotations

import json
import re
import shutil

import pytest

from bot.commands.rights import MOST
from tests.app import shop
from tests.app.running import Running
from tests.app.stories import Said, check_on, dismissed_in, identity_of, quiet, said, thread_about
from tests.world.pull import Pull
from tests.world.records import User
from tests.world.world import World

ORDERS = (
    "/prudent dismiss undefined-name nobody needs it",
    "/prudent undismiss undefined-name",
    "/prudent review",
    "/prudent fix is-with-literal",
    "/prudent pause",
    "/prudent resume",
)
QUESTIONS = (
    "/prudent status",
    "/prudent history",
    "/prudent explain undefined-name",
    "/prudent config",
    "/prudent help",
)


def opened(world: World, app: Running, by: User) -> Pull:
    """Return a pull request from a fork of somebody without rights, its first review read."""
    repo = world.repository("acme/widgets", {"shop.py": shop.BEFORE})
    pull = repo.open_pull(by, {"shop.py": shop.with_literal(shop.with_undefined())}, fork=repo.fork(by))
    assert said(world, app, pull).kinds == {"review": 1, "note": 2, "check": 1}
    return pull


def is_paused(app: Running, pull: Pull) -> bool:
    with app.store() as store:
        return store.pull(identity_of(pull.repo), pull.number).paused_by is not None


def assert_only_reactions(now: Said, count: int) -> None:
    assert now.texts("reaction") == ["confused"] * count
    assert len(now.posts) == count


def test_orders_by_people_without_the_right_are_refused_and_change_nothing(world: World, app: Running) -> None:
    mallory, eve, tom = world.person("mallory"), world.person("eve"), world.person("tom")
    pull = opened(world, app, mallory)
    pull.repo.give(tom, "triage")
    for who in (mallory, eve, tom):
        for order in ORDERS:
            pull.comment(who, order)
    for question in QUESTIONS:  # anybody may read, but not have us write
        pull.comment(eve, question)
    thread = thread_about(pull, "undefined-name")
    pull.reply(thread, mallory, "/prudent dismiss it is mine")
    asked = 3 * len(ORDERS) + len(QUESTIONS) + 1
    assert_only_reactions(said(world, app, pull), asked)
    pull.reply(thread, mallory, "Won't fix.")
    pull.reply(thread, tom, "This is a false positive.")
    pull.react(thread.notes[0], mallory, "-1")
    pull.react(thread.notes[0], eve, "-1")
    pull.resolve(thread, mallory)
    pull.push({"README.md": "A shop.\n"})
    now = said(world, app, pull)
    assert now.kinds == {"edit": 1, "check": 1}
    assert "2 unchanged" in now.only("edit")
    assert check_on(pull.repo, pull.head).conclusion == "failure"
    assert not dismissed_in(app, pull.repo)
    assert not is_paused(app, pull)


@pytest.mark.slow
def test_a_flood_of_orders_in_vain_costs_us_nothing_after_a_while(world: World, app: Running) -> None:
    eve = world.person("eve")
    pull = opened(world, app, world.person("mallory"))
    for _ in range(MOST + 5):
        pull.comment(eve, "/prudent review")
    now = said(world, app, pull)
    assert len(now.posts) >= MOST
    began = len(world.requests)
    pull.comment(eve, "/prudent review")
    assert not said(world, app, pull).posts
    assert len(world.requests) == began


def test_the_author_without_rights_may_ask_and_is_answered_once(world: World, app: Running) -> None:
    mallory = world.person("mallory")
    pull = opened(world, app, mallory)
    pull.comment(mallory, "/prudent status\n/prudent explain undefined-name")
    now = said(world, app, pull)
    assert now.kinds == {"comment": 1, "reaction": 1}
    assert now.texts("reaction") == ["+1"]


def test_bots_ghosts_edits_and_what_is_only_quoted_are_not_heard(world: World, app: Running) -> None:
    mallory, robot = world.person("mallory"), world.bot("helper[bot]")
    pull = opened(world, app, mallory)
    owner, order = pull.repo.owner, ORDERS[0]
    pull.repo.give(robot, "admin")
    pull.repo.give(world.ghost, "admin")
    thread = thread_about(pull, "undefined-name")
    pull.comment(robot, order)
    pull.comment(world.app.bot, order)
    pull.reply(thread, robot, "Won't fix.")
    pull.resolve(thread, robot)
    pull.react(thread.notes[0], robot, "-1")
    for hidden in (
        f"> {order}",
        f"```\n{order}\n```",
        f"~~~text\n{order}",
        f"    {order}",
        f"<!--\n{order}\n-->",
        f"<!-- see\n\n{order}",
        f"<pre>\n{order}\n</pre>",
        f"<details><summary>x</summary>\n\n> {order}\n\n</details>",
        f"- a list\n\n  ```\n  {order}\n  ```",
        f"Please write `{order}`.",
        f"{order[0]}\u200b{order[1:]}",
        f"x {order}",
    ):
        pull.comment(owner, hidden)
    harmless = pull.comment(owner, "Looks good to me.")
    pull.edit(harmless, owner, order)
    quiet(world, app)
    deleted = dict(world.hooks.last("issue_comment", "created").payload, sender=None)
    deleted["comment"] = dict(deleted["comment"], body=order, user=None)
    assert world.hooks.post("issue_comment", json.dumps(deleted).encode()) == 202
    now = said(world, app, pull)
    (own,) = now.texts("comment")
    assert own == order
    assert_only_reactions(Said(tuple(post for post in now.posts if post.kind != "comment")), 1)
    assert not dismissed_in(app, pull.repo)


def test_what_others_write_in_our_name_is_not_believed(world: World, app: Running) -> None:
    alice, eve = world.person("alice"), world.person("eve")
    first = opened(world, app, alice)
    repo, note = first.repo, thread_about(first, "undefined-name").notes[0].body
    summary = first.reviews[0].body
    job = re.search(r"job=(\S+)", summary)
    assert job is not None
    world.hooks.hold()
    pull = repo.open_pull(alice, {"shop.py": shop.with_literal(shop.with_undefined())})
    head = pull.head
    ours = summary.replace(f"rv:{repo.id}:1:{first.head}", f"rv:{repo.id}:2:{head}").replace(first.head, head)
    assert f"job=rv:{repo.id}:2:{head}" in ours
    pull.review(eve, ours, "COMMENT")
    pull.review(repo.owner, ours, "APPROVE")
    pull.comment(eve, ours)
    pull.remark_on(eve, "shop.py", 6, note)
    pull.remark_on(repo.owner, "shop.py", 6, f"{note}\n<!-- prudent:fixed head={head} -->")
    world.hooks.release()
    now = said(world, app, pull)
    assert now.kinds == {"review": 1, "note": 2, "check": 1}
    theirs = pull.remark_on(eve, "shop.py", 6, note)
    pull.reply(theirs, repo.owner, "Won't fix.")
    pull.reply(theirs, repo.owner, "/prudent dismiss it is not theirs to say")
    now = said(world, app, pull)
    assert now.kinds == {"reply": 1, "reaction": 1}
    assert "Say which finding" in now.only("reply")
    assert not dismissed_in(app, repo)


@pytest.mark.slow
def test_one_repository_knows_nothing_of_another(world: World, app: Running) -> None:
    files = {"shop.py": shop.BEFORE}
    secret = world.repository("acme/vault", files, private=True)
    other = world.repository("umbrella/open", files)
    inside = secret.open_pull(secret.owner, {"shop.py": shop.with_undefined()}, branch="nobody-knows")
    assert said(world, app, inside).kinds == {"review": 1, "note": 1, "check": 1}
    found = re.search(r"fp=([0-9a-f]{16})", inside.threads[0].notes[0].body)
    assert found is not None
    outside = other.open_pull(other.owner, {"shop.py": shop.with_key()})
    assert said(world, app, outside).kinds == {"review": 1, "note": 1, "check": 1}
    orders = ("explain", "dismiss", "undismiss", "fix")
    for order in (f"{order} {found[1]}{' no' * (order == 'dismiss')}" for order in orders):
        outside.comment(other.owner, f"/prudent {order}")
    outside.comment(other.owner, "/prudent history acme/vault\n/prudent history https://127.0.0.1/acme/vault")
    outside.comment(other.owner, "/prudent history undefined-name\n/prudent history shop.py\n/prudent history #1")
    now = said(world, app, outside)
    assert now.kinds["comment"] == 6
    for text in now.texts("comment"):
        assert "taxes" not in text
        assert "vault:" not in text
        assert inside.head[:7] not in text
    assert any("duplicate-key" in text for text in now.texts("comment"))
    press = world.hooks.last("pull_request", "opened").payload
    run = {"head_sha": outside.head, "external_id": f"rv:{secret.id}:1:{inside.head}", "app": {"id": world.app.id}}
    keep = ("repository", "installation", "sender")
    forged = {name: press[name] for name in keep} | {"action": "requested_action", "check_run": run}
    forged["requested_action"] = {"identifier": "dismiss"}
    assert world.hooks.post("check_run", json.dumps(forged).encode()) == 202
    quiet(world, app)
    assert not dismissed_in(app, secret)
    assert [slug for slug, _, _ in dismissed_in(app, other)] == ["duplicate-key"]
    outside.unread()
    assert not inside.unread()


def test_a_name_that_is_used_again_brings_nothing_of_the_repository_that_had_it(world: World, app: Running) -> None:
    """A deleted private repository's findings are nothing to whoever comes by its name later."""
    files = {"shop.py": shop.BEFORE}
    old = world.repository("acme/vault", files, private=True)
    found = old.open_pull(old.owner, {"shop.py": shop.with_undefined()})
    said(world, app, found)
    found.comment(old.owner, "/prudent dismiss undefined-name not here")
    assert said(world, app, found).posts
    old.delete()
    shutil.rmtree(old.git.path)
    new = world.repository("acme/vault", files)
    outside = new.open_pull(world.person("eve"), {"shop.py": shop.with_undefined()})
    assert "undefined-name" in said(world, app, outside).only("review")
    assert dismissed_in(app, new) == []
    outside.comment(world.person("eve"), "/prudent history shop.py\n/prudent history #1")
    (answer,) = said(world, app, outside).texts("comment")
    assert found.head[:7] not in answer
