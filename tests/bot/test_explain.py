"""`prudent explain` and `prudent checks` on the real registry."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bot.cli import checks, explain
from bot.cli.main import main
from checks.registry import CHECKS, DESCRIBED
from kb.errors import UserError

SLUGS = sorted({check.SLUG for check in CHECKS} | {rule.slug for check in CHECKS for rule in check.RULES})


def explained(*arguments: str) -> Result:
    return CliRunner().invoke(explain.command, arguments, catch_exceptions=True)


def json_of(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_check_of_ours_is_explained_with_contract_and_examples() -> None:
    text = explained("claim-without-code").stdout
    assert text.startswith("claim-without-code\n")
    for heading in ("What it finds:", "Why it matters:", "When it stays silent:", "How to fix:"):
        assert f"\n{heading}\n" in text
    assert "fires: claim-without-code at" in text
    assert "stays silent\n" in text


def test_a_rule_of_an_engine_is_explained_by_slug_and_by_code() -> None:
    by_slug = explained("undefined-name").stdout
    assert by_slug == explained("F821").stdout
    assert "Reported by ruff: block" in by_slug
    assert "from F821" in by_slug
    assert "  Why: " in by_slug
    assert "  Fix: " in by_slug


def test_an_engine_is_explained_with_its_rules() -> None:
    text = explained("ruff").stdout
    assert "Rules (" in text
    assert "\n  undefined-name (block): " in text


def test_every_slug_can_be_explained_in_every_form() -> None:
    for slug in SLUGS:
        assert explained(slug).stdout.startswith(f"{slug}\n")
        assert f"# {slug}\n" in explained(slug, "--format", "markdown").stdout
        document = json_of(explained(slug, "--format", "json"))
        assert document["schema"] == "prudent.explain/1"
        assert document["slug"] == slug
        assert document["check"] or document["rule"]
        assert document["examples"] == [] or {"name", "before", "after"} <= set(document["examples"][0])


def test_json_has_the_whole_example() -> None:
    document = json_of(explained("claim-without-code", "--format", "json"))
    assert document["rule"]["reported_by"][0]["check"] == "claim-without-code"
    firing = next(example for example in document["examples"] if example["fires"])
    assert firing["fires"][0]["path"] in firing["after"]


def test_an_unknown_slug_is_one_line_and_exit_code_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert isinstance(explained("undefned-name").exception, UserError)
    assert main(["explain", "undefned-name"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "prudent: no check or rule is called 'undefned-name'; did you mean 'undefined-name'?\n"


def test_all_slugs_are_listed_with_who_reports_them() -> None:
    lines = CliRunner().invoke(checks.command, []).stdout.splitlines()
    assert lines[0].split() == ["slug", "severity", "confidence", "reported", "by", "languages"]
    row = next(line for line in lines if line.startswith("undefined-name "))
    assert row.split()[1:4] == ["block", "high", "posted"]
    assert "ruff" in row


def test_the_list_as_json() -> None:
    document = json_of(CliRunner().invoke(checks.command, ["--format", "json"]))
    listed = {row["slug"]: row for row in document["checks"]}
    assert document["schema"] == "prudent.checks/1"
    assert set(listed) == {rule.slug for check in DESCRIBED for rule in check.RULES}
    assert listed["claim-without-code"]["languages"] == ["any"]
