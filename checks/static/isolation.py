"""Running an engine so that neither it nor what it reads can do harm, and reading what it prints.

The process gets a folder and a home outside the reviewed tree, a handful of environment variables, no
standard input, no network (a network namespace where the kernel allows one, proxies that lead nowhere
elsewhere), and caps on time, memory, output and files. It dies with everything it started.
"""

from __future__ import annotations

import math
import os
import resource
import selectors
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import IO

from checks.knowledge import Limits
from kb.errors import NotChecked
from kb.view import shown

NOWHERE = "http://127.0.0.1:9"  # the discard port: a proxy that refuses
SEARCH_PATH = "/usr/local/bin:/usr/bin:/bin"
STDERR_BYTES = 64 * 2**10
MEMORY_SIGNS = (b"memory allocation", b"out of memory", b"cannot allocate memory", b"memoryerror", b"bad_alloc")

_running: set[subprocess.Popen[bytes]] = set()
_lock = threading.Lock()


class TimedOut(NotChecked):
    """An engine did not finish in the time it was given."""


@dataclass
class _Printed:
    """What a process has printed so far; `too_much` once standard output passes its cap."""

    stdout: bytearray = field(default_factory=bytearray)
    stderr: bytearray = field(default_factory=bytearray)
    too_much: bool = False


def run_isolated(
    argv: Sequence[str],
    *,
    cwd: Path,
    home: Path,
    limits: Limits,
    ok: Collection[int] = (0, 1),
    env: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    """Return what the program prints to standard output; raises NotChecked with one line on any failure."""
    name = Path(argv[0]).name
    program = shutil.which(argv[0])
    if program is None:
        raise NotChecked(f"{name} is not installed")
    deadline = time.monotonic() + limits.seconds
    process = _start([*_without_network(), program, *argv[1:]], cwd=cwd, env=_environment(home, env))
    try:
        _cap(process.pid, limits)
        printed = _read(process, deadline, limits.output_bytes)
        timed_out = not printed.too_much and not _ended(process, deadline)
    finally:
        _kill(process)
    if timed_out:
        raise TimedOut(f"{name} did not finish in {limits.seconds:g} s")
    if printed.too_much:
        raise NotChecked(f"{name} printed more than {limits.output_bytes} bytes")
    _judge(name, process.returncode, printed, limits, ok)
    return bytes(printed.stdout)


def kill_running() -> None:
    """Kill every engine that runs now, so that an interrupted review ends at once."""
    with _lock:
        processes = list(_running)
    for process in processes:
        _kill_group(process)


def _start(argv: list[str], *, cwd: Path, env: dict[str, str]) -> subprocess.Popen[bytes]:
    try:
        process = subprocess.Popen(
            argv,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise NotChecked(f"{Path(argv[0]).name} cannot be started: {error.strerror}") from error
    with _lock:
        _running.add(process)
    return process


def _environment(home: Path, extra: Mapping[str, str]) -> dict[str, str]:
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), NOWHERE)
    return {
        "PATH": SEARCH_PATH,
        "HOME": str(home),
        "TMPDIR": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_DATA_HOME": str(home / "data"),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TERM": "dumb",
        "NO_COLOR": "1",
        **proxies,
        **{name.upper(): value for name, value in proxies.items()},
        **extra,
    }


@lru_cache(maxsize=1)
def _without_network() -> tuple[str, ...]:
    """Return the words that start a program without a network, none where the kernel does not allow it."""
    unshare, probe = shutil.which("unshare"), shutil.which("true")
    if unshare is None or probe is None:
        return ()
    words = (unshare, "--map-root-user", "--net", "--")
    try:
        done = subprocess.run([*words, probe], stdin=subprocess.DEVNULL, capture_output=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return words if done.returncode == 0 else ()


def _cap(pid: int, limits: Limits) -> None:
    """Limit a process from outside; RLIMIT_DATA counts what is used, not the address space reserved."""
    if not hasattr(resource, "prlimit"):
        return
    cpu = math.ceil(limits.seconds) * (os.cpu_count() or 1) + 1
    caps = {
        resource.RLIMIT_DATA: limits.memory_bytes,
        resource.RLIMIT_CPU: cpu,
        resource.RLIMIT_FSIZE: limits.output_bytes,
        resource.RLIMIT_CORE: 0,
    }
    for which, cap in caps.items():
        with suppress(ProcessLookupError, PermissionError, ValueError):
            resource.prlimit(pid, which, (cap, cap))


def _read(process: subprocess.Popen[bytes], deadline: float, cap: int) -> _Printed:
    """Read both streams until both end, the deadline passes, or there is too much."""
    printed = _Printed()
    with selectors.DefaultSelector() as selector:
        for stream in _streams(process):
            os.set_blocking(stream.fileno(), False)
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map() and time.monotonic() < deadline and not printed.too_much:
            ended = process.poll() is not None  # before looking: what it prints last must still be read
            events = selector.select(min(0.1, max(0.0, deadline - time.monotonic())))
            for key, _ in events:
                data = os.read(key.fd, 2**16)
                if not data:
                    selector.unregister(key.fileobj)
                elif key.fileobj is process.stdout:
                    printed.stdout += data
                    printed.too_much = len(printed.stdout) > cap
                else:
                    printed.stderr = (printed.stderr + data)[-STDERR_BYTES:]
            if not events and ended:
                break  # a child of the engine holds the pipe open; the engine itself has said all
    return printed


def _streams(process: subprocess.Popen[bytes]) -> list[IO[bytes]]:
    return [stream for stream in (process.stdout, process.stderr) if stream is not None]


def _ended(process: subprocess.Popen[bytes], deadline: float) -> bool:
    try:
        process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return False
    return True


def _kill(process: subprocess.Popen[bytes]) -> None:
    _kill_group(process)
    process.wait()
    for stream in _streams(process):
        stream.close()
    with _lock:
        _running.discard(process)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _judge(name: str, code: int, printed: _Printed, limits: Limits, ok: Collection[int]) -> None:
    """Raise NotChecked unless the exit code is one that means a proper answer."""
    if code in ok:
        return
    if any(sign in printed.stderr.lower() for sign in MEMORY_SIGNS):
        raise NotChecked(f"{name} needed more than {limits.memory_bytes // 2**20} MB of memory")
    said = _last_line(bytes(printed.stderr))
    if code < 0:
        raise NotChecked(f"{name} crashed ({_signal_name(-code)}){said}")
    raise NotChecked(f"{name} stopped with exit code {code}{said}")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _last_line(stderr: bytes) -> str:
    lines = [line for line in stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    return f": {shown(lines[-1].strip())[:200]}" if lines else ""
