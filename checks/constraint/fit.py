"""Whether the arguments of a call fit a signature, by Python's own rules for binding them."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from kb.facts.model import Parameter, ParameterKind, Signature
from kb.graph.model import Shape

BY_PLACE = (ParameterKind.POSITIONAL_ONLY, ParameterKind.EITHER)


class Wrong(StrEnum):
    """In which way a call does not fit."""

    MISSING = "missing"  # a required parameter gets nothing
    TOO_MANY = "too_many"  # more arguments by position than parameters for them
    UNKNOWN = "unknown"  # a keyword that no parameter has
    DUPLICATE = "duplicate"  # a parameter gets two values
    BY_KEYWORD = "by_keyword"  # a parameter that takes its value by position only
    SHIFTED = "shifted"  # a value by position reaches another parameter than before


class Misfit(NamedTuple):
    """Why a call fails: the parameters or keywords concerned, and the counts of arguments by position.

    The counts leave out the receiver of a bound call.
    """

    wrong: Wrong
    names: tuple[str, ...] = ()
    takes: int = 0
    given: int = 0


def misfit(signature: Signature, shape: Shape, bound: bool) -> Misfit | None:
    """Return why no call of this shape can succeed, None if one can.

    `bound` says that a receiver is passed along as the first argument. `*args` and `**kwargs` in the call may
    hold anything: only what they cannot mend is a misfit.
    """
    return next(_misfits(signature.parameters, shape, shape.positional + bound, int(bound)), None)


def shifted(before: Signature, now: Signature, shape: Shape, bound: bool) -> Misfit | None:
    """Return the new parameter that takes a value meant for another, which is still there further on; None if none.

    This is not told by the call: it fits both signatures. The names are the parameter that takes the value now, and
    the one that took it.
    """
    old, new = _placed(before.parameters), _placed(now.parameters)
    names = [parameter.name for parameter in new]
    for at in range(int(bound), min(shape.positional + bound, len(old), len(new))):
        meant = old[at].name
        if names[at] != meant and meant in names[at + 1 :] and names[at] not in {one.name for one in old}:
            return Misfit(Wrong.SHIFTED, (names[at], meant))
    return None


def _placed(parameters: tuple[Parameter, ...]) -> list[Parameter]:
    return [parameter for parameter in parameters if parameter.kind in BY_PLACE]


def _misfits(parameters: tuple[Parameter, ...], shape: Shape, given: int, bound: int) -> Iterator[Misfit]:
    kinds = {parameter.kind for parameter in parameters}
    placed = _placed(parameters)
    if given > len(placed) and ParameterKind.REST not in kinds:
        yield Misfit(Wrong.TOO_MANY, (), max(0, len(placed) - bound), given - bound)
    filled = {p.name for p in placed[:given] if p.kind is ParameterKind.EITHER}
    if twice := tuple(word for word in shape.keywords if word in filled):
        yield Misfit(Wrong.DUPLICATE, twice)
    if ParameterKind.KEYWORDS not in kinds:
        yield from _unheard_of(parameters, shape)
    if lacking := tuple(_lacking(parameters, placed, shape, given)):
        yield Misfit(Wrong.MISSING, lacking)


def _unheard_of(parameters: tuple[Parameter, ...], shape: Shape) -> Iterator[Misfit]:
    """Yield the keywords that no parameter takes by its name."""
    named = {p.name for p in parameters if p.kind in (ParameterKind.EITHER, ParameterKind.KEYWORD_ONLY)}
    strange = [word for word in shape.keywords if word not in named]
    by_place = {p.name for p in parameters if p.kind is ParameterKind.POSITIONAL_ONLY}
    if unknown := tuple(word for word in strange if word not in by_place):
        yield Misfit(Wrong.UNKNOWN, unknown)
    if strange:
        yield Misfit(Wrong.BY_KEYWORD, tuple(word for word in strange if word in by_place))


def _lacking(parameters: tuple[Parameter, ...], placed: list[Parameter], shape: Shape, given: int) -> Iterator[str]:
    """Yield the required parameters that get no value, whatever `*args` and `**kwargs` hold.

    `*args` fills the places in order and can go no further than the first that a keyword fills.
    """
    reach = given
    if shape.star:
        named = (at for at, p in enumerate(placed) if at >= given and _takes(p, shape))
        reach = next(named, len(placed))
    for parameter in (*placed[reach:], *(p for p in parameters if p.kind is ParameterKind.KEYWORD_ONLY)):
        mended = shape.double_star and parameter.kind is not ParameterKind.POSITIONAL_ONLY
        if not parameter.optional and not mended and not _takes(parameter, shape):
            yield parameter.name


def _takes(parameter: Parameter, shape: Shape) -> bool:
    return parameter.kind is not ParameterKind.POSITIONAL_ONLY and parameter.name in shape.keywords


def told(found: Misfit, name: str) -> str:
    """Return what is wrong as a sentence about a call of `name`; the first name quoted is what it is about."""
    words = ", ".join(f"`{word}`" for word in found.names)
    several = len(found.names) > 1
    if found.wrong is Wrong.MISSING:
        return f"Required parameter{'s' * several} {words} of `{name}` get{'s' * (not several)} no value"
    if found.wrong is Wrong.TOO_MANY:
        return f"Too many positional arguments for `{name}`: it takes {found.takes}, the call passes {found.given}"
    if found.wrong is Wrong.UNKNOWN:
        return f"Keyword{'s' * several} {words} match{'es' * (not several)} no parameter of `{name}`"
    if found.wrong is Wrong.SHIFTED:
        return f"`{found.names[0]}` of `{name}` takes the value that the call means for `{found.names[1]}`"
    if found.wrong is Wrong.DUPLICATE:
        return f"Parameter{'s' * several} {words} of `{name}` get{'s' * (not several)} two values"
    return f"Positional-only parameter{'s' * several} {words} of `{name}` passed by keyword"
