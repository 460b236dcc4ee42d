"""Which findings memory holds back, raises or passes; and how far a slug is trusted."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betaincinv

from kb.memory.embed import open_embedder
from kb.memory.filter import Asked, Judgement, Kind, distinct, judged
from kb.memory.model import LIFE, Fate, Recollection, Signal
from kb.memory.trust import quantile, trust_of
from tests.kb.audits import ROOT
from tests.memory.lessons import NOW, lesson, recollection

ACCEPTED, DISMISSED = Fate.ACCEPTED, Fate.DISMISSED
EXACT = Asked("unused-import", "like", "new")


def said(text: str, code: str = "", slug: str = "unused-import", kin: frozenset[str] = frozenset()) -> Asked:
    embedder = open_embedder()
    assert embedder is not None
    vector, code_vector = embedder.vectors([text, code])
    return Asked(slug, "new", "new", vector, code_vector, kin)


def kind(asked: Asked, recalled: Recollection) -> Kind:
    (judgement,) = judged([asked], recalled)
    return judgement.kind


@pytest.mark.parametrize(
    ("dismissed", "accepted", "expected"),
    [
        (0, 0, Kind.PASSED),
        (2, 0, Kind.PASSED),
        (3, 0, Kind.HELD),
        (3, 1, Kind.HELD),
        (3, 2, Kind.PASSED),
        (5, 2, Kind.HELD),
        (3, 3, Kind.PASSED),
        (0, 3, Kind.RAISED),
        (1, 3, Kind.RAISED),
        (2, 4, Kind.PASSED),
    ],
)
def test_three_distinct_ones_decide_if_they_are_more_than_twice_the_others(
    dismissed: int, accepted: int, expected: Kind
) -> None:
    lessons = [lesson(number) for number in range(dismissed)]
    lessons += [lesson(100 + number, ACCEPTED) for number in range(accepted)]
    bare = Recollection("r", "", tuple(lessons), now=NOW)
    assert kind(EXACT, bare) is expected
    assert kind(said("`re` is imported and never used", "import re"), recollection(lessons)) is expected


def test_what_decided_is_told_and_the_same_is_told_newest_first() -> None:
    lessons = [lesson(number) for number in (1, 2, 3)]
    (judgement,) = judged([EXACT], Recollection("r", "", tuple(lessons), now=NOW))
    assert judgement == Judgement(Kind.HELD, tuple(lessons), tuple(reversed(lessons)))


def test_one_person_on_one_pull_request_is_one_voice() -> None:
    lessons = [lesson(number, subject="pull/1") for number in range(5)]
    assert kind(EXACT, Recollection("r", "", tuple(lessons), now=NOW)) is Kind.PASSED


def test_one_finding_that_is_dismissed_again_and_again_is_one_thing() -> None:
    lessons = [lesson(number, fingerprint="f") for number in range(5)]
    assert kind(EXACT, Recollection("r", "", tuple(lessons), now=NOW)) is Kind.PASSED


def test_what_was_merged_open_is_no_voice() -> None:
    lessons = [lesson(number, weight=0.5, signal=Signal.MERGED) for number in range(5)]
    assert kind(EXACT, Recollection("r", "", tuple(lessons), now=NOW)) is Kind.PASSED


def test_expired_lessons_are_not_heeded() -> None:
    lessons = [lesson(number) for number in range(3)]
    assert kind(EXACT, Recollection("r", "", tuple(lessons), now=NOW + LIFE)) is Kind.PASSED


def test_other_slugs_lessons_are_not_asked_unless_they_are_kin() -> None:
    claims = [
        lesson(number, slug="logic-error", text=f"the result of find_{name} may be None and is read", code="")
        for number, name in enumerate(("user", "order", "row"))
    ]
    recalled = recollection(claims)
    asked = "the result of find_item may be None and is read"
    assert kind(said(asked, slug="security-hole"), recalled) is Kind.PASSED
    assert kind(said(asked, slug="security-hole", kin=frozenset({"logic-error"})), recalled) is Kind.HELD
    other = "the timeout is given in seconds but milliseconds are expected"
    assert kind(said(other, slug="security-hole", kin=frozenset({"logic-error"})), recalled) is Kind.PASSED


def test_a_kin_lesson_about_like_code_that_says_something_else_is_not_asked() -> None:
    code = "value = cache.get(name).strip()"
    claims = [lesson(number, slug="logic-error", text="a typo in the name", code=code) for number in range(3)]
    kin = frozenset({"logic-error"})
    assert kind(said("None is not checked", code, "security-hole", kin), recollection(claims)) is Kind.PASSED


def test_unlike_findings_of_one_slug_pass() -> None:
    lessons = [lesson(number, text="line too long", code=f"x{number} = 'a'") for number in range(3)]
    assert kind(said("`urlopen` without a timeout", "urlopen(address)"), recollection(lessons)) is Kind.PASSED


def test_the_nearest_decide_not_the_many() -> None:
    far = [
        lesson(number, ACCEPTED, about="x", text="`os` is imported and never used", code="import os")
        for number in range(40)
    ]
    near = [
        lesson(100 + number, about="y", text="`legacy_hooks` is imported and never used", code="import legacy_hooks")
        for number in range(10)
    ]
    asked = said("`legacy_hooks` is imported and never used", "import legacy_hooks")
    assert kind(asked, recollection([*far, *near])) is Kind.HELD
    assert kind(said("`os` is imported and never used", "import os"), recollection([*far, *near])) is Kind.RAISED


def test_vectors_of_what_holds_no_number_are_like_nothing() -> None:
    recalled = recollection([lesson(number, about=f"a{number}") for number in range(3)])
    broken = np.full((3, 256), np.nan, np.float16)
    asked = said("`os` is imported and never used", "import os")
    assert kind(asked, recalled) is Kind.HELD
    assert kind(asked, replace(recalled, vectors=broken, code_vectors=broken)) is Kind.PASSED


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=12))
def test_distinct_ones_differ_pairwise_and_no_larger_choice_exists(pairs: list[tuple[int, int]]) -> None:
    lessons = [lesson(at, fingerprint=f"f{a}", subject=f"s{b}") for at, (a, b) in enumerate(pairs)]
    chosen = distinct(lessons)
    assert max(Counter(one.fingerprint for one in chosen).values(), default=1) == 1
    assert max(Counter(one.subject for one in chosen).values(), default=1) == 1

    def largest(left: list[tuple[int, int]]) -> int:
        if not left:
            return 0
        (a, b), rest = left[0], left[1:]
        return max(largest(rest), 1 + largest([p for p in rest if p[0] != a and p[1] != b]))

    assert len(chosen) == largest(sorted(set(pairs)))


def test_no_paraphrase_of_another_kind_is_held_back() -> None:
    """18 kinds of claims in five wordings each: those of nine kinds were dismissed, the others accepted."""
    kinds: dict[str, list[str]] = json.loads((ROOT / "tests/data/memory/claims.json").read_text("utf-8"))
    names, lost, held = sorted(kinds), 0, 0
    for dismissed in (set(names[::2]), set(names[1::2])):
        lessons = [
            lesson(
                10 * a + b,
                DISMISSED if name in dismissed else ACCEPTED,
                about=f"{a} {b}",
                slug="logic-error",
                text=text,
                code="",
            )
            for a, name in enumerate(names)
            for b, text in enumerate(kinds[name])
        ]
        whole = recollection(lessons)
        assert whole.vectors is not None
        for at, one in enumerate(lessons):
            others = replace(
                whole,
                lessons=(*lessons[:at], *lessons[at + 1 :]),
                vectors=np.delete(whole.vectors, at, axis=0),
                code_vectors=None,
            )
            is_held = kind(said(one.text, slug="logic-error"), others) is Kind.HELD
            lost += is_held and one.fate is ACCEPTED
            held += is_held and one.fate is DISMISSED
    assert lost == 0
    assert held > 0


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
@given(a=st.integers(1, 400), b=st.integers(1, 400))
def test_quantiles_are_those_of_the_beta_distribution(share: float, a: int, b: int) -> None:
    assert quantile(share, a, b) == pytest.approx(betaincinv(a, b, share), abs=1e-9)


@pytest.mark.parametrize(
    ("accepted", "dismissed", "confidence", "silenced"),
    [
        (0, 0, "low", False),
        (0, 2, "low", False),
        (0, 3, "high", True),
        (0, 3, "medium", True),
        (20, 3, "medium", False),
        (20, 8, "high", True),
        (300, 20, "high", False),
        (300, 60, "high", True),
    ],
)
def test_a_slug_goes_silent_when_surely_more_than_a_tenth_is_dismissed(
    accepted: int, dismissed: int, confidence: str, silenced: bool
) -> None:
    lessons = [lesson(number) for number in range(dismissed)]
    lessons += [lesson(1000 + number, ACCEPTED) for number in range(accepted)]
    trust = trust_of("unused-import", lessons, confidence)
    assert (trust.accepted, trust.dismissed, trust.is_silenced) == (accepted, dismissed, silenced)
    assert trust.low < trust.mean < trust.high
    assert bool(trust.notice) is silenced


def test_three_dismissals_on_one_pull_request_silence_no_slug() -> None:
    lessons = [lesson(number, subject="pull/1") for number in range(9)]
    assert not trust_of("unused-import", lessons, "low").is_silenced


def test_what_was_merged_open_lowers_trust_and_silences_nothing() -> None:
    lessons = [lesson(number, weight=0.5, signal=Signal.MERGED) for number in range(40)]
    trust = trust_of("unused-import", lessons, "medium")
    assert (trust.dismissed, trust.is_silenced) == (20, False)
    assert trust.mean < 0.2


def test_trust_counts_from_when_a_maintainer_let_the_slug_speak() -> None:
    lessons = [lesson(number) for number in range(9)]
    assert trust_of("unused-import", lessons, since=NOW).dismissed == 0
    assert trust_of("unused-import", lessons, since=lessons[5].at).dismissed == 3


def test_an_unknown_confidence_is_medium_and_many_lessons_are_counted_from_the_newest() -> None:
    assert trust_of("s", [], "unheard of") == trust_of("s", [], "medium")
    old = [replace(lesson(number), at=NOW - 9999) for number in range(500)]
    new = [lesson(1000 + number, ACCEPTED) for number in range(400)]
    assert trust_of("unused-import", [*old, *new]).dismissed == 0
