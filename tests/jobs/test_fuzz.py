"""Jobs that post to a server that keeps what it got though the poster died, under kills at random moments."""

from __future__ import annotations

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bot.jobs.client import open_enqueuer
from bot.jobs.database import Database
from bot.jobs.ledger import Ledger
from bot.jobs.port import JobState, Queue
from tests.jobs.lives import Workers, until

pytest_plugins = ["tests.kb.postgres"]

KILLS = 30
JOBS = 40
POSTS = 3  # each job makes, in a step each


@contextmanager
def forge() -> Iterator[tuple[str, Counter[str]]]:
    """Serve POSTs on loopback; yields the address and how often each path was posted."""
    got: Counter[str] = Counter()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            with lock:
                got[self.path] += 1
            threading.Event().wait(0.1)  # so that clients die between being heard and being answered
            body = self.path.encode()
            self.send_response(201)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                return  # the client died

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", got
        server.shutdown()
        thread.join()


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.asyncio
async def test_killed_at_random_no_job_is_lost_and_only_the_steps_cut_off_are_done_again(workers: Workers) -> None:
    chance = random.Random(7)
    jobs = [f"p{number}" for number in range(JOBS)]
    processes = 2 if workers.url.startswith("postgresql") else 1
    with forge() as (address, got), closing(Ledger(Database(workers.url))) as ledger:
        desk = open_enqueuer(workers.url)
        alive = [workers.start() for _ in range(processes)]
        for killed in range(KILLS):
            due = jobs[killed * JOBS // KILLS : (killed + 1) * JOBS // KILLS]
            for job in due:
                assert await desk.enqueue(Queue.INBOX, "posts", job, address, job)
            before = sum(got.values())
            await until(lambda before=before: sum(got.values()) > before)  # type: ignore[misc]
            await asyncio.sleep(chance.uniform(0.0, 0.3))
            victim = alive.pop(chance.randrange(processes))
            victim.kill()
            victim.wait(10)
            alive.append(workers.start())

        def over() -> bool:
            return not ledger.find("p", active=True)

        await until(over, 60)
        ended = {job.id: (job.state, job.result) for job in ledger.find("p", active=False)}
        await desk.close()
    paths = [f"/{job}/{number}" for job in jobs for number in range(POSTS)]
    assert ended == {job: (JobState.DONE, [f"/{job}/{number}" for number in range(POSTS)]) for job in jobs}
    assert set(got) == set(paths)
    assert sum(got.values()) - len(paths) <= KILLS * JOBS
    assert sum(times > 1 for times in got.values()) > 0  # else no kill hit a step, and nothing was tried
