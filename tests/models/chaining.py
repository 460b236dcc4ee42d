"""Chains of scripts on a fake clock, for the tests of chains."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from kb.cache import Cache
from models.chat.chain import Link, chain
from models.chat.errors import ChatError
from models.chat.model import Ask, Chat, Free, Purpose, Usage
from models.chat.scripted_chat import ScriptedChat

WHETHER = {
    "type": "object",
    "properties": {"yes": {"type": "boolean"}},
    "required": ["yes"],
    "additionalProperties": False,
}
ASK = Ask("Say.", "Is it?", WHETHER, "whether", most=100)
FIND = Purpose("find", "o/r", "pull/1")
YES, NO = {"yes": True}, {"yes": False}


@dataclass
class Clock:
    """A clock that moves only while somebody sleeps."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def told(usage: Usage, error: ChatError) -> ChatError:
    error.usage = usage
    return error


def of(
    *scripts: Iterable[Any] | Chat | Link,
    clock: Clock | None = None,
    ledger: Any = None,
    cache: Cache | None = None,
    random: float = 0.0,
) -> Chat:
    """Return a chain of scripts called a, b, ... on a fake clock."""
    clock = clock or Clock()
    links = [
        one if isinstance(one, Link | ScriptedChat) else ScriptedChat(list(one), name=f"{name}/m")  # type: ignore[arg-type]
        for name, one in zip("abc", scripts, strict=False)
    ]
    return chain(
        links,
        ledger=ledger or Free(),
        cache=cache,
        clock=clock,
        now=lambda: 5e9,
        sleep=clock.sleep,
        random=lambda: random,
    )
