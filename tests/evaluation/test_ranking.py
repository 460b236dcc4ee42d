"""Ranking with a model that likes what was there before, or what was made of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.evaluation.mutants import Mutant, mutants_in
from bot.evaluation.ranking import ranked
from bot.evaluation.sources import functions_in
from models.scripted import Scripted

MODULE = b"""\
def first(items, limit):
    found = []
    for item in items:
        if item is not None and len(found) <= limit:
            found.append(item)
    return found
"""


@pytest.fixture
def mutants(tmp_path: Path) -> dict[str, Mutant]:
    (tmp_path / "a.py").write_bytes(MODULE)
    return {one.kind: one for one in mutants_in(functions_in([tmp_path]), seed=1, limit=99)}


def test_a_model_that_knows_the_original_ranks_it_first(mutants: dict[str, Mutant]) -> None:
    model = Scripted([MODULE], context=8192)
    for kind in ("identity", "order", "boolean"):
        row = ranked(mutants[kind], model)
        assert row["kind"] == kind
        assert row["listed"], kind
        assert row["first"], kind
        assert row["over_mutant"] > 5
        assert row["margin"] > 5
        assert row["clean_over"] == row["clean_margin"] < -5  # nothing beats what stands there when nothing is wrong


def test_a_model_that_likes_the_mutant_prefers_it(mutants: dict[str, Mutant]) -> None:
    mutant = mutants["identity"]
    row = ranked(mutant, Scripted([mutant.data], context=8192))
    assert row["over_mutant"] < -5
    assert row["margin"] < 0
    assert row["clean_margin"] > 5  # and would spoil the function


def test_equal_inputs_give_equal_rows(mutants: dict[str, Mutant]) -> None:
    model = Scripted([MODULE], context=8192)
    assert ranked(mutants["name"], model) == ranked(mutants["name"], model)


def test_where_nothing_is_listed_nothing_is_ranked(mutants: dict[str, Mutant]) -> None:
    """Arguments cannot be swapped in a call of one: the original is asked about, and there is no margin."""
    mutant = replace(mutants["order"], kind="arguments swapped")
    row = ranked(mutant, Scripted([MODULE], context=8192))
    assert not row["listed"]
    assert row["margin"] is None or row["alternatives"]
    assert row["over_mutant"] > 5
