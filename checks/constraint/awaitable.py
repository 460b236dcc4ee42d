"""Whether calling a function gives something that can be awaited."""

from __future__ import annotations

import re

from kb.facts.model import Definition, Facts, Flag
from kb.graph.code import Code
from kb.graph.model import EdgeKind, Node

AWAITABLE = re.compile(r"\b(Awaitable\w*|Coroutine\w*|Future\w*|Task|Deferred|Generator|Any|object)\b")
HANDLES_BOTH = re.compile(
    r"\b(isawaitable|iscoroutine\w*|is_coroutine\w*|is_async\w*|markcoroutine\w*"
    r"|(?:maybe|ensure)_(?:async|await|coro|future|deferred)\w*)\b"
)
WRAPPERS = ("create_task", "ensure_future", "gather", "Future", "wait_for", "run_in_executor", "to_thread", "shield")
MIXED = (Flag.GENERATOR | Flag.PROPERTY | Flag.ABSTRACT | Flag.STUB).value


def is_coroutine(row: Definition) -> bool:
    """Return whether a call gives a coroutine: `async def`, and no generator."""
    return bool(row.flags & Flag.ASYNC) and not row.flags & Flag.GENERATOR


def is_plain(code: Code, node: Node, row: Definition) -> bool:
    """Return whether a call surely gives nothing to await: no coroutine, and nothing that its body may hand on."""
    if row.flags & (Flag.ASYNC | MIXED) or (row.signature and AWAITABLE.search(row.signature.returns)):
        return False
    body = code.source(node.path).data[row.start : row.end]
    if row.raises and not re.search(rb"\breturn\b", body):
        return False  # it may give nothing at all
    return not hands_on(code.facts(node.path), row) and not hands_on_coroutine(code, node, row)


def gave_awaitable(code: Code, node: Node, row: Definition) -> bool:
    """Return whether a function that is no coroutine gives something to await: it says so, or somebody awaits it."""
    if AWAITABLE.search(row.signature.returns if row.signature else "") or hands_on_coroutine(code, node, row):
        return True
    return any(edge.flags & Flag.AWAITED for edge in code.graph.edges_to([node.id], [EdgeKind.CALLS]))


def hands_on(facts: Facts, row: Definition) -> bool:
    """Return whether any call in a function's body is handed on: it may be what the function returns."""
    return any(call.flags & Flag.SUSPENDED for call in facts.calls if row.start <= call.start < row.end)


def hands_on_coroutine(code: Code, node: Node, row: Definition) -> bool:
    """Return whether a function hands on a call of a coroutine, or one that asyncio wraps."""
    edges = code.graph.edges_from([node.id], [EdgeKind.CALLS])
    callees = code.graph.nodes({edge.dst for edge in edges if edge.flags & Flag.SUSPENDED})
    if any(callee.flags & Flag.ASYNC for callee in callees.values()):
        return True
    calls = (call.chain for call in code.facts(node.path).calls if row.start <= call.start < row.end)
    return any(chain.rpartition(".")[2] in WRAPPERS for chain in calls)
