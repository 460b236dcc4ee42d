"""The review of one head: fetch and read, draft, submit, log, edit, close the check. Each arrow is a durable step.

`read` happens in a process without secrets. `draft` looks at what stands on the pull request and makes what is new as a
draft that only we see; `submit` shows it. A crash between any two of them, or inside one, posts nothing twice: see
`bot.workflow.post`.
"""

from __future__ import annotations

from bot.jobs.port import Jobs, Json, Queue
from bot.logs import log
from bot.workflow.calls import A_DAY, LONGEST_PAUSE, Caller, Halted, step
from bot.workflow.checks import Ending, close_check, plain
from bot.workflow.edits import Editing
from bot.workflow.ids import review_id_of, review_prefix
from bot.workflow.log_outcome import Logging
from bot.workflow.parts import Parts
from bot.workflow.post import Posting
from bot.workflow.read import Reading
from bot.workflow.wire import read, repo_from, to_json

INTERNAL = "Not checked: an internal error; the log of the worker has it. The head is looked at again within the hour."
UNSEEN = ("skipped", "stopped")  # ends after which an earlier approval would go on counting for what nobody looked at
DRAFTS = 3  # a draft that vanished is made again this often
LOST = ("Gone", "Forbidden", "Unauthorised")  # the repository, the pull request or the permission is not there any more


class Reviewing:
    """The workflow `review` and its steps, registered once per worker."""

    def __init__(self, jobs: Jobs, parts: Parts) -> None:
        self._jobs, self._parts = jobs, parts
        reading, posting, editing, logging = Reading(parts), Posting(parts), Editing(parts), Logging(parts)
        self._wanted = step(jobs, "wanted", reading.unwanted)
        self._read = step(jobs, "read", reading.read, preemptible=True)
        self._draft = step(jobs, "draft", posting.draft)
        self._submit = step(jobs, "submit", posting.submit)
        self._edit = step(jobs, "edit", editing.edit)
        self._close = step(jobs, "close", self._close_check)
        self._log = step(jobs, "log", logging.log)
        self._answer = step(jobs, "answer", editing.answer)
        self._withdraw = step(jobs, "withdraw", editing.withdraw)

    def register(self) -> None:
        """Register the workflows; before the worker is launched."""

        async def review(job: str, repo: Json, pull: Json, answer: Json, delivery: str) -> Json:
            return await self.review(Caller(self._jobs, job, delivery), repo, pull, answer)

        async def log_verdict(job: str, delivery: str, repo: Json, pull: Json, verdict: Json) -> Json:
            await self._in_turn(f"log:{job}", f"log:{review_prefix(repo_from(repo), pull['number'])}")
            return await Caller(self._jobs, f"log:{job}", delivery, A_DAY)(self._log, job, repo, pull, verdict)

        self._jobs.workflow("review")(review)
        self._jobs.workflow("log")(log_verdict)

    async def review(self, call: Caller, repo: Json, pull: Json, answer: Json) -> Json:
        """Review one head, whatever happens close its check run; returns how it ended."""
        job = call.job
        try:
            end = await self._review(call, job, repo, pull)
        except Halted as halted:
            end = {"end": "gone" if halted.kind in LOST else "stopped", "why": str(halted)}
            await self._close_anyway(call, job, plain("neutral", "Not checked", f"Not checked: {halted}"))
        except Exception:  # the worker's loop: a bug ends this job, never leaves its check run open
            await self._close_anyway(call, job, plain("neutral", "Not checked: an internal error", INTERNAL))
            await self._withdraw_anyway(call, repo, pull)
            raise
        if end["end"] in UNSEEN:
            await self._withdraw_anyway(call, repo, pull)
        if answer is not None:
            await self._tell(call, repo, answer, end)
        log("review").info("ended", job=job, delivery=call.delivery, end=end["end"])
        return end

    async def _review(self, call: Caller, job: str, repo: Json, pull: Json) -> Json:
        asked = bool((review_id := review_id_of(job)) and review_id.asked)
        if not asked and (why := await call(self._wanted, repo, pull)):
            return await self._end(call, job, plain("skipped", why), {"end": "skipped", "why": why})
        made = await call(self._read, repo, pull, asked)
        if "skip" in made:
            return await self._end(call, job, plain("skipped", made["skip"]), {"end": "skipped", "why": made["skip"]})
        posted = await self._post(call, job, repo, pull, made)
        if "end" in posted:
            return await self._end(call, job, plain("cancelled", posted["why"]), posted)
        # A job of its own: it is not cancelled with this one, and waits for a store that is away as long as it takes.
        await self._jobs.enqueue(Queue.INBOX, "log", f"log:{job}", job, call.delivery, repo, pull, posted["verdict"])
        await call(self._edit, repo, pull["number"], posted["edits"])
        await call(self._close, job, posted["ending"])
        return {"end": "posted" if posted["said"] else "silent", "overall": posted["overall"]}

    async def _post(self, call: Caller, job: str, repo: Json, pull: Json, made: Json) -> Json:
        """Draft and submit; a draft that is gone when it is to be submitted is made again."""
        for _ in range(DRAFTS):
            drawn = await call(self._draft, job, repo, pull, made)
            if "end" in drawn or drawn["draft"] is None:
                return drawn
            sent = await call(self._submit, job, repo, pull, drawn)
            if sent == "submitted":
                return drawn
            if sent != "gone":
                return {"end": "superseded", "why": f"Superseded by {sent[:12]}"}
        raise Halted("Refused", "the draft review was deleted by somebody again and again")

    async def _in_turn(self, job: str, prefix: str) -> None:
        """Wait for the logs of earlier reviews: the last one written is what the next is compared with."""
        pause = 1.0
        while (found := await self._jobs.find(prefix, active=True)) and found[0].id != job:
            await self._jobs.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)

    async def _end(self, call: Caller, job: str, ending: Ending, end: Json) -> Json:
        await call(self._close, job, to_json(ending))
        return end

    async def _close_anyway(self, call: Caller, job: str, ending: Ending) -> None:
        try:
            await call(self._close, job, to_json(ending))
        except Halted as halted:  # nobody is left to be told; the watchdog tries again
            log("review").warning("check left open", job=job, why=str(halted))

    async def _withdraw_anyway(self, call: Caller, repo: Json, pull: Json) -> None:
        try:
            await call(self._withdraw, repo, pull["number"])
        except Halted as halted:
            log("review").warning("approvals left", job=call.job, why=str(halted))

    async def _tell(self, call: Caller, repo: Json, answer: Json, end: Json) -> None:
        try:
            await call(self._answer, repo, answer, end)
        except Halted as halted:
            log("review").warning("asker not told", job=call.job, why=str(halted))

    async def _close_check(self, job: str, ending: Json) -> Json:
        return await close_check(self._parts, job, read(ending, Ending))
