"""The progress line: on a terminal only, one line, and gone in the end."""

from __future__ import annotations

import io
import os
import pty
import re
import select
import threading
from collections.abc import Callable

import pytest

from bot.cli.progress import Progress

TERM = {"TERM": "xterm", "COLUMNS": "60"}


class Screen:
    """The other end of a real terminal."""

    def __init__(self, encoding: str = "utf-8") -> None:
        self.leader, follower = pty.openpty()
        self.stream = os.fdopen(follower, "w", encoding=encoding)
        self.seen = b""

    def until(self, wanted: bytes, seconds: float = 20.0) -> bytes:
        """Read until something has been written."""
        while wanted not in self.seen:
            ready, _, _ = select.select([self.leader], [], [], seconds)
            assert ready, self.seen
            self.seen += os.read(self.leader, 4096)
        return self.seen

    def close(self) -> bytes:
        self.stream.close()
        while select.select([self.leader], [], [], 0)[0]:
            try:
                data = os.read(self.leader, 4096)
            except OSError:  # Linux says so when the last writer has gone
                break
            self.seen += data
        os.close(self.leader)
        return self.seen


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "progress"]


def quick(screen: Screen, clock: Callable[[], float] = lambda: 0.0) -> Progress:
    return Progress(screen.stream, environ=TERM, patience=0.0, period=0.001, clock=clock)


def test_the_line_says_what_runs_and_is_gone_in_the_end() -> None:
    screen = Screen()
    with quick(screen) as progress:
        progress.started("ty")
        progress.started("ruff")
        screen.until(b"0 s: ruff, ty")
        progress.finished("ruff")
        screen.until(b"0 s: ty, 1 done")
    seen = screen.close()
    assert seen.endswith(b"\r\x1b[K")
    assert b"\n" not in seen
    assert threads() == []


def test_the_same_text_is_not_written_twice() -> None:
    screen = Screen()
    ticks: list[float] = []

    def clock() -> float:
        ticks.append(0.0)
        return 0.0

    with quick(screen, clock) as progress:
        progress.started("ty")
        screen.until(b"0 s: ty")
        while len(ticks) < 20:
            threading.Event().wait(0.001)
    assert len(re.findall(b"0 s: ty", screen.close())) == 1


def test_a_quick_review_shows_nothing() -> None:
    screen = Screen()
    with Progress(screen.stream, environ=TERM, patience=60.0) as progress:
        progress.started("ty")
        progress.finished("ty")
    assert screen.close() == b""
    assert threads() == []


def test_nothing_is_written_to_what_is_no_terminal() -> None:
    stream = io.StringIO()
    with Progress(stream, environ=TERM, patience=0.0, period=0.001) as progress:
        progress.started("ty")
        assert threads() == []
    assert stream.getvalue() == ""


@pytest.mark.parametrize("environ", [{"TERM": "dumb"}, {}])
def test_nothing_is_written_to_a_dumb_terminal(environ: dict[str, str]) -> None:
    screen = Screen()
    with Progress(screen.stream, environ=environ, patience=0.0, period=0.001):
        assert threads() == []
    assert screen.close() == b""


def test_the_line_is_cleared_when_the_review_fails() -> None:
    screen = Screen()

    def interrupted() -> None:
        with quick(screen) as progress:
            progress.started("ty")
            screen.until(b"ty")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert screen.close().endswith(b"\r\x1b[K")
    assert threads() == []


def test_a_long_line_is_cut_and_hostile_names_are_escaped() -> None:
    screen = Screen(encoding="ascii")
    with quick(screen) as progress:
        progress.started("\x1b[2Jé" + "long-name-" * 20)
        seen = screen.until(b"...")
    screen.close()
    shown = seen.split(b"\r\x1b[K")[-1]
    assert b"\x1b" not in shown
    assert b"\\x1b[2J?long" in shown
    assert len(shown) == 59


def test_a_terminal_that_goes_away_is_no_error() -> None:
    screen = Screen()
    with quick(screen, iter(range(10**9)).__next__) as progress:
        progress.started("ty")
        screen.until(b"ty")
        os.close(screen.leader)
        for thread in threading.enumerate():
            if thread.name == "progress":
                thread.join(20)
        assert threads() == []
    with pytest.raises(OSError, match="Input/output error"):
        screen.stream.close()


def test_many_threads_may_report_at_once() -> None:
    progress = Progress(io.StringIO(), environ=TERM)

    def work(slug: str) -> None:
        for _ in range(200):
            progress.started(slug)
            progress.finished(slug)

    workers = [threading.Thread(target=work, args=(f"check-{n % 3}",)) for n in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert progress.line(3.9) == "3 s: reading the change, 1600 done"


def test_the_line_says_how_far_the_graph_is_made() -> None:
    progress = Progress(io.StringIO(), environ={})
    progress.started("undefined-name")
    progress.indexing("linking", 3, 20)
    assert progress.line(2.0) == "2 s: linking 3/20, for undefined-name"
    progress.indexing("linking", 20, 20)
    assert progress.line(2.0) == "2 s: undefined-name"
