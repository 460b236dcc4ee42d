"""Runs checks side by side, each with a deadline; one that fails never takes the others down."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from checks.change import Change
from checks.check import Check, Report
from checks.knowledge import Knowledge
from checks.static.isolation import TimedOut
from checks.verdict import NOTHING_TO_SEE, CheckRun, CheckStatus
from kb.errors import NotChecked, UserError

TURN = 0.5  # seconds


@dataclass(frozen=True)
class Ran:
    """One check's run and what it brought back."""

    run: CheckRun
    report: Report


class Watcher:
    """Is told when a check starts and ends; this one does nothing."""

    def started(self, slug: str) -> None:
        """Take note that a check has started."""

    def finished(self, slug: str) -> None:
        """Take note that a check has ended, however it ended."""


@dataclass
class _Task:
    check: Check
    covered: tuple[str, ...]
    began: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)
    began_at: float = 0.0
    ended_at: float = 0.0
    report: Report = field(default_factory=Report)
    status: CheckStatus = CheckStatus.OK
    reason: str = ""
    error: UserError | None = None
    left: bool = False  # has given its slot back
    late: str = ""  # why it was given up; its thread may still be writing the fields above


def run_checks(
    change: Change,
    knowledge: Knowledge,
    checks: Sequence[Check],
    *,
    jobs: int,
    deadline: float,
    watcher: Watcher | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> list[Ran]:
    """Return one `Ran` per check, in the order given.

    At most `jobs` checks run at once. One that raises or takes longer than `deadline` seconds is reported
    with its slug and the files it should have looked at. A UserError (bad input) is raised again.
    """
    watcher = watcher or Watcher()
    slots = _Slots(jobs)
    tasks = [_Task(check, tuple(f.path for f in change.files if check.covers(f.path))) for check in checks]
    wanted = [task for task in tasks if task.covered]
    for task in wanted:
        # Daemon threads: a check that hangs in Python code must not keep the process from ending.
        arguments = (task, change, knowledge, slots, watcher, clock)
        threading.Thread(target=_work, args=arguments, name=task.check.SLUG, daemon=True).start()
    for task in wanted:
        _wait(task, slots, deadline, clock)
        if task.error is not None:
            raise task.error
    return [_ran(task, deadline) for task in tasks]


class _Slots:
    """Counts running checks; an abandoned one gives its slot back once."""

    def __init__(self, jobs: int) -> None:
        self.free = threading.Semaphore(max(1, jobs))
        self.lock = threading.Lock()

    def leave(self, task: _Task, late: str = "") -> None:
        """Give the task's slot back once: when it ends, or when it is given up for being late."""
        with self.lock:
            if task.left:
                return
            task.left, task.late = True, late
        self.free.release()


def _work(
    task: _Task, change: Change, knowledge: Knowledge, slots: _Slots, watcher: Watcher, clock: Callable[[], float]
) -> None:
    slots.free.acquire()
    task.began_at = clock()
    task.began.set()
    watcher.started(task.check.SLUG)
    try:
        task.report = task.check.run(change, knowledge)
    except TimedOut as reason:
        task.status, task.reason = CheckStatus.TIMED_OUT, str(reason)
    except NotChecked as reason:
        task.status, task.reason = CheckStatus.SKIPPED, str(reason)
    except UserError as error:
        task.error = error
    except Exception as error:  # the check runner: one check crashes, its slug is reported, the others go on
        task.status, task.reason = CheckStatus.FAILED, f"{type(error).__name__}: {error}"
    finally:
        task.ended_at = clock()
        slots.leave(task)
        watcher.finished(task.check.SLUG)
        task.done.set()


def _wait(task: _Task, slots: _Slots, deadline: float, clock: Callable[[], float]) -> None:
    # In short turns: a signal that another thread received wakes no wait of this one, and Ctrl-C would not be heard.
    while not task.began.wait(TURN):
        continue
    while not task.done.wait(min(TURN, max(0.0, deadline - (clock() - task.began_at)))):
        if clock() - task.began_at >= deadline:
            slots.leave(task, late=f"no answer within {deadline:g} s")
            return


def _ran(task: _Task, deadline: float) -> Ran:
    slug = task.check.SLUG
    if not task.covered:
        return Ran(CheckRun(slug, CheckStatus.SKIPPED, 0, NOTHING_TO_SEE), Report())
    if task.late:
        return Ran(CheckRun(slug, CheckStatus.TIMED_OUT, round(deadline * 1000), task.late, task.covered), Report())
    ms = round((task.ended_at - task.began_at) * 1000)
    missed = () if task.status is CheckStatus.OK else task.covered
    return Ran(CheckRun(slug, task.status, ms, task.reason, missed), task.report)
