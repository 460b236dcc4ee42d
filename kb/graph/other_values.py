"""What the parts of a chain stand for, and which definition a call of several is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from kb.facts.model import Call, Flag, Kind
from kb.facts.queried_chains import chain_of
from kb.graph.model import Sure
from kb.graph.other_names import Place

CLASSES = frozenset({Kind.CLASS, Kind.INTERFACE, Kind.ENUM, Kind.STRUCT})
FUNCTIONS = frozenset({Kind.FUNCTION, Kind.METHOD})
VARIABLES = frozenset({Kind.VARIABLE, Kind.CONSTANT, Kind.ATTRIBUTE, Kind.MEMBER})
_DECLARED = Flag.DECLARED.value
_EXTENSION = Flag.CLASSMETHOD.value
_TYPE_PREFIX = re.compile(r"^[\s*&!]+")


class Value(NamedTuple):
    """What a part of a chain stands for.

    `how`: "name" (of `places`), "space" (a package or module; `prefix` begins its names), "type" and "object" of a
    type whose members begin with `prefix`, "parent" (the bases of such a type), "lost" (`reason` says why).
    """

    how: str
    prefix: str = ""
    places: tuple[Place, ...] = ()
    sure: Sure = Sure.LOCAL
    reason: str = ""

    @property
    def is_lost(self) -> bool:
        """Return whether it is not known what this is."""
        return self.how == "lost"


def lost(reason: str) -> Value:
    """Return the value of what is not known."""
    return Value("lost", reason=reason)


def named(places: Iterable[Place], sure: Sure) -> Value:
    """Return the value of a name that is defined in these places; lost if there is none."""
    found = tuple(places)
    return Value("name", places=found, sure=sure) if found else lost("external")


def type_chain(text: str) -> str:
    """Return the chain of the type that a type's source text names, "" where it is no plain name: `[]T`, `(A, B)`."""
    chain = chain_of(_TYPE_PREFIX.sub("", text.strip()).rstrip("?!&* "))
    return "" if chain.startswith(("?", "<")) or chain.endswith(("()", "[]")) else chain


def called_place(places: Iterable[Place], call: Call, *, overloads: bool) -> Place | str:
    """Return which of the places a call means, or why that cannot be told.

    Among functions of one name those are meant that take so many arguments. Definitions go before declarations.
    """
    callable_ = [place for place in places if place.symbol.kind in FUNCTIONS or place.symbol.kind in CLASSES]
    if call.chain.isidentifier():  # an extension needs a receiver; of one that is not written we do not know the type
        callable_ = [place for place in callable_ if not place.symbol.flags & _EXTENSION]
    if not callable_:
        return "type"
    if overloads:
        callable_ = [place for place in callable_ if place.symbol.kind in CLASSES or fits(place, call)]
    return only(callable_)


def fits(place: Place, call: Call) -> bool:
    """Return whether a function takes as many arguments as a call passes."""
    if call.star or call.double_star:
        return True
    count, symbol = call.positional + len(call.keywords), place.symbol
    return symbol.least <= count and (symbol.most < 0 or count <= symbol.most)


def only(places: Iterable[Place]) -> Place | str:
    """Return the one definition among places: of several declarations of it the definition; or why it is not one."""
    nodes = {(place.path, place.symbol.qualified): place for place in places}
    if len(nodes) > 1:
        nodes = {key: place for key, place in nodes.items() if not place.symbol.flags & _DECLARED} or nodes
    return next(iter(nodes.values())) if len(nodes) == 1 else "ambiguous"
