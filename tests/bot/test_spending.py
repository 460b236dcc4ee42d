"""The ledger of models that answer, as `models.chat` uses it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.spending import StoreLedger
from kb.errors import StoreError
from kb.outcomes.spending import SpentSum
from kb.outcomes.store import OutcomeStore, open_store
from models.chat.model import Caps, Ledger, Purpose, Spent, Usage

NOON = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
PULL = Purpose("find", "example.com/ada/palette", "pull/1")
WORST = Usage(input=200, output=50)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OutcomeStore]:
    with open_store(f"sqlite:///{tmp_path / 'outcomes.db'}") as opened:
        yield opened


def told(problem: str) -> None:
    raise AssertionError(problem)


def ledger_on(store: OutcomeStore, caps: Caps | None = None, now: datetime = NOON) -> Ledger:
    return StoreLedger(lambda: nullcontext(store), caps or Caps(), lambda: now, told)


def spent(purpose: Purpose = PULL, ended: str = "answered") -> Spent:
    return Spent(purpose, "anthropic", "big", Usage(100, 10), 2_000, NOON.timestamp(), 900, ended)


def here(store: OutcomeStore) -> SpentSum:
    return store.spent_in(PULL.repository, PULL.subject, now=NOON)


def test_a_call_is_reserved_then_counted_once(store: OutcomeStore) -> None:
    ledger = ledger_on(store)
    assert ledger.room(PULL, WORST, 5_000) == ""
    assert here(store) == SpentSum(calls=1, input=200, output=50, micros=5_000)
    ledger.note(spent())
    assert here(store) == SpentSum(calls=1, input=100, output=10, micros=2_000)


def test_a_call_that_failed_is_counted_as_one(store: OutcomeStore) -> None:
    ledger = ledger_on(store)
    ledger.room(PULL, WORST, 5_000)
    ledger.note(spent(ended="RateLimited"))
    assert (here(store).calls, here(store).failed) == (1, 1)


def test_a_cap_is_told_and_the_next_call_is_counted_for_itself(store: OutcomeStore) -> None:
    ledger = ledger_on(store, Caps(pull_micros=6_000))
    assert ledger.room(PULL, WORST, 5_000) == ""
    ledger.note(spent())
    assert "budget of this pull request" in ledger.room(PULL, WORST, 5_000)
    assert here(store).micros == 2_000
    assert ledger.room(PULL, WORST, 4_000) == ""


def test_threads_that_call_at_once_do_not_settle_each_others_calls(store: OutcomeStore) -> None:
    ledger = ledger_on(store)

    def call(at: int) -> None:
        purpose = Purpose("find", PULL.repository, f"pull/{at}")
        assert ledger.room(purpose, WORST, 5_000) == ""
        ledger.note(spent(purpose))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(call, range(24)))
    sums = [store.spent_in(PULL.repository, f"pull/{at}", now=NOON) for at in range(24)]
    assert sums == [SpentSum(calls=1, input=100, output=10, micros=2_000)] * 24


def test_a_dead_workers_reservation_frees_its_budget_after_an_hour(store: OutcomeStore) -> None:
    ledger_on(store, Caps(month_micros=5_000)).room(PULL, WORST, 5_000)
    assert ledger_on(store, Caps(month_micros=5_000)).room(PULL, WORST, 5_000)
    later = ledger_on(store, Caps(month_micros=5_000), NOON + timedelta(hours=1))
    assert later.room(PULL, WORST, 5_000) == ""


@pytest.mark.parametrize(
    ("caps", "says"), [(Caps(), ""), (Caps(month_micros=10**9), "the ledger cannot be written, and caps are set")]
)
def test_without_a_store_nothing_is_spent_under_a_cap(caps: Caps, says: str) -> None:
    def broken() -> AbstractContextManager[OutcomeStore]:
        raise StoreError("it is locked")

    problems: list[str] = []
    ledger = StoreLedger(broken, caps, lambda: NOON, problems.append)
    assert ledger.room(PULL, WORST, 5_000) == says
    ledger.note(spent())
    assert problems == ["it is locked"] * 2
