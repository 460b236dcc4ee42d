"""What runs by the clock: what GitHub could not deliver, heads without a review, checks and drafts left open.

Nothing here is needed where nothing goes wrong; each part brings back what a crash or an outage left behind.
"""

from __future__ import annotations

from datetime import timedelta

from bot.events import Actor, PullChanged, Repo, to_json
from bot.github.errors import Forbidden, GitHubError, Gone, Refused
from bot.jobs.port import Job, Jobs, JobState, Queue
from bot.logs import log
from bot.workflow.checks import Ending, close_check, plain
from bot.workflow.ids import review_prefix
from bot.workflow.parts import Parts
from bot.workflow.recalling import sweep

REDELIVERABLE = timedelta(days=3)  # GitHub keeps deliveries that long
STALE_CHECK = timedelta(minutes=10)
SPENT = timedelta(days=400)  # what models cost: a year and a month
FORGET = timedelta(days=30)  # attempts: longer than any job lives
AGAIN = "!"  # in the id of a job's second run, which is its last
REVIEWS_A_HEAD = 3  # a head whose reviews came to nothing this often is left alone until somebody asks

EVERY_TEN_MINUTES, HOURLY, NIGHTLY = "*/10 * * * *", "7 * * * *", "23 3 * * *"


DID_NOT_END = plain("neutral", "Not checked: the review did not end")
_LEFT: dict[JobState | None, Ending] = {
    JobState.CANCELLED: plain("cancelled", "Superseded"),
    JobState.DONE: plain("neutral", "Ended: the result could not be written here, see the pull request"),
}


class Upkeep:
    """The scheduled runs of one worker."""

    def __init__(self, jobs: Jobs, parts: Parts) -> None:
        self._jobs, self._parts = jobs, parts

    def schedule(self) -> None:
        """Register every run; before the worker is launched."""
        self._jobs.schedule("redeliver", EVERY_TEN_MINUTES, self.redeliver)
        self._jobs.schedule("close-left-checks", EVERY_TEN_MINUTES, self.close_left_checks)
        self._jobs.schedule("sweep-pulls", HOURLY, self.sweep_pulls)
        self._jobs.schedule("tidy", NIGHTLY, self.tidy)

    async def redeliver(self) -> None:
        """Ask GitHub to deliver again what failed: it never does so by itself.

        A delivery that did arrive is known by its id and does nothing; a job of one that failed runs again.
        """
        since = self._parts.now() - REDELIVERABLE
        for delivery in await self._parts.github.failed_deliveries(since):
            if await self._jobs.find(f"gh:{delivery.guid}", active=False):
                continue
            try:
                await self._parts.github.redeliver(delivery.id)
            except (Gone, Refused) as error:  # GitHub has it no more; the others must not wait for it
                log("upkeep").warning("redeliver", delivery=delivery.guid, error=str(error))
                continue
            log("upkeep").info("redeliver", delivery=delivery.guid, event_name=delivery.event)
        await self._run_failed_again()

    async def _run_failed_again(self) -> None:
        """Give every delivery's job that ended with a bug one more run."""
        for job in await self._jobs.failed("gh:"):
            if (
                AGAIN not in job
                and (await self._parts.ask(self._parts.store.attempt, f"again:{job}", self._parts.now())).is_first
            ):
                log("upkeep").warning("again", job=job, as_job=await self._jobs.again(job))

    async def close_left_checks(self) -> None:
        """Complete check runs whose review has ended without doing so: killed too often, failed, or cancelled."""
        before = self._parts.now() - STALE_CHECK
        for opened in await self._parts.ask(self._parts.store.open_checks, before=before):
            job = next(
                (job for job in await self._jobs.find(opened.review, active=False) if job.id == opened.review), None
            )
            if job is not None and job.state in (JobState.WAITING, JobState.RUNNING):
                continue
            state = job.state if job else None
            try:
                closed = await close_check(self._parts, opened.review, _LEFT.get(state, DID_NOT_END))
            except GitHubError as error:  # ten minutes later; others must not wait for it
                log("upkeep").warning("close-check", job=opened.review, error=str(error))
                continue
            log("upkeep").warning("close-check", job=opened.review, closed=closed, state=state)

    async def sweep_pulls(self) -> None:
        """Queue a look at every open pull request of late whose head has no review: its delivery may be lost."""
        for installation in await self._parts.github.installations():
            try:
                for repo in await self._parts.github.repositories(installation):
                    await self._sweep(repo)
            except GitHubError as error:  # the next hour comes; other installations must not wait for it
                log("upkeep").warning("sweep-pulls", installation=installation, error=str(error))

    async def _sweep(self, repo: Repo) -> None:
        try:
            pulls = await self._parts.github.open_pulls(repo)
        except (Gone, Forbidden) as error:  # this one's trouble, not its neighbours'
            log("upkeep").warning("sweep-pulls", repository=repo.identity, error=str(error))
            return
        since = self._parts.now() - REDELIVERABLE  # what is older was there before us: an install must not wake it up
        for pull in pulls:
            if pull.updated is not None and pull.updated < since:
                continue
            known = await self._jobs.find(review_prefix(repo, pull.number), active=False)
            here = [job for job in known if f":{pull.head}" in job.id]
            if len(here) < REVIEWS_A_HEAD and not any(map(_serves, here)):
                event = PullChanged(repo, pull.number, pull.head, "synchronize", Actor(0, ""))
                job = f"sweep:{repo.id}:{pull.number}:{pull.head}:{len(here)}"
                await self._jobs.enqueue(Queue.INBOX, "arrive", job, job, to_json(event))
                log("upkeep").info("sweep", job=job)
            await self._delete_orphan_drafts(
                repo, pull.number, {job.id for job in known if job.state is JobState.RUNNING}
            )

    async def _delete_orphan_drafts(self, repo: Repo, number: int, running: set[str]) -> None:
        """Delete drafts that a killed review left: only we see them, and they keep the next one from being made."""
        from bot.posting.posted import posted_of

        left = await self._parts.ask(self._parts.store.open_attempts, f"draft:{review_prefix(repo, number)}")
        if not left or running:
            return
        try:
            for review, _ in posted_of(await self._parts.github.state(repo, number)).drafts:
                await self._parts.github.delete_draft(repo, number, review)
            for key in left:
                await self._parts.ask(self._parts.store.attempted, key, "swept")
        except (Gone, Forbidden):
            pass

    async def tidy(self) -> None:
        """Make room: mirrors by size and age, attempts by age; mistakes and rules that nothing needed lately."""
        ask, store, now = self._parts.ask, self._parts.store, self._parts.now()
        await self._parts.mirrors.prune()
        await ask(store.forget_attempts, now - FORGET)
        await ask(store.archive_mistakes, now)
        await ask(store.retire_rules, now)
        await ask(store.forget_remarks, now)
        await ask(store.forget_spent, now - SPENT)
        await ask(sweep, self._parts.cache, now.timestamp())


def _serves(job: Job) -> bool:
    """Return whether a head needs no other review than this one; people asked not to have a skipped one."""
    if job.state is JobState.DONE:
        return job.result["end"] in ("posted", "silent", "skipped")
    return job.state in (JobState.WAITING, JobState.RUNNING)
