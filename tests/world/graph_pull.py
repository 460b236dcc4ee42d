"""Pull requests as GraphQL sees them, with all that is said on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.world import shapes_pull
from tests.world.clock import stamp
from tests.world.graph_nodes import (
    EMOJI,
    Json,
    Sight,
    actor,
    commit,
    connection,
    in_32_bits,
    person,
    reaction,
    ref,
    repository,
)
from tests.world.pull import Pull
from tests.world.records import Note, Reaction, Remark, Review, Thread, User


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
        "databaseId": in_32_bits(pull.id),
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
        "mergeable": "MERGEABLE" if pull.is_mergeable else "CONFLICTING",
        "deletions": lambda _info: sum(f.deleted for f in pull.files()),
        "mergeStateStatus": "CLEAN" if pull.is_mergeable else "DIRTY",
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


def remark(sight: Sight, pull: Pull, one: Remark) -> Json:
    """Return a comment of the conversation."""
    _, url = shapes_pull.urls(pull)
    return {
        **_text(sight, pull, one.author, one.body, one.at, one.edited, one.reactions),
        "__typename": "IssueComment",
        "id": one.node,
        "databaseId": in_32_bits(one.id),
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
        "databaseId": in_32_bits(one.id),
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
        "databaseId": in_32_bits(one.id),
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
