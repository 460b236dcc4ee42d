"""Pull requests, and what is said on them, as GitHub's REST API and webhooks write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.world import shapes
from tests.world.clock import stamp
from tests.world.diffs import Changed
from tests.world.records import Note, Remark, Review, Thread, node_id

if TYPE_CHECKING:
    from datetime import datetime

    from tests.world.pull import Pull

Json = dict[str, Any]


def urls(pull: Pull) -> tuple[str, str]:
    """Return the pull request's addresses for the API and for people."""
    root = pull.repo.world.url
    return f"{root}/repos/{pull.repo.full_name}/pulls/{pull.number}", f"{root}/{pull.repo.full_name}/pull/{pull.number}"


def _when(moment: datetime | None) -> str | None:
    return stamp(moment) if moment else None


def _side(pull: Pull, *, head: bool) -> Json:
    """Return the `head` or `base` of a pull request."""
    repo = pull.head_repo if head else pull.repo
    owner = pull.head_owner if head else pull.repo.owner
    ref = pull.head_ref if head else pull.base_ref
    world = pull.repo.world
    return {
        "label": f"{owner.login}:{ref}",
        "ref": ref,
        "sha": pull.head if head else pull.base,
        "user": shapes.account(world, owner),
        "repo": shapes.repository(repo) if repo else None,
    }


def pull(of: Pull) -> Json:
    """Return a pull request as lists have it."""
    world, (url, html) = of.repo.world, urls(of)
    issue = url.replace("/pulls/", "/issues/")
    statuses = f"{world.url}/repos/{of.repo.full_name}/statuses/{of.head}"
    links = {
        "self": url,
        "html": html,
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{url.rpartition('/')[0]}/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": statuses,
    }
    return {
        "url": url,
        "id": of.id,
        "node_id": of.node,
        "html_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "issue_url": issue,
        "number": of.number,
        "state": "open" if of.is_open else "closed",
        "locked": False,
        "title": of.title,
        "user": shapes.account(world, of.author),
        "body": of.body or None,
        "created_at": stamp(of.made),
        "updated_at": stamp(of.updated),
        "closed_at": _when(of.closed),
        "merged_at": _when(of.merged),
        "merge_commit_sha": of.merge_commit,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "labels": [label(of, name) for name in of.labels],
        "milestone": None,
        "draft": of.is_draft,
        "commits_url": f"{url}/commits",
        "review_comments_url": f"{url}/comments",
        "review_comment_url": links["review_comment"],
        "comments_url": links["comments"],
        "statuses_url": statuses,
        "head": _side(of, head=True),
        "base": _side(of, head=False),
        "_links": {name: {"href": href} for name, href in links.items()},
        "author_association": association(of, of.author.login),
        "auto_merge": None,
        "active_lock_reason": None,
    }


def full_pull(of: Pull) -> Json:
    """Return a pull request as asked for alone, and in webhooks."""
    files: list[Changed] = of.files()
    world = of.repo.world
    return {
        **pull(of),
        "merged": of.merged is not None,
        "mergeable": None if of.merged else of.is_mergeable,
        "rebaseable": None,
        "mergeable_state": "unknown" if of.merged else "clean" if of.is_mergeable else "dirty",
        "merged_by": shapes.user(world, of.merged_by),
        "comments": len(of.remarks),
        "review_comments": sum(len(t.notes) for t in of.threads if not t.is_pending),
        "maintainer_can_modify": of.head_repo is not None and of.head_repo is not of.repo,
        "commits": len(of.commits()),
        "additions": sum(file.added for file in files),
        "deletions": sum(file.deleted for file in files),
        "changed_files": len(files),
    }


def label(of: Pull, name: str) -> Json:
    """Return a label."""
    number = sum(map(ord, name))
    url = f"{of.repo.world.url}/repos/{of.repo.full_name}/labels/{name}"
    return {
        "id": number,
        "node_id": node_id("LA", number),
        "url": url,
        "name": name,
        "description": None,
        "color": "ededed",
        "default": False,
    }


def association(of: Pull, login: str) -> str:
    """Return what GitHub calls somebody's standing; private members show as CONTRIBUTOR or NONE."""
    if login == of.repo.owner.login:
        return "OWNER"
    return "CONTRIBUTOR" if of.repo.world.rank(of.repo, login) != "read" else "NONE"


def issue(of: Pull) -> Json:
    """Return the pull request as an issue, as `issue_comment` webhooks have it."""
    world, (url, html) = of.repo.world, urls(of)
    api = url.replace("/pulls/", "/issues/")
    return {
        "url": api,
        "repository_url": f"{world.url}/repos/{of.repo.full_name}",
        "labels_url": f"{api}/labels{{/name}}",
        "comments_url": f"{api}/comments",
        "events_url": f"{api}/events",
        "html_url": html,
        "id": of.id,
        "node_id": of.node,
        "number": of.number,
        "title": of.title,
        "user": shapes.account(world, of.author),
        "labels": [label(of, name) for name in of.labels],
        "state": "open" if of.is_open else "closed",
        "locked": False,
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "comments": len(of.remarks),
        "created_at": stamp(of.made),
        "updated_at": stamp(of.updated),
        "closed_at": _when(of.closed),
        "author_association": association(of, of.author.login),
        "active_lock_reason": None,
        "draft": of.is_draft,
        "pull_request": {
            "url": url,
            "html_url": html,
            "diff_url": f"{html}.diff",
            "patch_url": f"{html}.patch",
            "merged_at": _when(of.merged),
        },
        "body": of.body or None,
        "reactions": shapes.reactions([], api),
        "timeline_url": f"{api}/timeline",
        "performed_via_github_app": None,
        "state_reason": None,
    }


def remark(of: Pull, one: Remark) -> Json:
    """Return a comment of the conversation."""
    world, (url, html) = of.repo.world, urls(of)
    api = f"{world.url}/repos/{of.repo.full_name}/issues/comments/{one.id}"
    return {
        "url": api,
        "html_url": f"{html}#issuecomment-{one.id}",
        "issue_url": url.replace("/pulls/", "/issues/"),
        "id": one.id,
        "node_id": one.node,
        "user": shapes.account(world, one.author),
        "created_at": stamp(one.at),
        "updated_at": stamp(one.edited),
        "author_association": association(of, one.author.login),
        "body": one.body,
        "reactions": shapes.reactions(one.reactions, api),
        "performed_via_github_app": shapes.app(world, world.app) if one.author is world.app.bot else None,
    }


def review(of: Pull, one: Review) -> Json:
    """Return a review; a draft has no moment of submission."""
    url, html = urls(of)
    told = {
        "id": one.id,
        "node_id": one.node,
        "user": shapes.account(of.repo.world, one.author),
        "body": one.body,
        "state": one.state,
        "html_url": f"{html}#pullrequestreview-{one.id}",
        "pull_request_url": url,
        "author_association": association(of, one.author.login),
        "_links": {"html": {"href": f"{html}#pullrequestreview-{one.id}"}, "pull_request": {"href": url}},
        "commit_id": one.commit,
    }
    return {**told, "submitted_at": stamp(one.submitted)} if one.submitted else told


def note(of: Pull, thread: Thread, one: Note) -> Json:
    """Return a review comment; what is outdated has no line, but keeps where it was."""
    world, (url, html) = of.repo.world, urls(of)
    api = f"{world.url}/repos/{of.repo.full_name}/pulls/comments/{one.id}"
    spot, anchor = thread.spot, f"{html}#discussion_r{one.id}"
    gone = thread.is_outdated or thread.is_file
    told = {
        "url": api,
        "pull_request_review_id": one.review.id if one.review else None,
        "id": one.id,
        "node_id": one.node,
        "diff_hunk": spot.hunk,
        "path": spot.path,
        "commit_id": thread.at_commit,
        "original_commit_id": spot.commit,
        "user": shapes.account(world, one.author),
        "body": one.body,
        "created_at": stamp(one.at),
        "updated_at": stamp(one.edited),
        "html_url": anchor,
        "pull_request_url": url,
        "author_association": association(of, one.author.login),
        "_links": {"self": {"href": api}, "html": {"href": anchor}, "pull_request": {"href": url}},
        "reactions": shapes.reactions(one.reactions, api),
        "start_line": None if gone else thread.start,
        "original_start_line": spot.start,
        "start_side": spot.start_side,
        "line": None if gone else thread.line,
        "original_line": spot.line or 1,
        "side": spot.side,
        "original_position": spot.position or 1,
        "position": None if gone else spot.position,
        "subject_type": "file" if thread.is_file else "line",
    }
    if one is not thread.notes[0]:
        told["in_reply_to_id"] = thread.notes[0].id
    return told
