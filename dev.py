#!/usr/bin/env python3
"""Prudent's task runner: `python3 dev.py TASK`. Needs only Python 3.11+ and git; sets up the rest itself.

review [ARGS]   review a range of this repository's own commits (any arguments of `prudent review`)
test [ARGS]     the test suite (any arguments of pytest)
slow            the slow tests
lint            ruff: rules and format; hadolint: the Dockerfile
types           mypy, strict
docs            generated pages are fresh, every command and block in the docs runs
bench [NAME]    the benchmarks of bench/
lock            resolve the dependencies again into requirements.lock
check           everything that CI runs
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import deploy.llama

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
TYPESCRIPT = "typescript@7.0.2"
EMULATE = "emulate@0.11.2"  # pinned: "latest" of that name is another package, and 0.12 needs Node 22
STAMP = VENV / "prudent-setup"
LLAMA = VENV / "prudent-llama"  # the key of the wheel that is installed; "failed: ..." or nothing without one


def main(argv: Sequence[str]) -> int:
    """Run one task and return its exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036 (this is the file that has to say so)
        return _complain(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}")
    if not argv or argv[0] not in TASKS:
        print(__doc__)
        return 0 if argv and argv[0] in ("-h", "--help", "help") else 2
    if shutil.which("git") is None:
        return _complain("git is needed and is not on PATH")
    failed = setup()
    return failed or TASKS[argv[0]](list(argv[1:]))


def setup() -> int:
    """Create .venv with the locked dependencies, once per lock file; returns an exit code."""
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    wanted = hashlib.sha256(lock.encode() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    others, llama = deploy.llama.parted(lock)
    if STAMP.exists() and STAMP.read_text() == wanted:
        _llama(llama, again=True)
        return 0
    print("setting up .venv (about a minute, once)", file=sys.stderr)
    if not (BIN / "python").exists():
        made = subprocess.run([sys.executable, "-m", "venv", str(VENV)])
        if made.returncode:
            return _complain("could not create .venv: install Python's venv module (Debian: python3-venv)")
    pip = [str(BIN / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "on", "-q"]
    # The lock names everything; let loose, pip looks for a package with extras beside what is locked.
    locked = VENV / "requirements.lock"
    locked.write_text(others, "utf-8")
    if run(*pip, "--require-hashes", "--no-deps", "-r", str(locked)) or run(*pip, "--no-deps", "-e", "."):
        return _complain("the dependencies could not be installed; the lines above say why")
    _llama(llama)
    _node_tools()
    STAMP.write_text(wanted)
    return 0


def _llama(wanted: str, *, again: bool = False) -> None:
    """Install llama.cpp's binding, from a wheel that was built before or from source; without it no model runs.

    `again`: only if that may have another end than the last time: there is a compiler now, or CMAKE_ARGS is another.
    """
    key = deploy.llama.key_of(wanted, os.environ)
    before = LLAMA.read_text() if LLAMA.exists() else ""
    if before in (key, f"failed: {key}") or (again and before and "CMAKE_ARGS" not in os.environ):
        return
    if again and not deploy.llama.has_compiler(os.environ):
        return
    try:
        asked = [str(BIN / "python"), "-c", "from kb.folders import cache_folder; print(cache_folder())"]
        cache = Path(subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip())
        wheel = deploy.llama.kept(cache / "wheels", key)
        if wheel is None:
            print("building llama.cpp from source (about three minutes on two cores, once)", file=sys.stderr)
            python, build_lock = str(BIN / "python"), ROOT / "deploy/build.lock"
            wheel = deploy.llama.build(wanted, build_lock, cache / "wheels", os.environ, sys.stderr, python=python)
    except (deploy.llama.NoWheel, OSError) as error:
        print(f"llama.cpp is left out, so no model will suggest patches: {error}", file=sys.stderr)
        LLAMA.write_text("" if not deploy.llama.has_compiler(os.environ) else f"failed: {key}")
        return
    pip = [str(BIN / "python"), "-m", "pip", "install", "--disable-pip-version-check", "-q", "--no-deps"]
    if run(*pip, "--force-reinstall", str(wheel)) == 0:
        LLAMA.write_text(key)


def _node_tools() -> None:
    npm = shutil.which("npm")
    if npm is None:
        print("npm is not on PATH: TypeScript is checked without its compiler, emulator tests skip", file=sys.stderr)
        return
    flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent", "--prefix", str(VENV / "tools")]
    for tool, without in ((TYPESCRIPT, "TypeScript is checked without its compiler"), (EMULATE, "its tests skip")):
        if subprocess.run([npm, "install", *flags, tool], cwd=VENV).returncode:
            print(f"{tool} could not be installed: {without}", file=sys.stderr)


def run(*command: str) -> int:
    """Run a command in the project folder and return its exit code."""
    return subprocess.run(command, cwd=ROOT).returncode


def review(args: list[str]) -> int:
    """Review what `args` say; by default the last three commits of this repository."""
    if not args:
        count = int(subprocess.run(["git", "rev-list", "--count", "HEAD"], cwd=ROOT, capture_output=True).stdout or 0)
        args = [f"HEAD~{min(3, max(1, count - 1))}..HEAD"]
    return run(str(BIN / "prudent"), "review", *args)


def test(args: list[str]) -> int:
    """Run the fast tests, on both cores."""
    return run(str(BIN / "python"), "-m", "pytest", "-n", "auto", "-m", "not slow", *args)


def slow(args: list[str]) -> int:
    """Run the slow tests, on the default model too."""
    _default_model()
    return run(str(BIN / "python"), "-m", "pytest", "-n", "auto", "-m", "slow", *args)


def lint(args: list[str]) -> int:
    """Check rules and format."""
    ruff = str(BIN / "ruff")
    return run(ruff, "check", ".") or run(ruff, "format", "--check", ".") or run(str(BIN / "hadolint"), "Dockerfile")


def types(args: list[str]) -> int:
    """Check types, strictly."""
    return run(str(BIN / "mypy"))


def docs(args: list[str]) -> int:
    """Check that generated pages are fresh and that what the docs show runs."""
    python = str(BIN / "python")
    return run(python, "-m", "bot.docs", "--check") or run(python, "-m", "pytest", "-q", "tests/test_docs.py")


def bench(args: list[str]) -> int:
    """Run the benchmarks that are named, or all of them, on the default model where they need one."""
    _default_model()
    names = args or sorted(path.stem for path in (ROOT / "bench").glob("bench_*.py"))
    return max((run(str(BIN / "python"), f"bench/{name}.py") for name in names), default=0)


def _default_model() -> None:
    """Fetch the default model into .venv/models, where tests and benchmarks look; without it they say what to do."""
    environ = {**os.environ, "PRUDENT_CACHE": str(VENV), "PRUDENT_DATA": str(VENV / "data")}
    subprocess.run([str(BIN / "prudent"), "models", "pull"], cwd=ROOT, env=environ, stdout=subprocess.DEVNULL)


def lock(args: list[str]) -> int:
    """Resolve the dependencies again."""
    run(str(BIN / "python"), "-m", "pip", "install", "-q", "uv")
    compile_ = [
        str(BIN / "uv"),
        "pip",
        "compile",
        "--generate-hashes",
        "--universal",
        "--no-header",
        "--no-annotate",
        "-q",
    ]
    return run(*compile_, "--all-extras", "pyproject.toml", "-o", "requirements.lock") or run(
        *compile_, "--python-version", "3.11", "deploy/build.in", "-o", "deploy/build.lock"
    )


def check(args: list[str]) -> int:
    """Run everything that CI runs and stop at the first failure."""
    return test([]) or lint([]) or types([]) or docs([]) or slow([])


def _complain(message: str) -> int:
    print(f"dev.py: {message}", file=sys.stderr)
    return 2


TASKS: dict[str, Callable[[list[str]], int]] = {
    "review": review,
    "test": test,
    "slow": slow,
    "lint": lint,
    "types": types,
    "docs": docs,
    "bench": bench,
    "lock": lock,
    "check": check,
}

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
