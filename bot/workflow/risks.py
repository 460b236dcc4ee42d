"""By the clock, and rarely: repositories that are reviewed get a risk model, and later a newer one.

A tick looks for those that are due, and leaves the work to a job of its own: nothing else waits for it. What the job
learns is in use from the next review on. Where it fails, what was there stays, and a later tick tries again.
"""

from __future__ import annotations

from datetime import timedelta

from bot.events import Repo
from bot.github.errors import GitHubError
from bot.jobs.port import Jobs, Json, Queue
from bot.logs import log
from bot.workflow.calls import Caller, Halted, step
from bot.workflow.parts import Parts
from bot.workflow.training import Asked, Untaught, Why
from bot.workflow.wire import repo_from, to_json
from checks.risk import accepted_in

EVERY_THREE_HOURS = "43 */3 * * *"
OFTEN = timedelta(days=7)  # no repository is learnt from more often
PAUSES = {Why.LITTLE: timedelta(days=30), Why.FAILED: timedelta(days=1)}  # before it is tried again
MOST = 50  # repositories of one tick


class Training:
    """The tick and the job, registered once per worker."""

    def __init__(self, jobs: Jobs, parts: Parts) -> None:
        self._jobs, self._parts = jobs, parts
        self._train = step(jobs, "train-risk", self._trained)

    def register(self) -> None:
        """Register both; before the worker is launched."""

        async def train_risks(job: str, repos: list[Json]) -> Json:
            call = Caller(self._jobs, job)
            return [await self._one(call, repo) for repo in repos]

        self._jobs.workflow("train-risks")(train_risks)
        self._jobs.schedule("find-risks-to-train", EVERY_THREE_HOURS, self.begin)

    async def begin(self) -> None:
        """Queue one job for the repositories that are due; nothing while an earlier one runs."""
        if self._parts.teach is None or await self._jobs.find("risk:", active=True):
            return
        due: list[Json] = []
        for installation in await self._parts.github.installations():
            try:
                repos = await self._parts.github.repositories(installation)
            except GitHubError as error:  # another tick comes; other installations must not wait for it
                log("risk").warning("no repositories", installation=installation, error=str(error))
                continue
            due += [to_json(repo) for repo in repos if await self._parts.ask(self._is_due, repo)]
        if due:
            job = f"risk:{self._parts.now():%Y-%m-%dT%H:%M:%S}"
            await self._jobs.enqueue(Queue.INBOX, "train-risks", job, job, due[:MOST])

    async def _one(self, call: Caller, repo: Json) -> str:
        try:
            return str(await call(self._train, repo))
        except Halted as halted:
            log("risk").warning("not trained", repository=repo_from(repo).identity, reason=str(halted))
            return "halted"

    def _is_due(self, repo: Repo) -> bool:
        """Return whether the mirror is here, and reviews came since the model; and it did not fail a while ago."""
        store, now = self._parts.store, self._parts.now()
        if not self._parts.mirrors.path_of(repo).is_dir():
            return False
        for tried in store.attempts(_key(repo)):
            if tried.result in PAUSES and tried.at > now - PAUSES[Why(tried.result)]:
                return False
        last = next(iter(store.audits(repo.identity, limit=1)), None)
        if last is None:
            return False
        kept = store.risk_of(repo.identity)
        return kept is None or (kept.at <= now - OFTEN and last.at > kept.at)

    async def _trained(self, repo_json: Json) -> Json:
        parts, repo = self._parts, repo_from(repo_json)
        if parts.teach is None or not await parts.ask(self._is_due, repo):  # another life of this job has done it
            return "not due"
        asked = await parts.ask(self._asked, repo)
        busy = parts.room.locked
        made = Untaught(Why.BUSY, "reviews need the room") if busy() else await parts.teach(asked, busy)
        if isinstance(made, Untaught):
            log("risk").warning("not trained", repository=repo.identity, reason=made.reason)
            if made.why in PAUSES:
                key = f"{_key(repo)}{parts.now():%Y-%m-%dT%H:%M:%S}"
                await parts.ask(parts.store.attempt, key, parts.now())
                await parts.ask(parts.store.attempted, key, made.why.value)
            return made.why.value
        await parts.ask(parts.store.keep_risk, repo.identity, made.version, made.body, made.measured, parts.now())
        log("risk").info("trained", repository=repo.identity, changes=made.measured["changes"])
        return "trained"

    def _asked(self, repo: Repo) -> Asked:
        """Return what to learn from: the branch that the last review was for, and what the store knows."""
        store = self._parts.store
        (last,) = store.audits(repo.identity, limit=1)
        lessons = store.recollect(repo.identity, "", self._parts.now(), embedder=lambda: None).lessons
        return Asked(
            mirror=str(self._parts.mirrors.path_of(repo)),
            tips=(f"refs/prudent/targets/{last.subject.rpartition('/')[2]}", last.base),
            cache=self._parts.cache,
            accepted=accepted_in(lessons),
            reverted=store.reverted_merges(repo.identity),
        )


def _key(repo: Repo) -> str:
    return f"risk:{repo.identity}:"
