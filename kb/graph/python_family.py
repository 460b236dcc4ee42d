"""Classes of Python across files: the order in which members are sought, and what is found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from kb.facts.model import Definition, Flag
from kb.graph.classes import linearised
from kb.graph.model import Asked, Sure
from kb.graph.python_files import CLASSES, FUNCTIONS, LIKE_CLASSMETHODS
from kb.graph.python_values import (
    BOUND,
    CLASS,
    CONDITIONAL,
    FUNCTION,
    INSTANCE,
    SUPER,
    UNKNOWN,
    Found,
    Founds,
    Value,
    unknown,
)

if TYPE_CHECKING:
    from kb.graph.python_resolve import Resolver

_STATIC, _CLASSMETHOD, _PROPERTY = Flag.STATIC.value, Flag.CLASSMETHOD.value, Flag.PROPERTY.value
_NOTHING = Value(UNKNOWN, "", "type")
_HARMLESS = frozenset(
    {"builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol"}
    | {"typing_extensions.Generic"}
)
_HARMLESS_META = frozenset({"abc.ABCMeta"})
_CATCH_ALL = ("__getattr__", "__getattribute__", "__slots__", "__init_subclass__")


class Family(NamedTuple):
    """The classes in which members are sought, the class itself first, and whether these are all there are."""

    classes: tuple[tuple[str, str], ...]  # (path, qualified name)
    complete: bool


class Families:
    """Answers what classes and their instances have."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._memo = resolver.memo
        self._hows: dict[tuple[str, str], int] = {}

    def family(self, path: str, name: str) -> Family:
        """Return the order in which a class's members are looked up."""
        alone = Family(((path, name),), False)
        return self._memo.get(("family", path, name), lambda: self._family(path, name), alone)

    def _family(self, path: str, name: str) -> Family:
        self._memo.ask(Asked(path, name.partition(".")[0]))
        file = self._resolver.file(path)
        rows = [row for row in file.definitions.get(name, ()) if row.kind in CLASSES]
        complete = len(rows) == 1 and file.whole
        orders: dict[tuple[str, str], Sequence[tuple[str, str]]] = {}
        for row in rows:
            for chain in row.bases:
                founds, known = self._base(path, row, chain)
                complete = complete and known
                for value in founds:
                    above = self.family(value.path, value.name)
                    complete = complete and above.complete
                    orders.setdefault((value.path, value.name), above.classes)
        order = linearised((path, name), list(orders.values()))
        if order is None or len(set(order)) < len(order):
            order = list(dict.fromkeys([(path, name), *(one for above in orders.values() for one in above)]))
            complete = False
        return Family(tuple(order), complete)

    def _base(self, path: str, row: Definition, chain: str) -> tuple[list[Value], bool]:
        """Return the classes of the tree that a base is, and whether that is all it is."""
        keyword, equals, said = chain.partition("=")
        founds = self._resolver.walk(path, row.scope, said if equals else chain)[-1]
        if equals:
            plain = keyword != "metaclass" or all(one.value.name in _HARMLESS_META for one in founds)
            return [], plain
        values = [one.value for one in founds if one.value.kind == CLASS]
        known = (
            len(founds) == 1
            and not founds[0].flags & CONDITIONAL
            and (bool(values) or founds[0].value.name in _HARMLESS)
        )
        return values, known

    def own(self, path: str, name: str, attribute: str) -> Founds:
        """Return what a class itself has under a name, () if it has nothing. `family` asks for the class's name."""
        file = self._resolver.file(path)
        rows = file.members.get(name, {}).get(attribute)
        if not rows:
            return ()
        if plain := self._resolver.rows.plain(file, rows):
            return plain
        return self._memo.get(
            ("own", path, name, attribute), lambda: self._resolver.rows.of(file, rows), unknown("type")
        )

    def member(self, path: str, name: str, attribute: str, *, after: bool = False) -> tuple[Founds, bool]:
        """Return what a class has under a name, own or inherited, and whether it is its own.

        With `after`, what `super()` would find. "absent" if all its bases are known and none has it.
        """
        key = ("found", path, name, attribute, after)
        known = self._memo.known.get(key)
        if known is not None:
            self._memo.top.used.add(known[1])
            found: tuple[Founds, bool] = known[0]
            return found
        return self._memo.get(key, lambda: self._member(path, name, attribute, after), (unknown("type"), False))

    def _member(self, path: str, name: str, attribute: str, after: bool) -> tuple[Founds, bool]:
        family = self.family(path, name)
        for at, (where, owner) in enumerate(family.classes):
            if (at or not after) and (found := self.own(where, owner, attribute)):
                return found, at == 0
        if not family.complete:
            return unknown("type"), False
        return unknown("dynamic" if self._catches_all(family) else "absent"), False

    def _catches_all(self, family: Family) -> bool:
        return any(
            self._resolver.file(path).dynamic or any(self.own(path, name, one) for one in _CATCH_ALL)
            for path, name in family.classes
        )

    def attribute(self, of: Found, name: str) -> Founds:
        """Return what an attribute of a class, an instance or of `super()` leads to."""
        value = of.value
        if value.kind not in (CLASS, INSTANCE, SUPER):
            return unknown("type")
        found, own = self.member(value.path, value.name, name, after=value.kind == SUPER)
        sure = of.sure
        if value.kind == INSTANCE:
            sure = Sure.MRO if of.sure is Sure.MRO else Sure.INFERRED
        elif of.sure is not Sure.INFERRED and not own:
            sure = Sure.MRO
        return tuple([self._taken(one, value, sure) for one in found])

    def _taken(self, one: Found, of: Value, sure: Sure) -> Found:
        """Return a member as it comes out of what it was taken from: bound, or a property's value."""
        value = one.value
        if not one.path:
            return one
        if value.kind == FUNCTION and value.of is None:
            flags = self._how(value)
            if flags & _PROPERTY:
                got = self._resolver.types.returned(value._replace(of=of)) if of.kind != CLASS else _NOTHING
                return one._replace(value=got, sure=sure)
            bound = BOUND if _is_bound(flags, of) else 0
            return Found(Value(FUNCTION, value.path, value.name, of), one.path, one.name, sure, one.flags | bound)
        if value.kind == INSTANCE and self.member(value.path, value.name, "__get__")[0][0].path:
            return one._replace(value=_NOTHING, sure=sure)
        return Found(value, one.path, one.name, sure, one.flags)

    def is_bound(self, function: Value) -> bool:
        """Return whether a function was taken from something that it is handed as its first argument."""
        if function.of is None:
            return False
        return _is_bound(self._how(function), function.of)

    def _how(self, function: Value) -> int:
        """Return whether a function in a class is static, a classmethod, a property."""
        key = (function.path, function.name)
        known = self._hows.get(key)
        if known is None:
            known = self._hows[key] = self._look_how(function)
        return known

    def _look_how(self, function: Value) -> int:
        file = self._resolver.file(function.path)
        flags = 0
        for row in file.definitions.get(function.name, ()):
            if row.kind in FUNCTIONS:
                flags |= row.flags & (_STATIC | _CLASSMETHOD | _PROPERTY)
        last = function.name.rpartition(".")[2]
        if last == "__new__":
            flags |= _STATIC
        return flags | _CLASSMETHOD if last in LIKE_CLASSMETHODS else flags


def _is_bound(flags: int, of: Value) -> bool:
    return bool(flags & _CLASSMETHOD) or (of.kind != CLASS and not flags & _STATIC)
