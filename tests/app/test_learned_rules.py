"""What people keep remarking becomes a rule: proposed in silence, enabled by a maintainer, told, and taken back."""

from __future__ import annotations

from tests.app.running import Running
from tests.app.stories import ask, check_on, identity_of, quiet, said, threads_about
from tests.world.pull import Pull
from tests.world.records import User
from tests.world.repository import Repository
from tests.world.world import World

REMARKS = ("Please use the logger here, not print.", "use the logger, not print", "print should go through the logger")
LINES = ('    print("total", total)\n', "    print(total)\n", "    print(f'{total} in all')\n")


def told_by(line: str) -> str:
    """Return a file in which a line stands."""
    return f"def told(total):\n{line}    return total\n"


def remarked_on(world: World, app: Running, repo: Repository, people: tuple[User, ...]) -> list[Pull]:
    """Return three pull requests, on each of which somebody remarked on a print."""
    made = []
    for number, (text, by) in enumerate(zip(REMARKS, people, strict=True)):
        pull = repo.open_pull(world.person("alice"), {f"lib/part{number}.py": told_by(LINES[number])})
        said(world, app, pull)
        pull.remark_on(by, f"lib/part{number}.py", 2, text)
        assert not said(world, app, pull).posts, "nobody spoke to us"
        made.append(pull)
    return made


def rules_in(app: Running, repo: Repository) -> list[tuple[str, str, int]]:
    """Return (slug, state, hits) of every learned rule."""
    with app.store() as store:
        return [(rule.slug, str(rule.state), rule.hits) for rule in store.rules(identity_of(repo))]


def test_three_like_remarks_propose_a_rule_that_speaks_once_it_is_enabled(
    world: World, app: Running, repo: Repository, bob: User
) -> None:
    carol = world.person("carol")
    repo.give(carol, "maintain")
    *_, last = remarked_on(world, app, repo, (bob, carol, bob))
    (slug, state, hits), *others = rules_in(app, repo)
    assert (state, hits, others) == ("proposed", 0, [])

    silent = repo.open_pull(world.person("alice"), {"lib/more.py": told_by(LINES[0])})
    said(world, app, silent)
    assert not threads_about(silent, f"learned-{slug}")
    assert rules_in(app, repo) == [(slug, "proposed", 1)]

    told = ask(world, app, last, bob, "/prudent rules").only("comment")
    assert "`print($$$Z)` below `lib`" in told
    assert "matched 1 time in new code" in told
    assert all(text in told for text in REMARKS)
    answered = ask(world, app, last, carol, f"/prudent rules enable {slug}")
    assert "is enabled" in answered.only("comment")

    fourth = repo.open_pull(world.person("alice"), {"lib/last.py": told_by(LINES[0])})
    said(world, app, fourth)
    (thread,) = threads_about(fourth, f"learned-{slug}")
    assert (thread.spot.path, thread.spot.line) == ("lib/last.py", 2)
    body = thread.notes[0].body
    assert all(text.rstrip(".") in body for text in REMARKS), "each of them is evidence"

    assert "is disabled" in ask(world, app, fourth, bob, f"/prudent rules disable learned-{slug}").only("comment")
    fifth = repo.open_pull(world.person("alice"), {"lib/other.py": told_by(LINES[0])})
    said(world, app, fifth)
    assert not threads_about(fifth, f"learned-{slug}")
    assert check_on(repo, fifth.head).conclusion == "neutral" or check_on(repo, fifth.head).conclusion == "success"


def test_remarks_of_people_who_may_not_write_teach_nothing(
    world: World, app: Running, repo: Repository, bob: User
) -> None:
    stranger = world.person("mallory")
    remarked_on(world, app, repo, (stranger, stranger, bob))
    assert rules_in(app, repo) == []
    with app.store() as store:
        assert [remark.by for remark in store.remarks(identity_of(repo))] == ["bob"]


def test_only_who_may_write_says_anything_about_rules(world: World, app: Running, pull: Pull) -> None:
    refused = pull.comment(world.person("alice"), "/prudent rules")
    quiet(world, app)
    assert said(world, app, pull).kinds == {"reaction": 1}
    assert [one.content for one in refused.reactions] == ["confused"]


def test_a_rule_that_is_not_there_and_a_slug_that_speaks_again(
    world: World, app: Running, pull: Pull, bob: User
) -> None:
    now = ask(world, app, pull, bob, "/prudent rules enable no-such-rule")
    assert now.only("reaction") == "confused"
    assert "There is no learned rule `no-such-rule`" in now.only("comment")
    assert "speaks again by the word of `bob`" in ask(
        world, app, pull, bob, "/prudent rules voice undefined-name"
    ).only("comment")
    with app.store() as store:
        assert list(store.voiced(identity_of(pull.repo))) == ["undefined-name"]
