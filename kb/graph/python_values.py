"""What an expression of Python may be worth, as far as linking cares, and where its names were found."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from kb.facts.model import Flag
from kb.graph.model import Sure

MODULE, CLASS, FUNCTION, INSTANCE, SUPER = "module", "class", "function", "instance", "super"
OUTSIDE, AWAITABLE, MANY, UNKNOWN = "outside", "awaitable", "many", "unknown"
CONTEXT, GIVES = "context", "gives"  # for a `with` statement; what is called to enter it
CONDITIONAL, BOUND, VARIADIC = Flag.CONDITIONAL.value, Flag.BOUND.value, Flag.VARIADIC.value
_WORDS = re.compile(r"\(\)|\[\]|\^|[^.()\[\]^]+")


class Value(NamedTuple):
    """What something is worth.

    A module has the path of its file, or of its folder with a slash. A class, function or instance has the path and
    qualified name of the definition (for an instance its class's); a function's `of` is what it was taken from; that
    of an awaitable, a context or many is what comes out of it. Outside things have a dotted name, unknown ones a
    reason.
    """

    kind: str
    path: str = ""
    name: str = ""
    of: Value | None = None


class Found(NamedTuple):
    """A value, and the node that a name stands for: `path` "" if it stands for none, as local variables do."""

    value: Value
    path: str = ""
    name: str = ""
    sure: Sure = Sure.LOCAL
    flags: int = 0


Founds = tuple[Found, ...]  # several where conditions decide; empty never


@lru_cache(maxsize=256)
def unknown(reason: str) -> Founds:
    """Return that nothing is known, and why.

    "absent": a module or class surely has no such name; "unbound": no scope has it; "missing": the module that it
    should come from is not there; else as in `Unknown`.
    """
    return (Found(Value(UNKNOWN, "", reason)),)


@lru_cache(maxsize=1 << 16)
def steps_of(chain: str) -> tuple[str, ...]:
    """Return the root of a chain and the steps that follow: names, `()`, `[]`, `^`. Broken code has empty chains."""
    return tuple(_WORDS.findall(chain)) or ("?",)


@lru_cache(maxsize=1 << 14)
def outside(name: str) -> Founds:
    """Return something of this dotted name that is not in the tree."""
    return (Found(Value(OUTSIDE, "", name)),)
