"""Keeps a worker process running beside the web process, and ends the one with the other."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.logs import log

REFUSED = 2  # the exit code of a process that cannot run as it is set up: the same again the next time
TRIES = 3  # refusals in a row that are believed: one may come from a predecessor that is still letting go

_LOG = log(__name__)


@dataclass(frozen=True)
class Patience:
    """How long a worker is waited for, in seconds.

    After the n-th early death `first` * 2**n passes before the next start, `longest` at most; one that lived for
    `steady` starts the count anew. `grace` is what it has to let go in when it is told to stop.
    """

    first: float = 1.0
    longest: float = 60.0
    steady: float = 60.0
    grace: float = 10.0


async def keep_running(
    command: Sequence[str],
    stop: asyncio.Event,
    patience: Patience = Patience(),
    clock: Callable[[], float] = time.monotonic,
) -> int | None:
    """Run a worker again whenever it ends, until `stop` is set; then end it and return None.

    Returns the exit code where the worker refused to run, `TRIES` times in a row. Its standard input is a pipe from
    us, which ends with us (see `end_with_parent`); it has a session of its own, so that Ctrl-C reaches only us.
    """
    deaths = refusals = 0
    while not stop.is_set():
        began = clock()
        code = await _life(command, stop, patience.grace)
        if stop.is_set():
            break
        deaths = 0 if clock() - began >= patience.steady else deaths + 1
        refusals = refusals + 1 if code == REFUSED else 0
        if refusals >= TRIES:
            _LOG.error("worker refuses to run", code=code)
            return code
        pause = min(patience.first * 2 ** max(deaths - 1, 0), patience.longest)
        _LOG.error("worker ended", code=code, restarted_in_seconds=pause)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)
    return None


async def _life(command: Sequence[str], stop: asyncio.Event, grace: float) -> int:
    """Run the worker once and return its exit code: negative for the signal that ended it."""
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE, start_new_session=True)
    _LOG.info("worker started", pid=process.pid)
    ended, stopped = asyncio.ensure_future(process.wait()), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((ended, stopped), return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            _send(process, signal.SIGTERM)
            await asyncio.wait((ended,), timeout=grace)
    finally:  # also where we are cancelled: no worker outlives us
        stopped.cancel()
        _send(process, signal.SIGKILL)
        await asyncio.wait((ended,))
    return ended.result()


def _send(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):  # it has ended by itself
        if process.returncode is None:
            process.send_signal(number)


def end_with_parent(grace: float = 20.0) -> None:
    """Have this process end when the one that holds the other end of its standard input has gone, however it went."""

    def watch() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 4096):
                pass
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(grace)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="parent", daemon=True).start()
