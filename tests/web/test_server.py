"""The listening socket: how it is had, and that answers on it are not held back."""

from __future__ import annotations

import asyncio
import socket

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot.web.server import listening, serve_until
from kb.errors import UserError


def test_what_is_accepted_sends_at_once() -> None:
    """Held back, every answer takes 40 ms longer: its second part waits for the first to be acknowledged."""
    with listening("127.0.0.1", 0) as place, socket.create_connection(place.getsockname()):
        accepted, _ = place.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_both_kinds_of_address_can_be_listened_on() -> None:
    for host in ("127.0.0.1", "::1", "localhost"):
        with listening(host, 0) as place:
            assert place.getsockname()[1] > 0


@pytest.mark.parametrize("host", ["203.0.113.7", "no such host", "999.1.1.1"])
def test_an_address_that_is_not_ours_is_refused(host: str) -> None:
    with pytest.raises(UserError, match=f"cannot listen on {host} port 0 .*PRUDENT_HOST"), listening(host, 0):
        pass


@pytest.mark.asyncio
async def test_a_request_that_runs_is_answered_before_the_server_ends() -> None:
    stop, arrived, released = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(request: Request) -> PlainTextResponse:
        arrived.set()
        await released.wait()
        return PlainTextResponse("done")

    with listening("127.0.0.1", 0) as place:
        port = place.getsockname()[1]
        serving = asyncio.ensure_future(serve_until(stop, Starlette(routes=[Route("/", slow)]), place))
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: app\r\n\r\n")
        await arrived.wait()
        stop.set()
        await asyncio.sleep(0.2)
        assert not serving.done()
        released.set()
        answer = await reader.read()
        await serving
        writer.close()
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.endswith(b"done")


@pytest.mark.asyncio
async def test_a_server_that_is_stopped_before_it_began_ends_at_once() -> None:
    stop = asyncio.Event()
    stop.set()
    with listening("127.0.0.1", 0) as place:
        await asyncio.wait_for(serve_until(stop, Starlette(), place), 5)
