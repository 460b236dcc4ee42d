"""Masking: drawn by the seed, and exactly undone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.errors import UserError
from kb.source import Source
from kb.syntax.languages import LANGUAGES
from kb.syntax.parse import Unparsed
from models.mask.holes import holes_in
from models.mask.masking import TOKEN, mask, unmask
from models.mask.model import Strategy
from tests.models.mask_samples import PYTHON, SAMPLES

SOURCE = Source("a.py", PYTHON)


def test_a_share_of_the_holes_is_masked() -> None:
    every = holes_in(SOURCE, "python", Strategy.EXPRESSIONS)
    masked = mask(SOURCE, "python", Strategy.EXPRESSIONS, 0.5, 7)
    assert len(masked.holes) == round(len(every) / 2 + 0.01)
    assert set(masked.holes) <= set(every)
    assert masked.data.count(TOKEN) == len(masked.holes)
    assert unmask(masked) == PYTHON


def test_all_none_and_at_least_one() -> None:
    every = holes_in(SOURCE, "python", Strategy.STATEMENTS)
    assert mask(SOURCE, "python", Strategy.STATEMENTS, 1, 0).holes == every
    assert mask(SOURCE, "python", Strategy.STATEMENTS, 0, 0).data == PYTHON
    assert len(mask(SOURCE, "python", Strategy.STATEMENTS, 0.001, 0).holes) == 1
    assert mask(Source("a.py", b""), "python", Strategy.HYBRID, 1, 0).holes == ()


def test_the_same_seed_masks_the_same_and_another_something_else() -> None:
    drawn = {seed: mask(SOURCE, "python", Strategy.IDENTIFIERS, 0.2, seed).data for seed in range(6)}
    assert drawn == {seed: mask(SOURCE, "python", Strategy.IDENTIFIERS, 0.2, seed).data for seed in range(6)}
    assert len(set(drawn.values())) > 3


def test_what_a_seed_draws_does_not_change_between_versions() -> None:
    masked = mask(SOURCE, "python", Strategy.STATEMENTS, 0.4, 1)
    assert [hole.text for hole in masked.holes] == [
        b'"""Say it."""',
        b"return size.value(3)",
        b"self.side += await by",
    ]


def test_a_larger_ratio_keeps_the_holes_of_a_smaller_one() -> None:
    few = mask(SOURCE, "python", Strategy.IDENTIFIERS, 0.2, 3).holes
    assert set(few) < set(mask(SOURCE, "python", Strategy.IDENTIFIERS, 0.6, 3).holes)


@pytest.mark.parametrize("ratio", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_ratio_is_a_share(ratio: float) -> None:
    with pytest.raises(UserError, match="a ratio is between 0 and 1"):
        mask(SOURCE, "python", Strategy.HYBRID, ratio, 0)


@pytest.mark.parametrize("token", [b"", b"a b", b"a\n", b"\x00", b"x" * 65, b"\x7f"])
def test_a_token_is_one_short_word(token: bytes) -> None:
    with pytest.raises(UserError, match="a mask token is 1 to 64 bytes"):
        mask(SOURCE, "python", Strategy.HYBRID, 0.5, 0, token)


def test_a_token_of_the_file_is_refused() -> None:
    with pytest.raises(UserError, match=r"'size' stands in the file"):
        mask(SOURCE, "python", Strategy.HYBRID, 0.5, 0, b"size")


def test_a_token_that_runs_into_its_neighbour_is_refused() -> None:
    with pytest.raises(UserError, match="runs into the text beside a hole"):
        mask(Source("a.py", b"f(_x, -y)\n"), "python", Strategy.IDENTIFIERS, 1, 0, b"--")


def test_any_other_token_may_be_chosen() -> None:
    for token in (b"[MASK]", b"\xe2\x96\x81", b"\xff\xfe", b"\\1\\g<0>"):
        masked = mask(SOURCE, "python", Strategy.EXPRESSIONS, 0.5, 0, token)
        assert masked.data.count(token) == len(masked.holes)
        assert unmask(masked) == PYTHON


def test_a_masked_text_that_was_changed_is_not_restored() -> None:
    masked = mask(SOURCE, "python", Strategy.EXPRESSIONS, 0.5, 0)
    with pytest.raises(UserError, match="the masked text was changed"):
        unmask(replace(masked, data=b"# new\n" + masked.data))
    with pytest.raises(UserError, match="the masked text was changed"):
        unmask(replace(masked, data=masked.data[:20]))


def test_a_file_that_is_too_large_is_refused_in_one_line() -> None:
    with pytest.raises(Unparsed) as refused:
        mask(Source("a.py", b"x = 1\n" * 900_000), "python", Strategy.HYBRID, 0.5, 0)
    assert str(refused.value) == "larger than 5 MB"


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_unmasking_restores_any_bytes(data: st.DataObject) -> None:
    language = data.draw(st.sampled_from(sorted(LANGUAGES)))
    sample = data.draw(
        st.sampled_from(
            [SAMPLES[language], SAMPLES[language].replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + SAMPLES[language], b""]
        )
    )
    at = data.draw(st.integers(0, len(sample)))
    source = Source("any", sample[:at] + data.draw(st.binary(max_size=20)) + sample[at:])
    ratio = data.draw(st.floats(0, 1))
    masked = mask(
        source, language, data.draw(st.sampled_from(Strategy)), ratio, data.draw(st.integers()), b"\xff?!\xfe\xff\xfe"
    )
    assert unmask(masked) == source.data
    assert bool(masked.holes) == (masked.data != source.data)
