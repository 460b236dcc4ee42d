"""What things of Python are worth: classes and their members, instances, calls, annotations, assigned values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from kb.facts.model import Binding, Definition, Flag, Import
from kb.graph.classes import linearised
from kb.graph.model import Asked, Sure
from kb.graph.python_annotations import AWAITABLE as SAYS_AWAITABLE
from kb.graph.python_annotations import MANY as SAYS_MANY
from kb.graph.python_annotations import SELF, TYPE, meaning_of
from kb.graph.python_files import CLASSES, FUNCTIONS, LIKE_CLASSMETHODS, PythonFile, is_trusted
from kb.graph.python_values import (
    AWAITABLE,
    BOUND,
    CLASS,
    CONDITIONAL,
    FUNCTION,
    INSTANCE,
    MANY,
    OUTSIDE,
    SUPER,
    UNKNOWN,
    Found,
    Founds,
    Value,
    unknown,
)

if TYPE_CHECKING:
    from kb.graph.python_resolve import Resolver

_ASYNC, _GENERATOR, _STATIC = Flag.ASYNC.value, Flag.GENERATOR.value, Flag.STATIC.value
_CLASSMETHOD, _PROPERTY = Flag.CLASSMETHOD.value, Flag.PROPERTY.value
_NOTHING = Value(UNKNOWN, "", "type")
_HARMLESS = frozenset(
    {"builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol"}
    | {"typing_extensions.Generic"}
)
_HARMLESS_META = frozenset({"abc.ABCMeta"})
_LOST = frozenset({"absent", "missing", "unbound"})  # said of a name itself, not of what it is assigned to
MAX_VALUES = 12  # rows that set one variable; more of them agree on nothing


class Family(NamedTuple):
    """The classes in which members are sought, the class itself first, and whether these are all there are."""

    classes: tuple[tuple[str, str], ...]  # (path, qualified name)
    complete: bool


class Types:
    """Answers what values are and have; asks the resolver for names."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._memo = resolver.memo

    # ---- classes

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
        return self._memo.get(
            ("own", path, name, attribute), lambda: self._resolver.rows(file, -1, rows), unknown("type")
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
        names = ("__getattr__", "__getattribute__", "__slots__")
        return any(
            self._resolver.file(path).dynamic or any(self.own(path, name, one) for one in names)
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
                got = self.returned(value._replace(of=of)) if of.kind != CLASS else _NOTHING
                return one._replace(value=got, sure=sure)
            taken = value._replace(of=of)
            return one._replace(value=taken, sure=sure, flags=one.flags | (BOUND if self.is_bound(taken) else 0))
        if value.kind == INSTANCE and self.member(value.path, value.name, "__get__")[0][0].path:
            return one._replace(value=_NOTHING, sure=sure)
        return one._replace(sure=sure)

    def is_bound(self, function: Value) -> bool:
        """Return whether a function was taken from something that it is handed as its first argument."""
        if function.of is None:
            return False
        flags = self._how(function)
        return bool(flags & _CLASSMETHOD) or (function.of.kind != CLASS and not flags & _STATIC)

    def _how(self, function: Value) -> int:
        """Return whether a function in a class is static, a classmethod, a property."""
        file = self._resolver.file(function.path)
        flags = 0
        for row in file.definitions.get(function.name, ()):
            if row.kind in FUNCTIONS:
                flags |= row.flags & (_STATIC | _CLASSMETHOD | _PROPERTY)
        last = function.name.rpartition(".")[2]
        if last == "__new__":
            flags |= _STATIC
        return flags | _CLASSMETHOD if last in LIKE_CLASSMETHODS else flags

    # ---- what comes out

    def called(self, value: Value) -> Value:
        """Return what a call of something gives."""
        if value.kind == CLASS:
            return Value(INSTANCE, value.path, value.name)
        if value.kind == FUNCTION:
            return self.returned(value)
        if value.kind == INSTANCE:
            found = self.attribute(Found(value), "__call__")
            return self.returned(found[0].value) if found[0].value.kind == FUNCTION else _NOTHING
        if value.kind == SUPER:
            return value
        return Value(UNKNOWN, "", "external") if value.kind == OUTSIDE else _NOTHING

    def awaited(self, value: Value) -> Value:
        """Return what waiting for something gives."""
        return value.of if value.kind == AWAITABLE and value.of else _NOTHING

    def element(self, value: Value) -> Value:
        """Return what a subscript, or an element in a loop, gives."""
        if value.kind == CLASS:
            return value  # type arguments
        if value.kind == MANY and value.of:
            return value.of
        if value.kind == INSTANCE:
            found = self.attribute(Found(value), "__getitem__")
            return self.returned(found[0].value) if found[0].value.kind == FUNCTION else _NOTHING
        return Value(UNKNOWN, "", "external") if value.kind == OUTSIDE else _NOTHING

    def returned(self, function: Value) -> Value:
        """Return what a function says that it returns; unknown if it says nothing, or something wraps it."""
        file = self._resolver.file(function.path)
        rows = [row for row in file.definitions.get(function.name, ()) if row.kind in FUNCTIONS]
        if not any(row.signature and row.signature.returns for row in rows):
            return _NOTHING
        return self._memo.get(("returned", function), lambda: self._returned(file, function, rows), _NOTHING)

    def _returned(self, file: PythonFile, function: Value, rows: list[Definition]) -> Value:
        said = {self._said(file, row, function.of) for row in rows if not row.flags & Flag.SETTER.value}
        if len(said) != 1 or not all(is_trusted(row) for row in rows):
            return _NOTHING
        value = said.pop()
        if rows[0].flags & _ASYNC and not rows[0].flags & _GENERATOR:
            return Value(AWAITABLE, of=value)
        return value

    def _said(self, file: PythonFile, row: Definition, of: Value | None) -> Value:
        return self.annotated(file, row.scope, row.signature.returns, of) if row.signature else _NOTHING

    # ---- annotations and assignments

    def annotated(self, file: PythonFile, scope: int, text: str, of: Value | None = None) -> Value:
        """Return what something with this annotation is; `of` is whose method it stands in, for `Self`."""
        meaning = meaning_of(text)
        if meaning is None:
            return _NOTHING
        if meaning.kind == SELF:
            return Value(INSTANCE, of.path, of.name) if of and of.kind in (CLASS, INSTANCE, SUPER) else _NOTHING
        value = self._resolver.value(file.path, scope, meaning.chain)
        if value.kind == OUTSIDE:
            return Value(UNKNOWN, "", "external")
        if value.kind != CLASS:
            return _NOTHING
        if meaning.kind == TYPE:
            return value
        one = Value(INSTANCE, value.path, value.name)
        if meaning.kind == SAYS_AWAITABLE:
            return Value(AWAITABLE, of=one)
        return Value(MANY, of=one) if meaning.kind == SAYS_MANY else one

    def together(self, file: PythonFile, rows: Sequence[Definition | Binding | Import]) -> Value:
        """Return what a variable is that these rows set: what they agree on, `None` aside; else unknown."""
        if len(rows) > MAX_VALUES:
            return _NOTHING
        said: dict[Value, None] = {}
        for row in rows:
            if isinstance(row, Import):
                continue
            if row.annotation:
                scope = file.scopes.scope_at(row.start) if isinstance(row, Definition) else row.scope
                if isinstance(row, Binding) and row.parameter and row.flags >= 0:
                    scope = file.facts.scopes[row.scope].parent
                value = self.annotated(file, scope, row.annotation)
                if value.kind != UNKNOWN or len(rows) == 1:
                    return value
                said[value] = None
            elif row.value != "<none>":
                said[self._assigned(file, row)] = None
        worth = next(iter(said)) if len(said) == 1 else _NOTHING
        return _NOTHING if worth.kind == UNKNOWN and worth.name in _LOST else worth

    def _assigned(self, file: PythonFile, row: Definition | Binding) -> Value:
        scope = row.scope if isinstance(row, Binding) else file.scopes.scope_at(row.start)
        if isinstance(row, Binding) and row.parameter:
            return self._parameter(file, row)
        if not row.value:
            return _NOTHING
        if row.value.startswith("for "):
            return self._looped(self._resolver.value(file.path, scope, row.value[4:]))
        return self._resolver.value(file.path, scope, row.value)

    def _looped(self, value: Value) -> Value:
        if value.kind == MANY and value.of:
            return value.of
        return Value(UNKNOWN, "", "external") if value.kind == OUTSIDE else _NOTHING

    def _parameter(self, file: PythonFile, row: Binding) -> Value:
        receiver = file.receivers.get(row.scope, {}).get(row.name)
        return receiver[0].value if receiver else _NOTHING
