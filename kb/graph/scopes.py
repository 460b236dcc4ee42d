"""Looks up names in the scopes of one file, as the language does and without regard to the order of statements."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property

from kb.facts.model import Binding, Definition, Facts, Import, Kind, ScopeKind

Row = Definition | Binding | Import  # what binds a name
_CLASS, _FUNCTION = ScopeKind.CLASS, ScopeKind.FUNCTION


class FileScopes:
    """The scopes of one file and what is bound in each."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self._seen: dict[tuple[int, str], tuple[int, list[Row]] | None] = {}

    @property
    def tables(self) -> list[dict[str, list[Row]]]:
        """What each scope binds, by name. Star imports and attributes set through `self` bind no name."""
        return self._bound[0]

    @property
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
        if key not in self._seen:
            self._seen[key] = self._look_up(name, scope)
        return self._seen[key]

    def _look_up(self, name: str, scope: int) -> tuple[int, list[Row]] | None:
        scopes, tables = self.facts.scopes, self.tables
        inside = True  # whether nothing but comprehensions lies between here and where the name stands
        while scope >= 0:
            said = self.outer.get(scope, {}).get(name) if self.outer else None
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
