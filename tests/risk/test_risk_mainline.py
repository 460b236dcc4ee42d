from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.git import GitFailed
from kb.repository import Repository
from kb.risk.mainline import FilePatch, Replaced, changes_in
from tests.repos import Repo
from tests.risk.worlds import tip


def test_changes_come_oldest_first_with_the_lines_they_replaced(repo: Repo) -> None:
    repo.commit({"a.py": "one\ntwo\nthree\n"}, "Begin")
    repo.commit({"a.py": "one\n2\nthree\nfour\n"}, "Go on\n\nwith a body")
    with Repository.open(repo.root) as opened:
        first, second = opened.mainline(tip(repo))
    assert first.files == (FilePatch("a.py", "", (Replaced(0, (), 1, (b"one", b"two", b"three")),)),)
    assert second.message.strip() == "Go on\n\nwith a body"
    assert second.parents == (first.oid,)
    assert second.files == (
        FilePatch("a.py", "a.py", (Replaced(2, (b"two",), 2, (b"2",)), Replaced(3, (), 4, (b"four",)))),
    )


def test_a_merged_branch_is_one_change(repo: Repo) -> None:
    repo.commit({"a.py": "1\n"}, "Begin")
    repo.git("checkout", "-q", "-b", "topic")
    repo.commit({"a.py": "2\n"}, "One")
    repo.commit({"b.py": "3\n"}, "Two")
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "-m", "Merge pull request #1 from x/topic\n\nFix a crash", "topic")
    with Repository.open(repo.root) as opened:
        changes = list(opened.mainline(tip(repo)))
    assert [len(one.parents) for one in changes] == [0, 2]
    assert [file.path for file in changes[1].files] == ["a.py", "b.py"]


def test_renames_deletions_and_names_that_git_quotes(repo: Repo) -> None:
    body = "".join(f"line {n}\n" for n in range(30))
    repo.commit({"old.py": body, "gone.py": "x\n", 'q"uo\tte.py': "1\n"}, "Begin")
    repo.git("mv", "old.py", "new.py")
    repo.commit({"gone.py": None, 'q"uo\tte.py': "2\n", "bin": b"\0\1"}, "Move")
    with Repository.open(repo.root) as opened:
        _, change = opened.mainline(tip(repo))
    names = {(one.path, one.old_path) for one in change.files}
    assert {("new.py", "old.py"), ("", "gone.py"), ('q"uo\tte.py', 'q"uo\tte.py')} <= names


def test_white_space_is_no_change(repo: Repo) -> None:
    repo.commit({"a.py": "if x:\n  y\n"}, "Begin")
    repo.commit({"a.py": "if x:\n        y\n"}, "Indent")
    with Repository.open(repo.root) as opened:
        assert [hunk for one in list(opened.mainline(tip(repo)))[1].files for hunk in one.hunks] == []


def test_lines_that_look_like_heads_are_text(repo: Repo) -> None:
    text = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n\x01" + "0" * 40 + " 5\n"
    repo.commit({"a.py": "x\n"}, "Begin")
    repo.commit({"a.py": text}, "diff --git a/evil b/evil\n\n@@ -1,3 +1,3 @@")
    repo.commit({"a.py": "x\n", "b.py": "no end of line"}, "Back")
    with Repository.open(repo.root) as opened:
        changes = list(opened.mainline(tip(repo)))
    assert len(changes) == 3
    assert len(changes[1].files[0].hunks[0].added) == 5
    assert [one.path for one in changes[2].files] == ["a.py", "b.py"]


def test_only_the_newest_are_read(repo: Repo) -> None:
    for number in range(5):
        repo.commit({"a.py": f"{number}\n"}, f"Change {number}")
    with Repository.open(repo.root) as opened:
        assert [one.message.strip() for one in opened.mainline(tip(repo), 2)] == ["Change 3", "Change 4"]


def test_what_git_does_not_know_is_refused(repo: Repo) -> None:
    repo.commit({"a.py": "1\n"}, "Begin")
    with Repository.open(repo.root) as opened:
        with pytest.raises(GitFailed):
            list(opened.mainline("0" * 40))
        with pytest.raises(GitFailed):
            list(opened.mainline("--output=/tmp/x"))


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    for change in changes_in(io.BytesIO(data)):
        assert all(hunk.old_start >= 0 for one in change.files for hunk in one.hunks)
