"""Asks a candidate the questions of a test and says how it ended. It runs in the room; the candidate cannot reach it.

The test's own code runs here, beside the reference solution, for tests call its helpers; only the function under test
is the candidate's, in another process. So nothing that a candidate prints, overwrites or exits with can pass a test:
it has to answer each call with the right value.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from bot.evaluation.inside.plain import read, written
from bot.evaluation.inside.room import INSIDE, enter

ANSWER_BYTES = 8 * 2**20
START_SECONDS = 20.0  # for the candidate's Python to start on a busy machine
_CANDIDATE = f"import sys; sys.path.insert(0, {INSIDE!r}); from bot.evaluation.inside.candidate import main; "
_CANDIDATE += f"sys.path.remove({INSIDE!r}); main()"


class Ended(BaseException):
    """How it ended: a word and what is known; no Exception, so that no test can catch it."""

    def __init__(self, ending: str, detail: str = "") -> None:
        super().__init__(ending)
        self.ending, self.detail = ending, detail


class Proxy:
    """The candidate's function as the test sees it: each call goes through the pipe, as data."""

    def __init__(self, job: dict[str, Any], nothing: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-B", "-c", _CANDIDATE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=nothing,
            env={},
            cwd="/",
        )
        self._buffer = bytearray()
        self._deadline = time.monotonic() + START_SECONDS
        seconds = int(job["seconds"]) + 1
        self._send((job["program"], job["entry_point"], job["memory_bytes"], seconds))
        self._receive("started")
        self._deadline = time.monotonic() + job["seconds"]
        self._receive("ready")

    def __call__(self, *arguments: object, **keywords: object) -> object:
        """Return what the candidate answers; raises Ended if it does not."""
        self._send((arguments, keywords))
        return self._receive("value")

    def end(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.wait()

    def _send(self, value: object) -> None:
        pipe = self._process.stdin
        assert pipe is not None  # noqa: S101 (it was asked for above)
        try:
            pipe.write(written(value))
            pipe.flush()
        except BrokenPipeError:
            self._died()

    def _receive(self, wanted: str) -> object:
        try:
            kind, value = read(self._line())
        except (ValueError, TypeError, RecursionError) as error:
            raise Ended("wrong", "an answer that is none") from error
        if kind == wanted:
            return value
        if kind == "syntax":
            raise Ended("syntax", str(value))
        name = str(value).split(":")[0]
        raise Ended(_ENDINGS.get(name, "exception"), str(value))

    def _line(self) -> bytes:
        """Return the next line that the candidate wrote."""
        pipe = self._process.stdout
        assert pipe is not None  # noqa: S101
        while (end := self._buffer.find(b"\n")) < 0:
            left = self._deadline - time.monotonic()
            if left <= 0 or not select.select([pipe], [], [], left)[0]:
                raise Ended("timeout")
            data = os.read(pipe.fileno(), 2**16)
            if not data:
                self._died()
            self._buffer += data
            if len(self._buffer) > ANSWER_BYTES:
                raise Ended("wrong", "an answer without end")
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line

    def _died(self) -> NoReturn:
        code = self._process.wait()
        if code in (-24, -9):  # SIGXCPU, and SIGKILL, which follows it
            raise Ended("timeout", "processor time")
        raise Ended("died", f"exit code {code}")


_ENDINGS = {"NameError": "name", "UnboundLocalError": "name", "MemoryError": "memory", "SyntaxError": "syntax"}


def ending_of(job: dict[str, Any], nothing: int) -> Ended:
    """Return how the test of a job ends."""
    names: dict[str, Any] = {"__name__": "test"}
    try:
        exec(compile(job["reference"], "reference.py", "exec"), names)  # noqa: S102 (data of the benchmark, in the room)
        exec(compile(job["test"], "test.py", "exec"), names)  # noqa: S102
        check = names["check"]
    except Exception as error:  # data that is no test must be told apart from a candidate that fails
        return Ended("broken", f"{type(error).__name__}: {error}"[:200])
    try:
        proxy = Proxy(job, nothing)
    except Ended as ended:
        return ended
    try:
        check(proxy)
    except Ended as ended:
        return ended
    except Exception as error:  # an assertion, or a comparison that its answer does not stand
        return Ended("wrong", type(error).__name__)
    finally:
        proxy.end()
    return Ended("passed")


def main(job_file: str, root: str) -> None:
    """Read a job, enter the room, judge, and print one line that carries the job's token."""
    job = json.loads(Path(job_file).read_bytes())
    nothing = os.open(os.devnull, os.O_RDWR)
    try:
        inside = enter(Path(root), Path(__file__).parent)
    except OSError as error:
        print(json.dumps({"token": job["token"], "ending": "no_room", "detail": error.strerror or ""}))
        return
    if not inside:
        return
    ended = ending_of(job, nothing)
    line = json.dumps({"token": job["token"], "ending": ended.ending, "detail": ended.detail})
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
    os._exit(0)
