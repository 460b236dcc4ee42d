"""What a name of Python stands for, given everything that binds it in its scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kb.facts.model import Binding, Definition, Import, Kind
from kb.graph.python_files import CLASSES, FUNCTIONS, PythonFile, is_trusted
from kb.graph.python_values import (
    CLASS,
    CONDITIONAL,
    FUNCTION,
    INSTANCE,
    UNKNOWN,
    VARIADIC,
    Found,
    Founds,
    Value,
    unknown,
)
from kb.graph.scopes import Row

if TYPE_CHECKING:
    from kb.graph.python_resolve import Resolver

MAX_CANDIDATES = 6  # of one name; where conditions offer more, nothing is said
_NONE = "<none>"
_UNSAID = unknown("type")


class Rows:
    """Answers what rows of one name, all of one scope, lead to."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def plain(self, file: PythonFile, rows: list[Row]) -> Founds:
        """Return what one function or class leads to, or a variable of which nothing is said; () for other rows.

        These answers rest on nothing else, and are most of all.
        """
        row = rows[0]
        if len(rows) > 1 or isinstance(row, Import):
            return ()
        if isinstance(row, Definition):
            return self._defined(file, [row], alone=True) if row.kind in FUNCTIONS or row.kind in CLASSES else ()
        return () if row.value or row.annotation or row.parameter else _UNSAID

    def of(self, file: PythonFile, rows: list[Row]) -> Founds:
        """Return what a name leads to that is bound by these rows of a scope."""
        if len(rows) == 1:
            return self._row(file, rows[0])
        defined = [row for row in rows if type(row) is Definition]
        found: dict[Found, None] = {}
        if defined:
            found.update(dict.fromkeys(self._defined(file, defined, alone=len(defined) == len(rows))))
        variables = [row for row in rows if type(row) is Binding]
        for row in rows:
            if type(row) is Import:
                found.update(dict.fromkeys(self._resolver.imported(file.path, row)))
        if variables:
            worth = self._resolver.types.together(file, variables)
            if not found or worth.kind is not UNKNOWN or any(row.value != _NONE for row in variables):
                found[Found(worth)] = None
        if len(found) > MAX_CANDIDATES:
            return unknown("ambiguous")
        known = [one for one in found if one.value.kind is not UNKNOWN or one.path] or list(found)[:1]
        mark = CONDITIONAL if len(found) > 1 or len(rows) > len(defined) > 0 else 0
        return tuple([one._replace(flags=one.flags | mark) if mark else one for one in known])

    def _row(self, file: PythonFile, row: Row) -> Founds:
        if isinstance(row, Import):
            return self._resolver.imported(file.path, row)
        if isinstance(row, Definition):
            return self._defined(file, [row], alone=True)
        receiver = file.receivers.get(row.scope, {}).get(row.name) if row.parameter and not row.annotation else None
        return receiver or (Found(self._resolver.types.together(file, [row])),)

    def _defined(self, file: PythonFile, rows: list[Definition], *, alone: bool) -> Founds:
        """Return the one node that rows of one name define."""
        path, first = file.path, rows[0]
        functions = [row for row in rows if row.kind in FUNCTIONS]
        if functions:
            trusted = len(functions) == len(rows) and alone and all(is_trusted(row) for row in functions)
            worth = Value(FUNCTION, path, functions[0].qualified)
            return (Found(worth, path, functions[0].qualified, flags=0 if trusted else VARIADIC),)
        if any(row.kind in CLASSES for row in rows):
            name = next(row.qualified for row in rows if row.kind in CLASSES)
            return (Found(Value(CLASS, path, name), path, name, flags=CONDITIONAL if len(rows) > 1 else 0),)
        if first.kind is Kind.MEMBER:
            return (Found(Value(INSTANCE, path, first.qualified.rpartition(".")[0]), path, first.qualified),)
        worth = self._resolver.types.together(file, rows)
        if not alone and all(row.value == _NONE for row in rows):
            return ()
        return (Found(worth, path, first.qualified),)
