"""Patch files: plain, mailed, many in a row, damaged."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.diff import Hunk, Status
from kb.errors import BadPatch, EmptyRange
from kb.repository import Comparison, Repository
from tests.repos import Repo

EDIT = b"--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n x = 1\n-y = 1\n+y = 2\n"


@pytest.fixture
def two(repo: Repo) -> Repo:
    """Return a repository with two files in its one commit."""
    repo.commit({"a.py": "x = 1\ny = 1\n", "b.py": "b = 1\n"}, "Begin")
    return repo


def patched(repo: Repo, data: bytes, name: str = "fix.patch") -> Comparison:
    with Repository.open(repo.root) as opened:
        made = opened.compare_patch(data, name)
        for path in made.head.entries:
            made.head.read(path)
        return made


def content(repo: Repo, data: bytes, path: str) -> bytes:
    """Return a file as it is after a patch."""
    with Repository.open(repo.root) as opened:
        return opened.compare_patch(data, "fix.patch").head.read(path)


def complaint(repo: Repo, data: bytes, name: str = "fix.patch") -> str:
    with Repository.open(repo.root) as opened, pytest.raises(BadPatch) as caught:
        opened.compare_patch(data, name)
    assert str(caught.value).isprintable()
    return str(caught.value)


def format_patch(repo: Repo, *options: str) -> bytes:
    return (repo.git("format-patch", "--stdout", *options) + "\n").encode("utf-8", "surrogateescape")


def test_a_plain_diff_is_applied_to_head(two: Repo) -> None:
    two.write({"a.py": "not committed\n"})
    two.git("add", "-A")
    made = patched(two, EDIT)
    assert [(file.path, file.hunks) for file in made.files] == [("a.py", (Hunk(2, 1, 2, 1),))]
    assert made.base_id == two.git("rev-parse", "HEAD")
    assert (made.head_id, made.subject, made.messages) == (made.head.id, "fix.patch", ())


def test_text_around_a_diff_is_passed_over(two: Repo) -> None:
    assert patched(two, b"Please apply this:\n\n" + EDIT + b"\nThank you\n").files


@pytest.mark.parametrize("options", [["-1"], ["-1", "--attach"], ["-1", "--inline"], ["-1", "--no-stat", "--signoff"]])
def test_a_mailed_patch_speaks(two: Repo, options: list[str]) -> None:
    two.commit({"a.py": "x = 1\ny = 'é'\n", "c.py": "c\n"}, "Change y to é\n\nBecause of so and so.")
    mail = format_patch(two, *options)
    two.git("reset", "-q", "--hard", "HEAD~1")
    made = patched(two, mail)
    assert {file.path: file.status for file in made.files} == {"a.py": Status.MODIFIED, "c.py": Status.ADDED}
    origin, text = made.messages[0]
    assert origin == "patch header"
    assert text.startswith("Change y to é\n\nBecause of so and so.")
    assert "diff --git" not in text


def test_several_mails_are_applied_in_order(two: Repo) -> None:
    two.commit({"a.py": "x = 1\ny = 2\n"}, "One")
    two.git("mv", "a.py", "moved.py")
    two.commit({"moved.py": "x = 1\ny = 3\n"}, "Two")
    two.commit({"b.py": None}, "Three")
    mails = format_patch(two, "HEAD~3..HEAD")
    tree = two.git("rev-parse", "HEAD^{tree}")
    two.git("reset", "-q", "--hard", "HEAD~3")
    made = patched(two, mails)
    assert made.head.id == tree
    assert [text for _, text in made.messages] == ["One", "Two", "Three"]
    assert {file.path: file.status for file in made.files} == {"b.py": Status.DELETED, "moved.py": Status.RENAMED}


def test_a_cover_letter_is_heard_and_not_applied(two: Repo) -> None:
    two.commit({"b.py": "b = 2\n"}, "Change b")
    mails = format_patch(two, "-1", "--cover-letter")
    two.git("reset", "-q", "--hard", "HEAD~1")
    assert [file.path for file in patched(two, mails).files] == ["b.py"]


def test_one_mail_without_an_envelope(two: Repo) -> None:
    mail = b"From: Ada <a@example.com>\nSubject: [PATCH 1/2] Change y\n\nWhy.\n---\n" + EDIT
    made = patched(two, mail)
    assert made.messages == (("patch header", "Change y\n\nWhy."),)
    crlf = patched(two, mail.replace(b"\n", b"\r\n"))
    assert crlf.head.id == made.head.id
    assert crlf.messages == made.messages


def test_a_patch_with_added_carriage_returns(two: Repo) -> None:
    assert content(two, EDIT.replace(b"\n", b"\r\n"), "a.py") == b"x = 1\ny = 2\n"


def test_carriage_returns_of_the_file_are_kept(repo: Repo) -> None:
    repo.commit({"a.txt": b"1\r\n2\r\n"})
    repo.commit({"a.txt": b"1\r\n3\r\n"}, "Change")
    mail = format_patch(repo, "-1")
    plain = (repo.git("diff", "HEAD~1", "HEAD") + "\r\n").encode()
    repo.git("reset", "-q", "--hard", "HEAD~1")
    for data in (mail, plain):
        assert content(repo, data, "a.txt") == b"1\r\n3\r\n"


def test_modes_links_renames_and_binaries_travel_in_a_patch(two: Repo) -> None:
    (two.root / "link").symlink_to("a.py")
    (two.root / "b.py").chmod(0o755)
    two.git("mv", "a.py", "c d.py")
    two.commit({"pic.png": bytes(range(256)), "q\n'\"": "odd\n"}, "All")
    patch = (two.git("diff", "--binary", "-M", "HEAD~1", "HEAD") + "\n").encode()
    tree = two.git("rev-parse", "HEAD^{tree}")
    two.git("reset", "-q", "--hard", "HEAD~1")
    assert patched(two, patch).head.id == tree


def test_a_binary_only_patch(two: Repo) -> None:
    two.commit({"pic.png": bytes(range(256))})
    full = (two.git("diff", "--binary", "HEAD~1", "HEAD") + "\n\n").encode()
    brief = (two.git("diff", "HEAD~1", "HEAD") + "\n").encode()
    two.git("reset", "-q", "--hard", "HEAD~1")
    assert [(file.path, file.binary, file.hunks) for file in patched(two, full).files] == [("pic.png", True, ())]
    assert complaint(two, brief).endswith("make it with git diff --binary")


def test_a_patch_before_the_first_commit(repo: Repo) -> None:
    made = patched(repo, b"--- /dev/null\n+++ b/a\n@@ -0,0 +1 @@\n+1\n")
    assert [(file.path, file.status) for file in made.files] == [("a", Status.ADDED)]


def test_a_patch_that_does_not_apply_names_file_and_line(two: Repo) -> None:
    bad = EDIT.replace(b"-y = 1", b"-y = 7")
    assert complaint(two, bad) == "fix.patch: patch failed: a.py:1"
    assert complaint(two, bad.replace(b"\n", b"\r\n")) == "fix.patch: patch failed: a.py:1"
    assert complaint(two, EDIT.replace(b"a.py", b"no.py")) == "fix.patch: no.py: does not exist in index"


def test_the_mail_that_does_not_apply_is_named(two: Repo) -> None:
    two.commit({"a.py": "x = 1\ny = 2\n"}, "One")
    two.commit({"a.py": "x = 1\ny = 3\n"}, "Two")
    mails = format_patch(two, "-1") + format_patch(two, "-1", "HEAD~1")
    two.git("reset", "-q", "--hard", "HEAD~2")
    assert complaint(two, mails) == "fix.patch, patch 1 of 2: patch failed: a.py:1"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "fix.patch is empty"),
        (b" \n\n", "fix.patch is empty"),
        (b"hello\n", "fix.patch: No valid patches in input"),
        (b"\0\xff" * 40, "fix.patch: No valid patches in input"),
        (EDIT[:-10], "fix.patch: corrupt patch at line 5"),
        (b"Subject: nothing\n\nno diff here\n", "fix.patch: the mail holds no patch"),
        (b"Subject: nothing\n\n", "fix.patch: the mail holds no patch"),
        (b"--- a/../../x\n+++ b/../../x\n@@ -0,0 +1 @@\n+1\n", "fix.patch: invalid path '../../x'"),
        (b"--- /dev/null\n+++ b/.git/hooks/x\n@@ -0,0 +1 @@\n+1\n", "fix.patch: invalid path '.git/hooks/x'"),
    ],
)
def test_what_is_no_patch_is_one_line(two: Repo, data: bytes, text: str) -> None:
    assert complaint(two, data).startswith(text)


def test_a_patch_that_changes_nothing(two: Repo) -> None:
    there_and_back = EDIT + EDIT.replace(b"-y = 1\n+y = 2", b"-y = 2\n+y = 1")
    with pytest.raises(EmptyRange, match="changes nothing"):
        patched(two, there_and_back)


def test_a_name_is_shown_on_one_line(two: Repo) -> None:
    assert complaint(two, b"", "a\nb\x1b[31m\udcff") == "a\\nb\\x1b[31m\\xff is empty"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=60), st.sampled_from([b"", b"From x Mon Sep 17 00:00:00 2001\n", b"Subject: x\n\n", EDIT[:40]])
)
def test_no_bytes_are_too_odd_to_refuse(two: Repo, noise: bytes, start: bytes) -> None:
    assert complaint(two, start + noise)
