"""The SARIF form validates against the official schema and says where each finding is."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from bot.render.sarif import render_sarif
from checks.check import Rule
from checks.finding import Confidence, Disposition, Severity, Side, Suggestion
from checks.verdict import CheckRun, CheckStatus, Overall, Verdict
from tests.bot.verdicts import BAD, CLEAN, FIX, UNUSED, finding, with_findings
from tests.strategies import unhurried, verdicts

OFFICIAL = Path(__file__).parents[1] / "data" / "sarif-schema-2.1.0.json.gz"
URI = re.compile(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+")  # a relative reference, all else percent-encoded
UNUSED_IMPORT = Rule(
    slug="unused-import",
    severity=Severity.INFO,
    confidence=Confidence.HIGH,
    finds="An import that nothing uses.",
    why="It misleads.",
    fix="Remove it.",
    codes=("F401",),
)
RULES = {UNUSED_IMPORT.slug: UNUSED_IMPORT}


@cache
def validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(gzip.decompress(OFFICIAL.read_bytes())))


def run_of(verdict: Verdict, **options: Any) -> dict[str, Any]:
    document = json.loads(render_sarif(verdict, **options))
    validator().validate(document)
    run: dict[str, Any] = document["runs"][0]
    assert len(document["runs"]) == 1
    return run


def values_of(node: Any, key: str) -> list[Any]:
    if isinstance(node, list):
        return [value for child in node for value in values_of(child, key)]
    if isinstance(node, dict):
        own = [node[key]] if key in node else []
        return own + [value for child in node.values() for value in values_of(child, key)]
    return []


@settings(unhurried, max_examples=50)
@given(verdicts)
def test_every_verdict_validates_against_the_official_schema(verdict: Verdict) -> None:
    text = render_sarif(verdict, RULES)
    document = json.loads(text)
    validator().validate(document)
    json.dumps(document, ensure_ascii=False).encode("utf-8")  # no lone surrogate is left
    assert all(URI.fullmatch(uri) for uri in values_of(document, "uri"))
    assert len(document["runs"][0]["results"]) == len(verdict.findings) + len(verdict.silenced)


def test_severities_become_levels_and_fingerprints_are_kept() -> None:
    results = run_of(with_findings(*(finding(severity=severity) for severity in Severity)))["results"]
    assert [result["level"] for result in results] == ["error", "warning", "note", "note"]  # the last is silenced
    assert results[0]["partialFingerprints"] == {"prudent/v1": "a" * 16}


def test_a_result_points_at_its_rule_its_lines_and_its_evidence() -> None:
    run = run_of(BAD, rules=RULES, help_base="https://docs.example/checks/")
    result = run["results"][0]
    rules = run["tool"]["driver"]["rules"]
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == "call-does-not-fit-signature"
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "src/app/views.py", "uriBaseId": "SRCROOT"}
    assert place["region"] == {"startLine": 12, "endLine": 14}
    assert result["locations"][0]["logicalLocations"] == [{"fullyQualifiedName": "View.save"}]
    assert [related["physicalLocation"]["region"]["startLine"] for related in result["relatedLocations"]] == [40, 40]
    known = next(rule for rule in rules if rule["id"] == "unused-import")
    assert "Remove it." in known["help"]["text"]
    assert known["helpUri"] == "https://docs.example/checks/index.md#unused-import"


def test_a_finding_on_the_base_file_has_its_line_among_the_related_locations() -> None:
    result = run_of(with_findings(finding(side=Side.LEFT, evidence=())))["results"][0]
    assert "region" not in result["locations"][0]["physicalLocation"]
    (related,) = result["relatedLocations"]
    assert related["physicalLocation"]["artifactLocation"]["uriBaseId"] == "BASEROOT"
    assert related["physicalLocation"]["region"] == {"startLine": 12, "endLine": 14}
    assert result["properties"]["side"] == "LEFT"


def test_a_silenced_finding_is_suppressed_with_its_reason() -> None:
    results = run_of(BAD)["results"]
    assert "suppressions" not in results[0]
    assert results[-1]["suppressions"] == [{"kind": "inSource", "justification": "kept for its side effect"}]


def test_only_a_safe_suggestion_becomes_a_fix() -> None:
    unsafe = [replace(FIX, disposition=kind) for kind in (Disposition.DISPLAY, Disposition.UNSAFE)]
    results = run_of(with_findings(*(replace(UNUSED, suggestion=s) for s in (FIX, *unsafe)), silenced=()))["results"]
    assert ["fixes" in result for result in results] == [True, False, False]
    replacement = results[0]["fixes"][0]["artifactChanges"][0]["replacements"][0]
    assert replacement == {"deletedRegion": {"startLine": 1, "endLine": 2}, "insertedContent": {"text": "import sys"}}


def test_a_fix_that_removes_lines_removes_their_line_ends_too() -> None:
    gone = Suggestion(3, 4, "", FIX.disposition, "ruff")
    fix = run_of(with_findings(replace(UNUSED, suggestion=gone)))["results"][0]["fixes"][0]
    assert fix["artifactChanges"][0]["replacements"][0]["deletedRegion"] == {
        "startLine": 3,
        "startColumn": 1,
        "endLine": 5,
        "endColumn": 1,
    }


@pytest.mark.parametrize("overall", Overall)
def test_a_run_that_did_not_check_was_no_success(overall: Overall) -> None:
    (invocation,) = run_of(replace(CLEAN, overall=overall))["invocations"]
    assert invocation["executionSuccessful"] is (overall is not Overall.NOT_CHECKED)


def test_what_was_not_seen_becomes_notifications() -> None:
    crashed = CheckRun("ty", CheckStatus.FAILED, 3, "ValueError: no")
    (invocation,) = run_of(replace(BAD, checks=(*BAD.checks, crashed)))["invocations"]
    said = [(entry["level"], entry["message"]["text"]) for entry in invocation["toolExecutionNotifications"]]
    assert said == [
        ("warning", "tsc: skipped: tsc is not installed"),
        ("error", "ty: failed: ValueError: no"),
        ("warning", "partly reviewed: larger than 5 MB"),
        ("note", "not reviewed: generated"),
    ]


@pytest.mark.parametrize("path", ["a b.py", "ünï.py", "a%b?c#d.py", "new\nline.py", "c:/x.py", "\udcff.py", "-x.py"])
def test_a_path_survives_in_its_uri(path: str) -> None:
    (uri,) = values_of(run_of(with_findings(finding(path=path, evidence=())))["results"][0]["locations"], "uri")
    assert unquote_to_bytes(uri) == path.encode("utf-8", "surrogateescape")
    assert ":" not in uri


def test_text_cannot_become_a_link() -> None:
    message = run_of(with_findings(finding(message="see [here](https://evil.example)")))["results"][0]["message"][
        "text"
    ]
    assert message == r"see \[here](https://evil.example)"
