from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pipeline import change_of
from checks.finding import Finding, Severity
from checks.knowledge import Knowledge
from checks.settings import Settings
from checks.static import syntax_error
from checks.static.syntax_data import error_in
from checks.static.syntax_error import EXAMPLES
from checks.workspace import open_workspace
from kb.repository import Repository
from tests.repos import Repo

Files = Mapping[str, str | bytes | None]
GO = "package a\n\nfunc f() {\n\tg(1)\n}\n"
JAVA = "class A {\n    void f() {\n        g();\n    }\n}\n"
YAML = "a: 1\nb:\n  - c\n  - d\n"
MARKERS = "<<<<<<< HEAD\none\n=======\ntwo\n>>>>>>> topic\n"


def found(
    repo: Repo, before: Files, after: Files, settings: Settings | None = None
) -> list[tuple[str, str, int, Severity]]:
    return [(f.slug, f.path, f.line, f.severity) for f in findings(repo, before, after, settings)]


def findings(repo: Repo, before: Files, after: Files, settings: Settings | None = None) -> tuple[Finding, ...]:
    repo.commit(before, "Before")
    repo.commit(after, "After")
    with Repository.open(repo.root) as repository, open_workspace(repo.root.parent / "cache") as workspace:
        change = change_of(repository.compare("HEAD~1..HEAD"), "test")
        return syntax_error.run(change, Knowledge(workspace, settings or Settings())).findings


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_the_examples(example: syntax_error.Example, repo: Repo) -> None:
    made = findings(repo, example.before, example.after)
    assert tuple((f.slug, f.path, f.line) for f in made) == example.fires
    assert all(f.evidence for f in made)


@pytest.mark.parametrize(
    ("path", "before", "after", "line"),
    [
        ("a.go", GO, GO.replace("g(1)", "g(1"), 4),
        ("A.java", JAVA, JAVA.replace("g();\n    }", "g();"), 3),
        ("a.rb", "def a\n  b(1)\nend\n", "def a\n  b(1\nend\n", 2),
        ("a.php", "<?php\nf(1);\n", "<?php\nf(1;\n", 2),
        ("a.lua", "local x = f(1)\n", "local x = f(1\n", 1),
        ("a.rs", "fn f() {\n    g(1);\n}\n", "fn f() {\n    g(1;\n}\n", 2),
        ("a.kt", "fun f() {\n    g(1)\n}\n", "fun f() {\n    g(1)\n", 2),
        ("a.css", "a {\n  color: red;\n}\nb {\n}\n", "a {\n  color: red;\n\nb {\n}\n", 3),
        ("a.tf", 'a "b" {\n  c = 1\n}\n', 'a "b" {\n  c = [1\n}\n', 2),
        ("a.toml", "a = 1\n", "a = \n", 1),
        ("a.json", '{"a": 1}\n', '{"a": 1\n', 1),
        ("package.json", '{\n "a": 1\n}\n', '{\n "a": 1,\n}\n', 2),
    ],
)
def test_a_file_that_parsed_and_no_longer_does_blocks(
    path: str, before: str, after: str, line: int, repo: Repo
) -> None:
    (one,) = found(repo, {path: before}, {path: after})
    assert one[0] == "syntax-error"
    assert one[1] == path
    assert abs(one[2] - line) <= 1
    assert one[3] is Severity.BLOCK


@pytest.mark.parametrize(
    ("path", "before", "after", "line", "severity"),
    [
        ("A.java", JAVA, JAVA.replace("g();", "g() g();"), 3, Severity.WARN),
        ("a.go", GO, GO.replace("g(1)", "x := := 1"), 4, Severity.BLOCK),
        (".github/workflows/a.yml", "on:\n  push:\n", "on: push:\n", 1, Severity.BLOCK),
    ],
)
def test_the_grammars_word_alone_blocks_in_settled_languages_only(
    path: str, before: str, after: str, line: int, severity: Severity, repo: Repo
) -> None:
    assert found(repo, {path: before}, {path: after}) == [("syntax-error", path, line, severity)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"a.go": GO.replace("g(1)", "g(1")}, {"a.go": GO.replace("g(1)", "h(1")}),
        ({"a.rs": "fn f() {}\n"}, {"a.rs": "fn f() { let x = := 1; }\n"}),
        ({"a.c": "int f() {}\n"}, {"a.c": "int f() {\n#if A\n if (x) {\n#else\n if (y) {\n#endif\n}}\n"}),
        ({"a.py": "f(1)\n"}, {"a.py": "f(1\n"}),
        ({"b.yaml": "a: 1\n"}, {"a.yaml": "a: b: c\n"}),
        ({"a.yaml": "a: 1\n"}, {"a.yaml": "{{ if x }}\na: [1\n{{ end }}\n"}),
        ({"a.json": '{"a": 1}'}, {"a.json": '{"a": {{ cookiecutter.name }}'}),
        ({"a.json": '{"a": 1}'}, {"a.json": "// why\n{'a': 1}".replace("'", '"')}),
        ({"a.json": '{"a": 1}'}, {"a.json": '{"a": 1, /* both */ }'}),
        ({"a.json": '{"a": 1}'}, {"a.json": ""}),
        ({"tests/data/a.json": "{}"}, {"tests/data/a.json": "{"}),
        ({"x": ""}, {"lib/invalid_data.json": "{"}),
        ({"x": ""}, {"tests/inputs/a.go": "package a\nfunc f( {\n"}),
        ({"{{cookiecutter.a}}/a.toml": "a = 1\n"}, {"{{cookiecutter.a}}/a.toml": "a = \n"}),
        ({"a.go": GO}, {"a.go": b"\xff\xfe\x00" * 9}),
        ({"a.go": GO}, {"a.go": None}),
    ],
)
def test_what_is_broken_by_design_or_only_perhaps_is_silent(before: Files, after: Files, repo: Repo) -> None:
    assert found(repo, before, after) == []


def test_a_new_file_needs_a_second_sign(repo: Repo) -> None:
    after = {"a.go": GO.replace("g(1)", "g(1"), "b.go": GO.replace("g(1)", "x := := 1"), "c.toml": "a = \n"}
    assert found(repo, {"x": ""}, after) == [
        ("syntax-error", "a.go", 4, Severity.BLOCK),
        ("syntax-error", "c.toml", 1, Severity.BLOCK),
    ]


def test_a_renamed_file_is_compared_with_what_it_was(repo: Repo) -> None:
    long = "package a\n" + "".join(f"\nfunc f{n}() {{\n\tg({n})\n}}\n" for n in range(30))
    repo.commit({"old.go": long.replace("g(3)", "g(3")}, "Before")
    repo.git("mv", "old.go", "new.go")
    assert found(repo, {}, {"x": ""}) == []
    assert found(repo, {}, {"new.go": long.replace("g(3)", "g(3") + "\n"}) == []


def test_ignored_and_generated_files_are_not_looked_at(repo: Repo) -> None:
    before, after = {"a.pb.go": GO, "vendor/a.go": GO}, {"a.pb.go": GO[:-2], "vendor/a.go": GO[:-2]}
    assert found(repo, before, after) == []


@pytest.mark.parametrize("path", ["a.go", "a.py", "Makefile", "src/a.vue", "a.yaml", "tests/test_a.py"])
def test_conflict_markers_block(path: str, repo: Repo) -> None:
    start = GO if path == "a.go" else "a: 1\n"
    assert found(repo, {path: start}, {path: start + MARKERS}) == [
        ("conflict-marker-left", path, start.count("\n") + 1, Severity.BLOCK)
    ]


def test_markers_of_three_sides_are_a_conflict_too(repo: Repo) -> None:
    text = "<<<<<<< a\n1\n||||||| b\n2\n=======\n3\n>>>>>>> c\n"
    assert found(repo, {"Makefile": ""}, {"Makefile": text}) == [
        ("conflict-marker-left", "Makefile", 1, Severity.BLOCK)
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"x": ""}, {"docs/a.md": MARKERS}),
        ({"x": ""}, {"a.rst": MARKERS}),
        ({"x": ""}, {"a.patch": MARKERS}),
        ({"x": ""}, {"tests/data/a": MARKERS}),
        ({"x": ""}, {"a.py": f'TEXT = """\n{MARKERS}"""\n'}),
        ({"x": ""}, {"Makefile": MARKERS.replace("=======\n", "")}),
        ({"x": ""}, {"Makefile": MARKERS.replace("<<<<<<< ", " <<<<<<< ")}),
        ({"x": ""}, {"Makefile": "Title\n=======\n>>>>>>> quoted\n<<<<<<< HEAD\n"}),
        ({"Makefile": MARKERS}, {"Makefile": MARKERS + "all:\n"}),
        ({"Makefile": MARKERS.replace("=======\n", "")}, {"Makefile": MARKERS}),
    ],
)
def test_markers_that_are_no_left_conflict_are_silent(before: Files, after: Files, repo: Repo) -> None:
    assert found(repo, before, after) == []


def test_the_quoted_line_holds_no_secret(repo: Repo) -> None:
    token = "glpat-" + "hT7vB2nXw9LkD4hZc6Rm"
    (finding,) = findings(repo, {"a.toml": "a = 1\n"}, {"a.toml": f'a = "{token}\n'})
    assert token not in repr(finding)
    assert "[secret: GitLab token]" in finding.evidence[0].text


@given(st.text(alphabet='{}[]",:/*\\ \n1a', max_size=40))
def test_a_json_text_has_an_error_exactly_when_the_parser_refuses_it(text: str) -> None:
    import json

    try:
        json.loads(text, strict=False)
        valid = True
    except ValueError:
        valid = False
    error = error_in(text, "package.json", "json")
    assert (error is None) == (valid or not text.strip())
    assert error is None or 1 <= error[0] <= text.count("\n") + 1


@pytest.mark.parametrize("text", ["[" * 100_000, "/*" * 100_000, "1" * 5000, '"' * 99_999])
def test_hostile_json_is_answered_soon(text: str) -> None:
    error_in(text, "a.json", "json")


@pytest.mark.parametrize("text", ["a = " + "[" * 100_000, "a = " + "1" * 5000, "[a\n", "\x00"])
def test_hostile_toml_is_answered_soon(text: str) -> None:
    error_in(text, "a.toml", "toml")


def test_a_huge_deep_file_is_no_trouble(repo: Repo, tmp_path: Path) -> None:
    assert found(repo, {"a.go": GO}, {"a.go": GO + "(" * 20_000}) in ([], [("syntax-error", "a.go", 6, Severity.BLOCK)])
