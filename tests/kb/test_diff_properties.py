"""Laws of diffs: hunks rebuild head from base, line maps are inverse, and git agrees."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.diff import FileDiff, Hunk, Status
from kb.git_diff import compare_trees
from kb.git_patch import contents_in
from kb.repository import Repository
from kb.source import Source
from kb.view import Entry
from tests.repos import Repo

# Lines that other tools split wrongly, look like diff syntax, or are not text
LINES = st.sampled_from(
    [
        b"",
        b"a",
        b"b",
        b"c",
        b"  a",
        b"a\r",
        b"\r",
        b"x\ry",
        b"\x0c",
        b"\x0b",
        b"\xc2\x85",
        b"\xe2\x80\xa8",
        b"\xff\xfe",
        b"-- a/x",
        b"++ b/x",
        b"@@ -1 +1 @@",
        b"diff --git a/0 b/0",
        b"\\ No newline at end of file",
        b"+",
        b"-",
        b" ",
        b"Binary files a/0 and b/0 differ",
        b"GIT binary patch",
        b"\x1c",
        b"\x1d",
        b"index 00..11 100644",
        b"a\x00b",
    ]
)
CONTENT = st.builds(
    lambda lines, ended: b"\n".join(lines) + (b"\n" if ended and lines else b""),
    st.lists(LINES, max_size=12),
    st.booleans(),
)


def lines_of(data: bytes) -> list[bytes]:
    return re.findall(rb"[^\n]*\n|[^\n]+", data)


def rebuilt(base: Sequence[bytes], head: Sequence[bytes], hunks: Sequence[Hunk]) -> list[bytes]:
    """Return base with every hunk's lines taken from head."""
    made: list[bytes] = []
    at = 0
    for hunk in hunks:
        start = hunk.old_start - 1 if hunk.old_length else hunk.old_start
        new = hunk.new_start - 1 if hunk.new_length else hunk.new_start
        made += base[at:start]
        assert len(made) == new
        made += head[new : new + hunk.new_length]
        at = start + hunk.old_length
    return made + list(base[at:])


@pytest.fixture(scope="module")
def opened() -> Iterator[Repository]:
    """Return one open repository in whose scratch folder all examples are compared."""
    with tempfile.TemporaryDirectory() as folder:
        Repo(Path(folder, "repo"))
        with Repository.open(Path(folder, "repo")) as repository:
            yield repository


def tree_of(repository: Repository, files: Sequence[bytes | None]) -> str:
    git = repository._scratch
    records = []
    for number, data in enumerate(files):
        if data is not None:
            oid = git.run("hash-object", "-w", "--stdin", stdin=data).decode().strip()
            records.append(f"100644 blob {oid}\tf{number:03}\0")
    return git.run("mktree", "-z", stdin="".join(records).encode()).decode().strip()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pairs=st.lists(st.tuples(st.none() | CONTENT, st.none() | CONTENT), min_size=1, max_size=4))
def test_hunks_rebuild_head_from_base(opened: Repository, pairs: list[tuple[bytes | None, bytes | None]]) -> None:
    base = tree_of(opened, [old for old, _ in pairs])
    head = tree_of(opened, [new for _, new in pairs])
    for file in compare_trees(opened._scratch, opened._objects, base, head):
        old = pairs[int(file.old.path[1:])][0] if file.old else b""
        new = pairs[int(file.new.path[1:])][1] if file.new else b""
        assert old is not None
        assert new is not None
        if file.binary:
            assert b"\0" in old + new
            assert file.hunks == ()
            continue
        assert not file.unread
        if file.old is None or file.new is None or file.old.oid != file.new.oid:
            assert b"\0" not in old + new
        a, b = lines_of(old), lines_of(new)
        assert rebuilt(a, b, file.hunks) == b
        check_line_maps(file, len(a), len(b))
        assert [a[n - 1] for n in range(1, len(a) + 1) if n not in file.removed] == [
            b[n - 1] for n in range(1, len(b) + 1) if n not in file.added
        ]


def check_line_maps(file: FileDiff, old_lines: int, new_lines: int) -> None:
    for line in range(1, old_lines + 1):
        there = file.to_new(line)
        assert (there is None) == (line in file.removed)
        assert there is None or (1 <= there <= new_lines and file.to_old(there) == line)
    for line in range(1, new_lines + 1):
        there = file.to_old(line)
        assert (there is None) == (line in file.added)
        assert there is None or (1 <= there <= old_lines and file.to_new(there) == line)


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 3), st.integers(0, 3)), max_size=5))
def test_line_maps_are_inverse_for_any_hunks(steps: list[tuple[int, int, int]]) -> None:
    hunks, old, new = [], 0, 0
    for unchanged, removed, added in steps:
        old, new = old + unchanged, new + unchanged
        if removed or added:
            hunks.append(Hunk(old + bool(removed), removed, new + bool(added), added))
        old, new = old + removed, new + added
    entry = Entry("a", 0o100644, "0" * 40)
    check_line_maps(FileDiff(Status.MODIFIED, entry, entry, tuple(hunks)), old + 3, new + 3)


@settings(max_examples=30, deadline=None)
@given(old=CONTENT, new=CONTENT)
def test_git_agrees_on_what_is_added_and_removed(opened: Repository, old: bytes, new: bytes) -> None:
    base, head = tree_of(opened, [old]), tree_of(opened, [new])
    counts = opened._scratch.run("diff-tree", "--numstat", base, head).split(b"\t")
    files = compare_trees(opened._scratch, opened._objects, base, head)
    if not files:
        assert old == new
    elif files[0].binary:
        assert counts[0] == counts[1] == b"-"
    else:
        assert [len(files[0].added), len(files[0].removed)] == [int(counts[0]), int(counts[1])]


@given(CONTENT)
def test_lines_are_counted_as_sources_count_them(data: bytes) -> None:
    assert Source("a", data).line_count == len(lines_of(data))


def test_a_line_ends_at_its_line_feed_and_nowhere_else() -> None:
    patch = (
        b"diff --git a/7 b/7\nindex 1..2 100644\n--- a/7\n+++ b/7\n@@ -1,2 +1,2 @@ \x0c\x85\n"
        b"-a\x0cb\r\xe2\x80\xa8\n-\x1c\n+\x85\n\\ No newline at end of file\n+\xff\n"
        b"diff --git a/8 b/8\nindex 1..2 100644\nBinary files a/8 and b/8 differ\n"
    )
    found = contents_in(patch)
    assert found["7"].hunks == (Hunk(1, 2, 1, 2),)
    assert found["8"].binary
