"""Every check's examples, on real repositories, through the runner: they fire exactly where they say."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.pipeline import Options, change_of, review
from bot.sources import open_sources
from checks.check import Check, Example
from checks.registry import CHECKS
from checks.verdict import Verdict
from checks.workspace import open_workspace
from kb.repository import Repository
from tests.repos import Repo

CASES = [
    pytest.param(check, example, id=f"{check.SLUG}-{example.name}") for check in CHECKS for example in check.EXAMPLES
]


def reviewed(check: Check, example: Example, folder: Path) -> Verdict:
    """Return the verdict of one check on an example, silent rules posted too."""
    repo = Repo(folder / "repo")
    trees = (*example.history, example.before, example.after)
    texts = (*(example.messages or ["Earlier"] * len(example.history)), "Before", example.statement)
    oids = [
        repo.commit({**tree, **{path: None for path in earlier if path not in tree}}, text)
        for earlier, tree, text in zip(({}, *trees), trees, texts, strict=False)
    ]
    reports = (folder / "report.sarif",) if example.sarif else ()
    for report in reports:
        report.write_text(example.sarif, "utf-8")
    cache = folder / "cache"
    with (
        Repository.open(repo.root) as repository,
        open_workspace(cache) as workspace,
        open_sources(repository, cache) as sources,
    ):
        change = change_of(repository.compare("HEAD~1..HEAD"), "example")
        if (memory := example.memory) is not None:
            sources = replace(sources, memory=lambda: memory(oids))
        return review(change, workspace, Options(checks=(check.SLUG,), sarif=reports), sources)


@pytest.mark.parametrize(("check", "example"), CASES)
def test_an_example_fires_exactly_where_it_says(check: Check, example: Example, tmp_path: Path) -> None:
    verdict = reviewed(check, example, tmp_path)
    ran = {run.slug: run for run in verdict.checks}[check.SLUG]
    assert not ran.reason or not ran.missed, ran
    own = [f for f in verdict.findings if check.SLUG in (f.check, *f.also)]  # other checks may share the slug
    fired = sorted((f.slug, f.path, f.line) for f in own)
    assert fired == sorted(example.fires)
    for finding in verdict.findings:
        assert finding.evidence, "a finding without evidence is not posted"
    if example.fixed is not None:
        assert fixed_text(example, verdict) == example.fixed


def fixed_text(example: Example, verdict: Verdict) -> str:
    """Return the one file that fires with its suggestion applied."""
    (finding,) = verdict.findings
    assert finding.suggestion is not None, "no fix could be proven"
    lines = example.after[finding.path].splitlines(keepends=True)
    lines[finding.suggestion.line - 1 : finding.suggestion.end_line] = [finding.suggestion.replacement]
    return "".join(lines)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.SLUG)
def test_every_check_has_its_contract_and_both_kinds_of_examples(check: Check) -> None:
    for heading in ("What it finds.", "Why it matters.", "When it stays silent.", "How to fix."):
        assert heading in (check.__doc__ or ""), heading
    assert re.fullmatch("[a-z]+(-[a-z]+)*", check.SLUG)
    assert any(example.fires for example in check.EXAMPLES)
    assert any(not example.fires for example in check.EXAMPLES)
    for rule in check.RULES:
        assert rule.finds.endswith("."), rule.slug
