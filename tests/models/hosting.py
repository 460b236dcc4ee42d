"""Both hosted kinds for one test: how a chat is made, how its wire answers, and what it is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from models.chat.anthropic_chat import AnthropicChat
from models.chat.errors import ChatError
from models.chat.model import Ask, Price, Purpose
from models.chat.openai_chat import OpenAIChat
from models.chat.wire import Wire
from tests.world.hosted import anthropic_wire, openai_wire
from tests.world.hosted.server import Answer, Asked, Hosted

SCHEMA = {
    "type": "object",
    "properties": {
        "kind": {"type": "string", "enum": ["bug", "leak"]},
        "lines": {"type": "array", "maxItems": 3, "items": {"type": "integer", "minimum": 1}},
        "why": {"type": ["string", "null"], "maxLength": 20},
    },
    "required": ["kind", "lines", "why"],
    "additionalProperties": False,
}
GOOD: Mapping[str, Any] = {"kind": "leak", "lines": [3, 14], "why": "é\n"}
ASK = Ask("Say.", "Is it?", SCHEMA, "said", shared="It is hunter2.", most=2000)
FIND = Purpose("find", "o/r", "pull/1")
PRICE = Price(2000, 10_000, 200, 2500)


@dataclass(frozen=True)
class Kind:
    """One kind of provider, as it is when it is forced to call a tool (Anthropic) or given a schema (OpenAI)."""

    name: str
    make: Callable[[str, Wire], AnthropicChat | OpenAIChat]
    check: Callable[[Asked], None]
    good: Callable[..., Answer]
    refused: Callable[..., Answer]
    broken_by: Callable[..., Answer]


def _anthropic(url: str, wire: Wire) -> AnthropicChat:
    return AnthropicChat("key-1", model="claude-sonnet-4-6", url=url, wire=wire, price=PRICE)


def _openai(url: str, wire: Wire) -> OpenAIChat:
    return OpenAIChat("key-1", model=openai_wire.MODEL, url=f"{url}/v1", wire=wire, price=PRICE)


ANTHROPIC = Kind(
    "anthropic",
    _anthropic,
    anthropic_wire.check,
    anthropic_wire.called,
    anthropic_wire.refused,
    anthropic_wire.broken_by,
)
OPENAI = Kind("openai", _openai, openai_wire.check, openai_wire.written, openai_wire.refused, openai_wire.broken_by)


@contextmanager
def hosted(
    kind: Kind, plan: Callable[[Asked], Answer], *, patience: float = 20.0, silence: float = 20.0
) -> Iterator[tuple[AnthropicChat | OpenAIChat, Hosted]]:
    """Serve a plan and give a chat that asks it; every request is held to the SDK's types. Nobody counts tokens."""

    def checked(asked: Asked) -> Answer:
        if asked.path == "/tokenize":
            return openai_wire.refused(404)
        kind.check(asked)
        return plan(asked)

    with Hosted(checked) as server, closing(kind.make(server.url, Wire(patience=patience, silence=silence))) as chat:
        yield chat, server


def calls(server: Hosted) -> int:
    """Return how many questions came."""
    return sum(asked.path.endswith(("/messages", "/completions")) for asked in server.asked)


def fails(kind: Kind, answer: Answer, *, patience: float = 20.0, silence: float = 20.0) -> ChatError:
    """Return the error that an answer is, which holds no key and nothing of what was sent or said."""
    with (
        hosted(kind, lambda _: answer, patience=patience, silence=silence) as (chat, _),
        pytest.raises(ChatError) as found,
    ):
        chat.ask(ASK, FIND)
    said = f"{found.value} {found.value.__cause__}"
    assert "hunter2" not in said
    assert "key-1" not in said
    assert "\n" not in said
    return found.value
