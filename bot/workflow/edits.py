"""The steps that change what stands already: the summary, fixed threads, stale stances, and replies to who asked."""

from __future__ import annotations

from dataclasses import asdict

from bot.events import Repo
from bot.github.errors import Forbidden, Gone, Refused
from bot.jobs.port import Json
from bot.logs import log
from bot.posting.model import Dismiss, Edit, EditSummary, MarkFixed, Stance, Unmark
from bot.posting.posted import posted_of
from bot.workflow.parts import Parts
from bot.workflow.wire import repo_from

EDITS = {kind.__name__: kind for kind in (EditSummary, MarkFixed, Unmark, Dismiss)}
ENDINGS = {
    "posted": "Reviewed; the verdict stands in the review.",
    "silent": "Reviewed; there is nothing new to say.",
    "skipped": "Not reviewed: ",
    "superseded": "Not reviewed to the end: the head has moved on, and its own review runs.",
    "closed": "Not reviewed to the end: the pull request was closed.",
}


def review_ended(end: Json) -> str:
    """Return how a review that somebody asked for ended, for the reply that they got."""
    said = ENDINGS.get(end["end"], "Not reviewed: it could not be done now; the check run says why.")
    return f"\n\n{said}{end.get('why', '') if end['end'] == 'skipped' else ''}"


def edit_to_json(edit: Edit) -> Json:
    """Return an edit as what JSON can hold."""
    return {"kind": type(edit).__name__, **asdict(edit)}


def _edit_from(data: Json) -> Edit:
    fields = {name: value for name, value in data.items() if name != "kind"}
    edit: Edit = EDITS[data["kind"]](**fields)
    return edit


class Editing:
    """The steps that edit."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def edit(self, repo_json: Json, number: int, edits: list[Json]) -> Json:
        """Do the edits; each is what it is however often it is done, and none stands in another's way."""
        for data in edits:
            try:
                await self._edit(repo_from(repo_json), number, _edit_from(data))
            except (Gone, Refused, Forbidden) as error:
                log("edit").warning(data["kind"], error=str(error))

    async def withdraw(self, repo_json: Json, number: int) -> Json:
        """Dismiss our approvals: what is on the pull request now is not looked at, and they would go on counting."""
        repo, github = repo_from(repo_json), self._parts.github
        for review, stance, _ in posted_of(await github.state(repo, number)).stances:
            if stance is Stance.APPROVE:
                await github.dismiss_review(repo, number, review, "What is here now was not reviewed.")

    async def answer(self, repo_json: Json, answer: Json, end: Json) -> Json:
        """Tell who asked for a review how it ended, in the reply that they got."""
        repo, text = repo_from(repo_json), answer["text"] + review_ended(end)
        await self._parts.github.edit_comment(repo, answer["comment"], text, in_review=answer["in_review"])

    async def _edit(self, repo: Repo, number: int, edit: Edit) -> None:
        github = self._parts.github
        match edit:
            case EditSummary():
                await github.edit_review(repo, number, edit.review, edit.body)
            case MarkFixed():
                try:
                    if edit.can_resolve:
                        return await github.resolve_thread(repo, edit.thread)
                except Forbidden:
                    pass
                await github.edit_comment(repo, edit.comment, edit.body, in_review=True)
            case Unmark():
                await github.edit_comment(repo, edit.comment, edit.body, in_review=True)
            case Dismiss():
                await github.dismiss_review(repo, number, edit.review, edit.message)
