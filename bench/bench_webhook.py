"""How fast `prudent serve --role web` answers deliveries, and whether each one that it accepted is a job afterwards.

    python bench/bench_webhook.py [--seconds 60] [--rate 100] [--on sqlite,postgres]

Deliveries leave at a fixed rate whether or not the ones before were answered, over loopback, on kept-alive
connections; a delivery's time runs from the moment it was due. Payloads have 25 KB, as those of pull requests have.
The databases write through to the disk as they do in production. Printed: answers a second, p50, p99 and longest time
in ms, what was not accepted, what was accepted and is no job (lost), the process' memory and share of one core.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.kb import postgres  # noqa: E402 (the script's own folder comes first)
from tests.web.deliveries import encoded, headers, opened  # noqa: E402
from tests.web.keys import environment  # noqa: E402
from tests.web.serving import Served, serving  # noqa: E402

PAYLOAD = 25_000  # bytes
ON_DISK = ("shared_buffers=64MB", "max_connections=40")  # the tests' server does not wait for the disk


@contextmanager
def postgres_url() -> Iterator[str]:
    """Give the URL of an empty database on a server of our own, which waits for the disk."""
    postgres.FAST = ON_DISK
    with tempfile.TemporaryDirectory(prefix="pg-") as folder, closing(postgres._served(Path(folder))) as server:
        yield next(server)


def jobs_in(url: str) -> int:
    """Return how many deliveries' jobs a database holds."""
    count = "SELECT count(*) FROM {}workflow_status WHERE workflow_uuid LIKE 'gh:%%'"
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
            return int(database.execute(count.format("").replace("%%", "%")).fetchone()[0])
    with psycopg.connect(url) as server:
        row = server.execute(count.format("dbos.").replace("%%", "%").encode()).fetchone()
        return int(row[0]) if row else 0


class Sender:
    """Sends deliveries over as many kept-alive connections as are busy at once."""

    def __init__(self, port: int, body: bytes) -> None:
        self._port, self._body = port, body
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.times: list[float] = []
        self.statuses: Counter[str] = Counter()

    async def send(self, due: float) -> None:
        """Send one delivery and note how long after `due` its answer had come."""
        try:
            reader, writer = self._kept() or await asyncio.open_connection("127.0.0.1", self._port)
            writer.write(self._request())
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            await reader.readexactly(int(length.group(1)) if length else 0)
        except (OSError, asyncio.IncompleteReadError) as error:
            self.statuses[type(error).__name__] += 1
            return
        self.times.append(time.perf_counter() - due)
        self.statuses[head[9:12].decode()] += 1
        self._idle.append((reader, writer))

    def _kept(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """Return a connection that is idle and that the server has not closed meanwhile."""
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return None

    def _request(self) -> bytes:
        sent = headers("pull_request", self._body, guid=str(uuid.uuid4())) | {"Content-Length": str(len(self._body))}
        lines = [f"{name}: {value}" for name, value in sent.items()]
        return "\r\n".join(["POST /webhooks/github HTTP/1.1", "Host: app", *lines, "", ""]).encode() + self._body


async def load(port: int, rate: int, seconds: float) -> Sender:
    """Send at a fixed rate and return what came of it."""
    sender = Sender(port, encoded(opened(padding="x" * PAYLOAD)))
    running, began = set(), time.perf_counter()
    for number in range(int(rate * seconds)):
        due = began + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        task = asyncio.create_task(sender.send(due))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)
    return sender


def cost(served: Served) -> tuple[float, float]:
    """Return the web process' highest resident memory in MB and its processor seconds so far."""
    status = Path(f"/proc/{served.process.pid}/status").read_text()
    fields = Path(f"/proc/{served.process.pid}/stat").read_text().rpartition(")")[2].split()
    peak = re.search(r"VmHWM:\s+(\d+)", status)
    return int(peak.group(1)) / 1024 if peak else 0.0, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(name: str, url: str, folder: Path, rate: int, seconds: float) -> None:
    """Serve with one kind of jobs database, load it, and print a row."""
    with serving(environment(folder, PRUDENT_JOBS=url), folder, "--role", "web") as served:
        port = int(served.url.rpartition(":")[2])
        asyncio.run(load(port, rate, 1))  # the first second pays for imports and connections
        before, busy = jobs_in(url), cost(served)[1]
        sender = asyncio.run(load(port, rate, seconds))
        memory, used = cost(served)
    times, accepted = sorted(sender.times), sender.statuses["202"]
    p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
    others = {status: count for status, count in sender.statuses.items() if status != "202"}
    print(
        f"{name:9} {accepted / seconds:6.1f}/s"
        f"  p50 {p50 * 1000:6.1f}  p99 {p99 * 1000:6.1f}  max {times[-1] * 1000:6.1f} ms"
        f"  not accepted {others or 0}  lost {accepted - (jobs_in(url) - before)}"
        f"  {memory:.0f} MB  {(used - busy) / seconds:.0%} of a core"
    )


def main() -> None:
    """Measure with each kind of database."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=int, default=100)
    parser.add_argument("--on", default="sqlite,postgres")
    chosen = parser.parse_args()
    python = subprocess.run([sys.executable, "-V"], capture_output=True, text=True).stdout.strip()
    load_now = os.getloadavg()[0]
    print(f"{python}, {os.cpu_count()} cores, load {load_now:.1f}; {chosen.rate}/s for {chosen.seconds:.0f} s")
    with tempfile.TemporaryDirectory() as place:
        if "sqlite" in chosen.on:
            measure("sqlite", f"sqlite:///{place}/jobs.db", Path(place) / "sqlite", chosen.rate, chosen.seconds)
        if "postgres" in chosen.on:
            with postgres_url() as url:
                measure("postgres", url, Path(place) / "postgres", chosen.rate, chosen.seconds)


if __name__ == "__main__":
    main()
