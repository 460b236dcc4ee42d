"""Vectors of texts, and the nearest of them."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from kb.memory import embed
from kb.memory.embed import WIDTH, Embedder, open_embedder, worded
from kb.memory.nearest import cosines, nearest


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    made = open_embedder()
    assert made is not None
    return made


def test_the_name_says_which_words_and_which_method(embedder: Embedder) -> None:
    assert embedder.name == "wordllama-0.4.0.post1/1"
    assert "wordllama" not in sys.modules


def test_rows_are_of_unit_length_and_a_text_without_a_word_is_like_nothing(embedder: Embedder) -> None:
    rows = embedder.vectors(["some text", "", "  \n", "x"])
    assert (rows.shape, rows.dtype) == ((4, WIDTH), np.float32)
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 0, 0, 1], abs=1e-5)
    assert embedder.vectors([]).shape == (0, WIDTH)


@settings(max_examples=30)
@given(st.lists(st.text(st.characters(), max_size=40) | st.just("\ud800"), max_size=6))
def test_a_text_has_one_vector_whatever_stands_beside_it(texts: list[str]) -> None:
    made = open_embedder()
    assert made is not None
    together = made.vectors(texts)
    for text, row in zip(texts, together, strict=True):
        assert made.vectors([text])[0] == pytest.approx(row, abs=1e-5)


def test_many_texts_are_read_in_parts(embedder: Embedder) -> None:
    rows = embedder.vectors([f"word {number % 7}" for number in range(1200)])
    assert rows[7] == pytest.approx(rows[1197 - 1197 % 7], abs=1e-5)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("isEmptyList(x)", "is empty list(x)"),
        ("is_empty_list", "is empty list"),
        ("HTTPServer.parseXML", "http server.parse xml"),
        ("__init__", "init"),
        ("  a\n\tb ", "a b"),
        ("a \ud800 b", "a ? b"),
    ],
)
def test_identifiers_are_read_as_words(code: str, words: str) -> None:
    assert worded(code) == words


def test_what_the_vocabulary_calls_special_is_text(embedder: Embedder) -> None:
    spec = find_spec("wordllama")
    assert spec is not None
    assert spec.submodule_search_locations
    folder = Path(spec.submodule_search_locations[0])
    words = Tokenizer.from_file(str(folder.joinpath(*embed.WORDS)))
    (table,) = load_file(folder.joinpath(*embed.VECTORS)).values()

    def as_pieces(text: str) -> np.ndarray:
        row = table[words.encode(text, add_special_tokens=False).ids].astype(np.float32).sum(axis=0)
        return row / np.linalg.norm(row)

    read = embedder.vectors(["a </s> b"])[0]
    assert float(read @ as_pieces("a </s> b")) < 0.95  # this reads one special piece
    words.encode_special_tokens = True
    assert float(read @ as_pieces("a </s> b")) == pytest.approx(1, abs=1e-3)


def test_like_texts_are_nearer_than_others(embedder: Embedder) -> None:
    rows = embedder.vectors(["`os` is imported and never used", "unused import `re`", "the timeout is too short"])
    assert rows[0] @ rows[1] > rows[0] @ rows[2] + 0.2


def test_a_very_long_text_costs_no_more_than_its_start(embedder: Embedder) -> None:
    start, whole = embedder.vectors(["word " * 400, "word " * 400 + "other " * 100_000])
    assert float(start @ whole) == pytest.approx(1, abs=1e-5)


def test_without_the_package_there_is_no_embedder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setattr(sys, "path_importer_cache", {})
    assert embed.find_spec("wordllama") is None
    assert open_embedder() is None


def test_a_package_that_lacks_its_weights_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wordllama").mkdir()
    (tmp_path / "wordllama" / "__init__.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    assert open_embedder() is None


VECTORS = arrays(np.float32, st.tuples(st.integers(0, 30), st.just(4)), elements=st.sampled_from([-1, -0.5, 0, 0.5, 1]))


@given(VECTORS, VECTORS, st.integers(1, 5), st.sampled_from([0.0, 0.5]))
def test_the_nearest_are_those_that_sorting_all_would_find(
    rows: np.ndarray, asked: np.ndarray, most: int, least: float
) -> None:
    found = nearest(rows, asked, most=most, least=least)
    assert len(found) == len(asked)
    for query, near in zip(asked, found, strict=True):
        ranked = sorted((-float(row @ query), at) for at, row in enumerate(rows) if row @ query >= least)
        assert near == [(at, -negative) for negative, at in ranked[:most]]


def test_half_floats_are_near_enough_and_blocks_do_not_show(embedder: Embedder) -> None:
    rng = np.random.default_rng(7)
    rows = rng.standard_normal((9_000, 64)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    half = rows.astype(np.float16)
    assert np.abs(cosines(half, rows[:2]) - rows @ rows[:2].T).max() < 1e-3
    assert [near[0][0] for near in nearest(half, rows[[0, 8_500]])] == [0, 8_500]


def test_no_rows_have_no_nearest() -> None:
    assert nearest(None, np.ones((2, 4), np.float32)) == [[], []]
    assert nearest(np.empty((0, 4), np.float16), np.ones((1, 4), np.float32)) == [[]]
