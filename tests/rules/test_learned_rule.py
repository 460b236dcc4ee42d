"""The check that runs learned rules: on real repositories, with the real engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bot.examine import chosen_checks
from bot.pipeline import change_of
from checks.check import Example, Report
from checks.finding import Finding
from checks.knowledge import Knowledge
from checks.learned import learned_rule
from checks.registry import CHECKS
from checks.workspace import open_workspace
from kb.errors import NotChecked
from kb.memory.model import LearnedRule, Recollection, RuleState
from kb.memory.promote_body import Body, Forbidden, Pattern, kind_of, written
from kb.memory.promote_shape import common_shape, shapes_in
from kb.repository import Repository
from tests.repos import Repo


def rule(body: Body, slug: str = "a-rule", state: RuleState = RuleState.ENABLED) -> LearnedRule:
    return LearnedRule(1, "r", slug, kind_of(body), written(body), "not so", ("pull/1 a.py: not so",), state, "", 0.0)


def said_of(
    folder: Path, before: Mapping[str, str], after: Mapping[str, str], recollection: Recollection | None
) -> Report:
    repo = Repo(folder / "repo")
    repo.commit({"README": "x\n", **before}, "Before")
    repo.commit({**after, **{path: None for path in before if path not in after}}, "After")
    with Repository.open(repo.root) as repository, open_workspace(folder / "cache") as workspace:
        change = change_of(repository.compare("HEAD~1..HEAD"), "r")
        return learned_rule.run(change, Knowledge(workspace, memory=lambda: recollection))


def findings(folder: Path, path: str, text: str, *rules: LearnedRule, before: str = "") -> tuple[Finding, ...]:
    return said_of(folder, {path: before}, {path: text}, Recollection("r", "", rules=rules)).findings


@pytest.mark.parametrize("example", learned_rule.EXAMPLES, ids=lambda example: example.name)
def test_an_example_fires_exactly_where_it_says(example: Example, tmp_path: Path) -> None:
    assert example.memory is not None
    report = said_of(tmp_path, example.before, example.after, example.memory(()))
    assert [(f.slug, f.path, f.line) for f in report.findings if not f.silent] == list(example.fires)


def test_a_proposed_rule_is_recorded_and_not_posted(tmp_path: Path) -> None:
    made = rule(Pattern("python", "print($$$Z)", "call"), state=RuleState.PROPOSED)
    (found,) = findings(tmp_path, "a.py", "print(1)\n", made)
    assert (found.slug, found.silent) == ("learned-a-rule", True)


def test_a_finding_quotes_the_remarks_that_it_is_made_of(tmp_path: Path) -> None:
    (found,) = findings(
        tmp_path, "a.py", "if x == None:\n    pass\n", rule(Pattern("python", "$A == None", "comparison_operator"))
    )
    assert found.message == "Reviewers here have objected to `$A == None` before: not so"
    assert [(one.kind, one.text) for one in found.evidence] == [
        ("rule", "learned rule a-rule: $A == None"),
        ("memory", "pull/1 a.py: not so"),
    ]


@pytest.mark.parametrize("state", [RuleState.DISABLED, RuleState.RETIRED])
def test_a_rule_that_is_off_is_not_run(state: RuleState, tmp_path: Path) -> None:
    assert not findings(tmp_path, "a.py", "print(1)\n", rule(Pattern("python", "print($$$Z)", "call"), state=state))


def test_without_a_memory_there_are_no_rules(tmp_path: Path) -> None:
    assert said_of(tmp_path, {}, {"a.py": "print(1)\n"}, None) == Report()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{}",
        "language: Python\nrule: {pattern: print($$$)}",
        '{"language": "python", "folder": "", "rule": {"kind": "call", "pattern": "f()", "regex": "."}}',
        '{"language": "python", "folder": "", "rule": {"kind": "call", "pattern": "f()"}, "transform": {}}',
        '{"language": "python", "folder": "..", "rule": {"kind": "call", "pattern": "print($$$Z)"}}',
        '{"language": "python", "folder": "", "rule": {"kind": "call: x", "pattern": "print($$$Z)"}}',
        '{"language": "python", "folder": "", "rule": {"kind": "call", "pattern": "print($$$Z)\\n---\\nid: x"}}',
        '{"language": "rust", "folder": "", "rule": {"kind": "call", "pattern": "print($$$Z)"}}',
        '{"language": "python", "folder": "", "rule": {"kind": "call", "pattern": "' + "f" * 500 + '"}}',
    ],
)
def test_a_body_that_is_not_of_the_closed_form_is_no_rule(body: str, tmp_path: Path) -> None:
    bad = replace(rule(Pattern("python", "print($$$Z)", "call")), body=body)
    assert not findings(tmp_path, "a.py", "print(1)\n", bad)


@pytest.mark.parametrize(
    ("language", "module", "path", "text", "lines"),
    [
        (
            "python",
            "requests",
            "a.py",
            "import requests\nimport requests.x as y\nfrom requests.z import q\n",
            [1, 2, 3],
        ),
        ("python", "requests", "a.py", "import os, requests as r\nimport requestsx\nfrom my import requests\n", [1]),
        ("python", "a.b", "a.py", "import a.bc\nimport a\nfrom a.b import c\n", [3]),
        (
            "javascript",
            "lodash",
            "a.js",
            "import x from 'lodash';\nconst y = require('lodash/get');\nf('lodash');\n",
            [1, 2],
        ),
        ("javascript", "@a/b.c", "a.ts", "import x from '@a/b.c';\nimport y from '@a/bxc';\n", [1]),
    ],
)
def test_an_import_that_is_forbidden_is_found_however_it_is_written(
    language: str, module: str, path: str, text: str, lines: list[int], tmp_path: Path
) -> None:
    assert [one.line for one in findings(tmp_path, path, text, rule(Forbidden(language, module)))] == lines


@pytest.mark.parametrize("path", ["a.js", "a.jsx", "a.mjs", "a.ts", "a.tsx"])
def test_a_rule_about_javascript_is_about_all_its_files(path: str, tmp_path: Path) -> None:
    made = rule(Pattern("javascript", "$A.innerHTML = $B", "assignment_expression"))
    assert [one.line for one in findings(tmp_path, path, "let e = f();\ne.innerHTML = 'x';\n", made)] == [2]


@pytest.mark.parametrize(("wanted", "slugs"), [("learned-a-rule", ["learned-rule"]), ("sarif-x-y", ["sarif-report"])])
def test_the_check_is_asked_for_by_the_slug_of_its_findings(wanted: str, slugs: list[str]) -> None:
    assert [check.SLUG for check in chosen_checks(CHECKS, [wanted])] == slugs


PYTHON = {
    "print($$$Z)": ["print(total)", "print(x, file=y)", "print()"],
    "$A == None": ["if x == None: pass", "assert a.b() == None"],
    "requests.get($$$Z)": ["r = requests.get(u)", "f(requests.get(v, headers=h))"],
    "datetime.utcnow()": ["now = datetime.utcnow()", "f(datetime.utcnow())"],
    "same($A, $A)": ["same(a, a)", "same(b.c, b.c)"],
    "time.sleep($A)": ["time.sleep(5)", "time.sleep(n)"],
    "$A is not go(1)": ["x = y is not go(1)", "f(z.w is not go(1))"],
}
SCRIPT = {
    "console.log($$$Z)": ["console.log(a)", "f(() => console.log('x', b))", "console.log()"],
    "$A == null": ["if (x == null) { }", "y = z.w == null"],
    "$A.innerHTML = $B": ["e.innerHTML = x", "this.e.innerHTML = f()"],
    "new Thing($$$Z)": ["const a = new Thing()", "f(new Thing(1, 2))"],
}


@pytest.mark.parametrize(
    ("path", "grammar", "table"), [("a.py", "python", PYTHON), ("a.js", "tsx", SCRIPT), ("a.ts", "typescript", SCRIPT)]
)
def test_the_engine_finds_every_example_that_a_pattern_was_made_of(
    path: str, grammar: str, table: Mapping[str, list[str]], tmp_path: Path
) -> None:
    """The pattern is made by our own tree walk and matched by the engine: they must mean the same."""
    rules, lines = [], {}
    for number, (pattern, codes) in enumerate(sorted(table.items())):
        shape = common_shape([shapes_in(code, grammar) for code in codes])
        assert shape is not None
        assert shape.pattern == pattern
        family = "python" if grammar == "python" else "javascript"
        rules.append(rule(Pattern(family, shape.pattern, shape.kind), f"r{number}"))
        lines[f"learned-r{number}"] = codes
    text = [code for codes in lines.values() for code in codes]
    found = findings(tmp_path, path, "\n".join(text) + "\n", *rules)
    assert {(one.slug, text[one.line - 1]) for one in found} == {
        (slug, code) for slug, codes in lines.items() for code in codes
    }


def test_an_enabled_rule_that_the_engine_cannot_read_is_never_a_clean_change(tmp_path: Path) -> None:
    with pytest.raises(NotChecked):
        findings(tmp_path, "a.py", "print(1)\n", rule(Pattern("python", "print($A)", "nonsense_kind")))


def test_a_proposed_rule_that_the_engine_cannot_read_keeps_no_other_from_being_run(tmp_path: Path) -> None:
    bad = rule(Pattern("python", "print($A)", "nonsense_kind"), "bad", RuleState.PROPOSED)
    good = rule(Pattern("python", "print($A)", "call"))
    assert [one.slug for one in findings(tmp_path, "a.py", "print(1)\n", bad, good)] == ["learned-a-rule"]
    assert not findings(tmp_path / "again", "a.py", "print(1)\n", bad)
