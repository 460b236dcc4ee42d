"""`prudent constraints`, run as a user does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli.main import main
from models.constraints.check import grammar_fault
from models.constraints.ir_json import from_json, to_json
from tests.repos import Repo

TEXT = """import os


def f(alpha: int, beta):
    total = g(alpha)
    return total


def g(x: int) -> int:
    return x
"""
Said = pytest.CaptureFixture[str]


@pytest.fixture
def work(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Path:
    repo.commit({"a.py": TEXT, "b.js": "function f(a) { return a }\n", "c.bin": "x"}, "Begin")
    monkeypatch.chdir(repo.root)
    return Path(repo.root)


def run(said: Said, *words: str) -> str:
    assert main(["constraints", *words]) == 0
    return said.readouterr().out


def test_extract_prints_what_can_be_read_back(work, capsys):
    text = run(capsys, "extract", "a.py:5:15", "--strategy", "expressions")
    ir = from_json(text)
    assert to_json(ir, indent=2) + "\n" == text
    assert ir.hole.text == "alpha"
    assert ir.hole.wanted == "int"
    assert "beta" in (ir.names or ())


def test_compile_prints_grammars_that_llguidance_takes(work, capsys):
    text = run(capsys, "compile", "a.py:5:15", "--strategy", "expressions")
    first, second = text.split("// types\n")
    assert grammar_fault(first.removeprefix("// syntax\n")) == ""
    assert grammar_fault(second) == ""
    assert "root ::=" in run(capsys, "compile", "b.js:1", "--gbnf")


def test_show_describes_one_place_or_all(work, capsys):
    page = run(capsys, "show", "a.py:5:15", "--strategy", "expressions")
    for part in ("a.py:5 expression (identifier) in f", "wanted type   int", "type-safety, types", "security"):
        assert part in page, page
    assert run(capsys, "show", "a.py").count("\n") == 4
    assert "syntax,types,imports" not in page


def test_the_graph_is_asked_where_that_is_wanted(work, capsys):
    assert "architectural, imports" in run(capsys, "show", "a.py:1", "--graph")
    assert "architectural, imports" not in run(capsys, "show", "a.py:1")


def test_validate_takes_what_extract_wrote_and_grammars(work, capsys):
    (work / "ir.json").write_text(run(capsys, "extract", "a.py:5"))
    assert run(capsys, "validate", "ir.json") == "valid\n"
    (work / "g.lark").write_text("start: /a+/\n")
    assert run(capsys, "validate", "g.lark") == "valid\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [("start: nowhere\n", "nowhere"), ('{"version": 9}', "version 9"), ("{", "no JSON"), ("", "Empty")],
)
def test_validate_says_what_is_wrong(work, capsys, text, said):
    (work / "x").write_text(text)
    assert main(["constraints", "validate", "x"]) == 2
    assert said in capsys.readouterr().err


def test_validate_says_which_constraint_cannot_be_compiled(work, capsys):
    data = json.loads(run(capsys, "extract", "a.py:5"))
    row = {"form": "pattern", "kind": "semantic", "domain": "types", "priority": "wanted", "why": "p", "regex": "(a+)+"}
    (work / "ir.json").write_text(json.dumps({**data, "constraints": [*data["constraints"], row]}))
    assert main(["constraints", "validate", "ir.json"]) == 2
    assert "repeats a repetition" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["extract", "a.py"], "names no line"),
        (["extract", "a.py:3"], "nothing can be opened"),
        (["extract", "a.py:99"], "has 10 lines"),
        (["extract", "nowhere.py:1"], "cannot be read"),
        (["show", "c.bin:1"], "no grammar reads"),
        (["compile", "a.py:5", "--intensity", "none"], "nothing is demanded"),
        (["validate", "nowhere"], "cannot be read"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(work, capsys, words, said):
    assert main(["constraints", *words]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
