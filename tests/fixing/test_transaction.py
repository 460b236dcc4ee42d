"""Files of a working tree are changed together or not at all, and taken back whole, whatever happens in between."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.fixing.journal import MOST, folder_of, last_journal, locked
from bot.fixing.transaction import Rewrite, apply, undo
from kb.errors import UserError

OLD = {"a.py": b"x = 1\n", "sub/b.py": b"y = 1\r\n", "c.py": b""}
NEW = {"a.py": b"x = 2\n", "sub/b.py": b"y = 2\r\n", "c.py": b"z = 2"}
REWRITES = [Rewrite(path, OLD[path], NEW[path]) for path in OLD]
STEPS = ["look", "journal", *(f"write {path}" for path in OLD), *(f"place {path}" for path in OLD), "done"]
BACK = ["look", *(f"back {path}" for path in OLD), "forget"]


class Failure(Exception):
    pass


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    for path, data in OLD.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return root


@pytest.fixture
def folder(tmp_path: Path, root: Path) -> Path:
    return folder_of(tmp_path / "data", root)


def files(root: Path) -> dict[str, bytes]:
    return {one.relative_to(root).as_posix(): one.read_bytes() for one in root.rglob("*") if one.is_file()}


def test_all_files_change_and_change_back(root: Path, folder: Path) -> None:
    (root / "a.py").chmod(0o755)
    told: list[str] = []
    assert apply(root, REWRITES, folder, step=told.append) == 1
    assert told == STEPS
    assert files(root) == NEW
    assert stat.S_IMODE((root / "a.py").stat().st_mode) == 0o755
    told.clear()
    assert undo(root, folder, step=told.append).paths == tuple(OLD)
    assert told == BACK
    assert files(root) == OLD
    assert stat.S_IMODE((root / "a.py").stat().st_mode) == 0o755
    with pytest.raises(UserError, match="nothing to undo"):
        undo(root, folder)
    assert files(folder).keys() == {"lock"}


def test_transactions_are_taken_back_one_by_one_the_last_first(root: Path, folder: Path) -> None:
    assert apply(root, REWRITES, folder) == 1
    assert apply(root, [Rewrite("a.py", NEW["a.py"], b"x = 3\n")], folder) == 2
    assert undo(root, folder).paths == ("a.py",)
    assert files(root) == NEW
    assert undo(root, folder).number == 1
    assert files(root) == OLD


def test_only_so_many_journals_are_kept(root: Path, folder: Path) -> None:
    for number in range(1, MOST + 3):
        assert apply(root, [Rewrite("c.py", b"x" * (number - 1), b"x" * number)], folder) == number
    kept = sorted(one.name for one in folder.iterdir() if one.name != "lock")
    assert kept == [f"{number:06d}" for number in range(3, MOST + 3)]
    assert undo(root, folder).number == MOST + 2


@pytest.mark.parametrize("at", STEPS[:-1])
def test_a_failure_at_any_step_leaves_all_as_it_was(root: Path, folder: Path, at: str) -> None:
    def step(name: str) -> None:
        if name == at:
            raise Failure

    with pytest.raises(Failure):
        apply(root, REWRITES, folder, step=step)
    assert files(root) == OLD
    assert last_journal(folder) is None


def test_a_disk_that_refuses_is_one_line_and_nothing_changes(root: Path, folder: Path) -> None:
    def step(name: str) -> None:
        if name == "place c.py":
            raise OSError(28, "No space left on device")

    with pytest.raises(UserError, match=r"^nothing was changed: No space left on device$"):
        apply(root, REWRITES, folder, step=step)
    assert files(root) == OLD


def test_a_file_that_is_edited_while_we_write_is_kept_as_edited(root: Path, folder: Path) -> None:
    def step(name: str) -> None:
        if name == "place sub/b.py":
            (root / "sub/b.py").write_bytes(b"mine\n")

    with pytest.raises(UserError, match=r"sub/b.py has changed since it was looked at: nothing was changed"):
        apply(root, REWRITES, folder, step=step)
    assert files(root) == {**OLD, "sub/b.py": b"mine\n"}


def killed(work: Callable[..., object], at: str) -> None:
    """Do the work in another process, which is killed by the system when it comes to a step."""
    child = os.fork()
    if child == 0:
        try:
            work(step=lambda name: os.kill(os.getpid(), signal.SIGKILL) if name == at else None)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL


@pytest.mark.parametrize("at", STEPS)
def test_killed_while_writing_every_file_is_whole_and_undo_brings_all_back(root: Path, folder: Path, at: str) -> None:
    killed(partial(apply, root, REWRITES, folder), at)
    assert all(data in (OLD[path], NEW[path]) for path, data in files(root).items() if path in OLD)
    if last_journal(folder) is None:
        assert STEPS.index(at) <= 1
    else:
        undo(root, folder)
    assert files(root) == OLD  # and nothing of ours lies beside
    assert apply(root, REWRITES, folder) == 1
    assert files(root) == NEW


@pytest.mark.parametrize("at", BACK)
def test_killed_while_undoing_undo_goes_on(root: Path, folder: Path, at: str) -> None:
    apply(root, REWRITES, folder)
    killed(partial(undo, root, folder), at)
    assert all(data in (OLD[path], NEW[path]) for path, data in files(root).items() if path in OLD)
    undo(root, folder)
    assert files(root) == OLD


def test_undo_refuses_where_a_file_was_edited_since(root: Path, folder: Path) -> None:
    apply(root, REWRITES, folder)
    (root / "c.py").write_bytes(b"mine\n")
    with pytest.raises(UserError, match=r"^c.py was edited since: nothing was undone$"):
        undo(root, folder)
    assert files(root) == {**NEW, "c.py": b"mine\n"}
    (root / "c.py").write_bytes(NEW["c.py"])
    undo(root, folder)
    assert files(root) == OLD


def test_undo_refuses_where_a_file_is_gone(root: Path, folder: Path) -> None:
    apply(root, REWRITES, folder)
    (root / "c.py").unlink()
    with pytest.raises(UserError, match=r"c.py cannot be written: No such file"):
        undo(root, folder)
    assert (root / "a.py").read_bytes() == NEW["a.py"]


def test_a_file_that_changed_since_it_was_judged_is_refused(root: Path, folder: Path) -> None:
    (root / "sub/b.py").write_bytes(b"mine\n")
    with pytest.raises(UserError, match="has changed since"):
        apply(root, REWRITES, folder)
    assert files(root) == {**OLD, "sub/b.py": b"mine\n"}
    assert last_journal(folder) is None


def test_line_ends_that_git_converts_are_those_on_disk(root: Path, folder: Path) -> None:
    (root / "a.py").write_bytes(b"x = 1\r\ny = 2\r\n")
    apply(root, [Rewrite("a.py", b"x = 1\ny = 2\n", b"x = 3\ny = 2\n")], folder)
    assert (root / "a.py").read_bytes() == b"x = 3\r\ny = 2\r\n"
    undo(root, folder)
    (root / "a.py").write_bytes(b"x = 1\r\ny = 2\n")
    with pytest.raises(UserError, match="has changed since"):
        apply(root, [Rewrite("a.py", b"x = 1\ny = 2\n", b"x = 3\n")], folder)


@pytest.mark.parametrize("path", ["../out.py", "/etc/hostname", "sub/../a.py", ".git/config", "a.py/", "", "a\\b.py"])
def test_a_path_that_leads_elsewhere_is_refused(root: Path, folder: Path, path: str) -> None:
    with pytest.raises(UserError, match="no path inside the repository"):
        apply(root, [Rewrite(path, b"", b"x")], folder)


def test_symbolic_links_are_refused(root: Path, folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    outside.write_bytes(b"x = 1\n")
    (root / "link.py").symlink_to(outside)
    (root / "folder").symlink_to(tmp_path)
    for path in ("link.py", "folder/outside.py"):
        with pytest.raises(UserError, match="symbolic link"):
            apply(root, [Rewrite(path, b"x = 1\n", b"x = 2\n")], folder)
    assert outside.read_bytes() == b"x = 1\n"


def test_what_is_no_file_is_refused(root: Path, folder: Path) -> None:
    os.mkfifo(root / "pipe")
    for path, why in (("sub", "no regular file"), ("pipe", "no regular file"), ("none.py", "No such file")):
        with pytest.raises(UserError, match=why):
            apply(root, [Rewrite(path, b"", b"x")], folder)


def test_one_at_a_time(root: Path, folder: Path) -> None:
    with locked(folder), pytest.raises(UserError, match="another prudent fix"):
        apply(root, REWRITES, folder)
    assert files(root) == OLD


def test_two_working_trees_have_journals_of_their_own(root: Path, tmp_path: Path) -> None:
    assert folder_of(tmp_path, root) != folder_of(tmp_path, tmp_path)
    (tmp_path / "other").symlink_to(root)
    assert folder_of(tmp_path, root) == folder_of(tmp_path, tmp_path / "other")


@pytest.mark.parametrize(
    "damage",
    [
        lambda journal: (journal / "journal.json").write_bytes(b"{"),
        lambda journal: (journal / "journal.json").write_bytes(b'{"version": 2, "files": []}'),
        lambda journal: (journal / "journal.json").write_bytes(b'{"version": 1, "files": [{}]}'),
        lambda journal: (journal / "journal.json").unlink(),
        lambda journal: (journal / "1.before").write_bytes(b"other"),
        lambda journal: (journal / "1.before").unlink(),
    ],
)
def test_a_damaged_journal_is_named_and_nothing_is_written(root: Path, folder: Path, damage: object) -> None:
    apply(root, REWRITES, folder)
    assert callable(damage)
    damage(folder / "000001")
    with pytest.raises(UserError, match=r"the journal .*000001 cannot be used"):
        undo(root, folder)
    assert files(root) == NEW


def test_a_data_folder_that_cannot_be_written_changes_nothing(root: Path, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"a file")
    with pytest.raises(UserError, match="cannot be written"):
        apply(root, REWRITES, folder_of(tmp_path / "data", root))
    assert files(root) == OLD


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=40), st.binary(max_size=40))
def test_any_bytes_come_back(root: Path, folder: Path, before: bytes, after: bytes) -> None:
    (root / "a.py").write_bytes(before)
    apply(root, [Rewrite("a.py", before, after)], folder)
    assert (root / "a.py").read_bytes() == after
    undo(root, folder)
    assert (root / "a.py").read_bytes() == before
