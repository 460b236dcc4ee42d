"""A file that was mended often is told of when its logic changes without a test, and only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.history import hot_file_without_test as check
from tests.history.pasts import Files, Step, said


def stock(number: int) -> dict[str, str]:
    lines = [f"    if left == {n}:\n        return {n}\n" for n in range(number)]
    return {"stock.py": f"def take(left):\n{''.join(lines)}    return left\n", "tests/test_stock.py": f"N = {number}\n"}


PAST = tuple(Step(stock(number), f"Fix a crash at {number}") for number in range(6))
AFTER = {"stock.py": stock(9)["stock.py"]}


def test_the_counts_are_told_and_the_newest_fix_is_the_evidence(tmp_path: Path) -> None:
    (one,) = said(tmp_path, check, *PAST, Step(AFTER))
    assert one.message == "Logic changes here without a test, and 6 of the 6 commits to it within a year mend a fault."
    assert one.silent
    commit, test = one.evidence
    assert commit.text.endswith(": Fix a crash at 5")
    assert test.path == "tests/test_stock.py"


@pytest.mark.parametrize(
    ("files", "statement"),
    [
        (stock(9), "Change"),  # a test comes with it
        ({**AFTER, "tests/test_new.py": "N = 1\n"}, "Change"),
        (AFTER, "refactor: split take"),
        (AFTER, "Rename left"),
        ({"stock.py": stock(5)["stock.py"] + "\n\nONE = 1\nTWO = 2\nTHREE = 3\n"}, "Change"),  # nothing decides
        ({"stock.py": stock(5)["stock.py"].replace("return left", "return left or 0")}, "Change"),  # one line
        (
            {"stock.py": stock(5)["stock.py"] + "\n\nHELP = '''\nUse this\nif and only if\nnothing is left\n'''\n"},
            "Change",
        ),
        ({**AFTER, "tests/test_stock.py": None}, "Change"),
    ],
)
def test_it_is_silent(tmp_path: Path, files: Files, statement: str) -> None:
    assert said(tmp_path, check, *PAST, Step(files, statement)) == []


def test_few_fixes_or_fixes_without_tests_make_no_file_hot(tmp_path: Path) -> None:
    assert said(tmp_path / "few", check, *PAST[:4], Step({"a.py": "x = 1\n"}), Step(AFTER)) == []
    untested = [Step({"stock.py": step.files["stock.py"]}, step.message) for step in PAST]
    assert said(tmp_path / "untested", check, *untested, Step(AFTER)) == []
    assert said(tmp_path / "none", check, *PAST, Step(AFTER), history=False) == []
