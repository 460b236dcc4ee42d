"""Preferences: which tokens gain, by how much, and that they give way where they take longer than there is time."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from models.constraints.model import Domain, Preference
from models.infill.soft import Weigh
from models.infill.stats import Meter

PIECES = [b"to", b" total", b"total", b"tot", b"x", b"totally", b"(total", b"", b"\n    tota"]


def gains(text: bytes, *words: tuple[str, float]) -> list[float]:
    weigh = Weigh([Preference(Domain.SEMANTICS, word, nats) for word, nats in words])
    adjust = weigh.at(text, PIECES.__getitem__, Meter(1e9))
    if adjust is None:
        return [0.0] * len(PIECES)
    return adjust(np.arange(len(PIECES)), np.zeros(len(PIECES))).tolist()


def test_a_word_gains_where_it_may_start_and_a_part_of_it_gains_a_part() -> None:
    assert gains(b"return ", ("total", 5.0)) == [2.0, 5.0, 5.0, 3.0, 0.0, 0.0, 0.0, 0.0, 4.0]


def test_in_the_middle_of_a_word_only_a_new_word_gains() -> None:
    assert gains(b"return sub", ("total", 5.0)) == [0.0, 5.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 4.0]


def test_the_strongest_of_several_words_counts_and_a_word_can_lose() -> None:
    found = gains(b"", ("total", 5.0), ("to", -4.0), ("x", -1.0))
    assert (found[0], found[2], found[4]) == (-4.0, 5.0, -1.0)


def test_without_words_nothing_is_weighed() -> None:
    assert Weigh([]).at(b"", PIECES.__getitem__, Meter(1e9)) is None
    assert gains(b"", ("", 3.0)) == [0.0] * len(PIECES)


@pytest.mark.parametrize(("budget", "skipped"), [(1.0, 1), (1e9, 0)])
def test_preferences_that_take_too_long_are_left_out_counted_and_tried_again(budget: float, skipped: int) -> None:
    meter = Meter(budget, itertools.count(0, 100_000).__next__)
    weigh = Weigh([Preference(Domain.SEMANTICS, "total", 5.0)])
    for _ in range(2):
        meter.begin()
        adjust = weigh.at(b"", PIECES.__getitem__, meter)
        if adjust is not None:
            adjust(np.arange(3), np.zeros(3))
    assert meter.stats().skipped_soft == skipped
    for _ in range(12):
        meter.begin()
        found = weigh.at(b"", PIECES.__getitem__, meter)
    assert found is not None
