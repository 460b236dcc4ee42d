"""Runs the web process: one listening socket, uvicorn on it, a worker beside it if that is asked for."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import time
from collections.abc import Iterator, Sequence

import uvicorn
from starlette.types import ASGIApp

from bot.jobs.port import Enqueuer, JobsDown
from bot.logs import log
from bot.web.application import application
from bot.web.settings import AppSettings
from bot.web.supervision import keep_running
from kb.errors import UserError

MOST_AT_ONCE = 500  # connections and requests; more are told 503
KEEP_ALIVE_SECONDS = 15  # GitHub's deliveries come in bursts
LARGEST_HEADERS = 65_536  # bytes
DRAIN_SECONDS = 5  # for requests that run when the process is told to stop

_LOG = log(__name__)


def run(settings: AppSettings, worker: Sequence[str] | None) -> int:
    """Serve until SIGTERM or SIGINT and return the exit code.

    Args:
        settings: The App's.
        worker: The command of a worker process to keep running beside; None where workers run elsewhere.

    Raises:
        UserError: The address cannot be listened on, or the jobs' URL is none.
    """
    with listening(settings.host, settings.port) as place:
        return asyncio.run(_serve(settings, place, worker))


@contextlib.contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Give a listening socket; port 0 takes a free one. Raises UserError where the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        place = socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        reason = error.strerror or "no such address"
        raise UserError(f"cannot listen on {host} port {port} ({reason}); set PRUDENT_HOST and PRUDENT_PORT") from None
    with place:
        # What is accepted inherits this. asyncio sets it only on sockets that name their protocol, which this one does
        # not; without it each answer waits 40 ms for the other side to acknowledge the answer's headers.
        place.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield place


async def _serve(settings: AppSettings, place: socket.socket, worker: Sequence[str] | None) -> int:
    from bot.jobs.client import open_enqueuer  # lazily: dbos is slow to import

    stop, stop_worker = asyncio.Event(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    enqueuer: Enqueuer = open_enqueuer(settings.jobs_url)
    try:
        web = asyncio.ensure_future(serve_until(stop, application(settings, enqueuer, clock=time.perf_counter), place))
        host, port = place.getsockname()[:2]
        _LOG.info("listening", host=host, port=port, app=settings.app_id, github=settings.web_host)
        await _look_at_jobs(enqueuer)
        keeper = asyncio.ensure_future(_beside(worker, stop_worker))
        await asyncio.wait((web, keeper), return_when=asyncio.FIRST_COMPLETED)
        # The web process first: what it has answered is a job already, what it has not is delivered again.
        stop.set()
        await web
        stop_worker.set()
        code = await keeper
    finally:
        await enqueuer.close()
    _LOG.info("stopped")
    return code or 0


async def _look_at_jobs(enqueuer: Enqueuer) -> None:
    """Make ready where jobs are kept. A database that is down now may come back: until then deliveries are refused."""
    try:
        await enqueuer.check()
    except JobsDown as error:
        _LOG.error("jobs database down", reason=str(error))


async def _beside(worker: Sequence[str] | None, stop: asyncio.Event) -> int | None:
    if worker is not None:
        return await keep_running(worker, stop)
    await stop.wait()
    return None


async def serve_until(stop: asyncio.Event, served: ASGIApp, place: socket.socket) -> None:
    """Serve an application on a listening socket until `stop` is set, then let what runs finish."""
    config = uvicorn.Config(
        served,
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MOST_AT_ONCE,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        h11_max_incomplete_event_size=LARGEST_HEADERS,
    )
    server = _Server(config)
    serving = asyncio.ensure_future(server.serve(sockets=[place]))
    stopped = asyncio.ensure_future(stop.wait())
    await asyncio.wait((serving, stopped), return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    server.should_exit = True
    await serving


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: it would raise the signal again, before the worker is told."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
