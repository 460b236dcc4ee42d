"""What processes cost, as `/proc` tells it: memory and processor time of the App's, and of all of this machine."""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.app_at_work import App
from tests.web.serving import Served

LOOK = 0.25  # seconds between two looks at memory
PAGE, TICK = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")
READS = b"bot.reading"  # in the command of a reading process


@dataclass
class Memory:
    """Highest resident memory in MB by kind of process; of a reading process also with all that it starts."""

    highest: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    readings: dict[int, float] = field(default_factory=dict)  # by process: it and its engines together
    alone: dict[int, float] = field(default_factory=dict)

    @contextmanager
    def watching(self, app: App) -> Iterator[Memory]:
        """Look at the processes of an App while this is entered."""
        ended = threading.Event()

        def look() -> None:
            while not ended.wait(LOOK):
                self.look(app)

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            ended.set()
            thread.join()

    def look(self, app: App) -> None:
        """Look once."""
        children = _children()
        if app.web:
            self._note("web", resident(app.web.process.pid))
        for worker in app.workers:
            self._note("worker", resident(worker.process.pid))
            for child in children.get(worker.process.pid, ()):
                if READS in _command(child):
                    own, family = resident(child), [*_below(child, children)]
                    self.alone[child] = max(self.alone.get(child, 0.0), own)
                    self.readings[child] = max(self.readings.get(child, 0.0), own + sum(map(resident, family)))

    def _note(self, kind: str, megabytes: float) -> None:
        self.highest[kind] = max(self.highest[kind], megabytes)


def resident(process: int) -> float:
    """Return a process' resident memory in MB, 0 if there is no such process."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * PAGE / 2**20
    except (OSError, IndexError):
        return 0.0


def spent(processes: Iterable[Served]) -> float:
    """Return the processor seconds of processes and of the children that they have waited for."""
    total = 0
    for served in processes:
        fields = Path(f"/proc/{served.process.pid}/stat").read_text().rpartition(")")[2].split()
        total += sum(map(int, fields[11:15]))
    return total / TICK


def busy() -> float:
    """Return the processor seconds that all processes of this machine have taken since it started."""
    user, nice, system, _, _, *interrupts = map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:8])
    return (user + nice + system + sum(interrupts)) / TICK


def own_time(served: Served) -> float:
    """Return the processor seconds of one process without its children."""
    fields = Path(f"/proc/{served.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def _children() -> dict[int, list[int]]:
    found: defaultdict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            found[parent].append(int(entry.name))
    return found


def _below(process: int, children: Mapping[int, list[int]]) -> Iterator[int]:
    for child in children.get(process, ()):
        yield child
        yield from _below(child, children)


def _command(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""
