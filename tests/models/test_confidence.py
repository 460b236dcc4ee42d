"""How sure we are of a patch: five factors, weighted; none of them rises for nothing."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.confidence import (
    MAYBE,
    SURE,
    Factors,
    Verdict,
    confidence_of,
    containment_factor,
    edit_size,
    model_factor,
    novelty_factor,
    proof_factor,
    simplicity_factor,
    verdict_of,
)
from models.mask.model import Scale

shares = st.floats(0, 1)
factors = st.builds(Factors, shares, shares, shares, shares, shares)
nats = st.floats(-200, 200) | st.sampled_from([math.inf, -math.inf])
texts = st.text("ab =<(.\n", max_size=30)
NAMES = ("model", "proof", "novelty", "simplicity", "containment")


@given(factors, st.sampled_from(NAMES), shares)
def test_no_rising_factor_lowers_it(one, name, other):
    better = replace(one, **{name: max(other, getattr(one, name))})
    assert 0 <= confidence_of(one) <= confidence_of(better) <= 1


def test_the_weights():
    nothing = Factors(0, 0, 0, 0, 0)
    assert [confidence_of(replace(nothing, **{name: 1.0})) for name in NAMES] == [0.3, 0.25, 0.25, 0.1, 0.1]
    assert confidence_of(Factors(1, 1, 1, 1, 1)) == 1.0


@pytest.mark.parametrize("wrong", [-0.01, 1.01, math.nan])
def test_a_factor_outside_its_range_is_a_mistake(wrong):
    with pytest.raises(ValueError, match="outside"):
        confidence_of(Factors(0.5, wrong, 0.5, 0.5, 0.5))


@pytest.mark.parametrize(
    ("confidence", "verdict"),
    [
        (1.0, "suggest"),
        (SURE, "suggest"),
        (0.7999, "resample"),
        (MAYBE, "resample"),
        (0.4999, "nothing"),
        (0, "nothing"),
    ],
)
def test_what_it_means(confidence, verdict):
    assert verdict_of(confidence) is Verdict(verdict)


def test_everything_but_the_model_is_not_enough():
    assert verdict_of(confidence_of(Factors(model_factor(0, 0), 1, 1, 1, 1))) is Verdict.RESAMPLE
    assert verdict_of(confidence_of(Factors(model_factor(4, 4), 1, 1, 1, 1))) is Verdict.SUGGEST
    assert verdict_of(confidence_of(Factors(model_factor(0.5, 99), 1, 1, 1, 1))) is Verdict.RESAMPLE


@given(nats, nats, nats)
def test_the_model_counts_more_the_further_a_text_stands_out(one, other, third):
    low, high = min(one, other), max(one, other)
    assert 0 <= model_factor(low, third) <= model_factor(high, third) <= 1
    assert 0 <= model_factor(third, low) <= model_factor(third, high) <= 1


def test_a_margin_of_three_nats_says_as_much_for_as_against():
    assert model_factor(3, 3) == pytest.approx(0.5)
    assert model_factor(0, 0) == pytest.approx(1 / (1 + math.exp(3 / 0.75)))
    assert model_factor(math.inf, -math.inf) == pytest.approx(0.8)
    assert model_factor(math.inf, math.inf) == pytest.approx(1)


def test_what_a_proof_is_worth():
    assert proof_factor(parses=True, checked=True) == 1
    assert proof_factor(parses=True, checked=False, tested=True) == 1
    assert proof_factor(parses=True, checked=False) == 0.25
    assert proof_factor(parses=True, checked=True, tested=False) == 0
    assert proof_factor(parses=False, checked=True, tested=True) == 0


def test_what_failed_before_and_the_same_again():
    before = "if index < len(items):"
    assert novelty_factor("if index <= len(items):", []) == 1
    assert novelty_factor("if index <= len(items):", ["if index <= len(items):"]) == 0
    assert novelty_factor("if  index <= len( items ):", ["if index <= len(items):"]) == 0
    assert novelty_factor("if index >= len(items):", ["if index in items:"], before) == 1
    assert novelty_factor("swap(b, a)", ["swap(a , b)"], "swap(a, b)") == 0.5
    assert novelty_factor("total + tax", ["total + cost"]) == pytest.approx(0.5)


@given(texts, st.lists(texts, max_size=4), texts, texts)
def test_one_more_failure_never_makes_a_text_newer(text, failures, more, before):
    assert 0 <= novelty_factor(text, [*failures, more], before) <= novelty_factor(text, failures, before) <= 1


@given(texts, texts, st.sampled_from(Scale))
def test_an_edit_is_simplest_where_nothing_changes(before, after, scale):
    assert 0 <= simplicity_factor(before, after, scale) <= simplicity_factor(before, before, scale) <= 1


def test_larger_holes_are_less_simple():
    made = [simplicity_factor("a < b", "a <= b", scale) for scale in Scale]
    assert made == sorted(made, reverse=True)
    assert simplicity_factor("a", "b " * 100 + "\n" * 20, Scale.BODY) < 0.25


@given(st.integers(-5, 2000), st.integers(-5, 2000))
def test_what_more_depends_on_is_less_contained(one, other):
    assert 0 <= containment_factor(max(one, other)) <= containment_factor(min(one, other)) <= 1


def test_the_ends_of_containment():
    assert (containment_factor(0), containment_factor(500), containment_factor(10**6)) == (1, 0, 0)


def naive(old: list[str], new: list[str]) -> int:
    if not old or not new:
        return len(old) + len(new)
    rest = naive(old[1:], new[1:]) + (old[0] != new[0])
    return min(rest, naive(old[1:], new) + 1, naive(old, new[1:]) + 1)


@given(st.lists(st.sampled_from("ab="), max_size=5), st.lists(st.sampled_from("ab="), max_size=5))
def test_the_size_of_an_edit_is_counted_in_tokens(old, new):
    assert edit_size(" ".join(old), " ".join(new)) == naive(old, new)


def test_the_size_of_a_large_edit_is_bounded_in_time():
    assert edit_size("a " * 3000, "b " * 2000) == 3000
