"""The fold: nothing that went wrong, and nothing unseen, can end as an approval."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.finding import Severity
from checks.fold import one_liner_of, overall_of
from checks.verdict import CheckRun, CheckStatus, Coverage, Overall, PathNote, Silenced
from tests.checks.planted import finding

FULL = Coverage(("a.py",))
OK = CheckRun("ruff", CheckStatus.OK, 1)
BROKEN = CheckRun("ty", CheckStatus.TIMED_OUT, 1, "slow", ("a.py",))
NOTHING_TO_DO = CheckRun("tsc", CheckStatus.SKIPPED, 0, "no changed file for it")
BLOCK, INFO = finding(severity=Severity.BLOCK), finding(severity=Severity.INFO)


@pytest.mark.parametrize(
    ("findings", "coverage", "runs", "silenced", "overall"),
    [
        ((), FULL, (OK, NOTHING_TO_DO), (), Overall.APPROVE),
        ((INFO,), FULL, (OK,), (), Overall.COMMENT),
        ((BLOCK,), FULL, (OK,), (), Overall.REQUEST_CHANGES),
        ((BLOCK,), FULL, (OK, BROKEN), (), Overall.REQUEST_CHANGES),
        ((), FULL, (OK, BROKEN), (), Overall.NOT_CHECKED),
        ((INFO,), FULL, (OK, BROKEN), (), Overall.NOT_CHECKED),
        ((), Coverage(("a.py",), (PathNote("b.py", "ty did not run"),)), (OK,), (), Overall.COMMENT),
        ((), Coverage(("a.py",), (), (PathNote("b.png", "binary"),)), (OK,), (), Overall.COMMENT),
        ((), Coverage(("a.py",), (), (PathNote("b.js", "ignored path", chosen=True),)), (OK,), (), Overall.APPROVE),
        ((), Coverage((), (), (PathNote("b.png", "binary"),)), (OK,), (), Overall.NOT_CHECKED),
        ((), Coverage(), (OK,), (), Overall.COMMENT),
        ((), FULL, (OK,), (Silenced(BLOCK, "because"),), Overall.COMMENT),
        ((), FULL, (OK,), (Silenced(INFO, "because"),), Overall.APPROVE),
    ],
)
def test_overall(findings, coverage, runs, silenced, overall) -> None:
    assert overall_of(findings, coverage, runs, silenced) is overall
    assert one_liner_of(overall, findings, coverage, runs).endswith(".")


@given(
    st.lists(st.sampled_from(list(Severity))),
    st.booleans(),
    st.lists(st.sampled_from(list(CheckStatus))),
    st.booleans(),
)
def test_approval_needs_everything(severities, partial, statuses, left_out) -> None:
    findings = [finding(severity=severity) for severity in severities]
    coverage = Coverage(
        ("a.py",),
        (PathNote("b.py", "x"),) if partial else (),
        (PathNote("c", "binary"),) if left_out else (),
    )
    runs = [CheckRun("c", status, 1) for status in statuses]
    broke = any(s in (CheckStatus.FAILED, CheckStatus.TIMED_OUT) for s in statuses)
    approves = overall_of(findings, coverage, runs, ()) is Overall.APPROVE
    assert approves == (not findings and not partial and not left_out and not broke)


def test_the_sentence_counts_what_was_found_and_seen() -> None:
    part = Coverage(("a.py", "b.py"), (), (PathNote("c.png", "binary"),))
    said = one_liner_of(Overall.REQUEST_CHANGES, [BLOCK, INFO, INFO], part, [OK])
    assert said == "1 blocking finding, 2 remarks; 2 of 3 files fully reviewed."
    assert one_liner_of(Overall.APPROVE, [], FULL, [OK]) == "Nothing to say about 1 file; everything was checked."
    assert one_liner_of(Overall.NOT_CHECKED, [], FULL, [OK, BROKEN]) == "Not checked: ty did not finish."
