"""A fix that a change takes back is told, with the commit that brought it; everything short of that is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.history import fixed_before_and_back as check
from checks.settings import Settings
from tests.history.pasts import Step, said
from tests.kb.tokens import GITHUB

FAULTY = "def total(prices, count):\n    mean = sum(prices) / count\n    return round(mean * count, 2)\n"
MENDED = FAULTY.replace("/ count", "/ max(count, 1)")
PAST = (Step({"shop/price.py": FAULTY}, "Sum prices"), Step({"shop/price.py": MENDED}, "Fix a division by zero"))
BACK = Step({"shop/price.py": FAULTY, "shop/tax.py": "RATE = 19\n"}, "Raise the rate")


def test_the_fix_is_the_evidence(tmp_path: Path) -> None:
    (one,) = said(tmp_path, check, *PAST, BACK)
    assert (one.path, one.line, one.symbol) == ("shop/price.py", 2, "total")
    commit, quote = one.evidence
    assert commit.kind == "commit"
    assert commit.text.endswith(" of 2026-01-01: Fix a division by zero")
    assert one.message.startswith(f"This line is back as before the fix {commit.text[:12]}, ")
    assert quote.text == "mean = sum(prices) / count"


def test_what_the_fix_said_is_shown_without_secrets_and_on_one_line(tmp_path: Path) -> None:
    fix = Step({"shop/price.py": MENDED}, f"Fix a crash with {GITHUB} \u202e\x1b[2J {'long ' * 60}")
    (one,) = said(tmp_path, check, PAST[0], fix, BACK)
    text = one.evidence[0].text
    assert GITHUB[:12] not in text
    assert text.isprintable()
    assert len(text) < 140
    assert "crash" not in one.message


def test_blanks_and_a_new_name_of_the_file_do_not_hide_it(tmp_path: Path) -> None:
    (one,) = said(tmp_path, check, *PAST, Step({"shop/price.py": FAULTY.replace("    ", "        ")}))
    assert one.line == 2
    filler = "".join(f"def other_{n}():\n    return {n}\n" for n in range(20))
    moved = [Step({"a.py": filler + FAULTY}), Step({"a.py": filler + MENDED}, "Fix a division by zero")]
    (one,) = said(tmp_path / "moved", check, *moved, Step({"a.py": None, "b.py": filler + FAULTY}))
    assert (one.path, one.line) == ("b.py", 42)


def test_a_fix_of_several_files_is_told_once(tmp_path: Path) -> None:
    both = [
        Step({"shop/a.py": FAULTY, "shop/b.py": FAULTY}),
        Step({"shop/a.py": MENDED, "shop/b.py": MENDED}, "Fix a division by zero"),
        Step({"shop/a.py": FAULTY, "shop/b.py": FAULTY}),
    ]
    (one,) = said(tmp_path, check, *both)
    assert [(each.kind, each.path) for each in one.evidence] == [
        ("commit", "shop/a.py"),
        ("quote", "shop/a.py"),
        ("quote", "shop/b.py"),
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "Revert the fix",
        "Roll back",
        "Restore the old mean",
        "Back out of max()",
        "x\n\nThis goes back to the plain mean",
    ],
)
def test_who_says_so_knows(tmp_path: Path, statement: str) -> None:
    assert said(tmp_path, check, *PAST, Step(BACK.files, statement)) == []


@pytest.mark.parametrize(
    "message", ["Count one at least", "Fix lint", "docs: fix sums", 'Revert "Sum differently"', "Merge fix"]
)
def test_what_was_no_fix_may_go(tmp_path: Path, message: str) -> None:
    assert said(tmp_path, check, PAST[0], Step(PAST[1].files, message), BACK) == []


@pytest.mark.parametrize(
    "after",
    [
        MENDED.replace("max(count, 1)", "(count or 1)"),  # another way
        MENDED.replace("    mean = sum(prices) / max(count, 1)\n", ""),  # the fix's line only goes
        FAULTY.replace("mean = ", "mean = 0\n    mean = ").replace("sum(prices) / count", "sum(prices, 0) / count"),
        MENDED + "\n\n" + FAULTY,  # the old lines come, and the fix stays
        FAULTY.replace("    mean =", "    if not count:\n        return 0.0\n    mean ="),  # the fix in other words
    ],
)
def test_only_a_fix_undone_is_told(tmp_path: Path, after: str) -> None:
    assert said(tmp_path, check, *PAST, Step({"shop/price.py": after})) == []


def test_a_part_of_a_fix_undone_is_not_told(tmp_path: Path) -> None:
    mended = MENDED.replace("round(mean * count, 2)", "round(mean * count, 2) or 0.0")
    mended_both = [Step({"a.py": FAULTY}), Step({"a.py": mended}, "Fix a division by zero")]
    part = mended.replace("max(count, 1)", "count")
    assert said(tmp_path / "part", check, *mended_both, Step({"a.py": part})) == []
    assert said(tmp_path / "all", check, *mended_both, Step({"a.py": FAULTY}))


def test_lines_that_somebody_else_wrote_since_are_not_the_fixs(tmp_path: Path) -> None:
    since = [Step({"shop/price.py": FAULTY}, "Try without"), Step({"shop/price.py": MENDED}, "Count one at least")]
    assert said(tmp_path, check, *PAST, *since, BACK) == []


@pytest.mark.parametrize("path", ["tests/test_price.py", "docs/price.md", "price.json", "vendor/price.py", "a_pb2.py"])
def test_what_is_no_program_of_theirs_is_left_alone(tmp_path: Path, path: str) -> None:
    steps = [Step({path: text}, message) for text, message in ((FAULTY, "Sum"), (MENDED, "Fix a crash"), (FAULTY, "x"))]
    assert said(tmp_path, check, *steps) == []


def test_a_fix_that_swept_over_many_files_is_no_evidence(tmp_path: Path) -> None:
    sweep = {f"f{number}.py": "x = 1\n" for number in range(60)}
    assert said(tmp_path, check, PAST[0], Step({**PAST[1].files, **sweep}, PAST[1].message), BACK) == []


def test_lines_that_say_little_are_not_told_from_others(tmp_path: Path) -> None:
    steps = [
        Step({"a.py": text}, message)
        for text, message in (("x = 1\n", "a"), ("x = 2\n", "Fix a bug"), ("x = 1\n", "b"))
    ]
    assert said(tmp_path, check, *steps) == []


def test_a_test_that_came_with_the_fix_speaks_for_itself(tmp_path: Path) -> None:
    guarded = Step({**PAST[1].files, "tests/test_price.py": "assert total([], 0) == 0\n"}, PAST[1].message)
    assert said(tmp_path / "there", check, PAST[0], guarded, BACK) == []
    gone = Step({**BACK.files, "tests/test_price.py": None}, BACK.message)
    assert said(tmp_path / "gone", check, PAST[0], guarded, gone)
    more = Step({**BACK.files, "tests/test_price.py": "assert total([], 0) == 0\nassert total\n"}, BACK.message)
    assert said(tmp_path / "more", check, PAST[0], guarded, more) == []
    changed = Step({**BACK.files, "tests/test_price.py": "assert total\n"}, BACK.message)
    assert said(tmp_path / "changed", check, PAST[0], guarded, changed)


def test_without_a_past_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert said(tmp_path, check, *PAST, BACK, history=False) == []
    assert said(tmp_path / "two", check, Step({"a.py": MENDED}), Step({"a.py": FAULTY})) == []


def test_the_maintainers_settings_are_heeded(tmp_path: Path) -> None:
    assert said(tmp_path, check, *PAST, BACK, settings=Settings(ignored=("shop/**",))) == []
