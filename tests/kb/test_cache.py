import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.cache import Cache


def entries(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_was_put_is_got_and_nothing_else(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put("one", b"1" * 1000)
    assert cache.get("one") == b"1" * 1000
    assert cache.get("two") is None


def test_a_later_value_replaces_an_earlier_one(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put("key", b"old")
    cache.put("key", b"new")
    assert cache.get("key") == b"new"
    assert len(entries(tmp_path)) == 1


@pytest.mark.parametrize("damage", [b"", b"garbage", b"\x78\x9c"])
def test_a_damaged_entry_is_a_miss_and_is_removed(tmp_path: Path, damage: bytes) -> None:
    cache = Cache(tmp_path)
    cache.put("key", b"value")
    entries(tmp_path)[0].write_bytes(damage)
    assert cache.get("key") is None
    assert entries(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_a_cache_that_remembers_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = Cache(tmp_path / "file" / "cache")
    cache.put("key", b"value")
    assert cache.get("key") is None


def test_a_full_disk_leaves_no_half_written_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    cache = Cache(tmp_path)
    cache.put("key", b"value")
    assert entries(tmp_path) == []


def test_pruning_removes_what_was_used_longest_ago(tmp_path: Path) -> None:
    cache = Cache(tmp_path, limit_bytes=600)
    for age, key in enumerate(["old", "used", "new"]):
        cache.put(key, os.urandom(250))
        path = max(entries(tmp_path), key=lambda p: p.stat().st_mtime_ns)
        os.utime(path, (1000 + age, 1000 + age))
    assert cache.get("used") is not None
    cache.prune()
    assert cache.get("old") is None
    assert cache.get("used") is not None


def test_pruning_below_the_limit_removes_nothing(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for number in range(100):
        cache.put(str(number), b"value")
    cache.prune()
    assert all(cache.get(str(number)) == b"value" for number in range(100))


@given(key=st.text(), value=st.binary())
def test_any_key_and_value_come_back(tmp_path_factory: pytest.TempPathFactory, key: str, value: bytes) -> None:
    cache = Cache(tmp_path_factory.mktemp("cache"))
    cache.put(key, value)
    assert cache.get(key) == value
