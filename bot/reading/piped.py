"""A model as the reading process knows it: a question written to one pipe, its answer read from another.

Whoever waits is never left waiting: its own deadline ends that, a cancellation, or the end of this process.
"""

from __future__ import annotations

import itertools
import math
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from bot.reading.asks import LARGEST_ASK, LONGEST_WAIT, Told, asking_line, reply_of, told_in, withdrawn_line
from models.chat.errors import BadAnswer, BadRequest
from models.chat.model import Ask, Purpose, Reply
from models.chat.schema import answer_of
from models.errors import Cancelled, OutOfTime
from models.model import NEVER, Stop

TICK = 0.05  # seconds between two looks at whether an answer is still wanted


class Pipe:
    """The two ends: `write` sends whole lines; `hear` is called with every line that comes back."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self._numbers = itertools.count(1)
        self._waiting: dict[int, queue.SimpleQueue[Told]] = {}
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._is_open = True

    def ask(self, role: str, ask: Ask, stop: Stop) -> Reply:
        """Return the answer to a question; raises what was told, Cancelled, OutOfTime, BadRequest."""
        stop.check()
        number, box = next(self._numbers), queue.SimpleQueue[Told]()
        left = LONGEST_WAIT if stop.deadline is None else max(0.0, min(LONGEST_WAIT, stop.deadline - stop.clock()))
        line = asking_line(number, role, ask, left)
        if len(line) > LARGEST_ASK:
            raise BadRequest(f"a question of {len(line)} bytes is too large")
        with self._lock:
            self._waiting[number] = box
        try:
            self._send(line)
            return reply_of(self._awaited(box, stop))
        except (Cancelled, OutOfTime):
            with suppress(Cancelled):
                self._send(withdrawn_line(number))
            raise
        finally:
            with self._lock:
                del self._waiting[number]

    def hear(self, line: bytes) -> None:
        """Hand an answer to who waits for it; one that nobody waits for is dropped."""
        told = told_in(line)
        with self._lock:
            box = self._waiting.get(told.id)
        if box is not None:
            box.put(told)

    def end(self, answer: bytes) -> None:
        """Send the last of all that is sent."""
        with self._writing:
            self._write(answer)
            self._is_open = False

    def _send(self, line: bytes) -> None:
        with self._writing:
            if not self._is_open:  # a pass that was given up on goes on in its thread
                raise Cancelled("the review is over")
            self._write(line)

    def _awaited(self, box: queue.SimpleQueue[Told], stop: Stop) -> Told:
        ends = time.monotonic() + LONGEST_WAIT
        while True:
            stop.check()
            try:
                return box.get(timeout=TICK)
            except queue.Empty:
                if time.monotonic() >= ends:
                    raise OutOfTime("the time for it is up") from None


class PipedChat:
    """A `models.chat.model.Chat` on a pipe, for one role; its tokens are an estimate by a ratio that was told."""

    def __init__(self, pipe: Pipe, role: str, name: str, context: int, bytes_per_token: float) -> None:
        self._pipe, self._role, self._name, self._context = pipe, role, name, context
        self._ratio = bytes_per_token

    @property
    def name(self) -> str:
        """Return what to call it in reports."""
        return self._name

    @property
    def context(self) -> int:
        """Return how many tokens a question and its answer may have together."""
        return self._context

    def tokens(self, text: str) -> int:
        """Return how many tokens a text has at most, by its bytes."""
        return math.ceil(len(text.encode("utf-8", "backslashreplace")) / self._ratio)

    def ask(self, ask: Ask, purpose: Purpose, *, stop: Stop = NEVER) -> Reply:
        """Return an answer that satisfies the schema; raises ChatError, Cancelled, OutOfTime.

        For which repository it is counted, the other end knows better than `purpose`.
        """
        reply = self._pipe.ask(self._role, ask, stop)
        try:
            answer_of(reply.data, ask.schema)
        except BadAnswer:
            raise BadAnswer("the answer is not of the form that was asked for") from None
        return reply

    def close(self) -> None:
        """Do nothing: the pipe is the process's."""
