"""The steps that post: `draft` and `submit`. Each may be run again after any crash.

`draft` reads what stands, plans, and makes what is new as a pending review: GitHub takes one of those per pull request
and author, all of it or nothing, and shows it to nobody else. `submit` shows it. Whatever died in between is found by
its marker and finished, or deleted by the next review; it is never posted a second time.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from bot.audit import audit_of
from bot.dismissals import without_dismissed
from bot.events import Repo
from bot.github.errors import Gone, Refused, Unreachable
from bot.github.model import Pull, PullState, ReviewState
from bot.jobs.port import Json
from bot.logs import log
from bot.posting.anchors import Anchors, from_patches
from bot.posting.check_report import report_of
from bot.posting.gone import fixed_by
from bot.posting.links import Links
from bot.posting.look import Context
from bot.posting.markers import identity_of, plain
from bot.posting.model import Plan, Posted
from bot.posting.plan import plan
from bot.posting.posted import posted_of
from bot.posting.sameness import matched
from bot.posting.wanted import wanted_of
from bot.workflow.checks import Ending
from bot.workflow.edits import edit_to_json
from bot.workflow.ground import Ground, ground_of, in_base_by_now, landed_in, mirror_with
from bot.workflow.ids import subject_of
from bot.workflow.parts import Parts
from bot.workflow.read import may_be_approved, settings_at
from bot.workflow.silence import heed
from bot.workflow.wire import pull_from, read, repo_from, to_json
from checks.settings import AppOptions
from checks.settings_file import PATH as SETTINGS_PATH
from checks.verdict import Verdict

SECOND_LOOK = 2.0  # seconds: a head that seems to have moved is looked at twice, answers can be stale
_OFF_DIFF = ("part of the diff", "could not be resolved", "same hunk", "diff hunk", "precede the end line")
_OWN_PULL = ("own pull request",)


class Posting:
    """The steps that post."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def draft(self, job: str, repo_json: Json, pull_json: Json, made: Json) -> Json:
        """Plan, and make what is new as a draft; returns what the next steps need, or why there are none."""
        repo, pull = repo_from(repo_json), pull_from(pull_json)
        state = await self._state(repo, pull)
        if not state.is_open:
            return {"end": "closed", "why": "The pull request was closed"}
        if state.head != pull.head:
            return {"end": "superseded", "why": f"Superseded by {state.head[:12]}"}
        scene = await self._scene(job, repo, pull, state, read(made["verdict"], Verdict), made["target"])
        drawn, draft = await self._made(scene)
        conclusion, report = report_of(scene.verdict, options=scene.options, links=scene.links)
        review = drawn.review
        return {
            "draft": draft,
            "stance": review.stance.value if review else "",
            "body": review.body if review else "",
            "edits": [edit_to_json(edit) for edit in drawn.edits],
            "ending": to_json(Ending(conclusion, report)),
            "verdict": to_json(scene.verdict),
            "overall": scene.verdict.overall.value,
            "said": draft is not None or bool(drawn.edits),
        }

    async def submit(self, job: str, repo_json: Json, pull_json: Json, drawn: Json) -> Json:
        """Show the draft: "submitted", "gone" if it is not there, or the head that made it stale."""
        ended = await self._submitted(repo_from(repo_json), pull_from(pull_json), drawn)
        await self._parts.ask(self._parts.store.attempted, f"draft:{job}", ended)
        return ended

    async def _submitted(self, repo: Repo, pull: Pull, drawn: Json) -> str:
        draft, github = int(drawn["draft"]), self._parts.github
        if not (await self._parts.ask(self._parts.store.attempt, f"submit:{draft}", self._parts.now())).is_first:
            try:
                review = await github.review(repo, pull.number, draft)
            except Gone:
                return "gone"
            if review.state is not ReviewState.PENDING:
                return "submitted"
        live = await github.pull(repo, pull.number)
        if live.head != pull.head:
            await self._delete(repo, pull.number, draft)
            return live.head
        try:
            await self._show(repo, pull.number, draft, drawn["stance"], drawn["body"])
        except Gone:
            return "gone"
        return "submitted"

    async def _show(self, repo: Repo, number: int, draft: int, stance: str, body: str) -> None:
        """Submit a draft. Our own pull request takes comments only; one that is shown already is not refused to us."""
        github = self._parts.github
        try:
            await github.submit(repo, number, draft, event=stance, body=body)
        except Refused as refused:
            if stance != "COMMENT" and _says(refused, _OWN_PULL):
                await github.submit(repo, number, draft, event="COMMENT", body=body)
            elif (await github.review(repo, number, draft)).state is ReviewState.PENDING:
                raise

    async def _delete(self, repo: Repo, number: int, draft: int) -> None:
        """Delete a draft; where GitHub refuses, somebody of ours has shown it meanwhile, so all is looked at again."""
        try:
            await self._parts.github.delete_draft(repo, number, draft)
        except Refused as refused:
            raise Unreachable(f"a draft cannot be deleted: {refused}") from refused

    async def _state(self, repo: Repo, pull: Pull) -> PullState:
        state = await self._parts.github.state(repo, pull.number)
        if state.is_open and state.head != pull.head:
            await asyncio.sleep(SECOND_LOOK)
            state = await self._parts.github.state(repo, pull.number)
        return state

    async def _scene(self, job: str, repo: Repo, pull: Pull, state: PullState, verdict: Verdict, target: str) -> _Scene:
        """Bring together what the plan stands on; who silenced what since the last review is heeded here."""
        parts = self._parts
        last = await parts.ask(parts.store.last_audit, repo.identity, subject_of(pull.number))
        path, target = await mirror_with(parts, repo, pull, target)
        ground = await parts.ask(ground_of, path, target, pull.head, last.head if last else "")
        settings, _ = await parts.ask(settings_at, path, target)
        bot_login = (await parts.github.app()).bot_login
        posted = posted_of(state, bot_login)
        identities = [identity_of(finding) for finding in verdict.findings]
        before = matched(posted.threads, identities, ground.renamed, ground.head_paths)
        now = {identity.fingerprint: identity for identity in identities}
        await heed(parts, repo, state, {old.thread: now[mark] for mark, old in before.items()})
        dismissals = await parts.ask(parts.store.dismissals, repo.identity)
        said = without_dismissed(verdict, dismissals, ground.renamed, ground.head_paths)
        is_gone = fixed_by(audit_of(verdict, now=parts.now()), landed_in(path), ground.renamed)
        is_in_base = in_base_by_now(path, ground.base, state)
        context = Context(
            verdict=said,
            links=Links(repo, ground.base, pull.head),
            is_fixed=lambda standing: is_gone(standing) and not is_in_base(standing),
            renamed=ground.renamed,
            head_paths=ground.head_paths,
        )
        own = any(entry.by == pull.author.login for entry in said.silenced)  # nobody approves what is theirs
        own |= any(SETTINGS_PATH in (file.path, file.old_path) for file in ground.files)  # nor its own judge
        options = replace(settings.app, approve=may_be_approved(repo, pull, settings) and not own)
        return _Scene(job, repo, pull, posted, ground, options, context)

    async def _made(self, scene: _Scene) -> tuple[Plan, int | None]:
        """Plan and make the draft. What GitHub does not take on a line goes into the summary."""
        github, repo, number = self._parts.github, scene.repo, scene.pull.number
        for anchors in (scene.ground.anchors, None, Anchors({})):
            if anchors is None:
                patches = await github.patched_lines(repo, number)
                anchors = from_patches(patches, scene.ground.anchors.renamed)
            drawn = await self._parts.ask(scene.plan, anchors)  # it may ask git what has landed
            for left in drawn.delete:
                await self._delete(repo, number, left.review)
            if drawn.review is None:
                return drawn, None
            mine = [review for review, marker in scene.posted.drafts if marker == plain(scene.job)]
            kept = [review for review in mine if review not in {left.review for left in drawn.delete}]
            if kept:
                return drawn, kept[0]
            await self._parts.ask(self._parts.store.attempt, f"draft:{scene.job}", self._parts.now())
            try:
                made = await github.create_draft(
                    repo,
                    number,
                    commit=scene.pull.head,
                    body=drawn.review.body,
                    comments=drawn.review.comments,
                )
            except Refused as refused:
                if not _says(refused, _OFF_DIFF):
                    raise _looked_again(refused) from None
                log("draft").warning("refused", job=scene.job, reasons=list(refused.reasons)[:3])
                continue
            return drawn, made.id
        raise Unreachable("GitHub takes no comment at all on this pull request now")


@dataclass(frozen=True)
class _Scene:
    """One pull request as it stands, and what is to be said about its head."""

    job: str
    repo: Repo
    pull: Pull
    posted: Posted
    ground: Ground
    options: AppOptions
    context: Context

    @property
    def verdict(self) -> Verdict:
        return self.context.verdict

    @property
    def links(self) -> Links:
        return self.context.links

    def plan(self, anchors: Anchors) -> Plan:
        wanted = wanted_of(
            self.verdict, anchors, job=self.job, head=self.pull.head, options=self.options, links=self.links
        )
        return plan(self.posted, wanted, self.context)


def _says(refused: Refused, parts: tuple[str, ...]) -> bool:
    text = " ".join((str(refused), *refused.reasons)).lower()
    return any(part in text for part in parts)


def _looked_again(refused: Refused) -> Exception:
    """Return what has the step looked at again: a draft of ours that this look did not see yet."""
    if _says(refused, ("pending review",)):
        return Unreachable("GitHub has a draft of ours that it did not show")
    return refused
