"""The end of the pipe that holds keys: asks models what the reading process wants to know, within bounds.

The reading process says what, this side decides who is asked, for which repository it is counted, how often, how much,
and how many at once. Nothing of a key, a host or a path goes back. Ending a review ends its calls.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from bot.logs import log
from bot.reading.asks import Asking, BadAsk, ask_of, asked_in, told_error, told_reply
from models.chat.errors import BadAnswer, NoReader, OverBudget
from models.chat.model import Chat, Purpose
from models.errors import Cancelled, ModelError
from models.model import Stop

TIRED = 2  # times the bound: who goes on asking then is no review of ours
Tell = Callable[[bytes], object]


@dataclass(frozen=True)
class Bounds:
    """What one review may ask, beside the caps on tokens and money."""

    asks: int = 400
    bytes: int = 64 * 2**20  # of all questions together
    at_once: int = 4


class Broker:
    """Answers the questions of one review. `hear` is called by one thread; answers are told by others."""

    def __init__(
        self, open_chat: Callable[[str], Chat], roles: frozenset[str], purpose: Purpose, bounds: Bounds | None = None
    ) -> None:
        """Keep who is asked for a role (chats are the opener's to close), and for what it is counted."""
        self._open, self._roles, self._purpose = open_chat, roles, purpose
        self._bounds = bounds or Bounds()
        self._pool = ThreadPoolExecutor(self._bounds.at_once, thread_name_prefix="asks")
        self._ended = threading.Event()
        self._withdrawn: dict[int, threading.Event] = {}
        self._asks = self._bytes = 0

    def hear(self, line: bytes, tell: Tell) -> None:
        """Take a line of the reading process, and tell the answer when it is there; raises BadAsk.

        `tell` is called from another thread.
        """
        if self._ended.is_set():
            return  # it does not know yet
        asked = asked_in(line)
        if not isinstance(asked, Asking):
            if withdrawn := self._withdrawn.get(asked.id):
                withdrawn.set()
            return
        if asked.id in self._withdrawn:
            raise BadAsk("a question has the number of another")
        self._asks, self._bytes = self._asks + 1, self._bytes + len(line)
        if self._asks > TIRED * self._bounds.asks:
            raise BadAsk("it asks without end")
        withdrawn = self._withdrawn[asked.id] = threading.Event()
        if asked.role not in self._roles:
            tell(told_error(asked.id, NoReader("nobody is configured for this role")))
        elif self._asks > self._bounds.asks or self._bytes > self._bounds.bytes:
            tell(told_error(asked.id, OverBudget("one review asks no more than this")))
        else:
            until = time.monotonic() + asked.seconds
            stop = Stop(until, lambda: withdrawn.is_set() or self._ended.is_set())
            running = self._pool.submit(self._answered, asked, stop)
            running.add_done_callback(lambda done: self._tell(asked.id, done, tell))

    def stop(self) -> None:
        """End every call at once, and ask nothing more; returns without waiting for them."""
        self._ended.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _answered(self, asked: Asking, stop: Stop) -> bytes:
        purpose = Purpose(asked.role, self._purpose.repository, self._purpose.subject)
        try:
            stop.check()
            return told_reply(asked.id, self._open(asked.role).ask(ask_of(asked), purpose, stop=stop))
        except ModelError as error:
            if not isinstance(error, Cancelled):
                log("read").warning("no answer", role=asked.role, error=type(error).__name__, reason=str(error))
            return told_error(asked.id, error)

    def _tell(self, number: int, done: Future[bytes], tell: Tell) -> None:
        if done.cancelled() or self._ended.is_set():
            return
        if (bug := done.exception()) is not None:  # of an adapter: this answer is lost, the review is not
            log("read").error("a question crashed", exc_info=bug)
            tell(told_error(number, BadAnswer("an internal error")))
            return
        tell(done.result())
