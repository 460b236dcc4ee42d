"""Reviews: where comments may stand, all or nothing, drafts, limits."""

from __future__ import annotations

import re
import subprocess
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.world.errors import Denied
from tests.world.placing import spot_of
from tests.world.world import World
from tests.world_selftest.asking import LINES, Asker, changed, installed, opened, pardon, refusals

R = "/repos/acme/widgets"
REVIEWS = f"{R}/pulls/1/reviews"
OUTSIDE = "line must be part of the diff"


def comment(line: int = 20, **more: Any) -> dict[str, Any]:
    return {"path": "a.py", "line": line, "side": "RIGHT", "body": "hm", **more}


def drafted(asker: Asker, pull: Any, *comments: dict[str, Any], body: str = "all of it") -> int:
    answer = asker.post(REVIEWS, body=body, commit_id=pull.head, comments=list(comments))
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "PENDING"
    assert "submitted_at" not in answer.json()
    number: int = answer.json()["id"]
    return number


def test_a_draft_is_seen_by_its_author_alone(world: World) -> None:
    repo, pull = opened(world)
    asker, other = installed(world, repo), Asker(world, world.person_token(world.person("bob")))
    number = drafted(asker, pull, comment())
    assert [r["id"] for r in asker.get(REVIEWS).json()] == [number]
    assert other.get(REVIEWS).json() == []
    assert other.get(f"{REVIEWS}/{number}").status_code == 404
    assert asker.get(f"{R}/pulls/1/comments").json() == []  # for nobody: only its own list has them
    assert len(asker.get(f"{REVIEWS}/{number}/comments").json()) == 1
    assert pull.unread() == []
    assert asker.post(f"{REVIEWS}/{number}/events", event="COMMENT", body="b").json()["state"] == "COMMENTED"
    assert len(other.get(f"{R}/pulls/1/comments").json()) == 1
    assert [post.kind for post in pull.unread()] == ["review", "note"]


def test_what_is_posted_and_not_read_fails_a_story(world: World) -> None:
    _, pull = opened(world)
    pull.comment(world.app.bot, "hello")
    with pytest.raises(AssertionError, match="hello"):
        world.assert_all_read()
    assert [post.text for post in pull.unread()] == ["hello"]
    pull.comment(world.person("bob"), "what people say is no post")
    world.assert_all_read()


def test_one_draft_a_person_and_pull_request(world: World) -> None:
    repo, pull = opened(world)
    asker = installed(world, repo)
    number = drafted(asker, pull)
    text = "User can only have one pending review per pull request"
    assert text in refusals(asker.post(REVIEWS, body="b", event="COMMENT"))
    assert text in refusals(asker.post(REVIEWS, body="b"))
    assert asker.ask("DELETE", f"{REVIEWS}/{number}").status_code == 200
    assert asker.get(f"{REVIEWS}/{number}").status_code == 404
    number = drafted(asker, pull)
    asker.post(f"{REVIEWS}/{number}/events", event="COMMENT", body="b")
    assert "non-pending" in refusals(asker.ask("DELETE", f"{REVIEWS}/{number}"))
    assert "not pending" in refusals(asker.post(f"{REVIEWS}/{number}/events", event="COMMENT", body="b"))
    pull.unread()


def test_one_bad_comment_fails_the_whole_review(world: World) -> None:
    repo, pull = opened(world)
    asker = installed(world, repo)
    answer = asker.post(REVIEWS, body="b", event="COMMENT", comments=[comment(), comment(39)])
    assert OUTSIDE in refusals(answer)
    assert (pull.reviews, pull.threads, pull.unread()) == ([], [], [])


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (comment(16), OUTSIDE),  # one above the three lines of context
        (comment(24), OUTSIDE),
        (comment(20, start_line=20), "must precede"),
        (comment(20, start_line=21), "must precede"),
        (comment(20, start_line=10), OUTSIDE),
        (comment(32, start_line=20), "same hunk"),
        (comment(20, path="b.py"), "Path could not be resolved"),
    ],
)
def test_what_is_not_in_the_diff_is_refused_in_githubs_words(world: World, bad: dict[str, Any], said: str) -> None:
    repo, _ = opened(world, {"a.py": changed(20, 32)})
    assert said in refusals(installed(world, repo).post(REVIEWS, body="b", event="COMMENT", comments=[bad]))
    if said == "must precede":
        pardon(world, "start_line")


@pytest.mark.parametrize(
    "good",
    [
        comment(17),
        comment(23),
        comment(20, side="LEFT"),
        comment(23, start_line=17),
        comment(20, start_line=20, start_side="LEFT"),
    ],
)
def test_added_deleted_and_context_lines_take_comments(world: World, good: dict[str, Any]) -> None:
    repo, pull = opened(world)
    assert installed(world, repo).post(REVIEWS, body="b", event="COMMENT", comments=[good]).status_code == 200
    thread = pull.threads[0]
    assert (thread.line, thread.spot.side, thread.is_outdated) == (good["line"], good["side"], False)
    assert thread.spot.hunk.startswith("@@ -17,7 +17,7 @@")
    if good.get("start_line") == 20:
        pardon(world, "start_line")
    pull.unread()


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sets(st.integers(1, 40), min_size=1, max_size=6), st.sets(st.integers(1, 40), max_size=4))
def test_a_line_takes_a_comment_just_where_git_shows_it(world: World, new: set[int], gone: set[int]) -> None:
    """The law of C5, against git's own output read another way."""
    repo = next(iter(world.repositories.values()), None) or world.repository("acme/widgets", {"a.py": LINES})
    text = "".join(f"new {n}\n" if n in new else f"line {n}\n" for n in range(1, 41) if n not in gone - new)
    pull = repo.open_pull(world.person("ada"), {"a.py": text})
    shown = shown_by_git(repo.git.path.as_posix(), pull.base, pull.head)
    for side in ("LEFT", "RIGHT"):
        for line in range(1, 44):
            try:
                spot_of(pull, "a.py", line, side)
                taken = True
            except Denied:
                taken = False
            assert taken == ((side, line) in shown)


def shown_by_git(folder: str, base: str, head: str) -> set[tuple[str, int]]:
    ranges = ["git", "diff", "-U3", f"{base}...{head}"]
    found: set[tuple[str, int]] = set()
    for line in subprocess.run(ranges, cwd=folder, capture_output=True, text=True, check=True).stdout.splitlines():
        if head_ := re.match(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", line):
            old, olds, new, news = (int(part) if part else 1 for part in head_.groups())
            found |= {("LEFT", n) for n in range(old, old + olds)} | {("RIGHT", n) for n in range(new, new + news)}
    return found


def test_a_comment_on_an_older_commit_is_carried_or_outdated_at_once(world: World) -> None:
    repo, pull = opened(world)
    first = pull.head
    pull.push({"a.py": changed(20, 22)})
    asker = installed(world, repo)
    notes = [comment(20), comment(22)]
    assert asker.post(REVIEWS, body="b", event="COMMENT", commit_id=first, comments=notes).status_code == 200
    told = asker.get(f"{R}/pulls/1/comments").json()
    assert [(n["line"], n["original_line"]) for n in told] == [(20, 20), (None, 22)]
    assert "not part of the pull request" in refusals(
        asker.post(REVIEWS, body="b", event="COMMENT", commit_id="0" * 40)
    )
    pull.unread()


@pytest.mark.parametrize("event", ["APPROVE", "REQUEST_CHANGES"])
def test_nobody_judges_their_own(world: World, event: str) -> None:
    repo, _ = opened(world)
    repo.open_pull(world.app.bot, {"b.py": "x\n"})
    answer = installed(world, repo).post(f"{R}/pulls/2/reviews", body="b", event=event)
    assert "your own pull request" in refusals(answer)


def test_bodies_are_needed_and_bounded(world: World) -> None:
    repo, pull = opened(world)
    asker = installed(world, repo)
    assert "blank" in refusals(asker.post(REVIEWS, event="REQUEST_CHANGES"))
    assert "too long" in refusals(asker.post(REVIEWS, event="COMMENT", body="x" * 65_537))
    assert "too long" in refusals(asker.post(REVIEWS, body="b", comments=[comment(body="x" * 65_537)]))
    assert "too long" in refusals(asker.post(f"{R}/issues/1/comments", body="x" * 65_537))
    assert asker.post(f"{R}/issues/1/comments", body="x" * 65_536).status_code == 201
    pardon(world, "needs a body", "65537 characters")
    pull.unread()


def test_a_summary_is_edited_and_a_stance_dismissed(world: World) -> None:
    repo, pull = opened(world)
    asker = installed(world, repo)
    number = asker.post(REVIEWS, body="no", event="REQUEST_CHANGES").json()["id"]
    assert asker.put(f"{REVIEWS}/{number}", body="no!").json()["body"] == "no!"
    assert asker.put(f"{REVIEWS}/{number}/dismissals", message="fixed").json()["state"] == "DISMISSED"
    assert "dismissed" in refusals(asker.put(f"{REVIEWS}/{number}/dismissals", message="fixed"))
    said = asker.post(REVIEWS, body="hm", event="COMMENT").json()["id"]
    assert "commented" in refusals(asker.put(f"{REVIEWS}/{said}/dismissals", message="fixed"))
    assert [post.kind for post in pull.unread()] == ["review", "edit", "dismiss", "review"]


def test_what_others_wrote_is_not_the_apps_to_edit(world: World) -> None:
    repo, pull = opened(world)
    bob = world.person("bob")
    thread, remark = pull.remark_on(bob, "a.py", 20, "hm"), pull.comment(bob, "hm")
    asker = installed(world, repo)
    assert asker.patch(f"{R}/pulls/comments/{thread.notes[0].id}", body="x").status_code == 403
    assert asker.patch(f"{R}/issues/comments/{remark.id}", body="x").status_code == 403
    assert asker.put(f"{REVIEWS}/{pull.reviews[0].id}", body="x").status_code == 403


def test_a_closed_pull_request_takes_reviews(world: World) -> None:
    repo, pull = opened(world)
    pull.close(pull.author)
    asker = installed(world, repo)
    assert asker.post(REVIEWS, body="b", event="COMMENT", comments=[comment()]).status_code == 200
    pull.unread()


def test_replies_go_to_the_first_of_a_thread(world: World) -> None:
    repo, pull = opened(world)
    asker = installed(world, repo)
    thread = pull.remark_on(world.person("bob"), "a.py", 20, "why?")
    first = thread.notes[0].id
    made = asker.post(f"{R}/pulls/1/comments", body="so", in_reply_to=first)
    assert made.status_code == 201
    assert made.json()["in_reply_to_id"] == first
    assert "first comment" in refusals(asker.post(f"{R}/pulls/1/comments", body="so", in_reply_to=made.json()["id"]))
    assert [post.kind for post in pull.unread()] == ["reply"]


def test_a_reaction_is_given_once(world: World) -> None:
    repo, pull = opened(world)
    remark = pull.comment(world.person("bob"), "/prudent help")
    asker = installed(world, repo)
    reactions = f"{R}/issues/comments/{remark.id}/reactions"
    assert [asker.post(reactions, content="eyes").status_code for _ in range(2)] == [201, 200]
    assert [r["content"] for r in asker.get(reactions).json()] == ["eyes"]
    assert len(pull.unread("reaction")) == 1


def test_a_misspelt_field_is_a_violation_that_fails_the_story(world: World) -> None:
    repo, pull = opened(world)
    answer = installed(world, repo).post(REVIEWS, body="b", comments=[{**comment(), "lin": 3}])
    assert answer.status_code == 200  # GitHub drops it silently
    assert "lin" in world.violations.pop()
    assert pull.drafts()
