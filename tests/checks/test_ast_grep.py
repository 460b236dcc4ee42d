"""The rules of our ast-grep pack, through the check: what is told, what is not, and how gravely."""

import re
from pathlib import Path, PurePosixPath

import pytest

from checks.check import Report
from checks.finding import Confidence, Severity
from checks.knowledge import Knowledge, Limits
from checks.static import ast_grep, ast_grep_examples
from checks.static.ast_grep_engine import RULES_FOLDER
from checks.static.ast_grep_rules import ANYWHERE, CODES, NEVER_IN_SCRIPTS, RULES, SETTINGS
from checks.workspace import open_workspace
from kb.errors import NotChecked
from kb.source import apply_edits
from tests.checks.trees import change_of

SLUGS = {rule.slug for rule in RULES}
FILES = {path: text for example in ast_grep.EXAMPLES for path, text in example.after.items() if example.fires}
EXPECTED = sorted(fire for example in ast_grep.EXAMPLES for fire in example.fires)


def review(before: dict[str, str | bytes | None], after: dict[str, str | bytes | None]) -> Report:
    with open_workspace(None) as workspace:
        return ast_grep.run(change_of(before, after), Knowledge(workspace))


def told(
    after: str | bytes, before: str | bytes | None = None, path: str = "shop/code.py"
) -> list[tuple[str, int, str]]:
    """Return what is said about one file as (slug, line, severity)."""
    report = review({} if before is None else {path: before}, {path: after})
    return [(f.slug, f.line, f.severity.value) for f in report.findings]


def test_every_pattern_belongs_to_a_rule_and_every_rule_has_its_pattern() -> None:
    written = {path: set(re.findall(r"(?m)^id: (\S+)$", path.read_text())) for path in _pattern_files()}
    assert set().union(*written.values()) == CODES
    by_slug = {rule.slug: set(rule.codes) for rule in RULES}
    for path, codes in written.items():
        assert codes <= by_slug[path.stem], path
        assert path.stem in codes, path


def test_each_code_belongs_to_one_rule_and_each_rule_explains_itself() -> None:
    codes = [code for rule in RULES for code in rule.codes]
    assert len(codes) == len(set(codes))
    assert len(SLUGS) == len(RULES)
    assert all(rule.finds and rule.why and rule.fix for rule in RULES)
    assert {*ANYWHERE, *NEVER_IN_SCRIPTS, SETTINGS} <= SLUGS


def test_every_shared_pattern_is_used_and_every_used_one_is_there() -> None:
    shared = {path.stem for path in RULES_FOLDER.glob("shared/*.yml")}
    text = "".join(path.read_text() for path in RULES_FOLDER.glob("*/*.yml"))
    assert set(re.findall(r"matches: ([a-z-]+)", text)) == shared


@pytest.mark.parametrize(
    "path", sorted(RULES_FOLDER.glob("[jp]*/*.yml")), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_every_rule_has_a_firing_and_two_silent_lines_in_each_language(path: Path) -> None:
    suffixes = {".py"} if path.parent.name == "python" else {".js", ".ts", ".tsx", ".mjs"}
    texts = [t for name, t in FILES.items() if PurePosixPath(name).suffix in suffixes and f"<- {path.stem}\n" in t]
    code = [line for text in texts for line in text.splitlines() if re.search(r"[=(]", line)]
    assert sum(f"<- {path.stem}" not in line for line in code) >= 2


def test_all_examples_together_fire_exactly_where_they_say() -> None:
    report = review({}, dict(FILES))
    assert sorted((f.slug, f.path, f.line) for f in report.findings) == EXPECTED
    assert not report.unseen


def test_javascript_examples_fire_alike_as_typescript_and_as_modules() -> None:
    files = {path: text for path, text in FILES.items() if path.endswith(".js")}
    for suffix in (".ts", ".tsx", ".mts", ".cjs"):
        report = review({}, {path.replace(".js", suffix): text for path, text in files.items()})
        found = sorted((f.slug, f.path.replace(suffix, ".js"), f.line) for f in report.findings)
        assert found == [fire for fire in EXPECTED if fire[1] in files]


def test_what_base_had_is_not_told_again() -> None:
    before = "import os\n\n\ndef f(name):\n    os.system(f'ls {name}')\n"
    after = before.replace("def f", "def g").replace("import os\n", "import os\nimport re\n")
    assert told(after, before) == []


def test_request_data_blocks_and_only_warns_through_a_variable() -> None:
    direct = "def f(request):\n    eval(request.args['x'])\n"
    by_name = "def f(request):\n    x = request.args['x']\n    eval(x)\n"
    assert told(direct) == [("code-from-request-data", 2, "block")]
    assert told(by_name) == [("code-from-request-data", 3, "warn")]


@pytest.mark.parametrize(
    "look",
    [
        "if x not in NAMES:\n        return",
        "if not known(x):\n        return",
        "check_name(x)",
        "x = clean(x)",
        "assert x.isalnum()",
    ],
)
def test_a_variable_that_somebody_looked_at_is_left_alone(look: str) -> None:
    assert told(f"def f(request):\n    x = request.args['x']\n    {look}\n    eval(x)\n") == []


def test_asking_only_whether_there_is_a_value_is_no_look_at_it() -> None:
    asked = "if x is None:\n        return\n    if not x:\n        return"
    assert told(f"def f(request):\n    x = request.args.get('x')\n    {asked}\n    eval(x)\n") == [
        ("code-from-request-data", 7, "warn")
    ]


@pytest.mark.parametrize("comment", ["# nosec", "# nosec B605", "# noqa: S605", "# nosemgrep"])
def test_a_line_that_its_author_excused_is_information(comment: str) -> None:
    assert told(f"import os\nos.system('ls ' + name)  {comment}\n") == [("shell-with-variable-text", 2, "info")]


def test_the_engines_own_comment_changes_nothing() -> None:
    text = "import os\n# ast-grep-ignore\nos.system('ls ' + name)  # ast-grep-ignore: shell-with-variable-text\n"
    assert told(text) == [("shell-with-variable-text", 3, "warn")]


@pytest.mark.parametrize(
    "path", ["tests/test_a.py", "docs/a.py", "examples/a.py", "scripts/a.py", ".github/a.py", "setup.py"]
)
def test_a_shell_command_is_nobodys_business_where_no_stranger_comes(path: str) -> None:
    assert told("import os\nos.system('ls ' + name)\n", path=path) == []


def test_a_debugger_counts_in_a_test_but_not_in_the_input_of_one() -> None:
    assert told("def test_a():\n    x = 1\n    breakpoint()\n", path="tests/test_a.py") == [
        ("debugger-left-in", 3, "warn")
    ]
    assert told("def f():\n    x = 1\n    breakpoint()\n", path="tests/input/a.py") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f():\r\n    x = '\U0001f600é'\r\n    breakpoint()\r\n", "def f():\r\n    x = '\U0001f600é'\r\n"),
        ("def f():\n    breakpoint()\n    return 1", "def f():\n    return 1"),
        (
            "import tarfile\ny = '\U0001f600'\nwith tarfile.open(y) as t:\n    t.extractall(path=y)\n",
            "import tarfile\ny = '\U0001f600'\nwith tarfile.open(y) as t:\n    t.extractall(path=y, filter=\"data\")\n",
        ),
        ("import yaml\nx = yaml.load(open(name))\n", "import yaml\nx = yaml.safe_load(open(name))\n"),
    ],
)
def test_a_certain_fix_comes_with_the_finding(before: str, after: str) -> None:
    (finding,) = review({}, {"shop/code.py": before}).findings
    assert apply_edits(before.encode(), finding.edits).decode() == after
    assert finding.fix_origin == "ast-grep"


@pytest.mark.parametrize("text", ["def f():\n    breakpoint()\n", "def f():\n    import pdb; pdb.set_trace()\n"])
def test_no_fix_where_it_would_leave_a_block_empty_or_a_line_in_pieces(text: str) -> None:
    (finding,) = review({}, {"shop/code.py": text}).findings
    assert finding.edits == ()


def test_every_finding_has_evidence_and_the_grade_of_its_rule() -> None:
    grades = {rule.slug: (rule.severity, rule.confidence) for rule in RULES}
    for finding in review({}, dict(FILES)).findings:
        assert finding.evidence[0].kind == "engine"
        lowered = (Severity.WARN, Confidence.MEDIUM)
        assert (finding.severity, finding.confidence) in (grades[finding.slug], lowered), finding


def test_a_missing_engine_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotChecked, match="pip install ast-grep-cli"):
        told("x = 1\n")


def test_an_engine_that_runs_out_of_time_is_said() -> None:
    change = change_of({}, {"shop/code.py": "x = 1\n"})
    with open_workspace(None) as workspace, pytest.raises(NotChecked, match="did not finish"):
        ast_grep.run(change, Knowledge(workspace, limits=Limits(seconds=0)))


def test_each_example_of_a_place_that_stays_silent_would_fire_elsewhere() -> None:
    moved = {
        f"shop/n{number}/{'settings' if 'ROOT' in text else 'code'}{PurePosixPath(path).suffix}": text
        for number, (path, text) in enumerate(ast_grep_examples.ASIDE.items())
    }
    assert len({f.path for f in review({}, dict(moved)).findings}) == len(moved)


def _pattern_files() -> list[Path]:
    return [path for path in RULES_FOLDER.glob("*/*.yml") if path.parent.name != "shared"]
