"""Functions with one thing wrong in them: one operator each, of a kind that says which.

A mutant parses and differs in its tree. The *slips* of `slips.py` are of the same make, but such that a check speaks.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.evaluation.changes import FUNCTIONS, Change, Offsets, changes_in
from bot.evaluation.sources import Function, parsed
from kb.source import Source, Span
from models.mask.holes import hole_at
from models.mask.model import Hole

LANGUAGE = "python"


@dataclass(frozen=True)
class Mutant:
    """A file with one change. `hole` is where it was made, `original` what stood in the hole before."""

    kind: str
    function: Function
    data: bytes  # the changed file
    hole: Hole
    original: bytes

    @property
    def name(self) -> str:
        """Return what tells it from every other mutant."""
        return f"{self.function.path}:{self.function.symbol}@{self.hole.span.start}:{self.kind}"

    @property
    def source(self) -> Source:
        """Return the changed file."""
        return Source(self.function.path, self.data)

    @property
    def unchanged(self) -> Source:
        """Return the file as it was."""
        return Source(self.function.path, self.function.data)

    @property
    def place(self) -> Hole:
        """Return the same hole in the file as it was."""
        start, hole = self.hole.span.start, self.hole
        span = Span(start, start + len(self.original))
        return Hole(span, hole.kind, hole.scale, hole.strategy, hole.indent, self.original, hole.symbol)


Changes = Callable[[Function, ast.AST, Offsets], Iterator[Change]]


def mutants_in(functions: Sequence[Function], *, seed: int, limit: int, changes: Changes | None = None) -> list[Mutant]:
    """Return at most `limit` mutants, at most one of a function and kind, the kinds in turn, drawn by the seed.

    A larger limit gives the same mutants and more after them.
    """
    rng = random.Random(seed)  # noqa: S311 (a sample, no secret)
    order = list(functions)
    rng.shuffle(order)
    of_kind: dict[str, list[tuple[Function, Change]]] = {}
    for function in order:
        for kind, found in _by_kind(_changes_of(function, changes or changes_in)).items():
            of_kind.setdefault(kind, []).append((function, rng.choice(found)))
    kept: list[Mutant] = []
    turns = {kind: iter(found) for kind, found in sorted(of_kind.items())}
    while turns and len(kept) < limit:
        for kind in list(turns):
            mutant = next(filter(None, (_mutant(*one) for one in turns[kind])), None)
            if mutant is None:
                del turns[kind]
            elif len(kept) < limit:
                kept.append(mutant)
    return kept


def _by_kind(changes: Iterable[Change]) -> Mapping[str, list[Change]]:
    found: dict[str, list[Change]] = {}
    for change in changes:
        found.setdefault(change.kind, []).append(change)
    return dict(sorted(found.items()))


def _changes_of(function: Function, changes: Changes) -> Iterator[Change]:
    node = _tree_of(function.data[function.start : function.end])
    if node is not None:
        yield from changes(function, node, Offsets(function))


def _tree_of(text: bytes) -> ast.AST | None:
    """Return the tree of one function, indented or not, one line lower than it stands; None if it does not parse."""
    tree = parsed(b"if 1:\n" + text) or parsed(b"\n" + text)
    return next((one for one in ast.walk(tree) if isinstance(one, FUNCTIONS)), None) if tree is not None else None


def _mutant(function: Function, change: Change) -> Mutant | None:
    """Return the file with the change made; None if it does not parse, says the same, or opens no hole."""
    before = function.data
    data = before[: change.start] + change.text + before[change.end :]
    delta = len(change.text) - (change.end - change.start)
    tree, old = _tree_of(data[function.start : function.end + delta]), _tree_of(before[function.start : function.end])
    if tree is None or old is None or ast.dump(tree) == ast.dump(old):
        return None
    hole = hole_at(Source(function.path, data), LANGUAGE, change.at)
    if hole is not None and change.length:
        span = Span(change.at, change.at + change.length)
        hole = replace(hole, span=span, kind="expression", text=data[span.start : span.end])
    end = change.start + len(change.text)
    if hole is None or not hole.span.start <= change.start <= end <= hole.span.end:
        return None
    return Mutant(change.kind, function, data, hole, before[hole.span.start : hole.span.end - delta])
