from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.pipeline import change_of
from checks.change import Change
from checks.finding import Finding, Severity
from checks.knowledge import Knowledge
from checks.static import sarif_file, sarif_report
from checks.static.sarif_file import runs_in
from checks.static.sarif_place import Places
from checks.static.sarif_report import EXAMPLES, slug_of
from checks.workspace import open_workspace
from kb.errors import UserError
from kb.repository import Repository
from tests.repos import Repo

BEFORE = {"src/a b.py": "x = 1\ny = 2\nz = 3\n", "top.py": "a = 1\n"}
AFTER = {"src/a b.py": "x = 1\ny = 20\nz = 3\n", "top.py": "a = 2\n"}


def report(*results: dict[str, Any], **run: Any) -> dict[str, Any]:
    driver = {"name": "Lint", "version": "1.2", "rules": run.pop("rules", [])}
    return {"version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": list(results), **run}]}


def result(uri: str = "src/a%20b.py", line: int | None = 2, **more: Any) -> dict[str, Any]:
    region = {} if line is None else {"region": {"startLine": line}}
    place = {"physicalLocation": {"artifactLocation": {"uri": uri}, **region}}
    return {"ruleId": "R1", "message": {"text": "Bad."}, "locations": [place], **more}


def found(repo: Repo, *reports: Any, before: Any = None, after: Any = None) -> tuple[Finding, ...]:
    """Return the check's findings on a change with these reports (text or a JSON value)."""
    repo.commit(before or BEFORE, "Before")
    repo.commit(after or AFTER, "After")
    paths = []
    for number, one in enumerate(reports):
        path = repo.root.parent / f"{number}.sarif"
        path.write_text(one if isinstance(one, str) else json.dumps(one))
        paths.append(path)
    with Repository.open(repo.root) as repository, open_workspace(repo.root.parent / "cache") as workspace:
        change: Change = change_of(repository.compare("HEAD~1..HEAD"), "test")
        return sarif_report.run(change, Knowledge(workspace, sarif=tuple(paths))).findings


def test_a_result_on_a_changed_line_is_a_finding(repo: Repo) -> None:
    (finding,) = found(repo, report(result()))
    assert (finding.path, finding.line, finding.end_line) == ("src/a b.py", 2, 2)
    assert (finding.slug, finding.check, finding.severity) == ("sarif-lint-r1", "sarif-report", Severity.WARN)
    assert finding.message == "Bad."
    assert finding.evidence[0].text == "Lint 1.2: R1"
    assert finding.text == "y = 20"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_the_examples(example: Any, repo: Repo) -> None:
    findings = found(repo, example.sarif, before=example.before, after=example.after)
    assert tuple((f.slug, f.path, f.line) for f in findings) == example.fires


@pytest.mark.parametrize(
    "more",
    [
        {"line": 1},
        {"line": None},
        {"line": 99, "baselineState": "new"},
        {"uri": "elsewhere.py"},
        {"uri": "../top.py", "line": 1},
        {"uri": "https://example.com/top.py", "line": 1},
        {"uri": ""},
        {"kind": "pass"},
        {"level": "none"},
        {"baselineState": "unchanged"},
        {"suppressions": [{"kind": "inSource"}]},
        {"suppressions": [{"kind": "external", "status": "accepted"}]},
        {"locations": []},
        {"locations": [{"physicalLocation": {"region": {"startLine": True}}}]},
    ],
)
def test_results_that_are_not_the_changes_are_left_out(more: dict[str, Any], repo: Repo) -> None:
    assert found(repo, report(result(**more))) == ()


@pytest.mark.parametrize(
    "uri",
    [
        "src/a b.py",
        "./src/a%20b.py",
        "src/../src/a%20b.py",
        "src\\a b.py",
        "file:///home/runner/work/repo/src/a%20b.py",
        "/home/runner/work/repo/src/a%20b.py",
        "file:///C:/build/src/a%20b.py",
        "C:\\build\\src\\a b.py",
    ],
)
def test_a_path_is_found_however_it_is_written(uri: str, repo: Repo) -> None:
    assert [f.path for f in found(repo, report(result(uri)))] == ["src/a b.py"]


def test_a_file_at_the_top_is_found_below_the_folder_that_other_results_give_away(repo: Repo) -> None:
    results = [result("/r/src/a%20b.py"), result("/r/top.py", 1), result("/elsewhere/top.py", 1)]
    assert [f.path for f in found(repo, report(*results))] == ["src/a b.py", "top.py"]


def test_a_uri_counts_from_its_base(repo: Repo) -> None:
    one = result()
    one["locations"][0]["physicalLocation"]["artifactLocation"] = {"uri": "a%20b.py", "uriBaseId": "SRC"}
    assert found(repo, report(one, originalUriBaseIds={"SRC": {"uri": "file:///w/src/"}}))[0].path == "src/a b.py"


def test_an_artifact_may_be_named_by_its_index(repo: Repo) -> None:
    one = result()
    one["locations"][0]["physicalLocation"]["artifactLocation"] = {"index": 0}
    assert found(repo, report(one, artifacts=[{"location": {"uri": "src/a%20b.py"}}]))[0].path == "src/a b.py"


def test_what_the_tool_calls_new_counts_on_any_line_of_a_changed_file(repo: Repo) -> None:
    assert found(repo, report(result(line=1, baselineState="new")))[0].line == 1


def test_a_short_region_counts_where_any_of_its_lines_changed(repo: Repo) -> None:
    one = result(line=1)
    one["locations"][0]["physicalLocation"]["region"]["endLine"] = 2
    assert found(repo, report(one))[0].end_line == 2


@pytest.mark.parametrize(
    ("level", "severity"), [("error", Severity.WARN), ("warning", Severity.WARN), ("note", Severity.INFO)]
)
def test_nothing_blocks_by_itself(level: str, severity: Severity, repo: Repo) -> None:
    assert found(repo, report(result(level=level)))[0].severity is severity


def test_level_and_message_may_come_from_the_rule(repo: Repo) -> None:
    rule = {
        "id": "R1",
        "defaultConfiguration": {"level": "note"},
        "messageStrings": {"m": {"text": "Do not use {0} at [line](1) {7}"}},
    }
    one = result(message={"id": "m", "arguments": ["eval"]})
    (finding,) = found(repo, report(one, rules=[rule]))
    assert finding.severity is Severity.INFO
    assert finding.message == "Do not use eval at line {7}"


def test_messages_are_one_printable_line_without_secrets(repo: Repo) -> None:
    token = "glpat-" + "hT7vB2nXw9LkD4hZc6Rm"
    (finding,) = found(repo, report(result(message={"text": f"a\x1b[31m\n\n{token} \u202e" + "b" * 900})))
    assert finding.message.startswith("a[31m [secret: GitLab token] bbb")
    assert finding.message.isprintable()
    assert len(finding.message) <= 500


def test_the_tools_own_fingerprint_is_the_identity(repo: Repo) -> None:
    one = result(partialFingerprints={"primaryLocationLineHash": "abc:1", "n": 3})
    assert found(repo, report(one))[0].text == "primaryLocationLineHash=abc:1"


def test_a_result_in_two_reports_is_one_finding(repo: Repo) -> None:
    assert len(found(repo, report(result()), report(result()))) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[]", "not SARIF"),
        ('{"version": "2.1.0"}', "not SARIF"),
        ('{"version": "2.0.0", "runs": []}', "2.0.0"),
        ("[" * 200_000, "nested too deep"),
        ('{"version": "2.1.0", "runs": ' + "9" * 5000 + "}", "not"),
    ],
)
def test_what_is_no_report_is_one_line_with_its_name(content: str, reason: str, repo: Repo) -> None:
    with pytest.raises(UserError, match=reason) as caught:
        found(repo, content)
    assert "0.sarif: " in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_report_and_one_that_is_too_large(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError, match=r"gone\.sarif: cannot be read: No such file"):
        sarif_file.read_report(tmp_path / "gone.sarif")
    (tmp_path / "big.sarif").write_bytes(b" " * 101)
    monkeypatch.setattr(sarif_file, "MAX_BYTES", 100)
    with pytest.raises(UserError, match="larger than"):
        sarif_file.read_report(tmp_path / "big.sarif")


def test_reports_in_other_encodings_are_read() -> None:
    text = json.dumps(report(result()))
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert len(runs_in(text.encode(encoding), "r")[0].results) == 1


@pytest.mark.parametrize(
    ("tool", "rule", "slug"),
    [
        ("Bandit", "B101", "sarif-bandit-b101"),
        ("CodeQL", "py/sql-injection", "sarif-code-ql-py-sql-injection"),
        ("Tool", "", "sarif-tool"),
        ("ключ", "☃", "sarif"),
    ],
)
def test_slugs_are_kebab_case(tool: str, rule: str, slug: str) -> None:
    assert slug_of(tool, rule) == slug


@given(st.text(), st.text())
def test_a_slug_is_short_and_fit_for_settings(tool: str, rule: str) -> None:
    slug = slug_of(tool, rule)
    assert slug.startswith("sarif")
    assert len(slug) <= 60
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_long_rules_that_differ_at_the_end_have_different_slugs() -> None:
    assert slug_of("t", "x" * 100 + "1") != slug_of("t", "x" * 100 + "2")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)
KEYS = ("ruleId", "ruleIndex", "rule", "level", "kind", "message", "locations", "suppressions", "baselineState")


@settings(max_examples=200)
@given(st.lists(st.dictionaries(st.sampled_from(KEYS), JSON), max_size=3), JSON, JSON, JSON)
def test_no_shape_of_report_crashes_the_reader(results: Any, rules: Any, bases: Any, artifacts: Any) -> None:
    made = report(*results, result(), rules=rules, originalUriBaseIds=bases, artifacts=artifacts)
    for run in runs_in(json.dumps(made).encode(), "r"):
        places = Places.of({"a.py"}, run.bases, {(r.uri, r.base) for r in run.results})
        assert all(places.path_of(r.uri, r.base) in (None, "a.py") for r in run.results)


@given(st.text() | st.from_regex(r"(file://)?(/|\.\./|%2e%2e/|a|\\|:|%00|%ff){0,12}", fullmatch=True))
def test_a_uri_never_leads_outside_the_repository(uri: str) -> None:
    places = Places.of({"a", "a/a"}, {}, {(uri, "")})
    assert places.path_of(uri) in (None, "a", "a/a")
