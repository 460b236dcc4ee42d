"""`prudent eval` as a user meets it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli.main import main
from tests.evaluation.data import written
from tests.models.weights import tiny_gguf

MODULE = """\
def smallest(numbers, default):
    if not numbers:
        return default
    result = numbers[0]
    for number in numbers:
        result = min(result, number)
    return result
"""


@pytest.fixture
def model(tmp_path: Path) -> str:
    return str(tiny_gguf(tmp_path / "tiny.gguf", context=2048))


@pytest.fixture
def package(tmp_path: Path) -> str:
    folder = tmp_path / "numbers-1.0"
    folder.mkdir()
    (folder / "ours.py").write_text(MODULE, encoding="utf-8")
    return str(folder)


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Return the exit code and the one line on standard error."""
    code = main(["eval", *words])
    captured = capsys.readouterr()
    assert captured.err.count("\n") <= 1
    return code, captured.err


def test_infill_writes_a_report_with_a_picture(tmp_path: Path, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    words = ["--arms", "A,C", "--limit", "2", "--model", model, "--out", str(out)]
    assert main(["eval", "infill", "--data", str(written(tmp_path / "given")), *words]) == 0
    assert capsys.readouterr().out.strip() == str(out / "report.md")
    text = (out / "report.md").read_text(encoding="utf-8")
    assert "2 of 2 tests" in text
    assert "| sha256 | " in text
    assert "![infill](infill.png)" in text
    assert (out / "infill.png").read_bytes().startswith(b"\x89PNG")
    assert main(["eval", "infill", *words, "--resume"]) == 0  # the data are known now


def test_rank_writes_a_report(tmp_path: Path, model: str, package: str) -> None:
    out = tmp_path / "out"
    words = ["eval", "rank", "--sources", package, "--limit", "3", "--model", model, "--out", str(out)]
    assert main(words) == 0
    text = (out / "report.md").read_text(encoding="utf-8")
    assert "3 mutants of 1 functions of 1 packages" in text
    assert (out / "rank.png").exists()
    assert (out / "margin.png").exists()


def test_repair_writes_a_report(tmp_path: Path, model: str, package: str) -> None:
    out = tmp_path / "out"
    words = ["eval", "repair", "--sources", package, "--limit", "1", "--model", model, "--out", str(out)]
    assert main(words) == 0
    assert "1 slips in 1 packages" in (out / "report.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["infill", "--out", "OUT"], "no data yet"),
        (["infill", "--data", "nothing.gz", "--out", "OUT"], "cannot be read"),
        (["infill", "--arms", "A,X", "--out", "OUT"], "no such arm: X"),
        (["infill", "--samples", "0", "--out", "OUT"], "not in the range"),
        (["infill"], "--out"),
        (["rank", "--out", "OUT"], "--sources"),
        (["rank", "--sources", "nothing.whl", "--out", "OUT", "--model", "MODEL"], "neither a folder nor an archive"),
        (["rank", "--sources", "PACKAGE", "--known", "PACKAGE", "--out", "OUT", "--model", "MODEL"], "known already"),
        (["rank", "--sources", "PACKAGE", "--out", "OUT", "--model", "none"], "switched off"),
        (["rank", "--sources", "PACKAGE", "--out", "OUT", "--model", "nothing.gguf"], "there is no file"),
    ],
)
def test_bad_input_is_one_line(
    words: list[str], reason: str, tmp_path: Path, model: str, package: str, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {"OUT": str(tmp_path / "out"), "MODEL": model, "PACKAGE": package}
    code, told = said(capsys, *(places.get(word, word) for word in words))
    assert code == 2
    assert reason in told
    assert not (tmp_path / "out" / "report.md").exists()


def test_results_are_not_written_over(
    tmp_path: Path, model: str, package: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["rank", "--sources", package, "--limit", "1", "--model", model, "--out", str(tmp_path / "out")]
    assert main(["eval", *words]) == 0
    capsys.readouterr()
    assert said(capsys, *words)[0] == 2
    code, told = said(capsys, *words, "--resume", "--seed", "2")
    assert code == 2
    assert "another seed" in told


def test_foreign_data_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.jsonl.gz").write_bytes(b"hello")
    code, told = said(capsys, "infill", "--data", str(tmp_path / "x.jsonl.gz"), "--out", str(tmp_path / "out"))
    assert code == 2
    assert "is no gzip file" in told
