"""How many masks go when, which go first, and what guidance does: against formulas written a second time."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from models.diffusion.guidance import guided, pair_of
from models.diffusion.length import lengths_of
from models.diffusion.order import Order, certainty_of, log_softmax, surest
from models.diffusion.schedule import Schedule, counts_of, unmasked_after

ROWS = arrays.arrays(np.float32, st.tuples(st.integers(1, 6), st.integers(2, 9)), elements=st.floats(-20, 20, width=32))


def exactly(schedule: Schedule, masks: int, x: float) -> float:
    shares = {Schedule.LINEAR: x, Schedule.COSINE: 1 - math.cos(math.pi * x / 2), Schedule.SQRT: math.sqrt(x)}
    return masks * shares[schedule]


@pytest.mark.parametrize(
    ("schedule", "after"),
    [
        (Schedule.LINEAR, (2, 4, 6, 8, 10)),
        (Schedule.COSINE, (1, 2, 4, 6, 10)),  # 0.49 is none, but no step is idle
        (Schedule.SQRT, (4, 6, 7, 8, 10)),
    ],
)
def test_ten_masks_in_five_steps(schedule: Schedule, after: tuple[int, ...]) -> None:
    counts = counts_of(schedule, 10, 5)
    assert tuple(sum(counts[: step + 1]) for step in range(5)) == after


@given(st.sampled_from(Schedule), st.integers(1, 300), st.integers(1, 300))
def test_each_step_takes_at_least_one_and_all_together_take_all(schedule: Schedule, masks: int, steps: int) -> None:
    counts = counts_of(schedule, masks, steps)
    assert sum(counts) == masks
    assert min(counts) >= 1
    assert len(counts) == min(masks, steps)


@given(st.sampled_from(Schedule), st.integers(0, 300), st.integers(1, 300), st.data())
def test_what_is_unmasked_is_the_formula_rounded_down(
    schedule: Schedule, masks: int, steps: int, data: st.DataObject
) -> None:
    step = data.draw(st.integers(0, steps))
    found = unmasked_after(schedule, masks, step, steps)
    wanted = exactly(schedule, masks, step / steps)
    assert wanted - 1 - 1e-6 < found <= wanted + 1e-6
    if abs(wanted - round(wanted)) > 1e-6:
        assert found == math.floor(wanted)


def test_a_half_that_is_exact_is_not_rounded_away() -> None:
    assert unmasked_after(Schedule.COSINE, 10, 2, 3) == 5


@pytest.mark.parametrize(("step", "steps"), [(-1, 3), (4, 3), (0, 0)])
def test_a_step_that_is_none_is_refused(step: int, steps: int) -> None:
    with pytest.raises(ValueError, match="step"):
        unmasked_after(Schedule.LINEAR, 3, step, steps)


def test_nothing_to_unmask_takes_no_step() -> None:
    assert counts_of(Schedule.LINEAR, 0, 4) == ()


@given(ROWS)
def test_certainty_is_what_its_definition_says(logits: np.ndarray) -> None:
    logp = log_softmax(logits)
    tokens = [int(token) for token in logits.argmax(axis=1)]
    for row in range(len(logits)):
        weights = [math.exp(float(value) - float(logits[row].max())) for value in logits[row]]
        p = sorted((weight / sum(weights) for weight in weights), reverse=True)
        assert certainty_of(logp, tokens, Order.CONFIDENCE)[row] == pytest.approx(p[0])
        assert certainty_of(logp, tokens, Order.MARGIN)[row] == pytest.approx(p[0] - p[1], abs=1e-9)
        entropy = -sum(share * math.log(share) for share in p if share > 0)
        assert certainty_of(logp, tokens, Order.ENTROPY)[row] == pytest.approx(-entropy, abs=1e-9)


@pytest.mark.parametrize("order", list(Order))
def test_a_sharp_place_comes_before_a_flat_one(order: Order) -> None:
    """llama.cpp's example sorts by +H in entropy mode and so begins with the least certain place."""
    flat, sharp = [0.1, 0.0, 0.0, 0.0], [9.0, 0.0, 0.0, 0.0]
    logp = log_softmax(np.array([flat, sharp], dtype=np.float32))
    assert surest(certainty_of(logp, [0, 0], order), 2) == (1, 0)


def test_the_orders_differ_where_the_second_token_is_near() -> None:
    """Place 0 has the likelier token, place 1 the wider margin: 0.48 and 0.47 against 0.45, 0.06, 0.06, ..."""
    p = np.array([[0.48, 0.47, *[0.05 / 8] * 8], [0.45, *[0.55 / 9] * 9]])
    logp = np.log(p)
    first = {order: surest(certainty_of(logp, [0, 0], order), 1)[0] for order in Order}
    assert first == {Order.CONFIDENCE: 0, Order.MARGIN: 1, Order.ENTROPY: 0}


@pytest.mark.parametrize("order", list(Order))
def test_equal_places_go_from_left_to_right(order: Order) -> None:
    logp = log_softmax(np.ones((5, 4), dtype=np.float32))
    assert surest(certainty_of(logp, [0] * 5, order), 3) == (0, 1, 2)


@pytest.mark.parametrize("order", list(Order))
def test_a_token_that_cannot_come_counts_for_nothing(order: Order) -> None:
    with_it = log_softmax(np.array([[2.0, 1.0, -np.inf]], dtype=np.float32))
    without = log_softmax(np.array([[2.0, 1.0]], dtype=np.float32))
    assert certainty_of(with_it, [0], order)[0] == pytest.approx(certainty_of(without, [0], order)[0])


@given(ROWS)
def test_guidance_of_weight_nothing_changes_nothing(logits: np.ndarray) -> None:
    assert (guided(logits, logits[::-1], 0.0) == logits).all()


def test_guidance_leads_away_from_what_is_written_blindly() -> None:
    seen, blind = np.float32([[2.0, 2.0]]), np.float32([[3.0, 1.0]])
    assert guided(seen, blind, 1.5).tolist() == [[3.0 + 2.5 * -1.0, 1.0 + 2.5 * 1.0]]


def test_the_blind_sequence_has_the_hole_and_nothing_else() -> None:
    pair = pair_of(np.array([5, 6, 9, 8, 7], dtype=np.int32), 2, 2, 9)
    assert pair.tolist() == [[5, 6, 9, 8, 7], [9, 9, 9, 8, 9]]


@pytest.mark.parametrize(
    ("old", "longest", "lengths"),
    [
        (3, 16, (3, 1, 2, 4, 8, 16)),
        (4, 16, (4, 1, 2, 8, 16)),
        (0, 8, (1, 2, 4, 8)),
        (40, 16, (1, 2, 4, 8, 16)),
        (5, 0, ()),
    ],
)
def test_the_old_length_comes_first_then_powers_of_two(old: int, longest: int, lengths: tuple[int, ...]) -> None:
    assert lengths_of(old, longest) == lengths
