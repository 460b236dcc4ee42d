from __future__ import annotations

import itertools
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluation.statistics import bootstrap, holm, mcnemar, pass_at_k, percentile, wilson


def passes_by_force(samples: int, correct: int, k: int) -> float:
    """Count, over all choices of k samples, those that hold a correct one."""
    choices = list(itertools.combinations(range(samples), k))
    return sum(any(i < correct for i in choice) for choice in choices) / len(choices)


@pytest.mark.parametrize("samples", range(1, 8))
def test_pass_at_k_is_what_counting_every_choice_gives(samples: int) -> None:
    for correct in range(samples + 1):
        for k in range(1, samples + 1):
            assert pass_at_k(samples, correct, k) == pytest.approx(passes_by_force(samples, correct, k))


@pytest.mark.parametrize(("samples", "correct", "k"), [(3, 1, 4), (3, 4, 1), (3, -1, 1), (3, 1, 0), (0, 0, 1)])
def test_pass_at_k_of_what_cannot_be_is_refused(samples: int, correct: int, k: int) -> None:
    with pytest.raises(ValueError, match="not defined"):
        pass_at_k(samples, correct, k)


def mcnemar_by_force(first: int, second: int) -> float:
    """Add up the chances of all ways in which the disagreements could fall that are no likelier than this one."""
    total = first + second
    extreme = abs(first - second)
    ways = itertools.product((0, 1), repeat=total)
    return sum(abs(total - 2 * sum(way)) >= extreme for way in ways) / 2**total


@pytest.mark.parametrize(("first", "second"), [(a, b) for a in range(6) for b in range(5)])
def test_mcnemar_is_what_enumeration_gives(first: int, second: int) -> None:
    assert mcnemar(first, second) == pytest.approx(mcnemar_by_force(first, second))


def test_mcnemar_does_not_overflow_and_knows_no_negative_count() -> None:
    assert 0 < mcnemar(900, 1100) < 0.0001
    with pytest.raises(ValueError, match="negative"):
        mcnemar(-1, 2)


def test_holm_on_a_worked_example() -> None:
    """By hand: 0.01 * 4, 0.02 * 3, then 0.03 * 2 = 0.06 is not below what came before, and so is 0.04."""
    got = holm({"c": 0.03, "a": 0.01, "d": 0.04, "b": 0.02})
    assert got == pytest.approx({"a": 0.04, "b": 0.06, "c": 0.06, "d": 0.06})
    assert list(got) == ["c", "a", "d", "b"]
    assert holm({}) == {}


@given(st.dictionaries(st.text(max_size=3), st.floats(0, 1), max_size=8))
def test_holm_never_lowers_a_p_and_keeps_their_order(values: dict[str, float]) -> None:
    got = holm(values)
    assert all(1 >= got[name] >= values[name] for name in values)
    for one, other in itertools.combinations(values, 2):
        if values[one] < values[other]:
            assert got[one] <= got[other]


def test_the_bootstrap_covers_the_truth_about_as_often_as_it_says() -> None:
    """Simulated: 60 tasks of three equally hard lines each; the truth lies inside in about 95 % of experiments."""
    rng = random.Random(5)
    inside = 0
    for seed in range(200):
        clusters = []
        for _ in range(60):
            chance = rng.betavariate(2, 2)
            clusters.append([float(rng.random() < chance) for _ in range(3)])
        got = bootstrap(clusters, seed=seed, resamples=400)
        inside += got.low <= 0.5 <= got.high
    assert 0.90 <= inside / 200 <= 0.99


def test_lines_of_one_task_do_not_count_as_independent() -> None:
    """Ten lines that always agree say no more than one."""
    one = bootstrap([[float(i % 2)] for i in range(40)], seed=1)
    ten = bootstrap([[float(i % 2)] * 10 for i in range(40)], seed=1)
    loose = bootstrap([[float(i % 2)] for i in range(40) for _ in range(10)], seed=1)
    assert (ten.low, ten.high) == (one.low, one.high)
    assert loose.high - loose.low < (ten.high - ten.low) / 2


def test_the_bootstrap_is_repeatable_and_its_figure_is_the_plain_mean() -> None:
    clusters = [[1.0, 0.0], [], [1.0], [0.0, 0.0, 1.0]]
    assert bootstrap(clusters, seed=3) == bootstrap(clusters, seed=3)
    assert bootstrap(clusters, seed=3).point == 0.5
    with pytest.raises(ValueError, match="nothing"):
        bootstrap([[], []], seed=0)


def test_wilson_on_published_values() -> None:
    """Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662; 0 of 20 gives 0 to 0.1611."""
    got = wilson(81, 263)
    assert (round(got.low, 4), round(got.high, 4)) == (0.2553, 0.3662)
    none = wilson(0, 20)
    assert none.low == 0
    assert round(none.high, 4) == 0.1611
    for hits, total in ((1, 0), (3, 2), (-1, 2)):
        with pytest.raises(ValueError, match="no rate"):
            wilson(hits, total)


@given(st.lists(st.integers(-50, 50), min_size=1), st.floats(0, 1))
def test_a_percentile_is_a_value_with_that_share_at_or_below_it(values: list[int], share: float) -> None:
    got = percentile(values, share)
    assert got in values
    assert sum(value <= got for value in values) >= share * len(values) - 1e-9
    assert percentile(values, 0) == min(values)
    assert percentile(values, 1) == max(values)


def test_a_percentile_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="needs values"):
        percentile([], 0.5)
    with pytest.raises(ValueError, match="needs values"):
        percentile([1.0], math.inf)
