"""The client's methods that speak in conversations and threads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.events import Repo
from bot.github.asks import PAGE, Value, on
from bot.github.client_app import Apps
from bot.github.cutting import cut_text
from bot.github.model import Reaction

CLOCKS = timedelta(hours=1)  # by which GitHub's clock may be behind ours

_IN_CONVERSATION = "/issues/comments/{comment_id}"
_IN_REVIEW = "/pulls/comments/{comment_id}"


class Comments(Apps):
    """Reads and writes comments; needs to know who we are to know which are ours."""

    async def edit_comment(self, repo: Repo, comment: int, body: str, *, in_review: bool) -> None:
        """Replace the body of a comment of ours."""
        path = _IN_REVIEW if in_review else _IN_CONVERSATION
        await self._call(repo, on(repo, "PATCH", path, comment_id=comment, body={"body": cut_text(body)}))

    async def reply(self, repo: Repo, number: int, body: str, *, in_reply_to: int | None) -> int:
        """Comment in the conversation (None) or answer in a review thread; returns the new comment's id."""
        sent = {"body": cut_text(body)}
        if in_reply_to is None:
            ask = on(repo, "POST", "/issues/{issue_number}/comments", issue_number=number, body=sent)
        else:
            answer = {**sent, "in_reply_to": in_reply_to}
            ask = on(repo, "POST", "/pulls/{pull_number}/comments", pull_number=number, body=answer)
        return (await self._call(repo, ask)).number("id")

    async def replies_since(
        self, repo: Repo, number: int, since: datetime, *, in_review: bool
    ) -> tuple[tuple[int, str], ...]:
        """Return (id, body) of our own comments made or edited since a moment by our clock, in GitHub's order.

        Some that are older may be among them: one that is missed for a clock that is wrong would be said again.
        """
        path = "/pulls/{number}/comments" if in_review else "/issues/{number}/comments"
        moment = (since - CLOCKS).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        query: dict[str, Value] = {"since": moment, "per_page": PAGE}
        pages = await self._pages(repo, on(repo, "GET", path, number=number, query=query))
        us = (await self.app()).bot_login
        comments = [item for page in pages for item in page.each()]
        ours = [item for item in comments if item.has("user") and item.text("user", "login") == us]
        return tuple((item.number("id"), item.text_or("", "body")) for item in ours)

    async def react(self, repo: Repo, comment: int, reaction: Reaction, *, in_review: bool) -> None:
        """Add a reaction of ours to a comment; giving it twice is giving it once."""
        path = f"{_IN_REVIEW if in_review else _IN_CONVERSATION}/reactions"
        await self._call(repo, on(repo, "POST", path, comment_id=comment, body={"content": reaction.value}))
