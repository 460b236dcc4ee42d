"""What is known about checks and slugs is what the checks themselves say."""

from __future__ import annotations

import pytest

from bot.reference import contract_of, entries, languages_of, rules_by_slug, topic_of
from checks.finding import Severity
from checks.registry import CHECKS, slugs
from kb.errors import UserError
from tests.bot.reference_checks import ENGINE, MADE, OWN, Lint, Made


def test_a_slug_is_listed_once_with_all_that_report_it() -> None:
    listed = {entry.slug: entry for entry in entries(MADE)}
    assert list(listed) == ["bad-name", "endless-loop", "odd-quote"]
    assert listed["endless-loop"].checks == ("endless-loop", "lint")
    assert listed["endless-loop"].severity is Severity.BLOCK
    assert [entry.posted for entry in listed.values()] == [False, True, True]


def test_the_languages_of_an_engines_rule_are_those_its_examples_show() -> None:
    listed = {entry.slug: entry for entry in entries(MADE)}
    assert languages_of(ENGINE) == ("javascript", "python", "typescript")
    assert listed["bad-name"].languages == ("javascript", "typescript")
    assert listed["odd-quote"].languages == ("javascript", "python", "typescript")
    assert languages_of(OWN) == listed["endless-loop"].languages == ("any",)


def test_a_check_of_tests_only_has_languages_too() -> None:
    tests_only = Made("t", (), (), Lint(only="test_"))
    assert languages_of(tests_only) == ("javascript", "python", "typescript")


def test_a_contract_is_read_whether_its_headings_stand_alone_or_not() -> None:
    contract = contract_of(OWN)
    assert contract.title == "A loop that never ends."
    assert contract.sections == (
        ("What it finds", "Loops without a way out, over two lines."),
        ("Why it matters", "They hang."),
        ("When it stays silent", "In tests."),
        ("How to fix", "Add a `break`."),
    )


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.SLUG)
def test_every_real_contract_has_a_title_and_four_sections(check: object) -> None:
    contract = contract_of(check)  # type: ignore[arg-type]
    assert contract.title.endswith(".")
    assert [heading for heading, _ in contract.sections] == [
        "What it finds",
        "Why it matters",
        "When it stays silent",
        "How to fix",
    ]
    assert all(text for _, text in contract.sections)


def test_a_word_is_a_check_a_rule_or_an_engines_code() -> None:
    assert topic_of("endless-loop", MADE).check is OWN
    assert topic_of("lint", MADE).entry is None
    assert topic_of("l9", MADE).slug == "endless-loop"
    assert topic_of("bad-name", MADE).check is None
    assert not topic_of("endless-loop", MADE).is_own  # the engine reports it too
    assert topic_of("endless-loop", (OWN,)).is_own


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("endles-lop", "no check or rule is called 'endles-lop'; did you mean 'endless-loop'?"),
        ("zzz", "no check or rule is called 'zzz'; `prudent checks` lists all"),
    ],
)
def test_an_unknown_word_gets_the_nearest_known_one(word: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        topic_of(word, MADE)
    assert str(caught.value) == said


def test_examples_of_a_slug_are_those_where_it_fires_and_our_own_near_misses() -> None:
    names = [example.name for _, example in topic_of("endless-loop", MADE).examples]
    assert names == ["a loop | without a way out", "a loop with a way out", "names"]
    assert [example.name for _, example in topic_of("lint", MADE).examples] == ["names", "silent"]


def test_every_registered_rule_has_a_voice() -> None:
    assert set(rules_by_slug(CHECKS)) <= slugs()
