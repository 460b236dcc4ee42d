"""The buttons of our check run, and GitHub's own "Re-run": the same as the commands, by the same rights."""

from __future__ import annotations

from bot.events import Actor, ButtonPressed, ChecksRerequested, Repo
from bot.github.model import Right
from bot.jobs.port import Jobs, Json
from bot.posting.check_report import DISMISS, FIX, RERUN
from bot.workflow.arrive import Arriving
from bot.workflow.calls import Caller, step
from bot.workflow.fixes import post_fixes
from bot.workflow.ids import review_id_of, subject_of
from bot.workflow.obey import findings_now, identity_from
from bot.workflow.parts import Parts
from bot.workflow.silence import dismissal_of
from bot.workflow.wire import read, repo_from, to_json
from kb.outcomes.app import DismissalSource


class Buttons:
    """The steps behind the buttons, registered once per worker."""

    def __init__(self, jobs: Jobs, parts: Parts, arriving: Arriving) -> None:
        self._parts, self._arriving = parts, arriving
        self._pulls = step(jobs, "pulls-of", self._pulls_of)
        self._right = step(jobs, "right", self._right_of)
        self._press = step(jobs, "press", self._pressed)

    async def rerequested(self, call: Caller, event: ChecksRerequested) -> str:
        """Review again every open pull request that has this head."""
        numbers = await self._numbers(call, event.repo, event.head, event.review)
        for number in numbers:
            await self._arriving.ask_review(call, event.repo, number, _asked(call), None)
        return f"reviewing {numbers}"

    async def pressed(self, call: Caller, event: ButtonPressed) -> str:
        """Do what a button says, for people who may write; GitHub shows buttons to them alone, and we ask again."""
        if not await call(self._right, to_json(event.repo), to_json(event.sender)):
            return "refused"
        numbers = await self._numbers(call, event.repo, event.head, event.review)
        for number in numbers:
            if event.identifier != RERUN.identifier:
                await call(self._press, to_json(event), number, call.job)
            if event.identifier in (RERUN.identifier, DISMISS.identifier):
                await self._arriving.ask_review(call, event.repo, number, _asked(call), None)
        return f"{event.identifier} {numbers}"

    async def _numbers(self, call: Caller, repo: Repo, head: str, review: str) -> list[int]:
        found = review_id_of(review)
        if found is not None and found.repository == repo.id:
            return [found.number]
        return list(await call(self._pulls, to_json(repo), head))

    async def _pulls_of(self, repo: Json, head: str) -> Json:
        pulls = await self._parts.github.pulls_of(repo_from(repo), head)
        return [pull.number for pull in pulls if pull.is_open and pull.head == head]

    async def _right_of(self, repo: Json, sender: Json) -> Json:
        right = await self._parts.github.right_of(repo_from(repo), read(sender, Actor))
        return right.covers(Right.WRITE)

    async def _pressed(self, data: Json, number: int, job: str) -> Json:
        event, parts = read(data, ButtonPressed), self._parts
        pull = await parts.github.pull(event.repo, number)
        if pull.head != event.head:
            return "the head has moved"
        if event.identifier == FIX.identifier:
            findings = await findings_now(parts, event.repo, number, event.head)
            return await post_fixes(parts, event.repo, pull, findings, job)
        if event.identifier == DISMISS.identifier:
            standing = await parts.ask(parts.store.standing, event.repo.identity, subject_of(number))
            for identity in map(identity_from, standing):
                asked = dismissal_of(
                    event.repo, number, identity, event.sender, DismissalSource.BUTTON, "all of a head", parts
                )
                await parts.ask(parts.store.dismiss, asked, mark=f"{job}:{identity.fingerprint}")
            return len(standing)
        return "no such button"


def _asked(call: Caller) -> str:
    """Return what tells this request for a review from others: part of the delivery's id."""
    return "r" + "".join(c for c in call.delivery if c.isalnum())[:16]
