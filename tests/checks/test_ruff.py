from collections.abc import Mapping
from pathlib import Path

import pytest

from checks.check import Report
from checks.finding import Confidence, Severity
from checks.knowledge import Knowledge, Limits
from checks.static import ruff
from checks.static.engine import Installed
from checks.static.ruff_rules import RULES
from checks.workspace import open_workspace
from kb.errors import NotChecked
from kb.source import apply_edits
from tests.checks.trees import change_of


def review(before: Mapping[str, str | bytes | None], after: Mapping[str, str | bytes | None]) -> Report:
    with open_workspace(None) as workspace:
        return ruff.run(change_of(before, after), Knowledge(workspace))


def told(after: str | bytes, before: str | bytes | None = None, path: str = "code.py") -> list[tuple[str, int, str]]:
    """Return what is said about one file as (slug, line, severity)."""
    report = review({} if before is None else {path: before}, {path: after})
    return [(f.slug, f.line, f.severity.value) for f in report.findings]


def test_each_code_belongs_to_one_rule_and_each_rule_explains_itself() -> None:
    codes = [code for rule in RULES for code in rule.codes]
    assert len(codes) == len(set(codes))
    assert all(rule.finds and rule.why and rule.fix for rule in RULES)
    assert len({rule.slug for rule in RULES}) == len(RULES)


def test_an_undefined_name_blocks() -> None:
    assert told("print(nothing)\n") == [("undefined-name", 1, "block")]


@pytest.mark.parametrize(
    "text",
    [
        "def f(x):\n    return isinstance(x, unicode)\n",
        "from __future__ import annotations\n\n\ndef f(x: Nothing): ...\n",
        "from __future__ import annotations\n\n\ndef f() -> Nothing: ...\n",
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    T = list[Later]\n",
        'def f(x: "Nothing"): ...\n',
    ],
)
def test_an_undefined_name_that_may_never_be_evaluated_only_warns(text: str) -> None:
    assert [(slug, severity) for slug, _, severity in told(text)] == [("undefined-name", "warn")]


@pytest.mark.parametrize("text", ['print(_("hello"))\n', "reveal_type(1)\n"])
def test_names_that_tools_put_in_place_are_known(text: str) -> None:
    assert told(text) == []


def test_a_noqa_that_base_had_is_honoured_where_the_line_is_now() -> None:
    assert told("x = 1\n\nprint(nothing)  # noqa: F821\n", "print(nothing)  # noqa: F821\nx = 1\n") == []
    before = "def f(a):\n    return a\n\n\nprint(f)\nx = nothing  # noqa\n"
    assert told(before.replace("print(f)\n", ""), before) == []


def test_a_noqa_for_another_code_excuses_nothing() -> None:
    assert told("print(nothing)  # noqa: E501\n") == [("undefined-name", 1, "block")]


def test_a_noqa_that_comes_with_the_change_does_not_silence_it() -> None:
    assert told("print(nothing)  # noqa: F821\n", "x = 1\n") == [("undefined-name", 1, "info")]


def test_a_noqa_for_the_whole_file_counts_only_if_base_had_it() -> None:
    assert told("# ruff: noqa\nprint(nothing)\n", "# ruff: noqa\n") == []
    assert told("# ruff: noqa\nprint(nothing)\n", "x = 1\n") == [("undefined-name", 2, "block")]


def test_configuration_of_the_reviewed_repository_changes_nothing() -> None:
    hostile = {
        "ruff.toml": 'exclude = ["*"]\nlint.select = []\n',
        "pyproject.toml": '[tool.ruff]\nextend-exclude = ["code.py"]\n',
        ".gitignore": "code.py\n",
    }
    report = review(dict(hostile), {**hostile, "code.py": "print(nothing)\n", "build/x.py": "print(nothing)\n"})
    assert sorted(f.path for f in report.findings) == ["build/x.py", "code.py"]


@pytest.mark.parametrize("path", ["-x.py", "a b.py", "a'b\".py", "ünï.py", "deep/er/x.py", "$(echo).py"])
def test_odd_paths_are_told_as_they_are(path: str) -> None:
    assert [f.path for f in review({}, {path: "print(nothing)\n"}).findings] == [path]


@pytest.mark.parametrize("path", ["new\nline.py", "caf\udce9.py", "{{cookiecutter.name}}/x.py", "x.ipynb", "x.txt"])
def test_paths_it_does_not_cover(path: str) -> None:
    assert not ruff.covers(path)
    assert told("print(nothing)\n", path=path) == []


def test_only_the_first_syntax_error_of_a_file_is_told() -> None:
    assert told("def f(:\nprint(nothing\nx = = 1\n") == [("syntax-error", 1, "block")]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("old.py", 'print "hello"\n'),
        ("old.py", "def f():\n    raise ValueError, 1\n"),
        ("template.py", "{% if x %}\nx = 1\n{% endif %}\n"),
        ("tests/bad_syntax.py", "def f(:\n"),
        ("tests/data/a.py", "def f(:\n"),
    ],
)
def test_what_is_not_our_python_is_not_judged(path: str, text: str) -> None:
    assert told(text, path=path) == []


def test_a_file_that_becomes_readable_is_not_blamed_for_its_past() -> None:
    assert told("print(nothing)\n", 'print nothing\n"') == []


def test_code_that_is_expected_to_fail_is_left_alone() -> None:
    text = "import pytest\n\n\ndef test_it():\n    with pytest.raises(\n        NameError\n    ):\n        nothing()\n"
    assert told(text) == []


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        (b'def f(x):\n    return x is "a"\n', b'def f(x):\n    return x == "a"\n'),
        (b'def f(x):\r\n    return x is "a"\r\n', b'def f(x):\r\n    return x == "a"\r\n'),
        ('"é𝄞", 1 is "a"\n'.encode(), '"é𝄞", 1 == "a"\n'.encode()),
        (b'\xef\xbb\xbfy = 1 is "a"\n', b'\xef\xbb\xbfy = 1 == "a"\n'),
        (b'y = 1 is "a"', b'y = 1 == "a"'),
    ],
)
def test_a_safe_fix_becomes_edits_at_the_right_bytes(text: bytes, fixed: bytes) -> None:
    (finding,) = review({}, {"code.py": text}).findings
    assert finding.fix_origin == "ruff"
    assert apply_edits(text, finding.edits) == fixed


def test_where_ruff_counts_lines_otherwise_there_is_no_fix() -> None:
    (finding,) = review({}, {"code.py": b'y = 1 is "a"\rx = 1\n'}).findings
    assert finding.edits == ()


@pytest.mark.parametrize(
    "printed", ["garbage", "{}", "[1]", '[{"filename": "/elsewhere.py", "code": "F821"}]', '[{"code": "F821"}]']
)
def test_an_engine_that_prints_something_else_is_told(tmp_path: Path, printed: str) -> None:
    program = tmp_path / "ruff"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{printed}\nEND\n")
    program.chmod(0o755)
    (tmp_path / "a.py").write_text("x = 1\n")
    with pytest.raises(NotChecked, match=r"^ruff printed what is not its JSON format$"):
        ruff.ENGINE.run(Installed(program, "1"), tmp_path, ["a.py"], home=tmp_path, limits=Limits())


def test_thousands_of_files_are_asked_about_in_several_runs(tmp_path: Path) -> None:
    names = [f"{'long-name-' * 20}{n}.py" for n in range(300)]
    for name in names:
        (tmp_path / name).write_text("print(nothing)\n")
    installed = ruff.ENGINE.find()
    assert installed is not None
    said = ruff.ENGINE.run(installed, tmp_path, names, home=tmp_path, limits=Limits())
    assert sorted(d.path for d in said) == sorted(names)


def test_it_is_sure_of_what_blocks() -> None:
    assert all(rule.confidence is Confidence.HIGH for rule in RULES if rule.severity is Severity.BLOCK)


OLD = (
    'import os\n\n\ndef show(a, b):\n    print "%s" % (a,\n                  b)\n    f(a, b)\n    if a:\n        f(a)\n'
)


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("    f(a, b)\n", "    f(a\n      b)\n", 8),
        ("    if a:\n", "    if a\n", 8),
        ("        f(a)\n", "        f(a)\n            f(b)\n", 10),
        ("        f(a)\n", "    f(a)\n", 9),
        ("    f(a, b)\n", "    f(a, b))\n", 7),
    ],
)
def test_a_new_syntax_error_in_a_file_of_python_2_is_told(before: str, after: str, line: int) -> None:
    assert told(OLD.replace(before, after), OLD) == [("syntax-error", line, "block")]


@pytest.mark.parametrize(
    "line",
    [
        *('    print "more"\n', "    raise ValueError, a\n", '    exec "x = 1"\n', "    x = `a`\n", "    x = 0777L\n"),
        *(
            "    try:\n        f()\n    except (A, B), e:\n        f(e)\n",
            "    print >>out, a, b\n",
            "    f(async=True)\n",
        ),
        *("    x = lambda (a, b): a\n", '    print "%s" % (\n        a,\n        b)\n', "    if a <> b: f(a)\n"),
    ],
)
def test_more_python_2_in_a_file_of_python_2_is_no_error(line: str) -> None:
    assert told(OLD + line, OLD) == []
    assert told(line + OLD.replace("import os\n", ""), OLD) in ([], [("syntax-error", 1, "block")])


def test_where_the_second_reader_cannot_read_base_nothing_is_told() -> None:
    broken = OLD + "    x = = 1\n"
    assert told(broken.replace("f(a, b)", "f(a b)"), broken) == []


@pytest.mark.parametrize(
    "text",
    ["globals().update(load())\n", "exec(open('names.py').read())\n", "globals()['other'] = 1\n"],
)
def test_a_module_that_writes_names_into_itself_may_have_any(text: str) -> None:
    assert told(text + "other()\n", text) == []


def test_a_name_that_the_repository_makes_a_builtin_is_known() -> None:
    boot = {"boot.py": "import builtins\n\nbuiltins.tracing = print\n"}
    assert review(boot, {**boot, "a.py": "tracing('x')\n"}).findings == ()


def test_a_name_that_other_files_use_unbound_is_put_there_by_what_runs_them() -> None:
    script = {"a.py": "env.Program('x')\n"}
    assert review(script, {**script, "b.py": "env.Library('y')\n"}).findings == ()
    spoken_of = {"a.py": '"""\nenv.Program is described here.\n"""\n'}
    assert [f.slug for f in review(spoken_of, {**spoken_of, "b.py": "env.Library('y')\n"}).findings] == [
        "undefined-name"
    ]


TYPED = "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from x import Y\n"


@pytest.mark.parametrize(
    "use", ["def f():\n    return Y()\n", "class A:\n    y: Y = None\n", "def f(y: Y):\n    pass\n"]
)
def test_what_is_imported_for_types_only_is_not_there_when_code_runs(use: str) -> None:
    assert told(TYPED + use, TYPED) == [("type-only-import-used-at-run-time", 4, "warn")]


@pytest.mark.parametrize(
    "use", ["class A:\n    y: 'Y' = None\n", "def f():\n    from x import Y\n    return Y()\n", "def f(y: 'Y'): pass\n"]
)
def test_what_only_type_checkers_look_at_may_be_imported_for_them(use: str) -> None:
    assert told(TYPED + use, TYPED) == []
    assert told("from __future__ import annotations\n" + TYPED + "def f(y: Y): pass\n", TYPED) == []


@pytest.mark.parametrize(
    "needs", ['[project]\nrequires-python = ">=3.14"\n', '[tool.poetry.dependencies]\npython = "^3.14"\n']
)
def test_a_later_class_may_be_named_in_annotations_where_python_is_new(needs: str) -> None:
    early = {"a.py": "def f() -> Later:\n    pass\n\n\nclass Later:\n    pass\n"}
    assert [f.slug for f in review({}, early).findings] == ["undefined-name"]
    assert review({"pyproject.toml": needs}, {"pyproject.toml": needs, **early}).findings == ()
    called = {"a.py": "print(later)\n", "pyproject.toml": needs}
    assert [f.slug for f in review({"pyproject.toml": needs}, called).findings] == ["undefined-name"]


@pytest.mark.parametrize(
    "text",
    ["x = t'{y}'\ny = 1\n".replace("{y}", "a"), "try:\n    x = 1\nexcept OSError, ValueError:\n    x = 2\n"],
)
def test_syntax_of_the_newest_python_is_no_error(text: str) -> None:
    assert told(text) == []


def test_the_exception_that_python_2_binds_is_bound() -> None:
    assert told("try:\n    x = 1\nexcept OSError, e:\n    x = e.errno\n") == []


def test_the_marks_of_a_template_in_a_text_far_away_excuse_nothing() -> None:
    text = '"""Use it as:\n\n{% x %}\n"""\n\n\n\nif x\n    y = 1\n'
    assert told(text, text.replace("if x\n", "if x:\n")) == [("syntax-error", 8, "block")]


def test_a_fixture_that_a_test_asks_for_is_not_redefined() -> None:
    assert told("from fixtures import server\n\n\ndef test_it(server):\n    assert server\n", path="test_a.py") == []


def test_one_slip_made_many_times_in_a_file_is_told_once_with_every_place() -> None:
    text = "def test_it():\n" + "".join(f"    total({n}) == {n}\n" for n in range(4))
    report = review({}, {"test_a.py": "from shop import total\n\n\n" + text})
    (finding,) = report.findings
    assert (finding.slug, finding.line) == ("comparison-without-effect", 5)
    assert "and in 3 other places of the file" in finding.message
    assert [e.line for e in finding.evidence if e.kind == "related"] == [6, 7, 8]


def test_each_undefined_name_is_told_once_in_a_file() -> None:
    report = review({}, {"a.py": "print(one)\nprint(two)\nprint(one)\n", "b.py": "print(one)\n"})
    assert [(f.path, f.line) for f in report.findings] == [("a.py", 1), ("a.py", 2), ("b.py", 1)]
