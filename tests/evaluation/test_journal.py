from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.evaluation.journal import RESULTS, open_journal
from bot.evaluation.run import Item, Progress, run, settings_of
from kb.errors import UserError
from models.scripted import Scripted

SETTINGS = {"seed": "1", "model": "m"}
WRITER = """
import sys
from pathlib import Path
from bot.evaluation.journal import open_journal
from bot.evaluation.run import Item, run
with open_journal(Path(sys.argv[1]), {"seed": "1", "model": "m"}, resume=True) as journal:
    run([Item(str(i), lambda i=i: {"square": i * i, "text": "x" * 500}) for i in range(100_000)], journal)
"""


def keys(folder: Path) -> list[str]:
    with open_journal(folder, SETTINGS, resume=True) as journal:
        return [row["key"] for row in journal.rows]


def test_a_second_run_does_only_what_is_missing(tmp_path: Path) -> None:
    worked: list[int] = []

    def item(i: int) -> Item:
        return Item(str(i), lambda: worked.append(i) or {"i": i})  # type: ignore[func-returns-value]

    with open_journal(tmp_path, SETTINGS, resume=False) as journal:
        run([item(0), item(1)], journal)
    seen: list[Progress] = []
    with open_journal(tmp_path, SETTINGS, resume=True) as journal:
        run([item(i) for i in range(3)], journal, seen.append)
        assert [row["i"] for row in journal.rows] == [0, 1, 2]
        assert journal["2"]["i"] == 2
    assert worked == [0, 1, 2]
    assert [(one.done, one.total) for one in seen] == [(3, 3)]


def test_results_are_not_written_over(tmp_path: Path) -> None:
    with open_journal(tmp_path, SETTINGS, resume=False) as journal:
        journal.add("a", {})
    with pytest.raises(UserError, match="--resume"), open_journal(tmp_path, SETTINGS, resume=False):
        pass


def test_other_settings_in_one_folder_are_refused_and_named(tmp_path: Path) -> None:
    with open_journal(tmp_path, SETTINGS, resume=False):
        pass
    with (
        pytest.raises(UserError, match="another extra, seed: name"),
        open_journal(tmp_path, {"seed": "2", "model": "m", "extra": "x"}, resume=True),
    ):
        pass


def test_two_runs_at_once_are_refused(tmp_path: Path) -> None:
    with (
        open_journal(tmp_path, SETTINGS, resume=False),
        pytest.raises(UserError, match="another run"),
        open_journal(tmp_path, SETTINGS, resume=True),
    ):
        pass


@settings(max_examples=20)
@given(cut=st.integers(1, 60))
def test_a_torn_last_line_is_done_again(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    folder = tmp_path_factory.mktemp("torn")
    with open_journal(folder, SETTINGS, resume=False) as journal:
        for name in "abc":
            journal.add(name, {"value": name * 40})
    path = folder / RESULTS
    path.write_bytes(path.read_bytes()[:-cut])
    assert keys(folder) == ["a", "b"]
    with open_journal(folder, SETTINGS, resume=True) as journal:
        journal.add("c", {"value": 1})
    assert keys(folder) == ["a", "b", "c"]
    assert all(json.loads(line) for line in path.read_bytes().splitlines())


@pytest.mark.parametrize("broken", [b"{\n", b"[]\n", b'{"key": 1}\n', b"\xff\n"])
def test_a_line_broken_in_the_middle_is_told(tmp_path: Path, broken: bytes) -> None:
    with open_journal(tmp_path, SETTINGS, resume=False) as journal:
        journal.add("a", {})
    path = tmp_path / RESULTS
    first, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + broken + second)
    with pytest.raises(UserError, match="line 2, is broken"):
        keys(tmp_path)


def test_a_file_of_another_make_is_refused(tmp_path: Path) -> None:
    (tmp_path / RESULTS).write_bytes(b'{"key": "a"}\n')
    with pytest.raises(UserError, match="another model, seed"):
        keys(tmp_path)


def test_a_folder_that_is_a_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be used"):
        keys(tmp_path / "file")


def test_a_killed_run_loses_at_most_what_it_was_writing(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)])
    path = tmp_path / RESULTS
    until = time.monotonic() + 30
    while time.monotonic() < until and not (path.exists() and path.stat().st_size > 20_000):
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    found = keys(tmp_path)
    assert len(found) > 20
    assert found == [str(i) for i in range(len(found))]


def test_settings_name_the_model_and_the_versions() -> None:
    got = settings_of("rank", Scripted().info, seed=3, data="d")
    assert got["measurement"] == "rank"
    assert got["model"] == "scripted"
    assert got["seed"] == "3"
    assert got["data"] == "d"
    assert got["numpy"][0].isdigit()
