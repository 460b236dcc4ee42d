"""What stands on a pull request: our reviews and threads, in one question where that is enough."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from bot.events import Actor
from bot.github.errors import Forbidden, GitHubError, Gone, Refused, Unexpected, Unreachable
from bot.github.model import Reply, ReviewState
from tests.github.scripted import HEAD, REPO, Clock, Says, Script, client

BIG = 2**31 + 5  # ids have grown past what databaseId can hold
ADA = {"__typename": "User", "login": "ada", "databaseId": 1}
US = {"__typename": "Bot", "login": "prudent", "databaseId": 99}


def connection(nodes: list[Any], *, following: str | None = None, preceding: str | None = None) -> dict[str, Any]:
    page = {"hasNextPage": following is not None, "endCursor": following}
    page |= {"hasPreviousPage": preceding is not None, "startCursor": preceding}
    return {"pageInfo": page, "nodes": nodes}


def review(number: int, *, ours: bool = True, state: str = "COMMENTED") -> dict[str, Any]:
    return {
        "id": f"PRR_{number}",
        "fullDatabaseId": str(number),
        "state": state,
        "body": f"review {number}",
        "viewerDidAuthor": ours,
        "url": f"https://github.com/r/{number}",
        "commit": {"oid": HEAD},
    }


def comment(number: int, *, ours: bool = False, author: dict[str, Any] | None = ADA) -> dict[str, Any]:
    return {"fullDatabaseId": str(number), "body": f"comment {number}", "viewerDidAuthor": ours, "author": author}


def thread(
    number: int, replies: list[Any], *, ours: bool = True, following: str | None = None, **more: Any
) -> dict[str, Any]:
    first = comment(number, ours=ours, author=US if ours else ADA)
    opening = {**first, "id": f"PRRC_{number}", "url": f"https://github.com/c/{number}", "state": "SUBMITTED"}
    opening |= {"down": {"nodes": [{"user": ADA}, {"user": None}]}, "up": {"nodes": []}}
    made: dict[str, Any] = {
        "id": f"PRRT_{number}",
        "isResolved": False,
        "isOutdated": False,
        "path": "a.py",
        "line": 3,
        "originalLine": 2,
        "diffSide": "RIGHT",
        "viewerCanResolve": True,
        "resolvedBy": None,
        "first": {"nodes": [opening]},
        "comments": connection([first, *replies], following=following),
    }
    return made | more


def pull(reviews: dict[str, Any], threads: dict[str, Any], **more: Any) -> Says:
    said = {"number": 5, "headRefOid": HEAD, "state": "OPEN", "isDraft": False}
    said |= {"reviews": reviews, "reviewThreads": threads, **more}
    return Says(200, {"data": {"repository": {"pullRequest": said}}})


@pytest.mark.asyncio
async def test_one_question_is_enough(script: Script, clock: Clock) -> None:
    reviews = [review(1, ours=False), review(BIG, state="PENDING"), None]
    replies = [comment(12), comment(13, ours=True, author=US), comment(14, author=None)]
    threads = [thread(11, replies), thread(20, [], ours=False), None]
    script.on("POST", "/graphql", pull(connection(reviews), connection(threads)))
    async with client(script, clock) as github:
        state = await github.state(REPO, 5)
    assert script.lines() == ["POST /graphql"]
    assert (state.number, state.head, state.is_open, state.is_draft) == (5, HEAD, True, False)
    (ours,) = state.reviews
    assert (ours.id, ours.node, ours.state, ours.commit) == (BIG, f"PRR_{BIG}", ReviewState.PENDING, HEAD)
    (found,) = state.threads
    assert (found.node, found.comment, found.comment_node, found.body) == ("PRRT_11", 11, "PRRC_11", "comment 11")
    assert (found.path, found.line, found.original_line, found.side) == ("a.py", 3, 2, "RIGHT")
    assert (found.is_resolved, found.is_outdated, found.is_pending, found.can_resolve) == (False, False, False, True)
    assert (found.thumbs_down, found.thumbs_up) == ((Actor(1, "ada"),), ())
    assert found.replies == (
        Reply(12, Actor(1, "ada"), "comment 12"),
        Reply(13, Actor(99, "prudent[bot]", is_bot=True), "comment 13", is_ours=True),
        Reply(14, None, "comment 14"),
    )


@pytest.mark.asyncio
async def test_an_outdated_pending_resolved_thread(script: Script, clock: Clock) -> None:
    made = thread(11, [], line=None, isOutdated=True, isResolved=True, resolvedBy=ADA, viewerCanResolve=False)
    made["first"]["nodes"][0]["state"] = "PENDING"
    script.on("POST", "/graphql", pull(connection([]), connection([made]), state="MERGED", isDraft=True))
    async with client(script, clock) as github:
        state = await github.state(REPO, 5)
    (found,) = state.threads
    assert (state.is_open, state.is_draft) == (False, True)
    assert (found.line, found.original_line, found.is_outdated, found.is_pending) == (None, 2, True, True)
    assert (found.is_resolved, found.resolved_by, found.can_resolve) == (True, Actor(1, "ada"), False)


@pytest.mark.asyncio
async def test_every_page_of_reviews_threads_and_replies_is_read(script: Script, clock: Clock) -> None:
    """Reviews are paged backwards, the rest forwards; the second page of replies is asked for by thread."""

    def answer(request: httpx.Request) -> Says:
        said = json.loads(request.content)["variables"]
        if "thread" in said:
            assert said == {"thread": "PRRT_11", "comments": "c1"}
            return Says(200, {"data": {"node": {"comments": connection([comment(13)])}}})
        assert (said["owner"], said["name"], said["number"]) == ("acme", "widgets", 5)
        if said.get("reviews"):
            return pull(connection([review(1)]), connection([]))
        if said.get("threads"):
            return pull(connection([]), connection([thread(30, [])]))
        first = connection([thread(11, [comment(12)], following="c1")], following="t1")
        return pull(connection([review(2)], preceding="r1"), first)

    script.on("POST", "/graphql", answer)
    async with client(script, clock) as github:
        state = await github.state(REPO, 5)
    assert [each.id for each in state.reviews] == [1, 2]
    assert [each.comment for each in state.threads] == [11, 30]
    assert [reply.id for reply in state.threads[0].replies] == [12, 13]
    assert len(script.lines()) == 4


@pytest.mark.asyncio
async def test_the_replies_of_others_threads_are_not_fetched(script: Script, clock: Clock) -> None:
    others = thread(11, [comment(12)], ours=False, following="c1")
    script.on("POST", "/graphql", pull(connection([]), connection([others])))
    async with client(script, clock) as github:
        assert (await github.state(REPO, 5)).threads == ()
    assert script.lines() == ["POST /graphql"]


@pytest.mark.parametrize("field", ["reviews", "threads", "comments"])
@pytest.mark.asyncio
async def test_pages_without_end_are_an_error(field: str, script: Script, clock: Clock) -> None:
    def answer(request: httpx.Request) -> Says:
        said = json.loads(request.content)["variables"]
        if "thread" in said:
            return Says(200, {"data": {"node": {"comments": connection([], following="c")}}})
        threads = [thread(11, [], following="c" if field == "comments" else None)]
        return pull(
            connection([], preceding="r" if field == "reviews" else None),
            connection(threads, following="t" if field == "threads" else None),
        )

    script.on("POST", "/graphql", answer)
    async with client(script, clock) as github:
        with pytest.raises(Unexpected, match="more than 50 pages"):
            await github.state(REPO, 5)


def error(kind: str | None, message: str = "no") -> Says:
    made = {"message": message} if kind is None else {"type": kind, "message": message, "path": ["repository"]}
    return Says(200, {"data": {"repository": None}, "errors": [made]})


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        (error("NOT_FOUND"), Gone),
        (error("FORBIDDEN", "Resource not accessible by integration"), Forbidden),
        (error("INSUFFICIENT_SCOPES"), Forbidden),
        (error("UNPROCESSABLE", "the thread is locked"), Refused),
        (error("SERVICE_UNAVAILABLE"), Unreachable),
        (error(None, "Something went wrong while executing your query. Please include `ABC`."), Unreachable),
        (error("MAX_NODE_LIMIT_EXCEEDED"), Unexpected),
        (error(None, "Field 'x' doesn't exist on type 'PullRequest'"), Unexpected),
        (Says(200, {"data": {"repository": None}}), Gone),
        (Says(200, {"data": {"repository": {"pullRequest": None}}}), Gone),
        (Says(200, {"data": None, "errors": []}), Gone),
    ],
)
@pytest.mark.asyncio
async def test_graphql_says_no_with_200(says: Says, expected: type[GitHubError], script: Script, clock: Clock) -> None:
    script.on("POST", "/graphql", says)
    async with client(script, clock) as github:
        with pytest.raises(GitHubError) as raised:
            await github.state(REPO, 5)
    assert type(raised.value) is expected
    assert len(script.lines()) == (3 if expected is Unreachable else 1)
    if isinstance(raised.value, Refused):
        assert raised.value.reasons == ("the thread is locked",)


@pytest.mark.asyncio
async def test_data_beside_an_error_is_not_believed(script: Script, clock: Clock) -> None:
    """Threads that GitHub left out would look like threads that are gone."""
    said = pull(connection([]), connection([])).body | {"errors": [{"type": "FORBIDDEN", "message": "some"}]}
    script.on("POST", "/graphql", Says(200, said))
    async with client(script, clock) as github:
        with pytest.raises(Forbidden):
            await github.state(REPO, 5)


@pytest.mark.asyncio
async def test_a_thread_is_resolved_or_it_may_not_be(script: Script, clock: Clock) -> None:
    script.on("POST", "/graphql", Says(200, {"data": {"resolveReviewThread": {"thread": None}}}), error("FORBIDDEN"))
    async with client(script, clock) as github:
        await github.resolve_thread(REPO, "PRRT_1")
        with pytest.raises(Forbidden):
            await github.resolve_thread(REPO, "PRRT_1")
    assert [sent["variables"] for sent in script.sent("POST", "/graphql")] == [{"thread": "PRRT_1"}] * 2


@pytest.mark.asyncio
async def test_a_mutation_is_not_repeated(script: Script, clock: Clock) -> None:
    script.on("POST", "/graphql", error("SERVICE_UNAVAILABLE"))
    async with client(script, clock) as github:
        with pytest.raises(Unreachable):
            await github.resolve_thread(REPO, "PRRT_1")
    assert script.lines() == ["POST /graphql"]
