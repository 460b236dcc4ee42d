"""Slash commands: what people ask for on a pull request, and the one answer that they get."""

from __future__ import annotations

from tests.app import shop
from tests.app.running import Running
from tests.app.stories import ask, became, check_on, dismissed_in, mark_of, quiet, said, thread_about, threads_about
from tests.world.pull import Pull
from tests.world.records import User
from tests.world.world import World


def answer(world: World, app: Running, pull: Pull, by: User, text: str) -> str:
    """Comment, and return the answer; the App did nothing else, and gave a thumb."""
    now = ask(world, app, pull, by, text)
    assert now.kinds == {"comment": 1, "reaction": 1}
    assert now.only("reaction") == "+1"
    return now.only("comment").partition("-->\n")[2]


def test_questions_are_answered_and_nothing_else_is_done(world: World, app: Running, pull: Pull, bob: User) -> None:
    mark = mark_of(thread_about(pull, "undefined-name"))
    assert "`/prudent undismiss FINDING`" in answer(world, app, pull, bob, "/prudent help")
    status = answer(world, app, pull, bob, "/prudent status")
    assert "this is the head" in status
    assert "2 open:" in status
    config = answer(world, app, pull, bob, "Well.\n\n/prudent config")
    assert "the defaults apply" in config
    explained = answer(world, app, pull, bob, f"/prudent explain {mark[:8]}")
    assert "undefined-name" in explained
    assert "now: **open**" in explained
    history = answer(world, app, pull, bob, "/prudent history shop.py")
    assert mark[:8] in history
    assert answer(world, app, pull, bob, "/prudent history #7")
    assert pull.head[:12] in answer(world, app, pull, bob, "/prudent history")


def test_the_author_may_ask_and_may_not_order(world: World, app: Running, pull: Pull) -> None:
    alice = world.person("alice")
    assert "2 open:" in answer(world, app, pull, alice, "/prudent status")
    refused = pull.comment(alice, "/prudent dismiss undefined-name I like it")
    now = said(world, app, pull)
    assert now.kinds == {"reaction": 1}
    assert [one.content for one in refused.reactions] == ["confused"]
    assert dismissed_in(app, pull.repo) == []


def test_a_word_that_is_no_command_gets_the_nearest_that_is(world: World, app: Running, pull: Pull, bob: User) -> None:
    now = ask(world, app, pull, bob, "/prudent dismis undefined-name because")
    assert now.kinds == {"comment": 1, "reaction": 1}
    assert now.only("reaction") == "confused"
    assert "`/prudent dismiss" in now.only("comment")
    assert dismissed_in(app, pull.repo) == []


def test_commands_in_a_thread_mean_its_finding(world: World, app: Running, pull: Pull, bob: User) -> None:
    thread = thread_about(pull, "undefined-name")
    pull.reply(thread, bob, "/prudent explain")
    now = said(world, app, pull)
    assert now.kinds == {"reply": 1, "reaction": 1}
    assert "undefined-name" in now.only("reply")
    assert [note.author.login for note in thread.notes] == ["prudent[bot]", "bob", "prudent[bot]"]
    pull.reply(thread, bob, "/prudent dismiss the plugin sets it")
    now = said(world, app, pull)
    assert (now.kinds["reply"], now.kinds["reaction"]) == (1, 1)
    assert "Reviewed" in thread.notes[-1].body
    assert check_on(pull.repo, pull.head).conclusion == "neutral"
    assert became(app, pull, thread)[0] == "dismissed"
    pull.reply(thread, bob, "/prudent undismiss")
    said(world, app, pull)
    assert dismissed_in(app, pull.repo) == []
    assert check_on(pull.repo, pull.head).conclusion == "failure"
    assert "undismissed" in became(app, pull, thread)


def test_dismiss_and_undismiss_in_the_conversation(world: World, app: Running, pull: Pull, bob: User) -> None:
    now = ask(world, app, pull, bob, "/prudent dismiss is-with-literal it is a small int")
    assert now.kinds["review"] == now.kinds["note"] == 0
    assert "Dismissed by `bob`" in now.texts("comment")[0]
    assert dismissed_in(app, pull.repo) == [("is-with-literal", "bob", "command")]
    pull.push({"README.md": "A shop.\n"})
    assert said(world, app, pull).kinds == {"edit": 1, "check": 1}
    ask(world, app, pull, bob, "/prudent undismiss is-with-literal")
    assert dismissed_in(app, pull.repo) == []
    assert "is-with-literal" in pull.reviews[0].body
    assert check_on(pull.repo, pull.head).title.startswith("Changes requested: 1 blocking finding, 1 warning")  # type: ignore[union-attr]


def test_review_reviews_the_head_again_and_says_how_it_ended(world: World, app: Running, pull: Pull, bob: User) -> None:
    before = len(pull.checks())
    now = ask(world, app, pull, bob, "/prudent review")
    assert now.kinds["review"] == now.kinds["note"] == 0
    assert len(pull.checks()) == before + 1
    (reply,) = [remark for remark in pull.remarks if remark.author is world.app.bot]
    assert "Reviewed" in reply.body
    assert len(pull.threads) == 2


def test_fix_posts_the_proven_suggestion_where_none_can_be_committed(
    world: World, app: Running, pull: Pull, bob: User
) -> None:
    assert "stands on its lines" in answer(world, app, pull, bob, "/prudent fix is-with-literal")
    assert "no proven suggestion" in ask(world, app, pull, bob, "/prudent fix undefined-name").only("comment")
    assert len(pull.threads) == 2
    old = thread_about(pull, "is-with-literal")
    pull.push({"shop.py": shop.TWO.replace('return kind is "gift"', 'return kind  is "gift"')})
    assert said(world, app, pull).kinds == {"edit": 1, "check": 1}
    assert old.is_outdated
    now = ask(world, app, pull, bob, "/prudent fix is-with-literal")
    assert now.kinds == {"comment": 1, "reaction": 1, "review": 1, "note": 1}
    assert '```suggestion\n    return kind  == "gift"\n```' in now.only("note")
    pull.commit_suggestion(threads_about(pull, "is-with-literal")[1].notes[0], bob)
    said(world, app, pull)
    assert ["**Fixed** as of" in one.notes[0].body for one in threads_about(pull, "is-with-literal")] == [True, True]
    assert became(app, pull, old) == ["committed", "fixed"]


def test_a_review_of_a_closed_pull_request_is_refused_in_words(
    world: World, app: Running, pull: Pull, bob: User
) -> None:
    pull.close(bob)
    said(world, app, pull)
    now = ask(world, app, pull, bob, "/prudent review")
    assert now.kinds == {"comment": 1, "reaction": 1, "edit": 1}
    assert "closed" in pull.remarks[-1].body
    assert not world.stuck_checks()


def test_everybody_who_asks_for_a_review_is_told_how_it_ended(
    world: World, app: Running, pull: Pull, bob: User
) -> None:
    pull.comment(bob, "/prudent review")
    pull.reply(thread_about(pull, "undefined-name"), bob, "/prudent review")
    quiet(world, app)
    pull.comment(bob, "/prudent review")
    world.faults.add("POST", "/graphql$", then=lambda: _pushed(pull))
    now = said(world, app, pull)
    assert (now.kinds["comment"], now.kinds["reply"], now.kinds["note"], now.kinds["review"]) == (2, 1, 0, 0)
    answers = [remark.body for remark in pull.remarks if remark.author is world.app.bot]
    answers.append(thread_about(pull, "undefined-name").notes[-1].body)
    assert ["eviewed" in answer for answer in answers] == [True, True, True]
    assert "another review" in answers[1]


def _pushed(pull: Pull) -> None:
    pull.push({"README.md": "A shop.\n"})


def test_a_command_in_a_thread_of_people_is_about_no_finding(world: World, app: Running, pull: Pull, bob: User) -> None:
    thread = pull.remark_on(bob, "shop.py", 6, "Hm.")
    pull.reply(thread, bob, "/prudent dismiss it is fine")
    now = said(world, app, pull)
    assert now.kinds == {"reply": 1, "reaction": 1}
    assert "Say which finding" in now.only("reply")
    assert now.only("reaction") == "confused"
    assert dismissed_in(app, pull.repo) == []
