"""What single commits say, replaced and brought, asked of real git, whatever stands in their lines and paths."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.history.blame import blamed_in, ranges_of
from kb.history.commits import Commits, PastHunk, patches_in
from kb.repository import Repository
from tests.history.pasts import Step, committed
from tests.kb.histories import in_line, make_history
from tests.repos import Repo
from tests.strategies import unhurried

LINES = (
    "@@ -1 +1 @@",
    "-- a.py",
    "++ a.py",
    "diff --git a.py a.py",
    "\\ No newline at end of file",
    "0123456789" * 4,
    "",
    "  x = 1",
    "\tboundary",
)


@contextmanager
def asked(root: Path) -> Iterator[Commits]:
    with Repository.open(root) as repository:
        yield repository.commits()


def applied(old: list[str], hunks: tuple[PastHunk, ...]) -> list[str]:
    """Return the lines after the hunks, which must find what they replace."""
    made, at = [], 0
    for hunk in hunks:
        start = hunk.old_start - 1 if hunk.old else hunk.old_start
        made += old[at:start]
        assert tuple(old[start : start + len(hunk.old)]) == hunk.old
        made += hunk.new
        at = start + len(hunk.old)
        assert len(made) == (hunk.new_start - 1 + len(hunk.new) if hunk.new else hunk.new_start)
    return made + old[at:]


file_texts = st.tuples(st.lists(st.sampled_from(LINES), min_size=1, max_size=12), st.booleans())


@given(st.lists(file_texts, min_size=2, max_size=9))
@settings(unhurried, max_examples=8)
def test_hunks_lead_from_each_parent_to_its_commit(drawn: list[tuple[list[str], bool]]) -> None:
    texts = ["\n".join(lines) + ("\n" if ends else "") for lines, ends in drawn]
    with tempfile.TemporaryDirectory() as folder:
        oids = make_history(Path(folder) / "repo", in_line(*({"a.py": text} for text in texts)))
        with asked(Path(folder) / "repo") as commits:
            did = commits.patches(oids[1:], ["a.py"])
    for oid, before, after in zip(oids[1:], texts, texts[1:], strict=False):
        assert applied(lines_of(before), did.get(oid, ())) == lines_of(after)


def lines_of(text: str) -> list[str]:
    """Return the lines of a text as git counts them."""
    return text.removesuffix("\n").split("\n") if text else []


@given(st.binary(max_size=300))
def test_any_bytes_are_borne(printed: bytes) -> None:
    assert isinstance(patches_in(printed), dict)
    assert isinstance(blamed_in(printed), dict)


def test_patches_are_of_the_asked_files_and_commits_alone(tmp_path: Path) -> None:
    oids = committed(
        tmp_path, [Step({"a.py": "x = 1\n", "b.py": "x = 1\n"}), Step({"a.py": "x = 2\n", "b.py": "x = 2\n"})]
    )
    with asked(tmp_path) as commits:
        assert commits.patches(oids[1:], ["b.py"]) == {oids[1]: (PastHunk("b.py", 1, ("x = 1",), 1, ("x = 2",)),)}
        assert commits.patches(oids, []) == {}
        assert commits.patches(["0" * 40, "HEAD", "--all"], ["b.py"]) == {}


def test_a_message_is_read_and_what_is_no_commit_says_nothing(tmp_path: Path) -> None:
    (oid,) = committed(tmp_path, [Step({"a": "1"}, "Fix a crash\n\nIt was \u00fcgly.")])
    with asked(tmp_path) as commits:
        assert commits.message(oid) == commits.message(oid) == "Fix a crash\n\nIt was \u00fcgly."
        assert [commits.message(name) for name in ("0" * 40, "HEAD", "", oid[:10], f"{oid}\n{oid}")] == [""] * 5


def test_blame_names_who_brought_a_line_and_not_who_indented_it(tmp_path: Path) -> None:
    oids = committed(
        tmp_path,
        [
            Step({"a.py": "one = 1\ntwo = 2\n"}),
            Step({"a.py": "one = 1\ntwo = 22\n"}),
            Step({"a.py": "if x:\n    one = 1\n    two = 22\n"}),
        ],
    )
    with asked(tmp_path) as commits:
        assert commits.blamed(oids[2], "a.py", [1, 3], 0) == {1: oids[2], 3: oids[1]}
        assert commits.blamed(oids[2], "a.py", [], 0) == {}
        assert commits.blamed(oids[2], "b.py", [1], 0) == {}
        assert commits.blamed(oids[2], "a.py", [99], 0) == {}
        assert commits.blamed("HEAD", "a.py", [1], 0) == {}


def test_lines_older_than_asked_or_than_the_clone_are_nobodys(tmp_path: Path) -> None:
    oids = make_history(
        tmp_path / "repo", in_line({"a.py": "one\ntwo\n"}, {"a.py": "one\n2\n"}, {"a.py": "one\n2\n3\n"})
    )
    with asked(tmp_path / "repo") as commits:
        at = 1_700_000_000 + 86_400
        assert commits.blamed(oids[2], "a.py", [1, 2, 3], at) == {2: oids[1], 3: oids[2]}
    Repo(tmp_path / "other").git("clone", "-q", "--depth=2", f"file://{tmp_path}/repo", str(tmp_path / "clone"))
    with asked(tmp_path / "clone") as commits:
        assert commits.blamed(oids[2], "a.py", [1, 2, 3], 0) == {3: oids[2]}


@pytest.mark.parametrize("path", ["a\nb.py", 'a"b.py', "-a.py", ":a.py", "\u00e4 b.py", "*.py"])
def test_odd_paths_are_names_and_nothing_else(tmp_path: Path, path: str) -> None:
    oids = make_history(
        tmp_path / "repo", in_line({path: "x = 1\n", "ab.py": "y\n"}, {path: "x = 2\n", "ab.py": "z\n"})
    )
    with asked(tmp_path / "repo") as commits:
        assert commits.blamed(oids[1], path, [1], 0) == {1: oids[1]}
        assert {hunk.path for hunk in commits.patches([oids[1]], [path]).get(oids[1], ())} <= {path}
        assert len(commits.blob(oids[1], path)) == 40
        assert commits.blob(oids[1], path) != commits.blob(oids[0], path)


def test_a_blob_is_a_files_and_there(tmp_path: Path) -> None:
    oids = committed(tmp_path, [Step({"d/a.py": "x\n"})])
    with asked(tmp_path) as commits:
        assert commits.blob(oids[0], "d/a.py") == Repo(tmp_path).git("rev-parse", "HEAD:d/a.py")
        assert [commits.blob(oids[0], path) for path in ("d", "d/b.py", "")] == ["", "", ""]
        assert [commits.blob(name, "d/a.py") for name in ("HEAD", "0" * 40, "--help")] == ["", "", ""]


def test_what_git_cannot_read_is_not_known(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    oids = [repo.commit({"a.py": f"x = {n}\n"}) for n in range(2)]
    blob = repo.git("rev-parse", "HEAD:a.py")
    (tmp_path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with asked(tmp_path) as commits:
        assert commits.blamed(oids[1], "a.py", [1], 0) == {}
        assert commits.patches([oids[1]], ["a.py"]) == {}
        assert commits.message(oids[1]) == "Change"


@given(st.sets(st.integers(1, 60)))
def test_ranges_hold_every_line_once(lines: set[int]) -> None:
    ranges = list(ranges_of(sorted(lines)))
    assert [n for first, last in ranges for n in range(first, last + 1)] == sorted(lines)
    assert all(last + 1 < first for (_, last), (first, _) in pairwise(ranges))
