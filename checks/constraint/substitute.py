"""Whether a method can stand in for another: whether any call that the one takes, the other takes too."""

from __future__ import annotations

from collections.abc import Iterator

from checks.constraint.fit import BY_PLACE, misfit
from kb.facts.model import Definition, Flag, ParameterKind, Signature
from kb.graph.model import Shape

KNOWN_DECORATORS = {
    "staticmethod",
    "classmethod",
    "abstractmethod",
    "abc.abstractmethod",
    "override",
    "typing.override",
    "typing_extensions.override",
    "final",
    "typing.final",
}


def nothing_shared(override: Definition, base: Definition) -> Shape | None:
    """Return the least call that the base method takes if the override takes none that it does; None if it may.

    Receivers are left out. Values by position only, keyword-only parameters by their name: that an override names a
    parameter otherwise is common, and breaks only calls that use the name.
    """
    theirs, ours = callable_part(base), callable_part(override)
    if theirs is None or ours is None:
        return None
    if any(one.kind in (ParameterKind.REST, ParameterKind.KEYWORDS) for one in theirs.parameters):
        return None
    shapes = list(shapes_of(theirs))
    return shapes[0] if shapes and all(misfit(ours, shape, bound=False) for shape in shapes) else None


def callable_part(row: Definition) -> Signature | None:
    """Return a method's signature without its receiver; None where its decorators may have changed it."""
    if row.signature is None or set(row.decorators) - KNOWN_DECORATORS or row.flags & (Flag.PROPERTY | Flag.SETTER):
        return None
    if row.flags & Flag.STATIC:
        return row.signature
    first = row.signature.parameters[:1]
    if not first or first[0].kind not in BY_PLACE:
        return None
    return Signature(row.signature.parameters[1:], row.signature.returns)


def shapes_of(signature: Signature) -> Iterator[Shape]:
    """Yield calls that a signature takes: with as few values as it needs, as many as it has places for, and between."""
    placed = [p for p in signature.parameters if p.kind in BY_PLACE]
    named = [p for p in signature.parameters if p.kind is ParameterKind.KEYWORD_ONLY]
    needed = tuple(p.name for p in named if not p.optional)
    fewest = sum(not p.optional for p in placed)
    for count in range(fewest, len(placed) + 1):
        yield Shape(count, needed)
    for parameter in named:
        if parameter.optional:
            yield Shape(fewest, (*needed, parameter.name))
