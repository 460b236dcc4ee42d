"""What models cost: counted once, capped before it is spent, whoever else spends at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.outcomes.spending import ASKED, STALE, Limits, Spending, SpentSum, dollars, month_of
from kb.outcomes.store import OutcomeStore, open_store
from tests.kb.audits import NOON

pytest_plugins = ["tests.kb.postgres"]

HERE = "example.com/ada/palette"
CALL = Spending(HERE, "pull/1", "find", "anthropic", "big", 100, 10, 5, 1, 2_000, "answered", NOON, 900)
WORST = replace(CALL, provider="", model="", input=200, output=50, read=0, written=0, micros=5_000, ended=ASKED)


@pytest.fixture
def store(store_url: str) -> Iterator[OutcomeStore]:
    with open_store(store_url) as opened:
        yield opened


def refused(store: OutcomeStore, worst: Spending, **limits: int) -> str:
    reserved, why = store.spent_reserve(worst, Limits(**limits))
    assert (reserved == 0) == bool(why)
    return why


def test_calls_are_summed_by_role_and_provider_the_dearest_first(store: OutcomeStore) -> None:
    store.spent_note(CALL)
    store.spent_note(replace(CALL, ended="RateLimited", output=0, micros=0))
    store.spent_note(replace(CALL, role="verify", provider="near", model="small", micros=9_000, subject="pull/2"))
    dear, cheap = store.spent_since(month_of(NOON), HERE, now=NOON)
    assert dear == SpentSum("verify", "near", "small", 1, 0, 100, 10, 5, 1, 9_000)
    assert cheap == SpentSum("find", "anthropic", "big", 2, 1, 200, 10, 10, 2, 2_000)
    assert (cheap.tokens, CALL.tokens) == (222, 116)
    assert store.spent_in(HERE, "pull/1", now=NOON) == replace(cheap, role="", provider="", model="")
    assert store.spent_in(HERE, now=NOON).micros == 11_000


def test_nothing_spent_is_nothing(store: OutcomeStore) -> None:
    assert store.spent_in(HERE, now=NOON) == SpentSum()
    assert store.spent_since(month_of(NOON), now=NOON) == ()


def test_what_was_reserved_is_replaced_by_what_it_cost(store: OutcomeStore) -> None:
    reserved, _ = store.spent_reserve(WORST, Limits())
    assert store.spent_in(HERE, now=NOON) == SpentSum(calls=1, input=200, output=50, micros=5_000)
    store.spent_note(CALL, reserved)
    assert store.spent_in(HERE, now=NOON) == SpentSum(calls=1, input=100, output=10, read=5, written=1, micros=2_000)


def test_what_a_dead_process_reserved_counts_for_an_hour(store: OutcomeStore) -> None:
    store.spent_reserve(WORST, Limits())
    assert store.spent_in(HERE, now=NOON + STALE - timedelta(seconds=1)).calls == 1
    assert store.spent_in(HERE, now=NOON + STALE) == SpentSum()
    assert not refused(store, replace(WORST, at=NOON + STALE), pull_micros=5_000)


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ({"call_tokens": 249}, "one call may take 249 tokens, this one might take 250"),
        ({"pull_tokens": 365}, "the budget of this pull request does not hold this call: 116 of 365 tokens are spent"),
        ({"pull_micros": 6_999}, "this pull request does not hold this call: $0.002 of $0.006999 is spent"),
        ({"repository_month_micros": 6_999}, "the budget of this repository for the month does not hold this call"),
        (
            {"month_micros": 6_999},
            "the budget for the month does not hold this call: $0.002 of $0.006999 is spent, and",
        ),
        ({"month_tokens": 365}, "the budget for the month does not hold this call: 116 of 365 tokens"),
    ],
)
def test_a_cap_stands_one_below_the_worst_case_and_not_at_it(
    store: OutcomeStore, limits: dict[str, int], says: str
) -> None:
    store.spent_note(CALL)
    assert says in refused(store, WORST, **limits)
    assert store.spent_in(HERE, now=NOON).calls == 1  # what is refused reserves nothing
    assert not refused(store, WORST, **{name: limit + 1 for name, limit in limits.items()})


def test_each_budget_counts_its_own(store: OutcomeStore) -> None:
    store.spent_note(CALL)
    elsewhere = replace(WORST, repository="example.com/eve/palette")
    assert not refused(store, replace(WORST, subject="pull/2"), pull_micros=5_000)
    assert not refused(store, elsewhere, pull_micros=5_000)
    store.spent_note(replace(CALL, subject="pull/9"))
    assert refused(store, WORST, repository_month_micros=8_000)
    assert refused(store, elsewhere, month_micros=8_000)


def test_months_are_those_of_the_calendar_in_utc(store: OutcomeStore) -> None:
    store.spent_note(replace(CALL, at=datetime(2025, 12, 31, 23, 59, tzinfo=UTC)))
    january = replace(WORST, at=datetime(2026, 1, 1, 0, 0, tzinfo=UTC))
    assert not refused(store, january, month_micros=5_000, repository_month_micros=5_000)
    assert refused(store, january, pull_micros=5_000)  # a pull request's budget knows no month


def test_of_many_at_once_only_as_many_are_let_through_as_the_budget_holds(store_url: str) -> None:
    with open_store(store_url) as one, open_store(store_url) as other, ThreadPoolExecutor(8) as pool:
        asked = [
            pool.submit((one, other)[at % 2].spent_reserve, WORST, Limits(month_micros=17_000)) for at in range(16)
        ]
        let_through = [one.result()[0] for one in asked if one.result()[0]]
        assert len(let_through) == len(set(let_through)) == 3
        assert one.spent_in(HERE, now=NOON).micros == 15_000


def test_what_is_old_can_be_forgotten(store: OutcomeStore) -> None:
    store.spent_note(CALL)
    store.spent_note(replace(CALL, at=NOON + timedelta(days=1)))
    assert store.forget_spent(NOON + timedelta(hours=1)) == 1
    assert store.spent_in(HERE, now=NOON).calls == 1


def test_texts_and_numbers_that_no_database_takes_are_kept_nevertheless(store: OutcomeStore) -> None:
    odd = replace(CALL, repository="r" * 5_000, subject="a\0b", model="m\udce9", input=2**70, micros=-5)
    store.spent_note(odd)
    store.spent_note(replace(CALL, repository=odd.repository, subject=odd.subject))
    found = store.spent_in("r" * 5_000, "a\0b", now=NOON)
    assert (found.calls, found.input, found.micros) == (2, 10**12 + 100, 2_000)


@given(st.datetimes(timezones=st.just(timezone(timedelta(hours=9)))))
def test_a_moment_is_in_the_month_that_began_last(moment: datetime) -> None:
    if moment.year in (1, 9999):
        return
    begun = month_of(moment)
    assert begun <= moment < begun + timedelta(days=31, hours=1)
    assert month_of(begun) == begun
    assert begun.tzinfo is UTC


@pytest.mark.parametrize(
    ("micros", "shown"),
    [(0, "$0.00"), (1, "$0.000001"), (2_100, "$0.0021"), (10_000, "$0.01"), (1_234_567_890, "$1,234.57")],
)
def test_amounts_are_shown_with_the_digits_that_say_something(micros: int, shown: str) -> None:
    assert dollars(micros) == shown
