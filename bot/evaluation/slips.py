"""Slips that a check can prove: a name, an attribute or a keyword written wrongly, an `await` lost."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from bot.evaluation.changes import Change, Offsets, nodes_in
from bot.evaluation.sources import Function


def slips_in(function: Function, node: ast.AST, offsets: Offsets) -> Iterator[Change]:
    """Yield the slips that can be made in a function."""
    bound = _words(function)
    for one in nodes_in(node):
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load):
            start, end = offsets.span(one)
            yield from _misspelt("misspelt name", one.id, start, end, bound)
        elif isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.value.id == "self":
            _, end = offsets.span(one)
            yield from _misspelt("wrong attribute", one.attr, end - len(one.attr.encode()), end, bound)
        elif isinstance(one, ast.Call) and isinstance(one.func, ast.Name):
            for keyword in one.keywords:
                if keyword.arg is not None:
                    start, _ = offsets.span(keyword)
                    end = start + len(keyword.arg.encode())
                    yield from _misspelt("wrong keyword", keyword.arg, start, end, bound, at=offsets.span(one.func)[1])
        elif isinstance(one, ast.Expr) and isinstance(one.value, ast.Await):
            start, inner = offsets.span(one.value)[0], offsets.span(one.value.value)[0]
            yield Change("lost await", start, inner, b"", start)


def _words(function: Function) -> frozenset[bytes]:
    """Return every word of the file: what is misspelt must not be one of them."""
    text = bytes(byte if chr(byte).isalnum() or byte >= 0x80 or byte == 0x5F else 0x20 for byte in function.data)
    return frozenset(text.split())


def _misspelt(
    kind: str, name: str, start: int, end: int, known: frozenset[bytes], *, at: int | None = None
) -> Iterator[Change]:
    """Yield a name with a letter lost, or two in the wrong order, if nothing in the file is called so."""
    if len(name) < 4 or name.startswith("__") or not name.isascii():
        return
    middle = 1 + start % (len(name) - 2)
    lost = name[:middle] + name[middle + 1 :]
    turned = name[:middle] + name[middle + 1] + name[middle] + name[middle + 2 :]
    for wrong in (lost, turned) if start % 2 else (turned, lost):
        if wrong != name and wrong.encode() not in known and wrong.isidentifier():
            yield Change(kind, start, end, wrong.encode(), start if at is None else at)
            return
