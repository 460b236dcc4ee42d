"""GraphQL for the emulator, which has none: GitHub's own schema, filled from the emulator's REST answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, execute_sync, parse

from tests.emulate.emulator import SLUG
from tests.world.contract import graphql_schema

if TYPE_CHECKING:
    from tests.emulate.overlay import Ask, Overlay


async def answer(overlay: Overlay, ask: Ask) -> dict[str, Any]:
    """Return data and errors for a query about one pull request, or the settling of one thread."""
    variables = ask.body.get("variables") or {}
    document = parse(ask.body["query"])
    if "thread" in variables and "mutation" in ask.body["query"]:
        root: dict[str, Any] = {name: _settling(overlay, ask, name) for name in SETTLING}
    else:
        root = await _pull_root(overlay, ask, variables)
    done = execute_sync(graphql_schema(), document, root_value=root, variable_values=variables)
    errors = [
        {"message": e.message, "type": (e.extensions or {}).get("type"), "path": e.path} for e in done.errors or ()
    ]
    return {"data": done.data} | ({"errors": errors} if errors else {})


SETTLING = ("resolveReviewThread", "unresolveReviewThread")


def _settling(overlay: Overlay, ask: Ask, name: str) -> Any:
    def settle(_: Any, input: dict[str, Any]) -> dict[str, Any]:
        if not overlay.may_resolve:
            raise GraphQLError("Resource not accessible by integration", extensions={"type": "FORBIDDEN"})
        thread = input["threadId"]
        if name == "resolveReviewThread":
            overlay.resolved[thread] = f"{SLUG}[bot]"
        else:
            overlay.resolved.pop(thread, None)
        return {"thread": {"id": thread, "isResolved": thread in overlay.resolved}}

    return settle


async def _pull_root(overlay: Overlay, ask: Ask, variables: dict[str, Any]) -> dict[str, Any]:
    here = f"/repos/{variables['owner']}/{variables['name']}/pulls/{variables['number']}"
    found = await overlay.pull(ask, here)
    if found.status != 200:
        return {"repository": lambda *_, **__: {"pullRequest": lambda *_, **__: None}}
    pull = found.body
    reviews = [r for r in await overlay.every(ask, f"{here}/reviews") if r["id"] not in overlay.deleted]
    gone = {
        c["id"] for number in overlay.deleted for c in await overlay.every(ask, f"{here}/reviews/{number}/comments")
    }
    comments = [c for c in await overlay.every(ask, f"{here}/comments") if c["id"] not in gone]
    states = {review["id"]: review["state"] for review in reviews}
    told = {
        "number": pull["number"],
        "headRefOid": pull["head"]["sha"],
        "state": "MERGED" if pull["merged"] else pull["state"].upper(),
        "isDraft": pull["draft"],
        "reviews": _connection([_review(overlay, review) for review in reviews]),
        "reviewThreads": _connection(_threads(overlay, comments, states)),
    }
    return {"repository": lambda *_, **__: {"pullRequest": lambda *_, **__: told}}


def _review(overlay: Overlay, review: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": review["node_id"],
        "fullDatabaseId": str(review["id"]),
        "state": review["state"],
        "body": overlay.bodies.get(review["id"], review["body"] or ""),
        "url": review["html_url"],
        "viewerDidAuthor": _is_ours(review),
        "commit": {"oid": review["commit_id"]},
    }


def _threads(overlay: Overlay, comments: list[Any], states: dict[int, str]) -> list[dict[str, Any]]:
    made = []
    for first in comments:
        if first["in_reply_to_id"] is None:
            replies = [comment for comment in comments if comment["in_reply_to_id"] == first["id"]]
            made.append(_thread(overlay, first, replies, states))
    return made


def _thread(overlay: Overlay, first: Any, replies: list[Any], states: dict[int, str]) -> dict[str, Any]:
    node, anchor = f"PRRT_{first['id']}", overlay.anchors.get(first["id"])
    by = overlay.resolved.get(node)
    return {
        "id": node,
        "path": first["path"],
        "line": anchor.line if anchor else first["line"],
        "originalLine": anchor.line if anchor else first["line"],
        "diffSide": anchor.side if anchor else first["side"],
        "isResolved": by is not None,
        "resolvedBy": {"__typename": "User", "login": by, "databaseId": 1} if by else None,
        "isOutdated": False,
        "viewerCanResolve": overlay.may_resolve,
        "comments": _connection([_comment(comment, states) for comment in [first, *replies]]),
    }


def _comment(comment: Any, states: dict[int, str]) -> dict[str, Any]:
    user = comment["user"]
    is_bot = user["type"] == "Bot"
    draft = states.get(comment.get("pull_request_review_id")) == "PENDING"
    return {
        "id": comment["node_id"],
        "fullDatabaseId": str(comment["id"]),
        "body": comment["body"],
        "url": comment["html_url"],
        "state": "PENDING" if draft else "SUBMITTED",
        "viewerDidAuthor": _is_ours(comment),
        "author": {
            "__typename": "Bot" if is_bot else "User",
            "login": user["login"].removesuffix("[bot]"),  # as GraphQL writes bots
            "databaseId": user["id"],
        },
        "reactions": _connection([]),
    }


def _is_ours(made: Any) -> bool:
    return bool(made["user"]["login"] == f"{SLUG}[bot]")


def _connection(items: list[Any]) -> Any:
    """Return a resolver that pages through items; a cursor is a number."""

    def page(_: Any, **args: Any) -> dict[str, Any]:
        start = int(args["after"]) if args.get("after") else 0
        end = int(args["before"]) if args.get("before") else len(items)
        if args.get("first") is not None:
            end = min(end, start + args["first"])
        elif args.get("last") is not None:
            start = max(start, end - args["last"])
        info = {"hasNextPage": end < len(items), "hasPreviousPage": start > 0, "startCursor": str(start)}
        return {"nodes": items[start:end], "totalCount": len(items), "pageInfo": {**info, "endCursor": str(end)}}

    return page
