"""Asks models for one change: opens each when it is first wanted, keeps the time, counts what it cost."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TypeVar

from checks.inference.model import Reader, Report, Role
from checks.verdict import CheckStatus
from kb.errors import PrudentError
from models.chat.errors import NoReader, OverBudget
from models.chat.model import Ask, Chat, Purpose, Reply, Usage
from models.errors import Cancelled, OutOfTime
from models.model import Stop

Task = TypeVar("Task")
Done = TypeVar("Done")

REASONS = 300  # characters of an error that people are told
AROUND = 100  # tokens that a chat template and "answer in JSON" take


def size_of(ask: Ask, count: Callable[[str], int]) -> int:
    """Return how many tokens a question takes at most, its schema in words and what a template puts around it."""
    schema = json.dumps(ask.schema, separators=(",", ":"))
    return sum(map(count, (ask.system, ask.shared, ask.question, schema))) + AROUND


@dataclass
class Asking:
    """The models of one change. Safe to use from several threads."""

    reader: Reader
    repository: str
    subject: str
    clock: Callable[[], float] = time.monotonic
    usage: Usage = field(default_factory=Usage)
    micros: int = 0
    calls: int = 0
    _chats: dict[Role, Chat] = field(default_factory=dict)
    _names: dict[str, None] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        """Let the time begin."""
        self._stop = Stop(self.clock() + self.reader.seconds, self.reader.stop.cancelled, self.clock)

    def chat(self, role: Role) -> Chat:
        """Return the model for a role; raises NoReader where there is none."""
        with self._lock:
            if role not in self._chats:
                self._chats[role] = self.reader.open(role)
            return self._chats[role]

    @property
    def stop(self) -> Stop:
        """Return when to give up: this change's own time; raises what the reader's stop does."""
        self.reader.stop.check()
        return self._stop

    def ask(self, role: Role, ask: Ask) -> Reply:
        """Return a model's answer, counted; raises ModelError."""
        stop = self.stop
        stop.check()
        chat = self.chat(role)
        reply = chat.ask(replace(ask, seed=self.reader.seed), self.purpose(role), stop=stop)
        self.count(reply.usage, reply.micros, 0 if reply.is_cached else reply.attempts, chat.name)
        return reply

    def count(self, usage: Usage, micros: int, calls: int, name: str) -> None:
        """Count calls of a model; one that answered from what is kept was not called, and is named all the same."""
        with self._lock:
            self.usage += usage
            self.micros += micros
            self.calls += calls
            if name:
                self._names[name] = None

    def purpose(self, role: Role) -> Purpose:
        """Return what a question of a role is counted under."""
        return Purpose(role.value, self.repository, self.subject)

    def counted(self, report: Report) -> Report:
        """Return a report with what was asked and what it cost."""
        names = tuple(self._names)
        return replace(report, usage=self.usage, micros=self.micros, calls=self.calls, models=names)

    def close(self) -> None:
        """Close every model that was opened, once."""
        for chat in {id(chat): chat for chat in self._chats.values()}.values():
            chat.close()


NOT_RUN = "not run: "  # how the reason begins where there is nobody to ask


def ended(error: PrudentError) -> tuple[CheckStatus, str]:
    """Return how a pass ended whose question was not answered, and what people are told. Never "ok"."""
    reason = " ".join(str(error).split())[:REASONS] or type(error).__name__
    if isinstance(error, NoReader):
        return CheckStatus.SKIPPED, f"{NOT_RUN}{reason}"
    if isinstance(error, OverBudget):
        return CheckStatus.SKIPPED, f"a cap on what models may cost stands against it: {reason}"
    if isinstance(error, OutOfTime):
        return CheckStatus.TIMED_OUT, reason
    if isinstance(error, Cancelled):
        return CheckStatus.FAILED, reason
    return CheckStatus.FAILED, f"{type(error).__name__}: {reason}"


def each(work: Callable[[Task], Done], tasks: Sequence[Task], jobs: int) -> list[Done]:
    """Return what each task gives, in order; at most `jobs` at once."""
    if jobs <= 1 or len(tasks) < 2:
        return [work(task) for task in tasks]
    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(work, tasks))
