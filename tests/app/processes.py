"""The App as real processes, which can be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bot.web.application import WEBHOOK
from tests.app.running import environment, until
from tests.app.troubles import is_idle
from tests.web.serving import serving
from tests.world.world import World


class Worker:
    """One worker at a time: a process that is killed is followed by another."""

    def __init__(self, variables: Mapping[str, str], folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._log = folder / "worker.log"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PRUDENT")}
        self._environment = {**clean, **variables}
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.deaths = 0

    def start(self) -> None:
        """Start one; it need not be ready yet."""
        command = [sys.executable, "-P", "-m", "bot.cli.main", "serve", "--role", "worker"]
        with self._log.open("ab") as stream:
            self._process = subprocess.Popen(
                command, cwd=self._folder, env=self._environment, stdout=stream, stderr=stream
            )

    def kill(self) -> None:
        """Kill it at once, and wait until it is gone."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)
            self.deaths += 1

    def kill_and_start(self) -> None:
        """Kill it, and start another."""
        self.kill()
        self.start()

    def stop(self) -> None:
        """Tell it to stop, as an operator does."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(30)

    def is_alive(self) -> bool:
        """Return whether it runs."""
        return self._process is not None and self._process.poll() is None

    def text(self) -> str:
        """Return its log, of all lives."""
        return self._log.read_text("utf-8", "replace") if self._log.exists() else ""

    @contextmanager
    def dying_at(self, line: str, times: int = 1) -> Iterator[None]:
        """Kill it as soon as its log has a new line with a text, and start another; so often."""
        seen, done = self.text().count(line), threading.Event()

        def watch() -> None:
            left, known = times, seen
            while left and not done.is_set():
                if self.text().count(line) > known:
                    self.kill_and_start()
                    left, known = left - 1, self.text().count(line)
                time.sleep(0.002)

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join(30)


class Installed:
    """An App of real processes: a web process, and workers."""

    def __init__(self, world: World, variables: Mapping[str, str], folder: Path) -> None:
        self.world, self.variables, self.folder = world, variables, folder
        self.jobs_url = variables.get("PRUDENT_JOBS") or f"sqlite:///{variables['PRUDENT_DATA']}/jobs.db"
        self.workers: list[Worker] = []

    def worker(self) -> Worker:
        """Start one more worker."""
        made = Worker(self.variables, self.folder / f"worker-{len(self.workers)}")
        self.workers.append(made)
        made.start()
        return made

    def settle(self, seconds: float = 120.0) -> None:
        """Wait until every delivery was answered, and no job waits or runs."""

        def is_settled() -> bool:
            self.world.hooks.wait()
            return is_idle(self.jobs_url)

        until(is_settled, "processes without work", seconds=seconds)


@contextmanager
def installed(world: World, folder: Path, **more: str) -> Iterator[Installed]:
    """Yield an App whose web process runs; what it starts ends with the block."""
    variables = environment(world, folder, **more)
    with serving(variables, folder / "web", "--role", "web") as web:
        app = Installed(world, variables, folder)
        world.app.webhook_url = web.url + WEBHOOK
        try:
            yield app
        finally:
            world.app.webhook_url = ""
            for worker in app.workers:
                worker.stop()
                worker.kill()
