"""What of ours stands on a pull request, asked in GraphQL: REST knows no resolved threads. Queries and their reading.

What GitHub does not say is ours (`viewerDidAuthor`) is left out. Ids are `fullDatabaseId`: `databaseId` ends at 2**31.
"""

from __future__ import annotations

from bot.events import Actor
from bot.github.fields import Fields
from bot.github.model import Reply, Review, Thread
from bot.github.readings import review_state_from

MOST_PAGES = 50  # of reviews, of threads, or of one thread's replies

_ACTOR = "__typename login ... on User { databaseId } ... on Bot { databaseId }"
_COMMENTS = (
    f"pageInfo {{ hasNextPage endCursor }} nodes {{ fullDatabaseId body viewerDidAuthor author {{ {_ACTOR} }} }}"
)
_REACTIONS = "nodes { user { __typename login databaseId } }"
_REVIEWS = """
  reviews(last: 100, before: $reviews) {
    pageInfo { hasPreviousPage startCursor }
    nodes { id fullDatabaseId state body viewerDidAuthor url commit { oid } }
  }"""
_THREADS = f"""
  reviewThreads(first: 100, after: $threads) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{
      id isResolved isOutdated path line originalLine diffSide viewerCanResolve
      resolvedBy {{ __typename login databaseId }}
      first: comments(first: 1) {{
        nodes {{
          id fullDatabaseId body url state viewerDidAuthor
          down: reactions(content: THUMBS_DOWN, first: 50) {{ {_REACTIONS} }}
          up: reactions(content: THUMBS_UP, first: 50) {{ {_REACTIONS} }}
        }}
      }}
      comments(first: 100) {{ {_COMMENTS} }}
    }}
  }}"""


def _of_pull(variables: str, fields: str) -> str:
    return f"""query($owner: String!, $name: String!, $number: Int!, {variables}) {{
  repository(owner: $owner, name: $name) {{ pullRequest(number: $number) {{ {fields} }} }}
}}"""


STATE = _of_pull("$reviews: String, $threads: String", f"number headRefOid state isDraft {_REVIEWS} {_THREADS}")
MORE_REVIEWS = _of_pull("$reviews: String", _REVIEWS)
MORE_THREADS = _of_pull("$threads: String", _THREADS)
MORE_COMMENTS = f"""query($thread: ID!, $comments: String) {{
  node(id: $thread) {{
    ... on PullRequestReviewThread {{ comments(first: 100, after: $comments) {{ {_COMMENTS} }} }}
  }}
}}"""
RESOLVE = """mutation($thread: ID!) {
  resolveReviewThread(input: {threadId: $thread}) { thread { id isResolved } }
}"""


def our_reviews(reviews: Fields) -> list[Review]:
    """Return the reviews of ours on one page, oldest first."""
    return [_review(node) for node in reviews.each("nodes") if node.flag("viewerDidAuthor")]


def our_threads(threads: Fields) -> list[Fields]:
    """Return the threads of a page whose first comment is ours, as GitHub tells them."""
    return [node for node in threads.each("nodes") if _begun_by_us(node)]


def before(connection: Fields) -> str | None:
    """Return the cursor of the page before, None if this is the first."""
    more = connection.flag("pageInfo", "hasPreviousPage")
    return connection.text("pageInfo", "startCursor") if more else None


def after(connection: Fields) -> str | None:
    """Return the cursor of the page after, None if this is the last."""
    more = connection.flag("pageInfo", "hasNextPage")
    return connection.text("pageInfo", "endCursor") if more else None


def replies_in(comments: Fields) -> list[Reply]:
    """Return the comments of one page of a thread."""
    return [
        Reply(
            id=node.number("fullDatabaseId"),
            author=_actor(node.at("author")) if node.has("author") else None,
            body=node.text("body"),
            is_ours=node.flag("viewerDidAuthor"),
        )
        for node in comments.each("nodes")
    ]


def thread_from(node: Fields, comments: list[Reply]) -> Thread:
    """Return a thread; `comments` are all of its comments, the first among them."""
    first = next(node.each("first", "nodes"))
    number = first.number("fullDatabaseId")
    return Thread(
        node=node.text("id"),
        comment=number,
        comment_node=first.text("id"),
        body=first.text("body"),
        path=node.text("path"),
        line=node.number_or_none("line"),
        original_line=node.number_or_none("originalLine"),
        side=node.text("diffSide"),
        url=first.text("url"),
        is_resolved=node.flag("isResolved"),
        resolved_by=_actor(node.at("resolvedBy")) if node.has("resolvedBy") else None,
        is_outdated=node.flag("isOutdated"),
        is_pending=first.text("state") == "PENDING",
        can_resolve=node.flag("viewerCanResolve"),
        thumbs_down=_reacting(first.at("down")),
        thumbs_up=_reacting(first.at("up")),
        replies=tuple(reply for reply in comments if reply.id != number),
    )


def _begun_by_us(thread: Fields) -> bool:
    first = next(thread.each("first", "nodes"), None)
    return first is not None and first.flag("viewerDidAuthor")


def _review(node: Fields) -> Review:
    return Review(
        id=node.number("fullDatabaseId"),
        node=node.text("id"),
        state=review_state_from(node),
        body=node.text("body"),
        commit=node.text("commit", "oid") if node.has("commit") else None,
        url=node.text("url"),
    )


def _reacting(reactions: Fields) -> tuple[Actor, ...]:
    found = (_actor(node.at("user")) for node in reactions.each("nodes") if node.has("user"))
    return tuple(actor for actor in found if actor is not None)


def _actor(node: Fields) -> Actor | None:
    """Return an actor, None for one without a number: nothing can be allowed to it."""
    number = node.number_or_none("databaseId")
    if number is None:
        return None
    is_bot = node.text("__typename") == "Bot"
    login = node.text("login")  # of bots, REST writes "name[bot]" and GraphQL "name"
    return Actor(number, f"{login}[bot]" if is_bot and not login.endswith("[bot]") else login, is_bot=is_bot)
