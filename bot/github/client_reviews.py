"""The client's methods that make and change reviews. None is repeated here: who calls looks first what was done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.events import Repo
from bot.github.asks import graphql, on
from bot.github.client_part import Part
from bot.github.cutting import cut_text
from bot.github.errors import Gone, Refused
from bot.github.model import NewComment, Review, ReviewState
from bot.github.readings import review_from
from bot.github.standing import RESOLVE

_REVIEW = "/pulls/{pull_number}/reviews/{review_id}"


class Reviews(Part):
    """Writes reviews."""

    async def review(self, repo: Repo, number: int, review: int) -> Review:
        """Return one review; raises Gone."""
        return review_from(await self._call(repo, on(repo, "GET", _REVIEW, pull_number=number, review_id=review)))

    async def create_draft(
        self, repo: Repo, number: int, *, commit: str, body: str, comments: Sequence[NewComment]
    ) -> Review:
        """Create a pending review with all its comments, or nothing of it; raises Refused."""
        sent = {"commit_id": commit, "body": cut_text(body), "comments": [_comment(each) for each in comments]}
        ask = on(repo, "POST", "/pulls/{pull_number}/reviews", pull_number=number, body=sent)
        return review_from(await self._call(repo, ask))

    async def submit(self, repo: Repo, number: int, review: int, *, event: str, body: str) -> Review:
        """Submit a pending review as COMMENT, REQUEST_CHANGES or APPROVE."""
        sent = {"event": event, "body": cut_text(body)}
        ask = on(repo, "POST", f"{_REVIEW}/events", pull_number=number, review_id=review, body=sent)
        return review_from(await self._call(repo, ask))

    async def delete_draft(self, repo: Repo, number: int, review: int) -> None:
        """Delete a pending review; one that is gone already is fine."""
        try:
            await self._call(repo, on(repo, "DELETE", _REVIEW, pull_number=number, review_id=review))
        except Gone:
            return

    async def edit_review(self, repo: Repo, number: int, review: int, body: str) -> None:
        """Replace the body of a submitted review."""
        sent = {"body": cut_text(body)}
        await self._call(repo, on(repo, "PUT", _REVIEW, pull_number=number, review_id=review, body=sent))

    async def dismiss_review(self, repo: Repo, number: int, review: int, message: str) -> None:
        """Dismiss an approval or a request for changes; one that is dismissed already is fine."""
        sent = {"message": cut_text(message), "event": "DISMISS"}
        ask = on(repo, "PUT", f"{_REVIEW}/dismissals", pull_number=number, review_id=review, body=sent)
        try:
            await self._call(repo, ask)
        except Refused:
            if (await self.review(repo, number, review)).state is not ReviewState.DISMISSED:
                raise

    async def resolve_thread(self, repo: Repo, thread: str) -> None:
        """Resolve a review thread; raises Forbidden where the App may not (it takes contents: write)."""
        await self._call(repo, graphql(RESOLVE, {"thread": thread}, is_write=True))


def _comment(new: NewComment) -> dict[str, Any]:
    """Return an inline comment as REST takes it; a range of one line is refused, so it is sent as that line."""
    made = {"path": new.path, "line": new.line, "side": new.side, "body": cut_text(new.body)}
    if new.start_line is not None and new.start_line != new.line:
        made |= {"start_line": new.start_line, "start_side": new.side}
    return made
