"""OpenAI's chat completions as its SDK's types describe them: requests are checked, chunks are made of those types."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from openai.types.chat import ChatCompletionChunk
from openai.types.chat.chat_completion_chunk import (
    Choice,
    ChoiceDelta,
    ChoiceDeltaToolCall,
    ChoiceDeltaToolCallFunction,
)
from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming
from openai.types.completion_usage import CompletionUsage, PromptTokensDetails

from tests.world.hosted.server import Answer, Asked, said
from tests.world.hosted.typed import check_request

MODEL = "qwen2.5-coder-7b"
USAGE = CompletionUsage(
    prompt_tokens=147,
    completion_tokens=33,
    total_tokens=180,
    prompt_tokens_details=PromptTokensDetails(cached_tokens=40, cache_write_tokens=7),
)


def check(asked: Asked, key: str = "key-1") -> None:
    """Raise if a request is none that a server takes, by the SDK's types."""
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == f"Bearer {key}"
    check_request(asked.body, CompletionCreateParamsStreaming)


def written(data: Any, *, ended: str = "stop", size: int = 7, usage: CompletionUsage | None = USAGE) -> Answer:
    """Return an answer in text, in parts of `size` letters; text is sent as it is."""
    text = data if isinstance(data, str) else json.dumps(data)
    return streamed((ChoiceDelta(content=text[at : at + size]) for at in range(0, len(text), size)), ended, usage)


def called(data: Any, *, name: str = "said", ended: str = "tool_calls", size: int = 7) -> Answer:
    """Return an answer that calls a function."""
    text = data if isinstance(data, str) else json.dumps(data)
    begun = ChoiceDeltaToolCallFunction(name=name, arguments="")
    first = ChoiceDeltaToolCall(index=0, id="call_1", type="function", function=begun)
    parts = [
        ChoiceDeltaToolCall(index=0, function=ChoiceDeltaToolCallFunction(arguments=text[at : at + size]))
        for at in range(0, len(text), size)
    ]
    return streamed((ChoiceDelta(tool_calls=[one]) for one in (first, *parts)), ended)


def streamed(deltas: Iterable[ChoiceDelta], ended: str, usage: CompletionUsage | None = USAGE) -> Answer:
    """Return a stream of chunks, with an end and what it took."""
    chunks = [_chunk([Choice(index=0, delta=ChoiceDelta(role="assistant", content=""))])]
    chunks += [_chunk([Choice(index=0, delta=delta)]) for delta in deltas]
    end = Choice.model_construct(index=0, delta=ChoiceDelta(), finish_reason=ended)
    chunks.append(_chunk([end]))
    if usage is not None:
        chunks.append(_chunk([], usage))
    return Answer((*(b"data: " + json.dumps(one).encode() + b"\n\n" for one in chunks), b"data: [DONE]\n\n"))


def refused(status: int, text: str = "no", kind: str = "invalid_request_error", **headers: str) -> Answer:
    """Return an error as servers say it."""
    return said(status, {"error": {"message": text, "type": kind, "param": None, "code": None}}, **headers)


def broken_by(answer: Answer, kind: str, *, after: int = 4) -> Answer:
    """Return an answer that an error ends in the middle."""
    error = {"error": {"message": "hunter2", "type": kind, "code": None}}
    return Answer((*answer.chunks[:after], b"data: " + json.dumps(error).encode() + b"\n\n"))


def _chunk(choices: list[Choice], usage: CompletionUsage | None = None) -> dict[str, Any]:
    chunk = ChatCompletionChunk(
        id="chatcmpl-1", choices=choices, created=1, model=MODEL, object="chat.completion.chunk", usage=usage
    )
    return chunk.to_dict(warnings=False)
