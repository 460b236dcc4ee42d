"""Calls steps until they are settled: rate limits and outages are slept out durably, what is final ends the job.

GitHub may be away, and so may the outcomes store. A step's answer is kept by the job's store, an exception would not
survive it: so expected errors become answers inside the step, and the workflow reads them here.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.github.errors import GitHubError, Refused, Unreachable, Wait
from bot.jobs.port import Jobs, Json
from bot.logs import log
from kb.errors import StoreError

OUTAGES = 10  # pauses of 2, 4, 8, ... 300 s: some twenty minutes of GitHub not answering
A_DAY = 290  # the same, for what nobody tries again: a command, a close, a verdict to be logged
WAITS = 200  # a job never sleeps through more rate limits than this
LONGEST_PAUSE = 300.0

Step = Callable[..., Awaitable[Json]]


class Halted(Exception):
    """A step's error is final. `kind` is the class of the GitHubError, or "Unreachable" after the last try."""

    def __init__(self, kind: str, text: str, reasons: tuple[str, ...] = ()) -> None:
        super().__init__(f"{kind}: {text}")
        self.kind, self.text, self.reasons = kind, text, reasons


def step(jobs: Jobs, name: str, run: Step, *, preemptible: bool = False) -> Step:
    """Return `run` as a step of this name whose expected errors are answers."""

    async def once(*args: Json) -> Json:
        try:
            return {"value": await run(*args)}
        except Wait as error:
            return {"error": "Wait", "text": str(error), "seconds": error.seconds}
        except Refused as error:
            return {"error": "Refused", "text": str(error), "reasons": list(error.reasons)}
        except GitHubError as error:
            return {"error": type(error).__name__, "text": str(error)}
        except StoreError as error:
            return {"error": Unreachable.__name__, "text": str(error)}

    once.__name__ = once.__qualname__ = name
    return jobs.step(name, preemptible=preemptible)(once)


@dataclass(frozen=True)
class Caller:
    """Calls the steps of one job, in order, and writes one line about each; `outages`: pauses before it gives up."""

    jobs: Jobs
    job: str
    delivery: str = ""
    outages: int = OUTAGES

    async def __call__(self, run: Step, *args: Json) -> Json:
        """Return a step's value; raises Halted if it cannot be had."""
        outages = waits = 0
        while True:
            began = time.monotonic()
            answer = await run(*args)
            error = answer.get("error", "")
            self._say(run, began, error, answer.get("text", ""))
            if not error:
                return answer["value"]
            if error == Wait.__name__ and waits < WAITS:
                waits += 1
                await self.jobs.sleep(answer["seconds"])
            elif error == Unreachable.__name__ and outages < self.outages:
                outages += 1
                await self.jobs.sleep(min(LONGEST_PAUSE, 2.0 ** min(outages, 9)))
            else:
                raise Halted(error, answer["text"], tuple(answer.get("reasons", ())))

    def _say(self, run: Step, began: float, error: str, text: str) -> None:
        known = {"job": self.job, "delivery": self.delivery, "ms": round((time.monotonic() - began) * 1000)}
        name = getattr(run, "__name__", "step")
        if error:
            log("workflow").warning(name, error=error, text=text, **known)
        else:
            log("workflow").info(name, **known)
