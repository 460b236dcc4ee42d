"""The whole path on slips: a real repository, real checks, a model that likes the file as it was."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from bot.evaluation.measure import Plan, repair
from bot.evaluation.repairing import faults_of
from kb.source import Source
from models.scripted import Scripted

MODULE = """\
def smallest(numbers, default):
    if not numbers:
        return default
    result = numbers[0]
    for number in numbers:
        result = min(result, number)
    return result


def spread(numbers):
    lowest = smallest(numbers, default=0)
    largest = max(numbers, default=0)
    return largest - lowest
"""


def model() -> Scripted:
    """Load a model that likes the file as it was."""
    return Scripted([MODULE.encode()], context=8192)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "numbers-1.0"
    folder.mkdir()
    (folder / "numbers_of_ours.py").write_text(MODULE, encoding="utf-8")
    return folder


def test_slips_are_reviewed_patched_and_compared_with_what_was_there(package: Path, tmp_path: Path) -> None:
    report = repair(model, [package], [], tmp_path / "cache", Plan(tmp_path / "out", limit=3))
    rows = [json.loads(line) for line in (tmp_path / "out" / "results.jsonl").read_bytes().splitlines()][1:]
    became = Counter(row["became"] for row in rows)
    assert became["original"] >= 2  # how sure a patch has to be is not for this test to say
    assert became["original"] + became["silent"] == 3
    patched = became["original"]
    text = report.read_text(encoding="utf-8")
    assert f"3 slips in 1 packages, each reviewed as a change. 3 were found, {patched} of those with a patch" in text
    all_of_them = next(line for line in text.splitlines() if line.startswith("| all |"))
    assert f"| 3 | 3 | {patched} of 3 " in all_of_them
    assert f"| {patched}, 100.0 %" in all_of_them
    assert all_of_them.endswith("| 0 | 0 |")
    results = (tmp_path / "out" / "results.jsonl").read_bytes()
    repair(model, [package], [], tmp_path / "cache", Plan(tmp_path / "out", limit=3, resume=True))
    assert (tmp_path / "out" / "results.jsonl").read_bytes() == results


def test_a_package_that_names_files_elsewhere_stays_in_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "evil.whl"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("../outside.py", MODULE)
        file.writestr(".git/hooks.py", MODULE)
        file.writestr("inside.py", MODULE)
    repair(model, [path], [], tmp_path / "cache", Plan(tmp_path / "out", limit=1))
    written = {file.name for file in tmp_path.rglob("*.py")}
    assert "outside.py" not in written
    assert "hooks.py" not in written
    assert "inside.py" in written


@pytest.mark.parametrize(
    ("first", "last", "text", "said"),
    [
        (2, 2, b"    return a\n", ""),
        (2, 2, b"    return b\n", "it uses b, which nothing binds"),
        (2, 2, b"    return (\n", "it does not parse"),
        (2, 2, b"    return 1\n", "it changes nothing"),
        (2, 9, b"    return a\n", "it does not apply"),
        (0, 1, b"    return a\n", "it does not apply"),
    ],
)
def test_what_no_patch_may_do_is_seen(first: int, last: int, text: bytes, said: str) -> None:
    source = Source("a.py", b"def f(a):\n    return 1\n")
    assert faults_of(source, first, last, text) == said
