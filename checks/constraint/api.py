"""What callers outside the repository can no longer do with a definition, told from its rows before and after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.constraint.fit import BY_PLACE
from kb.facts.model import Definition, Flag, Kind, Parameter, ParameterKind

CALLED = frozenset({Kind.FUNCTION, Kind.METHOD})
UNTOLD = Flag.OVERLOAD.value | Flag.CONDITIONAL.value | Flag.VARIADIC.value | Flag.SETTER.value
NAMED = (ParameterKind.EITHER, ParameterKind.KEYWORD_ONLY)


def breaks(old: Definition, new: Definition) -> list[str]:
    """Return what breaks for those who use a public definition, each as the end of a sentence about it.

    Empty for what is not known well enough: overloads, conditional definitions, other kinds of things.
    """
    if (old.flags | new.flags) & UNTOLD or not {old.kind, new.kind} <= CALLED or new.annotation:
        return []
    was, now = bool(old.flags & Flag.PROPERTY.value), bool(new.flags & Flag.PROPERTY.value)
    if was != now:
        return ["was read without a call and is now called" if was else "was called and is now read without a call"]
    if was or old.decorators != new.decorators:
        return []
    return list(_of_parameters(_passed(old), _passed(new)))


def _passed(row: Definition) -> list[Parameter]:
    """Return the parameters that callers fill: without the receiver of a method."""
    parameters = list(row.signature.parameters) if row.signature is not None else []
    if row.kind is Kind.METHOD and not row.flags & Flag.STATIC.value and parameters:
        receives = parameters[0].kind in BY_PLACE and parameters[0].name in ("self", "cls", "this", "mcs", "klass")
        return parameters[1:] if receives else parameters
    return parameters


def _of_parameters(old: Sequence[Parameter], new: Sequence[Parameter]) -> Iterator[str]:
    kinds = {p.kind for p in new}
    now = {p.name: p for p in new}
    placed, before = [p for p in new if p.kind in BY_PLACE], [p for p in old if p.kind in BY_PLACE]
    renamed = _renamed(before, placed, now)
    for parameter in old:
        heir = now.get(parameter.name)
        if parameter.name in renamed:
            if parameter.kind is ParameterKind.EITHER and ParameterKind.KEYWORDS not in kinds:
                yield f"its parameter `{parameter.name}` is now `{renamed[parameter.name]}`"
        elif parameter.kind in (ParameterKind.REST, ParameterKind.KEYWORDS):
            if parameter.kind not in kinds:
                yield f"it takes no more `{'*' if parameter.kind is ParameterKind.REST else '**'}{parameter.name}`"
        elif heir is None:
            if not _is_caught(parameter, kinds):
                yield f"it has no more parameter `{parameter.name}`"
        elif change := _differs(parameter, heir):
            yield change
    known = {p.name for p in old} | set(renamed.values())
    for parameter in new:
        if parameter.name not in known and parameter.kind in (*BY_PLACE, *NAMED) and not parameter.optional:
            yield f"its new parameter `{parameter.name}` is required"
    yield from _moved(before, placed, renamed)


def _renamed(old: Sequence[Parameter], new: Sequence[Parameter], now: dict[str, Parameter]) -> dict[str, str]:
    """Return the parameters that have another name at the same place."""
    names = {p.name for p in old}
    pairs = zip(old, new, strict=False) if len(old) == len(new) else ()
    return {one.name: other.name for one, other in pairs if one.name not in now and other.name not in names}


def _is_caught(parameter: Parameter, kinds: set[ParameterKind]) -> bool:
    """Return whether `*args` and `**kwargs` take what the parameter took."""
    by_name = parameter.kind is ParameterKind.POSITIONAL_ONLY or ParameterKind.KEYWORDS in kinds
    by_place = parameter.kind is ParameterKind.KEYWORD_ONLY or ParameterKind.REST in kinds
    return (by_name and by_place) or parameter.name.startswith("_")


def _differs(old: Parameter, new: Parameter) -> str:
    if old.optional and not new.optional and new.kind in (*BY_PLACE, *NAMED):
        return f"its parameter `{old.name}` is now required"
    if old.kind in BY_PLACE and new.kind is ParameterKind.KEYWORD_ONLY:
        return f"its parameter `{old.name}` is now taken by keyword only"
    if old.kind in NAMED and new.kind is ParameterKind.POSITIONAL_ONLY:
        return f"its parameter `{old.name}` is now taken by position only"
    return ""


def _moved(old: Sequence[Parameter], new: Sequence[Parameter], renamed: dict[str, str]) -> Iterator[str]:
    """Yield at most one parameter that values by position no longer reach."""
    places = {p.name: at for at, p in enumerate(new)}
    for at, parameter in enumerate(old):
        name = renamed.get(parameter.name, parameter.name)
        if name in places and places[name] != at:
            yield f"its parameter `{name}` is at another place"
            return
