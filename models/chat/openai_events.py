"""What comes of an answer of a server that speaks OpenAI's protocol, chunk by chunk, and what its failures are called.

Many servers speak it, each a little differently, and the SDK builds chunks without checking them: here they are plain
data, and everything in them is looked at before it is believed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from models.chat.errors import BadAnswer, ChatError, CutOff, Refused, Unreachable
from models.chat.estimate import estimated, estimated_of
from models.chat.model import Ask, Usage
from models.chat.schema import answer_in
from models.chat.wire import Line, check_length, failure

_CUT = "length"
_OVER = frozenset({"stop", "tool_calls", "function_call"})


@dataclass
class Heard:
    """What has come of one answer so far."""

    ask: Ask
    letters: int = 0
    text: list[str] = field(default_factory=list)
    calls: dict[int, list[str]] = field(default_factory=dict)  # arguments in parts, by call
    names: dict[int, str] = field(default_factory=dict)
    refusal: bool = False
    ended: str = ""  # the finish reason
    counted: Usage | None = None

    @property
    def usage(self) -> Usage:
        """Return the tokens that it took so far, estimated where the server did not count them."""
        if self.counted is not None:
            return self.counted
        parts = [part for parts in self.calls.values() for part in parts]
        return Usage(estimated_of(self.ask), estimated("".join([*self.text, *parts])))


def hear(heard: Heard, chunk: Mapping[str, Any]) -> None:
    """Take in one chunk of a stream; raises BadAnswer for an answer without end."""
    usage = chunk.get("usage")
    if isinstance(usage, dict):
        heard.counted = _counted(usage)
    choices = chunk.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(first, dict) or first.get("index", 0) != 0:
        return
    ended = first.get("finish_reason")
    heard.ended = ended if isinstance(ended, str) else heard.ended
    delta = first.get("delta")
    if not isinstance(delta, dict):
        return
    if isinstance(delta.get("content"), str):
        heard.text.append(delta["content"])
        heard.letters += len(delta["content"])
    heard.refusal = heard.refusal or bool(delta.get("refusal"))
    calls = delta.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        _hear_call(heard, call)
    check_length(heard.letters)


def answer(heard: Heard, *, in_tool: bool) -> dict[str, Any]:
    """Return the answer that was heard: the text, or a tool's arguments; raises BadAnswer, Refused."""
    try:
        if heard.refusal or heard.ended == "content_filter":
            raise Refused("the model declined to answer")
        if heard.ended == _CUT:
            raise CutOff("the answer is cut off: it would have had more tokens than it may")
        if heard.ended not in _OVER:
            raise BadAnswer("the answer did not end as answers do")
        if not in_tool:
            return answer_in("".join(heard.text), heard.ask.schema)
        if list(heard.names.values()) != [heard.ask.name]:
            raise BadAnswer(f"the model called {len(heard.calls)} tools, not one, or another one")
        (parts,) = heard.calls.values()
        return answer_in("".join(parts), heard.ask.schema)
    except ChatError as error:
        error.usage = heard.usage
        raise


@contextmanager
def mapped(who: str, line: Line, heard: Heard | None = None) -> Iterator[None]:
    """Turn what the SDK raises into errors of `models.chat.errors` that know what the attempt took so far."""
    from httpx2 import HTTPError
    from openai import APIConnectionError, APIError, APIStatusError, OpenAIError

    try:
        yield
    except ChatError as error:
        error.usage = _taken(heard)
        raise
    except APIStatusError as error:
        line.check()
        raise failure(who, error.status_code, error.type or error.code, error.response.headers) from None
    except APIConnectionError:
        line.check()
        raise _lost(Unreachable(f"{who}: no connection, or it broke, or was too slow"), heard) from None
    except APIError as error:  # in the middle of an answer
        line.check()
        raise _lost(failure(who, 200, error.type or error.code, {}), heard) from None
    except (OpenAIError, HTTPError, ValueError, RecursionError) as error:
        line.check()
        raise _lost(Unreachable(f"{who}: the answer broke off ({type(error).__name__})"), heard) from None


def _hear_call(heard: Heard, call: object) -> None:
    if not isinstance(call, dict) or not isinstance(call.get("function"), dict):
        return
    at = call.get("index", 0)
    if not isinstance(at, int):
        return
    parts, function = heard.calls.setdefault(at, []), call["function"]
    if isinstance(function.get("name"), str):
        heard.names.setdefault(at, function["name"])
    if isinstance(function.get("arguments"), str):
        parts.append(function["arguments"])
        heard.letters += len(function["arguments"])


def _counted(usage: Mapping[str, Any]) -> Usage:
    """Return a server's counts; those of its prompt cache are part of the prompt's, and taken out of them."""
    details = usage.get("prompt_tokens_details")
    details = details if isinstance(details, dict) else {}
    read, written = _count(details, "cached_tokens"), _count(details, "cache_write_tokens")
    prompt = max(0, _count(usage, "prompt_tokens") - read - written)
    return Usage(prompt, _count(usage, "completion_tokens"), read, written)


def _count(of: Mapping[str, Any], name: str) -> int:
    value = of.get(name)
    return value if isinstance(value, int) and value >= 0 else 0


def _taken(heard: Heard | None) -> Usage:
    """Return what an attempt took that nothing more is heard of: nothing where no answer had begun."""
    has_begun = heard is not None and (heard.text or heard.calls or heard.ended or heard.counted)
    return heard.usage if heard is not None and has_begun else Usage()


def _lost(error: ChatError, heard: Heard | None) -> ChatError:
    error.usage = _taken(heard)
    return error
