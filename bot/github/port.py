"""What the rest of the App asks of GitHub. `bot.github.client.GitHubClient` does it over HTTP.

Every method raises a `GitHubError` and nothing else. Reads are repeated on 5xx by the client; writes never are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.events import Actor, Repo
from bot.github.model import (
    AppIdentity,
    CheckRun,
    Delivery,
    NewComment,
    Pull,
    PullState,
    Reaction,
    Report,
    Review,
    Right,
)


class GitHub(Protocol):
    """One App at one GitHub."""

    async def app(self) -> AppIdentity:
        """Return who we are; kept for the life of the process."""
        ...

    async def installations(self) -> tuple[int, ...]:
        """Return the ids of all installations that are not suspended."""
        ...

    async def repositories(self, installation: int) -> tuple[Repo, ...]:
        """Return the repositories that an installation was given."""
        ...

    async def token(self, repo: Repo) -> str:
        """Return a token that may read this repository's contents, for git; good for at least five minutes."""
        ...

    async def pull(self, repo: Repo, number: int) -> Pull:
        """Return a pull request as it is now."""
        ...

    async def open_pulls(self, repo: Repo) -> tuple[Pull, ...]:
        """Return the open pull requests, newest first."""
        ...

    async def pulls_of(self, repo: Repo, commit: str) -> tuple[Pull, ...]:
        """Return the pull requests whose head or merge commit this is."""
        ...

    async def state(self, repo: Repo, number: int) -> PullState:
        """Return what stands on a pull request: its head, our reviews, our threads."""
        ...

    async def review(self, repo: Repo, number: int, review: int) -> Review:
        """Return one review of ours; raises Gone."""
        ...

    async def patched_lines(self, repo: Repo, number: int) -> dict[str, str | None]:
        """Return the patch text of each changed file as GitHub sees it; None where GitHub leaves it out."""
        ...

    async def create_draft(
        self, repo: Repo, number: int, *, commit: str, body: str, comments: Sequence[NewComment]
    ) -> Review:
        """Create a pending review with all its comments, or nothing of it; raises Refused."""
        ...

    async def submit(self, repo: Repo, number: int, review: int, *, event: str, body: str) -> Review:
        """Submit a pending review as COMMENT, REQUEST_CHANGES or APPROVE."""
        ...

    async def delete_draft(self, repo: Repo, number: int, review: int) -> None:
        """Delete a pending review of ours; one that is gone already is fine."""
        ...

    async def edit_review(self, repo: Repo, number: int, review: int, body: str) -> None:
        """Replace the body of a submitted review."""
        ...

    async def dismiss_review(self, repo: Repo, number: int, review: int, message: str) -> None:
        """Dismiss an approval or a request for changes of ours; one that is dismissed already is fine."""
        ...

    async def edit_comment(self, repo: Repo, comment: int, body: str, *, in_review: bool) -> None:
        """Replace the body of a comment of ours, in the conversation or in a review."""
        ...

    async def reply(self, repo: Repo, number: int, body: str, *, in_reply_to: int | None) -> int:
        """Comment in the conversation (None) or answer in a review thread; returns the new comment's id."""
        ...

    async def replies_since(
        self, repo: Repo, number: int, since: datetime, *, in_review: bool
    ) -> tuple[tuple[int, str], ...]:
        """Return (id, body) of our own comments made or edited since a moment: what a lost answer is looked for in."""
        ...

    async def react(self, repo: Repo, comment: int, reaction: Reaction, *, in_review: bool) -> None:
        """Add a reaction of ours to a comment; giving it twice is giving it once."""
        ...

    async def resolve_thread(self, repo: Repo, thread: str) -> None:
        """Resolve a review thread; raises Forbidden where the App may not (it takes contents: write)."""
        ...

    async def right_of(self, repo: Repo, actor: Actor) -> Right:
        """Return what a person may do, by login and compared by id; NONE for bots and ghosts; kept for minutes."""
        ...

    async def create_check(self, repo: Repo, head: str, *, review: str, title: str) -> int:
        """Create our check run on a commit, in progress; returns its id."""
        ...

    async def checks_on(self, repo: Repo, head: str) -> tuple[CheckRun, ...]:
        """Return our check runs on a commit, newest first."""
        ...

    async def finish_check(
        self, repo: Repo, check: int, conclusion: str, report: Report, *, again: bool = True
    ) -> None:
        """Complete a check run, its annotations in as many requests as they take.

        `again`: an earlier try may have sent some of them; one that surely is the first saves a request.
        """
        ...

    async def failed_deliveries(self, since: datetime) -> tuple[Delivery, ...]:
        """Return deliveries that failed since a moment, each guid once, without those that later succeeded."""
        ...

    async def redeliver(self, delivery: int) -> None:
        """Ask GitHub to deliver again."""
        ...

    async def convert_manifest(self, code: str) -> dict[str, str]:
        """Return id, slug, pem, webhook_secret and html_url of the App that a manifest's code stands for."""
        ...
