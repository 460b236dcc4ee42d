"""What things of Python are worth: what calls give, what annotations say, what variables are set to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kb.facts.model import Binding, Definition, Flag, Import, ParameterKind
from kb.graph.python_annotations import AWAITABLE as SAYS_AWAITABLE
from kb.graph.python_annotations import MANY as SAYS_MANY
from kb.graph.python_annotations import SELF, TYPE, meaning_of
from kb.graph.python_files import FUNCTIONS, PythonFile, is_context, is_trusted
from kb.graph.python_values import (
    AWAITABLE,
    CLASS,
    CONTEXT,
    FUNCTION,
    GIVES,
    INSTANCE,
    MANY,
    OUTSIDE,
    SUPER,
    UNKNOWN,
    Found,
    Founds,
    Value,
)

if TYPE_CHECKING:
    from kb.graph.python_resolve import Resolver

_ASYNC, _GENERATOR = Flag.ASYNC.value, Flag.GENERATOR.value
_NOTHING = Value(UNKNOWN, "", "type")
_ENTER = ("__enter__", "__aenter__")
_LOST = frozenset({"absent", "missing", "unbound"})  # said of a name itself, not of what it is assigned to
MAX_VALUES = 12  # rows that set one variable; more of them agree on nothing


class Types:
    """Answers what values are and have; asks the resolver for names."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._memo = resolver.memo

    def attribute(self, of: Found, name: str) -> Founds:
        """Return what an attribute of something other than a module leads to."""
        value = of.value
        if value.kind == CONTEXT and value.of and name in _ENTER:
            return (Found(Value(GIVES, of=value.of if name == _ENTER[0] else Value(AWAITABLE, of=value.of))),)
        return self._resolver.families.attribute(of, name)

    def called(self, value: Value) -> Value:
        """Return what a call of something gives."""
        if value.kind == CLASS:
            return Value(INSTANCE, value.path, value.name)
        if value.kind == FUNCTION:
            return self.returned(value)
        if value.kind == INSTANCE:
            found = self._resolver.families.attribute(Found(value), "__call__")
            return self.returned(found[0].value) if found[0].value.kind == FUNCTION else _NOTHING
        if value.kind == SUPER:
            return value
        if value.kind == GIVES and value.of:
            return value.of
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
            found = self._resolver.families.attribute(Found(value), "__getitem__")
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
        if any(is_context(chain) for chain in rows[0].decorators):
            return Value(CONTEXT, of=value.of) if value.kind == MANY else _NOTHING
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
                value = self._declared(file, row)
                if value.kind != UNKNOWN or len(rows) == 1:
                    return value
                said[value] = None
            elif row.value != "<none>":
                said[self._assigned(file, row)] = None
        worth = next(iter(said)) if len(said) == 1 else _NOTHING
        return _NOTHING if worth.kind == UNKNOWN and worth.name in _LOST else worth

    def _declared(self, file: PythonFile, row: Definition | Binding) -> Value:
        if isinstance(row, Definition):
            return self.annotated(file, file.scopes.scope_at(row.start), row.annotation)
        if not row.parameter:
            return self.annotated(file, row.scope, row.annotation)
        worth = self.annotated(file, file.facts.scopes[row.scope].parent, row.annotation)
        kind = file.gathering.get((row.scope, row.name))
        if kind is None:
            return worth
        return Value(MANY, of=worth) if kind is ParameterKind.REST and worth.kind != UNKNOWN else _NOTHING

    def _assigned(self, file: PythonFile, row: Definition | Binding) -> Value:
        scope = row.scope if isinstance(row, Binding) else file.scopes.scope_at(row.start)
        if isinstance(row, Binding) and row.parameter:
            receiver = file.receivers.get(row.scope, {}).get(row.name)
            return receiver[0].value if receiver else _NOTHING
        if not row.value:
            return _NOTHING
        if row.value.startswith("for "):
            return self._looped(self._resolver.value(file.path, scope, row.value[4:]))
        return self._resolver.value(file.path, scope, row.value)

    def _looped(self, value: Value) -> Value:
        if value.kind == MANY and value.of:
            return value.of
        return Value(UNKNOWN, "", "external") if value.kind == OUTSIDE else _NOTHING
