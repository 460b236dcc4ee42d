"""What the graph index costs: building, going on to another tree, asking, memory; each gate with its input's size.

    python bench/bench_graph.py [FOLDER ...]

The files of the folders (default: this Python's standard library) become one git repository; its files are cut at
LINES lines, and their graph is copied until there are 500,000 edges for the questions. Times are seconds of this
process's own processor time where it works alone, so that they are the same on a machine that is shared; walls, with
the processor time beside them, where other processes take part. What stands for a process of its own runs in one.
"""

from __future__ import annotations

import gc
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from kb.facts.extract import language_for  # noqa: E402 (the script's own folder comes first)
from kb.graph.index import Index  # noqa: E402
from kb.graph.index_code import IndexedCode  # noqa: E402
from kb.graph.model import EdgeKind, LinkedFile, Revision, node_id  # noqa: E402
from kb.graph.store_sqlite import SqliteStore  # noqa: E402
from kb.graph.store_sqlite_open import open_store  # noqa: E402
from kb.repository import Repository  # noqa: E402
from kb.syntax.parse import Unparsed, parse  # noqa: E402
from kb.view import Overlay, View  # noqa: E402
from tests.repos import Repo  # noqa: E402

LINES, EDGES = 160_000, 500_000
SAMPLES = 100
_SKIPPED = ("site-packages", "__pycache__", "node_modules", "/.git/")


def gate(name: str, value: float, unit: str, bar: str, ok: bool, size: str) -> None:
    """Print one line of the report."""
    print(f"{'ok  ' if ok else 'MISS'} {name}: {value:,.3g} {unit} (bar {bar}; {size})", flush=True)


def files_of(folders: Iterable[Path]) -> dict[str, bytes]:
    """Return the files that have an extractor, by path below a folder named like the one they come from."""
    files = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            name = f"{folder.name}/{path.relative_to(folder).as_posix()}"
            if path.is_file() and language_for(name, b"") and not any(word in name for word in _SKIPPED):
                files[name] = path.read_bytes()
    return files


def cut(files: Mapping[str, bytes], lines: int) -> dict[str, bytes]:
    """Return the first files that have this many lines together; tests last, as a project has fewer."""
    chosen, left = {}, lines
    for path in sorted(files, key=lambda path: ("/test" in path, path)):
        if left > 0:
            chosen[path] = files[path]
            left -= files[path].count(b"\n")
    return chosen


def quantile(times: list[float], share: float) -> float:
    """Return the value below which a share of the values lies, in milliseconds."""
    return 1000 * sorted(times)[min(len(times) - 1, int(share * len(times)))]


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds of this process's processor time some work takes."""
    began = time.process_time()
    work()
    return time.process_time() - began


def spent() -> float:
    """Return the processor time of this process and of those that it started and that have ended."""
    return sum(
        use.ru_utime + use.ru_stime for use in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def peak_memory() -> float:
    """Return the most memory that this process ever held, in MB; unlike `ru_maxrss`, not what its parent held."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return next(int(line.split()[1]) / 1024 for line in status.read_text().splitlines() if line.startswith("VmHWM"))


def parse_all(files: Mapping[str, bytes]) -> None:
    """Parse every file and do nothing with it: what the build is compared to."""
    for path, data in files.items():
        try:
            parse(data, language_for(path, b"") or "")
        except Unparsed:
            continue


def children(repository: Path, folder: Path, size: str) -> None:
    """Measure memory, each in a process of its own."""
    built, warm = (_child(mode, repository, folder) for mode in ("build", "warm"))
    gate("memory of a build", built["peak"], "MB", "100", built["peak"] <= 100, size)
    gate("memory of a query on a built index", warm["peak"], "MB", "60", warm["peak"] <= 60, size)


def _child(mode: str, repository: Path, folder: Path) -> dict[str, float]:
    command = [sys.executable, __file__, f"--{mode}", str(repository), str(folder)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def child(mode: str, repository: Path, folder: Path) -> None:
    """Do one thing in this process and print how much memory it took."""
    with Repository.open(repository) as opened:
        index = Index.open(folder, "bench")
        if mode == "--build":
            index.clear()
            index = Index.open(folder, "bench")
            index.build(opened.view("HEAD"))
        else:
            code = index.code(opened.view("HEAD"))
            for node in code.graph.nodes_named("run"):
                code.graph.edges_to([node.id])
        index.close()
    print(json.dumps({"peak": peak_memory()}))


def building(index: Index, view: View, files: Mapping[str, bytes], size: str) -> None:
    """Measure the first build and a second one."""
    lines = sum(data.count(b"\n") for data in files.values())
    bare, before = timed(lambda: parse_all(files)), spent()
    report = index.build(view)
    used = spent() - before
    walls = f"{report.seconds:.2f} s wall, {used:.2f} s of processors; bare parse {bare:.2f} s"
    ratio, rate = bare / used, lines / used
    gate("build, of bare parse, by processor time", 100 * ratio, "%", ">= 50 %", ratio >= 0.5, f"{size}; {walls}")
    gate("build, lines per second of processors", rate, "lines/s", ">= 100,000", rate >= 100_000, size)
    print(f"     {report}")
    again = index.build(view)
    gate("second run", again.parsed, "files parsed", "0", again.parsed == 0, f"{1000 * again.seconds:.0f} ms")


def one_file(index: Index, view: View, files: Mapping[str, bytes], size: str) -> None:
    """Measure what one edited file costs when its tree is known; half of the edits change what others see."""
    index.code(view)
    times, linked = [], []
    for number, path in enumerate(random.Random(1).sample(sorted(files), min(SAMPLES, len(files)))):
        edit = b"\ndef prudent_added(one):\n    return [one]\n" if number % 2 else b"\n# nothing\n"
        changed = Overlay(view, {path: files[path] + edit})
        gc.collect()
        found: list[frozenset[str]] = []
        times.append(timed(lambda changed=changed, found=found: found.append(index.change(view, changed, {}).relinked)))
        linked.append(len(found[0]))
    for share, bar in ((0.5, 5), (0.95, 25)):
        value = quantile(times, share)
        gate(f"one changed file, p{100 * share:.0f}", value, "ms", f"{bar} ms", value <= bar, size)
    print(f"     files linked again: median {statistics.median(linked):g}, most {max(linked)}")


def twenty_files(index: Index, view: View, files: Mapping[str, bytes], size: str) -> None:
    """Measure the graph of a head with 20 changed files, each with a renamed, an added and a changed function."""
    index.code(view)
    times, linked = [], []
    for seed in range(5):
        long = [path for path in sorted(files) if 50 < files[path].count(b"\n") < 3000]
        chosen = random.Random(seed).sample(long, min(20, len(long)))
        edit = b"\n\ndef added_here(one, two=2):\n    return [one, two]\n"
        new = {
            path: files[path].replace(b"def ", b"def x", 1).replace(b"(self", b"(self, a", 1) + edit for path in chosen
        }
        changed = Overlay(view, {path: data + b"# %d\n" % seed for path, data in new.items()})
        found: list[frozenset[str]] = []
        times.append(timed(lambda changed=changed, found=found: found.append(index.change(view, changed, {}).relinked)))
        linked.append(len(found[0]))
    value = 1000 * statistics.median(times)
    gate("head of a 20-file change", value, "ms", "300 ms", value <= 300, f"{size}; linked again: {linked}")


def command_line(repo: Repo, files: Mapping[str, bytes], cache: Path, size: str) -> None:
    """Measure `prudent index` as a whole process after one file was edited."""
    environment = {**os.environ, "PRUDENT_CACHE": str(cache)}
    command = [sys.executable, "-c", "from bot.cli.index import command; command()", "-q", "--repo", str(repo.root)]
    subprocess.run(command, env=environment, cwd=ROOT, check=True)
    times, paths = [], random.Random(3).sample(sorted(files), 5)
    for path in paths:
        repo.commit({path: files[path] + b"\n\ndef prudent_added(one):\n    return one\n"}, "Edit one file")
        before = spent()
        subprocess.run(command, env=environment, cwd=ROOT, check=True)
        times.append(spent() - before)
    value = 1000 * statistics.median(times)
    gate("prudent index after one edit, a whole process with its git", value, "ms", "300 ms", value <= 300, size)
    repo.git("reset", "-q", "--hard", f"HEAD~{len(paths)}")


def large_graph(code: IndexedCode) -> SqliteStore:
    """Return a store with copies of a graph side by side until it has EDGES edges; each copy is one more project."""
    store = open_store(Path(tempfile.mkdtemp(), "graph.db")).store
    paths = list(code.graph.files())
    edges = sum(len(linked.edges) for path in paths if (linked := code.graph.linked(path)))
    copies = -(-EDGES // edges)

    def rows() -> Iterable[tuple[str, LinkedFile]]:
        for number in range(copies):
            for path in paths:
                linked = code.graph.linked(path)
                if linked is not None:
                    yield "blob", _copied(linked, number)

    store.replace(rows(), (), Revision("large", "bench"))
    return store


def _copied(linked: LinkedFile, number: int) -> LinkedFile:
    if not number:
        return linked
    path = f"copy{number}/{linked.path}"
    renamed = {
        node.id: node._replace(id=node_id(f"copy{number}/{node.path}", node.qualified), path=path)
        if node.path
        else node
        for node in linked.nodes
    }

    def moved(id: int) -> int:
        return renamed[id].id if id in renamed else id ^ number  # edges to other files keep their spread

    edges = tuple(edge._replace(src=moved(edge.src), dst=moved(edge.dst)) for edge in linked.edges)
    return linked._replace(path=path, nodes=tuple(renamed.values()), edges=edges, asked=frozenset())


def questions(store: SqliteStore) -> None:
    """Measure questions about random nodes, and the impact of a change over five levels with a cap of 500 nodes."""
    counts, choose = store.counts(), random.Random(5)
    size = f"{counts.nodes:,} nodes, {counts.edges:,} edges"
    nodes = [node for path in choose.sample(list(store.files()), 300) for node in store.nodes_in(path)]
    asked = choose.sample([node for node in nodes if node.qualified], 1000)
    back = (EdgeKind.CALLS, EdgeKind.USES, EdgeKind.INHERITS, EdgeKind.OVERRIDES, EdgeKind.IMPORTS)
    kinds: dict[str, tuple[float, Callable[[int], object]]] = {
        "definition by id": (1, lambda at: store.nodes([asked[at].id])),
        "definition by name": (1, lambda at: store.nodes_named(asked[at].qualified, 20)),
        "callers": (1, lambda at: store.edges_to([asked[at].id], [EdgeKind.CALLS], 500)),
        "ancestors": (1, lambda at: ancestors(store, asked[at].id)),
        "impact, 500 nodes": (10, lambda at: impact(store, asked[at].id, back)),
    }
    for name, (bar, ask) in kinds.items():
        times = [timed(lambda at=at, ask=ask: ask(at)) for at in range(len(asked))]
        value = quantile(times, 0.95)
        gate(f"{name}, p95", value, "ms", f"{bar} ms", value <= bar, f"{size}; p50 {quantile(times, 0.5):.2g} ms")


def ancestors(store: SqliteStore, start: int) -> set[int]:
    """Return what a class inherits from, ten levels up."""
    seen, frontier = {start}, {start}
    for _ in range(10):
        frontier = {edge.dst for edge in store.edges_from(frontier, [EdgeKind.INHERITS])} - seen
        if not frontier:
            break
        seen |= frontier
    return seen


def impact(store: SqliteStore, start: int, kinds: tuple[EdgeKind, ...], cap: int = 500) -> set[int]:
    """Return what refers to a node, directly or over five levels, at most `cap` nodes."""
    seen, frontier = {start}, {start}
    for _ in range(5):
        frontier = {edge.src for edge in store.edges_to(frontier, kinds, 2 * cap)} - seen
        if not frontier or len(seen) >= cap:
            break
        seen |= frontier
    store.nodes(list(seen)[:cap])
    return seen


def main() -> int:
    """Run everything and print it."""
    if sys.argv[1:2] in (["--build"], ["--warm"]):
        child(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
        return 0
    folders = [Path(name) for name in sys.argv[1:]] or [Path(sysconfig.get_paths()["stdlib"])]
    everything = files_of(folders)
    files = cut(everything, LINES)
    lines = sum(data.count(b"\n") for data in files.values())
    size = f"{len(files):,} files, {lines:,} lines"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        repo = Repo(folder / "repo")
        repo.commit(dict(files), "Everything")
        with Repository.open(repo.root) as opened:
            view, index = opened.view("HEAD"), Index.open(folder / "index", "bench")
            building(index, view, files, size)
            one_file(index, view, files, size)
            twenty_files(index, view, files, size)
            store = large_graph(index.code(view))
            questions(store)
            store.close()
            shutil.rmtree(store.path.parent if store.path else folder / "none")
            index.close()
        children(repo.root, folder / "index", size)
        command_line(repo, files, folder / "cache", size)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
