"""One line on a terminal that says what is running; nothing anywhere else, and nothing left behind."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self, TextIO

from bot.cli.terminal import is_terminal, width_of
from bot.render.escape import cut, printable
from checks.runner import Watcher

PATIENCE = 0.5  # seconds before the line shows: a quick review shows none
PERIOD = 0.25
_CLEAR = "\r\x1b[K"


class Progress(Watcher):
    """Shows which checks are running and for how long, from `with` to its end. Safe to use from any thread.

    Only one thread writes, and only when the text has changed, so the line does not flicker.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        environ: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.monotonic,
        patience: float = PATIENCE,
        period: float = PERIOD,
    ) -> None:
        self._stream = stream
        self._environ = environ
        self._clock = clock
        self._patience = patience
        self._period = period
        self._lock = threading.Lock()
        self._running: dict[str, int] = {}
        self._finished = 0
        self._indexing = ""
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def started(self, slug: str) -> None:
        """Take note that a check has started."""
        with self._lock:
            self._running[slug] = self._running.get(slug, 0) + 1

    def finished(self, slug: str) -> None:
        """Take note that a check has ended."""
        with self._lock:
            self._finished += 1
            left = self._running.pop(slug, 1) - 1
            if left > 0:
                self._running[slug] = left

    def indexing(self, doing: str, done: int, of: int) -> None:
        """Take note of how far the graph of the code is made; for `kb.graph.index`."""
        with self._lock:
            self._indexing = f"{doing} {done}/{of}, for " if done < of else ""

    def line(self, seconds: float) -> str:
        """Return what the line says after so many seconds."""
        with self._lock:
            running, finished, indexing = sorted(self._running), self._finished, self._indexing
        names = ", ".join(printable(slug) for slug in running) or "reading the change"
        done = f", {finished} done" if finished else ""
        return f"{int(seconds)} s: {indexing}{names}{done}"

    def __enter__(self) -> Self:
        if is_terminal(self._stream) and self._environ.get("TERM", "") not in ("", "dumb"):
            self._thread = threading.Thread(target=self._show, name="progress", daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _show(self) -> None:
        began, shown = self._clock(), ""
        if self._stop.wait(self._patience):
            return
        with suppress(OSError, ValueError):  # the terminal has gone: there is nobody to show anything to
            while True:
                text = cut(self.line(self._clock() - began), width_of(self._stream, self._environ) - 1)
                if text != shown:
                    self._write(_CLEAR + text)
                    shown = text
                if self._stop.wait(self._period):
                    break
            self._write(_CLEAR)

    def _write(self, text: str) -> None:
        encoding = self._stream.encoding or "ascii"
        self._stream.write(text.encode(encoding, "replace").decode(encoding))
        self._stream.flush()
