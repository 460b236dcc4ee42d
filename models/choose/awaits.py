"""`await` put before a call, or taken away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from models.choose.site import Choice, Ground, Site, bytes_of, field_of, function_around, word_of

if TYPE_CHECKING:
    from kb.syntax.parse import Node

_AWAITS = frozenset({"await", "await_expression"})
_CALLS = frozenset({"call", "call_expression"})
_HELD = frozenset({("attribute", "object"), ("subscript", "value"), ("member_expression", "object")})
_HOLDERS = _HELD | {("subscript_expression", "object"), ("call", "function"), ("call_expression", "function")}


def awaits(site: Site) -> Iterator[Choice]:
    """Yield the calls in the hole awaited where they may be, and what is awaited without."""
    if not (site.is_python or site.is_script):
        return
    for node in site.nodes:
        if node.type in _AWAITS and node.is_named and node.named_children:
            inner = node.named_children[-1]
            outer = _outer(node)
            yield site.choice(outer, bytes_of(inner), "no longer awaited", _ground(site, inner))
        elif node.type in _CALLS and not _is_awaited(node) and _may_await(node, site):
            text = b"await " + bytes_of(node)
            held = node.parent is not None and (node.parent.type, field_of(node)) in _HOLDERS
            yield site.choice(node, b"(" + text + b")" if held else text, "awaited", _ground(site, node))


def _outer(node: Node) -> Node:
    """Return an `await` with the parentheses that only it needs: those around it before a dot or bracket."""
    around = node.parent
    if around is None or around.type != "parenthesized_expression":
        return node
    above = around.parent
    return around if above is not None and (above.type, field_of(around)) in _HOLDERS else node


def _is_awaited(node: Node) -> bool:
    parent = node.parent
    while parent is not None and parent.type == "parenthesized_expression":
        parent = parent.parent
    return parent is not None and parent.type in _AWAITS


def _may_await(node: Node, site: Site) -> bool:
    function = function_around(node)
    if function is None:
        return False
    return any(child.type == "async" for child in function.children) and function.type != "lambda"


def _ground(site: Site, call: Node) -> Ground:
    """Return how sure it is that this call is meant: the finding names what it calls."""
    function = call.child_by_field_name("function")
    last = (
        (function.child_by_field_name("attribute") or function.child_by_field_name("property") or function)
        if function is not None
        else None
    )
    named = last is not None and word_of(last) in site.suspects
    return Ground.KNOWN if named else Ground.POSSIBLE
