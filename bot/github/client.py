"""GitHub over HTTP, as `bot.github.port.GitHub` describes it. Raw requests and plain JSON: nothing is guessed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Self

from bot.github.client_checks import Checks
from bot.github.client_comments import Comments
from bot.github.client_http import Http, OnRequest
from bot.github.client_pulls import Pulls
from bot.github.client_reviews import Reviews
from bot.github.manifest import GITHUB

if TYPE_CHECKING:
    import httpx


class GitHubClient(Pulls, Reviews, Comments, Checks):
    """One App at one GitHub; an asynchronous context manager, for one event loop.

    `base_url` is the address of the REST API: `https://HOST/api/v3` at a GitHub Enterprise Server. `pace`: seconds
    between an installation's writes. `on_request` is called after every request with method, path template, status (0
    where no answer came) and seconds. `clock` tells seconds since 1970.
    """

    def __init__(
        self,
        app_id: int,
        private_key_pem: str,
        *,
        base_url: str = GITHUB,
        pace: float = 1.0,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        transport: httpx.AsyncBaseTransport | None = None,
        on_request: OnRequest | None = None,
    ) -> None:
        self._app_id = app_id
        self._app = None
        self._rights = {}
        self._http = Http(
            app_id,
            private_key_pem,
            base_url=base_url,
            pace=pace,
            clock=clock,
            sleep=sleep,
            transport=transport,
            on_request=on_request,
        )

    def __repr__(self) -> str:
        return f"GitHubClient(app {self._app_id} at {self._http.base_url})"

    @property
    def skew(self) -> float | None:
        """Return how many seconds GitHub's clock is ahead of ours; None before its first answer."""
        return self._http.skew

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._http.__aexit__(*exc)
