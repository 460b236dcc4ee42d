"""Facts of many files: in this process where there are few, in processes of their own where it pays.

A file that kills its worker, or keeps it for too long, has no facts but the reason; the others have theirs. A worker
takes a batch, and the next only when it has answered for all of it: neither side ever waits for the other to read.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Final

from kb.facts.extract import facts_of
from kb.facts.model import Facts, Status
from kb.facts.store import encoded

ALONE_BYTES: Final = 1_200_000  # about 30,000 lines; starting processes pays above
SECONDS_PER_FILE: Final = 20.0
_BATCH_BYTES: Final = 200_000
_BATCH_FILES: Final = 64
_STARTING_SECONDS: Final = 30.0
_PROGRAM: Final = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from kb.facts.many import serve; serve()"

File = tuple[str, bytes]  # a path and the file's bytes
Extracted = tuple[str, bytes]  # a path and its facts as the store keeps them: see `kb.facts.store.decoded`
Extractor = Callable[[str, bytes], Facts]


def extract_all(
    files: Iterable[File],
    *,
    workers: int | None = None,
    progress: Callable[[int], None] | None = None,
    seconds: float = SECONDS_PER_FILE,
    extractor: Extractor = facts_of,
) -> Iterator[Extracted]:
    """Yield each file's path with its encoded facts, in no certain order; never raises because of a file.

    `files` is read as it is worked on. `workers` is the number of processes (None: as many as there are processors, if
    there is enough to do; 0: this one alone). `progress` is told how many files are done. A worker that takes longer
    than `seconds` for a file is ended. `extractor` must be a function of a module, so that a worker can import it.
    """
    for done, found in enumerate(_extracted(files, workers, seconds, extractor), 1):
        if progress is not None:
            progress(done)
        yield found


def _extracted(files: Iterable[File], workers: int | None, seconds: float, extractor: Extractor) -> Iterator[Extracted]:
    if workers is not None:
        rest = iter(files)
        yield from _beside(rest, workers, seconds, extractor) if workers else _here(rest, extractor)
        return
    rest, first, size = iter(files), [], 0
    for path, data in rest:
        first.append((path, data))
        size += len(data)
        if size > ALONE_BYTES:
            break
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if size > ALONE_BYTES and count > 1:
        yield from _beside(chain(first, rest), count, seconds, extractor)
    else:
        yield from _here(chain(first, rest), extractor)


def _here(files: Iterator[File], extractor: Extractor) -> Iterator[Extracted]:
    while batch := _next_batch(files):
        with _uncollected():
            found = [(path, encoded(extractor(path, data))) for path, data in batch]
        yield from found


@contextmanager
def _uncollected() -> Iterator[None]:
    """Hold the garbage collector back: thousands of new records that all stay cost it half of the time."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _next_batch(files: Iterator[File]) -> list[File]:
    batch: list[File] = []
    size = 0
    for path, data in files:
        batch.append((path, data))
        size += len(data)
        if size > _BATCH_BYTES or len(batch) >= _BATCH_FILES:
            break
    return batch


class _Worker:
    """A process at the other end of two pipes, and the files that it has not answered for yet.

    Not one of `multiprocessing`'s own: those look for modules in the working directory, which may be a repository under
    review. `-I` and `-S` look nowhere but where this process did.
    """

    def __init__(self, extractor: Extractor) -> None:
        here = os.path.realpath(os.curdir)
        kept = [one for one in sys.path if Path(one).is_absolute() and os.path.realpath(one) != here]
        paths = [str(Path(__file__).resolve().parents[2]), *kept]
        theirs_in, questions = os.pipe()
        answers, theirs_out = os.pipe()
        self._questions = Connection(questions, readable=False)
        self.answers = Connection(answers, writable=False)
        command = [sys.executable, "-I", "-S", "-c", _PROGRAM, json.dumps(paths)]
        try:
            self._process = subprocess.Popen(command, stdin=theirs_in, stdout=theirs_out, stderr=subprocess.DEVNULL)
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        self.ready = False
        self.waiting: list[File] = []
        self.since = time.monotonic()
        with suppress(OSError):
            self._questions.send(extractor)

    def give(self, batch: list[File]) -> None:
        """Send files; a pipe that is broken shows itself at the next answer."""
        self.waiting = list(batch)
        self.since = time.monotonic()
        with suppress(OSError):
            self._questions.send(batch)

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        self._questions.close()
        self.answers.close()


def serve() -> None:
    """Be a worker: take an extractor, then batches of files from standard input, and answer each file in turn."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started this process ends it
    gc.disable()
    questions, answers = Connection(0, writable=False), Connection(os.dup(1), readable=False)
    os.dup2(2, 1)  # what anything prints is no answer
    with suppress(EOFError, OSError):
        extractor: Extractor = questions.recv()
        answers.send_bytes(b"")
        while True:
            for path, data in questions.recv():
                answers.send_bytes(encoded(extractor(path, data)))


def _beside(files: Iterator[File], count: int, seconds: float, extractor: Extractor) -> Iterator[Extracted]:
    workers: list[_Worker] = []
    for _ in range(count):
        _start(workers, extractor)
    left: list[File] = []  # given to a worker that ended before it came to them
    try:
        while workers:
            for worker in list(workers):
                if worker.ready and not worker.waiting:
                    batch, left = (left, []) if left else (_next_batch(files), left)
                    if batch:
                        worker.give(batch)
                    elif not any(other.waiting for other in workers):
                        return
            yield from _answers(workers, left, seconds, extractor)
        yield from _here(chain(left, files), extractor)  # no worker starts here
    finally:
        for worker in workers:
            worker.end()


def _start(workers: list[_Worker], extractor: Extractor) -> None:
    with suppress(OSError):  # no more processes or memory: those that run do the work, or this one
        workers.append(_Worker(extractor))


def _answers(workers: list[_Worker], left: list[File], seconds: float, extractor: Extractor) -> Iterator[Extracted]:
    """Yield what has come; replace workers that died or take too long, and give up on those that never started."""
    wait([worker.answers for worker in workers], timeout=min(1.0, seconds))
    for worker in list(workers):
        trouble = ""
        try:
            while worker.answers.poll():
                value = worker.answers.recv_bytes()
                worker.since = time.monotonic()
                if not worker.ready:
                    worker.ready = True
                    continue
                path, _ = worker.waiting.pop(0)
                yield path, value
        except (EOFError, OSError):
            trouble = "reading this file ended the process that read it"
        limit = seconds if worker.ready else _STARTING_SECONDS
        if not trouble and (worker.waiting or not worker.ready) and time.monotonic() - worker.since > limit:
            trouble = f"reading this file took more than {seconds:g} s"
        if trouble:
            workers.remove(worker)
            worker.end()
            if worker.ready:
                if worker.waiting:
                    path, data = worker.waiting.pop(0)
                    unread = Facts("", Status.UNREAD, lines=data.count(b"\n"), trouble=trouble)
                    yield path, encoded(unread)
                left.extend(worker.waiting)
                _start(workers, extractor)
