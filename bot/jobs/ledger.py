"""The rows of the jobs: what is there, what is added, taken back, put back and forgotten. It blocks."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import sqlalchemy as sa
from dbos import DBOSClient, EnqueueOptions, SetWorkflowID, WorkflowStatus, error

from bot.jobs.database import Database
from bot.jobs.port import Job, JobState, Json, Queue
from bot.jobs.values import JsonSerializer, described

VERSION = "1"  # of all our jobs, for ever: dbos leaves jobs of another version lying. Changed steps get a new name.
ACTIVE = ("ENQUEUED", "DELAYED", "PENDING")
ENDED = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
BATCH = 500  # rows forgotten in one transaction
_INTERNAL = "_dbos_internal_queue"  # where dbos puts a job that has no queue
_COLUMNS = (  # of dbos's table of jobs, those that are used here
    *("workflow_uuid", "status", "queue_name", "executor_id", "owner_xid", "recovery_attempts"),
    *("started_at_epoch_ms", "updated_at", "completed_at", "deduplication_id"),
)
_STATES = {
    "ENQUEUED": JobState.WAITING,
    "DELAYED": JobState.WAITING,
    "PENDING": JobState.RUNNING,
    "SUCCESS": JobState.DONE,
    "ERROR": JobState.FAILED,
    "CANCELLED": JobState.CANCELLED,
    "MAX_RECOVERY_ATTEMPTS_EXCEEDED": JobState.POISONED,
}


@dataclass(frozen=True)
class Wanted:
    """A job to add."""

    queue: Queue
    workflow: str
    job: str
    arguments: tuple[Json, ...]
    partition: str | None


class Ledger:
    """The jobs in a database, for an application by name (None: for whoever takes them).

    Every method is one or a few transactions and raises `JobsDown` where the database cannot be used.
    """

    def __init__(self, database: Database, application: str | None = None) -> None:
        self.database = database
        self._application = application
        self._jobs = sa.table("workflow_status", *map(sa.column, _COLUMNS), schema=database.schema)

    @cached_property
    def client(self) -> DBOSClient:
        """Return dbos's own hand on the rows."""
        return DBOSClient(
            system_database_engine=self.database.engine,
            serializer=JsonSerializer(),
            application_name=self._application,
            lazy=True,
            retry_connection_errors=False,
        )

    def add(self, wanted: Sequence[Wanted]) -> list[bool]:
        """Add jobs in one transaction; returns for each whether it is new."""
        new = [False] * len(wanted)
        # In the order of their ids: two processes that add the same ones else wait for each other for ever.
        order = sorted(range(len(wanted)), key=lambda index: wanted[index].job)
        with self.database.answering(), self.database.engine.begin() as connection:
            for index in order:
                new[index] = self._added(connection, wanted[index])
        return new

    def _added(self, connection: sa.Connection, wanted: Wanted) -> bool:
        options: EnqueueOptions = {
            "workflow_name": wanted.workflow,
            "queue_name": wanted.queue.value,
            "workflow_id": wanted.job,
            "workflow_id_reuse_policy": "reject",
            "app_version": VERSION,
        }
        if wanted.partition is not None:
            options["queue_partition_key"] = wanted.partition
        try:
            self.client.enqueue_in_transaction(connection, options, *wanted.arguments)
        except error.DBOSWorkflowIDInUseError:
            return False
        return True

    def check(self) -> None:
        """Read something."""
        with self.database.answering(), self.database.engine.connect() as connection:
            connection.execute(sa.select(self._jobs.c.status).limit(1)).all()

    def waiting(self) -> dict[str, int]:
        """Return how many jobs wait or run, by queue."""
        jobs = self._jobs.c
        # Literal, so that SQLite sees that its index over just these fits.
        in_flight = jobs.status.in_([sa.literal_column("'ENQUEUED'"), sa.literal_column("'PENDING'")])
        query = sa.select(jobs.queue_name, sa.func.count().label("jobs")).where(in_flight).group_by(jobs.queue_name)
        with self.database.answering(), self.database.engine.connect() as connection:
            counted = {row.queue_name: row.jobs for row in connection.execute(query)}
        return {queue.value: counted.get(queue.value, 0) for queue in Queue}

    def find(self, prefix: str, *, active: bool) -> tuple[Job, ...]:
        """Return jobs whose ids begin so, oldest first; `active`: those that wait or run."""
        return self._found(prefix, ACTIVE if active else None, load_output=not active)

    def failed(self, prefix: str) -> tuple[Job, ...]:
        """Return the jobs that ended with an exception and whose ids begin so, oldest first."""
        return self._found(prefix, ("ERROR",), load_output=False)

    def _found(self, prefix: str, states: Sequence[str] | None, *, load_output: bool) -> tuple[Job, ...]:
        with self.database.answering():
            found = self.client.list_workflows(
                workflow_id_prefix=prefix,
                status=list(states) if states else None,
                load_input=False,
                load_output=load_output,
            )
        # SQLite does not tell capitals from others here.
        return tuple(_job(row) for row in found if row.workflow_id.startswith(prefix))

    def cancel(self, jobs: Collection[str]) -> None:
        """Cancel those that wait or run."""
        now = _now()
        change = {"status": "CANCELLED", "owner_xid": None, "queue_name": None, "deduplication_id": None}
        self._change(
            self._jobs.c.workflow_uuid.in_(jobs),
            self._jobs.c.status.in_(ACTIVE),
            **change,
            started_at_epoch_ms=None,
            completed_at=now,
        )

    def resume(self, job: str, queue: Queue) -> bool:
        """Put a cancelled job back; False if it is not cancelled."""
        changed = self._change(
            self._jobs.c.workflow_uuid == job,
            self._jobs.c.status == "CANCELLED",
            status="ENQUEUED",
            owner_xid=None,
            queue_name=queue.value,
            recovery_attempts=0,
            started_at_epoch_ms=None,
            completed_at=None,
        )
        return changed > 0

    def again(self, job: str) -> str | None:
        """Run a failed job again under its id and `!n`, keeping the steps before the one that failed.

        Asked twice it answers twice the same: the newest of these is returned while it has not failed itself.
        """
        with self.database.answering():
            if (row := self._row(job)) is None or row.status != "ERROR":
                return None
            number = 1
            while True:
                name = f"{job}!{number}"
                if (later := self._row(name)) is None:
                    return self._forked(row, name)
                if later.status != "ERROR":
                    return name
                row, number = later, number + 1

    def _forked(self, row: WorkflowStatus, name: str) -> str:
        steps = self.client.list_workflow_steps(row.workflow_id)
        failed = [step["function_id"] for step in steps if step["error"] is not None]
        after = max((step["function_id"] for step in steps), default=0) + 1
        with SetWorkflowID(name):
            self.client.fork_workflow(
                row.workflow_id,
                min(failed, default=after),
                application_version=VERSION,
                queue_name=row.queue_name,
                queue_partition_key=row.queue_partition_key,
            )
        return name

    def _row(self, job: str) -> WorkflowStatus | None:
        found = self.client.list_workflows(workflow_ids=[job], load_input=False, load_output=False)
        return found[0] if found else None

    def put_back(self, executor: str, *, only: Collection[str] | None = None, died: bool) -> int:
        """Put an executor's running jobs back on their queues; returns how many.

        `only`: these, where not all. `died`: the executor did, so that the poison limit counts it; else they
        were let go on purpose.
        """
        jobs = self._jobs.c
        mine = [jobs.executor_id == executor, jobs.status == "PENDING"]
        change: dict[str, object] = {} if died else {"recovery_attempts": jobs.recovery_attempts - 1}
        return self._change(
            *mine if only is None else [*mine, jobs.workflow_uuid.in_(only)],
            status="ENQUEUED",
            owner_xid=None,  # whoever still runs one can no longer record anything
            queue_name=sa.func.coalesce(jobs.queue_name, _INTERNAL),
            started_at_epoch_ms=None,
            **change,
        )

    def claimed(self, executor: str, before: float) -> set[str]:
        """Return the ids of an executor's running jobs that it took before a time."""
        jobs = self._jobs.c
        taken = jobs.started_at_epoch_ms < int(before * 1000)
        query = sa.select(jobs.workflow_uuid).where(jobs.executor_id == executor, jobs.status == "PENDING", taken)
        with self.database.answering(), self.database.engine.connect() as connection:
            return {job for (job,) in connection.execute(query)}

    def executors(self) -> set[str]:
        """Return who has running jobs."""
        query = sa.select(self._jobs.c.executor_id).where(self._jobs.c.status == "PENDING").distinct()
        with self.database.answering(), self.database.engine.connect() as connection:
            return {executor for (executor,) in connection.execute(query) if executor}

    def forget(self, before: float) -> int:
        """Delete up to `BATCH` jobs that ended before a time, with all that they stored; returns how many."""
        jobs = self._jobs.c
        old = sa.select(jobs.workflow_uuid).where(jobs.completed_at < int(before * 1000), jobs.status.in_(ENDED))
        with self.database.answering():
            with self.database.engine.connect() as connection:
                names = [name for (name,) in connection.execute(old.limit(BATCH))]
            if names:
                self.client.delete_workflows(names)
        return len(names)

    def close(self) -> None:
        """Give the connections back."""
        self.database.close()

    def _change(self, *conditions: sa.ColumnElement[bool], **values: object) -> int:
        statement = sa.update(self._jobs).where(*conditions).values(updated_at=_now(), **values)
        with self.database.answering(), self.database.engine.begin() as connection:
            return connection.execute(statement).rowcount


def _job(row: WorkflowStatus) -> Job:
    why = None if row.error is None else described(row.error)
    return Job(row.workflow_id, row.name, _STATES[row.status], row.output, why)


def _now() -> int:
    return int(time.time() * 1000)
