"""Where a review's memory comes from, and that a missing or damaged one is no error."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.remembering import FiledMemory, StoredMemory
from kb.memory.file import write_recollection
from kb.memory.model import Recollection
from kb.outcomes.store import open_store
from tests.kb.audits import NOON, audit, dismissal, finding

HERE = "example.com/ada/palette"


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'outcomes.db'}"


def memory_in(folder: Path) -> StoredMemory:
    return StoredMemory(HERE, "topic", NOON, {"PRUDENT_STORE": url(folder)})


def test_a_store_that_was_never_made_has_no_memory_and_is_not_made(tmp_path: Path) -> None:
    memory = memory_in(tmp_path)
    assert memory() is None
    assert memory.notes() == ()
    assert list(tmp_path.iterdir()) == []


def test_what_was_dismissed_is_learnt_and_remembered(tmp_path: Path) -> None:
    with open_store(url(tmp_path)) as store:
        store.log(audit(finding()))
        store.dismiss(dismissal(), mark="1")
    found = memory_in(tmp_path)()
    assert found
    assert [(lesson.slug, lesson.by, lesson.reason) for lesson in found.lessons] == [
        ("undefined-name", "ada", "by design")
    ]


def test_it_is_made_once_however_many_ask_at_once(tmp_path: Path) -> None:
    open_store(url(tmp_path)).close()
    memory = memory_in(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: memory(), range(16)))
    assert found[0] is not None
    assert all(one is found[0] for one in found)


def test_a_store_that_cannot_be_used_is_a_note(tmp_path: Path) -> None:
    (tmp_path / "outcomes.db").write_bytes(b"no database" * 100)
    memory = memory_in(tmp_path)
    assert memory() is None
    (note,) = memory.notes()
    assert "memory takes no part" in note


def test_a_file_is_read_once_and_none_is_none(tmp_path: Path) -> None:
    path = tmp_path / "memory"
    made = Recollection(HERE, "none", now=datetime(2026, 1, 1, tzinfo=UTC).timestamp())
    write_recollection(made, path)
    memory = FiledMemory(str(path))
    assert memory() == made
    path.unlink()
    assert memory() is memory()
    assert FiledMemory("")() is None
    assert FiledMemory("").notes() == ()


@pytest.mark.parametrize("data", [None, b"", b"prudent.recollection/1\n", b"x" * 1_000])
def test_a_damaged_file_is_a_note(tmp_path: Path, data: bytes | None) -> None:
    if data is not None:
        (tmp_path / "memory").write_bytes(data)
    memory = FiledMemory(str(tmp_path / "memory"))
    assert memory() is None
    (note,) = memory.notes()
    assert "memory takes no part" in note
    assert str(tmp_path) not in note
