"""Looks up names in the scopes of one file, as the language does and without regard to the order of statements."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property

from kb.facts.model import Binding, Definition, Facts, Import, Kind, ScopeKind

Row = Definition | Binding | Import  # what binds a name
_View = tuple[int, dict[str, list[Row]], "_View | None"]  # a scope, what it binds, and what is seen behind it
_CLASS, _FUNCTION = ScopeKind.CLASS, ScopeKind.FUNCTION


class FileScopes:
    """The scopes of one file and what is bound in each."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self._seen: dict[tuple[int, str], tuple[int, list[Row]] | None] = {}

    @cached_property
    def tables(self) -> list[dict[str, list[Row]]]:
        """What each scope binds, by name: definitions, bindings, imports, in this order.

        Star imports and attributes set through `self` bind no name.
        """
        return self._bound[0]

    @cached_property
    def attributes(self) -> list[Definition]:
        """The attributes that methods set through `self`; their scope is the class's."""
        return self._bound[1]

    @cached_property
    def _bound(self) -> tuple[list[dict[str, list[Row]]], list[Definition]]:
        tables: list[dict[str, list[Row]]] = [{} for _ in self.facts.scopes]
        attributes = []
        inside = [scope.kind is _CLASS for scope in self.facts.scopes]
        for row in self.facts.definitions:
            if inside[row.scope] and row.kind is Kind.ATTRIBUTE and self.scope_at(row.start) != row.scope:
                attributes.append(row)
            else:
                tables[row.scope].setdefault(row.name, []).append(row)
        for binding in self.facts.bindings:
            tables[binding.scope].setdefault(binding.name, []).append(binding)
        for imported in self.facts.imports:
            if imported.alias:
                tables[imported.scope].setdefault(imported.alias, []).append(imported)
        return tables, attributes

    @cached_property
    def outer(self) -> dict[int, dict[str, str]]:
        """The names that a scope declares `global` or `nonlocal`, with that word."""
        return {
            at: {name: word for word, _, name in (said.partition(" ") for said in scope.outer)}
            for at, scope in enumerate(self.facts.scopes)
            if scope.outer
        }

    @cached_property
    def _starts(self) -> list[int]:
        return [scope.start for scope in self.facts.scopes]

    def scope_at(self, offset: int) -> int:
        """Return the innermost scope around a byte offset; the module's for one that lies outside all."""
        scopes = self.facts.scopes
        at = bisect_right(self._starts, offset) - 1
        while at > 0 and not scopes[at].start <= offset < scopes[at].end:
            at = scopes[at].parent
        return max(at, 0)

    def bound(self, name: str, scope: int) -> tuple[int, list[Row]] | None:
        """Return the scope that binds a name as seen from `scope`, with the rows that do; None if none does.

        A class's names are seen from its own body and from comprehensions directly in it, not from its methods.
        """
        key = (scope, name)
        if key in self._seen:
            return self._seen[key]
        found = self._seen[key] = self._with_outer(name, scope) if self.outer else self._look_up(name, scope)
        return found

    def _look_up(self, name: str, scope: int) -> tuple[int, list[Row]] | None:
        view = self._views[scope]
        while view is not None:
            scope, table, view = view
            rows = table.get(name)
            if rows:
                return scope, rows
        return None

    @cached_property
    def _views(self) -> list[_View | None]:
        """What is seen from each scope: a chain of tables that scopes share from where their views are the same."""
        from_bodies: list[_View | None] = []  # as seen from each scope itself, or from comprehensions in it
        from_functions: list[_View | None] = []  # as seen from functions and classes in it: a class hides its names
        for at, (row, table) in enumerate(zip(self.facts.scopes, self.tables, strict=True)):
            opaque = row.kind is _CLASS or row.kind is _FUNCTION
            around = from_functions[row.parent] if row.parent >= 0 else None
            nearest = from_bodies[row.parent] if row.parent >= 0 and not opaque else around
            from_bodies.append((at, table, nearest) if table else nearest)
            from_functions.append(around if row.kind is _CLASS or not table else (at, table, around))
        return from_bodies

    def _with_outer(self, name: str, scope: int) -> tuple[int, list[Row]] | None:
        """Look a name up where `global` and `nonlocal` send some names past scopes that bind them."""
        scopes, tables = self.facts.scopes, self.tables
        inside = True  # whether nothing but comprehensions lies between here and where the name stands
        while scope >= 0:
            said = self.outer.get(scope, {}).get(name)
            if said == "global":
                rows = tables[0].get(name)
                return (0, rows) if rows else None
            row = scopes[scope]
            if said is None and (inside or row.kind is not _CLASS):
                rows = tables[scope].get(name)
                if rows:
                    return scope, rows
            inside = inside and row.kind is not _CLASS and row.kind is not _FUNCTION
            scope = row.parent
        return None

    def enclosing_class(self, scope: int) -> int:
        """Return the scope of the innermost class around a scope, -1 if there is none."""
        scopes = self.facts.scopes
        while scope >= 0 and scopes[scope].kind is not _CLASS:
            scope = scopes[scope].parent
        return scope
