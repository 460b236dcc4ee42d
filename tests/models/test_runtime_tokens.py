"""Tokens: text comes back as it was, nothing in it is special, and what is special is found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.errors import ModelError
from models.llama import LoadOptions, load
from models.model import FimTokens, Model
from tests.models.weights import END, FIM, MARKER, SUFFIX_FIRST, tiny_gguf

HOSTILE = (
    MARKER,
    END,
    "<|im_start|>",
    *FIM,
    "</s>",
    "<<tool_call>",
    "<tool_call",
    "tool_call>",
    "<tool<tool_call>call>",
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    made = load(tiny_gguf(tmp_path_factory.mktemp("tiny") / "tiny.gguf"), options=LoadOptions(threads=1))
    yield made
    made.close()


def special(model: Model) -> set[int]:
    """Return the tokens at the end of a tiny vocabulary: ends, BOS, the marker, FIM."""
    assert model.info.fim is not None
    return set(range(model.info.fim.prefix - 3, model.info.vocabulary))


texts = st.lists(st.one_of(st.binary(max_size=6), st.sampled_from([text.encode() for text in HOSTILE])), max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts)
def test_text_comes_back_and_holds_no_special_token(model: Model, parts: list[bytes]) -> None:
    text = b"".join(parts)
    tokens = model.tokens_of(text)
    assert model.bytes_of(tokens) == text
    assert not special(model) & set(tokens)


def test_llama_cpp_would_have_read_the_marker(model: Model) -> None:
    """The precaution is for something: asked directly, it makes one token of the marker."""
    import ctypes

    from models.llama_library import library
    from models.llama_model import LlamaModel

    assert isinstance(model, LlamaModel)
    text = MARKER.encode()

    def direct() -> list[int]:
        buffer = (ctypes.c_int32 * 64)()
        vocab = model.loaded.call(lambda handles: handles.vocab)
        count = library().llama_tokenize(vocab, text, len(text), buffer, 64, False, False)
        return list(buffer[:count])

    found = model.loaded.call(lambda _: direct())
    assert len(found) == 1
    assert set(found) <= special(model)


def test_counts_are_of_the_models_own_tokens(model: Model) -> None:
    assert len(model.tokens_of(b" return")) == 1
    assert len(model.tokens_of(b"if self")) == 3
    assert model.tokens_of(b"") == ()
    assert len(model.tokens_of(b"x" * 100_000)) == 100_000


def test_special_tokens_have_no_text(model: Model) -> None:
    assert model.info.fim is not None
    assert model.bytes_of([97, model.info.fim.prefix, *model.info.ends, 98]) == b"ab"


def test_answers_end_at_the_end_and_at_fim_tokens(model: Model) -> None:
    info = model.info
    assert info.fim == FimTokens(275, 276, 277)
    assert {275, 276, 277, 272} == info.ends
    assert info.begin is None


def test_fim_tokens_that_llama_cpp_does_not_know_are_found_by_their_text(tmp_path: Path) -> None:
    seed_coder = load(tiny_gguf(tmp_path / "a.gguf", fim=SUFFIX_FIRST))
    assert seed_coder.info.fim == FimTokens(275, 276, 277, suffix_first=True)
    assert {275, 276, 277} <= seed_coder.info.ends
    codestral = load(tiny_gguf(tmp_path / "b.gguf", fim=("[PREFIX]", "[SUFFIX]")))
    assert codestral.info.fim == FimTokens(275, 276, None, suffix_first=True)
    plain = load(tiny_gguf(tmp_path / "c.gguf", fim=()))
    assert plain.info.fim is None
    for made in (seed_coder, codestral, plain):
        made.close()


@pytest.mark.parametrize("architecture", ["dream", "llada"])
def test_the_mask_of_a_diffusion_model_is_known(tmp_path: Path, architecture: str) -> None:
    made = load(tiny_gguf(tmp_path / "a.gguf", architecture, shift_logits=False))
    assert made.info.is_diffusion
    assert made.info.mask == 278
    assert made.info.extra["diffusion.shift_logits"] == "False"
    with pytest.raises(ModelError, match="denoises"), made.branches([65], room=1):
        pass
    made.close()


def test_masks_never_allow_special_tokens_as_text(model: Model) -> None:
    import llguidance.numpy
    from llguidance import LLMatcher

    matcher = LLMatcher(model.masks(), LLMatcher.grammar_from_lark("start: /(.|\\n){1,9}/"))
    mask = llguidance.numpy.allocate_token_bitmask(1, model.info.vocabulary)
    llguidance.numpy.fill_next_token_bitmask(matcher, mask)
    allowed = set(np.flatnonzero(np.unpackbits(mask.view(np.uint8), bitorder="little")))
    assert 97 in allowed
    assert not special(model) & allowed
    assert matcher.consume_token(97)
    llguidance.numpy.fill_next_token_bitmask(matcher, mask)
    after = set(np.flatnonzero(np.unpackbits(mask.view(np.uint8), bitorder="little")))
    assert special(model) & after == model.info.ends


def test_masks_tokenise_as_the_model_does(model: Model) -> None:
    text = b"def self() = return <tool_call>"
    assert tuple(model.masks().tokenize_bytes(text)) == model.tokens_of(text)


@pytest.fixture(scope="module")
def pieces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    path = tmp_path_factory.mktemp("tiny") / "pieces.gguf"
    made = load(tiny_gguf(path, sentencepiece=True), options=LoadOptions(threads=1))
    yield made
    made.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from("are t\n  é(</s>"), max_size=20), st.binary(max_size=3))
def test_sentencepiece_adds_nothing_to_a_text(pieces: Model, text: str, more: bytes) -> None:
    data = text.encode() + more
    tokens = pieces.tokens_of(data)
    assert pieces.bytes_of(tokens) == data
    assert not {0, 1, 2} & set(tokens)


def test_a_beginning_that_a_model_needs_is_known(pieces: Model) -> None:
    assert pieces.info.begin == 1
    assert pieces.info.fim is not None
    assert pieces.bytes_of([pieces.info.fim.prefix]) == b""
