"""Pushes of every kind on one pull request: nothing is said twice, and what is no longer true is taken back."""

from __future__ import annotations

from tests.app import shop
from tests.app.running import Running
from tests.app.stories import Said, calls, check_on, quiet, said, thread_about, threads_about
from tests.world.app import PERMISSIONS
from tests.world.pull import Pull
from tests.world.world import World

THREE = shop.with_key(shop.with_literal(shop.with_undefined()))


def opened(
    world: World, app: Running, text: str = THREE, *, settings: str | None = None, may_resolve: bool = False
) -> Pull:
    """Return a pull request whose first review is over and read."""
    files = {"shop.py": shop.BEFORE, "tax.py": "RATE = 20\n"}
    rights = PERMISSIONS | ({"contents": "write"} if may_resolve else {})
    world.install(world.person("acme"), permissions=rights)
    repo = world.repository("acme/widgets", files | ({".github/prudent.toml": settings} if settings else {}))
    pull = repo.open_pull(world.person("alice"), {"shop.py": text})
    first = said(world, app, pull)
    assert first.kinds["review"] == 1
    return pull


def assert_unchanged(now: Said, count: int = 3) -> None:
    """Assert that a push changed nothing but the head: the summary is edited, the check is done."""
    assert now.kinds == {"edit": 1, "check": 1}
    assert f"Since the last review: {count} unchanged." in now.only("edit")


def test_nothing_is_said_again_however_the_branch_is_rewritten(world: World, app: Running) -> None:
    pull = opened(world, app)
    repo = pull.repo
    began = len(world.requests)
    pull.push({"README.md": "A shop.\n"})
    assert_unchanged(said(world, app, pull))
    asked = [f"{one.method} {one.path}" for one in calls(world, began)]
    assert len(asked) <= 5, asked
    pull.amend({"README.md": "A small shop.\n"})
    assert_unchanged(said(world, app, pull))
    repo.commit({"tax.py": "RATE = 21\n"})
    pull.rebase()
    assert_unchanged(said(world, app, pull))
    repo.commit({"tax.py": "RATE = 22\n"})
    pull.merge_base_in()
    assert_unchanged(said(world, app, pull))
    pull.push(renames={"shop.py": "store.py"})
    assert_unchanged(said(world, app, pull))
    pull.push({"store.py": THREE.replace("def rates", "def by_country")})
    assert_unchanged(said(world, app, pull))
    pull.push(
        {"store.py": '"""Moved down."""\n\nimport this  # noqa\n\n\n' + THREE.replace("def rates", "def by_country")}
    )
    now = said(world, app, pull)
    assert "note" not in now.kinds
    assert "3 unchanged" in now.only("edit")
    pull.squash()
    assert "3 unchanged" in said(world, app, pull).only("edit")
    assert len(pull.threads) == 3
    assert len([review for review in pull.reviews if review.author is world.app.bot]) == 1
    assert all(run.conclusion == "failure" for run in pull.repo.runs.values())


def test_what_is_fixed_is_resolved_and_what_is_new_is_posted(world: World, app: Running) -> None:
    pull = opened(world, app, may_resolve=True)
    pull.push({"shop.py": shop.with_raise(shop.with_key(shop.with_undefined()))})
    now = said(world, app, pull)
    assert now.kinds == {"resolve": 1, "note": 1, "review": 1, "edit": 1, "check": 1}
    assert "slug=is-with-literal" in now.only("resolve")
    assert "slug=raises-what-is-no-exception" in now.only("note")
    assert "Since the last review: 1 fixed, 1 new, 2 unchanged." in now.only("edit")
    assert thread_about(pull, "is-with-literal").resolved_by is world.app.bot
    pull.push({"shop.py": THREE}, 'Revert "More"')
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
    pull.push({"shop.py": THREE}, 'Revert "More"')
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
