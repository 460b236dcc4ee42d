"""A Chat over any server that speaks OpenAI's protocol, by its official SDK: OpenAI, llama-server, vLLM, Ollama.

The schema is the format of the answer. A server that does not take that (400) is given it as a function to call, then
in words with "some JSON object" as the format; what a server takes is remembered. Whatever comes is held to the schema.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from models.chat.errors import BadRequest, ChatError, Unreachable
from models.chat.estimate import estimated, whole_of
from models.chat.model import Ask, Price, Purpose, Reply
from models.chat.openai_events import Heard, answer, hear, mapped
from models.chat.schema import unlimited
from models.chat.wire import NotTaken, Wire, speakable
from models.model import NEVER, Stop

if TYPE_CHECKING:
    import httpx2
    from openai import OpenAI

URL = "https://api.openai.com/v1"
CONTEXT = 128_000
FREE = Price()
_FORMAT = "\n\nAnswer with one JSON object and nothing else. It satisfies this JSON schema:\n"
_TOOL = "Gives the answer. Call it exactly once, with all of the answer in it."
_EFFORTS = ((2048, "low"), (8192, "medium"))  # tokens of thinking up to which it is this; then "high"
_SHORT = 5.0  # seconds for counting tokens


@dataclass(frozen=True)
class Way:
    """One way of asking: the schema as the format, as a function, or in words; and whether usage is asked for."""

    form: str  # "schema", "tool", "object"
    has_usage: bool = True


WAYS = (Way("schema"), Way("schema", False), Way("tool"), Way("tool", False), Way("object", False))


class OpenAIChat:
    """A Chat over one model of a server. `url` ends in /v1; a server near by needs no `key`."""

    def __init__(
        self,
        key: str = "",
        *,
        model: str,
        url: str = URL,
        name: str = "openai",
        context: int = CONTEXT,
        price: Price = FREE,
        wire: Wire | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._key, self._model, self._url, self._provider = key, model, url.rstrip("/"), name
        self._context, self._price, self._clock = context, price, clock
        self._wire = wire or Wire()
        self._is_openai = (urlsplit(url).hostname or "").endswith(("openai.com", "openai.azure.com"))
        self._taken = 0  # which of the ways
        self._counts = not self._is_openai  # whether the server may count tokens

    @property
    def name(self) -> str:
        """Return the provider's and the model's name."""
        return f"{self._provider}/{self._model}"

    @property
    def context(self) -> int:
        """Return how many tokens a question and its answer may have together."""
        return self._context

    def tokens(self, text: str) -> int:
        """Return how many tokens a text has: the server's own count where it has one, else an estimate too high."""
        if not self._counts:
            return estimated(text)
        found = self._counted(speakable(text))
        if found is None:
            self._counts = False
            return estimated(text)
        return found

    def ask(self, ask: Ask, purpose: Purpose, *, stop: Stop = NEVER) -> Reply:
        """Return an answer; raises every ChatError but NoReader, OverBudget and Open, and Cancelled, OutOfTime."""
        since = self._clock()
        if (sent := self.tokens(whole_of(ask))) + ask.most > self._context:
            raise BadRequest(f"about {sent} + {ask.most} tokens do not fit the context of {self._context}")
        heard, way = self._heard(ask, stop)
        data = answer(heard, in_tool=way.form == "tool")
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
        for name in ("_client", "_http"):
            if name in self.__dict__:
                self.__dict__[name].close()

    @cached_property
    def _client(self) -> OpenAI:
        from openai import OpenAI

        return OpenAI(
            api_key=self._key or "none",
            base_url=self._url,
            max_retries=0,  # attempts are counted, and paid for, elsewhere
            http_client=self._wire.client(self._url),
        )

    @cached_property
    def _http(self) -> httpx2.Client:
        """Return a client for what the SDK knows nothing of."""
        return self._wire.client(self._url)

    def _heard(self, ask: Ask, stop: Stop) -> tuple[Heard, Way]:
        """Ask in one way after the other until one is taken; returns what was answered, and how it was asked."""
        at = self._taken
        while True:
            try:
                heard = self._streamed(ask, WAYS[at], stop)
            except NotTaken:
                at += 1
                if at == len(WAYS):
                    raise
                continue
            self._taken = at
            return heard, WAYS[at]

    def _streamed(self, ask: Ask, way: Way, stop: Stop) -> Heard:
        heard = Heard(ask)
        with self._wire.line(stop) as line, mapped(self._provider, line, heard):
            with self._client.chat.completions.create(
                **request_of(ask, way, model=self._model, is_openai=self._is_openai)
            ) as stream:
                for chunk in stream:
                    line.check()
                    if hasattr(chunk, "to_dict"):
                        hear(heard, chunk.to_dict(warnings=False))
            if not heard.ended:
                raise Unreachable(f"{self._provider}: the answer broke off")
        return heard

    def _counted(self, text: str) -> int | None:
        """Return a server's count of a text's tokens, as llama-server and vLLM give it; None if it does not count."""
        import httpx2

        address = self._url.removesuffix("/v1") + "/tokenize"
        body = {"content": text, "prompt": text, "model": self._model}
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        try:
            with self._wire.line(NEVER):
                reply = self._http.post(address, json=body, headers=headers, timeout=_SHORT)
            found = reply.json() if reply.status_code == 200 else None
        except (httpx2.HTTPError, ValueError, ChatError):
            return None
        tokens = found.get("tokens") if isinstance(found, dict) else None
        return len(tokens) if isinstance(tokens, list) and (tokens or not text) else None


def request_of(ask: Ask, way: Way, *, model: str, is_openai: bool) -> dict[str, Any]:
    """Return a question's parameters in the SDK's words; `is_openai`: for its own API, which is stricter than others.

    Its strict schemas know no limits, and its models that think refuse a temperature.
    """
    schema = unlimited(ask.schema) if is_openai else dict(ask.schema)
    system = ask.system + (_FORMAT + json.dumps(ask.schema) if way.form == "object" else "")
    question = f"{ask.shared}\n\n{ask.question}" if ask.shared else ask.question
    request: dict[str, Any] = {
        "model": model,
        "messages": [
            {"role": "system", "content": speakable(system)},
            {"role": "user", "content": speakable(question)},
        ],
        "stream": True,
    }
    if way.has_usage:
        request["stream_options"] = {"include_usage": True}
    if is_openai:
        request["max_completion_tokens"] = ask.most
        if ask.thinking:
            request["reasoning_effort"] = next((name for most, name in _EFFORTS if ask.thinking <= most), "high")
    else:
        request |= {"max_tokens": ask.most, "temperature": ask.temperature, "seed": ask.seed}
    if way.form == "schema":
        described = {"name": ask.name, "schema": schema, "strict": True}
        request["response_format"] = {"type": "json_schema", "json_schema": described}
    elif way.form == "tool":
        function = {"name": ask.name, "description": _TOOL, "parameters": schema}
        request["tools"] = [{"type": "function", "function": function}]
        request["tool_choice"] = {"type": "function", "function": {"name": ask.name}}
    else:
        request["response_format"] = {"type": "json_object"}
    return request
