"""GraphQL, executed on GitHub's own schema: any query that is valid there is answered here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from graphql import ExecutionResult, GraphQLError, graphql_sync

from tests.world import contract, graph_pull
from tests.world import graph_nodes as nodes
from tests.world.app import Viewer
from tests.world.clock import stamp
from tests.world.conversation import SUBMITTED
from tests.world.errors import INTEGRATION, forbidden
from tests.world.graph_nodes import EMOJI, Json, Sight, Told
from tests.world.operation import Answer
from tests.world.pull import Pull
from tests.world.records import Note, Remark, Review, Thread

if TYPE_CHECKING:
    from tests.world.world import World

CLASSIFIERS = {"SPAM", "ABUSE", "OFF_TOPIC", "OUTDATED", "DUPLICATE", "RESOLVED", "LOW_QUALITY"}


def answer(world: World, viewer: Viewer, body: Json) -> Answer:
    """Answer a query or mutation; errors come with status 200, as from GitHub."""
    if viewer.kind == "app":
        raise forbidden()
    query, variables = body.get("query") or "", body.get("variables") or {}
    sight = Sight(world, viewer)
    done = graphql_sync(contract.graphql_schema(), query, _root(sight), variable_values=variables)
    return Answer(200, _told(done))


def _told(done: ExecutionResult) -> Json:
    told: Json = {"data": done.data}
    if done.errors:
        told["errors"] = [_error(error) for error in done.errors]
    return told


def _error(error: GraphQLError) -> Json:
    if error.original_error and not isinstance(error.original_error, GraphQLError):
        raise error.original_error  # a mistake in the fake itself
    kind = (error.extensions or {}).get("kind")
    told: Json = {"type": kind} if kind else {}
    if error.path:
        told["path"] = error.path
    places = [{"line": place.line, "column": place.column} for place in error.locations or ()]
    return {**told, "locations": places, "message": error.message}


def _root(sight: Sight) -> Json:
    """Return the fields of Query and Mutation."""
    return {
        "id": "Q_world",
        "repository": lambda _info, owner, name, **_: _repository(sight, owner, name),
        "node": lambda _info, id: _node(sight, id),
        "nodes": lambda _info, ids: [_node(sight, each) for each in ids],
        "viewer": lambda _info: nodes.actor(sight, sight.viewer.user) | {"__typename": "User"},
        "user": lambda _info, login: _user(sight, login),
        "repositoryOwner": lambda _info, login: _user(sight, login),
        "rateLimit": lambda _info, **_: _rate(sight),
        "resolveReviewThread": lambda _info, input: _settle(sight, input, to=True),
        "unresolveReviewThread": lambda _info, input: _settle(sight, input, to=False),
        "minimizeComment": lambda _info, input: _hide(sight, input),
        "unminimizeComment": lambda _info, input: _show(sight, input),
        "addReaction": lambda _info, input: _react(sight, input),
        "removeReaction": lambda _info, input: _unreact(sight, input),
        "addPullRequestReviewThreadReply": lambda _info, input: _reply(sight, input),
        "dismissPullRequestReview": lambda _info, input: _dismiss(sight, input),
        "markPullRequestReadyForReview": lambda _info, input: _draft(sight, input, to=False),
        "convertPullRequestToDraft": lambda _info, input: _draft(sight, input, to=True),
    }


def _repository(sight: Sight, owner: str, name: str) -> Json:
    repo = sight.world.find(owner, name)
    token = sight.viewer.token
    covered = token is None or (
        repo is not None
        and repo in sight.world.covered(token.installation)
        and (token.repositories is None or repo.id in token.repositories)
    )
    if repo is None or not covered:
        raise Told("NOT_FOUND", f"Could not resolve to a Repository with the name '{owner}/{name}'.")
    if token and not sight.viewer.may("pull_requests", "read"):
        raise Told("FORBIDDEN", INTEGRATION)
    return nodes.repository(sight, repo)


def _user(sight: Sight, login: str) -> Json:
    who = sight.world.users.get(login.lower())
    if who is None or who.type == "Bot":
        raise Told("NOT_FOUND", f"Could not resolve to a User with the login of '{login}'.")
    return nodes.actor(sight, who)


def _rate(sight: Sight) -> Json:
    told = sight.world.limits.headers(sight.viewer.label())
    counts = {name: int(told[f"x-ratelimit-{name}"]) for name in ("limit", "remaining", "used")}
    return {**counts, "cost": 1, "nodeCount": 1, "resetAt": stamp(sight.world.clock.now())}


# ---- nodes by their global ids


def _things(sight: Sight) -> list[tuple[str, Any, Pull]]:
    """Return (node id, thing, pull request) for all that the credential reaches."""
    found: list[tuple[str, Any, Pull]] = []
    token = sight.viewer.token
    for pull in sight.world.every_pull():
        repo = pull.repo
        if token and not (
            repo in sight.world.covered(token.installation)
            and (token.repositories is None or repo.id in token.repositories)
        ):
            continue
        found.append((pull.node, pull, pull))
        things: list[Remark | Review | Thread] = [
            *pull.remarks,
            *pull.visible_reviews(sight.viewer.user),
            *pull.visible_threads(sight.viewer.user),
        ]
        things += [note for thread in pull.visible_threads(sight.viewer.user) for note in thread.notes]
        found += [(thing.node, thing, pull) for thing in things]
    return found


def _find(sight: Sight, node: str, *kinds: type) -> tuple[Any, Pull]:
    for name, thing, pull in _things(sight):
        if name == node and (not kinds or isinstance(thing, kinds)):
            return thing, pull
    raise Told("NOT_FOUND", f"Could not resolve to a node with the global id of '{node}'")


def _node(sight: Sight, node: str) -> Json | None:
    thing, pull = _find(sight, node)
    return _shape(sight, pull, thing)


def _shape(sight: Sight, pull: Pull, thing: Any) -> Json:
    if isinstance(thing, Note) and thing.thread:
        return graph_pull.note(sight, pull, thing.thread, thing)
    shapes: list[tuple[type, Callable[[], Json]]] = [
        (Thread, lambda: graph_pull.thread(sight, pull, thing)),
        (Review, lambda: graph_pull.review(sight, pull, thing)),
        (Remark, lambda: graph_pull.remark(sight, pull, thing)),
        (Pull, lambda: graph_pull.pull_request(sight, pull)),
    ]
    return next(shape for kind, shape in shapes if isinstance(thing, kind))()


# ---- mutations


def _need(sight: Sight, permission: str) -> None:
    if sight.viewer.token and not sight.viewer.may(permission, "write"):
        raise Told("FORBIDDEN", INTEGRATION)


def _settle(sight: Sight, given: Json, *, to: bool) -> Json:
    """Resolve a thread or open it again: an App needs `contents: write` for it."""
    thread, pull = _find(sight, given["threadId"], Thread)
    _need(sight, "contents")
    _need(sight, "pull_requests")
    (pull.resolve if to else pull.unresolve)(thread, sight.viewer.user)
    return {"thread": graph_pull.thread(sight, pull, thread), "clientMutationId": given.get("clientMutationId")}


def _hide(sight: Sight, given: Json) -> Json:
    thing, pull = _find(sight, given["subjectId"], Remark)
    _need(sight, "pull_requests")
    if given["classifier"] not in CLASSIFIERS:
        raise Told("UNPROCESSABLE", "classifier is invalid")
    pull.hide(thing, sight.viewer.user, given["classifier"])
    return {"minimizedComment": _shape(sight, pull, thing)}


def _show(sight: Sight, given: Json) -> Json:
    thing, pull = _find(sight, given["subjectId"], Remark)
    _need(sight, "pull_requests")
    thing.minimized = None
    return {"unminimizedComment": _shape(sight, pull, thing)}


def _react(sight: Sight, given: Json) -> Json:
    thing, pull = _find(sight, given["subjectId"], Remark)
    _need(sight, "pull_requests")
    content = next(text for text, name in EMOJI.items() if name == given["content"])
    made, _ = pull.react(thing, sight.viewer.user, content)
    return {"reaction": nodes.reaction(sight, made), "subject": _shape(sight, pull, thing)}


def _unreact(sight: Sight, given: Json) -> Json:
    thing, pull = _find(sight, given["subjectId"], Remark)
    _need(sight, "pull_requests")
    mine = [r for r in thing.reactions if r.user is sight.viewer.user and EMOJI[r.content] == given["content"]]
    if not mine:
        raise Told("NOT_FOUND", "Could not resolve to a reaction")
    thing.reactions.remove(mine[0])
    return {"reaction": nodes.reaction(sight, mine[0]), "subject": _shape(sight, pull, thing)}


def _reply(sight: Sight, given: Json) -> Json:
    thread, pull = _find(sight, given["pullRequestReviewThreadId"], Thread)
    _need(sight, "pull_requests")
    return {"comment": graph_pull.note(sight, pull, thread, pull.reply(thread, sight.viewer.user, given["body"]))}


def _dismiss(sight: Sight, given: Json) -> Json:
    review, pull = _find(sight, given["pullRequestReviewId"], Review)
    _need(sight, "pull_requests")
    if review.state not in (SUBMITTED["APPROVE"], SUBMITTED["REQUEST_CHANGES"]):
        raise Told("UNPROCESSABLE", f"Can not dismiss a {review.state.lower()} pull request review")
    pull.dismiss(review, sight.viewer.user, given["message"])
    return {"pullRequestReview": graph_pull.review(sight, pull, review)}


def _draft(sight: Sight, given: Json, *, to: bool) -> Json:
    _, pull = _find(sight, given["pullRequestId"], Pull)
    _need(sight, "pull_requests")
    (pull.to_draft if to else pull.ready)(sight.viewer.user)
    return {"pullRequest": graph_pull.pull_request(sight, pull)}
