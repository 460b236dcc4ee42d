"""What the reading process can see of ours, and how it ends."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from bot.reading.model import Unread
from bot.reading.read import environment_of, read
from tests.reading.changes import BROKEN, Pull

pytestmark = pytest.mark.asyncio
ROOT = Path(__file__).parents[2]
SECRETS = {
    "PRUDENT_PRIVATE_KEY": "hush-key",
    "PRUDENT_WEBHOOK_SECRET": "hush-hook",
    "PRUDENT_STORE": "postgresql://u:hush-store@h/d",
    "GITHUB_TOKEN": "hush-token",
    "ANTHROPIC_API_KEY": "hush-model",
    "OPENAI_API_KEY": "hush-model",
    "PYTHONPATH": "/hush-path",
    "LD_PRELOAD_X": "hush",
}


def environ_of(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/environ").read_bytes()
    return b""


def ours(mark: str) -> list[int]:
    """Return the processes that were given a path below a folder: those of one reading."""
    return [int(path.name) for path in Path("/proc").glob("[0-9]*") if mark.encode() in environ_of(int(path.name))]


def engines(mark: str) -> list[int]:
    """Return those of them that lead sessions of their own, which the reading process alone does not."""
    found = []
    for pid in ours(mark):
        with suppress(OSError):
            if os.getsid(pid) == pid and b"bot.reading" not in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(pid)
    return found


async def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        await asyncio.sleep(0.005)


@pytest.fixture
def scratches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Have scratch folders made below one that no other test uses, and return it."""
    folder = tmp_path / "scratches"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return str(folder)


@pytest.fixture
def long(tmp_path: Path) -> Pull:
    """Return a pull request that engines are busy with for a second or more."""
    after = {
        f"m{n}.py": "".join(f"def f{i}(a: int) -> str:\n    return a + {i}\n" for i in range(300)) for n in range(60)
    }
    return Pull(tmp_path, {"a.py": "x = 1\n"}, after)


@pytest.mark.slow
async def test_no_process_of_a_reading_has_a_secret_in_its_environment(
    tmp_path: Path, scratches: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = Pull(tmp_path, {"a.py": "x = 1\n"}, {"b.py": BROKEN, "c.js": "undefinedName();\n"}).request()
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    task = asyncio.create_task(read(request, seconds=60, megabytes=4000))
    seen: dict[int, bytes] = {}
    while not task.done():
        seen.update({pid: found for pid in ours(scratches) if (found := environ_of(pid))})
        await asyncio.sleep(0.002)
    await task
    assert len(seen) > 3, "the process, its git and its engines"
    assert not [pid for pid, found in seen.items() if b"hush" in found]


async def test_only_what_is_needed_is_told() -> None:
    told = environment_of(Path("/scratch"), "", {"PATH": "/bin", "PRUDENT_TSC": "/t", **SECRETS})
    assert told == {
        "PATH": "/bin",
        "HOME": "/scratch",
        "TMPDIR": "/scratch",
        "LANG": "C.UTF-8",
        "PRUDENT_CACHE": "/scratch/cache",
        "PRUDENT_TSC": "/t",
    }
    assert environment_of(Path("/scratch"), "/c", {})["PRUDENT_CACHE"] == "/c"


HIDDEN = """
import ctypes, os, subprocess, sys
from bot.reading.read import hide
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
looks = lambda: subprocess.run(["cat", f"/proc/{os.getpid()}/environ"], capture_output=True).stdout.count(b"hush")
print(looks())
hide()
print(looks())
"""


async def test_a_process_of_the_same_user_cannot_look_at_ours() -> None:
    environment = {"PATH": os.environ["PATH"], "PRUDENT_PRIVATE_KEY": "hush"}
    done = subprocess.run([sys.executable, "-c", HIDDEN], capture_output=True, cwd=ROOT, env=environment, check=True)
    assert done.stdout.split() == [b"1", b"0"]


async def test_a_deadline_ends_everything(scratches: str, long: Pull) -> None:
    request = long.request()
    task = asyncio.create_task(read(request, seconds=0.8, megabytes=4000))
    answer = await task
    assert answer == Unread("the review took longer than 0.8 s", ours=True)
    assert ours(scratches) == []
    assert list(Path(scratches).iterdir()) == []


async def test_a_cancellation_ends_the_engines_too(scratches: str, long: Pull) -> None:
    task = asyncio.create_task(read(long.request(), seconds=60, megabytes=4000))
    await until(lambda: engines(scratches))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ours(scratches) == []
    assert list(Path(scratches).iterdir()) == []


ASKS = """
import asyncio, sys, tempfile
from bot.reading.model import Request
from bot.reading.read import read
mirror, target, head, tempfile.tempdir = sys.argv[1:]
request = Request(mirror, "r", "pull/1", target, head)
print(asyncio.run(read(request, seconds=60, megabytes=4000)))
"""


async def test_when_the_worker_is_killed_everything_ends(scratches: str, long: Pull) -> None:
    request = long.request()
    arguments = [request.mirror, request.target, request.head, scratches]
    worker = subprocess.Popen([sys.executable, "-c", ASKS, *arguments], cwd=ROOT)
    await until(lambda: engines(scratches))
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    await until(lambda: not ours(scratches), 5.0)


@pytest.mark.slow
async def test_too_much_memory_ends_it(scratches: str, long: Pull) -> None:
    """What is watched is all of them together: each alone stays below its own limit."""
    answer = await read(long.request(), seconds=60, megabytes=90)
    assert isinstance(answer, Unread)
    assert answer.ours
    assert ours(scratches) == []


async def test_a_thread_that_waits_for_ever_keeps_no_crashed_process_alive() -> None:
    """Where memory ends, threads are left waiting for others that never started."""
    waits = "import threading; threading.Thread(target=threading.Event().wait).start()"
    code = f"{waits}; from bot.reading.__main__ import main; main(['', '600', '4000'])"
    program = [sys.executable, "-c", code]
    ended = subprocess.run(program, stdin=subprocess.DEVNULL, capture_output=True, cwd=ROOT, timeout=60, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith(b"prudent-reading: ")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
async def test_a_killed_process_is_no_verdict(scratches: str, long: Pull, number: signal.Signals) -> None:
    task = asyncio.create_task(read(long.request(), seconds=60, megabytes=4000))
    await until(lambda: engines(scratches))
    (first,) = [pid for pid in ours(scratches) if f"PPid:\t{os.getpid()}\n" in Path(f"/proc/{pid}/status").read_text()]
    os.kill(first, number)
    answer = await task
    assert answer == Unread(f"the reading process was ended by {number.name}", ours=True)
    assert ours(scratches) == [], "its engines ended with it"


async def test_a_crash_says_where_and_quotes_nothing(tmp_path: Path) -> None:
    request = Pull(tmp_path, {"a.py": "x = 1\n"}, {"b.py": BROKEN}).request()
    answer = await read(replace(request, mirror="hostile" * 999), seconds=60, megabytes=4000)
    assert isinstance(answer, Unread)
    assert answer.ours
    assert re.fullmatch(r"the reading process crashed: OSError at \w+\.py:\d+", answer.reason)


async def test_an_answer_that_is_too_large_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.reading.talk.LARGEST_ANSWER", 2**10)
    request = Pull(tmp_path, {"a.py": "x = 1\n"}, {"b.py": BROKEN}).request()
    answer = await read(request, seconds=60, megabytes=4000)
    assert isinstance(answer, Unread)
    assert "larger than" in answer.reason


async def test_no_room_for_a_scratch_folder_is_no_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request = Pull(tmp_path, {"a.py": "x = 1\n"}, {"b.py": BROKEN}).request()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    answer = await read(request, seconds=60, megabytes=4000)
    assert isinstance(answer, Unread)
    assert answer.ours


async def test_a_process_that_cannot_be_started_is_no_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request = Pull(tmp_path, {"a.py": "x = 1\n"}, {"b.py": BROKEN}).request()
    monkeypatch.setattr("sys.executable", str(tmp_path / "none"))
    answer = await read(request, seconds=60, megabytes=4000)
    assert isinstance(answer, Unread)
    assert "cannot be started" in answer.reason
