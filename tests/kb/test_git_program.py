"""How git's own troubles are told: one line each, and nothing that was innocent is blamed."""

from __future__ import annotations

import shutil

import pytest

from kb.errors import CorruptObject, UserError
from kb.git import GitFailed, one_line
from kb.git_view import GitView
from kb.repository import Repository
from tests.repos import Repo


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (b"fatal: bad thing\nmore\n", "bad thing"),
        (b"warning: careful\nhint: do\nerror: worse\n", "worse"),
        (b"warning: careful\n", "warning: careful"),
        (b"\n", ""),
        (b"fatal: \x1b[31m\xff\ttab\n", " [31m� tab"),
    ],
)
def test_what_git_says_becomes_one_printable_line(said: bytes, shown: str) -> None:
    assert one_line(said) == shown


def test_a_hung_git_is_ended(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.commit({"a": "1\n"})
    with Repository.open(repo.root) as opened:
        monkeypatch.setattr("kb.git.SECONDS", 1e-6)
        with pytest.raises(GitFailed, match="took longer"):
            opened.view("HEAD")


def test_a_work_tree_that_vanished_is_one_line(repo: Repo) -> None:
    repo.commit({"a": "1\n"})
    with Repository.open(repo.root) as opened:
        shutil.rmtree(repo.root)
        with pytest.raises(UserError, match="git cannot be run"):
            opened.compare_worktree()


def test_a_reader_that_was_killed_reads_on(repo: Repo) -> None:
    repo.commit({"a": "1\n", "b": "22\n"})
    with Repository.open(repo.root) as opened:
        view = opened.view("HEAD")
        assert (view.read("a"), view.size("b")) == (b"1\n", 3)
        for batch in (opened._objects._contents, opened._objects._sizes):
            assert batch._process is not None
            batch._process.kill()
            batch._process.wait()
        assert (view.read("b"), view.size("a")) == (b"22\n", 2)


def test_what_is_no_object_at_all_is_corrupt(repo: Repo) -> None:
    repo.commit({"a": "1\n"})
    with Repository.open(repo.root) as opened:
        objects = opened._objects
        assert objects.sizes([]) == {}
        assert objects.sizes(["0" * 40, "nonsense"] * 300) == {"0" * 40: None, "nonsense": None}
        for ask in (objects.read, objects.size):
            with pytest.raises(CorruptObject, match="git cannot read object 0000"):
                ask("0" * 40)
        with pytest.raises(CorruptObject, match="git cannot list tree nonsense"):
            _ = GitView(opened._scratch, objects, "nonsense").entries
