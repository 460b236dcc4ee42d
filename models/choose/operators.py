"""Another operator of the same sort: what a slip, or a change of mind, leaves wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from models.choose.site import Choice, Ground, Site, bytes_of, span_of, word_of

if TYPE_CHECKING:
    from kb.syntax.parse import Node

_ORDER = ("<", "<=", ">", ">=")
_PYTHON = (
    ("==", "!=", *_ORDER),
    ("==", "is"),
    ("!=", "is not"),
    ("is", "is not"),
    ("in", "not in"),
    ("and", "or"),
    ("+", "-", "*", "/", "//", "%"),
    ("*", "**"),
    ("&", "|", "^"),
    ("<<", ">>"),
    ("+=", "-=", "*=", "/="),
    ("+=", "="),
    ("|=", "&="),
)
_SCRIPT = (
    ("===", "!==", *_ORDER),
    ("==", "!=", *_ORDER),
    ("==", "==="),
    ("!=", "!=="),
    ("&&", "||", "??"),
    ("+", "-", "*", "/", "%"),
    ("*", "**"),
    ("&", "|", "^"),
    ("<<", ">>", ">>>"),
    ("+=", "-=", "*=", "/="),
    ("+=", "="),
    ("&&=", "||=", "??="),
    ("++", "--"),
    ("in", "of"),
)
_IN = frozenset(
    {"comparison_operator", "boolean_operator", "binary_operator", "augmented_assignment", "not_operator"}
    | {"binary_expression", "augmented_assignment_expression", "update_expression", "for_in_statement"}
)
_CONDITIONED = frozenset({"if_statement", "while_statement", "do_statement", "for_statement", "ternary_expression"})


def _others(sorts: tuple[tuple[str, ...], ...]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for sort in sorts:
        for one in sort:
            found.setdefault(one, {}).update(dict.fromkeys(other for other in sort if other != one))
    return MappingProxyType({one: tuple(others) for one, others in found.items()})


_OTHERS = {True: _others(_PYTHON), False: _others(_SCRIPT)}


def operators(site: Site) -> Iterator[Choice]:
    """Yield for each operator in the hole those that could stand there too."""
    if not (site.is_python or site.is_script):
        return
    others = _OTHERS[site.is_python]
    for node in site.nodes:
        parent = node.parent
        if parent is None or node.is_named:
            continue
        if parent.type in _IN:
            said = " ".join(word_of(node).split())
            for other in others.get(said, ()):
                yield site.choice(node, other, f"`{other}` instead of `{said}`")
        elif node.type == "=":
            yield from _assignments(site, node, parent)
        elif node.type == ":" and parent.type == "assignment" and parent.child_by_field_name("right") is None:
            yield Choice(span_of(node), b" =", "`=` instead of `:`", Ground.NEAR)
    yield from _signs(site)
    yield from _negated_left(site)


def _assignments(site: Site, node: Node, parent: Node) -> Iterator[Choice]:
    """Yield the comparison that an assignment in a condition is meant for, and the `+=` that `=+` is meant for."""
    if site.is_script and parent.type == "assignment_expression" and _is_condition(parent):
        yield site.choice(node, "===", "a comparison instead of an assignment", Ground.NEAR)
        yield site.choice(node, "==", "a comparison instead of an assignment", Ground.NEAR)
    right = parent.child_by_field_name("right")
    if right is None or right.type not in ("unary_operator", "unary_expression") or right.start_byte != node.end_byte:
        return
    sign = bytes_of(right)[:1]
    if sign in (b"+", b"-"):
        rest = bytes_of(right)[1:].lstrip()
        span = type(span_of(node))(node.start_byte, right.end_byte)
        yield Choice(span, sign + b"= " + rest, f"`{sign.decode()}=` instead of `={sign.decode()}`", Ground.NEAR)


def _is_condition(node: Node) -> bool:
    parent = node.parent
    while parent is not None and parent.type in ("parenthesized_expression", "binary_expression", "unary_expression"):
        node, parent = parent, parent.parent
    return parent is not None and parent.type in _CONDITIONED and parent.child_by_field_name("condition") == node


def _signs(site: Site) -> Iterator[Choice]:
    """Yield `x += 1` for Python's `++x`, which changes nothing."""
    for node in site.nodes:
        if not site.is_python or node.type != "unary_operator" or not node.named_children:
            continue
        inner = node.named_children[0]
        sign = bytes_of(node)[:1]
        if (
            inner.type == "unary_operator"
            and inner.named_children
            and bytes_of(inner)[:1] == sign
            and sign in (b"+", b"-")
        ):
            name = bytes_of(inner.named_children[0])
            yield site.choice(node, name + b" " + sign + b"= 1", "counted, not signed twice", Ground.NEAR)


def _negated_left(site: Site) -> Iterator[Choice]:
    """Yield `!(a in b)` for `!a in b`, in scripts."""
    for node in site.nodes:
        left = node.child_by_field_name("left") if node.type == "binary_expression" else None
        if left is None or left.type != "unary_expression" or not bytes_of(left).startswith(b"!"):
            continue
        operator = node.child_by_field_name("operator")
        if operator is not None and operator.type in ("in", "instanceof"):
            whole = bytes_of(node).replace(b"!", b"", 1).lstrip()
            yield site.choice(node, b"!(" + whole + b")", "the whole comparison is negated", Ground.KNOWN)
