"""What GraphQL sees of the world: each node is a dict of values, or of functions where they take arguments."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

from tests.world.app import Viewer
from tests.world.clock import stamp
from tests.world.records import Reaction, User, node_id
from tests.world.repository import Repository

if TYPE_CHECKING:
    from tests.world.world import World

Json = dict[str, Any]
EMOJI = {
    "+1": "THUMBS_UP",
    "-1": "THUMBS_DOWN",
    "laugh": "LAUGH",
    "hooray": "HOORAY",
    "confused": "CONFUSED",
    "heart": "HEART",
    "rocket": "ROCKET",
    "eyes": "EYES",
}
MOST = 100


class Told(GraphQLError):
    """An error with the type that GitHub puts beside its message."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message, extensions={"kind": kind})


@dataclass(frozen=True, eq=False)
class Sight:
    """The world as one credential sees it."""

    world: World
    viewer: Viewer

    @property
    def can_settle(self) -> bool:
        """Return whether threads can be resolved: that takes `contents: write`, not `pull_requests: write`."""
        return self.viewer.may("contents", "write")


def in_32_bits(number: int) -> int | None:
    """Return what `databaseId` tells: nothing of a number that GraphQL's Int does not hold."""
    return number if number < 2**31 else None


def connection(name: str, items: Iterable[Any], shape: Callable[[Any], Json]) -> Callable[..., Json]:
    """Return a list that is asked for with first or last, after or before."""

    def listed(
        _info: Any,
        *,
        first: int | None = None,
        last: int | None = None,
        after: str | None = None,
        before: str | None = None,
        **_: Any,
    ) -> Json:
        return _paged(name, list(items), shape, first, last, after, before)

    return listed


def _paged(
    name: str,
    items: Sequence[Any],
    shape: Callable[[Any], Json],
    first: int | None,
    last: int | None,
    after: str | None,
    before: str | None,
) -> Json:
    size = first if first is not None else last
    if size is None:
        text = f"You must provide a `first` or `last` value to properly paginate the `{name}` connection."
        raise Told("MISSING_PAGINATION_BOUNDARIES", text)
    if not 0 <= size <= MOST:
        text = f"Requesting {size} records on the `{name}` connection exceeds the `first` limit of {MOST} records."
        raise Told("EXCESSIVE_PAGINATION", text)
    start = _place(after) + 1 if after else 0
    end = _place(before) if before else len(items)
    from_start = first is not None
    shown = range(start, min(end, start + size)) if from_start else range(max(start, end - size), end)
    edges = [{"cursor": _cursor(place), "node": shape(items[place])} for place in shown]
    info = {
        "hasNextPage": (bool(shown) and shown.stop < len(items)) or (not shown and start < end),
        "hasPreviousPage": bool(shown) and shown.start > 0,
        "startCursor": edges[0]["cursor"] if edges else None,
        "endCursor": edges[-1]["cursor"] if edges else None,
    }
    return {"nodes": [edge["node"] for edge in edges], "edges": edges, "pageInfo": info, "totalCount": len(items)}


def _cursor(place: int) -> str:
    return base64.b64encode(f"cursor:v2:{place}".encode()).decode()


def _place(cursor: str) -> int:
    try:
        return int(base64.b64decode(cursor).decode().removeprefix("cursor:v2:"))
    except ValueError:
        raise Told("INVALID_CURSOR_ARGUMENTS", f"`{cursor}` does not appear to be a valid cursor.") from None


def actor(sight: Sight, who: User) -> Json:
    """Return a person or a bot. A bot's login has no "[bot]" here, unlike in REST."""
    url = f"{sight.world.url}/{who.login}"
    login = who.login.removesuffix("[bot]")
    made = stamp(sight.world.born)
    return {
        "__typename": who.type,
        "login": login,
        "id": who.node,
        "databaseId": in_32_bits(who.id),
        "url": url,
        "createdAt": made,
        "updatedAt": made,
        "resourcePath": f"/{login}",
        "avatarUrl": f"{url}.png",
        "name": None,
        "email": "",
        "repository": lambda _info, name, **_: _found(sight, who.login, name),
    }


def _found(sight: Sight, owner: str, name: str) -> Json | None:
    repo = sight.world.find(owner, name)
    return repository(sight, repo) if repo else None


def person(sight: Sight, who: User | None) -> Json | None:
    """Return a person where the schema has only people: bots are null there."""
    return actor(sight, who) if who and who.type == "User" else None


def repository(sight: Sight, repo: Repository) -> Json:
    """Return a repository."""
    from tests.world import graph_pull  # each needs the other

    url = f"{sight.world.url}/{repo.full_name}"

    def one(_info: Any, number: int) -> Json:
        if number not in repo.pulls:
            raise Told("NOT_FOUND", f"Could not resolve to a PullRequest with the number of {number}.")
        return graph_pull.pull_request(sight, repo.pulls[number])

    def pulls(
        info: Any,
        states: list[str] | None = None,
        baseRefName: str | None = None,
        headRefName: str | None = None,
        **page: Any,
    ) -> Json:
        found = [
            p
            for p in repo.pulls.values()
            if (not states or graph_pull.state_of(p) in states)
            and baseRefName in (None, p.base_ref)
            and headRefName in (None, p.head_ref)
        ]
        return connection("pullRequests", found, lambda p: graph_pull.pull_request(sight, p))(info, **page)

    return {
        "__typename": "Repository",
        "id": node_id("R", repo.id),
        "databaseId": in_32_bits(repo.id),
        "name": repo.name,
        "nameWithOwner": repo.full_name,
        "owner": actor(sight, repo.owner),
        "isPrivate": repo.is_private,
        "isFork": repo.parent is not None,
        "isArchived": False,
        "url": url,
        "resourcePath": f"/{repo.full_name}",
        "createdAt": stamp(repo.made),
        "updatedAt": stamp(repo.pushed),
        "pullRequest": one,
        "pullRequests": pulls,
        "parent": lambda _info: repository(sight, repo.parent) if repo.parent else None,
        "viewerPermission": None,
        "defaultBranchRef": lambda _info: ref(sight, repo, repo.default_branch),
        "ref": lambda _info, qualifiedName: ref(sight, repo, qualifiedName.removeprefix("refs/heads/")),
        "object": lambda _info, expression=None, oid=None: commit(sight, repo, oid or expression),
    }


def ref(sight: Sight, repo: Repository, branch: str) -> Json | None:
    """Return a branch, or None."""
    tip = repo.git.tip(branch)
    if tip is None:
        return None
    return {
        "__typename": "Ref",
        "id": f"REF_{repo.id}_{branch}",
        "name": branch,
        "prefix": "refs/heads/",
        "repository": lambda _info: repository(sight, repo),
        "target": commit(sight, repo, tip),
    }


def commit(sight: Sight, repo: Repository, name: str) -> Json | None:
    """Return a commit, or None."""
    sha = repo.git.resolve(name)
    if sha is None:
        return None
    one = repo.git.commit_of(sha)
    url = f"{sight.world.url}/{repo.full_name}/commit/{sha}"
    return {
        "__typename": "Commit",
        "id": f"C_{sha}",
        "oid": sha,
        "abbreviatedOid": sha[:7],
        "message": one.message,
        "messageHeadline": one.message.split("\n")[0],
        "messageBody": one.message.partition("\n\n")[2],
        "committedDate": one.committed,
        "authoredDate": one.authored,
        "url": url,
        "commitUrl": url,
        "resourcePath": f"/{repo.full_name}/commit/{sha}",
        "repository": lambda _info: repository(sight, repo),
        "parents": connection("parents", one.parents, lambda sha: commit(sight, repo, sha) or {}),
    }


def reaction(sight: Sight, one: Reaction) -> Json:
    """Return a reaction; a bot's has no user."""
    return {
        "__typename": "Reaction",
        "id": node_id("REA", one.id),
        "databaseId": in_32_bits(one.id),
        "content": EMOJI[one.content],
        "createdAt": stamp(one.at),
        "user": person(sight, one.user),
    }
