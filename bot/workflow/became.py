"""What became of things: closed and merged pull requests, settled threads, reverted merges; noted in the store."""

from __future__ import annotations

from bot.events import Actor, InstallationGone, PullClosed, Pushed, Repo, ThreadSettled
from bot.github.model import PullState, Right, Thread
from bot.jobs.port import Jobs, Json
from bot.posting.markers import identity_in
from bot.workflow.arrive import LAG
from bot.workflow.asker import CLOSED, Askers, was_asked
from bot.workflow.calls import Caller, step
from bot.workflow.ids import review_prefix, subject_of
from bot.workflow.parts import Parts
from bot.workflow.wire import actor_from, repo_from, to_json
from kb.outcomes.app import Note
from kb.outcomes.audit import Became


class Becoming:
    """The steps that note what became of things, registered once per worker."""

    def __init__(self, jobs: Jobs, parts: Parts) -> None:
        self._jobs, self._parts = jobs, parts
        self._is_open = step(jobs, "is-open", self._look)
        self._close_check = step(jobs, "close-left-check", self._close)
        self._tell = step(jobs, "tell-asker", Askers(parts).tell)
        self._closed = step(jobs, "note-closed", self._note_closed)
        self._settled = step(jobs, "note-settled", self._note_settled)
        self._reverted = step(jobs, "note-reverted", self._note_reverted)
        self._gone = step(jobs, "forget-installation", self._forget)

    async def pull_closed(self, call: Caller, event: PullClosed) -> str:
        """Stop reviewing, and note how the change and each finding that was open ended."""
        running = await self._jobs.find(review_prefix(event.repo, event.number), active=True)
        if not event.merged and await self._is_back(call, event):
            return "open again"
        if running:
            await self._jobs.cancel([job.id for job in running])
            for job in running:
                await call(self._close_check, job.id)
                if was_asked(job.id):
                    await call(self._tell, to_json(event.repo), job.id, CLOSED)
        merge = event.merge_commit if event.merged else None
        await call(self._closed, to_json(event.repo), event.number, event.head, event.merged, merge)
        return "merged" if event.merged else "closed"

    async def _is_back(self, call: Caller, event: PullClosed) -> bool:
        """Return whether it was opened again meanwhile: deliveries come late, and GitHub's API lags behind them."""
        if not await call(self._is_open, to_json(event.repo), event.number):
            return False
        await self._jobs.sleep(LAG)
        return bool(await call(self._is_open, to_json(event.repo), event.number))

    async def thread_settled(self, call: Caller, event: ThreadSettled) -> str:
        """Note that somebody resolved a thread of ours or reopened it; the next review draws the conclusion."""
        sender = to_json(event.sender)
        return str(
            await call(self._settled, to_json(event.repo), event.number, event.thread, event.resolved, sender, call.job)
        )

    async def pushed(self, call: Caller, event: Pushed) -> str:
        """Note which merged pull requests the default branch has taken back."""
        found = await call(self._reverted, to_json(event.repo), list(event.reverted), event.after)
        return f"reverted: {found}"

    async def installation_gone(self, call: Caller, event: InstallationGone) -> str:
        """Remove the mirrors; what still runs finds the door closed and ends."""
        await call(self._gone, event.installation, list(event.repositories))
        return "forgotten"

    async def _look(self, repo: Json, number: int) -> Json:
        return (await self._parts.github.pull(repo_from(repo), number)).is_open

    async def _close(self, job: str) -> Json:
        from bot.workflow.checks import close_check, plain

        return await close_check(self._parts, job, plain("cancelled", "The pull request was closed"))

    async def _note_closed(self, repo_json: Json, number: int, head: str, merged: bool, merge: str | None) -> Json:
        parts, repo, subject = self._parts, repo_from(repo_json), subject_of(number)
        await self._note_opinions(repo, await parts.github.state(repo, number))
        await parts.ask(parts.store.closed, repo.identity, number, head, merge)
        kind = Became.MERGED if merged else Became.CLOSED
        standing = await parts.ask(parts.store.standing, repo.identity, subject)
        for mark in ["", *(found.finding.fingerprint for found in standing)]:
            note = Note(repo.identity, subject, mark, kind, head, merge or "", parts.now())
            await parts.ask(parts.store.note, note, mark=f"{kind}:{subject}:{head}:{mark}")
        await parts.ask(parts.store.learn, repo.identity, parts.now())

    async def _note_opinions(self, repo: Repo, state: PullState) -> None:
        """Note thumbs by people who may write: reactions send no webhook, so they are read when we are there anyway."""
        for thread in state.threads:
            for kind, people in ((Became.LIKED, thread.thumbs_up), (Became.DISLIKED, thread.thumbs_down)):
                for actor in people:
                    await self._note_opinion(repo, state, thread, kind, actor)

    async def _note_opinion(self, repo: Repo, state: PullState, thread: Thread, kind: Became, actor: Actor) -> None:
        identity = identity_in(thread.body, thread.path)
        if identity is None or not (await self._parts.github.right_of(repo, actor)).covers(Right.WRITE):
            return
        note = Note(
            repo.identity,
            subject_of(state.number),
            identity.fingerprint,
            kind,
            state.head,
            actor.login,
            self._parts.now(),
        )
        await self._parts.ask(self._parts.store.note, note, mark=f"{kind}:{thread.comment}:{actor.id}")

    async def _note_settled(
        self, repo_json: Json, number: int, thread: str, resolved: bool, sender: Json, job: str
    ) -> Json:
        parts, repo, actor = self._parts, repo_from(repo_json), actor_from(sender)
        state = await parts.github.state(repo, number)
        ours = next((one for one in state.threads if one.node == thread), None)
        identity = identity_in(ours.body, ours.path) if ours else None
        app = await parts.github.app()
        if identity is None or actor.login == app.bot_login:
            return "not ours"
        kind = Became.RESOLVED if resolved else Became.UNRESOLVED
        note = Note(repo.identity, subject_of(number), identity.fingerprint, kind, state.head, actor.login, parts.now())
        await parts.ask(parts.store.note, note, mark=job)
        return str(kind)

    async def _note_reverted(self, repo_json: Json, commits: list[str], after: str) -> Json:
        parts, repo = self._parts, repo_from(repo_json)
        found = []
        for commit in commits:
            number = await parts.ask(parts.store.pull_of_merge, repo.identity, commit)
            if number is None:
                continue
            found.append(number)
            subject = subject_of(number)
            standing = await parts.ask(parts.store.standing, repo.identity, subject)
            for mark in ["", *(stood.finding.fingerprint for stood in standing)]:
                note = Note(repo.identity, subject, mark, Became.REVERTED, after, f"of {commit}", parts.now())
                await parts.ask(parts.store.note, note, mark=f"reverted:{commit}:{mark}")
        if found:
            await parts.ask(parts.store.learn, repo.identity, parts.now())
        return found

    async def _forget(self, installation: int, repositories: list[int]) -> Json:
        await self._parts.mirrors.remove(installation, tuple(repositories))
