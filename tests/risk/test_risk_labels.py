from __future__ import annotations

import random

import pytest

from kb.repository import Repository
from kb.risk.labels import Blame, Origins, is_fix, is_judged, is_telling, reverted_in, titled
from kb.risk.mined import MinedChange, labels_of
from tests.repos import Repo
from tests.risk.worlds import tip


def blames_in(repo: Repo) -> list[Blame]:
    origins, found = Origins(), []
    with Repository.open(repo.root) as opened:
        for number, change in enumerate(opened.mainline(tip(repo))):
            found += origins.take(number, change)
    return found


def test_a_fix_names_who_brought_the_line(repo: Repo) -> None:
    repo.commit({"a.py": "x = 1\ny = 2\n"}, "Begin")
    repo.commit({"a.py": "new = 0\nx = 1\ny = 3\n"}, "Go on")
    repo.commit({"a.py": "new = 0\nx = 1\ny = 4\n"}, "Fix crash of y")
    assert blames_in(repo) == [Blame(2, 1, "a.py", 1)]


def test_a_change_that_is_no_fix_names_nobody(repo: Repo) -> None:
    repo.commit({"a.py": "x = 1\n"}, "Begin")
    repo.commit({"a.py": "x = 2\n"}, "Count differently")
    assert blames_in(repo) == []


@pytest.mark.parametrize("line", ["# note", "", "import os", "from a import b", "}", "// note", "#include <x.h>"])
def test_lines_that_say_nothing_name_nobody(repo: Repo, line: str) -> None:
    repo.commit({"a.py": "x = 1\n"}, "Begin")
    repo.commit({"a.py": f"x = 1\n{line}\n"}, "Go on")
    repo.commit({"a.py": "x = 1\nnew = 5\n"}, "Fix crash")
    assert blames_in(repo) == []


def test_lines_that_only_move_keep_their_origin_and_name_nobody(repo: Repo) -> None:
    repo.commit({"a.py": "first_value = compute()\nx = 1\n"}, "Begin")
    repo.commit({"a.py": "x = 1\nfirst_value = compute()\n"}, "Fix order of a crash")
    assert blames_in(repo) == []
    repo.commit({"a.py": "x = 1\nfirst_value = compute(2)\n"}, "Fix crash")
    assert blames_in(repo) == [Blame(2, 0, "a.py", 1)]


def test_origins_follow_renames_under_the_name_of_then(repo: Repo) -> None:
    body = "".join(f"line_{n} = {n}\n" for n in range(30))
    repo.commit({"old.py": body}, "Begin")
    repo.git("mv", "old.py", "new.py")
    repo.commit({}, "Move")
    repo.commit({"new.py": body.replace("line_7 = 7", "line_7 = 8")}, "Fix crash")
    assert blames_in(repo) == [Blame(2, 0, "old.py", 1)]


def test_tests_and_documents_are_not_judged(repo: Repo) -> None:
    repo.commit({"tests/test_a.py": "x = 1\n", "README.md": "x = 1\n"}, "Begin")
    repo.commit({"tests/test_a.py": "x = 2\n", "README.md": "x = 2\n"}, "Fix crash")
    assert blames_in(repo) == []
    assert [is_judged(path) for path in ("a.py", "tests/a.py", "a.md", "b.json", "c.rs")] == [
        True,
        False,
        False,
        False,
        True,
    ]


def test_origins_agree_with_git_blame(repo: Repo) -> None:
    draw, lines = random.Random(5), [f"start_{n} = {n}" for n in range(12)]
    for number in range(10):
        start = draw.randrange(len(lines) + 1)
        gone = draw.randrange(3)
        lines[start : start + gone] = [f"made_{number}_{n} = {number}" for n in range(draw.randrange(4))]
        repo.commit({"a.py": "".join(f"{line}\n" for line in lines)}, f"Change {number}")
    last = [f"mended_{n} = {n}" for n in range(len(lines))]
    repo.commit({"a.py": "".join(f"{line}\n" for line in last)}, "Fix crash of everything")
    order = repo.git("rev-list", "--reverse", "HEAD").split()
    blamed = [line.split()[0] for line in repo.git("blame", "--root", "-s", "-l", "HEAD~1", "--", "a.py").splitlines()]
    wanted = {number: blamed.count(oid) for number, oid in enumerate(order) if oid in blamed}
    assert {one.culprit: one.lines for one in blames_in(repo)} == wanted


def test_what_merged_pull_requests_say_is_in_their_titles() -> None:
    assert is_fix("Merge pull request #3 from x/y\n\nFix crash on empty input")
    assert not is_fix("Merge pull request #3 from x/fix-crash\n\nAdd a page")
    assert not is_fix("Add a page")
    assert titled("Merge pull request #3 from x/y") == "Merge pull request #3 from x/y"
    assert not is_fix("")


def test_reverted_commits_are_read_from_the_message() -> None:
    assert reverted_in('Revert "x"\n\nThis reverts commit 0123456789abcdef.') == ("0123456789abcdef",)
    assert reverted_in("Revert it") == ()


def test_what_is_telling() -> None:
    assert is_telling(b"x = 1")
    assert not is_telling(b"/* x */")


def test_a_fix_from_later_on_is_not_known_and_one_after_a_year_is_not_laid_to_a_change() -> None:
    day = 86_400
    changes = [MinedChange(str(n), at * day, (), False) for n, at in enumerate((0, 10, 20, 400, 500))]
    blames = [Blame(2, 0, "a.py", 1), Blame(3, 1, "b.py", 1), Blame(4, 3, "c.py", 1)]
    assert labels_of(changes, blames, 2).changes == frozenset()
    assert labels_of(changes, blames, 3).changes == {0}
    known = labels_of(changes, blames, 5)
    assert known.changes == {0, 3}
    assert known.files == {(0, "a.py"), (3, "c.py")}
