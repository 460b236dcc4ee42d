"""What memory makes of the findings of a review: held back, raised, silent, cited; and what it must never do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.finding import Confidence, Evidence, Finding, Severity, likeness_of
from checks.fold import overall_of
from checks.inference.passes import READINGS
from checks.remember import KIND, Remembered, remembered
from checks.verdict import CheckRun, CheckStatus, Coverage, Overall
from kb.memory.embed import Embedder, open_embedder
from kb.memory.model import Fate, Lesson, Recollection, Signal, Trust
from tests.memory.lessons import NOW, lesson, recollection

SILENCED = Trust("unused-import", 0, 4, 0.4, 0.2, 0.7, is_silenced=True, notice="unused-import is silent here.")


def found(message: str = "`re` is imported and never used", text: str = "import re", **more: object) -> Finding:
    made = Finding(
        check="ruff",
        slug="unused-import",
        severity=Severity.WARN,
        confidence=Confidence.MEDIUM,
        path="src/new.py",
        line=3,
        end_line=3,
        message=message,
        text=text,
        fingerprint="new",
        evidence=(Evidence("engine", "src/new.py", 3, "F401"),),
    )
    return replace(made, **more)


def embedder() -> Embedder:
    made = open_embedder()
    assert made is not None
    return made


def ask(finding: Finding, lessons: list[Lesson], trust: dict[str, Trust] | None = None, **more: object) -> Remembered:
    return remembered([finding], recollection(lessons, trust=trust or {}), embedder(), now=NOW, **more)  # type: ignore[arg-type]


def dismissed(count: int = 3, **more: object) -> list[Lesson]:
    return [lesson(number, about=f"a{number}", **more) for number in range(1, count + 1)]


def accepted(count: int = 3, **more: object) -> list[Lesson]:
    return [lesson(100 + n, Fate.ACCEPTED, about=f"b{n}", by="", reason="", **more) for n in range(count)]


def test_without_memory_or_findings_nothing_changes() -> None:
    assert remembered([found()], None, None, now=NOW) == Remembered((found(),))
    assert remembered([], recollection(dismissed()), embedder(), now=NOW) == Remembered(())
    assert remembered([found()], Recollection("r", ""), None, now=NOW) == Remembered((found(),))


def test_one_like_three_that_were_dismissed_is_held_back_with_the_reason() -> None:
    told = ask(found(), dismissed())
    (one,) = told.silenced
    assert told.findings == ()
    assert (one.held, one.by) == (True, "")
    assert one.reason.startswith("held back: like 3 findings that were dismissed: pull/")
    assert [evidence.kind for evidence in one.finding.evidence] == ["engine", KIND, KIND, KIND]
    assert "one like it was dismissed by ada (pull/1 at 1a2b3c4): by design" in [e.text for e in one.finding.evidence]
    assert sorted(told.cited["new"]) == [1, 2, 3]


def test_one_like_three_that_were_accepted_is_raised_by_one_step() -> None:
    told = ask(found(), accepted())
    (one,) = told.findings
    assert one.confidence is Confidence.HIGH
    assert one.evidence[1].text == "one like it was fixed (pull/100 at 1a2b3c4)"
    assert ask(found(confidence=Confidence.HIGH), accepted()).findings[0].confidence is Confidence.HIGH


def test_where_memory_is_unsure_the_finding_is_said_as_it_is() -> None:
    assert ask(found(), [*dismissed(), *accepted()]) == Remembered((found(),))
    assert ask(found(slug="other"), dismissed()) == Remembered((found(slug="other"),))


def test_a_finding_that_repeats_an_earlier_one_cites_it() -> None:
    again = lesson(7, Fate.ACCEPTED, about=likeness_of(found()), signal=Signal.COMMITTED, by="", reason="")
    (one,) = ask(found(), [again]).findings
    assert one == replace(
        found(),
        evidence=(
            *found().evidence,
            Evidence(KIND, "app/part7.py", 0, "the same was mended by the suggestion (pull/7 at 1a2b3c4)"),
        ),
    )


def test_a_finding_that_was_itself_dismissed_is_decided_elsewhere() -> None:
    lessons = [*dismissed(), lesson(9, fingerprint="new")]
    told = ask(found(), lessons, {"unused-import": SILENCED})
    assert told.silenced == ()
    assert not told.findings[0].silent
    assert any("the same was dismissed by ada" in evidence.text for evidence in told.findings[0].evidence)


@pytest.mark.parametrize("slug", ["secret-added", "security-hole", "request-data-in-sql", "sarif-bandit"])
def test_a_blocking_finding_of_security_is_never_held_back_nor_silent(slug: str) -> None:
    finding = found(slug=slug, severity=Severity.BLOCK)
    trust = {slug: replace(SILENCED, slug=slug)}
    told = ask(finding, dismissed(9, slug=slug), trust)
    assert told.silenced == ()
    assert [one.silent for one in told.findings] == [False]
    if slug == "secret-added":  # below blocking it is like any other
        assert ask(replace(finding, severity=Severity.WARN), dismissed(9, slug=slug)).silenced


def overall(told: Remembered) -> Overall:
    runs = [CheckRun("ruff", CheckStatus.OK, 1)]
    said = [finding for finding in told.findings if not finding.silent]
    return overall_of(said, Coverage(("src/new.py",)), runs, told.silenced)


@given(
    severity=st.sampled_from(Severity),
    slug=st.sampled_from(["unused-import", "secret-added"]),
    wanted=st.integers(0, 4),
    unwanted=st.integers(0, 6),
    silenced=st.booleans(),
)
def test_no_blocking_finding_becomes_an_approval(
    severity: Severity, slug: str, wanted: int, unwanted: int, silenced: bool
) -> None:
    lessons = [*dismissed(unwanted, slug=slug), *accepted(wanted, slug=slug)]
    trust = {slug: replace(SILENCED, slug=slug)} if silenced else {}
    told = ask(found(slug=slug, severity=severity), lessons, trust)
    if severity is Severity.BLOCK:
        assert overall(told) is not Overall.APPROVE
    assert len(told.findings) + len(told.silenced) == 1


def test_a_slug_that_has_gone_silent_is_recorded_and_its_notice_told() -> None:
    told = ask(found(), [lesson(1, about="far", text="x", code="y")], {"unused-import": SILENCED})
    assert [one.silent for one in told.findings] == [True]
    assert (
        told.findings[0].evidence[1].text == "one of unused-import was dismissed by ada (pull/1 at 1a2b3c4): by design"
    )
    assert told.cited == {"new": (1,)}
    assert told.notes == ("unused-import is silent here.",)
    assert overall(told) is Overall.APPROVE


def test_a_blocking_finding_of_a_slug_that_has_gone_silent_is_held_back() -> None:
    told = ask(found(severity=Severity.BLOCK), [lesson(1, about="far", text="x")], {"unused-import": SILENCED})
    assert [one.reason for one in told.silenced] == ["held back: unused-import is silent here."]
    assert overall(told) is Overall.COMMENT


def test_trust_alone_silences_without_any_lesson_at_hand() -> None:
    bare = Recollection("r", "", trust={"unused-import": SILENCED}, now=NOW)
    told = remembered([found()], bare, None, now=NOW)
    assert [one.silent for one in told.findings] == [True]
    assert told.findings[0].evidence == found().evidence


def test_what_the_settings_ask_for_never_goes_silent() -> None:
    told = ask(found(), [lesson(1, about="far")], {"unused-import": SILENCED}, enabled=("unused-import",))
    assert [one.silent for one in told.findings] == [False]
    assert told.notes == ()


def test_what_is_recorded_silently_anyway_is_left_as_it_is() -> None:
    silent = found(silent=True)
    assert ask(silent, dismissed()) == Remembered((silent,))


def test_vectors_of_another_name_are_not_compared_and_exact_likeness_still_counts() -> None:
    exact = dismissed(3)
    for at, one in enumerate(exact):
        exact[at] = replace(one, about=likeness_of(found()))
    other = replace(recollection(dismissed()), embedder="other/1")
    assert remembered([found()], other, embedder(), now=NOW).silenced == ()
    same = replace(recollection(exact), embedder="other/1")
    assert len(remembered([found()], same, embedder(), now=NOW).silenced) == 1
    assert len(remembered([found()], same, None, now=NOW).silenced) == 1


def test_lessons_that_expired_since_the_recollection_was_made_are_not_heeded() -> None:
    recalled = recollection(dismissed())
    assert remembered([found()], recalled, embedder(), now=NOW + 366 * 86_400) == Remembered((found(),))


def test_what_models_say_is_compared_whichever_pass_said_it() -> None:
    first, second = READINGS[0].SLUG, READINGS[2].SLUG
    claims = dismissed(3, slug=first, text="the result may be None and is read without a check", code="")
    claim = found("the result may be None and is read without a check here", "", check=second, slug=second)
    assert len(ask(claim, claims).silenced) == 1
    assert ask(replace(claim, slug="unused-import"), claims).silenced == ()


def test_the_order_of_findings_is_kept_and_does_not_matter() -> None:
    findings = [found(fingerprint="a"), found("something else entirely", "x = 1", slug="other", fingerprint="b")]
    recalled = recollection([*accepted(), *dismissed(3, slug="third")])
    one = remembered(findings, recalled, embedder(), now=NOW)
    two = remembered(findings[::-1], recalled, embedder(), now=NOW)
    assert [finding.fingerprint for finding in one.findings] == ["a", "b"]
    assert one.findings == two.findings[::-1]


def test_a_reason_is_cut_and_stays_on_one_line() -> None:
    told = ask(found(), dismissed(reason="because\n" * 99))
    text = told.silenced[0].finding.evidence[1].text
    assert "\n" not in text
    assert len(text) < 220
