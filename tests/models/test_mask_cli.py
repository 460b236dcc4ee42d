"""`prudent mask`."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli.main import main
from kb.source import Source
from models.mask.holes import holes_in
from models.mask.masking import mask
from models.mask.model import Strategy
from tests.models.mask_samples import PYTHON


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a.py"
    path.write_bytes(PYTHON)
    return path


def test_it_prints_the_masked_file(file: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["mask", "a.py", "--strategy", "expressions", "--ratio", "0.4", "--seed", "3"]) == 0
    expected = mask(Source("a.py", PYTHON), "python", Strategy.EXPRESSIONS, 0.4, 3)
    assert expected.holes
    assert capfdbinary.readouterr() == (expected.data, b"")
    assert file.read_bytes() == PYTHON


def test_bytes_come_out_as_they_are(file: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    data = b"\xef\xbb\xbfx = '\xff'\r\ny = 2"
    file.write_bytes(data)
    assert main(["mask", "a.py", "--ratio", "0"]) == 0
    assert capfdbinary.readouterr().out == data


def test_show_lists_the_holes(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mask", "a.py", "--strategy", "statements", "--ratio", "1", "--show"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(holes_in(Source("a.py", PYTHON), "python", Strategy.STATEMENTS))
    assert lines[0] == "1: statement import_statement  import os"
    assert lines[-1] == "18: statement expression_statement  in Box.grow  self.side += await by"


def test_show_says_when_there_are_none(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(b"\n")
    assert main(["mask", "a.py", "--show"]) == 0
    assert capsys.readouterr().out == "no holes\n"


def test_json_has_everything(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mask", "a.py", "--strategy", "types", "--ratio", "1", "--format", "json", "--token", "[T]"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["schema"], said["language"], said["strategy"], said["token"]) == (
        "prudent.mask/1",
        "python",
        "types",
        "[T]",
    )
    assert [hole["text"] for hole in said["holes"]] == ["int", "list[int]", "bool"]
    assert said["holes"][0] | {"start": 0, "end": 0} == {
        "line": 5,
        "end_line": 5,
        "start": 0,
        "end": 0,
        "kind": "type",
        "scale": "expression",
        "strategy": "types",
        "symbol": "area",
        "text": "int",
    }
    assert said["masked"].count("[T]") == 3


def test_json_carries_bytes_that_are_no_text(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(b"x = '\xff'\n")
    assert main(["mask", "a.py", "--strategy", "expressions", "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert base64.b64decode(said["holes"][0]["text_base64"]) == b"'\xff'"
    assert said["masked"] == "x = <MASK>\n"


def test_the_language_may_be_named(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.rename("script.unknown")
    assert main(["mask", "script.unknown", "--language", "python", "--show"]) == 0
    assert main(["mask", "script.unknown", "--show"]) == 2
    assert capsys.readouterr().err == "prudent: no grammar reads script.unknown: name one with --language\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.py"], "none.py cannot be read: No such file or directory"),
        (["."], ". cannot be read: Is a directory"),
        (["a.py", "--ratio", "1.5"], "a ratio is between 0 and 1, not 1.5"),
        (["a.py", "--token", "def"], "the mask token 'def' stands in the file: choose another"),
        (["a.py", "--token", "a b"], "a mask token is 1 to 64 bytes without white space or control characters"),
    ],
)
def test_bad_input_is_one_line(file: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    assert main(["mask", *arguments]) == 2
    assert capsys.readouterr() == ("", f"prudent: {said}\n")


def test_a_file_that_is_too_large_is_one_line(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(b"x = 1\n" * 900_000)
    assert main(["mask", "a.py"]) == 2
    assert capsys.readouterr().err == "prudent: a.py cannot be masked: larger than 5 MB\n"


def test_a_terminal_is_not_obeyed(file: Path) -> None:
    """On a terminal, control characters of the file are shown, not sent."""
    import pty

    file.write_bytes(b"x = '\x1b[31m'\n")
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "bot.cli.main", "mask", str(file), "--ratio", "0"]
    subprocess.run(command, stdout=follower, check=True, cwd=Path(__file__).parents[2], timeout=60)
    os.close(follower)
    shown = os.read(leader, 1000)
    os.close(leader)
    assert b"\x1b" not in shown
    assert b"\\x1b[31m" in shown
