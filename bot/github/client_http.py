"""One request to GitHub, made well: who asks, rate limits, repeats, time-outs, and every ending as a `GitHubError`.

githubkit carries the request; its own retries (which repeat POST), its cache (which keeps every body) and its reading
of errors (which fails on a `retry-after` that is a date) are left out. Nothing is logged here and no error's text has
more than method, path template and status.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urljoin, urlsplit

from bot.github.asks import Ask, Caller
from bot.github.client_kit import open_kit
from bot.github.client_tokens import Tokens
from bot.github.errors import GitHubError, Unauthorised, Unexpected, Unreachable, Wait
from bot.github.etags import Etags
from bot.github.fields import Fields
from bot.github.limits import Limits
from bot.github.replies import Reply, graphql_refusal_in, limit_in, refusal_in

if TYPE_CHECKING:
    import httpx

    from bot.github.client_kit import Kit

API_VERSION = "2022-11-28"  # the newest that every GitHub Enterprise Server in support knows
PAUSES = (1.0, 3.0)  # seconds before a read is repeated after a 5xx or a time-out
SHORT_WAIT = 5.0  # seconds of a rate limit that are waited out here; longer ones are the caller's to wait out durably
PATIENCE = 60.0  # seconds for one request from beginning to end; GitHub itself gives up after 10 to 60
CONCURRENT = 100  # GitHub's limit on requests at the same time
REDIRECTS = 3  # a renamed repository is one

OnRequest = Callable[[str, str, int, float], None]


@dataclass
class _Tries:
    """What was tried already for one request."""

    repeats: int = 0
    waits: int = 0
    is_renewed: bool = False


class Http:
    """Requests to one GitHub as one App; an asynchronous context manager."""

    def __init__(
        self,
        app_id: int,
        private_key: str,
        *,
        base_url: str,
        pace: float,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        transport: httpx.AsyncBaseTransport | None,
        on_request: OnRequest | None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.skew: float | None = None  # seconds that GitHub's clock is ahead of ours, as its last answer has it
        self._clock = clock
        self._sleep = sleep
        self._transport = transport
        self._on_request = on_request
        self._limits = Limits(pace=pace, clock=clock, sleep=sleep)
        self._tokens = Tokens(app_id, private_key, clock=clock, now=self.now, call=self.call)
        self._etags = Etags()
        self._room = asyncio.Semaphore(CONCURRENT)
        self._kit: Kit | None = None

    async def __aenter__(self) -> Self:
        self._kit = open_kit(self._transport)
        return self

    async def __aexit__(self, *_: object) -> None:
        kit, self._kit = self._kit, None
        if kit is not None:
            await kit.aclose()

    @property
    def tokens(self) -> Tokens:
        """Return what mints installation tokens."""
        return self._tokens

    def now(self) -> float:
        """Return the time by GitHub's clock, as far as it is known."""
        return self._clock() + (self.skew or 0.0)

    async def call(self, ask: Ask, caller: Caller) -> Fields:
        """Return the answer's JSON; raises a GitHubError."""
        return self.fields(ask, await self.reply_to(ask, caller))

    async def pages(self, ask: Ask, caller: Caller, *, most: int = 100) -> list[Fields]:
        """Return the JSON of every page, as their `link` headers lead on; over `most` pages raises Unexpected."""
        pages: list[Fields] = []
        following: Ask | None = ask
        while following is not None:
            if len(pages) == most:
                raise Unexpected(f"{ask.where}: more than {most} pages")
            reply = await self.reply_to(following, caller)
            pages.append(self.fields(ask, reply))
            following = following.next_page(reply.headers.get("link", ""))
        return pages

    async def reply_to(self, ask: Ask, caller: Caller) -> Reply:
        """Return the answer to one request, tried again where that is safe and soon; raises a GitHubError."""
        tries = _Tries()
        while True:
            token = ""
            try:
                self._limits.check(caller.installation, ask.quota, ask.where)
                if ask.is_write:
                    await self._limits.turn(caller.installation)
                token = await self._tokens.of(caller)
                return await self._once(ask, caller, token)
            except Wait as limit:
                tries.waits += 1
                if limit.seconds > SHORT_WAIT or tries.waits > len(PAUSES):
                    raise
                pause = limit.seconds
            except Unauthorised:
                if not token or tries.is_renewed or not self._tokens.renew(caller, token):
                    raise
                tries.is_renewed, pause = True, 0.0
            except Unreachable:
                if ask.is_write or tries.repeats == len(PAUSES):
                    raise
                pause = PAUSES[tries.repeats]
                tries.repeats += 1
            await self._sleep(pause)

    async def _once(self, ask: Ask, caller: Caller, token: str) -> Reply:
        known = self._etags.of(caller, ask)
        reply = await self._send(ask, token, known.etag if known else "")
        if limit := limit_in(reply, now=self.now()):
            raise self._limits.close(caller.installation, ask.quota, limit, ask.where)
        if error := refusal_in(reply, ask.where):
            raise error
        if ask.is_graphql and (error := graphql_refusal_in(reply, ask.where)):
            raise error
        self._limits.passed(caller.installation)
        if reply.status == 304:
            if known is None:
                raise Unexpected(f"{ask.where}: 304 without a question")
            return known.reply
        self._etags.keep(caller, ask, reply)
        return reply

    async def _send(self, ask: Ask, token: str, etag: str) -> Reply:
        headers = {"X-GitHub-Api-Version": API_VERSION, "Accept": "application/vnd.github+json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if ask.body is not None:
            headers["Content-Type"] = "application/json"
        if etag:
            headers["If-None-Match"] = etag
        url = self._url_of(ask)
        for _ in range(1 + REDIRECTS):
            reply = await self._exchange(ask, url, headers)
            if reply.status not in (301, 302, 307, 308):
                return reply
            url = self._redirected(ask, url, reply)
        raise Unexpected(f"{ask.where}: redirected more than {REDIRECTS} times")

    async def _exchange(self, ask: Ask, url: str, headers: dict[str, str]) -> Reply:
        if self._kit is None:
            raise RuntimeError("the client is used outside its `async with`")
        began, status = self._clock(), 0
        try:
            async with self._room, asyncio.timeout(PATIENCE):
                reply = await self._kit.exchange(ask.method, url, headers, ask.content)
            status = reply.status
        except TimeoutError:
            raise Unreachable(f"{ask.where}: no answer within {PATIENCE:.0f} s") from None
        except ConnectionError as error:
            raise Unreachable(f"{ask.where}: {error}") from None
        finally:
            if self._on_request is not None:
                self._on_request(ask.method, ask.path, status, self._clock() - began)
        if reply.sent_at is not None:
            self.skew = reply.sent_at - self._clock()
        return reply

    def _url_of(self, ask: Ask) -> str:
        if ask.is_graphql:  # beside `v3` on a GitHub Enterprise Server
            return f"{self.base_url.removesuffix('/v3')}/graphql"
        return f"{self.base_url}{ask.target}"

    def _redirected(self, ask: Ask, url: str, reply: Reply) -> str:
        """Return where a redirect leads. The token goes along, so it has to stay at the same server.

        GitHub means "the same request, there" by all four statuses.
        """
        target = urljoin(url, reply.headers.get("location", ""))
        if urlsplit(target)[:2] != urlsplit(self.base_url)[:2] or target == url:
            raise Unexpected(f"{ask.where}: {reply.status} that leads elsewhere")
        return target

    def fields(self, ask: Ask, reply: Reply) -> Fields:
        """Return the JSON of a good answer. A write whose answer cannot be read was probably done: Unreachable."""
        failure: type[GitHubError] = Unreachable if ask.is_write else Unexpected
        if reply.status == 204:
            return Fields(None, ask.where, failure)
        try:
            value: Any = json.loads(reply.body)
        except ValueError:
            raise failure(f"{ask.where}: {reply.status} with a body that is no JSON") from None
        return Fields(value, ask.where, failure)
