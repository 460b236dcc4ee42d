"""Where threads are after a push, and what people do with them."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.world.diffs import carried
from tests.world.records import Thread
from tests.world.world import World
from tests.world_selftest.asking import LINES, changed, installed, opened

R = "/repos/acme/widgets"
THREADS = """query($owner: String!, $name: String!, $number: Int!) { repository(owner: $owner, name: $name) {
  pullRequest(number: $number) { headRefOid state isDraft
    reviews(last: 50) { nodes { databaseId fullDatabaseId state body viewerDidAuthor } }
    reviewThreads(first: 100) { totalCount pageInfo { hasNextPage endCursor } nodes {
      id isResolved isOutdated path line originalLine diffSide viewerCanResolve resolvedBy { login }
      comments(first: 10) { nodes { databaseId body state viewerDidAuthor author { __typename login }
        reactions(first: 10, content: THUMBS_DOWN) { totalCount nodes { user { login databaseId } } } } } } } } } }"""
RESOLVE = "mutation($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { isResolved } } }"
UNRESOLVE = "mutation($id: ID!) { unresolveReviewThread(input: {threadId: $id}) { thread { isResolved } } }"
HERE = {"owner": "acme", "name": "widgets", "number": 1}


def with_thread(world: World, line: int = 20, side: str = "RIGHT") -> Thread:
    _, pull = opened(world)
    return pull.remark_on(world.person("bob"), "a.py", line, "hm", side=side)


def only_pull(world: World):  # type: ignore[no-untyped-def]
    return next(world.every_pull())


def test_a_line_is_carried_along_and_keeps_where_it_was(world: World) -> None:
    thread = with_thread(world)
    only_pull(world).push({"a.py": "top\n" + changed(20)})
    assert (thread.line, thread.spot.line, thread.is_outdated) == (21, 20, False)


def test_a_changed_line_is_outdated_and_its_return_brings_the_thread_back(world: World) -> None:
    thread = with_thread(world)
    pull = only_pull(world)
    before = pull.head
    pull.push({"a.py": changed(20, 19).replace("new 20", "newer")})
    assert (thread.line, thread.is_outdated) == (None, True)
    pull.force(before)
    assert (thread.line, thread.is_outdated) == (20, False)


def test_a_line_that_leaves_the_diff_is_outdated(world: World) -> None:
    thread = with_thread(world, line=18)
    only_pull(world).push({"a.py": LINES, "b.py": "x\n"})  # line 18 is as ever, and no longer context
    assert thread.is_outdated


def test_a_renamed_file_leaves_its_threads_behind(world: World) -> None:
    thread = with_thread(world)
    only_pull(world).push(renames={"a.py": "c.py"})
    assert thread.is_outdated
    assert thread.spot.path == "a.py"


def test_rebase_and_merge_of_the_base_carry_lines(world: World) -> None:
    thread = with_thread(world)
    pull = only_pull(world)
    pull.repo.commit({"a.py": "top\n" + LINES})
    pull.rebase()
    assert thread.line == 21
    assert pull.commits() == [pull.head]
    pull.repo.commit({"a.py": "topmost\ntop\n" + LINES})
    pull.merge_base_in()
    assert thread.line == 22


def test_a_deleted_line_is_followed_on_the_left(world: World) -> None:
    thread = with_thread(world, side="LEFT")
    pull = only_pull(world)
    pull.repo.commit({"a.py": "top\n" + LINES})
    pull.rebase()
    assert (thread.line, thread.spot.side) == (21, "LEFT")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from("abcdef"), max_size=12), st.lists(st.sampled_from("abcdef"), max_size=12))
def test_a_line_that_is_carried_is_the_same_line_and_order_is_kept(
    world: World, old: list[str], new: list[str]
) -> None:
    repo = next(iter(world.repositories.values()), None) or world.repository("acme/widgets", {"a.py": ""})
    one = repo.commit({"a.py": "".join(f"{line}\n" for line in old)})
    two = repo.commit({"a.py": "".join(f"{line}\n" for line in new)})
    places = [carried(repo.git, one, two, "a.py", number) for number in range(1, len(old) + 1)]
    kept = [(number, place) for number, place in enumerate(places, 1) if place is not None]
    assert all(old[number - 1] == new[place - 1] for number, place in kept)
    assert [place for _, place in kept] == sorted({place for _, place in kept})
    if old == new:
        assert len(kept) == len(old)


def test_resolving_takes_contents_write(world: World) -> None:
    thread = with_thread(world)
    pull = only_pull(world)
    asker = installed(world, pull.repo)
    told = asker.graph(RESOLVE, id=thread.node)
    assert told["data"] == {"resolveReviewThread": None}
    assert told["errors"][0]["type"] == "FORBIDDEN"
    assert not asker.graph(THREADS, **HERE)["data"]["repository"]["pullRequest"]["reviewThreads"]["nodes"][0][
        "viewerCanResolve"
    ]
    of = world.installation_of(pull.repo)
    assert of
    of.permissions["contents"] = "write"
    asker = installed(world, pull.repo)
    assert asker.graph(RESOLVE, id=thread.node)["data"]["resolveReviewThread"]["thread"]["isResolved"]
    assert thread.resolved_by is world.app.bot
    assert not asker.graph(UNRESOLVE, id=thread.node)["data"]["unresolveReviewThread"]["thread"]["isResolved"]
    assert [post.kind for post in pull.unread()] == ["resolve", "unresolve"]
    assert asker.graph(RESOLVE, id="PRRT_nothing")["errors"][0]["type"] == "NOT_FOUND"


def test_graphql_tells_the_state_of_a_pull_request(world: World) -> None:
    repo, pull = opened(world)
    bob = world.person("bob")
    repo.give(bob, "write")
    asker = installed(world, repo)
    note = {"path": "a.py", "line": 20, "side": "RIGHT", "body": "mine"}
    asker.post(f"{R}/pulls/1/reviews", body="sum", commit_id=pull.head, comments=[note])
    draft = asker.graph(THREADS, **HERE)["data"]["repository"]["pullRequest"]["reviewThreads"]["nodes"][0]
    assert draft["comments"]["nodes"][0]["state"] == "PENDING"
    pull.submit(pull.reviews[0], "COMMENT")
    pull.react(pull.threads[0].notes[0], bob, "-1")
    pull.resolve(pull.threads[0], bob)
    pull.remark_on(bob, "a.py", 21, "theirs")
    told = asker.graph(THREADS, **HERE)["data"]["repository"]["pullRequest"]
    assert (told["headRefOid"], told["state"], told["isDraft"]) == (pull.head, "OPEN", False)
    assert [r["viewerDidAuthor"] for r in told["reviews"]["nodes"]] == [True, False]
    ids = [(r["databaseId"], r["fullDatabaseId"]) for r in told["reviews"]["nodes"]]
    assert ids == [(None, str(review.id)) for review in pull.reviews]  # they are past 2**31
    mine, theirs = told["reviewThreads"]["nodes"]
    assert (mine["isResolved"], mine["resolvedBy"]["login"], theirs["isResolved"]) == (True, "bob", False)
    first = mine["comments"]["nodes"][0]
    assert first["author"] == {"__typename": "Bot", "login": "prudent"}  # no "[bot]" here
    assert first["reactions"]["nodes"][0]["user"]["login"] == "bob"
    pull.unread()


def test_graphql_pages_and_asks_for_a_bound(world: World) -> None:
    repo, pull = opened(world)
    for line in (19, 20, 21):
        pull.remark_on(world.person("bob"), "a.py", line, f"at {line}")
    query = """query($after: String, $size: Int) { repository(owner: "acme", name: "widgets") { pullRequest(number: 1) {
      reviewThreads(first: $size, after: $after) { pageInfo { hasNextPage endCursor } nodes { line } } } } }"""
    asker, seen, after = installed(world, repo), [], None
    for _ in range(3):
        told = asker.graph(query, after=after, size=1)["data"]["repository"]["pullRequest"]["reviewThreads"]
        seen.append((told["nodes"][0]["line"], told["pageInfo"]["hasNextPage"]))
        after = told["pageInfo"]["endCursor"]
    assert seen == [(19, True), (20, True), (21, False)]
    assert asker.graph(query, size=None)["errors"][0]["type"] == "MISSING_PAGINATION_BOUNDARIES"
    assert asker.graph(query, size=101)["errors"][0]["type"] == "EXCESSIVE_PAGINATION"


def test_graphql_knows_no_repository_that_the_token_does_not_cover(world: World) -> None:
    repo, _ = opened(world)
    world.repository("other/widgets", {"a": "1"}, install=False)
    told = installed(world, repo).graph(THREADS, owner="other", name="widgets", number=1)
    assert told["errors"][0]["type"] == "NOT_FOUND"


@pytest.mark.parametrize(("person", "can"), [("bob", True), ("prudent[bot]", False)])
def test_a_thread_that_a_bot_resolved_names_nobody(world: World, person: str, can: bool) -> None:
    thread = with_thread(world)
    pull = only_pull(world)
    with pytest.raises(AssertionError, match="may write"):
        pull.resolve(thread, world.person("stranger"))
    pull.repo.give(world.person("bob"), "write")
    pull.resolve(thread, world.users[person])
    told = installed(world, pull.repo).graph(THREADS, **HERE)["data"]["repository"]["pullRequest"]
    assert (told["reviewThreads"]["nodes"][0]["resolvedBy"] is not None) == can
    pull.unread()


def test_minimizing_folds_a_comment(world: World) -> None:
    repo, pull = opened(world)
    remark = pull.comment(world.app.bot, "old")
    query = """mutation($id: ID!) { minimizeComment(input: {subjectId: $id, classifier: OUTDATED}) {
      minimizedComment { isMinimized minimizedReason } } }"""
    told = installed(world, repo).graph(query, id=remark.node)
    assert told["data"]["minimizeComment"]["minimizedComment"] == {"isMinimized": True, "minimizedReason": "outdated"}
    assert [post.kind for post in pull.unread()] == ["comment", "hide"]
