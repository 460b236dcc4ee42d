from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kb.facts.extract import facts_of
from kb.facts.model import Facts, Status
from kb.facts.store import FactsStore, decoded, encoded, stamp_of

DAY = 86_400.0


def some(number: int) -> Facts:
    return facts_of("a.py", f"def f{number}(a, b=1): return g(a.c, k=b)\n".encode() * 20)


def key(number: int) -> tuple[str, str]:
    return f"{number:040x}", "python"


def filled(path: Path | None, count: int) -> FactsStore:
    store = FactsStore.open(path)
    store.put_many({key(number): some(number) for number in range(count)})
    return store


def test_what_is_put_is_got(tmp_path: Path) -> None:
    with filled(tmp_path / "new" / "facts.db", 3) as store:
        assert store.get_many([key(0), key(2), key(7)]) == {key(0): some(0), key(2): some(2)}
        assert store.get_many([(key(0)[0], "javascript")]) == {}
        assert store.get_many([]) == {}
    with FactsStore.open(tmp_path / "new" / "facts.db") as again:
        assert again.get_many([key(1)]) == {key(1): some(1)}


def test_encoded_facts_are_stored_as_they_are() -> None:
    with FactsStore.open(None) as store:
        store.put_many({key(1): encoded(some(1))})
        assert store.get_many([key(1)]) == {key(1): some(1)}
        assert store.path is None
    assert decoded(encoded(some(4))) == some(4)


def test_many_keys_at_once(tmp_path: Path) -> None:
    one = Facts("python", Status.WHOLE)
    with FactsStore.open(tmp_path / "facts.db") as store:
        store.put_many({key(number): one for number in range(3000)})
        assert len(store.get_many([key(number) for number in range(4000)])) == 3000


def test_the_stamp_names_the_grammar() -> None:
    assert "tree-sitter-python" in stamp_of("python")
    assert stamp_of("tsx") == stamp_of("typescript") != stamp_of("python")
    assert stamp_of("no such language")


@pytest.mark.parametrize("damage", [b"", b"not a database at all, but long enough to look like one" * 40])
def test_a_damaged_file_is_begun_anew(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "facts.db"
    path.write_bytes(damage)
    with filled(path, 1) as store:
        assert store.path == path
        assert store.get_many([key(0)]) == {key(0): some(0)}


def test_another_kind_of_database_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "facts.db"
    other = sqlite3.connect(path)
    other.execute("create table facts (a)")
    other.commit()
    other.close()
    with filled(path, 1) as store:
        assert len(store.get_many([key(0)])) == 1


def test_damage_found_later_costs_the_entries_not_the_review(tmp_path: Path) -> None:
    path = tmp_path / "facts.db"
    filled(path, 300).close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(size - 4096))
    with FactsStore.open(path) as store:
        store.get_many([key(number) for number in range(300)])
        store.put_many({key(1): some(1)})
        assert store.get_many([key(1)]) == {key(1): some(1)}


def test_one_damaged_value_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "facts.db"
    filled(path, 2).close()
    raw = sqlite3.connect(path)
    raw.execute("update facts set value = x'00ff' where key like ?", (key(0)[0] + "%",))
    raw.commit()
    raw.close()
    with FactsStore.open(path) as store:
        assert store.get_many([key(0), key(1)]) == {key(1): some(1)}


def test_where_nothing_can_be_written_it_lives_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with filled(tmp_path / "file" / "facts.db", 1) as store:
        assert store.path is None
        assert len(store.get_many([key(0)])) == 1
    (tmp_path / "folder.db").mkdir()
    with filled(tmp_path / "folder.db", 1) as store:
        assert store.path is None
        assert len(store.get_many([key(0)])) == 1


def test_a_busy_store_costs_time_not_truth(tmp_path: Path) -> None:
    path = tmp_path / "facts.db"
    with filled(path, 1) as store:
        other = sqlite3.connect(path)
        other.execute("begin immediate")
        store.put_many({key(5): some(5)})
        assert store.get_many([key(0), key(5)]) == {key(0): some(0)}
        other.rollback()
        other.close()


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    path = tmp_path / "facts.db"
    now = DAY
    one = Facts("python", Status.WHOLE, doc="x" * 1000)
    with FactsStore.open(path, limit_bytes=20_000, clock=lambda: now) as store:
        for number in range(10):
            now += DAY
            store.put_many({key(number): one})
        now += DAY
        store.get_many([key(0)])
        for number in range(10, 20):
            store.put_many({key(number): one})
        store.prune()
        assert store.size() <= 20_000
        left = store.get_many([key(number) for number in range(20)])
    assert key(0) in left
    assert key(1) not in left
    assert key(19) in left


def test_pruning_happens_by_itself(tmp_path: Path) -> None:
    one = Facts("python", Status.WHOLE, doc="x" * 1000)
    with FactsStore.open(tmp_path / "facts.db", limit_bytes=50_000) as store:
        for number in range(200):
            store.put_many({key(number): one})
        assert store.size() < 60_000


def test_threads_share_a_store(tmp_path: Path) -> None:
    with FactsStore.open(tmp_path / "facts.db") as store, ThreadPoolExecutor(8) as pool:

        def work(number: int) -> bool:
            store.put_many({key(number): some(number)})
            return store.get_many([key(number)]) == {key(number): some(number)}

        assert all(pool.map(work, range(80)))


def test_processes_share_a_store(tmp_path: Path) -> None:
    path = tmp_path / "facts.db"
    program = (
        "import sys; from pathlib import Path\n"
        "from tests.kb.test_facts_store import *\n"
        "start = int(sys.argv[2])\n"
        "for number in range(start, start + 20):\n"
        "    with FactsStore.open(Path(sys.argv[1])) as store:\n"
        "        store.put_many({key(number): some(number)})\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", program, str(path), str(start)]) for start in (0, 20)]
    assert [one.wait() for one in running] == [0, 0]
    with FactsStore.open(path) as store:
        assert len(store.get_many([key(number) for number in range(40)])) == 40
