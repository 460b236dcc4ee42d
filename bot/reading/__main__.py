"""`python -m bot.reading SECONDS MEGABYTES`: a request on standard input, its answer on standard output.

Before the answer, questions to models may go out, a line each (`bot.reading.asks`), and what comes of them comes in on
standard input. That stays open as long as whoever asked lives and wants to know: when it ends, so does this process,
with every engine it started. An alarm ends it in any case.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import threading
from functools import partial
from pathlib import Path
from types import TracebackType

from bot.reading.piped import Pipe
from bot.reading.reading import answer_to
from bot.reading.wire import answer_to_bytes, request_from
from checks.static.isolation import kill_running

LARGEST_REQUEST = 4 * 2**20
OURS = "prudent-reading: "  # a line of standard error that begins so was written here


def main(argv: list[str]) -> int:
    """Answer one request; the answer alone goes to standard output, whatever else is printed."""
    seconds, megabytes = int(argv[1]), int(argv[2])
    signal.alarm(seconds)  # the default action ends the process, whatever Python is doing
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (megabytes * 2**20, megabytes * 2**20))
    sys.excepthook = _crashed
    answers = os.dup(1)
    os.dup2(2, 1)
    request = request_from(_line(LARGEST_REQUEST))
    with os.fdopen(answers, "wb", buffering=0) as file:
        pipe = Pipe(partial(_write, file.fileno()))
        threading.Thread(target=_listen, args=[pipe], daemon=True).start()
        pipe.end(answer_to_bytes(answer_to(request, pipe)))
    return 0


def _write(handle: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(handle, left) :]


def _line(most: int) -> bytes:
    """Return what is read up to a line's end; not through a buffer, which a waiting thread would hold at our end."""
    data = b""
    while not data.endswith(b"\n") and len(data) <= most:
        more = os.read(0, 2**16)
        if not more:
            break
        data += more
    return data


def _listen(pipe: Pipe) -> None:
    """Hand on what comes back, and end with who asked."""
    held = bytearray()
    try:
        while chunk := os.read(0, 2**16):
            held += chunk
            if b"\n" in chunk:
                *lines, rest = held.split(b"\n")
                held = rest
                for line in lines:
                    pipe.hear(bytes(line))
    finally:  # also where a line made no sense: nobody would notice the end any more
        kill_running()
        os.killpg(0, signal.SIGKILL)


def _crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Say what went wrong and where; not the error's own text, which may quote the repository."""
    try:
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "an unknown place"
        print(f"{OURS}{kind.__name__} at {place}", file=sys.stderr)
    finally:
        _end(1)


def _end(code: int) -> None:
    """End at once: a thread that was left waiting, for memory that never came, keeps Python from ending by itself."""
    try:
        sys.stderr.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    _end(main(sys.argv))
