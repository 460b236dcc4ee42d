"""What comes of an answer of Anthropic's API, event by event, and what its failures are called.

The SDK builds its events without checking them, so here they are plain data, and everything in them is looked at before
it is believed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from models.chat.errors import BadAnswer, ChatError, CutOff, Refused, Unreachable
from models.chat.estimate import estimated
from models.chat.model import Ask, Usage
from models.chat.schema import answer_in
from models.chat.wire import Line, check_length, failure

_OVER = frozenset({"end_turn", "tool_use", "stop_sequence"})
_CUT = frozenset({"max_tokens", "model_context_window_exceeded"})
_COUNTS = {
    "input": "input_tokens",
    "output": "output_tokens",
    "read": "cache_read_input_tokens",
    "written": "cache_creation_input_tokens",
}


@dataclass
class Heard:
    """What has come of one answer so far."""

    letters: int = 0
    calls: dict[int, tuple[str, list[str]]] = field(default_factory=dict)  # by block: the tool, its input in parts
    text: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    ended: str = ""  # the stop reason
    is_over: bool = False

    @property
    def usage(self) -> Usage:
        """Return the tokens that it took so far; those of an answer that broke off are estimated."""
        counts = dict(self.counts)
        if not self.is_over:
            parts = [part for _, parts in self.calls.values() for part in parts]
            counts["output"] = max(counts.get("output", 0), estimated("".join([*parts, *self.text])))
        return Usage(**counts)


def hear(heard: Heard, event: Mapping[str, Any]) -> None:
    """Take in one event of a stream; unknown ones say nothing. Raises BadAnswer for an answer without end."""
    kind = event.get("type")
    if kind == "message_start":
        _count(heard, _part(_part(event, "message"), "usage"))
    elif kind == "content_block_start":
        block = _part(event, "content_block")
        if block.get("type") == "tool_use":
            given = block.get("input")
            heard.calls[_number(event)] = (str(block.get("name")), [json.dumps(given)] if given else [])
    elif kind == "content_block_delta":
        delta = _part(event, "delta")
        if delta.get("type") == "input_json_delta" and _number(event) in heard.calls:
            heard.calls[_number(event)][1].append(_text(delta, "partial_json"))
        elif delta.get("type") == "text_delta":
            heard.text.append(_text(delta, "text"))
        heard.letters += len(_text(delta, "partial_json")) + len(_text(delta, "text"))
        check_length(heard.letters)
    elif kind == "message_delta":
        heard.ended = _text(_part(event, "delta"), "stop_reason") or heard.ended
        _count(heard, _part(event, "usage"))
    elif kind == "message_stop":
        heard.is_over = True


def answer(heard: Heard, ask: Ask, *, in_text: bool) -> dict[str, Any]:
    """Return the answer that was heard: the tool's input, or the text; raises BadAnswer, Refused."""
    try:
        if heard.ended == "refusal":
            raise Refused("the model declined to answer")
        if heard.ended in _CUT:
            raise CutOff("the answer is cut off: it would have had more tokens than it may")
        if heard.ended not in _OVER:
            raise BadAnswer("the answer did not end as answers do")
        if in_text:
            return answer_in("".join(heard.text), ask.schema)
        if [name for name, _ in heard.calls.values()] != [ask.name]:
            raise BadAnswer(f"the model called {len(heard.calls)} tools, not one, or another one")
        (_, parts), *_ = heard.calls.values()
        return answer_in("".join(parts), ask.schema)
    except ChatError as error:
        error.usage = heard.usage
        raise


@contextmanager
def mapped(who: str, line: Line, heard: Heard) -> Iterator[None]:
    """Turn what the SDK raises into errors of `models.chat.errors` that know what the attempt took so far."""
    from anthropic import AnthropicError, APIConnectionError, APIStatusError
    from httpx2 import HTTPError

    try:
        yield
    except ChatError as error:
        error.usage = heard.usage
        raise
    except APIStatusError as error:
        line.check()
        found = failure(who, error.status_code, error.type, error.response.headers)
        found.usage = heard.usage
        raise found from None  # their texts quote what was sent
    except APIConnectionError:
        line.check()
        raise Unreachable(f"{who}: no connection, or no answer in time") from None
    except (AnthropicError, HTTPError, ValueError, RecursionError) as error:
        line.check()
        lost = Unreachable(f"{who}: the answer broke off ({type(error).__name__})")
        lost.usage = heard.usage
        raise lost from None


def _count(heard: Heard, usage: Mapping[str, Any]) -> None:
    """Take over counts; they are cumulative, so the largest holds."""
    for name, key in _COUNTS.items():
        value = usage.get(key)
        if isinstance(value, int) and value >= 0:
            heard.counts[name] = max(heard.counts.get(name, 0), value)


def _part(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = of.get(name)
    return found if isinstance(found, dict) else {}


def _text(of: Mapping[str, Any], name: str) -> str:
    found = of.get(name)
    return found if isinstance(found, str) else ""


def _number(event: Mapping[str, Any]) -> int:
    found = event.get("index")
    return found if isinstance(found, int) else -1
