"""The App at work against a fake GitHub: the real web application and the real worker, in this process."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import uvicorn

from bot.jobs.client import open_enqueuer
from bot.web.application import WEBHOOK, application
from bot.web.settings import AppSettings, settings_from
from bot.workflow.worker import work
from kb.outcomes.store import OutcomeStore, open_store
from tests.world.world import World

T = TypeVar("T")

PATIENCE = 60.0  # seconds that a test waits for something at most; it fails then


def environment(world: World, folder: Path, **more: str) -> dict[str, str]:
    """Return the variables of an App at a fake GitHub, its files below a folder."""
    return {
        "PRUDENT_APP_ID": str(world.app.id),
        "PRUDENT_PRIVATE_KEY": world.app.private_key,
        "PRUDENT_WEBHOOK_SECRET": world.app.webhook_secret,
        "PRUDENT_GITHUB_URL": world.url,
        "PRUDENT_DATA": str(folder / "data"),
        "PRUDENT_CACHE": str(folder / "cache"),
        "PRUDENT_LOG": "json",
        "PRUDENT_MODEL": "none",
        **more,
    }


class Running:
    """A running App. `store` is its outcomes store, opened a second time to look into."""

    def __init__(self, world: World, settings: AppSettings, *, haste: float = 1.0) -> None:
        self.world, self.settings, self._haste = world, settings, haste
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._ready, self._ended = threading.Event(), threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="app", daemon=True)

    @property
    def url(self) -> str:
        """Return where the web process listens."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def start(self) -> None:
        """Start web and worker, and have GitHub deliver to them."""
        self._thread.start()
        assert self._ready.wait(30), "the App did not start"
        assert self._error is None, self._error
        self.world.app.webhook_url = self.url + WEBHOOK

    def stop(self) -> None:
        """Stop both as SIGTERM does."""
        if self._loop is not None and self._stop is not None and not self._ended.is_set():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)
        self._socket.close()
        assert not self._thread.is_alive(), "the App did not stop"
        if self._error is not None:
            raise self._error

    @contextmanager
    def store(self) -> Iterator[OutcomeStore]:
        """Yield the App's outcomes store."""
        with open_store(self.settings.store_url) as store:
            yield store

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # handed to the test's thread
            self._error = error
        finally:
            self._ended.set()
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        enqueuer = open_enqueuer(self.settings.jobs_url)
        web = application(self.settings, enqueuer, clock=time.monotonic)
        server = uvicorn.Server(uvicorn.Config(web, log_config=None, access_log=False, lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[self._socket]))
        working = asyncio.create_task(work(self.settings, self._stop, pace=0.0, haste=self._haste))
        try:
            while not server.started:
                await asyncio.sleep(0.01)
            self._ready.set()
            await working
        finally:
            server.should_exit = True
            await serving
            await enqueuer.close()


@contextmanager
def running(world: World, folder: Path, *, haste: float = 1.0, **more: str) -> Iterator[Running]:
    """Yield an App that runs until the end of the block; `haste`: how many times faster its pauses pass."""
    variables = environment(world, folder, **more)
    with _environ(variables):
        app = Running(world, settings_from(variables), haste=haste)
        app.start()
        try:
            yield app
        finally:
            world.app.webhook_url = ""
            app.stop()


@contextmanager
def _environ(variables: Mapping[str, str]) -> Iterator[None]:
    """Set where files go for the process: what the worker's own parts read themselves."""
    names = ("PRUDENT_DATA", "PRUDENT_CACHE")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update({name: variables[name] for name in names})
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)


def until(ask: Callable[[], T], what: str = "", *, seconds: float = PATIENCE) -> T:
    """Return the first truthy answer; fails the test if there is none in time."""
    ends = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < ends, f"never came: {what or ask}"
        time.sleep(0.05)
    return answer
