"""The arguments of a call, counted, in any of the queried languages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from kb.syntax.parse import Node

_COMMENTS = frozenset({"comment", "line_comment", "block_comment", "multiline_comment"})
_STARS = frozenset(
    {"variadic_argument", "spread_expression", "variadic_unpacking", "splat_argument", "parameter_pack_expansion"}
)
_BLOCKS = frozenset({"annotated_lambda", "lambda_literal", "block", "do_block"})
_NESTED = frozenset({"value_arguments"})  # arguments within arguments' node: Kotlin, Swift
_ONE = frozenset({"argument", "value_argument"})  # a node around each argument


class Arguments(NamedTuple):
    """Counts of a call's arguments. `star`: passes on several at once, or a block outside the parentheses."""

    positional: int = 0
    keywords: tuple[str, ...] = ()
    star: bool = False
    double_star: bool = False


def arguments_of(nodes: Sequence[Node], text: Callable[[Node], str]) -> Arguments:
    """Return the arguments in these nodes: lists of arguments, blocks behind them."""
    positional, keywords, star, double = 0, [], False, False
    for node in _flat(nodes):
        kind = node.type
        if kind in _COMMENTS or kind == "block_argument":
            continue
        name = _keyword(node, kind)
        if name is not None:
            keywords.append(text(name).strip(" :\"'"))
        elif kind in _BLOCKS or kind in _STARS or (kind in _ONE and _spreads(node)):
            star = True
        elif kind == "hash_splat_argument":
            double = True
        else:
            positional += 1
    return Arguments(positional, tuple(keywords), star, double)


def _flat(nodes: Sequence[Node]) -> list[Node]:
    found: list[Node] = []
    for node in nodes:
        if node.type in _BLOCKS:
            found.append(node)
            continue
        for child in node.named_children:
            found += child.named_children if child.type in _NESTED else [child]
    return found


def _keyword(node: Node, kind: str) -> Node | None:
    """Return the name of a named argument; Swift's labels are part of the function's name and are none."""
    if kind == "pair":
        return node.child_by_field_name("key")
    if kind not in _ONE:
        return None
    if kind == "argument":
        return node.child_by_field_name("name")
    if node.child_count < 2:
        return None
    first, second = node.child(0), node.child(1)
    return first if first and second and second.type == "=" and first.type == "identifier" else None


def _spreads(node: Node) -> bool:
    first = node.child(0) if node.child_count else None
    return first is not None and first.type in {"*", "...", "spread_expression", "variadic_unpacking"}
