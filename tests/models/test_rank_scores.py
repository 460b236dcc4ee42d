"""Texts for a hole in the order of how much likelier they make the file."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.source import Source, Span
from models.errors import Cancelled, OutOfTime, TooLong
from models.llama import load
from models.mask.model import Hole, Scale, Strategy
from models.model import Stop
from models.rank import Reach, ranking_of, scores_of
from models.scripted import Scripted
from tests.models.weights import tiny_gguf

CLAMP = b"def clamp(value, low, high):\n    if value < low:\n        return low\n    return value\n"
EVERYTHING = Reach(before=2000, after=2000)


def hole_of(source: Source, text: bytes, at: int | None = None) -> Hole:
    """Return the hole that holds the first place of a text."""
    start = source.data.index(text) if at is None else at
    return Hole(Span(start, start + len(text)), "x", Scale.EXPRESSION, Strategy.EXPRESSIONS, b"", text)


def naive(model: Scripted, source: Source, hole: Hole, text: bytes) -> float:
    """Return the log-likelihood of the whole file with a text in the hole, read from its first byte."""
    data = source.data[: hole.span.start] + text + source.data[hole.span.end :]
    with model.branches(model.tokens_of(b"\n"), room=len(data)) as branches:
        return float(branches.logprobs({0: model.tokens_of(data)})[0].sum())


def test_the_text_that_the_model_likes_comes_first_and_the_original_is_zero():
    source = Source("a.py", CLAMP)
    model = Scripted([b"value < low:\n        return low"])
    hole = hole_of(source, b"value < low")
    assert scores_of(model, source, hole, [hole.text]) == [0.0]
    wrong = Source("a.py", CLAMP.replace(b"<", b">"))
    hole = hole_of(wrong, b"value > low")
    ranking = ranking_of(model, wrong, hole, [b"value == low", b"value < low", b"low", b"value > low"])
    assert ranking.rows[0].text == b"value < low"
    assert len(ranking.rows) == 3
    assert ranking.margin > 5
    assert ranking.over_original == ranking.rows[0].score
    assert ranking.tokens > 0


def test_nothing_to_rank():
    source = Source("a.py", CLAMP)
    ranking = ranking_of(Scripted([b"x"]), source, hole_of(source, b"low"), [])
    assert (ranking.rows, ranking.tokens, ranking.over_original, ranking.over_second) == ((), 0, -math.inf, math.inf)


@settings(max_examples=30, deadline=None)
@given(
    before=st.binary(max_size=60),
    old=st.binary(max_size=10),
    after=st.binary(max_size=60),
    texts=st.lists(st.binary(max_size=10), max_size=12),
    at_once=st.integers(1, 9),
)
def test_a_score_is_the_likelihood_of_the_whole_file_less_that_of_the_original(before, old, after, texts, at_once):
    source = Source("a.py", before + old + after)
    hole = hole_of(source, old, at=len(before))
    model = Scripted([before[-3:] + b"abc" + after[:3], b"ab"])
    reach = Reach(before=2000, after=2000, at_once=at_once)
    for text, score in zip(texts, scores_of(model, source, hole, texts, reach=reach), strict=True):
        expected = naive(model, source, hole, text) - naive(model, source, hole, old)
        assert score == pytest.approx(expected, abs=1e-6)


@given(seed=st.permutations([b"a", b"bb", b"value", b"low", b"high", b"value < low", b"", b"x" * 40]))
@settings(max_examples=20, deadline=None)
def test_the_order_does_not_depend_on_the_order_in_which_texts_are_given(seed):
    source = Source("a.py", CLAMP)
    model = Scripted([b"if value < low:"])
    hole = hole_of(source, b"value < low")
    first = ranking_of(model, source, hole, sorted(seed))
    assert ranking_of(model, source, hole, [*seed, seed[0]]) == first


def test_where_there_are_many_only_the_best_at_a_glance_are_read_to_the_end():
    source = Source("a.py", CLAMP * 3)
    model = Scripted([b"if value < low:\n        return low\n    return value\n"])
    hole = hole_of(source, b"value < low")
    texts = [b"value < low + %d" % number for number in range(30)] + [b"value < low "]
    ranking = ranking_of(model, source, hole, texts, reach=Reach(shortlist=5, glance=3))
    assert [row.whole for row in ranking.rows] == [True] * 5 + [False] * 26
    assert ranking.rows[0].text == b"value < low "
    full = ranking_of(model, source, hole, texts)
    assert full.rows[0] == ranking.rows[0].__class__(b"value < low ", full.rows[0].score, full.rows[0].tokens)
    assert ranking.rows[0].score == pytest.approx(full.rows[0].score)


PLACES = {
    "at the start": (b"", b"x", b" = 1\n"),
    "at the end, no line end": (b"y = 2\n", b"x", b""),
    "the whole file": (b"", b"x = 1", b""),
    "nothing there yet": (b"a\n", b"", b"b\n"),
    "carriage returns": (b"a = 1\r\n", b"x", b" = 1\r\nb\r\n"),
    "no UTF-8": (b"\xff\xfe\n", b"x", b"\x80\x80"),
    "umlauts": ("größe = 1\n".encode() * 300, b"x", "ß".encode() * 400),
    "one long line": (b"a" * 9000, b"x", b"b" * 9000),
}


@pytest.mark.parametrize(("before", "old", "after"), PLACES.values(), ids=list(PLACES))
def test_holes_at_any_place(before, old, after):
    source = Source("a.py", before + old + after)
    hole = hole_of(source, old, at=len(before))
    scores = scores_of(Scripted([b"zz"]), source, hole, [b"zz", b"", b"z", old])
    assert scores[3] == 0.0
    assert scores[0] > scores[2] - 12.1
    assert all(math.isfinite(score) for score in scores)


def test_a_large_file_is_read_near_the_hole_only():
    line = b"value = other + 1\n"
    source = Source("a.py", line * 280_000)
    hole = hole_of(source, b"other", at=140_000 * len(line) + 8)
    ranking = ranking_of(Scripted([b"value = right + 1\n"]), source, hole, [b"right", b"left"])
    assert [row.text for row in ranking.rows] == [b"right", b"left"]
    assert ranking.tokens < 1000


def test_a_small_context_narrows_the_window_and_refuses_what_does_not_fit_at_all():
    source = Source("a.py", CLAMP * 20)
    hole = hole_of(source, b"value < low", at=source.data.index(b"value < low", 600))
    model = Scripted([b"value < high:"], context=80)
    assert ranking_of(model, source, hole, [b"value < high", b"value"]).rows[0].text == b"value < high"
    with pytest.raises(TooLong):
        ranking_of(model, source, hole, [b"x" * 200])


def test_it_stops_when_it_is_told_to():
    source = Source("a.py", CLAMP)
    hole, model = hole_of(source, b"low"), Scripted([b"a"])
    with pytest.raises(Cancelled):
        ranking_of(model, source, hole, [b"a"], stop=Stop(cancelled=lambda: True))
    with pytest.raises(OutOfTime):
        ranking_of(model, source, hole, [b"a"], stop=Stop(deadline=1.0, clock=lambda: 2.0))
    ticks = iter(range(1000))
    texts = [b"%d" % number for number in range(100)]
    with pytest.raises(OutOfTime):
        ranking_of(model, source, hole, texts, stop=Stop(deadline=6.0, clock=lambda: float(next(ticks))))


@pytest.mark.parametrize("architecture", ["llama", "mamba"])
def test_models_that_can_and_cannot_forget_score_alike_in_any_batch(tmp_path, architecture):
    path = tiny_gguf(tmp_path / "tiny.gguf", architecture)
    source = Source("a.py", CLAMP)
    hole = hole_of(source, b"value < low")
    texts = [b"value > low", b"low", b"return", b"", b"self = self", b"if if"]
    model = load(path)
    try:
        one_by_one = scores_of(model, source, hole, texts, reach=Reach(before=200, after=20, at_once=1))
        together = scores_of(model, source, hole, texts, reach=Reach(before=200, after=20, at_once=8))
    finally:
        model.close()
    assert together == pytest.approx(one_by_one, abs=0.05)
    assert len({round(score, 3) for score in together}) == len(texts)


@pytest.mark.slow
def test_smollm2_prefers_what_people_write(smollm2_path):
    cases = [
        (b"    for value in values:\n        total += value\n", b"+=", [b"-=", b"*=", b"="]),
        (b"    return total / len(values)\n", b"/", [b"-", b"*", b"+"]),
        (b"    if value is None:\n        return 0\n", b"is None", [b"is not None", b"== 0"]),
    ]
    model = load(smollm2_path)
    try:
        for line, right, others in cases:
            head = b"def mean(values, value=None):\n    total = 0\n"
            for wrong in others:
                source = Source("a.py", head + line.replace(right, wrong) + b"\n\nprint(mean([1, 2]))\n")
                hole = hole_of(source, wrong, at=len(head) + line.index(right))
                ranking = ranking_of(model, source, hole, [right, *others])
                assert ranking.over_original > 0, (line, wrong)
    finally:
        model.close()
