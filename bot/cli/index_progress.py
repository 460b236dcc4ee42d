"""How far indexing has come: one line on a terminal, nothing anywhere else, and nothing left behind."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self, TextIO

from bot.cli.terminal import is_terminal, width_of
from bot.render.escape import cut

PATIENCE = 0.5  # seconds before the line shows
PERIOD = 0.1
BAR = 24  # characters
_CLEAR = "\r\x1b[K"


class IndexProgress:
    """A `kb.graph.index_tree.Progress`: call it with what is being done, how many are done, and of how many."""

    def __init__(
        self,
        stream: TextIO,
        *,
        quiet: bool = False,
        environ: Mapping[str, str] = os.environ,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream, self._environ, self._clock = stream, environ, clock
        self._shows = not quiet and is_terminal(stream) and environ.get("TERM", "") not in ("", "dumb")
        self._next = clock() + PATIENCE
        self._shown = False

    def __call__(self, doing: str, done: int, of: int) -> None:
        """Show how far this is, if it is time to."""
        if not self._shows or self._clock() < self._next:
            return
        self._next = self._clock() + PERIOD
        text = cut(progress_line(doing, done, of), width_of(self._stream, self._environ) - 1)
        self._write(_CLEAR + text)
        self._shown = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take the line away."""
        if self._shown:
            self._write(_CLEAR)
            self._shown = False

    def _write(self, text: str) -> None:
        with suppress(OSError, ValueError):  # the terminal has gone: there is nobody to show anything to
            self._stream.write(text)
            self._stream.flush()


def progress_line(doing: str, done: int, of: int) -> str:
    """Return the line: `reading  [######------]  412/885`."""
    full = BAR * done // of if of else BAR
    return f"{doing}  [{'#' * full}{'-' * (BAR - full)}]  {done}/{of}"
