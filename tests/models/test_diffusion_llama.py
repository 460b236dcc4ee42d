"""Dream and LLaDA files in llama.cpp's hands: logits and whole fillings equal those of a transformer in numpy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from models.diffusion.canvas import Canvas
from models.diffusion.denoise import denoise
from models.diffusion.order import Order
from models.diffusion.schedule import Schedule
from models.diffusion.settings import Settings
from models.errors import Cancelled, ModelError, OutOfMemory, TooLong
from models.gguf import read_header
from models.llama_diffusion import LlamaDenoiser, opened, rows_of, shifts_logits
from models.llama_library import library
from models.llama_loaded import Handles, Loaded
from models.model import Stop
from tests.models.diffusion_reference import Transformer, Wanted, fill
from tests.models.weights import tiny_gguf

TOKENS = list(b"def add(a, b):\n    return a + b\n\nprint(add(1, 2))\n")


def loaded_from(path: Path) -> Loaded:
    def load() -> Handles:
        llama = library()
        model = llama.llama_model_load_from_file(str(path).encode(), llama.llama_model_default_params())
        return Handles(model, llama.llama_model_get_vocab(model), 1, 0, 0)

    return Loaded(read_header(path), load)


@pytest.fixture(scope="module", params=["dream", "llada"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    """Yield a denoiser for two sequences and the same model in numpy; Dream shifts, LLaDA does not."""
    architecture = request.param
    path = tmp_path_factory.mktemp("diffusion") / f"{architecture}.gguf"
    tiny_gguf(path, architecture, shift_logits=False if architecture == "llada" else None)
    loaded = loaded_from(path)
    with opened(loaded, window=96, sequences=2) as denoiser:
        yield denoiser, Transformer(path, shift=architecture == "dream")
    loaded.close()


def canvas_for(denoiser: LlamaDenoiser, start: int, length: int) -> Canvas:
    tokens = (*TOKENS[:start], *([denoiser.mask] * length), *TOKENS[start + length :])
    return Canvas(tokens, start, length)


def test_logits_are_those_of_the_transformer(pair) -> None:
    denoiser, transformer = pair
    canvas = canvas_for(denoiser, 20, 9)
    found = denoiser.logits(np.array([canvas.tokens], dtype=np.int32), range(len(TOKENS)))
    wanted = transformer.logits(list(canvas.tokens))
    assert wanted.std() > 1
    np.testing.assert_allclose(found[0], wanted, atol=1e-4)


def test_two_sequences_in_one_batch_do_not_see_each_other(pair) -> None:
    denoiser, _ = pair
    one, other, third = np.array([TOKENS, TOKENS[::-1], [7] * len(TOKENS)], dtype=np.int32)
    both = denoiser.logits(np.stack([one, other]), [0, 5, 30])
    assert (both[0] == denoiser.logits(np.stack([one, third]), [0, 5, 30])[0]).all()
    for sequence, rows in ((one, both[0]), (other, both[1])):
        np.testing.assert_allclose(rows, denoiser.logits(sequence[None, :], [0, 5, 30])[0], atol=1e-4)


def test_what_comes_after_a_place_counts(pair) -> None:
    """Not causal: with attention to the left only, these rows would be equal."""
    denoiser, _ = pair
    changed = [*TOKENS[:-1], TOKENS[0]]
    rows = [denoiser.logits(np.array([tokens], dtype=np.int32), [3])[0] for tokens in (TOKENS, changed)]
    assert abs(rows[0] - rows[1]).max() > 0.01


@pytest.mark.parametrize("schedule", list(Schedule))
@pytest.mark.parametrize("order", list(Order))
def test_a_filling_is_that_of_the_plain_loop(pair, schedule: Schedule, order: Order) -> None:
    denoiser, transformer = pair
    canvas = canvas_for(denoiser, 19, 12)
    settings = Settings(schedule=schedule, order=order, steps=5, threshold=None, block=None)
    found = denoise(denoiser, canvas, settings)
    hole = range(19, 31)
    wanted = Wanted(schedule=schedule.value, order=order.value, steps=5)
    assert list(found.tokens) == fill(
        transformer, list(canvas.tokens), hole, denoiser.mask, list(denoiser.banned), wanted
    )
    assert (found.steps, found.remasked, found.decoded) == (5, 0, 5 * len(TOKENS))


@pytest.mark.parametrize("guidance", [0.5, 2.0])
def test_guidance_in_one_batch_is_that_of_the_plain_loop(pair, guidance: float) -> None:
    denoiser, transformer = pair
    canvas = canvas_for(denoiser, 19, 6)
    found = denoise(denoiser, canvas, Settings(threshold=None, block=None, guidance=guidance))
    wanted = Wanted(guidance=guidance)
    assert list(found.tokens) == fill(
        transformer, list(canvas.tokens), range(19, 25), denoiser.mask, list(denoiser.banned), wanted
    )
    assert found.decoded == 6 * 2 * len(TOKENS)
    assert found.tokens != denoise(denoiser, canvas, Settings(threshold=None, block=None)).tokens


def test_what_is_sure_enough_goes_at_once_as_in_the_plain_loop(pair) -> None:
    denoiser, transformer = pair
    canvas = canvas_for(denoiser, 10, 20)
    found = denoise(denoiser, canvas, Settings(threshold=0.3, block=None))
    wanted = Wanted(threshold=0.3)
    assert list(found.tokens) == fill(
        transformer, list(canvas.tokens), range(10, 30), denoiser.mask, list(denoiser.banned), wanted
    )
    assert found.steps < 20


def test_no_special_token_is_ever_written(pair) -> None:
    denoiser, _ = pair
    assert {denoiser.mask, denoiser.end} <= set(denoiser.banned.tolist())
    for start in (0, 17, len(TOKENS) - 8):
        found = denoise(denoiser, canvas_for(denoiser, start, 8), Settings())
        assert not set(found.tokens) & set(denoiser.banned.tolist())


def test_a_canvas_that_llama_cpp_would_die_of_is_refused(pair) -> None:
    denoiser, _ = pair
    with pytest.raises(TooLong):
        denoiser.logits(np.zeros((1, 97), dtype=np.int32), [0])
    with pytest.raises(TooLong):
        denoiser.logits(np.zeros((3, 4), dtype=np.int32), [0])
    for canvas, places in (([[]], []), ([[1, 999]], [0]), ([[1, -1]], [0]), ([[1, 2]], [2]), ([[1, 2]], [-1])):
        with pytest.raises(ModelError):
            denoiser.logits(np.array(canvas, dtype=np.int32).reshape(1, -1), places)


def test_a_model_without_a_mask_token_cannot_diffuse(tmp_path: Path) -> None:
    loaded = loaded_from(tiny_gguf(tmp_path / "plain.gguf", "qwen2"))
    with pytest.raises(ModelError, match=r"plain\.gguf names no mask token"), opened(loaded, window=8):
        pass
    loaded.close()


def test_a_window_that_fits_into_no_memory_is_refused_before_llama_cpp_sees_it(tmp_path: Path) -> None:
    loaded = loaded_from(tiny_gguf(tmp_path / "dream.gguf", "dream"))
    with pytest.raises(OutOfMemory, match=r"dream\.gguf"), opened(loaded, window=1_000_000):
        pass
    loaded.close()


def test_a_denoiser_that_was_closed_says_so(tmp_path: Path) -> None:
    loaded = loaded_from(tiny_gguf(tmp_path / "dream.gguf", "dream"))
    with opened(loaded, window=8) as denoiser:
        pass
    with pytest.raises(ModelError, match="freed"):
        denoiser.logits(np.zeros((1, 4), dtype=np.int32), [0])
    with opened(loaded, window=8) as denoiser:
        loaded.close()
    with pytest.raises(ModelError, match="closed"):
        denoiser.logits(np.zeros((1, 4), dtype=np.int32), [0])


def test_a_step_under_way_can_be_stopped_and_the_next_one_is_right(tmp_path: Path) -> None:
    loaded = loaded_from(tiny_gguf(tmp_path / "dream.gguf", "dream"))
    canvas = np.array([TOKENS], dtype=np.int32)
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked == 20

    with opened(loaded, window=96, stop=Stop(cancelled=cancelled)) as denoiser:
        with pytest.raises(Cancelled):
            denoiser.logits(canvas, [3])
        again = denoiser.logits(canvas, [3])
    with opened(loaded, window=96) as denoiser:
        assert (denoiser.logits(canvas, [3]) == again).all()
    loaded.close()


@pytest.mark.parametrize(
    ("architecture", "metadata", "shifts"),
    [
        ("dream", {}, True),
        ("rnd1", {}, True),
        ("llada", {}, False),
        ("llada-moe", {}, False),
        ("llada", {"diffusion.shift_logits": False}, False),
        ("dream", {"diffusion.shift_logits": "false"}, False),
        ("llada", {"diffusion.shift_logits": "true"}, True),
    ],
)
def test_the_file_says_whether_logits_are_shifted_and_dream_does_where_it_does_not(
    architecture: str, metadata: dict[str, object], shifts: bool
) -> None:
    assert shifts_logits(architecture, metadata) is shifts


def test_a_shifted_place_is_read_one_row_before_and_the_first_from_its_own() -> None:
    assert rows_of([0, 1, 5], shift=True) == [0, 0, 4]
    assert rows_of([0, 1, 5], shift=False) == [0, 1, 5]
