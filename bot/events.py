"""What can arrive: a closed union of events, cut from webhook payloads to the fields that are needed.

Events are stored in the job queue as plain JSON (`to_json`, `from_json`): their fields are a stored format.
"""

from __future__ import annotations

from typing import Any, NewType

import msgspec

DeliveryId = NewType("DeliveryId", str)  # X-GitHub-Delivery: the same for a re-delivery


class Repo(msgspec.Struct, frozen=True):
    """One repository as one installation of the App sees it. `host` is the web host: "github.com"."""

    installation: int
    id: int
    owner: str
    name: str
    host: str = "github.com"

    @property
    def full_name(self) -> str:
        """Return "owner/name"."""
        return f"{self.owner}/{self.name}"

    @property
    def identity(self) -> str:
        """Return the repository's name in the outcomes store: GitHub's number for it.

        It stays when the repository is renamed or transferred, and is never another's, which a name may become.
        """
        return f"{self.host}#{self.id}".lower()


class Actor(msgspec.Struct, frozen=True):
    """Who did something. Rights are asked for by login and compared by id, never read from a payload."""

    id: int
    login: str
    is_bot: bool = False


class PullChanged(msgspec.Struct, frozen=True, tag=True):
    """A pull request was opened, reopened, marked ready, pushed to, or got another base."""

    repo: Repo
    number: int
    head: str
    action: str  # opened | reopened | ready_for_review | synchronize | edited
    sender: Actor


class PullClosed(msgspec.Struct, frozen=True, tag=True):
    """A pull request was closed; `merge_commit` is None unless it was merged."""

    repo: Repo
    number: int
    head: str
    merged: bool
    merge_commit: str | None
    sender: Actor


class Commented(msgspec.Struct, frozen=True, tag=True):
    """Somebody wrote a comment in a pull request's conversation, or a reply in a review thread.

    `reply_to` is the id of the review comment that is answered; None in the conversation or for a thread's first.
    """

    repo: Repo
    number: int
    comment: int
    body: str
    sender: Actor
    in_review: bool
    reply_to: int | None = None


class Remarked(msgspec.Struct, frozen=True, tag=True):
    """Somebody commented on code in a pull request, and not to us; `code` are the lines that it is about."""

    repo: Repo
    number: int
    comment: int
    body: str
    path: str
    code: str
    sender: Actor


class ThreadSettled(msgspec.Struct, frozen=True, tag=True):
    """A review thread was resolved or reopened; `comment` is its first comment's id."""

    repo: Repo
    number: int
    thread: str
    comment: int
    resolved: bool
    sender: Actor


class ChecksRerequested(msgspec.Struct, frozen=True, tag=True):
    """Somebody pressed "Re-run" on our check run (`review` is its external id), or "Re-run all" (`review` is "")."""

    repo: Repo
    head: str
    review: str
    sender: Actor


class ButtonPressed(msgspec.Struct, frozen=True, tag=True):
    """Somebody pressed one of the buttons on our check run: `identifier` is rerun, fix or dismiss."""

    repo: Repo
    head: str
    review: str
    identifier: str
    sender: Actor


class Pushed(msgspec.Struct, frozen=True, tag=True):
    """The default branch moved. `reverted` are the commits that its new commits say they revert."""

    repo: Repo
    after: str
    reverted: tuple[str, ...]


class InstallationGone(msgspec.Struct, frozen=True, tag=True):
    """The App was uninstalled or suspended, or lost some repositories; none named means all."""

    installation: int
    repositories: tuple[int, ...] = ()


class Ignored(msgspec.Struct, frozen=True, tag=True):
    """Nothing is to be done, and why: for the log and for the answer to GitHub."""

    reason: str


Event = (
    PullChanged
    | PullClosed
    | Commented
    | Remarked
    | ThreadSettled
    | ChecksRerequested
    | ButtonPressed
    | Pushed
    | InstallationGone
    | Ignored
)


def to_json(event: Event) -> dict[str, Any]:
    """Return an event as what JSON can hold, its kind under "type"."""
    built: dict[str, Any] = msgspec.to_builtins(event)
    return built


def from_json(data: dict[str, Any]) -> Event:
    """Return the event that `to_json` made; raises msgspec.ValidationError for anything else."""
    event: Event = msgspec.convert(data, Event)
    return event
