"""githubkit, cut down to carrying one request: the only file that imports it (and httpx, which it stands on)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

from bot.github.replies import Reply

if TYPE_CHECKING:
    import httpx

CONNECT, READ, WRITE = 10.0, 30.0, 30.0  # seconds
AGENT = "prudent"


class Kit(Protocol):
    """What carries requests."""

    async def exchange(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> Reply:
        """Return the answer, whatever its status; raises ConnectionError where there is none."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


def open_kit(transport: httpx.AsyncBaseTransport | None) -> Kit:
    """Return what carries requests to full addresses. githubkit is imported here: it takes a third of a second."""
    import httpx
    from githubkit import GitHub, Response, UnauthAuthStrategy
    from githubkit.exception import GitHubException, RequestError

    client = httpx.AsyncClient(
        transport=transport,
        timeout=httpx.Timeout(connect=CONNECT, read=READ, write=WRITE, pool=None),
        follow_redirects=False,
        headers={"User-Agent": AGENT},
    )

    class Carrier(GitHub[UnauthAuthStrategy]):
        """githubkit with one client for its whole life, and no opinion about answers.

        Its own `async with` keeps the client in a context variable, which the tasks of other contexts do not see:
        each of their requests would make a client and a TLS context.
        """

        @asynccontextmanager
        async def get_async_client(self) -> AsyncGenerator[httpx.AsyncClient, None]:
            yield client

        def _check(self, response: httpx.Response, *_: object) -> Response[Any]:
            return Response(response, Any)  # its own raises ValueError on a `retry-after` that is a date

        async def exchange(self, method: str, url: str, headers: Mapping[str, str], content: bytes | None) -> Reply:
            try:
                response = await self.arequest(method, url, headers=dict(headers), content=content)
            except RequestError as error:
                raise ConnectionError(type(error.exc).__name__) from None
            except (GitHubException, httpx.InvalidURL) as error:
                raise ConnectionError(type(error).__name__) from None
            return Reply(response.status_code, {k.lower(): v for k, v in response.headers.items()}, response.content)

        async def aclose(self) -> None:
            await client.aclose()

    return Carrier(http_cache=False, auto_retry=False)
