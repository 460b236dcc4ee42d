"""What the App knows of durable jobs: queues, ids, workflows made of steps. `bot.jobs.engine.Engine` is it on dbos.

Rules that replay rests on (shared with every workflow): steps run one after another; a step returns what JSON can
hold and never a token; a workflow branches on what steps returned, never on an exception's type or on the clock.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeVar

Json = Any  # what JSON can hold

Run = TypeVar("Run", bound=Callable[..., Awaitable[Json]])


class Queue(StrEnum):
    """The queues. INBOX takes deliveries; REVIEWS is shared fairly among installations; UPKEEP does one at a time."""

    INBOX = "inbox"
    REVIEWS = "reviews"
    UPKEEP = "upkeep"


class JobState(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # ended with an exception
    CANCELLED = "cancelled"
    POISONED = "poisoned"  # killed its process too often, and is left alone


@dataclass(frozen=True)
class Job:
    """One job: its id, which workflow, where it stands, its result where it is done, why where it failed."""

    id: str
    workflow: str
    state: JobState
    result: Json = None
    error: str | None = None


class Enqueuer(Protocol):
    """The web process's half: it only adds jobs."""

    async def enqueue(self, queue: Queue, workflow: str, job: str, *args: Json, partition: str | None = None) -> bool:
        """Add a job durably before this returns; False if one with this id is there already (nothing is changed).

        An id of a job that FAILED or was CANCELLED counts as there: see `Jobs.resume` and `Jobs.again`.
        """
        ...

    async def check(self) -> None:
        """Raise `JobsDown` if the database cannot be used now."""
        ...

    async def waiting(self) -> dict[str, int]:
        """Return how many jobs wait or run, by queue: for /metrics."""
        ...

    async def close(self) -> None:
        """Give the connections back."""
        ...


class Jobs(Enqueuer, Protocol):
    """The worker's half. Workflows and steps are registered before `launch`.

    In a workflow `enqueue` is a step too. There False may also mean that this very call added the job, in a life
    that ended before it could note so.
    """

    def workflow(self, name: str, *, attempts: int = 5) -> Callable[[Run], Run]:
        """Register a coroutine as a workflow; after `attempts` deaths of its process it is POISONED."""
        ...

    def step(self, name: str, *, retries: int = 0, preemptible: bool = False) -> Callable[[Run], Run]:
        """Register a coroutine as a step: what it returns is kept, and a resumed workflow does not run it again.

        `retries`: how often one that raises is tried again at once, with growing pauses (in this process).
        `preemptible`: interrupted when its workflow is cancelled.
        """
        ...

    async def find(self, prefix: str, *, active: bool) -> tuple[Job, ...]:
        """Return jobs whose ids begin so, oldest first; `active`: waiting or running ones. In a workflow: a step."""
        ...

    async def failed(self, prefix: str) -> tuple[str, ...]:
        """Return the ids that begin so of jobs that FAILED, oldest first. In a workflow: a step."""
        ...

    async def cancel(self, jobs: Sequence[str]) -> None:
        """Cancel jobs; those that have ended are left as they are. In a workflow: a step."""
        ...

    async def resume(self, job: str, queue: Queue) -> bool:
        """Put a CANCELLED job back on its queue; False if it is not cancelled. In a workflow: a step."""
        ...

    async def again(self, job: str) -> str | None:
        """Run a FAILED job again from its last good step; returns its new id, None if it has not failed."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Sleep durably, in a workflow: the moment to wake survives a restart."""
        ...

    def schedule(self, name: str, cron: str, run: Callable[[], Awaitable[None]]) -> None:
        """Register what runs by the clock on UPKEEP, each tick once among all workers; before `launch`."""
        ...

    async def launch(self) -> None:
        """Take up work: recovers what this worker's last life left, and starts the reaper and the retention.

        Raises `JobsDown`, and `kb.errors.UserError` where another process holds a SQLite file.
        """
        ...

    async def stop(self) -> None:
        """Stop taking work and let go; what runs is resumed by the next worker."""
        ...


class JobsDown(Exception):
    """The jobs' database cannot be used; the text says which (without a password) and why."""
