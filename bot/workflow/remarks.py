"""People remark on code: what recurs becomes a proposed rule, which says nothing until a maintainer enables it."""

from __future__ import annotations

from bot.events import Remarked
from bot.github.model import Right
from bot.jobs.port import Jobs, Json
from bot.logs import log
from bot.web.remark import REVIEWERS
from bot.workflow.calls import Caller, step
from bot.workflow.ground import mirror_with
from bot.workflow.ids import subject_of
from bot.workflow.parts import Parts
from bot.workflow.promoting import proposed_rule
from bot.workflow.wire import read, to_json
from kb.memory.promote import can_propose
from kb.memory.promote_alike import Remark, is_telling


class Remarking:
    """The steps that keep remarks and propose rules, registered once per worker."""

    def __init__(self, jobs: Jobs, parts: Parts) -> None:
        self._parts = parts
        self._note = step(jobs, "note-remark", self._noted)
        self._propose = step(jobs, "propose-rule", self._proposed)

    async def remarked(self, call: Caller, event: Remarked) -> str:
        """Keep what somebody who may write, or a known reviewer, said about code; returns what came of it."""
        said = to_json(event)
        if not await call(self._note, said):
            return "a remark that nothing is learnt from"
        slug = await call(self._propose, said)
        return f"proposed: {slug}" if slug else "kept"

    async def _noted(self, said: Json) -> Json:
        """Return whether a remark is kept; one that was kept before is, too."""
        event, parts = read(said, Remarked), self._parts
        remark = self._remark(event)
        if not is_telling(remark) or not can_propose(remark):
            return False
        is_reviewer = event.sender.is_bot and event.sender.login in REVIEWERS
        if not is_reviewer and not (await parts.github.right_of(event.repo, event.sender)).covers(Right.WRITE):
            return False
        await parts.ask(parts.store.note_remark, remark)
        return True

    async def _proposed(self, said: Json) -> Json:
        """Return the slug of the rule that this remark made ripe, "" if there is none."""
        event, parts = read(said, Remarked), self._parts
        kind = await parts.ask(parts.store.kind_of_remark, event.repo.identity, str(event.comment))
        if not kind:
            return ""
        pull = await parts.github.pull(event.repo, event.number)
        path, base = await mirror_with(parts, event.repo, pull, pull.base)
        rule = await proposed_rule(path, base, kind)
        made = await parts.ask(parts.store.propose_rule, rule, parts.now()) if rule is not None else None
        if made is None:
            return ""
        log("promote").info("proposed", repository=event.repo.identity, slug=made.slug, kind=made.kind)
        return made.slug

    def _remark(self, event: Remarked) -> Remark:
        return Remark(
            id=0,
            repository=event.repo.identity,
            mark=str(event.comment),
            subject=subject_of(event.number),
            by=event.sender.login,
            by_id=event.sender.id,
            path=event.path,
            text=event.body,
            code=event.code,
            at=self._parts.now().timestamp(),
        )
