"""A condition turned round: `not` or `!` put before it, or taken away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from models.choose.site import Choice, Site, bytes_of, field_of

if TYPE_CHECKING:
    from kb.syntax.parse import Node

_NOTS = frozenset({"not_operator", "unary_expression"})
_TESTED = frozenset(
    {"if_statement", "elif_clause", "while_statement", "if_clause", "assert_statement", "do_statement"}
    | {"conditional_expression", "ternary_expression"}
)
_JOINS = frozenset({"boolean_operator", "binary_expression"})
_BARE = frozenset(  # what `not` or `!` binds to as a whole
    {"identifier", "attribute", "call", "subscript", "true", "false", "none", "parenthesized_expression", "string"}
    | {"member_expression", "call_expression", "subscript_expression", "this", "null", "undefined", "integer"}
)
_COMPARED = frozenset({"comparison_operator"})


def negation(site: Site) -> Iterator[Choice]:
    """Yield every condition in the hole, and every part of one that `and` or `or` joins, turned round."""
    if not (site.is_python or site.is_script):
        return
    for node in site.nodes:
        if not node.is_named:
            continue
        inner = _negated(node)
        if inner is not None:
            yield site.choice(node, bytes_of(inner), "no longer negated")
        elif is_tested(node):
            yield site.choice(node, _turned(site, node), "negated")


def _negated(node: Node) -> Node | None:
    """Return what a `not` or `!` stands before."""
    if node.type not in _NOTS or not node.children or node.children[0].type not in ("not", "!"):
        return None
    return node.child_by_field_name("argument")


def _turned(site: Site, node: Node) -> bytes:
    if site.is_python:
        binds = node.type in _BARE or node.type in _COMPARED
        return b"not " + bytes_of(node) if binds else b"not (" + bytes_of(node) + b")"
    return b"!" + bytes_of(node) if node.type in _BARE else b"!(" + bytes_of(node) + b")"


def is_tested(node: Node) -> bool:
    """Return whether a node is a condition, or a part of one that `and` or `or` joins."""
    parent = node.parent
    if parent is None or node.type in ("parenthesized_expression", "comment"):
        return parent is not None and parent.type == "conditional_expression" and _is_middle(node, parent)
    if parent.type in _JOINS:
        return _joins(parent) and field_of(node) in ("left", "right")
    if parent.type == "parenthesized_expression":
        return parent.parent is not None and parent.parent.type in _TESTED and field_of(parent) == "condition"
    if parent.type == "conditional_expression":
        return _is_middle(node, parent)
    if parent.type in ("assert_statement", "if_clause"):
        return bool(parent.named_children) and parent.named_children[0] == node
    return parent.type in _TESTED and field_of(node) == "condition"


def _is_middle(node: Node, parent: Node) -> bool:
    """Return whether a node is the condition of Python's `a if condition else b`, which has no field for it."""
    return len(parent.named_children) == 3 and parent.named_children[1] == node


def _joins(node: Node) -> bool:
    operator = node.child_by_field_name("operator")
    return operator is not None and operator.type in ("and", "or", "&&", "||")
