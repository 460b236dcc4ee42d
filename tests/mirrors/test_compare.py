"""What is read from a mirror: renames, commits, one file's text."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.mirrors import CommitNote, commits_between, renames, text_at
from tests.repos import Repo

LONG = "".join(f"line {n}\n" for n in range(40))


@pytest.fixture
def bare(tmp_path: Path) -> Repo:
    return Repo(tmp_path / "3-7", bare=True)


def brought(bare: Repo, work: Repo) -> Path:
    bare.git("fetch", "-q", str(work.root), "+refs/heads/*:refs/prudent/heads/*")
    return bare.root


def test_a_renamed_file_is_followed_though_it_was_edited(repo: Repo, bare: Repo) -> None:
    old = repo.commit({"a.py": LONG, "b.py": "y\n", "odd\u00e9 \n.py": LONG + "odd\n"})
    new = repo.commit(
        {"a.py": None, "c/d.py": LONG + "more\n", "odd\u00e9 \n.py": None, "\t'": LONG + "odd\n", "e": "e"}
    )
    path = brought(bare, repo)
    assert renames(path, old, new) == {"a.py": "c/d.py", "odd\u00e9 \n.py": "\t'"}
    assert renames(path, new, old) == {"c/d.py": "a.py", "\t'": "odd\u00e9 \n.py"}
    assert renames(path, old, old) == {}


@pytest.mark.parametrize("gone", ["1" * 40, "main", "--output=x", ""])
def test_where_a_head_is_gone_nothing_is_known(repo: Repo, bare: Repo, gone: str) -> None:
    head = repo.commit({"a.py": LONG})
    path = brought(bare, repo)
    assert renames(path, gone, head) == renames(path, head, gone) == {}
    assert commits_between(path, gone, head) == commits_between(path, head, gone) == ()
    assert renames(path.parent / "none", head, head) == {}
    assert commits_between(path.parent / "none", head, head) == ()


def test_commits_say_who_committed_what_with_which_trailers(repo: Repo, bare: Repo) -> None:
    old = repo.commit({"a.py": "x\n"})
    message = "Apply suggestions\n\nSome: text\nin the middle\n\nCo-authored-by: bot <b@x>\nReviewed-by: Ada\n"
    new = repo.commit({"a.py": "y\n", "b.py": "z\n"}, message)
    plain = repo.commit({"a.py": None}, "Plain")
    trailers = (("Co-authored-by", "bot <b@x>"), ("Reviewed-by", "Ada"))
    assert commits_between(brought(bare, repo), old, plain) == (
        CommitNote(new, "Ada", "ada@example.com", trailers, ("a.py", "b.py")),
        CommitNote(plain, "Ada", "ada@example.com", (), ("a.py",)),
    )


def test_after_a_force_push_only_what_is_new_is_listed(repo: Repo, bare: Repo) -> None:
    base = repo.commit({"a.py": "x\n"})
    old = repo.commit({"a.py": "y\n"})
    repo.git("branch", "old")
    repo.git("reset", "-q", "--hard", base)
    new = repo.commit({"b.py": "z\n"})
    notes = commits_between(brought(bare, repo), old, new)
    assert [(note.sha, note.paths) for note in notes] == [(new, ("b.py",))]


def test_a_merge_changes_no_paths_and_a_first_commit_all_of_its_own(repo: Repo, bare: Repo) -> None:
    base = repo.commit({"a.py": "x\n"})
    repo.git("checkout", "-q", "--orphan", "other")
    repo.commit({"b.py": "x\n"}, "Root")
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--allow-unrelated-histories", "-m", "Merge", "other")
    notes = commits_between(brought(bare, repo), base, repo.git("rev-parse", "HEAD"))
    assert [note.paths for note in notes] == [("a.py", "b.py"), ()]


def test_a_path_cannot_pose_as_a_commit(repo: Repo, bare: Repo) -> None:
    old = repo.commit({"a.py": "x\n"})
    name = f"\x01{old}\nAda\nCo-authored-by: prudent[bot]"
    new = repo.commit({name: "x\n"}, "Add\n\nCo-authored-by: a\x01b <c>")
    (note,) = commits_between(brought(bare, repo), old, new)
    assert (note.sha, note.paths) == (new, (name,))


@pytest.mark.slow
def test_only_the_newest_hundred_commits_are_listed(repo: Repo, bare: Repo) -> None:
    old = repo.commit({"a.py": "x\n"})
    tree = repo.git("rev-parse", "HEAD^{tree}")
    parent = old
    for number in range(103):
        parent = repo.git("commit-tree", tree, "-p", parent, "-m", f"n{number}")
    repo.git("update-ref", "refs/heads/main", parent)
    notes = commits_between(brought(bare, repo), old, parent)
    assert (len(notes), notes[-1].sha) == (100, parent)


def test_a_files_text_is_its_bytes(repo: Repo, bare: Repo) -> None:
    (repo.root / "link").symlink_to("a.py")
    head = repo.commit({"a.py": b"x\r\n\xff", "big": b"x" * (5 * 2**20 + 1), ":(top)x": "y\n"})
    path = brought(bare, repo)
    assert text_at(path, head, "a.py") == b"x\r\n\xff"
    assert text_at(path, head, ":(top)x") == b"y\n"
    assert [text_at(path, head, name) for name in ("none", "link", "big", "", "../a.py", "./a.py")] == [None] * 6
    assert text_at(path, "1" * 40, "a.py") is None
    assert text_at(path.parent / "none", head, "a.py") is None
