"""What the App keeps besides audits: dismissals, notes, pull requests, attempts, open check runs. Plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kb.outcomes.audit import Became


class DismissalSource(StrEnum):
    """How somebody dismissed a finding."""

    COMMAND = "command"
    REPLY = "reply"
    THREAD = "thread"
    REACTION = "reaction"
    BUTTON = "button"


@dataclass(frozen=True)
class Dismissal:
    """Silence about one finding in one repository, for good: who asked, how, why, where and when.

    `subject` is the line of work on which it was asked; the silence is the whole repository's. The caller has taken
    every secret out of `reason`.
    """

    repository: str
    fingerprint: str
    slug: str
    likeness: str
    path: str
    symbol: str
    by: str
    by_id: int
    source: DismissalSource
    reason: str
    subject: str
    at: datetime


@dataclass(frozen=True)
class Note:
    """One thing that became of a finding, or of the whole change where `fingerprint` is ""."""

    repository: str
    subject: str
    fingerprint: str
    kind: Became
    head: str
    detail: str
    at: datetime


@dataclass(frozen=True)
class PullRecord:
    """What is remembered of a pull request: who paused it, what it was merged as, its head when it was closed."""

    paused_by: str | None = None
    merge_commit: str | None = None
    last_head: str | None = None


@dataclass(frozen=True)
class Attempt:
    """Whether a request is tried for the first time, and the result of the earlier one; None if none is known."""

    is_first: bool
    result: str | None = None


@dataclass(frozen=True)
class Attempted:
    """An attempt as it is kept: its name, when it was made, and its result; None if none is known."""

    key: str
    at: datetime
    result: str | None


@dataclass(frozen=True)
class OpenCheck:
    """A check run that somebody must complete. `check` is None until GitHub has told its id.

    `review` is the review's id and the run's external id; the rest is what it takes to complete it from anywhere.
    """

    review: str
    installation: int
    repository_id: int
    owner: str
    name: str
    host: str
    number: int
    head: str
    check: int | None
    at: datetime
