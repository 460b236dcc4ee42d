"""Functions with one thing wrong in them: one operator each, of a kind that says which.

A mutant parses and differs in its tree. The *slips* of `slips.py` are of the same make, but such that a check speaks.
"""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from bot.evaluation.sources import Function, parsed
from kb.source import Source, Span
from models.mask.holes import hole_at
from models.mask.model import Hole

LANGUAGE = "python"
_SWAPS = MappingProxyType(
    {
        "equality": {b"==": b"!=", b"!=": b"=="},
        "order": {b"<=": b"<", b"<": b"<=", b">=": b">", b">": b">="},
        "identity": {b"is": b"is not", b"is not": b"is"},
        "membership": {b"in": b"not in", b"not in": b"in"},
        "boolean": {b"and": b"or", b"or": b"and"},
    }
)


@dataclass(frozen=True)
class Change:
    """One edit of a file: `text` for the bytes from `start` to `end`; `at` is an offset into the edited file that lies
    in what a hole has to open."""

    kind: str
    start: int
    end: int
    text: bytes
    at: int


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


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Changes = Callable[[Function, ast.AST, "Offsets"], Iterator[Change]]


class Offsets:
    """Byte offsets in a file of the nodes of one function's tree, which was parsed alone."""

    def __init__(self, function: Function) -> None:
        self.data = function.data
        self._starts = [function.start]
        for line in function.data[function.start : function.end].split(b"\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)

    def span(self, node: ast.expr | ast.stmt | ast.keyword) -> tuple[int, int]:
        """Return start and end of a node."""
        start, end = node.lineno - 2, (node.end_lineno or node.lineno) - 2  # lines count from 1, and one was put before
        return self._starts[start] + node.col_offset, self._starts[end] + (node.end_col_offset or 0)


def mutants_in(functions: Sequence[Function], *, seed: int, limit: int, changes: Changes | None = None) -> list[Mutant]:
    """Return at most `limit` mutants, as many of each kind as there can be, at most one of a function and kind."""
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
    return sorted(kept, key=lambda mutant: mutant.name)


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
    return next((one for one in ast.walk(tree) if isinstance(one, _FUNCTIONS)), None) if tree is not None else None


def _mutant(function: Function, change: Change) -> Mutant | None:
    """Return the file with the change made; None if it does not parse, says the same, or opens no hole."""
    before = function.data
    data = before[: change.start] + change.text + before[change.end :]
    delta = len(change.text) - (change.end - change.start)
    tree, old = _tree_of(data[function.start : function.end + delta]), _tree_of(before[function.start : function.end])
    if tree is None or old is None or ast.dump(tree) == ast.dump(old):
        return None
    hole = hole_at(Source(function.path, data), LANGUAGE, change.at)
    end = change.start + len(change.text)
    if hole is None or not hole.span.start <= change.start <= end <= hole.span.end:
        return None
    return Mutant(change.kind, function, data, hole, before[hole.span.start : hole.span.end - delta])


def changes_in(function: Function, node: ast.AST, offsets: Offsets) -> Iterator[Change]:
    """Yield the changes of operators, negations, arguments, names and constants that can be made in a function."""
    names = _names(node)
    for one in nodes_in(node):
        if isinstance(one, ast.Compare):
            yield from _comparisons(one, offsets)
        elif isinstance(one, ast.BoolOp):
            yield from _swapped("boolean", one.values, offsets)
        elif isinstance(one, ast.UnaryOp) and isinstance(one.op, ast.Not):
            start, operand = offsets.span(one)[0], offsets.span(one.operand)[0]
            yield Change("not dropped", start, operand, b"", start)
        elif isinstance(one, ast.If | ast.While | ast.IfExp) and not isinstance(one.test, ast.BoolOp):
            yield from _negated(one.test, offsets)
        elif isinstance(one, ast.Call):
            yield from _arguments(one, offsets)
        elif isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load) and one.id in names and len(names) > 1:
            start, end = offsets.span(one)
            other = sorted(names - {one.id})[start % (len(names) - 1)]
            yield Change("name", start, end, other.encode(), start)
        elif isinstance(one, ast.Constant):
            yield from _constants(one, offsets)


def nodes_in(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function's body in the order of the text; not annotations, not the insides of f-strings."""
    for statement in getattr(node, "body", []):
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue  # a docstring
        yield from _below(statement)


def _below(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.JoinedStr):
        return  # Python 3.11 counts offsets in them from elsewhere
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _below(child)


def _names(node: ast.AST) -> frozenset[str]:
    """Return the parameters and the names that a function binds itself."""
    arguments = node.args if isinstance(node, _FUNCTIONS) else None
    found = (
        {one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)} if arguments else set()
    )
    found |= {one.id for one in nodes_in(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    return frozenset(found - {"self", "cls", "_"})


def _comparisons(node: ast.Compare, offsets: Offsets) -> Iterator[Change]:
    for kind in ("equality", "order", "identity", "membership"):
        yield from _swapped(kind, [node.left, *node.comparators], offsets)


def _swapped(kind: str, operands: Sequence[ast.expr], offsets: Offsets) -> Iterator[Change]:
    """Yield the changes of the operators between operands to their counterparts."""
    swaps = _SWAPS[kind]
    for left, right in pairwise(operands):
        start, end = offsets.span(left)[1], offsets.span(right)[0]
        between = offsets.data[start:end]
        found = re.fullmatch(rb"([\s)]*?)([!<>=]+|[a-z]+(?: [a-z]+)?)([\s(]*)", between)
        if found and found[2] in swaps:
            at = start + found.start(2)
            yield Change(kind, at, start + found.end(2), swaps[found[2]], at)


def _negated(test: ast.expr, offsets: Offsets) -> Iterator[Change]:
    start, _ = offsets.span(test)
    if isinstance(test, ast.Name | ast.Attribute | ast.Call):
        yield Change("not added", start, start, b"not ", start)


def _arguments(node: ast.Call, offsets: Offsets) -> Iterator[Change]:
    for first, second in pairwise(node.args):
        if isinstance(first, ast.Starred) or isinstance(second, ast.Starred):
            continue
        (start, middle), (after, end) = offsets.span(first), offsets.span(second)
        between = offsets.data[middle:after]
        if between.strip() == b",":  # no comment, no bracket
            text = offsets.data[after:end] + between + offsets.data[start:middle]
            yield Change("arguments swapped", start, end, text, offsets.span(node.func)[1])


def _constants(node: ast.Constant, offsets: Offsets) -> Iterator[Change]:
    start, end = offsets.span(node)
    if isinstance(node.value, bool):
        yield Change("constant", start, end, str(not node.value).encode(), start)
    elif isinstance(node.value, int) and offsets.data[start:end].isdigit():
        yield Change("constant", start, end, str(node.value + 1).encode(), start)
