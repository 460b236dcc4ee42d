"""A pull request changed: decides, from its live head alone, which review is to run, and cancels what it makes stale.

Deliveries come twice, late and out of order; several are worked on at once. The rule that survives all of that: list
the reviews that run, *then* read the live head, then cancel what was listed, then queue the live head's review.
"""

from __future__ import annotations

from dataclasses import replace

from bot.events import PullChanged, Repo
from bot.github.model import Pull
from bot.jobs.port import Job, Jobs, JobState, Json, Queue
from bot.workflow.calls import Caller, step
from bot.workflow.checks import close_check, open_check, plain
from bot.workflow.ids import ReviewId, review_id_of, review_prefix
from bot.workflow.parts import Parts
from bot.workflow.wire import pull_from, repo_from, to_json
from kb.redact import redact

LAG = 10.0  # seconds that GitHub's API may be behind its own webhooks
AGAIN = ("superseded", "skipped", "closed", "gone", "stopped")  # ends after which a head may be reviewed once more


class Arriving:
    """The steps of `pull_changed`, registered once per worker."""

    def __init__(self, jobs: Jobs, parts: Parts) -> None:
        self._jobs, self._parts = jobs, parts
        self._pull = step(jobs, "pull", self._read_pull)
        self._open = step(jobs, "open-check", self._open_check)
        self._close = step(jobs, "close-check", self._close_check)

    async def pull_changed(self, call: Caller, event: PullChanged) -> str:
        """Queue the review of the live head; returns its id, or why there is none."""
        repo, number = event.repo, event.number
        stale, pull = await self._look(call, repo, number)
        if pull.head != event.head:
            await self._jobs.sleep(LAG)
            stale, pull = await self._look(call, repo, number)
        if not pull.is_open:
            return "closed"
        return await self.queue_review(call, repo, pull, stale, again=event.action == "edited")

    async def ask_review(self, call: Caller, repo: Repo, number: int, asked: str, answer: Json) -> str:
        """Queue a review of the live head that somebody asked for; `answer` is the reply to edit when it is done."""
        stale, pull = await self._look(call, repo, number)
        if not pull.is_open:
            return "closed"
        return await self.queue_review(call, repo, pull, stale, asked=asked, answer=answer)

    async def live(self, call: Caller, repo: Repo, number: int) -> Pull:
        """Return the pull request as it is now."""
        return pull_from(await call(self._pull, to_json(repo), number))

    async def queue_review(
        self,
        call: Caller,
        repo: Repo,
        pull: Pull,
        stale: tuple[Job, ...],
        *,
        asked: str = "",
        answer: Json = None,
        again: bool = False,
    ) -> str:
        """Cancel the reviews listed before the head was read, and queue this head's; returns the job's id."""
        wanted = ReviewId(repo.id, pull.number, pull.head, asked)
        job, known = await self._which(repo, wanted, again=again)
        others = [other.id for other in stale if other.id != job]
        if others:
            await self._jobs.cancel(others)
            for other in others:
                await call(self._close, other, "cancelled", f"Superseded by {pull.head[:12]}")
        if known is None:
            await call(self._open, to_json(repo), pull.number, job, pull.head)
            facts = (job, to_json(repo), to_json(pull), answer)
            await self._jobs.enqueue(Queue.REVIEWS, "review", job, *facts, partition=str(repo.installation))
        return job

    async def _look(self, call: Caller, repo: Repo, number: int) -> tuple[tuple[Job, ...], Pull]:
        """List the running reviews, then read the head: in this order, or a newer review could be cancelled."""
        listed = await self._jobs.find(review_prefix(repo, number), active=True)
        return listed, await self.live(call, repo, number)

    async def _which(self, repo: Repo, wanted: ReviewId, *, again: bool) -> tuple[str, Job | None]:
        """Return the id to use, and the job that has it already.

        A head whose review ended without a verdict (superseded by a push that was taken back, skipped as a draft)
        gets another, `~2` and so on; so does one that the branch was put back to, since what stands tells of the head
        in between. `again` asks for one after a verdict too: the base has changed.
        """
        jobs = await self._jobs.find(review_prefix(repo, wanted.number), active=False)
        found = {job.id: job for job in jobs}
        newest = review_id_of(jobs[-1].id) if jobs else None
        is_back = newest is not None and newest.head != wanted.head and not wanted.asked
        time = 1
        while True:
            job = str(ReviewId(wanted.repository, wanted.number, wanted.head, wanted.asked, time))
            known = found.get(job)
            if known is None:
                return job, None
            ended = known.result.get("end") if isinstance(known.result, dict) else None
            serves = known.state is JobState.DONE and ended not in AGAIN
            serves = (serves or known.state is JobState.CANCELLED) and not is_back
            serves = serves or known.state is JobState.RUNNING
            if known.state is JobState.WAITING or (serves and not again):
                return job, known
            time += 1

    async def _read_pull(self, repo: Json, number: int) -> Json:
        pull = await self._parts.github.pull(repo_from(repo), number)
        # What is returned is stored: people do paste secrets into descriptions.
        return to_json(replace(pull, title=redact(pull.title), body=redact(pull.body)))

    async def _open_check(self, repo: Json, number: int, job: str, head: str) -> Json:
        await open_check(self._parts, repo_from(repo), number, job, head)

    async def _close_check(self, job: str, conclusion: str, title: str) -> Json:
        return await close_check(self._parts, job, plain(conclusion, title))
