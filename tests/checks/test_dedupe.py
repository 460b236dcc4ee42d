"""One defect, one finding, whatever the order in which checks report."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from checks.dedupe import merged, subject_of
from checks.finding import Confidence, Evidence, Severity
from kb.source import Edit, Span
from tests.checks.planted import finding

RUFF = finding("undefined-name", check="ruff", message="Undefined name `foo`", severity=Severity.WARN)
TY = finding(
    "undefined-name",
    check="ty",
    message="Name `foo` used when not defined",
    severity=Severity.BLOCK,
    evidence=(Evidence("engine", "a.py", 1, "ty"),),
)


def test_two_engines_on_one_defect_are_one_finding_with_both_named() -> None:
    (one,) = merged([RUFF, TY])
    assert (one.check, one.also, one.severity) == ("ty", ("ruff",), Severity.BLOCK)


def test_a_fix_of_either_survives() -> None:
    edits = (Edit(Span(0, 1), b"y"),)
    (one,) = merged([replace(RUFF, edits=edits, fix_origin="ruff"), TY])
    assert (one.edits, one.fix_origin) == (edits, "ruff")


def test_two_names_on_one_line_are_two_defects() -> None:
    assert len(merged([RUFF, replace(TY, message="Name `bar` used when not defined")])) == 2


def test_one_check_that_reports_twice_means_it() -> None:
    assert len(merged([RUFF, replace(RUFF, text="other")])) == 2


def test_another_slug_line_or_file_is_another_defect() -> None:
    others = [replace(TY, slug="unused"), replace(TY, line=2, end_line=2), replace(TY, path="b.py")]
    assert len(merged([RUFF, *others])) == 4


def test_one_line_quoted_by_two_checks_is_shown_once() -> None:
    quoted = [Evidence("definition", "b.py", 3, text) for text in ("def foo(a):", "def foo(a)", "def foo()")]
    one, other = replace(RUFF, evidence=(quoted[0],)), replace(TY, evidence=(quoted[1], quoted[2]))
    (joined,) = merged([one, other])
    assert len(joined.evidence) == 2


GONE = finding(
    "removed-symbol-still-used",
    check="removed-symbol-still-used",
    message="`Shop.foo` is gone and still used (b.py:3)",
    severity=Severity.WARN,
)


def test_what_only_follows_from_a_removal_joins_it() -> None:
    (one,) = merged([TY, GONE, RUFF])
    assert (one.slug, one.also, one.severity) == ("removed-symbol-still-used", ("ruff", "ty"), Severity.BLOCK)
    assert TY.evidence[0] in one.evidence


def test_another_name_or_place_does_not_follow_from_it() -> None:
    others = [replace(TY, message="Name `bar` used when not defined"), replace(TY, line=2, end_line=2)]
    assert len(merged([GONE, *others])) == 3


def test_what_is_posted_by_one_and_silent_by_the_other_is_posted() -> None:
    (one,) = merged([replace(RUFF, silent=True), TY])
    assert not one.silent


def test_what_follows_from_a_syntax_error_is_not_said() -> None:
    broken = finding("syntax-error", check="ruff", severity=Severity.BLOCK)
    secret = finding("secret-added", line=3)
    assert {f.slug for f in merged([broken, RUFF, TY, secret])} == {"syntax-error", "secret-added"}


def test_the_quoted_name_is_the_subject() -> None:
    assert subject_of(finding(message='Module "a.b" has no member "c"')) == "b"
    assert subject_of(finding(message="no name here")) == ""


findings = st.builds(
    finding,
    st.sampled_from(["x", "y"]),
    check=st.sampled_from(["ruff", "ty", "oxlint"]),
    line=st.integers(1, 3),
    end_line=st.integers(3, 4),
    message=st.sampled_from(["`a` is bad", "`b` is bad", "bad"]),
    severity=st.sampled_from(list(Severity)),
    confidence=st.sampled_from(list(Confidence)),
)


@given(st.lists(findings, max_size=8), st.randoms())
def test_the_order_of_reports_changes_nothing(drawn: list, order: random.Random) -> None:
    shuffled = list(drawn)
    order.shuffle(shuffled)
    assert merged(drawn) == merged(shuffled)


def test_what_others_outside_lose_is_not_said_where_callers_inside_break() -> None:
    unfit = finding("call-does-not-fit-signature", message="Required parameter `new` of `foo` gets no value")
    public = finding(
        "public-api-broken", message="`foo` is public: its new parameter is required", severity=Severity.INFO
    )
    (one,) = merged([public, unfit])
    assert one.slug == "call-does-not-fit-signature"
    assert len(merged([public, replace(unfit, line=3, end_line=3)])) == 2
