"""A pull request changed: decides, from its live head alone, which review is to run, and cancels what it makes stale.

Deliveries come twice, late and out of order; several are worked on at once. The rule that survives all of that: list
the reviews that run, *then* read the live head, then cancel what was listed, then queue the live head's review.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile

from bot.events import PullChanged, Repo
from bot.github.model import Pull
from bot.jobs.port import Job, Jobs, JobState, Json, Queue
from bot.workflow.asker import ANOTHER, Askers, was_asked
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
        self._tell = step(jobs, "tell-asker", Askers(parts).tell)

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
        # What runs or waits on this very head for somebody else is left alone unless its work is done anew.
        others = [other.id for other in stale if known is None or not _is_on(other, pull.head)]
        if others:
            await self._jobs.cancel(others)
            for other in others:
                await call(self._close, other, "cancelled", f"Superseded by {pull.head[:12]}")
                if was_asked(other):
                    await call(self._tell, to_json(repo), other, ANOTHER)
        if known is None:
            await call(self._open, to_json(repo), pull.number, job, pull.head)
            facts = (job, to_json(repo), to_json(pull), answer, call.delivery)
            await self._jobs.enqueue(Queue.REVIEWS, "review", job, *facts, partition=str(repo.installation))
        return job

    async def _look(self, call: Caller, repo: Repo, number: int) -> tuple[tuple[Job, ...], Pull]:
        """List the running reviews, then read the head: in this order, or a newer review could be cancelled."""
        listed = await self._jobs.find(review_prefix(repo, number), active=True)
        return listed, await self.live(call, repo, number)

    async def _which(self, repo: Repo, wanted: ReviewId, *, again: bool) -> tuple[str, Job | None]:
        """Return the id to use, and the job that has it already; or the job that makes another one needless.

        That is a review of this head, whoever asked for it, if no other head was queued since: what stands then tells
        of this one. It waits, runs or has a verdict; one that was cancelled (the pull request was closed for a while)
        or came to nothing is made once more, as `~2` and so on. `again` asks for one after all of them: the base has
        changed. Who asks for a review gets one of their own.
        """
        jobs = await self._jobs.find(review_prefix(repo, wanted.number), active=False)
        serving = [job for job in reversed(jobs) if job.id == str(wanted)] if wanted.asked else _latest(jobs, wanted)
        if not again and (known := next(filter(_serves, serving), None)):
            return known.id, known
        taken, time = {job.id for job in jobs}, 1
        while str(replace(wanted, time=time)) in taken:
            time += 1
        return str(replace(wanted, time=time)), None

    async def _read_pull(self, repo: Json, number: int) -> Json:
        pull = await self._parts.github.pull(repo_from(repo), number)
        # What is returned is stored: people do paste secrets into descriptions.
        return to_json(replace(pull, title=redact(pull.title), body=redact(pull.body)))

    async def _open_check(self, repo: Json, number: int, job: str, head: str) -> Json:
        await open_check(self._parts, repo_from(repo), number, job, head)

    async def _close_check(self, job: str, conclusion: str, title: str) -> Json:
        return await close_check(self._parts, job, plain(conclusion, title))


def _is_on(job: Job, head: str) -> bool:
    review = review_id_of(job.id)
    return review is not None and review.head == head


def _latest(jobs: tuple[Job, ...], wanted: ReviewId) -> list[Job]:
    """Return the reviews of a head that were queued since the last one of any other head, newest first."""
    return list(takewhile(lambda job: _is_on(job, wanted.head), reversed(jobs)))


def _serves(job: Job) -> bool:
    if job.state is JobState.DONE:
        return not (isinstance(job.result, dict) and job.result.get("end") in AGAIN)
    return job.state in (JobState.WAITING, JobState.RUNNING)
