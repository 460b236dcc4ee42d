"""The scripted model: what it likes, it writes and scores highly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import Cancelled, ModelError, OutOfTime, TooLong
from models.model import Stop
from models.scripted import END, FIM, Scripted


def written(model: Scripted, prompt: tuple[int, ...], most: int = 60) -> bytes:
    with model.branches(prompt, room=most) as branches:
        found: list[int] = []
        for _ in range(most):
            token = int(branches.logits(0).argmax())
            if token in model.info.ends:
                break
            branches.advance({0: [token]})
            found.append(token)
        return bytes(found)


def scored(model: Scripted, prompt: bytes, text: bytes) -> float:
    with model.branches(tuple(prompt), room=len(text)) as branches:
        return float(branches.logprobs({0: tuple(text)})[0].sum())


@given(st.binary(min_size=1, max_size=20), st.binary(max_size=8))
def test_it_writes_the_first_liked_text_after_fim_tokens(liked: bytes, before: bytes) -> None:
    model = Scripted([liked, b"other"])
    prompt = (FIM.prefix, *before, FIM.suffix, FIM.middle)
    assert written(model, prompt) == liked


def test_it_goes_on_with_the_liked_text_whose_beginning_was_read() -> None:
    model = Scripted([b"alpha\n", b"return total\n"])
    assert written(model, tuple(b"def f():\n    return ")) == b"total\n"
    assert written(model, tuple(b"xyz")) == b"alpha\n"


def test_the_longest_match_wins_and_of_equals_the_first() -> None:
    model = Scripted([b"ab1", b"xab2", b"ab3"])
    assert written(model, tuple(b"xab")) == b"2"
    assert written(model, tuple(b"yab")) == b"1"


def test_liked_text_is_far_likelier_than_other_text() -> None:
    model = Scripted([b"return a + b\n"])
    assert scored(model, b"    ", b"return a + b\n") > -0.5
    assert scored(model, b"    ", b"return a - b\n") < -20


def test_without_likes_it_ends_at_once() -> None:
    assert written(Scripted(), tuple(b"def f():")) == b""
    assert written(Scripted([b""]), tuple(b"def f():")) == b""


def test_special_tokens_have_no_text_and_text_has_no_special_tokens() -> None:
    model = Scripted()
    assert model.bytes_of([97, END, FIM.middle or 0, 98]) == b"ab"
    assert max(model.tokens_of("<|fim_middle|>é".encode())) < END


def test_without_fim_the_end_is_the_only_end() -> None:
    info = Scripted(fim=False).info
    assert (info.fim, info.ends) == (None, {END})


def test_its_masks_allow_what_a_grammar_allows() -> None:
    import llguidance.numpy
    from llguidance import LLMatcher

    model = Scripted()
    matcher = LLMatcher(model.masks(), LLMatcher.grammar_from_lark('start: "ab" /[0-9]+/'))
    assert matcher.consume_tokens(tuple(b"ab1"))
    mask = llguidance.numpy.allocate_token_bitmask(1, model.info.vocabulary)
    llguidance.numpy.fill_next_token_bitmask(matcher, mask)
    allowed = np.flatnonzero(np.unpackbits(mask.view(np.uint8), bitorder="little"))
    assert set(allowed) == {*b"0123456789", END}
    assert model.masks() is model.masks()


def test_a_closed_one_says_so() -> None:
    model = Scripted()
    with model.branches([1], room=1) as branches:
        model.close()
        with pytest.raises(ModelError, match="closed"):
            branches.logits(0)
    with pytest.raises(ModelError, match="closed"):
        model.tokens_of(b"x")


def test_a_stop_is_heeded() -> None:
    model = Scripted()
    with pytest.raises(Cancelled), model.branches([1], room=1, stop=Stop(cancelled=lambda: True)):
        pass
    now = [0.0]
    with model.branches([1], room=2, stop=Stop(deadline=1.0, clock=lambda: now[0])) as branches:
        branches.advance({0: [1]})
        now[0] = 1.0
        with pytest.raises(OutOfTime):
            branches.advance({0: [1]})


def test_the_context_is_held_to() -> None:
    model = Scripted(context=10)
    with pytest.raises(TooLong), model.branches([1] * 8, room=3):
        pass
