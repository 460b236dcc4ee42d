"""How fast facts are read: lines a second beside a bare parse of the same files in the same run.

    python bench/bench_facts.py [FOLDER]

FOLDER is any tree of Python files; the default is the standard library of the Python that runs this. Printed: the
input's size; lines a second of CPU time for the parse alone and for parse and facts, and their ratio; wall seconds of
one and of two processes, start-up of the second included; a second run out of the store, which must parse nothing; the
bytes stored; the peak memory of a process that reads everything once.
"""

from __future__ import annotations

import gc
import resource
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from kb.facts.extract import facts_of  # noqa: E402 (the script's own folder comes first)
from kb.facts.many import extract_all  # noqa: E402
from kb.facts.model import Facts, Status  # noqa: E402
from kb.facts.store import FactsStore, decoded  # noqa: E402
from kb.syntax.parse import Unparsed, parse  # noqa: E402

ROUNDS = 3
GATE_RATIO = 0.25  # facts and parse together, as a share of the lines a second of the parse alone
Files = list[tuple[str, bytes]]


def files_in(folder: Path) -> Files:
    """Return the Python files below a folder, without what is installed beside the standard library."""
    return [
        (path.relative_to(folder).as_posix(), path.read_bytes())
        for path in sorted(folder.rglob("*.py"))
        if "site-packages" not in path.parts and path.is_file()
    ]


def cpu_seconds(work: Callable[[str, bytes], object], files: Files) -> float:
    """Return the least CPU time of a few rounds over all files."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        for path, data in files:
            work(path, data)
        best = min(best, time.process_time() - start)
    return best


def bare_parse(_path: str, data: bytes) -> None:
    """Parse a file and throw the tree away."""
    try:
        parse(data, "python")
    except Unparsed:
        return


def wall_seconds(files: Files, workers: int) -> float:
    """Return the wall time of extracting every file with so many processes."""
    start = time.perf_counter()
    count = sum(1 for _ in extract_all(files, workers=workers))
    assert count == len(files)
    return time.perf_counter() - start


def second_run(files: Files) -> tuple[float, int, int]:
    """Return the seconds in which a store gives back everything, how many files it lacked, and its size on disk."""
    keys = {(f"{number:040x}", "python"): path for number, (path, _) in enumerate(files)}
    found = dict(extract_all(files, workers=0))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "facts.db"
        with FactsStore.open(path) as store:
            store.put_many({key: found[name] for key, name in keys.items()})
        size = path.stat().st_size
        start = time.perf_counter()
        with FactsStore.open(path) as store:
            again = store.get_many(list(keys))
        return time.perf_counter() - start, len(keys) - len(again), size


def peak_megabytes(folder: Path) -> float:
    """Return the peak memory of a fresh process that reads every file and keeps all facts."""
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from bench.bench_facts import keep; keep({str(folder)!r})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return float(done.stdout)


def keep(folder: str) -> None:
    """Read every file below a folder, keep the facts, and print this process's peak memory in MB."""
    facts: list[Facts] = []
    for path in sorted(Path(folder).rglob("*.py")):
        if "site-packages" not in path.parts and path.is_file():
            facts.extend(decoded(value) for _, value in extract_all([(path.name, path.read_bytes())], workers=0))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def main(arguments: list[str]) -> int:
    """Measure and print; returns 1 if a gate is missed."""
    folder = Path(arguments[0]) if arguments else Path(sysconfig.get_path("stdlib"))
    files = files_in(folder)
    lines = sum(data.count(b"\n") for _, data in files)
    size = sum(len(data) for _, data in files)
    print(f"input: {len(files):,} files, {lines:,} lines, {size / 1e6:.1f} MB")
    facts_of("a.py", b"x = 1\n")  # imports and grammar are loaded before the clock runs
    gc.collect()
    gc.freeze()
    gc.disable()
    bare, whole = cpu_seconds(bare_parse, files), cpu_seconds(facts_of, files)
    gc.enable()
    unread = sum(facts_of(path, data).status is not Status.WHOLE for path, data in files)
    print(f"parse alone: {lines / bare:,.0f} lines/s of CPU, with facts {lines / whole:,.0f}: {bare / whole:.2f} of it")
    print(f"files not read whole: {unread}")
    alone, two = wall_seconds(files, 0), wall_seconds(files, 2)
    print(f"one process: {alone:.2f} s, two: {two:.2f} s ({alone / two:.2f} times as fast)")
    seconds, lacking, stored = second_run(files)
    print(f"second run: {seconds:.3f} s from a store of {stored / 1e6:.1f} MB, {lacking} files parsed")
    print(f"peak memory with all facts kept: {peak_megabytes(folder):.0f} MB")
    missed = bare / whole < GATE_RATIO or lacking
    print("gates: missed" if missed else "gates: held")
    return int(bool(missed))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
