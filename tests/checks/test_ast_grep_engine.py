"""The engine ast-grep by itself: hostile trees, and a program that does not do its work."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.knowledge import Limits
from checks.static import ast_grep
from checks.static.ast_grep_engine import LONGEST_LINE, SUPPRESSION, harmless, is_dense, rule_files
from checks.static.engine import Diagnostic, Installed
from kb.errors import NotChecked
from tests.strategies import unhurried

BAD = b"import os\nos.system('ls ' + name)\n"
ENGINE = ast_grep.ENGINE


def scan(folder: Path, files: dict[str, bytes], tmp_path: Path) -> tuple[Diagnostic, ...]:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    installed = ENGINE.find()
    assert installed is not None
    wanted = [name for name in files if ENGINE.covers(name)]
    home = tmp_path / "home"
    return ENGINE.run(installed, folder, wanted, home=home, limits=Limits())


def test_no_name_and_no_file_beside_it_hides_a_file(tmp_path: Path) -> None:
    names = ["-x.py", "--config=y.py", "a b.py", 'new\nline "q".py', ".hidden/.x.py", "node_modules/x.py", "\udcff.py"]
    beside = {
        "sgconfig.yml": b"ruleDirs: [nowhere]\ncustomLanguages: {evil: {libraryPath: evil.so, extensions: [py]}}\n",
        ".gitignore": b"*\n",
        ".ignore": b"*\n",
        ".rgignore": b"*\n",
    }
    said = scan(tmp_path / "tree", dict.fromkeys(names, BAD) | beside, tmp_path)
    assert sorted((d.path, d.line) for d in said) == sorted((name, 2) for name in names)


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [
        (b"\xef\xbb\xbf" + BAD, 2, 11),
        (b"# caf\xe9 \xff\xfe\n" + BAD, 3, 11),
        (BAD.replace(b"\n", b"\r\n"), 2, 11),
        ("x = '\U0001f600'; os.system('ls ' + name)".encode(), 1, 23),
        (b"x = '" + b"a" * 2**20 + b"'; os.system('ls ' + name)", 1, 2**20 + 19),
        (b"x = " + b"(" * 20_000 + b"1" + b")" * 20_000 + b"\n" + BAD, 3, 11),
        (b"def broken(:\n" + BAD, 3, 11),
    ],
    ids=["byte order mark", "not UTF-8", "CRLF", "astral", "one megabyte line", "deep nesting", "broken"],
)
def test_places_are_those_of_the_file_as_it_is(data: bytes, line: int, column: int, tmp_path: Path) -> None:
    said = scan(tmp_path / "tree", {"a.py": data}, tmp_path)
    assert [(d.code, d.line, d.column) for d in said] == [("shell-with-variable-text", line, column)]


def test_an_empty_file_and_no_match_are_nothing_to_say(tmp_path: Path) -> None:
    assert scan(tmp_path / "tree", {"a.py": b"", "b.ts": b"export {}\n"}, tmp_path) == ()


def test_a_long_sum_is_looked_at_once_and_as_a_whole(tmp_path: Path) -> None:
    data = b"import os\nos.system(('ls ' +\n" + b" +\n".join(b"a%d" % i for i in range(1000)) + b"))\n"
    said = scan(tmp_path / "tree", {"a.py": data}, tmp_path)
    assert [(d.code, d.line, d.end_line) for d in said] == [("shell-with-variable-text", 2, 1002)]


def test_in_a_bundle_no_variable_is_followed(tmp_path: Path) -> None:
    data = b"app.get('/', (req) => { const e = req.query.e; eval(e); eval(req.query.t) })"
    plain, dense = data + b"\n", data + b" //" + b"x" * LONGEST_LINE + b"\n"
    assert is_dense(dense)
    assert not is_dense(plain)
    said = scan(tmp_path / "tree", {"plain.js": plain, "dense.js": dense}, tmp_path)
    by_name = ("code-from-request-data-by-name", "plain.js")
    direct = ("code-from-request-data", "dense.js"), ("code-from-request-data", "plain.js")
    assert sorted((d.code, d.path) for d in said) == sorted([by_name, *direct])


@pytest.mark.parametrize("path", ["a.py", "a.js", "a.jsx", "a.mjs", "a.cjs", "a.ts", "a.mts", "a.cts", "a.tsx", "A.PY"])
def test_the_engine_reads_python_javascript_and_typescript(path: str) -> None:
    assert ENGINE.covers(path)


@pytest.mark.parametrize("path", ["a.pyi", "a.d.ts", "a.min.js", "a.vue", "a.md", "py", "a.json", ".py/x"])
def test_the_engine_reads_nothing_else(path: str) -> None:
    assert not ENGINE.covers(path)


@pytest.mark.parametrize(
    "script",
    [
        "echo not json",
        "echo '[]'",
        "echo '{}'",
        'echo \'{"file": "files/9.py", "ruleId": "x--python", "message": "", "range": {"byteOffset": {"start": 0}}}\'',
        "printf '\\377\\376'",
    ],
)
def test_garbage_is_not_taken_for_an_answer(script: str, tmp_path: Path) -> None:
    with pytest.raises(NotChecked, match="not its JSON format"):
        run_script(script, tmp_path)


@pytest.mark.parametrize(
    ("script", "words"), [("exit 1", "exit code 1"), ("kill -9 $$", "SIGKILL"), ("exit 8", "exit code 8")]
)
def test_a_failing_program_is_not_taken_for_silence(script: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(NotChecked, match=words):
        run_script(script, tmp_path)


def run_script(script: str, tmp_path: Path) -> None:
    program = tmp_path / "ast-grep"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    (tmp_path / "a.py").write_bytes(BAD)
    ENGINE.run(Installed(program, "1"), tmp_path, ["a.py"], home=tmp_path / "home", limits=Limits(seconds=20))


@given(st.lists(st.one_of(st.binary(max_size=8), st.just(SUPPRESSION), st.just("é\U0001f600".encode()))).map(b"".join))
@unhurried
def test_a_harmless_copy_has_the_same_length_and_lines_and_is_text(data: bytes) -> None:
    copy = harmless(data)
    assert len(copy) == len(data)
    assert SUPPRESSION not in copy
    assert copy.decode("utf-8") is not None
    assert harmless(copy) == copy
    assert copy[3:].count(b"\n") == data[3:].count(b"\n")


@given(st.text().map(str.encode).filter(lambda data: SUPPRESSION not in data and not data.startswith(b"\xef\xbb\xbf")))
@unhurried
def test_plain_text_is_copied_as_it_is(data: bytes) -> None:
    assert harmless(data) == data


def test_every_grammar_gets_its_own_rules_under_its_own_names() -> None:
    one = {grammar: rule_files({grammar}) for grammar in ("py", "tsx", "ts")}
    assert {**one["py"], **one["tsx"], **one["ts"]} == rule_files({"py", "tsx", "ts"})
    assert len(one["ts"]) == len(one["tsx"]) > 0
    assert not any("js-client-data" in text or "language: Tsx" in text for text in one["ts"].values())
    assert all("language: Python" in text for text in one["py"].values())


def test_the_configuration_has_one_identity() -> None:
    assert ENGINE.config_id == ast_grep.AstGrep(frozenset()).config_id
    assert len(ENGINE.config_id) == 16
