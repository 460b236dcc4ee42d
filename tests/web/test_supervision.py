"""A worker is started again when it dies, ended when it should, and believed when it refuses to run."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.web.supervision import REFUSED, TRIES, Patience, keep_running

QUICK = Patience(first=0.01, longest=0.05, steady=60, grace=5)


def python(code: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", code, *map(str, arguments)]


LIVES = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n')"


async def until(path: Path, lines: int) -> list[str]:
    async with asyncio.timeout(20):
        while not path.exists() or len(path.read_text().splitlines()) < lines:
            await asyncio.sleep(0.01)
    return path.read_text().splitlines()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.asyncio
async def test_a_worker_that_dies_is_started_again(tmp_path: Path) -> None:
    stop, lives = asyncio.Event(), tmp_path / "lives"
    kept = asyncio.ensure_future(keep_running(python(f"{LIVES}; os.kill(os.getpid(), 9)", lives), stop, QUICK))
    pids = await until(lives, 3)
    stop.set()
    assert await kept is None
    assert len(set(pids)) == len(pids)


@pytest.mark.asyncio
async def test_the_pauses_grow_and_a_long_life_forgives(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The clock says how long each life was: three short ones, a long one, a short one."""
    stop, lives = asyncio.Event(), tmp_path / "lives"
    ticks = iter([0, 1, 1, 2, 2, 3, 3, 100, 100, 101, *range(200, 300)])
    patience = Patience(first=0.02, longest=0.05, steady=60, grace=5)
    command = python(f"{LIVES}; sys.exit(3)", lives)
    kept = asyncio.ensure_future(keep_running(command, stop, patience, lambda: next(ticks)))
    await until(lives, 6)
    stop.set()
    await kept
    pauses = re.findall(r"'restarted_in_seconds': ([\d.]+)", caplog.text)
    assert pauses[:5] == ["0.02", "0.04", "0.05", "0.02", "0.02"]


@pytest.mark.asyncio
async def test_a_worker_that_refuses_to_run_is_believed(tmp_path: Path) -> None:
    lives = tmp_path / "lives"
    command = python(f"{LIVES}; sys.exit({REFUSED})", lives)
    assert await keep_running(command, asyncio.Event(), QUICK) == REFUSED
    assert len(lives.read_text().splitlines()) == TRIES


@pytest.mark.asyncio
async def test_a_worker_is_told_to_stop_and_waited_for(tmp_path: Path) -> None:
    stop, lives = asyncio.Event(), tmp_path / "lives"
    code = """
import signal, sys, time
def told(*_):
    time.sleep(0.2)
    open(sys.argv[1], 'a').write('let go\\n')
    sys.exit(0)
signal.signal(signal.SIGTERM, told)
open(sys.argv[1], 'a').write('ready\\n')
time.sleep(60)
"""
    kept = asyncio.ensure_future(keep_running(python(code, lives), stop, QUICK))
    await until(lives, 1)
    stop.set()
    assert await kept is None
    assert lives.read_text() == "ready\nlet go\n"


@pytest.mark.asyncio
async def test_a_worker_that_does_not_let_go_is_killed(tmp_path: Path) -> None:
    stop, lives = asyncio.Event(), tmp_path / "lives"
    code = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {LIVES}; time.sleep(60)"
    kept = asyncio.ensure_future(keep_running(python(code, lives), stop, Patience(grace=0.1)))
    (pid,) = await until(lives, 1)
    stop.set()
    assert await kept is None
    assert not is_alive(int(pid))


@pytest.mark.asyncio
async def test_no_worker_outlives_a_supervisor_that_is_cancelled(tmp_path: Path) -> None:
    lives = tmp_path / "lives"
    kept = asyncio.ensure_future(keep_running(python(f"{LIVES}; time.sleep(60)", lives), asyncio.Event(), QUICK))
    (pid,) = await until(lives, 1)
    kept.cancel()
    with pytest.raises(asyncio.CancelledError):
        await kept
    assert not is_alive(int(pid))


@pytest.mark.parametrize("stubborn", [False, True])
def test_a_worker_ends_with_a_parent_that_was_killed(tmp_path: Path, stubborn: bool) -> None:
    lives = tmp_path / "lives"
    ignore = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " if stubborn else ""
    child = f"{ignore}from bot.web.supervision import end_with_parent; end_with_parent(0.1); {LIVES}; time.sleep(60)"
    parent = f"""
import asyncio
from bot.web.supervision import keep_running
asyncio.run(keep_running({python(child, lives)!r}, asyncio.Event()))
"""
    running = subprocess.Popen(python(parent), cwd=Path(__file__).parents[2])
    deadline = time.monotonic() + 30
    while not lives.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    pid = int(lives.read_text())
    running.send_signal(signal.SIGKILL)
    running.wait()
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_alive(pid)
