"""What is not committed yet: the index and the files on disk."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kb.diff import FileDiff, Hunk, Status
from kb.errors import EmptyRange, UserError
from kb.repository import Comparison, Repository
from tests.repos import Repo


def on_disk(repo: Repo) -> Comparison:
    with Repository.open(repo.root) as opened:
        made = opened.compare_worktree()
        for path in made.head.entries:
            assert len(made.head.read(path)) == made.head.size(path)
        return made


def by_path(made: Comparison) -> dict[str, FileDiff]:
    return {file.path: file for file in made.files}


def statuses(made: Comparison) -> dict[str, Status]:
    return {file.path: file.status for file in made.files}


def assert_clean(repo: Repo) -> None:
    with Repository.open(repo.root) as opened, pytest.raises(EmptyRange, match="no changes since HEAD"):
        opened.compare_worktree()


def test_staged_is_the_index_and_not_the_disk(repo: Repo) -> None:
    commit = repo.commit({"a": "1\n", "b": "1\n", "c": "1\n"})
    repo.write({"a": "2\n", "b": None})
    repo.git("add", "-A")
    repo.write({"a": "3\n", "c": "3\n", "d": "1\n"})
    with Repository.open(repo.root) as opened:
        made = opened.compare_staged()
        assert made.head.read("a") == b"2\n"
    assert statuses(made) == {"a": Status.MODIFIED, "b": Status.DELETED}
    assert (made.subject, made.base_id, made.head_id) == ("staged", commit, made.head.id)


def test_nothing_staged_and_nothing_changed_say_so(repo: Repo) -> None:
    repo.commit({"a": "1\n"})
    with Repository.open(repo.root) as opened, pytest.raises(EmptyRange, match="nothing is staged"):
        opened.compare_staged()
    assert_clean(repo)


def test_staged_before_the_first_commit(repo: Repo) -> None:
    repo.write({"a": "1\n", "b": "1\n"})
    repo.git("add", "a")
    with Repository.open(repo.root) as opened:
        assert statuses(opened.compare_staged()) == {"a": Status.ADDED}
        assert statuses(opened.compare_worktree()) == {"a": Status.ADDED, "b": Status.ADDED}


def test_the_work_tree_is_tracked_and_untracked_files_without_ignored_ones(repo: Repo) -> None:
    repo.commit({"edit": "1\n", "gone": "1\n", "staged": "1\n", ".gitignore": "*.log\n", "kept.txt": "k\n"})
    (repo.root / ".git/info/exclude").write_text("private\n")
    repo.write({"staged": "2\n"})
    repo.git("add", "staged")
    repo.write({"edit": "2\n", "gone": None, "x/new": "n\n", "a.log": "l\n", "private": "p\n"})
    made = on_disk(repo)
    assert statuses(made) == {
        "edit": Status.MODIFIED,
        "gone": Status.DELETED,
        "staged": Status.MODIFIED,
        "x/new": Status.ADDED,
    }
    assert made.subject == "worktree"


def test_the_users_own_ignore_file_counts(repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit({"a": "1\n"})
    repo.write({"my.swp": "1\n"})
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("GIT_CONFIG_GLOBAL", raising=False)
    (tmp_path / "home/.config/git").mkdir(parents=True)
    (tmp_path / "home/.config/git/ignore").write_text("*.swp\n")
    assert_clean(repo)
    (tmp_path / "home/.gitconfig").write_text("[core]\n\texcludesFile = ~/mine\n")
    (tmp_path / "home/mine").write_text("*.tmp\n")
    assert statuses(on_disk(repo)) == {"my.swp": Status.ADDED}


def test_touched_files_are_not_changed(repo: Repo) -> None:
    repo.commit({"a": "1\n", "b": "1\n"})
    os.utime(repo.root / "a", (1, 1))
    (repo.root / "b").write_text("2\n")  # the size stays, and so may the clock's tick
    assert statuses(on_disk(repo)) == {"b": Status.MODIFIED}


@pytest.mark.parametrize("how", ["attribute", "repository", "user"])
def test_line_ends_that_git_converts_are_no_change(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    text = "one\ntwo\nthree\n"
    repo.commit({"a.txt": text, "b.txt": text, **({".gitattributes": "* text\n"} if how == "attribute" else {})})
    if how == "repository":
        repo.git("config", "core.autocrlf", "true")
    if how == "user":
        (tmp_path / ".gitconfig").write_text("[core]\n\tautocrlf = input\n")
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.delenv("GIT_CONFIG_GLOBAL", raising=False)
    repo.write({"a.txt": text.replace("\n", "\r\n")})
    assert_clean(repo)
    repo.write({"b.txt": text.replace("\n", "\r\n").replace("two", "2")})
    made = on_disk(repo)
    assert [(file.path, file.hunks) for file in made.files] == [("b.txt", (Hunk(2, 1, 2, 1),))]


def test_carriage_returns_that_git_keeps_are_a_change(repo: Repo) -> None:
    repo.commit({"a": "one\n"})
    repo.write({"a": "one\r\n"})
    assert by_path(on_disk(repo))["a"].hunks == (Hunk(1, 1, 1, 1),)


def test_links_are_their_text_even_in_a_loop(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret").write_text("secret")
    repo.commit({"a": "1\n", "dir/f": "1\n"})
    (repo.root / "loop").symlink_to("loop")
    (repo.root / "out").symlink_to(tmp_path / "outside/secret")
    (repo.root / "folder").symlink_to(tmp_path / "outside")
    (repo.root / "a").unlink()
    (repo.root / "a").symlink_to("dir")
    with Repository.open(repo.root) as opened:
        made = opened.compare_worktree()
        assert made.head.read("loop") == b"loop"
        assert made.head.read("out") == os.fsencode(tmp_path / "outside/secret")
        assert sorted(made.head.entries) == ["a", "dir/f", "folder", "loop", "out"]
    assert statuses(made)["a"] is Status.RETYPED


def test_a_folder_swapped_for_a_link_is_gone(repo: Repo, tmp_path: Path) -> None:
    repo.commit({"dir/f": "1\n", "k": "1\n"})
    shutil.move(repo.root / "dir", tmp_path / "dir")
    (repo.root / "dir").symlink_to(tmp_path / "dir")
    assert statuses(on_disk(repo)) == {"dir": Status.ADDED, "dir/f": Status.DELETED}


def test_files_and_folders_may_trade_places(repo: Repo) -> None:
    repo.commit({"a": "1\n", "b/c": "2\n2\n"})
    shutil.rmtree(repo.root / "b")
    repo.write({"a": None, "b": "3\n"})
    repo.write({"a/x": "4\n"})
    with Repository.open(repo.root) as opened:
        assert sorted(opened.compare_worktree().head.entries) == ["a/x", "b"]


def test_modes_and_odd_names_come_along(repo: Repo) -> None:
    repo.commit({"run": "1\n"})
    (repo.root / "run").chmod(0o755)
    repo.write({"new\nline": "1\n", 'q"t': "1\n", "-x": "1\n", "\udcff": "1\n", ":(glob)*": "1\n"})
    made = on_disk(repo)
    assert {file.path for file in made.files} == {"run", "new\nline", 'q"t', "-x", "\udcff", ":(glob)*"}
    assert made.head.entries["run"].mode == 0o100755


def test_mode_changes_are_ignored_where_the_disk_has_no_modes(repo: Repo) -> None:
    repo.commit({"run": "1\n"})
    repo.git("config", "core.fileMode", "false")
    (repo.root / "run").chmod(0o755)
    assert_clean(repo)


def test_special_files_are_skipped(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit({"a": "1\n", "was": "1\n"})
    os.mkfifo(repo.root / "pipe")
    monkeypatch.chdir(repo.root)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind("door")
        assert_clean(repo)
        (repo.root / "was").unlink()
        os.mkfifo(repo.root / "was")
        made = on_disk(repo)
    assert [(file.path, bool(file.unread)) for file in made.files] == [("was", True)]


@contextmanager
def nobody() -> Iterator[Path]:
    """Give a folder that anybody may enter, and the rights of somebody who is not root."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    before = os.geteuid()
    try:
        yield folder
    finally:
        os.seteuid(before)
        shutil.rmtree(folder)


def test_a_file_that_cannot_be_read_is_named_with_its_reason() -> None:
    with nobody() as folder:
        repo = Repo(folder / "repo")
        repo.commit({"tracked": "1\n", "good": "1\n"})
        repo.write({"tracked": "2\n", "untracked": "1\n", "good": "2\n"})
        for name in ("tracked", "untracked"):
            (repo.root / name).chmod(0)
        if os.geteuid() == 0:
            os.seteuid(65534)
        with Repository.open(repo.root) as opened:
            made = opened.compare_worktree()
    files = by_path(made)
    assert files["good"].added == {1}
    assert files["tracked"].unread == files["untracked"].unread == "git cannot read it in the work tree"
    assert files["untracked"].status is Status.ADDED
    assert [file.path for file in made.files] == sorted(files)


def test_a_file_that_only_a_filter_could_store_is_not_read(repo: Repo) -> None:
    repo.commit({".gitattributes": "*.bin filter=lfs\n", "a.bin": "pointer\n", "b.bin": "pointer\n"})
    repo.write({"a.bin": "the real thing\n", "c.bin": "another\n"})
    unread = {file.path: file.unread for file in on_disk(repo).files}
    assert unread == {"a.bin": "stored by git filter 'lfs'", "c.bin": "stored by git filter 'lfs'"}


def test_a_huge_file_is_left_where_it_is(repo: Repo) -> None:
    repo.commit({"a": "1\n"})
    with (repo.root / "huge").open("wb") as file:
        file.truncate(100 * 2**20 + 1)
    repo.write({"large": b"x\n" * (3 * 2**20)})
    assert {file.path: file.unread for file in on_disk(repo).files} == {
        "huge": "larger than 100 MB",
        "large": "larger than 5 MB",
    }


def test_conflicts_are_on_disk_and_cannot_be_staged(repo: Repo) -> None:
    repo.commit({"a": "1\n"})
    repo.git("checkout", "-q", "-b", "topic")
    repo.commit({"a": "2\n"})
    repo.git("checkout", "-q", "main")
    repo.commit({"a": "3\n"})
    with pytest.raises(AssertionError, match="merge"):
        repo.git("merge", "topic")
    with Repository.open(repo.root) as opened:
        with pytest.raises(UserError, match="the index has conflicts"):
            opened.compare_staged()
        made = opened.compare_worktree()
        assert b"<<<<<<<" in made.head.read("a")
    assert statuses(made) == {"a": Status.MODIFIED}


def test_a_file_promised_to_the_index_counts_once_on_disk(repo: Repo) -> None:
    repo.commit({"a": "1\n"})
    repo.write({"new": "1\n"})
    repo.git("add", "-N", "new")
    assert statuses(on_disk(repo)) == {"new": Status.ADDED}
    with Repository.open(repo.root) as opened, pytest.raises(EmptyRange):
        opened.compare_staged()


def test_submodules_and_nested_repositories(repo: Repo) -> None:
    sub = Repo(repo.root / "sub")
    sub.commit({"s": "1\n"})
    repo.commit({"a": "1\n"})
    sub.write({"s": "2\n"})
    Repo(repo.root / "nested").commit({"n": "1\n"})
    assert_clean(repo)
    sub.commit()
    assert [(file.path, file.hunks) for file in on_disk(repo).files] == [("sub", (Hunk(1, 1, 1, 1),))]


@pytest.mark.parametrize("form", ["split", "sparse", "version4"])
def test_an_index_in_any_form_is_read(repo: Repo, form: str) -> None:
    repo.commit({"a": "1\n", "d/b": "1\n", "e/f/c": "1\n"})
    if form == "split":
        repo.git("update-index", "--split-index")
    elif form == "sparse":
        repo.git("sparse-checkout", "set", "--cone", "--sparse-index", "d")
        assert not (repo.root / "e").exists()
    else:
        repo.git("update-index", "--index-version=4")
    repo.write({"d/b": "2\n"})
    repo.git("add", "d/b")
    repo.write({"a": "2\n"})
    with Repository.open(repo.root) as opened:
        assert statuses(opened.compare_staged()) == {"d/b": Status.MODIFIED}
        made = opened.compare_worktree()
        assert statuses(made) == {"a": Status.MODIFIED, "d/b": Status.MODIFIED}
        assert made.head.read("e/f/c") == b"1\n"


def test_inside_a_commit_hook_the_index_being_committed_counts(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit({"a": "1\n"})
    shutil.copy2(repo.root / ".git/index", repo.root / ".git/index.lock")
    repo.write({"a": "2\n"})
    monkeypatch.setattr("tests.repos.ENVIRONMENT", {**os.environ, "GIT_INDEX_FILE": ".git/index.lock"})
    repo.git("update-index", "a")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index.lock")
    with Repository.open(repo.root) as opened:
        assert statuses(opened.compare_staged()) == {"a": Status.MODIFIED}


def test_a_damaged_index_is_one_line(repo: Repo) -> None:
    repo.commit({"a": "1\n"})
    (repo.root / ".git/index").write_bytes(b"DIRC nonsense" * 9)
    with Repository.open(repo.root) as opened:
        for compare in (opened.compare_staged, opened.compare_worktree):
            with pytest.raises(UserError) as caught:
                compare()
            assert "\n" not in str(caught.value)
