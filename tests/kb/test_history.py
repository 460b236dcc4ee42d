"""What history says about files: mined from real repositories, a part at a time or at once."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.history.log import author_of, commits_in
from kb.history.mine import MinedHistory
from kb.history.model import HALF_LIFE, MOST_TOGETHER, FileChange
from kb.history.past import FileHistory, History, PastCommit
from kb.repository import Repository
from tests.kb.histories import BEGAN, DAY, Made, in_line, make_history
from tests.repos import Repo
from tests.strategies import unhurried


def mined(root: Path, cache: Path, *commits: str, **bounds: int) -> History:
    """Return the history of the last commit, after those of the others were asked for."""
    with Repository.open(root) as repository:
        for commit in commits[:-1]:
            MinedHistory(repository, cache, **bounds).history(commit)
        return MinedHistory(repository, cache, **bounds).history(commits[-1])


def test_commits_authors_and_last_change_of_a_file(tmp_path: Path) -> None:
    made = in_line({"a": "1", "b": "1"}, {"a": "2"}, {"b": "2"}, {"a": "3"})
    made[1] = Made(made[1].files, made[1].parents, made[1].at, "bob@example.com")
    oids = make_history(tmp_path / "repo", made)
    history = mined(tmp_path / "repo", tmp_path, oids[-1])
    file = history.file("a")
    assert file is not None
    assert file.times == (BEGAN + 3 * DAY, BEGAN + DAY, BEGAN)
    assert (file.commits, file.last, file.bus_factor) == (3, oids[3], 1)
    assert [count for _, count in file.authors] == [2, 1]
    assert "ada" not in repr(history)
    assert str(history.known) == "4 commits of 3 days"
    assert history.file("nowhere") is None


def test_only_what_a_commit_descends_from_counts(tmp_path: Path) -> None:
    base, ours, theirs = Made({"a": "1"}), Made({"a": "2"}, (0,), BEGAN + 1), Made({"a": "3"}, (0,), BEGAN + 2)
    oids = make_history(tmp_path / "repo", [base, ours, theirs])
    history = mined(tmp_path / "repo", tmp_path, oids[1], oids[2])
    assert [commit.oid for commit in history.commits] == [oids[2], oids[0]]


def test_renames_are_followed_back_and_what_came_later_under_the_old_name_is_another_file(tmp_path: Path) -> None:
    text = "one\ntwo\nthree\nfour\n"
    made = [
        Made({"old": text}),
        Made({"old": text + "five\n"}, (0,), BEGAN + 1),
        Made({}, (1,), BEGAN + 2, moves={"old": "mid"}),
        Made({}, (2,), BEGAN + 3, moves={"mid": "new"}),
        Made({"old": "something else\n"}, (3,), BEGAN + 4),
    ]
    oids = make_history(tmp_path / "repo", made)
    history = mined(tmp_path / "repo", tmp_path, oids[-1])
    assert [commit.oid for commit in history.commits_to("new")] == [oids[3], oids[2], oids[1], oids[0]]
    assert [commit.oid for commit in history.commits_to("old")] == [oids[4]]
    assert set(history.paths) == {"new", "old"}


def test_two_files_that_change_places_keep_their_pasts(tmp_path: Path) -> None:
    one, two = "1\n2\n3\n4\n5\n", "v\nw\nx\ny\nz\n"
    made = [Made({"a": one}), Made({"b": two}, (0,), BEGAN + 1), Made({"a": None, "b": None, "c": two, "d": one}, (1,))]
    oids = make_history(tmp_path / "repo", made)
    history = mined(tmp_path / "repo", tmp_path, oids[-1])
    assert [commit.oid for commit in history.commits_to("d")] == [oids[2], oids[0]]
    assert [commit.oid for commit in history.commits_to("c")] == [oids[2], oids[1]]


def test_what_changes_together_with_support_and_confidence(tmp_path: Path) -> None:
    both = [{"a": str(n), "b": str(n)} for n in range(9)]
    oids = make_history(tmp_path / "repo", in_line(*both, {"a": "x"}, {"b": "x"}, {"b": "y"}))
    history = mined(tmp_path / "repo", tmp_path, oids[-1])
    (pair,) = history.together("a")
    assert (pair.other, pair.together, pair.of, pair.last, pair.confidence) == ("b", 9, 10, oids[8], 0.9)
    assert history.together("a", least=10) == []
    assert history.together("b", share=0.85) == []
    assert [(found.path, found.other) for found in history.pairs(8, 0.8)] == [("a", "b"), ("b", "a")]


def test_a_sweep_says_nothing_about_what_belongs_together(tmp_path: Path) -> None:
    sweep = {f"f{n}": "1" for n in range(MOST_TOGETHER + 1)}
    oids = make_history(tmp_path / "repo", in_line(sweep, {"f0": "2", "f1": "2"}))
    history = mined(tmp_path / "repo", tmp_path, oids[-1])
    assert [(pair.other, pair.together, pair.of) for pair in history.together("f0")] == [("f1", 1, 1)]
    file = history.file("f0")
    assert file is not None
    assert file.commits == 2


def test_churn_halves_with_age_and_stability_falls_with_it() -> None:
    file = FileHistory("a", (1000 + HALF_LIFE, 1000), (("x", 2),), "")
    assert file.churn(1000 + HALF_LIFE) == 1.5
    assert file.churn(1000 + 2 * HALF_LIFE) == 0.75
    assert file.churn(0) == 2.0, "a clock that runs ahead counts as now"
    assert file.stability(1000 + HALF_LIFE) == 0.4


@pytest.mark.parametrize(("counts", "factor"), [((), 0), ((5,), 1), ((2, 2), 1), ((2, 2, 1), 2), ((1,) * 6, 3)])
def test_the_bus_factor_is_the_fewest_authors_of_half_the_commits(counts: Sequence[int], factor: int) -> None:
    authors = tuple((f"author {n}", count) for n, count in enumerate(counts))
    assert FileHistory("a", (), authors, "").bus_factor == factor


def test_programs_are_no_authors_and_addresses_are_not_kept() -> None:
    assert author_of(b"49699333+dependabot[bot]@users.noreply.github.com", "x") == ""
    assert author_of(b"Ada@Example.com", "x") == author_of(b"ada@example.com ", "x")
    assert author_of(b"ada@example.com", "x") != author_of(b"ada@example.com", "another repository")
    assert len(author_of(b"ada@example.com", "x")) == 16


def test_paths_that_look_like_something_else_are_paths(tmp_path: Path) -> None:
    odd = ["\x01" + "a" * 40 + " 1", "line\nbreak", "M", "R100", "\udcff", '"quoted"', "-x", "..\\.."]
    oids = make_history(tmp_path / "repo", in_line(dict.fromkeys(odd, "1")))
    history = mined(tmp_path / "repo", tmp_path, oids[-1])
    assert sorted(history.paths) == sorted(odd)
    again = mined(tmp_path / "repo", tmp_path, oids[-1])
    assert again == history


@given(st.integers(1, 40))
@unhurried
def test_the_log_is_read_alike_however_it_is_cut(size: int) -> None:
    raw = b"\x01aa 5\0bb cc\0x@y\0\nM\0p\0R090\0q\0r\0\0\x01bb 4\0\0\0\x01cc no\0\0z\0\nA\0s\0"
    found = list(commits_in([raw[at : at + size] for at in range(0, len(raw), size)]))
    assert [(one.oid, one.at, one.parents) for one in found] == [("aa", 5, ("bb", "cc")), ("bb", 4, ()), ("cc", 0, ())]
    assert found[0].changes == (FileChange("M", "p"), FileChange("R", "r", "q"))
    assert found[1].author == ""


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Made], list[int], int]:
    """Return commits with branches, merges and renames, the places at which to mine, and how many to keep."""
    names = ("a", "b", "c", "d/e")
    commits: list[Made] = []
    for number in range(draw(st.integers(1, 12))):
        first = draw(st.integers(max(0, number - 3), number - 1)) if number else None
        second = draw(st.integers(0, number - 1)) if number and draw(st.booleans()) else None
        parents = tuple(dict.fromkeys(parent for parent in (first, second) if parent is not None))
        files = {name: f"{number}\n{name * 30}\n" for name in draw(st.sets(st.sampled_from(names)))}
        at = BEGAN + (number if draw(st.booleans()) else draw(st.integers(0, 12))) * DAY
        commits.append(Made(files, parents, at, draw(st.sampled_from(("ada@x", "bob@x", "c[bot]@x")))))
    places = draw(st.lists(st.integers(0, len(commits) - 1), min_size=1, max_size=4))
    return commits, places, draw(st.sampled_from((1, 3, 1000)))


def firm(history: History, most: int) -> list[PastCommit]:
    """Return the commits that must be kept: of those made in the second where the bound cuts, any may be."""
    cut = min((commit.at for commit in history.commits), default=0) if len(history.commits) == most else -1
    return [commit for commit in history.commits if commit.at > cut]


@given(histories())
@settings(unhurried, max_examples=25)
def test_mining_a_part_at_a_time_gives_what_mining_at_once_gives(drawn: tuple[list[Made], list[int], int]) -> None:
    commits, places, most = drawn
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        oids = make_history(root / "repo", commits)
        by_parts = mined(root / "repo", root / "parts", *(oids[place] for place in places), most=most)
        at_once = mined(root / "repo", root / "once", oids[places[-1]], most=most)
        assert firm(by_parts, most) == firm(at_once, most)
        assert len(by_parts.commits) == len(at_once.commits)
        assert by_parts.known.is_whole
        assert len(by_parts.commits) <= most


def test_what_is_older_than_the_bound_is_left_out(tmp_path: Path) -> None:
    oids = make_history(tmp_path / "repo", in_line(*({"a": str(n)} for n in range(10))))
    history = mined(tmp_path / "repo", tmp_path, oids[-1], longest=3 * DAY)
    assert [commit.oid for commit in history.commits] == oids[:-5:-1]
    assert history.known.is_whole


def test_commits_left_behind_by_a_forced_push_do_not_count_even_when_they_are_gone(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    first = repo.commit({"a": "1"})
    left = repo.commit({"a": "2"})
    mined(repo.root, tmp_path, left)
    repo.git("reset", "-q", "--hard", first)
    pushed = repo.commit({"a": "3"})
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("gc", "-q", "--prune=now")
    assert [commit.oid for commit in mined(repo.root, tmp_path, pushed).commits] == [pushed, first]


def test_a_shallow_clone_says_so_and_is_mined_again_once_it_is_deepened(tmp_path: Path) -> None:
    oids = make_history(tmp_path / "repo", in_line(*({"a": str(n)} for n in range(5))))
    clone = Repo.__new__(Repo)
    clone.root = tmp_path
    clone.git("clone", "-q", "--depth=2", f"file://{tmp_path}/repo", str(tmp_path / "clone"))
    clone.root = tmp_path / "clone"
    cut = mined(clone.root, tmp_path, oids[-1])
    assert (len(cut.commits), cut.known.is_shallow) == (2, True)
    assert str(cut.known) == "2 commits of 1 days (shallow clone)"
    clone.git("fetch", "-q", "--unshallow")
    whole = mined(clone.root, tmp_path, oids[-1])
    assert (len(whole.commits), whole.known.is_shallow) == (5, False)


def test_a_commit_that_is_not_there_has_no_past(tmp_path: Path) -> None:
    make_history(tmp_path / "repo", in_line({"a": "1"}))
    for missing in ("0" * 40, "no such thing", Repo(tmp_path / "repo").git("rev-parse", "HEAD^{tree}")):
        history = mined(tmp_path / "repo", tmp_path, missing)
        assert history.commits == ()
        assert not history.known.is_whole


def test_a_missing_blob_costs_similarity_not_history(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    repo.commit({"a": "one\ntwo\nthree\n" * 9})
    last = repo.commit({"a": None, "b": "one\ntwo\nthree\n" * 9 + "four\n"})
    blob = repo.git("rev-parse", "HEAD:b")
    (repo.root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    history = mined(repo.root, tmp_path, last)
    assert sorted(history.paths) == ["a", "b"]
    assert len(history.commits) == 2


@pytest.mark.parametrize("damage", ["text", "version", "rows", "folder", "locked"])
def test_a_cache_that_cannot_be_used_costs_time_not_truth(
    tmp_path: Path, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    oids = make_history(tmp_path / "repo", in_line({"a": "1"}, {"a": "2"}))
    cache = tmp_path / "cache"
    expected = mined(tmp_path / "repo", cache, oids[-1])
    (file,) = cache.rglob("*.sqlite")
    holder = sqlite3.connect(file, isolation_level=None)
    match damage:
        case "text":
            file.write_bytes(b"not a database at all" * 99)
        case "version":
            holder.execute("pragma user_version = 99")
        case "rows":
            holder.execute("update commits set changes = x'ff'")
        case "folder":
            shutil.rmtree(cache)
            cache.write_text("in the way")
        case "locked":
            monkeypatch.setattr("kb.history.store.SECONDS", 0.01)
            holder.execute("begin immediate")
    assert mined(tmp_path / "repo", cache, oids[-1]) == expected
    holder.close()
    assert mined(tmp_path / "repo", cache, oids[-1]) == expected


def test_a_log_that_takes_too_long_is_taken_up_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    oids = make_history(tmp_path / "repo", in_line(*({"a": str(n)} for n in range(5))))
    with monkeypatch.context() as patched:
        patched.setattr("kb.history.log.MOST_BYTES", 1)
        cut = mined(tmp_path / "repo", tmp_path, oids[-1])
        assert not cut.known.is_whole
        assert cut.commits == ()
    assert len(mined(tmp_path / "repo", tmp_path, oids[-1]).commits) == 5
