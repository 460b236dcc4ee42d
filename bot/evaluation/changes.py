"""What can be changed in a function: one operator, negation, argument, name or constant, and where that stands."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from bot.evaluation.sources import Function

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
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
    """One edit of a file: `text` for the bytes from `start` to `end`.

    The smallest hole at the offset `at` of the edited file is opened, or `length` bytes from there on where those are
    given: what an edit took away shows no longer how far it reached.
    """

    kind: str
    start: int
    end: int
    text: bytes
    at: int
    length: int = 0


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


def changes_in(function: Function, node: ast.AST, offsets: Offsets) -> Iterator[Change]:
    """Yield the changes of operators, negations, arguments, names and constants that can be made in a function."""
    names = _names(node)
    for one in nodes_in(node):
        if isinstance(one, ast.Compare):
            yield from _comparisons(one, offsets)
        elif isinstance(one, ast.BoolOp):
            yield from _swapped("boolean", one.values, offsets)
        elif isinstance(one, ast.UnaryOp) and isinstance(one.op, ast.Not):
            start, (operand, end) = offsets.span(one)[0], offsets.span(one.operand)
            yield Change("not dropped", start, operand, b"", start, end - operand)
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
    arguments = node.args if isinstance(node, FUNCTIONS) else None
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
