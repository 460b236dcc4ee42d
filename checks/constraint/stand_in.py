"""Calls of a method that may reach one which overrides it, and whether that one takes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checks.constraint.awaitable import is_coroutine, is_plain
from checks.constraint.fit import misfit, shifted
from checks.constraint.places import Spot
from checks.constraint.substitute import callable_part, nothing_shared
from kb.facts.model import Definition, Flag
from kb.graph.classes import member_of
from kb.graph.code import Code
from kb.graph.model import Edge, EdgeKind, Node, NodeKind, Shape, node_id

DOUBTFUL = (Flag.GUARDED | Flag.FALLBACK | Flag.TYPING | Flag.VARIADIC).value  # of references


@dataclass(frozen=True)
class Pair:
    """A method and the one it overrides, as they are in one tree."""

    override: Node
    base: Node


@dataclass(frozen=True)
class Reached:
    """A call of the base method that comes to the override.

    `surely`: on `self`, in a method that the override's class inherits. Otherwise on a parameter of the base's type.
    """

    edge: Edge
    spot: Spot
    surely: bool


def only_row(code: Code, node: Node) -> Definition | None:
    """Return the only definition of a method; None for several, none, or one that may not happen."""
    rows = code.definitions(node)
    return rows[0] if len(rows) == 1 and not rows[0].flags & (DOUBTFUL | Flag.CONDITIONAL) else None


def apart(code: Code, pair: Pair) -> str:
    """Return why the two have no call in common, or mean other things by it; "" if neither is so, or not known."""
    override, base = only_row(code, pair.override), only_row(code, pair.base)
    if override is None or base is None or "NotImplementedError" in override.raises:
        return ""
    shape = nothing_shared(override, base)
    if shape is not None:
        return f"no call fits both: {described(shape)} fits only the one that it overrides"
    ours, theirs = callable_part(override), callable_part(base)
    moved = shifted(ours, theirs, Shape(len(theirs.parameters)), bound=False) if ours and theirs else None
    return f"`{moved.names[0]}` stands where the override takes `{moved.names[1]}`" if moved else ""


def refused_calls(code: Code, pair: Pair) -> Iterator[tuple[Reached, str]]:
    """Yield the calls of the base method that fail where they come to the override, and why."""
    override, base = only_row(code, pair.override), only_row(code, pair.base)
    signature = callable_part(override) if override is not None else None
    if override is None or base is None or signature is None or callable_part(base) is None:
        return
    if "NotImplementedError" in override.raises:
        return  # it is not meant to be called
    for reached in _reaching(code, pair):
        shape = Shape.read(reached.edge.shape)
        if misfit(signature, shape, bound=False):
            yield reached, f"{described(shape)} does not fit the override"
        elif not is_coroutine(base) and is_coroutine(override):
            if not reached.edge.flags & (Flag.AWAITED | Flag.SUSPENDED):
                yield reached, "the override gives a coroutine, which nobody awaits here"
        elif is_coroutine(base) and reached.edge.flags & Flag.AWAITED and is_plain(code, pair.override, override):
            yield reached, "the override gives nothing that can be awaited"


def described(shape: Shape) -> str:
    """Return a call's arguments in words."""
    values = f"{shape.positional or 'no'} value{'s' * (shape.positional != 1)} by position"
    return f"a call with {values}" + "".join(f", `{word}` by name" for word in shape.keywords)


def _reaching(code: Code, pair: Pair) -> Iterator[Reached]:
    edges = code.graph.edges_to([pair.base.id], [EdgeKind.CALLS])
    edges = [edge for edge in edges if edge.flags & Flag.BOUND and edge.shape and not edge.flags & DOUBTFUL]
    callers = code.graph.nodes({edge.src for edge in edges})
    for edge in edges:
        caller = callers.get(edge.src)
        row = only_row(code, caller) if caller is not None and caller.kind is NodeKind.FUNCTION else None
        if caller is None or row is None or row.signature is None:
            continue
        root, _, rest = _chain(code, caller.path, edge.start).partition(".")
        names = [parameter.name for parameter in row.signature.parameters]
        if root not in names or rest != pair.base.qualified.rpartition(".")[2]:
            continue
        spot = Spot(caller.path, edge.line)
        if not _is_receiver(code, caller, row, root):
            yield Reached(edge, spot, surely=False)
        elif _inherits(code, pair.override, caller):
            yield Reached(edge, spot, surely=True)


def _chain(code: Code, path: str, start: int) -> str:
    return next((call.chain for call in code.facts(path).calls if call.start == start), "")


def _is_receiver(code: Code, caller: Node, row: Definition, name: str) -> bool:
    owner = node_id(caller.path, caller.qualified.rpartition(".")[0])
    nodes = code.graph.nodes([owner])
    is_method = owner in nodes and nodes[owner].kind is NodeKind.CLASS and not row.flags & Flag.STATIC
    return is_method and row.signature is not None and row.signature.parameters[0].name == name


def _inherits(code: Code, override: Node, caller: Node) -> bool:
    """Return whether a method is what the override's class has under its name."""
    owner = node_id(override.path, override.qualified.rpartition(".")[0])
    node = code.graph.nodes([owner]).get(owner)
    found = member_of(code, node, caller.qualified.rpartition(".")[2]) if node is not None else None
    return found is not None and found[0].id == caller.id
