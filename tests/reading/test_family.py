"""A process with all it started is measured and ended, wherever its descendants went."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.reading.family import Family

PARENT = """
import os, subprocess, sys, time
child = [sys.executable, "-c", "import time; data = bytearray(40_000_000); print('up', flush=True); time.sleep(60)"]
near = subprocess.Popen(child, stdout=subprocess.PIPE, start_new_session=True)
near.stdout.readline()
if os.fork() == 0:
    os.setsid()
    orphan = subprocess.Popen(child, stdout=subprocess.PIPE)
    orphan.stdout.readline()
    print("ready", orphan.pid, near.pid, flush=True)
    os._exit(0)
os.wait()
time.sleep(60)
"""


def lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except OSError:
        return False
    return state not in (b"Z", b"X")


@pytest.fixture
def started(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {"HOME": str(tmp_path / "scratch"), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-c", PARENT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, start_new_session=True) as process:
        yield process
        Family(process.pid, str(tmp_path / "scratch")).kill()


def pids_of(process: subprocess.Popen[bytes]) -> list[int]:
    assert process.stdout is not None
    return [int(word) for word in process.stdout.readline().split()[1:]]


def test_all_of_them_end_and_nobody_else(started: subprocess.Popen[bytes], tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as stranger:
        orphan, near = pids_of(started)
        assert lives(orphan)
        assert lives(near)
        Family(started.pid, str(tmp_path / "scratch")).kill()
        assert not any(lives(pid) for pid in (started.pid, orphan, near))
        assert lives(stranger.pid)
        stranger.kill()


def test_those_whose_parent_is_dead_already_end_too(started: subprocess.Popen[bytes], tmp_path: Path) -> None:
    orphan, near = pids_of(started)
    started.kill()
    started.wait()
    assert lives(near)
    Family(started.pid, str(tmp_path / "scratch")).kill()
    assert not lives(orphan)
    assert not lives(near)


def test_memory_is_that_of_parent_and_children(started: subprocess.Popen[bytes], tmp_path: Path) -> None:
    family = Family(started.pid, str(tmp_path / "scratch"))
    pids_of(started)
    assert 40_000_000 < family.memory() < 200_000_000
    family.kill()
    assert family.memory() == 0


def test_killing_what_has_ended_is_nothing(tmp_path: Path) -> None:
    with subprocess.Popen(["true"], start_new_session=True) as process:
        process.wait()
    began = time.monotonic()
    Family(process.pid, str(tmp_path / "scratch")).kill()
    assert time.monotonic() - began < 2
