"""How much Prudent's own work adds to its engines', on a 20-file change in a 100,000-line Python repository.

The repository is made from this Python's own standard library, so it needs no network. Printed: wall seconds of a
first review (nothing cached), of a second review of the same base with another head, the time in which at least
one engine ran, the rest (= own work), engine runs, peak memory of our own process; then a 3-line change in a small
repository as whole processes, start-up included.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.repos import Repo  # noqa: E402 (the script's own folder comes first)

LINES, FILES = 100_000, 20


def standard_library() -> dict[str, bytes]:
    """Return about LINES lines of Python from the standard library, by path."""
    folder, files, lines = Path(sysconfig.get_paths()["stdlib"]), {}, 0
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(folder).as_posix()
        if any(part in name for part in ("site-packages", "test", "lib2to3", "idlelib", "__pycache__")):
            continue
        data = path.read_bytes()
        files[f"lib/{name}"] = data
        lines += data.count(b"\n")
        if lines > LINES:
            break
    return files


def big_repository(folder: Path) -> tuple[Repo, int]:
    """Return a repository with two branches of a 20-file change each, and its number of lines."""
    repo, files = Repo(folder), standard_library()
    repo.commit(dict(files), "The standard library")
    long = [path for path, data in files.items() if data.count(b"\n") > 50]
    chosen = long[:: len(long) // FILES][:FILES]
    for branch in ("one", "two"):
        repo.git("checkout", "-q", "-B", branch, "main")
        edited = {p: files[p] + f"\n\ndef added_{branch}(value):\n    return [value]\n".encode() for p in chosen}
        repo.commit(dict(edited), "Add a function to twenty files")
    return repo, sum(data.count(b"\n") for data in files.values())


class EngineClock:
    """Measures the time in which at least one engine runs, by wrapping the one door they go through."""

    def __init__(self) -> None:
        self.running, self.since, self.total, self.runs = 0, 0.0, 0.0, 0
        self.lock = threading.Lock()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Count every engine process started while this is entered."""
        from checks.static import isolation

        start, kill = isolation._start, isolation._kill

        def started(argv: list[str], **more: dict[str, str] | Path) -> subprocess.Popen[bytes]:
            self.enter(asks=argv[-1] != "--version")
            return start(argv, **more)

        def killed(process: subprocess.Popen[bytes]) -> None:
            kill(process)
            self.leave()

        isolation._start, isolation._kill = started, killed
        try:
            yield
        finally:
            isolation._start, isolation._kill = start, kill

    def enter(self, *, asks: bool) -> None:
        """Take note that a program starts; `asks` is false where only its version is wanted."""
        with self.lock:
            self.runs += asks
            if not self.running:
                self.since = time.monotonic()
            self.running += 1

    def leave(self) -> None:
        """Take note that an engine has ended."""
        with self.lock:
            self.running -= 1
            if not self.running:
                self.total += time.monotonic() - self.since


def one_review(repository: Path, spec: str, cache: Path) -> None:
    """Review in this process and print where the time went."""
    from bot.pipeline import Options, change_of, review
    from bot.sources import open_sources
    from checks.workspace import open_workspace
    from kb.repository import Repository

    clock, began = EngineClock(), time.monotonic()
    with clock.watching(), Repository.open(repository) as opened, open_workspace(cache) as workspace:
        change = change_of(opened.compare(spec), "bench")
        with open_sources(opened, cache) as sources:
            verdict = review(change, workspace, Options(), sources)
    wall = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"  {spec}: wall {wall:.2f} s, engines {clock.total:.2f} s ({clock.runs} runs), own {wall - clock.total:.2f} s,"
        f" own share {(wall - clock.total) / wall:.2f}, own peak memory {peak:.0f} MB, {verdict.one_liner}",
        flush=True,
    )


def small_change(folder: Path) -> None:
    """Time whole processes on a 3-line change in a small repository: the first, then the median of five."""
    repo = Repo(folder / "small")
    repo.commit({f"pkg/m{n}.py": f"def f{n}(a):\n    return a + {n}\n" for n in range(20)}, "Base")
    repo.commit({"pkg/m3.py": "def f3(a):\n    b = a + 3\n    return b\n"}, "Change")
    environment = {**os.environ, "PRUDENT_DATA": str(folder / "data"), "PRUDENT_CACHE": str(folder / "cache2")}
    command = [str(Path(sys.executable).with_name("prudent")), "review", "HEAD~1..HEAD", "--repo", str(repo.root)]
    walls = []
    for _ in range(6):
        began = time.monotonic()
        subprocess.run(command, env=environment, check=True, capture_output=True)
        walls.append(time.monotonic() - began)
    print(f"3-line change, 20 files: first {walls[0]:.2f} s, then median {sorted(walls[1:])[2]:.2f} s")


def main() -> int:
    """Run everything and print it; a child process per review, so that each has its own memory."""
    if len(sys.argv) == 4:
        one_review(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        repo, lines = big_repository(folder / "big")
        print(f"{FILES}-file change in {lines:,} lines of Python:", flush=True)
        for spec in ("main..one", "main..two"):
            subprocess.run([sys.executable, __file__, str(repo.root), spec, str(folder / "cache")], check=True)
        small_change(folder)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
