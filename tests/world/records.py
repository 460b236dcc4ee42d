"""What lies about on a pull request: comments, reviews, threads, checks, and who made them."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime

from tests.world.gitdir import Ident

RANKS = ("none", "read", "triage", "write", "maintain", "admin")


def node_id(prefix: str, number: int) -> str:
    """Return a global node id: a prefix that tells the kind, and the rest opaque."""
    return f"{prefix}_{base64.urlsafe_b64encode(f'world:{number}'.encode()).decode().rstrip('=')}"


@dataclass(eq=False)
class User:
    """A person, an organisation, or a bot."""

    id: int
    login: str
    type: str = "User"  # User | Organization | Bot
    mail: str | None = None  # None: the address that hides one's own

    @property
    def node(self) -> str:
        """Return the global node id."""
        return node_id({"User": "U", "Organization": "O", "Bot": "BOT"}[self.type], self.id)

    @property
    def email(self) -> str:
        """Return the address that GitHub writes into commits."""
        return self.mail or f"{self.id}+{self.login}@users.noreply.github.com"

    @property
    def ident(self) -> Ident:
        """Return who this is in git."""
        return Ident(self.login, self.email)


@dataclass(eq=False)
class Reaction:
    """One reaction of one person."""

    id: int
    user: User
    content: str  # +1 -1 laugh confused heart hooray rocket eyes
    at: datetime


@dataclass(eq=False)
class Remark:
    """Any text that somebody wrote: in the conversation (`IC`) or in a review (`PRRC`)."""

    id: int
    author: User
    body: str
    at: datetime
    edited: datetime
    reactions: list[Reaction] = field(default_factory=list)
    minimized: str | None = None

    prefix = "IC"

    @property
    def node(self) -> str:
        """Return the global node id."""
        return node_id(self.prefix, self.id)


@dataclass(eq=False)
class Spot:
    """Where a review comment was put; `line` and `start` are numbers on `side` at `commit`, None for a whole file."""

    path: str
    side: str
    line: int | None
    start: int | None
    start_side: str | None
    commit: str
    base: str  # the merge base then: what LEFT lines are lines of
    hunk: str
    position: int | None


@dataclass(eq=False)
class Note(Remark):
    """One comment in a review thread. The thread says where it stands."""

    review: Review | None = None
    thread: Thread | None = None

    prefix = "PRRC"


@dataclass(eq=False)
class Thread:
    """A review thread. `line` and `start` are where its lines are now; both None once it is outdated."""

    id: int
    spot: Spot
    notes: list[Note]
    line: int | None
    start: int | None
    at_commit: str
    resolved_by: User | None = None
    is_outdated: bool = False

    @property
    def node(self) -> str:
        """Return the global node id."""
        return node_id("PRRT", self.id)

    @property
    def is_file(self) -> bool:
        """Return whether this is about a file and no line of it."""
        return self.spot.line is None

    @property
    def is_pending(self) -> bool:
        """Return whether this is part of a draft review, which only its author sees."""
        review = self.notes[0].review
        return review is not None and review.state == "PENDING"


@dataclass(eq=False)
class Review:
    """One review. `state` is PENDING, COMMENTED, APPROVED, CHANGES_REQUESTED or DISMISSED."""

    id: int
    author: User
    body: str
    state: str
    commit: str
    made: datetime
    submitted: datetime | None = None
    edited: datetime | None = None
    threads: list[Thread] = field(default_factory=list)

    @property
    def node(self) -> str:
        """Return the global node id."""
        return node_id("PRR", self.id)

    @property
    def is_pending(self) -> bool:
        """Return whether this is a draft."""
        return self.state == "PENDING"


@dataclass(eq=False)
class CheckSuite:
    """All check runs of the App on one commit."""

    id: int
    head: str
    branch: str | None
    made: datetime
    status: str = "queued"

    @property
    def node(self) -> str:
        """Return the global node id."""
        return node_id("CS", self.id)


@dataclass(eq=False)
class CheckRun:
    """One check run with all its annotations; they are only ever added to."""

    id: int
    name: str
    suite: CheckSuite
    external: str
    status: str
    conclusion: str | None
    started: datetime | None
    completed: datetime | None
    details_url: str
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[dict[str, object]] = field(default_factory=list)
    actions: list[dict[str, str]] = field(default_factory=list)

    @property
    def node(self) -> str:
        """Return the global node id."""
        return node_id("CR", self.id)

    @property
    def head(self) -> str:
        """Return the commit."""
        return self.suite.head


@dataclass(eq=False)
class Post:
    """One thing that the App made visible to people. Whoever tells a story reads it, or the story fails.

    `kind`: review, note (an inline comment), comment, reply, edit, check, reaction, resolve, unresolve, dismiss, hide.
    """

    kind: str
    text: str
    about: object
    pull: object = None  # the pull request; None for a check run, which belongs to a commit
    read: bool = False
