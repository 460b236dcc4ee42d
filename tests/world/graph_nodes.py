"""What GraphQL sees of the world: each node is a dict of values, or of functions where they take arguments."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

from tests.world import shapes_pull
from tests.world.app import Viewer
from tests.world.clock import stamp
from tests.world.pull import Pull
from tests.world.records import Note, Reaction, Remark, Review, Thread, User, node_id
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
        "databaseId": who.id,
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
    url = f"{sight.world.url}/{repo.full_name}"

    def one(_info: Any, number: int) -> Json:
        if number not in repo.pulls:
            raise Told("NOT_FOUND", f"Could not resolve to a PullRequest with the number of {number}.")
        return pull_request(sight, repo.pulls[number])

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
            if (not states or state_of(p) in states)
            and baseRefName in (None, p.base_ref)
            and headRefName in (None, p.head_ref)
        ]
        return connection("pullRequests", found, lambda p: pull_request(sight, p))(info, **page)

    return {
        "__typename": "Repository",
        "id": node_id("R", repo.id),
        "databaseId": repo.id,
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


def state_of(pull: Pull) -> str:
    """Return OPEN, CLOSED or MERGED."""
    return "OPEN" if pull.is_open else "MERGED" if pull.merged else "CLOSED"


def pull_request(sight: Sight, pull: Pull) -> Json:
    """Return a pull request."""
    repo, world, (_, url) = pull.repo, sight.world, shapes_pull.urls(pull)
    mine = pull.author is sight.viewer.user

    def reviews(info: Any, author: str | None = None, states: list[str] | None = None, **page: Any) -> Json:
        found = [
            r
            for r in pull.visible_reviews(sight.viewer.user)
            if author in (None, r.author.login) and (not states or r.state in states)
        ]
        return connection("reviews", found, lambda each: review(sight, pull, each))(info, **page)

    head = pull.head_repo
    return {
        **_text(sight, pull, pull.author, pull.body, pull.made, pull.updated, []),
        "__typename": "PullRequest",
        "id": pull.node,
        "databaseId": pull.id,
        "fullDatabaseId": str(pull.id),
        "number": pull.number,
        "title": pull.title,
        "titleHTML": pull.title,
        "state": state_of(pull),
        "url": url,
        "permalink": url,
        "resourcePath": f"/{repo.full_name}/pull/{pull.number}",
        "revertUrl": f"{url}/revert",
        "checksUrl": f"{url}/checks",
        "checksResourcePath": "/checks",
        "revertResourcePath": "/revert",
        "isDraft": pull.is_draft,
        "closed": not pull.is_open,
        "merged": pull.merged is not None,
        "locked": False,
        "closedAt": stamp(pull.closed) if pull.closed else None,
        "viewerDidAuthor": mine,
        "mergedAt": stamp(pull.merged) if pull.merged else None,
        "mergedBy": actor(sight, pull.merged_by) if pull.merged_by else None,
        "headRefOid": pull.head,
        "headRefName": pull.head_ref,
        "baseRefOid": pull.base,
        "baseRefName": pull.base_ref,
        "headRef": lambda _info: ref(sight, head, pull.head_ref) if head else None,
        "baseRef": lambda _info: ref(sight, repo, pull.base_ref),
        "baseRepository": lambda _info: repository(sight, repo),
        "headRepository": lambda _info: repository(sight, head) if head else None,
        "headRepositoryOwner": lambda _info: actor(sight, pull.head_owner),
        "isCrossRepository": head is not repo,
        "mergeCommit": lambda _info: commit(sight, repo, pull.merge_commit) if pull.merge_commit else None,
        "additions": lambda _info: sum(f.added for f in pull.files()),
        "mergeable": "MERGEABLE",
        "deletions": lambda _info: sum(f.deleted for f in pull.files()),
        "mergeStateStatus": "CLEAN",
        "changedFiles": lambda _info: len(pull.files()),
        "canBeRebased": True,
        "isInMergeQueue": False,
        "isMergeQueueEnabled": False,
        "maintainerCanModify": False,
        "totalCommentsCount": len(pull.remarks),
        "viewerCannotUpdateReasons": [],
        "viewerMergeBodyText": "",
        "viewerMergeHeadlineText": "",
        **{f"viewerCan{word}": False for word in _POWERS},
        "comments": connection("comments", pull.remarks, lambda each: remark(sight, pull, each)),
        "reviews": reviews,
        "latestReviews": reviews,
        "latestOpinionatedReviews": reviews,
        "reviewThreads": connection(
            "reviewThreads", pull.visible_threads(sight.viewer.user), lambda each: thread(sight, pull, each)
        ),
        "commits": connection(
            "commits",
            pull.commits(),
            lambda sha: {
                "id": f"PRC_{sha}",
                "commit": commit(sight, repo, sha),
                "pullRequest": lambda _i: pull_request(sight, pull),
                "url": url,
                "resourcePath": url,
            },
        ),
        "labels": connection(
            "labels",
            pull.labels,
            lambda name: {
                "id": f"LA_{name}",
                "name": name,
                "color": "ededed",
                "isDefault": False,
                "createdAt": stamp(world.born),
                "url": url,
                "resourcePath": url,
            },
        ),
    }


_POWERS = (
    "ApplySuggestion",
    "Close",
    "DeleteHeadRef",
    "DisableAutoMerge",
    "EditFiles",
    "EnableAutoMerge",
    "Label",
    "MergeAsAdmin",
    "Reopen",
    "Subscribe",
    "UpdateBranch",
    "Update",
    "Delete",
    "Minimize",
    "React",
)


def _text(sight: Sight, pull: Pull, by: User, body: str, made: Any, edited: Any, given: list[Reaction]) -> Json:
    """Return what everything that is written has in common."""
    moment, mine = stamp(made), by is sight.viewer.user
    return {
        "author": actor(sight, by),
        "authorAssociation": shapes_pull.association(pull, by.login),
        "body": body,
        "bodyText": body,
        "bodyHTML": body,
        "createdAt": moment,
        "publishedAt": moment,
        "updatedAt": stamp(edited or made),
        "createdViaEmail": False,
        "editor": None,
        "includesCreatedEdit": False,
        "viewerDidAuthor": mine,
        "lastEditedAt": None if edited in (None, made) else stamp(edited),
        "repository": lambda _i: repository(sight, pull.repo),
        "pullRequest": lambda _i: pull_request(sight, pull),
        "viewerCannotUpdateReasons": [],
        "reactionGroups": None,
        **{f"viewerCan{word}": mine for word in ("Update", "Delete", "Minimize")},
        "viewerCanReact": True,
        "authorCanPushToRepository": pull.repo.world.rank(pull.repo, by.login) in ("write", "maintain", "admin"),
        "reactions": _reactions(sight, given),
    }


def _reactions(sight: Sight, given: list[Reaction]) -> Callable[..., Json]:
    def listed(info: Any, content: str | None = None, **page: Any) -> Json:
        found = [each for each in given if content in (None, EMOJI[each.content])]
        told = connection("reactions", found, lambda each: reaction(sight, each))(info, **page)
        return {**told, "viewerHasReacted": any(each.user is sight.viewer.user for each in found)}

    return listed


def reaction(sight: Sight, one: Reaction) -> Json:
    """Return a reaction; a bot's has no user."""
    return {
        "__typename": "Reaction",
        "id": node_id("REA", one.id),
        "databaseId": one.id,
        "content": EMOJI[one.content],
        "createdAt": stamp(one.at),
        "user": person(sight, one.user),
    }


def remark(sight: Sight, pull: Pull, one: Remark) -> Json:
    """Return a comment of the conversation."""
    _, url = shapes_pull.urls(pull)
    return {
        **_text(sight, pull, one.author, one.body, one.at, one.edited, one.reactions),
        "__typename": "IssueComment",
        "id": one.node,
        "databaseId": one.id,
        "fullDatabaseId": str(one.id),
        "url": f"{url}#issuecomment-{one.id}",
        "resourcePath": url,
        "isMinimized": one.minimized is not None,
        "minimizedReason": one.minimized,
    }


def review(sight: Sight, pull: Pull, one: Review) -> Json:
    """Return a review."""
    _, url = shapes_pull.urls(pull)
    notes = [(t, n) for t in pull.visible_threads(sight.viewer.user) for n in t.notes if n.review is one]
    return {
        **_text(sight, pull, one.author, one.body, one.made, one.edited, []),
        "__typename": "PullRequestReview",
        "id": one.node,
        "databaseId": one.id,
        "fullDatabaseId": str(one.id),
        "state": one.state,
        "submittedAt": stamp(one.submitted) if one.submitted else None,
        "resourcePath": url,
        "url": f"{url}#pullrequestreview-{one.id}",
        "isMinimized": False,
        "minimizedReason": None,
        "commit": lambda _info: commit(sight, pull.repo, one.commit),
        "comments": connection("comments", notes, lambda each: note(sight, pull, *each)),
    }


def thread(sight: Sight, pull: Pull, one: Thread) -> Json:
    """Return a review thread."""
    spot, settle = one.spot, sight.can_settle
    return {
        "__typename": "PullRequestReviewThread",
        "id": one.node,
        "isResolved": one.resolved_by is not None,
        "resolvedBy": person(sight, one.resolved_by),
        "isOutdated": one.is_outdated,
        "path": spot.path,
        "isCollapsed": one.resolved_by is not None,
        "line": one.line,
        "originalLine": spot.line,
        "startLine": one.start,
        "originalStartLine": spot.start,
        "diffSide": spot.side,
        "startDiffSide": spot.start_side,
        "subjectType": "FILE" if one.is_file else "LINE",
        "viewerCanReply": True,
        "viewerCanResolve": settle and one.resolved_by is None,
        "viewerCanUnresolve": settle and one.resolved_by is not None,
        "pullRequest": lambda _info: pull_request(sight, pull),
        "repository": lambda _info: repository(sight, pull.repo),
        "comments": connection("comments", one.notes, lambda each: note(sight, pull, one, each)),
    }


def note(sight: Sight, pull: Pull, of: Thread, one: Note) -> Json:
    """Return a review comment."""
    _, url = shapes_pull.urls(pull)
    spot, first = of.spot, of.notes[0]
    return {
        **_text(sight, pull, one.author, one.body, one.at, one.edited, one.reactions),
        "__typename": "PullRequestReviewComment",
        "id": one.node,
        "databaseId": one.id,
        "fullDatabaseId": str(one.id),
        "path": spot.path,
        "line": of.line,
        "originalLine": spot.line,
        "startLine": of.start,
        "originalStartLine": spot.start,
        "outdated": of.is_outdated,
        "diffHunk": spot.hunk,
        "draftedAt": stamp(one.at),
        "position": None if of.is_outdated else spot.position,
        "originalPosition": spot.position or 1,
        "state": "PENDING" if one.review and one.review.is_pending else "SUBMITTED",
        "resourcePath": url,
        "subjectType": "FILE" if of.is_file else "LINE",
        "url": f"{url}#discussion_r{one.id}",
        "isMinimized": one.minimized is not None,
        "minimizedReason": one.minimized,
        "commit": lambda _info: commit(sight, pull.repo, of.at_commit),
        "originalCommit": lambda _info: commit(sight, pull.repo, spot.commit),
        "pullRequestReview": lambda _info: review(sight, pull, one.review) if one.review else None,
        "replyTo": lambda _info: None if one is first else note(sight, pull, of, first),
    }
