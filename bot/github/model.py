"""What GitHub tells us, as values. Texts in them are written by strangers; ids and logins are GitHub's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.events import Actor


class Right(StrEnum):
    """What a person may do in a repository, in rising order."""

    NONE = "none"
    READ = "read"
    TRIAGE = "triage"
    WRITE = "write"
    MAINTAIN = "maintain"
    ADMIN = "admin"

    def covers(self, other: Right) -> bool:
        """Return whether this right includes the other."""
        order = list(Right)
        return order.index(self) >= order.index(other)


class ReviewState(StrEnum):
    """Where a review stands. PENDING is a draft that only its author sees."""

    PENDING = "PENDING"
    COMMENTED = "COMMENTED"
    APPROVED = "APPROVED"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"
    DISMISSED = "DISMISSED"


class Reaction(StrEnum):
    """The reactions that we give."""

    DONE = "+1"
    CONFUSED = "confused"


@dataclass(frozen=True)
class Pull:
    """One pull request as REST tells it. `head_repository` is None where the fork was deleted."""

    number: int
    title: str
    body: str
    author: Actor
    head: str
    base: str  # the tip of the target branch as GitHub last looked
    base_ref: str
    is_open: bool
    is_draft: bool
    is_merged: bool
    merge_commit: str | None
    head_repository: str | None
    default_branch: str
    labels: tuple[str, ...] = ()
    updated: datetime | None = None  # when anything last happened to it; with its time zone


@dataclass(frozen=True)
class Review:
    """One review of ours."""

    id: int
    node: str
    state: ReviewState
    body: str
    commit: str | None
    url: str


@dataclass(frozen=True)
class Reply:
    """A later comment in a thread. `is_ours`: written by this App."""

    id: int
    author: Actor | None
    body: str
    is_ours: bool = False


@dataclass(frozen=True)
class Thread:
    """A review thread whose first comment is ours.

    `line` is None where GitHub calls the comment outdated. `is_pending`: part of a draft review.
    """

    node: str
    comment: int
    comment_node: str
    body: str
    path: str
    line: int | None
    original_line: int | None
    side: str
    url: str
    is_resolved: bool
    resolved_by: Actor | None
    is_outdated: bool
    is_pending: bool
    can_resolve: bool
    thumbs_down: tuple[Actor, ...] = ()
    thumbs_up: tuple[Actor, ...] = ()
    replies: tuple[Reply, ...] = ()


@dataclass(frozen=True)
class PullState:
    """What stands on a pull request now: one GraphQL request (more only where there are over 100 threads)."""

    number: int
    head: str
    is_open: bool
    is_draft: bool
    reviews: tuple[Review, ...]  # ours only, oldest first
    threads: tuple[Thread, ...]  # ours only, oldest first


@dataclass(frozen=True)
class CheckRun:
    """One check run of ours. `review` is its external id."""

    id: int
    head: str
    status: str
    conclusion: str | None
    review: str


@dataclass(frozen=True)
class Delivery:
    """One webhook delivery as GitHub remembers it."""

    id: int
    guid: str
    at: datetime
    ok: bool
    event: str
    redelivery: bool


@dataclass(frozen=True)
class AppIdentity:
    """The App as GitHub knows it. `bot_login` is the name its comments carry."""

    id: int
    slug: str
    name: str
    permissions: tuple[tuple[str, str], ...]
    events: tuple[str, ...]

    @property
    def bot_login(self) -> str:
        """Return "slug[bot]"."""
        return f"{self.slug}[bot]"


@dataclass(frozen=True)
class Annotation:
    """One line's note in a check run."""

    path: str
    line: int
    end_line: int
    level: str  # failure | warning | notice
    title: str
    message: str


@dataclass(frozen=True)
class Button:
    """A button on a check run: label <= 20 characters, description <= 40, identifier <= 20."""

    label: str
    description: str
    identifier: str


@dataclass(frozen=True)
class Report:
    """What a check run shows. `annotations` may be more than 50: the client sends them in parts."""

    title: str
    summary: str
    text: str = ""
    annotations: tuple[Annotation, ...] = ()
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class NewComment:
    """An inline comment to be made; `start_line` is None for a comment on one line."""

    path: str
    line: int
    side: str
    body: str
    start_line: int | None = None
