"""Real weights: what SmolLM2 writes into holes of a small module, under every mode and under Python's whole grammar."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.source import Source
from models.constraints.grammars.python import expression_grammar, statements_grammar
from models.constraints.model import Compiled, Domain, HardGrammar, Intensity
from models.infill.cascade import Mode, Options, filled, infill_with
from models.infill.ending import is_whole
from models.llama import load
from models.llama_model import LlamaModel
from models.mask.holes import hole_at, hole_of_lines
from models.mask.model import Hole, Strategy
from models.mask.splice import spliced
from models.model import Sampling
from models.patch import Task

pytestmark = pytest.mark.slow

SOURCE = Source(
    "a.py",
    b'''import math


def mean(values):
    """Return the arithmetic mean of a list of numbers."""
    total = 0
    for value in values:
        total += value
    return total / len(valuez)


def deviation(values):
    """Return how far numbers are from their mean on average."""
    middle = mean(values)
    return math.sqrt(sum((value - middle) ** 2 for value in values) / len(values))
''',
)


@pytest.fixture(scope="module")
def model(smollm2_path: Path) -> Iterator[LlamaModel]:
    made = load(smollm2_path)
    yield made
    made.close()


def task_of(hole: Hole | None, lark: str, count: int = 4, temperature: float = 0.4) -> Task:
    assert hole is not None
    held = Compiled((HardGrammar(Domain.SYNTAX, lark),), (), Intensity.STANDARD)
    sampling = Sampling(temperature=temperature, seed=1)
    return Task(SOURCE, "python", hole, constraints=held, sampling=sampling, count=count)


def test_a_misspelt_name_is_put_right(model: LlamaModel) -> None:
    hole = hole_at(SOURCE, "python", SOURCE.data.index(b"valuez"), Strategy.EXPRESSIONS)
    found = infill_with(task_of(hole, expression_grammar("expression")), model, Mode.CASCADE)
    assert found.candidates[0].text == b"values"
    assert found.candidates[0].score > 0


@pytest.mark.parametrize("mode", [Mode.TRUNCATED, Mode.ALWAYS, Mode.CASCADE])
def test_statements_are_whole_in_their_place(model: LlamaModel, mode: Mode) -> None:
    for first, last in ((6, 6), (7, 8), (14, 15)):
        hole = hole_of_lines(SOURCE, "python", first, last)
        assert hole is not None
        found = filled(task_of(hole, statements_grammar("    ")), model, mode, options=Options(rank=False))
        assert found.proposals.candidates
        for one in found.proposals.candidates:
            assert is_whole(SOURCE, "python", hole, one.text), one.text
            ast.parse(spliced(SOURCE, hole, one.text))


def test_equal_tasks_give_equal_patches(model: LlamaModel) -> None:
    hole = hole_of_lines(SOURCE, "python", 6, 8)
    task = task_of(hole, statements_grammar("    "), count=3, temperature=0.8)
    first, again = (infill_with(task, model, Mode.ALWAYS) for _ in range(2))
    assert first == again


def test_constraints_take_little_of_a_token(model: LlamaModel) -> None:
    hole = hole_of_lines(SOURCE, "python", 14, 15)
    task = task_of(hole, statements_grammar("    "), count=8)
    stats = filled(task, model, Mode.ALWAYS, options=Options(rank=False)).stats
    assert stats.chosen > 50
    assert stats.us_p50 < 1000  # a fifth of that on a machine that does nothing else
    assert stats.masks_per_token < 0.2
