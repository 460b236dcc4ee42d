from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.facts.extract import facts_of
from kb.facts.many import ALONE_BYTES, extract_all
from kb.facts.model import Facts, Status
from kb.facts.store import decoded


def some(count: int, lines: int = 5) -> list[tuple[str, bytes]]:
    return [(f"m{number}.py", f"def f{number}(a): return g(a)\n".encode() * lines) for number in range(count)]


def children() -> list[str]:
    """Return the processes that this one has started and not ended."""
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()


def wilful(path: str, data: bytes) -> Facts:
    """Extract as usual, but do what the file's name says."""
    if path.startswith("die"):
        os.kill(os.getpid(), signal.SIGKILL)
    if path.startswith("sleep"):
        time.sleep(60)
    return facts_of(path, data)


def found(files: list[tuple[str, bytes]], **options: object) -> dict[str, Facts]:
    return {path: decoded(value) for path, value in extract_all(files, **options)}  # type: ignore[arg-type]


@pytest.mark.parametrize("workers", [None, 0, 1, 2])
def test_every_file_gets_its_facts(workers: int | None) -> None:
    files = [*some(150), ("empty.py", b""), ("x.unknown", b"?"), ("a\udcff\n.py", b"x = 1\n")]
    assert found(files, workers=workers) == {path: facts_of(path, data) for path, data in files}
    assert found([], workers=workers) == {}


def test_much_is_worked_on_by_processes_and_progress_is_told() -> None:
    files = [*some(59), ("big.py", b"# long\n" * (ALONE_BYTES // 7 + 1))]
    told: list[int] = []
    before = children()
    assert len(found(files, progress=told.append)) == 60
    assert told == list(range(1, 61))
    assert children() == before


def test_a_file_that_kills_its_worker_costs_its_own_facts() -> None:
    files = [*some(40), ("die1.py", b"x\ny\n"), *some(80)[40:], ("die2.py", b"x"), ("die3.py", b"x"), *some(120)[80:]]
    one = found(files, workers=2, extractor=wilful)
    assert len(one) == len(files)
    unread = {path: facts for path, facts in one.items() if facts.status is Status.UNREAD}
    assert sorted(unread) == ["die1.py", "die2.py", "die3.py"]
    assert unread["die1.py"].trouble == "reading this file ended the process that read it"
    assert unread["die1.py"].lines == 2


def test_a_file_that_takes_too_long_costs_its_own_facts() -> None:
    files = [*some(20), ("sleep.py", b"x"), *some(40)[20:]]
    one = found(files, workers=1, extractor=wilful, seconds=0.5)
    assert [path for path, facts in one.items() if facts.status is Status.UNREAD] == ["sleep.py"]
    assert one["sleep.py"].trouble == "reading this file took more than 0.5 s"
    assert len(one) == 41


def test_stopping_early_ends_the_processes() -> None:
    def endless() -> Iterator[tuple[str, bytes]]:
        while True:
            yield from some(10)

    before = children()
    walk = extract_all(endless(), workers=2)
    assert next(walk)[0].startswith("m")
    walk.close()  # type: ignore[attr-defined]
    assert children() == before


def test_workers_import_nothing_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trap = f"open({str(tmp_path / 'sprung')!r}, 'w').close()\n"
    for name in ("json.py", "signal.py", "msgspec.py", "multiprocessing/__init__.py", "kb/__init__.py", "kb/facts.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(trap)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert len(found(some(3), workers=1)) == 3
    assert not (tmp_path / "sprung").exists()


def test_where_no_process_can_be_started_this_one_does_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    assert len(found(some(3), workers=2)) == 3
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert len(found(some(3), workers=2)) == 3
