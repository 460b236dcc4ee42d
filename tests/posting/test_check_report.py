"""What a check run shows, and how it ends."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from bot.posting.check_report import conclusion_of, report_of
from checks.finding import Side
from checks.settings import AppOptions
from checks.verdict import Overall, Verdict
from tests.bot.verdicts import BAD, BROKEN_CALL, CLEAN, with_findings
from tests.posting.standings import LINKS
from tests.strategies import unhurried, verdicts


@settings(unhurried, max_examples=40)
@given(verdicts)
def test_a_check_run_takes_what_github_takes(verdict: Verdict) -> None:
    conclusion, report = report_of(verdict, options=AppOptions(), links=LINKS)
    assert (conclusion == "success") is (verdict.overall is Overall.APPROVE)
    assert 0 < len(report.title) <= 255
    assert "\n" not in report.title
    assert not report.title.startswith("Approved")  # a check run approves nothing
    assert len(report.summary) <= 65_535
    assert len(report.text) <= 65_535
    for one in report.annotations:
        one.path.encode()
        assert one.path in {finding.path for finding in verdict.findings}
        assert 1 <= one.line <= one.end_line
        assert one.level in ("failure", "warning", "notice")
        assert 0 < len(one.title) <= 255
        assert 0 < len(one.message.encode()) <= 64 * 1024
    assert len(report.buttons) <= 3
    for button in report.buttons:
        assert len(button.label) <= 20
        assert len(button.description) <= 40
        assert len(button.identifier) <= 20


@pytest.mark.parametrize(
    ("overall", "not_checked", "conclusion"),
    [
        (Overall.APPROVE, "neutral", "success"),
        (Overall.REQUEST_CHANGES, "neutral", "failure"),
        (Overall.COMMENT, "failure", "neutral"),
        (Overall.NOT_CHECKED, "neutral", "neutral"),
        (Overall.NOT_CHECKED, "failure", "failure"),
    ],
)
def test_the_check_run_is_the_gate(overall: Overall, not_checked: str, conclusion: str) -> None:
    verdict = replace(CLEAN, overall=overall)
    assert conclusion_of(verdict, AppOptions(not_checked=not_checked)) == conclusion


def test_a_check_run_shows_every_finding_and_the_buttons_that_make_sense() -> None:
    conclusion, report = report_of(BAD, options=AppOptions(), links=LINKS)
    assert conclusion == "failure"
    assert report.title == "Changes requested: 1 blocking finding, 1 remark; 2 of 4 files fully reviewed."
    assert [(one.path, one.line, one.end_line, one.level) for one in report.annotations] == [
        ("src/app/views.py", 12, 14, "failure"),
        ("a.py", 1, 1, "notice"),
    ]
    assert report.annotations[0].message == (
        "`save()` now needs a `user` that its caller in `mail.py` does not pass: it raises TypeError when it runs.\n"
        "engine src/app/mail.py:40: ty missing-argument: no argument for parameter `user`\n"
        "caller src/app/mail.py:40: save(draft)"
    )
    assert [button.identifier for button in report.buttons] == ["rerun", "fix", "dismiss"]
    assert "suggestion" not in report.text  # nobody could click it there
    only_base = with_findings(replace(BROKEN_CALL, side=Side.LEFT))
    assert report_of(only_base, options=AppOptions(), links=LINKS)[1].annotations == ()
    clean = report_of(CLEAN, options=AppOptions(), links=LINKS)[1]
    assert [button.identifier for button in clean.buttons] == ["rerun"]
    assert clean.text == ""
