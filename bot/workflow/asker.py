"""Who asked for a review that is not made to its end is told so, in the answer that they got."""

from __future__ import annotations

import re

from bot.events import Commented
from bot.github.errors import Gone
from bot.jobs.port import Json
from bot.workflow.ids import review_id_of
from bot.workflow.parts import Parts
from bot.workflow.wire import repo_from

ANOTHER = "Not reviewed to the end: another review is asked for or needed by now, and it runs."
CLOSED = "Not reviewed to the end: the pull request is closed."
_ASKED = re.compile(r"(\d+)(r?)")


def asked_by(event: Commented) -> str:
    """Return what tells the review that a comment asks for from others, as part of its id."""
    return f"{event.comment}{'r' if event.in_review else ''}"


def was_asked(job: str) -> bool:
    """Return whether a comment asked for this review."""
    review = review_id_of(job)
    return review is not None and _ASKED.fullmatch(review.asked) is not None


def answer_key(repo: int, comment: int) -> str:
    """Return the name under which the store knows our answer to a comment."""
    return f"reply:{repo}:{comment}"


class Askers:
    """The step that tells them."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def tell(self, repo_json: Json, job: str, why: str) -> Json:
        """Add to the answer why its review was ended; it is there once however often it is added."""
        repo, review = repo_from(repo_json), review_id_of(job)
        asked = _ASKED.fullmatch(review.asked) if review else None
        if review is None or asked is None:
            return False
        key, in_review = answer_key(repo.id, int(asked[1])), bool(asked[2])
        kept = next((one for one in await self._parts.ask(self._parts.store.attempts, key) if one.key == key), None)
        if kept is None or not kept.result:
            return False
        github, answer = self._parts.github, int(kept.result)
        try:
            written = await github.replies_since(repo, review.number, kept.at, in_review=in_review)
            text = next((body for mine, body in written if mine == answer), None)
            if text is None or why in text:
                return False
            await github.edit_comment(repo, answer, f"{text}\n\n{why}", in_review=in_review)
        except Gone:  # the answer was deleted
            return False
        return True
