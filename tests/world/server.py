"""The fake on a loopback port: a Starlette app, served by uvicorn in a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from contextlib import suppress
from datetime import datetime
from email.utils import formatdate
from types import TracebackType
from typing import TYPE_CHECKING

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request as Incoming
from starlette.responses import Response as Outgoing
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.world import smart_http
from tests.world.gateway import Gateway, Request, Response

if TYPE_CHECKING:
    from tests.world.world import World

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]


class Dropped(Exception):
    """The connection was ended without an answer; only seen where the fake is called without a socket."""


class Reply:
    """An answer as Starlette takes it: late, cut or not at all, where a fault says so."""

    def __init__(self, response: Response, now: datetime) -> None:
        self.response = response
        self.date = formatdate(now.timestamp(), usegmt=True)  # by the world's clock: how clients find theirs wrong

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        if self.response.delay:
            await asyncio.sleep(self.response.delay)
        if self.response.drop:
            cycle = getattr(scope["world.send"], "__self__", None)  # uvicorn's: it knows the connection
            transport = getattr(cycle, "transport", None)
            if transport is None:
                raise Dropped
            transport.abort()
            await asyncio.sleep(0.01)  # until uvicorn has noticed
            return
        headers = {"date": self.date, **self.response.headers}
        await Outgoing(self.response.body, self.response.status, headers)(scope, receive, send)


def application(world: World) -> ASGIApp:
    """Return the fake as an ASGI application."""
    gateway = Gateway(world)

    async def endpoint(incoming: Incoming) -> Reply:
        path = incoming.scope.get("raw_path", b"").decode().partition("?")[0] or incoming.url.path
        headers = dict(incoming.headers)
        body = await incoming.body()
        request = Request(incoming.method, path, dict(incoming.query_params), headers, body)
        if smart_http.is_git(path):
            return Reply(await run_in_threadpool(smart_http.answer, world, request), world.clock.now())
        return Reply(await run_in_threadpool(gateway.answer, request), world.clock.now())

    routed = Starlette(routes=[Route("/{path:path}", endpoint, methods=METHODS)])

    async def outermost(scope: Scope, receive: Receive, send: Send) -> None:
        await routed({**scope, "world.send": send}, receive, send)

    return outermost


class Prompt(uvicorn.Server):
    """A uvicorn that ends when it is told to, not at its next tick: a test has one of its own."""

    loop: asyncio.AbstractEventLoop
    ending: asyncio.Event

    async def main_loop(self) -> None:
        """Keep the Date header right until the end."""
        while not self.should_exit:
            await self.on_tick(0)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.ending.wait(), 1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Cut every connection."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.gather(*self.server_state.tasks, return_exceptions=True)

    def end(self) -> None:
        """End; callable from any thread."""
        self.should_exit = True
        self.loop.call_soon_threadsafe(self.ending.set)


class Server:
    """Serves a world while it is entered; `world.url` is where."""

    def __init__(self, world: World) -> None:
        self.world = world
        # asyncio sends at once only on a socket that names its protocol; else each answer may wait 40 ms
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen(512)
        world.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            application(world),
            log_config=None,
            access_log=False,
            lifespan="off",
            date_header=False,
            timeout_graceful_shutdown=1,
        )
        self._server = Prompt(config)
        self._thread = threading.Thread(target=self._serve, name="world-server", daemon=True)

    def _serve(self) -> None:
        asyncio.run(self._served())

    async def _served(self) -> None:
        self._server.loop, self._server.ending = asyncio.get_running_loop(), asyncio.Event()
        await self._server.serve(sockets=[self._socket])

    def __enter__(self) -> Server:
        """Listen."""
        self._thread.start()
        ends = time.monotonic() + 10
        while not self._server.started:
            assert time.monotonic() < ends, "the fake did not start"
            time.sleep(0.002)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop listening and let go of the port."""
        self._server.end()
        self._thread.join(10)
        self._socket.close()
