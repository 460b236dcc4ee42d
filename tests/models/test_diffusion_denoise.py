"""The loop over a denoiser that is a table: blocks, thresholds, rules, and masking again from the first violation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.diffusion.canvas import Canvas
from models.diffusion.denoise import denoise, read
from models.diffusion.order import Order
from models.diffusion.schedule import Schedule
from models.diffusion.settings import Filling, Rule, Settings
from models.errors import Cancelled, OutOfTime, Unsatisfiable
from models.model import Sampling, Stop

MASK, SIZE = 9, 10


@dataclass
class Dice:
    """A denoiser whose logits are drawn anew for each canvas from a seed, so that every written token matters."""

    seed: int = 0
    asked: list[tuple[tuple[int, ...], tuple[int, ...]]] = field(default_factory=list)
    mask: int = MASK
    begin: int | None = None
    end: int | None = None
    window: int = 64

    @property
    def banned(self) -> np.ndarray:
        return np.array([8, MASK], dtype=np.int64)

    def logits(self, canvas: np.ndarray, places: Sequence[int]) -> np.ndarray:
        rows = []
        for sequence in canvas:
            self.asked.append((tuple(int(token) for token in sequence), tuple(places)))
            random = np.random.default_rng([self.seed, *(int(token) for token in sequence)])
            rows.append(random.normal(0, 3, (len(sequence), SIZE)).astype(np.float32)[list(places)])
        return np.stack(rows)


@dataclass
class Fixed(Dice):
    """A denoiser that says the same of a place whatever stands around it."""

    rows: tuple[tuple[float, ...], ...] = ()

    def logits(self, canvas: np.ndarray, places: Sequence[int]) -> np.ndarray:
        self.asked.append((tuple(int(token) for token in canvas[0]), tuple(places)))
        return np.stack([np.array(self.rows, dtype=np.float32)[list(places)] for _ in canvas])


def canvas_of(length: int, around: tuple[int, ...] = (1, 2)) -> Canvas:
    return Canvas((*around, *([MASK] * length), *around), len(around), length)


def rule(allowed: Callable[[tuple[int, ...]], bool], whole: Callable[[tuple[int, ...]], bool] | None = None) -> Rule:
    """Return the rule that every beginning is allowed, and the whole is."""

    def prefix(tokens: Sequence[int]) -> int:
        bad = (count for count in range(1, len(tokens) + 1) if not allowed(tuple(tokens[:count])))
        return next(bad, len(tokens) + 1) - 1

    def best(tokens: Sequence[int], logits: np.ndarray) -> int | None:
        may = [token for token in range(SIZE) if allowed((*tokens, token)) and np.isfinite(logits[token])]
        return max(may, key=lambda token: (logits[token], -token), default=None)

    return Rule(prefix, lambda tokens: whole is None or whole(tuple(tokens)), best)


def rising(tokens: tuple[int, ...]) -> bool:
    return all(a <= b for a, b in pairwise(tokens))


SETTINGS = st.builds(
    Settings,
    schedule=st.sampled_from(Schedule),
    order=st.sampled_from(Order),
    steps=st.none() | st.integers(1, 6),
    threshold=st.none() | st.floats(0.05, 1.0),
    block=st.none() | st.integers(1, 5),
    guidance=st.sampled_from([0.0, 0.0, 1.5]),
    sampling=st.builds(Sampling, temperature=st.sampled_from([0.0, 0.7]), seed=st.integers(0, 3)),
    remasks=st.just(500),
)


@given(SETTINGS, st.integers(0, 50), st.integers(1, 9))
def test_every_mask_is_filled_by_text_and_nothing_else_changes(settings: Settings, seed: int, length: int) -> None:
    denoiser = Dice(seed)
    found = denoise(denoiser, canvas_of(length), settings)
    assert len(found.tokens) == length
    assert not set(found.tokens) & {8, MASK}
    assert 0 < found.certainty <= 1
    assert found.nats < 0
    assert 1 <= found.steps <= length
    for canvas, _ in denoiser.asked[:: 2 if settings.guidance else 1]:
        assert canvas[:2] == (1, 2)
        assert canvas[-2:] == (1, 2)


@given(SETTINGS, st.integers(0, 50), st.integers(1, 9))
def test_equal_arguments_give_an_equal_filling(settings: Settings, seed: int, length: int) -> None:
    first, second = (denoise(Dice(seed), canvas_of(length), settings, rule=rule(rising)) for _ in range(2))
    assert first == second


@given(SETTINGS, st.integers(0, 50), st.integers(1, 9))
def test_what_comes_out_satisfies_the_rule(settings: Settings, seed: int, length: int) -> None:
    found = denoise(Dice(seed), canvas_of(length), settings, rule=rule(rising, lambda tokens: tokens[-1] >= 3))
    assert rising(found.tokens)
    assert found.tokens[-1] >= 3
    assert not set(found.tokens) & {8, MASK}


@given(SETTINGS, st.integers(0, 50), st.integers(1, 6))
def test_a_rule_that_holds_anyway_changes_nothing(settings: Settings, seed: int, length: int) -> None:
    free = denoise(Dice(seed), canvas_of(length), settings)
    assert denoise(Dice(seed), canvas_of(length), settings, rule=rule(lambda _: True)) == free


@given(SETTINGS, st.integers(0, 50), st.integers(1, 9))
def test_the_likelihood_of_what_was_written_is_what_reading_it_gives(
    settings: Settings, seed: int, length: int
) -> None:
    """Equal temperature-0 writing and reading: the same steps in the same order, so the same sum."""
    greedy = Settings(settings.schedule, settings.order, settings.steps, settings.threshold, settings.block)
    found = denoise(Dice(seed), canvas_of(length), greedy)
    again = read(Dice(seed), canvas_of(length), greedy, found.tokens)
    assert again == found


def test_blocks_go_from_left_to_right() -> None:
    denoiser = Dice(3)
    denoise(denoiser, canvas_of(6), Settings(block=2, threshold=None))
    assert [sorted({place // 2 for place in places}) for _, places in denoiser.asked] == [[1], [1], [2], [2], [3], [3]]


def test_the_steps_are_shared_out_over_the_blocks() -> None:
    denoiser = Dice(3)
    found = denoise(denoiser, canvas_of(8), Settings(block=4, steps=4, threshold=None))
    assert found.steps == 4
    assert [len(places) for _, places in denoiser.asked] == [4, 2, 4, 2]


def test_what_reaches_the_threshold_is_written_at_once_and_at_least_one_token_is() -> None:
    sure, unsure = (9.0, *[0.0] * 9), (1.0, *[0.0] * 9)
    denoiser = Fixed(rows=(unsure, unsure, sure, unsure, sure, unsure, unsure, unsure))
    found = denoise(denoiser, canvas_of(4), Settings(threshold=0.9, block=None))
    assert [len(places) for _, places in denoiser.asked] == [4, 2, 1]
    assert found.tokens == (0, 0, 0, 0)


def test_a_violation_opens_everything_from_it_on_and_its_token_does_not_come_again() -> None:
    """Place 1 is written last, and only then what stands at 2 is seen to break the rule."""
    rows = [(0.0,) * 10] * 7
    rows[2] = (0, 5.0, 0, 0, 0, 0, 0, 0, 0, 0)
    rows[3] = (0, 0, 0, 1.0, 0, 0, 0, 0, 0, 0)
    rows[4] = (0, 9.0, 4.0, 8.0, 0, 0, 0, 0, 0, 0)
    denoiser = Fixed(rows=tuple(rows))
    found = denoise(denoiser, canvas_of(3), Settings(threshold=None, block=None), rule=rule(rising))
    assert found.tokens == (1, 3, 3)
    assert found.remasked == 1
    assert [canvas[2:5] for canvas, _ in denoiser.asked] == [(9, 9, 9), (1, 9, 9), (1, 9, 1), (1, 3, 9)]


def test_a_place_where_nothing_can_stand_makes_the_one_before_it_open_again() -> None:
    """2 is liked best at the start, and nothing may follow it."""
    rows = [(0.0,) * 10] * 6
    rows[2] = (0, 1.0, 5.0, 0, 0, 0, 0, 0, 0, 0)
    found = denoise(
        Fixed(rows=tuple(rows)),
        canvas_of(2),
        Settings(threshold=None, block=1),
        rule=rule(lambda tokens: len(tokens) < 2 or tokens[0] == 1),
    )
    assert found.tokens[0] == 1
    assert found.remasked == 1


def test_a_rule_that_nothing_satisfies_ends_in_unsatisfiable() -> None:
    for never in (rule(lambda _: False), rule(lambda _: True, lambda _: False)):
        with pytest.raises(Unsatisfiable, match="no 3 tokens"):
            denoise(Dice(1), canvas_of(3), Settings(remasks=20), rule=never)


def test_the_number_of_turns_is_kept() -> None:
    denoiser = Dice(1)
    with pytest.raises(Unsatisfiable):
        denoise(denoiser, canvas_of(4), Settings(remasks=0), rule=rule(lambda tokens: len(tokens) < 2))
    assert len(denoiser.asked) <= 4


def test_drawing_depends_on_the_seed() -> None:
    drawn = {
        denoise(Dice(1), canvas_of(6), Settings(sampling=Sampling(temperature=1.5, seed=seed))).tokens
        for seed in range(8)
    }
    assert len(drawn) > 4


def test_a_hole_at_either_end_and_one_that_is_everything() -> None:
    for canvas in (Canvas((MASK, MASK, 4), 0, 2), Canvas((4, MASK, MASK), 1, 2), Canvas((MASK,) * 3, 0, 3)):
        assert len(denoise(Dice(2), canvas, Settings()).tokens) == canvas.length


def test_no_mask_needs_no_step() -> None:
    assert denoise(Dice(2), Canvas((1, 2), 1, 0), Settings()) == Filling((), 0.0, 0.0, 0, 0, 0)


def test_it_stops_between_two_steps() -> None:
    clock = iter(range(100))
    with pytest.raises(OutOfTime):
        denoise(Dice(1), canvas_of(9), Settings(threshold=1.0), stop=Stop(3.0, clock=lambda: next(clock)))
    with pytest.raises(Cancelled):
        denoise(Dice(1), canvas_of(9), Settings(), stop=Stop(cancelled=lambda: True))


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": 0},
        {"block": 0},
        {"threshold": 0.0},
        {"threshold": 1.5},
        {"guidance": -1.0},
        {"remasks": -1},
        {"lengths": 0},
    ],
)
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Settings(**wrong)  # type: ignore[arg-type]
