"""Both ends of the pipe in one process, and a model that never answers unless it is told to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.reading.broker import Bounds, Broker
from bot.reading.piped import Pipe, PipedChat
from models.chat.model import Ask, Chat, Purpose, Reply
from models.errors import ModelError
from models.model import NEVER, Stop

SCHEMA = {
    "type": "object",
    "properties": {"word": {"type": "string", "maxLength": 40}},
    "required": ["word"],
    "additionalProperties": False,
}
ASK = Ask(system="Say a word.", question="Which?", schema=SCHEMA, name="word", most=100)
FOR = Purpose("find", "github.com/acme/widgets", "pull/12")
SOMEBODY = Purpose("verify", "github.com/evil/other", "pull/1")


@dataclass
class Endless:
    """A Chat that answers nothing; it says when it was asked and when it stopped."""

    name: str = "endless"
    context: int = 1_000
    asked: threading.Event = field(default_factory=threading.Event)
    stopped: threading.Event = field(default_factory=threading.Event)

    def tokens(self, text: str) -> int:
        return len(text)

    def ask(self, ask: Ask, purpose: Purpose, *, stop: Stop = NEVER) -> Reply:
        self.asked.set()
        try:
            while True:
                stop.check()
                threading.Event().wait(0.01)
        except ModelError:
            self.stopped.set()
            raise

    def close(self) -> None:
        """Do nothing."""


@contextmanager
def piped(
    *chats: Chat, roles: tuple[str, ...] = ("find", "verify"), bounds: Bounds | None = None
) -> Iterator[tuple[PipedChat, Broker]]:
    """Yield a chat that is answered by the first of `chats`, by the second once that is over, and so on."""
    left = list(chats)
    with opened(lambda role: left.pop(0) if len(left) > 1 else left[0], roles, bounds) as (pipe, broker):
        yield PipedChat(pipe, "find", "scripted/one", 32_000, 3.0), broker


@contextmanager
def opened(
    chat_for: Callable[[str], Chat], roles: tuple[str, ...] = ("find", "verify"), bounds: Bounds | None = None
) -> Iterator[tuple[Pipe, Broker]]:
    """Yield a pipe and who answers at its other end."""
    broker = Broker(chat_for, frozenset(roles), FOR, bounds)

    def write(line: bytes) -> None:
        assert line.endswith(b"\n")
        broker.hear(line, lambda told: pipe.hear(told))

    pipe = Pipe(write)
    try:
        yield pipe, broker
    finally:
        broker.stop()


def word(text: str) -> dict[str, Any]:
    """Return an answer."""
    return {"word": text}
