"""Anthropic's Messages API as its SDK's types describe it: requests are checked, events are made of those types."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from anthropic.types import (
    InputJSONDelta,
    Message,
    MessageDeltaUsage,
    RawContentBlockDeltaEvent,
    RawContentBlockStartEvent,
    RawContentBlockStopEvent,
    RawMessageDeltaEvent,
    RawMessageStartEvent,
    RawMessageStopEvent,
    TextBlock,
    TextDelta,
    ThinkingBlock,
    ThinkingDelta,
    ToolUseBlock,
    Usage,
)
from anthropic.types.message_count_tokens_params import MessageCountTokensParams
from anthropic.types.message_create_params import MessageCreateParamsStreaming
from anthropic.types.raw_message_delta_event import Delta

from tests.world.hosted.server import Answer, Asked, said
from tests.world.hosted.typed import check_request

MODEL = "claude-sonnet-5-5"
USAGE = Usage(input_tokens=100, output_tokens=1, cache_read_input_tokens=40, cache_creation_input_tokens=7)
ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}


def check(asked: Asked) -> None:
    """Raise if a request is none that the API takes, by the SDK's types and by what the reference says besides."""
    assert asked.headers["authorization"] == "Bearer key-1" or asked.headers["x-api-key"] == "key-1"
    if asked.path == "/v1/messages/count_tokens":
        check_request(asked.body, MessageCountTokensParams)
        return
    assert asked.path == "/v1/messages"
    check_request(asked.body, MessageCreateParamsStreaming)
    blocks = [*asked.body["system"], *(block for one in asked.body["messages"] for block in one["content"])]
    assert all(block["text"] for block in blocks)  # an empty text is refused
    assert sum("cache_control" in block for block in blocks) <= 4
    thinking = asked.body.get("thinking", {"type": ""})
    if thinking["type"] == "enabled":
        assert 1024 <= thinking["budget_tokens"] < asked.body["max_tokens"]
    if thinking["type"] in ("enabled", "adaptive"):
        assert asked.body.get("tool_choice", {"type": "auto"})["type"] == "auto"


def called(data: Any, *, name: str = "said", ended: str = "tool_use", size: int = 7, thought: str = "") -> Answer:
    """Return an answer that calls the tool, its input in parts of `size` letters; text is sent as it is."""
    text = data if isinstance(data, str) else json.dumps(data)
    first = (
        [RawContentBlockStartEvent(index=0, type="content_block_start", content_block=_thinking())] if thought else []
    )
    if thought:
        delta = ThinkingDelta(type="thinking_delta", thinking=thought, estimated_tokens=None)
        first.append(RawContentBlockDeltaEvent(index=0, type="content_block_delta", delta=delta))
        first.append(RawContentBlockStopEvent(index=0, type="content_block_stop"))
    at = 1 if thought else 0
    block = ToolUseBlock(id="toolu_1", name=name, input={}, type="tool_use", caller=None)
    parts = [
        RawContentBlockDeltaEvent(
            index=at, type="content_block_delta", delta=InputJSONDelta(partial_json=part, type="input_json_delta")
        )
        for part in _cut(text, size)
    ]
    start = RawContentBlockStartEvent(index=at, type="content_block_start", content_block=block)
    return streamed([*first, start, *parts, RawContentBlockStopEvent(index=at, type="content_block_stop")], ended)


def written(text: str, *, ended: str = "end_turn", size: int = 7) -> Answer:
    """Return an answer in text."""
    block = TextBlock(text="", type="text", citations=None)
    parts = [
        RawContentBlockDeltaEvent(index=0, type="content_block_delta", delta=TextDelta(text=part, type="text_delta"))
        for part in _cut(text, size)
    ]
    start = RawContentBlockStartEvent(index=0, type="content_block_start", content_block=block)
    return streamed([start, *parts, RawContentBlockStopEvent(index=0, type="content_block_stop")], ended)


def streamed(middle: Iterable[Any], ended: str, *, output: int = 33) -> Answer:
    """Return a stream of events between its beginning and its end."""
    message = Message.model_construct(
        id="msg_1", type="message", role="assistant", model=MODEL, content=[], stop_reason=None, usage=USAGE
    )
    delta = Delta.model_construct(stop_reason=ended, stop_sequence=None)
    events = [
        RawMessageStartEvent(type="message_start", message=message),
        *middle,
        RawMessageDeltaEvent(type="message_delta", delta=delta, usage=MessageDeltaUsage(output_tokens=output)),
        RawMessageStopEvent(type="message_stop"),
    ]
    chunks = [event_bytes(one.type, one.to_dict(warnings=False)) for one in events]
    return Answer((chunks[0], event_bytes("ping", {"type": "ping"}), *chunks[1:]))


def event_bytes(kind: str, data: Any) -> bytes:
    """Return one server-sent event."""
    return f"event: {kind}\ndata: {json.dumps(data)}\n\n".encode()


def refused(status: int, text: str = "no", **headers: str) -> Answer:
    """Return an error as the API says it."""
    error = {"type": ERROR_TYPES.get(status, "api_error"), "message": text}
    return said(status, {"type": "error", "error": error, "request_id": "req_1"}, **headers)


def broken_by(answer: Answer, kind: str, *, after: int = 4) -> Answer:
    """Return an answer that an error ends in the middle."""
    error = {"type": "error", "error": {"type": kind, "message": "hunter2"}}
    return Answer((*answer.chunks[:after], event_bytes("error", error)))


def _thinking() -> ThinkingBlock:
    return ThinkingBlock(signature="", thinking="", type="thinking")


def _cut(text: str, size: int) -> Sequence[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]
