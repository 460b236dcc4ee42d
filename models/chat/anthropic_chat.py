"""A Chat over Anthropic's API, by its own SDK: a tool's typed input is the answer.

The question is one tool that has to be called, with the schema as its input. Newer models refuse to be made to call a
tool, and older ones do not know what newer ones want instead, so there are several ways of asking (`_ways`). A way that
is refused (400) is left for the next, and what was taken is remembered. System prompt and context are marked for the
provider's prompt cache. The answer is streamed, so that a question nobody waits for any more stops costing.

This API takes no temperature and no seed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from models.chat.anthropic_events import Heard, answer, hear, mapped
from models.chat.errors import BadRequest, Unreachable
from models.chat.estimate import estimated, estimated_of
from models.chat.model import Ask, Price, Purpose, Reply
from models.chat.schema import unlimited
from models.chat.wire import NotTaken, Wire, speakable
from models.model import NEVER, Stop

if TYPE_CHECKING:
    from anthropic import Anthropic

URL = "https://api.anthropic.com"
MODEL = "claude-sonnet-5-5"
CONTEXT = 200_000  # tokens; the newest models take more, and more makes them no better
LEAST_THINKING = 1024  # tokens, by the API's reference
_TOOL = "Gives the answer. Call it exactly once, with all of the answer in it, and write nothing else."
_CALL = "\n\nGive your answer by calling the tool {name} exactly once. Write no other text."
FREE = Price()
_UNFORCED = ("claude-sonnet-5-5", "claude-haiku-5-5", "claude-opus-5-5", "claude-fable", "claude-mythos")


@dataclass(frozen=True)
class _Way:
    """One way of asking: by a tool that is forced, by a schema of the text, or by a tool that may be called."""

    form: str  # "forced", "text", "tool"
    thinking: str  # "disabled", "between_tools", "adaptive", "enabled", "": the model's own default


class AnthropicChat:
    """A Chat over one model of Anthropic's API, or of a server that speaks it. `url` has no /v1 at its end."""

    def __init__(
        self,
        key: str,
        *,
        model: str = MODEL,
        url: str = URL,
        name: str = "anthropic",
        context: int = CONTEXT,
        price: Price = FREE,
        wire: Wire | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._key, self._model, self._url, self._provider = key, model, url.rstrip("/"), name
        self._context, self._price, self._clock = context, price, clock
        self._wire = wire or Wire()
        self._taken: dict[bool, int] = {}  # by whether there is thinking: the way that was taken

    @property
    def name(self) -> str:
        """Return the provider's and the model's name."""
        return f"{self._provider}/{self._model}"

    @property
    def context(self) -> int:
        """Return how many tokens a question and its answer may have together."""
        return self._context

    def tokens(self, text: str) -> int:
        """Return an estimate, rather too high; `exact` asks the provider."""
        return estimated(text)

    def exact(self, ask: Ask, *, stop: Stop = NEVER) -> int:
        """Return how many tokens the provider counts in a question; costs a call, and no tokens."""
        request = self._request(ask, self._ways(ask)[-1])
        for name in ("max_tokens", "stream"):
            del request[name]
        with self._wire.line(stop) as line, mapped(self._provider, line, Heard()):
            return int(self._client.messages.count_tokens(**request).input_tokens)

    def ask(self, ask: Ask, purpose: Purpose, *, stop: Stop = NEVER) -> Reply:
        """Return an answer; raises every ChatError but NoReader, OverBudget and Open, and Cancelled, OutOfTime."""
        since = self._clock()
        if (sent := estimated_of(ask)) + ask.most > self._context:
            raise BadRequest(f"about {sent} + {ask.most} tokens do not fit the context of {self._context}")
        heard, way = self._heard(ask, stop)
        data = answer(heard, ask, in_text=way.form == "text")
        return Reply(
            data=data,
            usage=heard.usage,
            provider=self._provider,
            model=self._model,
            ms=round((self._clock() - since) * 1000),
            micros=self._price.micros(heard.usage),
        )

    def close(self) -> None:
        """Let go of the SDK's client; no connection is kept between two calls."""
        if "_client" in self.__dict__:
            self._client.close()

    @cached_property
    def _client(self) -> Anthropic:
        from anthropic import Anthropic

        return Anthropic(
            api_key=self._key,
            base_url=self._url,
            max_retries=0,  # attempts are counted, and paid for, elsewhere
            http_client=self._wire.client(self._url),
            open_telemetry=False,
        )

    def _heard(self, ask: Ask, stop: Stop) -> tuple[Heard, _Way]:
        """Ask in one way after the other until one is taken; returns what was answered, and how it was asked."""
        ways, has_thinking = self._ways(ask), bool(ask.thinking)
        at = self._taken.get(has_thinking, 0)
        while True:
            try:
                heard = self._streamed(ask, ways[at], stop)
            except NotTaken:
                at += 1
                if at == len(ways):
                    raise
                continue
            self._taken[has_thinking] = at
            return heard, ways[at]

    def _ways(self, ask: Ask) -> tuple[_Way, ...]:
        """Return the ways of asking, the one that is most likely taken first."""
        if ask.thinking:
            return _Way("text", "adaptive"), _Way("tool", "adaptive"), _Way("tool", "enabled"), _Way("tool", "")
        forced = (_Way("forced", "disabled"), _Way("forced", ""))
        others = (_Way("text", "between_tools"), _Way("text", ""), _Way("tool", ""))
        return (*others, *forced) if self._model.startswith(_UNFORCED) else (*forced, *others)

    def _streamed(self, ask: Ask, way: _Way, stop: Stop) -> Heard:
        heard = Heard()
        with self._wire.line(stop) as line, mapped(self._provider, line, heard):
            with self._client.messages.create(**self._request(ask, way)) as stream:
                for event in stream:
                    line.check()
                    if hasattr(event, "to_dict"):
                        hear(heard, event.to_dict(warnings=False))
            if not heard.is_over:
                raise Unreachable(f"{self._provider}: the answer broke off")
        return heard

    def _request(self, ask: Ask, way: _Way) -> dict[str, Any]:
        """Return a request's parameters in the SDK's words."""
        mark = {"cache_control": {"type": "ephemeral"}}
        system = speakable(ask.system) + ("" if way.form == "text" else _CALL.format(name=ask.name))
        shared = [{"type": "text", "text": speakable(ask.shared), **mark}] if ask.shared else []
        request: dict[str, Any] = {
            "model": self._model,
            "max_tokens": ask.most,
            "system": [{"type": "text", "text": system, **mark}],
            "messages": [{"role": "user", "content": [*shared, {"type": "text", "text": speakable(ask.question)}]}],
            "stream": True,
        }
        if way.form == "text":
            request["output_config"] = {"format": {"type": "json_schema", "schema": unlimited(ask.schema)}}
            if not way.thinking:  # a model that always thinks shall not think its answer's room away
                request["output_config"]["effort"] = "low"
        else:
            request["tools"] = [{"name": ask.name, "description": _TOOL, "input_schema": dict(ask.schema)}]
            request["tool_choice"] = {"type": "auto", "disable_parallel_tool_use": True}
        if way.form == "forced":
            request["tool_choice"] = {"type": "tool", "name": ask.name, "disable_parallel_tool_use": True}
        if way.thinking == "enabled":
            budget = min(max(ask.thinking, LEAST_THINKING), ask.most - 1)
            request["thinking"] = {"type": "enabled", "budget_tokens": budget}
        elif way.thinking:
            request["thinking"] = {"type": way.thinking}
        return request
