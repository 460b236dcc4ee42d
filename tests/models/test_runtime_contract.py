"""What every Model keeps to, whichever runs it: the scripted one and llama.cpp's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.errors import Cancelled, ModelError, OutOfTime, TooLong
from models.llama import LoadOptions, load
from models.model import Model, Stop
from models.scripted import Scripted
from tests.models.weights import tiny_gguf

KINDS = ("scripted", "llama", "qwen2", "mamba")
CLOSE = 0.02  # nats: keys and values are kept in 16 bits, and a batch is summed in another order than a single token
tails = st.lists(st.integers(0, 255), max_size=12)


@pytest.fixture(scope="module", params=KINDS)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    path: Path = tmp_path_factory.mktemp("tiny") / "tiny.gguf"
    if request.param == "scripted":
        made: Model = Scripted([b"return total\n", b"xyz"], context=512)
    else:
        made = load(tiny_gguf(path, request.param), options=LoadOptions(threads=1))
    yield made
    made.close()


def log_softmax(rows: Any) -> Any:
    rows = np.asarray(rows, dtype=np.float64)
    top = rows.max(axis=-1, keepdims=True)
    return rows - top - np.log(np.exp(rows - top).sum(axis=-1, keepdims=True))


few = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@few
@given(prompt=st.lists(st.integers(0, 255), min_size=1, max_size=40), more=st.lists(tails, min_size=2, max_size=5))
def test_a_branch_of_a_batch_is_what_it_is_alone(model: Model, prompt: list[int], more: list[list[int]]) -> None:
    with model.branches(prompt, len(more), room=12) as branches:
        together = branches.advance(dict(enumerate(more)))
        after = [branches.logits(at) for at in range(len(more))]
    for at, tail in enumerate(more):
        with model.branches(prompt, room=12) as alone:
            np.testing.assert_allclose(alone.advance({0: tail})[0], together[at], atol=CLOSE)
            np.testing.assert_allclose(alone.logits(0), after[at], atol=CLOSE)


@few
@given(kept=tails, gone=tails, more=tails)
def test_what_was_taken_back_leaves_no_trace(model: Model, kept: list[int], gone: list[int], more: list[int]) -> None:
    with model.branches(model.tokens_of(b"def f(x):"), 2, room=40) as branches:
        branches.advance({0: kept, 1: kept})
        before = branches.logits(1)
        branches.advance({1: gone})
        branches.rollback(1, len(gone))
        np.testing.assert_allclose(branches.logits(1), before, atol=CLOSE)
        straight, back = branches.advance({0: more})[0], branches.advance({1: more})[1]
        np.testing.assert_allclose(back, straight, atol=CLOSE)


@few
@given(first=tails, second=tails)
def test_log_probabilities_are_those_of_the_logits(model: Model, first: list[int], second: list[int]) -> None:
    with model.branches(model.tokens_of(b"return to"), 2, room=12) as branches:
        scored = branches.logprobs({0: first, 1: second})
    with model.branches(model.tokens_of(b"return to"), 2, room=12) as branches:
        starts = [branches.logits(0), branches.logits(1)]
        rows = branches.advance({0: first, 1: second})
        for at, tail in enumerate((first, second)):
            before = np.concatenate((starts[at][None], rows[at]))[:-1]
            wanted = log_softmax(before)[np.arange(len(tail)), np.asarray(tail, dtype=int)]
            np.testing.assert_allclose(scored[at], wanted, atol=CLOSE)
            assert scored[at].dtype == np.float64


def test_more_tokens_than_a_batch_holds_are_read_in_several(model: Model) -> None:
    tail = list(model.tokens_of(b"0123456789abcdefghijklmnopqrst" * 5))[:140]
    with model.branches([65], 2, room=140) as branches:
        rows = branches.advance({0: tail, 1: tail})
        np.testing.assert_allclose(rows[0], rows[1], atol=CLOSE)
        branches.rollback(0, 140)
        steps = [branches.advance({0: [token]})[0][0] for token in tail]
        np.testing.assert_allclose(np.stack(steps), rows[0], atol=CLOSE)


def test_a_prompt_of_several_chunks_reads_like_one_token_after_the_other(model: Model) -> None:
    prompt = list(model.tokens_of(b"def name(value):\n    return value + 1\n" * 20))[:300]
    with model.branches(prompt, room=1) as branches:
        read = branches.logits(0)
    with model.branches(prompt[:1], room=300) as branches:
        np.testing.assert_allclose(branches.advance({0: prompt[1:]})[0][-1], read, atol=CLOSE)


def test_equal_calls_give_equal_numbers(model: Model) -> None:
    prompt = model.tokens_of(b"def name(value):\n    return value + 1\n" * 10)

    def once() -> list[Any]:
        with model.branches(prompt, 3, room=8) as branches:
            return [*branches.advance({0: [65], 2: [66, 67]}).values(), branches.logits(1)]

    first = once()
    with model.branches(model.tokens_of(b"something else " * 7), room=4) as branches:
        branches.advance({0: [1, 2]})
    assert all(np.array_equal(a, b) for a, b in zip(first, once(), strict=True))


def test_what_is_returned_is_the_callers_own(model: Model) -> None:
    with model.branches([65], 2, room=4) as branches:
        branches.logits(0)[:] = 0
        branches.advance({0: [66]})[0][:] = 0
        branches.advance({1: [66]})
        np.testing.assert_allclose(branches.logits(0), branches.logits(1), atol=CLOSE)
        assert branches.logits(0).any()
        assert branches.logits(0).dtype == np.float32


def test_inner_branches_leave_outer_ones_alone(model: Model) -> None:
    with model.branches([65, 66], room=4) as outer:
        outer.advance({0: [67]})
        before = outer.logits(0)
        with model.branches([70], 3, room=4) as inner:
            inner.advance({2: [1, 2]})
        np.testing.assert_allclose(outer.logits(0), before, atol=CLOSE)
        outer.advance({0: [68]})


def test_sizes_that_cannot_be_are_refused(model: Model) -> None:
    size, context = model.info.vocabulary, model.info.context
    for prompt, count, room in (((), 1, 1), ((65,), 0, 1), ((65,), 1, -1), ((size,), 1, 1), ((-1,), 1, 1)):
        with pytest.raises(ModelError), model.branches(prompt, count, room=room):
            pass
    with pytest.raises(TooLong), model.branches([65] * (context - 3), room=4):
        pass
    with model.branches([65] * (context - 4), 2, room=4) as branches:
        branches.advance({1: [65] * 4})
        with pytest.raises(TooLong):
            branches.advance({0: [65] * 5})
        with pytest.raises(TooLong):
            branches.logprobs({1: [65]})
        branches.advance({0: [65] * 4})
        for bad in ({0: [size]}, {2: [65]}, {-1: [65]}):
            with pytest.raises(ModelError):
                branches.advance(bad)
        for branch, count in ((0, 5), (0, -1), (2, 1)):
            with pytest.raises(ModelError):
                branches.rollback(branch, count)
        assert branches.count == 2
        assert branches.advance({}) == {}
        assert branches.advance({0: []})[0].shape == (0, size)
    with pytest.raises(ModelError, match="closed"):
        branches.logits(0)
    with pytest.raises(ModelError):
        model.bytes_of([size])


def test_a_stop_between_two_batches_raises_and_the_model_goes_on(model: Model) -> None:
    unwanted: list[bool] = []
    with model.branches([65], room=8, stop=Stop(cancelled=lambda: bool(unwanted))) as branches:
        branches.advance({0: [66]})
        unwanted.append(True)
        with pytest.raises(Cancelled):
            branches.advance({0: [66]})
    with pytest.raises(OutOfTime), model.branches([65], room=1, stop=Stop(deadline=0.0, clock=lambda: 1.0)):
        pass
    with model.branches([65], room=1) as branches:
        assert branches.logits(0).shape == (model.info.vocabulary,)
