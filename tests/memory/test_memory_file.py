"""A recollection comes back from its file as it was; a damaged file is no memory, and no error."""

from __future__ import annotations

import stat
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.memory.file import FORMAT, MATRICES, read_recollection, write_recollection
from kb.memory.model import Earlier, LearnedRule, Mistake, MistakeKind, Recollection, RuleState, Trust
from tests.memory.lessons import lesson, recollection

WHOLE = recollection(
    [lesson(1), lesson(2, text="a \0 é")],
    mistakes=(Mistake(1, "r", MistakeKind.PATCH, "s", "return colour", "undefined name", 2, 5.0, 0.0, "pull/1"),),
    mistake_vectors=np.full((1, 256), 0.25, np.float16),
    trust={"unused-import": Trust("unused-import", 1, 2, 0.5, 0.25, 0.75)},
    rules=(LearnedRule(1, "r", "no-print", "ast-grep", "{}", "Log it", ("pull/1",), RuleState.ENABLED, "ada", 1.0),),
    here=(Earlier(1, "pull/9", "h1", "comment", "1 warning.", 3.0, ("a.py",), (("f", "s", "a.py", "m"),)),),
    elsewhere=(Earlier(2, "pull/8", "h2", "approve", "Nothing.", 2.0, ended="reverted"),),
    risk={"weights": [0.5, -1.0], "version": "1"},
)


def assert_equal(one: Recollection, other: Recollection) -> None:
    for field in fields(Recollection):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        if field.name in MATRICES and mine is not None:
            assert theirs is not None
            assert (mine == theirs).all(), field.name
        else:
            assert mine == theirs, field.name


@pytest.mark.parametrize("written", [WHOLE, Recollection("r", "")])
def test_it_comes_back_as_it_was_and_is_this_users_alone(written: Recollection, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "memory"
    write_recollection(written, path)
    read, note = read_recollection(path)
    assert read is not None
    assert note == ""
    assert_equal(read, written)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["memory"]


def test_it_is_replaced_whole_and_a_reader_keeps_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "memory"
    write_recollection(WHOLE, path)
    before, _ = read_recollection(path)
    write_recollection(Recollection("other", ""), path)
    after, _ = read_recollection(path)
    assert before is not None
    assert after is not None
    assert after.repository == "other"
    assert before.vectors is not None
    assert (before.vectors == WHOLE.vectors).all()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it is empty"),
        (b"{}", "another version's"),
        (FORMAT.replace(b"1", b"2") + bytes(100), "another version's"),
        (FORMAT + b"\xff" * 24, "its size is wrong"),
        (FORMAT + bytes(24), "its header"),
    ],
)
def test_what_is_no_recollection_is_a_note(data: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / "memory"
    path.write_bytes(data)
    read, note = read_recollection(path)
    assert read is None
    assert why in note


def test_a_file_that_is_not_there_is_a_note(tmp_path: Path) -> None:
    assert read_recollection(tmp_path / "none")[0] is None
    assert read_recollection(tmp_path)[0] is None
    assert "No such file" in read_recollection(tmp_path / "none")[1]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_file_that_is_cut_or_changed_anywhere_is_a_note(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "memory"
    write_recollection(WHOLE, path)
    whole = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(whole) - 1))
    if data.draw(st.booleans()):
        del whole[at:]
    else:
        whole[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bytes(whole))
    assert read_recollection(path)[0] is None


@pytest.mark.parametrize(
    "wrong",
    [
        replace(WHOLE, vectors=np.zeros((3, 256), np.float16)),
        replace(WHOLE, mistake_vectors=np.zeros((0, 256), np.float16)),
        replace(WHOLE, code_vectors=np.zeros((2, 5_000), np.float16)),
        replace(WHOLE, now=float("inf")),
        replace(WHOLE, trust={"s": "much"}),
        replace(WHOLE, lessons=(replace(lesson(1), weight="heavy"), lesson(2))),
    ],
)
def test_values_that_do_not_fit_are_a_note(wrong: Recollection, tmp_path: Path) -> None:
    path = tmp_path / "memory"
    write_recollection(wrong, path)
    assert read_recollection(path)[0] is None


def test_a_folder_that_cannot_be_written_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "full").touch()
    with pytest.raises(OSError, match="directory"):
        write_recollection(WHOLE, tmp_path / "memory")
    assert [one.name for one in tmp_path.iterdir()] == ["memory"]
