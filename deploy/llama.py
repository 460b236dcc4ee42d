"""Builds llama.cpp's binding from source, which takes minutes: shows how far it is, and keeps the wheel for next time.

Used by dev.py, so it needs nothing but Python. A wheel is kept under all that decides what is in it. What is downloaded
is held by hashes: the sources by requirements.lock, what builds them by deploy/build.lock.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TextIO

PACKAGE = "llama-cpp-python"
MOVABLE = "-DGGML_NATIVE=OFF"  # runs on every machine of its kind, not only on this one
_BAR = 24
_STEP = re.compile(r"^\s*\[(\d+)/(\d+)\] ")  # as ninja counts


class NoWheel(Exception):
    """The binding cannot be had here; the text says why."""


def parted(lock: str) -> tuple[str, str]:
    """Return a lock file without the binding, and the binding's own lines."""
    blocks = re.split(r"(?m)^(?=[A-Za-z0-9])", lock)
    ours = [block for block in blocks if re.match(rf"{PACKAGE}\b", block)]
    return "".join(block for block in blocks if block not in ours), "".join(ours)


def key_of(wanted: str, environ: Mapping[str, str]) -> str:
    """Return the name under which a wheel is kept: version, Python, platform, and the options it was built with."""
    found = re.match(rf"{PACKAGE}==([\w.]+)", wanted)
    version = found[1] if found else "unknown"
    options = [
        environ.get("CMAKE_ARGS", MOVABLE),
        *(environ.get(name, "") for name in ("CC", "CXX", "CFLAGS", "CXXFLAGS")),
    ]
    tag = f"cp{sys.version_info[0]}{sys.version_info[1]}-{sysconfig.get_platform()}-{''.join(platform.libc_ver())}"
    digest = hashlib.sha256("\0".join([wanted, *options]).encode()).hexdigest()[:12]
    return f"{PACKAGE}-{version}-{tag}-{digest}"


def kept(folder: Path, key: str) -> Path | None:
    """Return the wheel that was built before; None if there is none."""
    return next(iter(sorted((folder / key).glob("*.whl"))), None)


def has_compiler(environ: Mapping[str, str]) -> bool:
    """Return whether there is a compiler for C and one for C++; on Windows CMake finds it, which we cannot tell."""
    if sys.platform == "win32":
        return True
    for variable, usual in (("CC", "cc gcc clang"), ("CXX", "c++ g++ clang++")):
        named = shlex.split(environ.get(variable, ""))[:1] or usual.split()
        if not any(shutil.which(name, path=environ.get("PATH", "")) for name in named):
            return False
    return True


def build(
    wanted: str,
    build_lock: Path,
    folder: Path,
    environ: Mapping[str, str],
    stream: TextIO,
    *,
    python: str = sys.executable,
) -> Path:
    """Build the wheel that a lock's lines name, with the pip of `python`, and keep it in the folder.

    Raises NoWheel, whose text says why, and OSError.
    """
    if not has_compiler(environ):
        raise NoWheel("there is no C++ compiler (Debian: build-essential; macOS: xcode-select --install)")
    key = key_of(wanted, environ)
    settings = {**environ, "CMAKE_ARGS": environ.get("CMAKE_ARGS", MOVABLE)}
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".building-") as name:
        place, log = Path(name), folder / f"{key}.log"
        requirement = place / "requirement.txt"
        requirement.write_text(wanted, "utf-8")
        pip = _tools(place / "tools", build_lock, log, python)
        settings["PATH"] = os.pathsep.join((str(Path(pip[-1]).parent), environ.get("PATH", "")))
        options = ["--no-deps", "--no-build-isolation", "--no-cache-dir", "--require-hashes", "--wheel-dir", str(place)]
        command = [*pip, "wheel", "-v", *options, "-r", str(requirement)]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, env=settings, stdout=pipe, stderr=subprocess.STDOUT, text=True) as building:
            show(_logged(building.stdout or [], log), stream)
        wheels = list(place.glob("*.whl"))
        if building.returncode or not wheels:
            raise NoWheel(f"it could not be built; the end of {log}:\n{_end_of(log)}")
        (folder / key).mkdir(exist_ok=True)
        wheels[0].replace(folder / key / wheels[0].name)
    return folder / key / wheels[0].name


def show(lines: Iterable[str], stream: TextIO) -> None:
    """Say how far a build is: one line that is written over on a terminal, a line every 10 % anywhere else."""
    rewrites, said = stream.isatty(), 0
    for line in lines:
        found = _STEP.match(line)
        if found is None:
            continue
        done, of = int(found[1]), max(1, int(found[2]))
        if rewrites:
            full = _BAR * done // of
            stream.write(f"\r\x1b[Kbuilding llama.cpp  [{'#' * full}{'-' * (_BAR - full)}]  {done}/{of}")
            stream.flush()
        elif 100 * done // of >= said + 10:
            said = 100 * done // of // 10 * 10
            print(f"building llama.cpp: {said} %", file=stream, flush=True)
    if rewrites:
        stream.write("\r\x1b[K")
        stream.flush()


def _tools(folder: Path, build_lock: Path, log: Path, python: str) -> list[str]:
    """Make an environment of what builds the wheel; returns the command that runs pip in it."""
    tool = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--python", str(tool)]
    for command in (
        [sys.executable, "-m", "venv", "--without-pip", str(folder)],
        [*pip, "install", "-q", "--require-hashes", "-r", str(build_lock)],
    ):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        log.write_text(done.stdout, "utf-8")
        if done.returncode:
            raise NoWheel(f"what builds it could not be installed; the end of {log}:\n{_end_of(log)}")
    return pip


def _logged(lines: Iterable[str], log: Path) -> Iterator[str]:
    with log.open("w", encoding="utf-8") as file:
        for line in lines:
            file.write(line)
            yield line


def _end_of(log: Path) -> str:
    """Return what the program that failed said last; pip's own words about it come after that and help nobody."""
    said = log.read_text("utf-8", "replace").partition("error: subprocess-exited-with-error")[0]
    return "\n".join(said.rstrip().splitlines()[-15:])
