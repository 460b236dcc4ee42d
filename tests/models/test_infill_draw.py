"""Drawing: the law of the distribution, independence of what was tried before, and equal results for equal seeds."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.infill.draw import derived, tries
from models.model import Sampling

ROW = np.array([2.0, 1.0, 0.0, -1.0, np.nan, -np.inf], dtype=np.float32)


def test_temperature_nought_tries_the_likeliest_first_and_ties_by_number() -> None:
    row = np.array([0.0, 3.0, 1.0, 3.0, 1.0], dtype=np.float32)
    assert list(tries(row, Sampling(temperature=0.0), 0)) == [1, 3, 2, 4, 0]


def test_what_is_no_number_is_never_drawn() -> None:
    free = Sampling(temperature=5.0, top_k=0, top_p=1.0)
    assert all(set(tries(ROW, free, place)) == {0, 1, 2, 3} for place in range(50))
    assert list(tries(np.full(4, -np.inf, dtype=np.float32), free, 0)) == []


def test_the_first_drawn_follows_the_softmax() -> None:
    free = Sampling(temperature=1.0, top_k=0, top_p=1.0)
    counts = Counter(next(tries(ROW, free, place)) for place in range(6000))
    chances = np.exp(ROW[:4]) / np.exp(ROW[:4]).sum()
    for token in range(4):
        assert abs(counts[token] / 6000 - chances[token]) < 0.02


def test_the_second_drawn_follows_what_is_left_as_a_mask_would_have_it() -> None:
    free = Sampling(temperature=1.0, top_k=0, top_p=1.0)
    seconds = Counter(next(one for one in tries(ROW, free, place) if one != 0) for place in range(6000))
    left = np.exp(ROW[1:4]) / np.exp(ROW[1:4]).sum()
    for token in (1, 2, 3):
        assert abs(seconds[token] / 6000 - left[token - 1]) < 0.02


@pytest.mark.parametrize(
    ("sampling", "left"),
    [
        (Sampling(temperature=1.0, top_k=2, top_p=1.0), {0, 1}),
        (Sampling(temperature=1.0, top_k=0, top_p=0.6), {0}),
        (Sampling(temperature=1.0, top_k=0, top_p=0.7), {0, 1}),
        (Sampling(temperature=1.0, top_k=0, top_p=1.0, min_p=0.3), {0, 1}),
        (Sampling(temperature=1.0, top_k=1, top_p=0.0), {0}),
    ],
)
def test_settings_leave_the_likeliest(sampling: Sampling, left: set[int]) -> None:
    assert set(tries(ROW, sampling, 3)) == left


def test_preferences_see_the_likeliest_and_change_the_order() -> None:
    def fourth(ids: np.ndarray, values: np.ndarray) -> np.ndarray:
        return values + np.where(ids == 3, 9.0, 0.0)

    assert next(tries(ROW, Sampling(temperature=0.0), 0, fourth)) == 3


@given(seed=st.integers(0, 2**63 - 1), place=st.integers(0, 5000))
def test_equal_seeds_draw_equal_tokens(seed: int, place: int) -> None:
    row = np.linspace(0, 3, 300, dtype=np.float32)
    sampling = Sampling(temperature=0.9, seed=seed)
    assert list(tries(row, sampling, place)) == list(tries(row.copy(), sampling, place))


def test_seeds_derived_from_one_differ_from_each_other_and_fit_63_bits() -> None:
    seeds = {derived(7, number, at) for number in range(40) for at in range(40)}
    assert len(seeds) == 1600
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert derived(7, 1, 2) == derived(7, 1, 2) != derived(8, 1, 2)
