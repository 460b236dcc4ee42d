"""The fields of GitHub's webhook payloads that are needed, as types to decode into: what is not named is skipped.

Names and shapes are GitHub's ("Webhook events and payloads" in its documentation). Whatever becomes part of a path,
a URL, a git argument or a key is held to its form here, so that nothing behind this module has to ask again.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct, field

Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Sha = Annotated[str, Meta(pattern=r"\A[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")]
Name = Annotated[str, Meta(pattern=r"\A(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,100}\Z")]
Short = Annotated[str, Meta(max_length=255)]


class Head(Struct):
    """What is read of every payload first: most actions are of no interest, and then nothing else is decoded."""

    action: Short | None = None


class Numbered(Struct):
    """Anything of which only the id counts."""

    id: Number


class Account(Struct):
    """A user, bot or organisation."""

    id: Number
    login: Short
    type: Short = "User"


class Owner(Struct):
    """The owner of a repository."""

    login: Name


class Repository(Struct):
    """A repository."""

    id: Number
    name: Name
    owner: Owner
    default_branch: str = ""


class Delivered(Struct):
    """What every event about a repository has; a webhook that is no App's has no installation."""

    repository: Repository
    installation: Numbered | None = None
    sender: Account | None = None


class Tip(Struct):
    """One end of a pull request."""

    sha: Sha


class Changed(Struct):
    """What an edit of a pull request changed; only a change of base counts."""

    base: dict[str, object] | None = None


class PullRequest(Struct):
    """A pull request."""

    number: Number
    head: Tip
    merged: bool = False
    merge_commit_sha: Sha | None = None


class PullRequestPayload(Delivered, kw_only=True):
    """The event `pull_request`."""

    pull_request: PullRequest
    changes: Changed = field(default_factory=Changed)


class Issue(Struct):
    """An issue, or the conversation of a pull request: then `pull_request` is there."""

    number: Number
    pull_request: dict[str, object] | None = None


class Comment(Struct):
    """A comment; `in_reply_to_id` only where it answers in a review thread."""

    id: Number
    body: str | None = None
    in_reply_to_id: Number | None = None


class ReviewComment(Comment):
    """A comment on code: the path, and the part of the diff that ends with the line that it is about."""

    path: str = ""
    diff_hunk: str = ""
    side: str | None = None
    line: Number | None = None
    start_line: Number | None = None
    original_line: Number | None = None
    original_start_line: Number | None = None


class IssueCommentPayload(Delivered, kw_only=True):
    """The event `issue_comment`."""

    issue: Issue
    comment: Comment


class ReviewCommentPayload(Delivered, kw_only=True):
    """The event `pull_request_review_comment`."""

    pull_request: PullRequest
    comment: ReviewComment


class Thread(Struct):
    """A review thread."""

    node_id: Short
    comments: list[Numbered]


class ThreadPayload(Delivered, kw_only=True):
    """The event `pull_request_review_thread`."""

    pull_request: PullRequest
    thread: Thread


class Run(Struct):
    """A check run."""

    head_sha: Sha
    app: Numbered | None = None
    external_id: Short | None = None


class Requested(Struct):
    """Which button was pressed."""

    identifier: Short


class CheckRunPayload(Delivered, kw_only=True):
    """The event `check_run`."""

    check_run: Run
    requested_action: Requested | None = None


class CheckSuitePayload(Delivered, kw_only=True):
    """The event `check_suite`; a suite has the fields of a run that are needed."""

    check_suite: Run


class Commit(Struct):
    """A pushed commit."""

    message: str = ""


class PushPayload(Delivered, kw_only=True):
    """The event `push`; a deleted branch has a commit of zeros after it."""

    ref: str
    after: Sha
    deleted: bool = False
    commits: list[Commit] = field(default_factory=list)


class InstallationPayload(Struct):
    """The events `installation` and `installation_repositories`."""

    installation: Numbered
    repositories_removed: list[Numbered] = field(default_factory=list)
