from __future__ import annotations

import gzip
import re
from collections import Counter
from pathlib import Path

import pytest

from bot.evaluation.sandbox import Ending, try_out
from bot.evaluation.tasks import chosen, data_from, tasks_in
from kb.errors import UserError
from tests.evaluation.data import packed, rows, written


def test_every_reference_passes_its_own_test() -> None:
    for task in tasks_in(packed(rows()), "ours"):
        gold = task.filled(task.gold.strip().encode()).decode()
        assert gold == task.prefix + task.gold + task.suffix
        assert try_out(gold, task.exam).ending is Ending.PASSED


def test_a_hole_is_the_code_of_the_line_and_what_was_there_is_not_shown() -> None:
    task = tasks_in(packed(rows()), "ours")[0]
    hole = task.hole
    assert hole is not None
    assert hole.text == b"..."
    assert task.source.data[: hole.span.start] == (task.prefix + "    ").encode()
    assert b"a + b" not in task.source.data


def test_heads_of_loops_are_no_holes() -> None:
    tasks = {task.gold.strip(): task for task in tasks_in(packed(rows()), "ours")}
    assert tasks["for number in numbers:"].hole is None
    assert all(task.hole for line, task in tasks.items() if not line.endswith(":"))


def test_data_are_kept_with_their_licence_and_known_again(tmp_path: Path) -> None:
    given, cache = written(tmp_path / "given"), tmp_path / "cache"
    first = data_from(given, cache)
    given.unlink()
    assert data_from(None, cache) == first
    assert (cache / "LICENSE").read_text(encoding="ascii").startswith("Ours")
    assert sorted(path.name for path in cache.iterdir()) == ["LICENSE", "source.json", "tasks.jsonl.gz"]


def test_without_data_one_is_told_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--data"):
        data_from(None, tmp_path)


def test_data_without_a_licence_are_not_copied(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no licence beside"):
        data_from(written(tmp_path / "given", licence=False), tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_a_copy_that_was_changed_is_refused(tmp_path: Path) -> None:
    data_from(written(tmp_path / "given"), tmp_path)
    (tmp_path / "tasks.jsonl.gz").write_bytes(packed(rows()[:2]))
    with pytest.raises(UserError, match="was changed"):
        data_from(None, tmp_path)
    (tmp_path / "source.json").write_text("[]", encoding="ascii")
    with pytest.raises(UserError, match="cannot be read"):
        data_from(None, tmp_path)


BROKEN = {
    "no gzip": (b"{}", "is no gzip file"),
    "cut short": (packed(rows())[:-20], "is cut short"),
    "no JSON": (gzip.compress(b"{\n"), "line 1, is no single-line infilling task"),
    "an array": (gzip.compress(b"[1]\n"), "no object"),
    "nested": (gzip.compress(b"[" * 100_000), "line 1"),
    "another form": (gzip.compress(b'{"task_id": "x", "prompt": "y"}\n'), "no field 'entry_point'"),
    "numbers": (packed([{**rows()[0], "test": 1}]), "no text"),  # type: ignore[dict-item]
    "several lines": (packed([{**rows()[0], "canonical_solution": "    a\n    b\n"}]), "no single-line"),
    "nothing": (gzip.compress(b""), "holds no task"),
    "twice": (packed([*rows(), rows()[0]]), "two tasks of one name"),
    "a bomb": (gzip.compress(b" " * (65 * 2**20)), "unpacks to more"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_one_line(name: str) -> None:
    data, said = BROKEN[name]
    with pytest.raises(UserError, match=re.escape(said)) as told:
        tasks_in(data, "given.jsonl.gz")
    assert "\n" not in str(told.value)
    assert "given.jsonl.gz" in str(told.value)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        data_from(tmp_path / "nothing.gz", tmp_path)


def test_a_few_tasks_are_spread_over_all_problems() -> None:
    tasks = tasks_in(packed(rows()), "ours")
    for seed in range(5):
        assert Counter(task.problem for task in chosen(tasks, 3, seed)) == {"Ours/0": 1, "Ours/1": 1, "Ours/2": 1}
        assert chosen(tasks, 4, seed) == chosen(tasks, 4, seed)
    assert chosen(tasks, None, 1) == list(tasks)
    assert len({tuple(task.name for task in chosen(tasks, 3, seed)) for seed in range(9)}) > 1
