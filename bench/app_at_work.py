"""The App as it is deployed, for measuring: `prudent serve` as processes, against the fake GitHub in this process.

It tells when each delivery was sent, when each request was answered, and what the workers logged.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx
import psycopg

from tests.kb import postgres
from tests.web.serving import Served, serving
from tests.world.server import Server
from tests.world.world import Asked, World

WEBHOOK = "/webhooks/github"
ON_DISK = ("shared_buffers=128MB", "max_connections=200")  # the tests' server does not wait for the disk


class Timed(list[Asked]):
    """The requests to the fake, each with the moment (seconds since 1970) at which it was answered."""

    def __init__(self) -> None:
        super().__init__()
        self.at: list[float] = []

    def append(self, asked: Asked) -> None:
        """Take note of a request and of now."""
        self.at.append(time.time())
        super().append(asked)

    def timed(self) -> Iterator[tuple[float, Asked]]:
        """Yield every request with its moment."""
        yield from zip(list(self.at), list(self), strict=False)


@dataclass
class Sent:
    """One delivery: when it was sent, how long its answer took, and the answer's status."""

    event: str
    head: str
    at: float
    seconds: float
    status: int


class App:
    """A web process and its workers, at a fake GitHub of their own."""

    def __init__(self, world: World, folder: Path, **more: str) -> None:
        self.world, self.folder = world, folder
        self.requests = world.requests = Timed()
        self.sent: dict[str, Sent] = {}
        self.web: Served | None = None
        self.workers: list[Served] = []
        self.jobs_url = more.get("PRUDENT_JOBS", "")
        self._stack, self._client = ExitStack(), httpx.Client(timeout=30)
        self._environment = {
            "PRUDENT_APP_ID": str(world.app.id),
            "PRUDENT_PRIVATE_KEY": world.app.private_key,
            "PRUDENT_WEBHOOK_SECRET": world.app.webhook_secret,
            "PRUDENT_GITHUB_URL": world.url,
            "PRUDENT_DATA": str(folder / "data"),
            "PRUDENT_CACHE": str(folder / "cache"),
            **more,
        }
        world.hooks.receiver = self._deliver

    def start_web(self) -> Served:
        """Start the process that takes deliveries in."""
        self.web = self._stack.enter_context(serving(self._environment, self.folder / "web", "--role", "web"))
        return self.web

    def start_worker(self) -> Served:
        """Start one more worker, and wait until it takes up work."""
        place = self.folder / f"worker{len(self.workers)}"
        arguments = ("--role", "worker")
        made = self._stack.enter_context(serving(self._environment, place, *arguments, listens=False))
        made.wait_for('"event": "ready"', seconds=120)
        self.workers.append(made)
        return made

    def close(self) -> None:
        """Stop every process as SIGTERM does."""
        self._stack.close()
        self._client.close()

    def waiting(self) -> int:
        """Return how many jobs wait or run, as the web process tells it."""
        assert self.web
        lines = self._client.get(f"{self.web.url}/metrics").text.splitlines()
        counted = [line for line in lines if line.startswith("prudent_jobs_waiting{") and "upkeep" not in line]
        return sum(int(float(line.rpartition(" ")[2])) for line in counted)

    def settled(self, seconds: float) -> None:
        """Wait until all is delivered and no job waits or runs."""
        ends = time.monotonic() + seconds
        self.world.hooks.wait(seconds)
        while self.waiting():
            assert time.monotonic() < ends, "jobs are left"
            time.sleep(0.05)

    def steps(self) -> Iterator[dict[str, object]]:
        """Yield what the workers logged about each step."""
        for worker in self.workers:
            for line in worker.text().splitlines():
                told = json.loads(line) if line.startswith("{") else {}
                if told.get("logger") == "workflow":
                    yield told

    def complaints(self) -> dict[str, int]:
        """Return how often each warning or error was logged by any process."""
        count: defaultdict[str, int] = defaultdict(int)
        for served in [*self.workers, *([self.web] if self.web else [])]:
            for line in served.text().splitlines():
                told = json.loads(line) if line.startswith("{") else {"level": "error", "event": line}
                if told.get("level") not in ("info", None):
                    words = (told.get(name, "") for name in ("event", "error", "text"))
                    count[" ".join(map(str, words)).strip()[:160]] += 1
        return dict(count)

    def _deliver(self, headers: dict[str, str], body: bytes) -> int:
        assert self.web
        told = json.loads(body)
        event, began = headers["X-GitHub-Event"], time.time()
        status = self._client.post(self.web.url + WEBHOOK, content=body, headers=headers).status_code
        head = told.get("pull_request", {}).get("head", {}).get("sha", "")
        self.sent[headers["X-GitHub-Delivery"]] = Sent(event, head, began, time.time() - began, status)
        return status


@contextmanager
def at_work(*, workers: int = 1, on_postgres: bool = False, **more: str) -> Iterator[App]:
    """Give an App: SQLite files or a Postgres of its own that waits for the disk; all that it keeps goes at the end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-app-")))
        if on_postgres:
            url = stack.enter_context(postgres_url())
            more = {"PRUDENT_JOBS": url, "PRUDENT_STORE": url.replace("postgresql://", "postgresql+psycopg://"), **more}
        world = World(folder / "github")
        stack.enter_context(Server(world))
        stack.callback(world.hooks.close)
        app = App(world, folder, **more)
        stack.callback(app.close)
        app.start_web()
        for _ in range(workers):
            app.start_worker()
        yield app


@contextmanager
def postgres_url() -> Iterator[str]:
    """Give the URL of an empty database on a server of our own."""
    postgres.FAST = ON_DISK
    with tempfile.TemporaryDirectory(prefix="pg-") as folder, closing(postgres._served(Path(folder))) as server:
        yield next(server)


def asked(url: str, question: str) -> list[tuple[object, ...]]:
    """Return the rows of one question to Postgres."""
    with psycopg.connect(url) as server:
        return server.execute(question.encode()).fetchall()


def moment(told: Mapping[str, object]) -> float:
    """Return when a line was logged, in seconds since 1970."""
    return datetime.fromisoformat(str(told["timestamp"])).timestamp()


def middle(values: Iterable[float]) -> float:
    """Return the median, 0 of nothing."""
    found = list(values)
    return statistics.median(found) if found else 0.0
