"""Constraint checks on trees in memory, with a real index: what they say about a change."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from checks.check import Check, Example
from checks.finding import Finding
from checks.knowledge import Knowledge
from checks.settings import Settings
from checks.workspace import open_workspace
from kb.graph.index import Index
from tests.checks.trees import change_of

Texts = Mapping[str, str | bytes | None]


def findings(
    check: Check,
    before: Texts,
    after: Texts,
    renamed: Mapping[str, str] | None = None,
    settings: Settings | None = None,
) -> list[Finding]:
    """Return what a check says about the change between two trees, in order of place."""
    change = change_of(before, after, renamed)
    index = Index.open(None, "tests")
    try:
        with open_workspace(None) as workspace:
            knowledge = Knowledge(workspace, settings or Settings(), code=index)
            report = check.run(change, knowledge)
    finally:
        index.close()
    assert all(finding.evidence for finding in report.findings)
    return sorted(report.findings, key=lambda one: one.order)


def fired(
    check: Check, before: Texts, after: Texts, renamed: Mapping[str, str] | None = None
) -> list[tuple[str, str, int]]:
    """Return (slug, path, line) of what a check says."""
    return sorted((one.slug, one.path, one.line) for one in findings(check, before, after, renamed))


def examples_of(*checks: Check) -> list[object]:
    """Return the checks' examples as parameters of a test."""
    return [pytest.param(check, one, id=f"{check.SLUG}-{one.name}") for check in checks for one in check.EXAMPLES]


def holds(check: Check, example: Example) -> None:
    """Assert that an example fires exactly where it says."""
    assert fired(check, example.before, example.after) == sorted(example.fires)


def lines_of(finding: Finding, kind: str = "caller") -> list[str]:
    """Return `path:line` of a finding's evidence of a kind."""
    return [f"{one.path}:{one.line}" for one in finding.evidence if one.kind == kind]
