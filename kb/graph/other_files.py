"""One file as the resolver reads it: what each of its scopes binds, and what it imports under which name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from kb.facts.model import Binding, Definition, Facts, Import, ScopeKind
from kb.graph.other_names import Names, Place, symbol_of
from kb.graph.other_rules import RULES, Rules

ANONYMOUS = "<object>"  # what the queries call a class without a name
_NO_RULES = Rules("")
_STEP = re.compile(r"\(\)|\[\]|\^|[^.()\[\]^]+")


def steps_of(chain: str) -> list[str]:
    """Return the words and marks of a chain in order."""
    return _STEP.findall(chain)


class File:
    """The scopes and imports of one file."""

    def __init__(self, path: str, facts: Facts, names: Names) -> None:
        self.path, self.facts, self.names = path, facts, names
        self.rules = RULES.get(facts.language, _NO_RULES)
        self.space = names.spaces.get(path, "")

    @cached_property
    def bindings(self) -> dict[tuple[int, str], list[Binding]]:
        """Local variables and parameters by scope and name."""
        found: dict[tuple[int, str], list[Binding]] = {}
        for row in self.facts.bindings:
            found.setdefault((row.scope, row.name), []).append(row)
        return found

    @cached_property
    def definitions(self) -> dict[tuple[int, str], list[Definition]]:
        """Definitions by the scope in which they are bound and name."""
        found: dict[tuple[int, str], list[Definition]] = {}
        for row in self.facts.definitions:
            found.setdefault((row.scope, row.name), []).append(row)
        return found

    def places(self, rows: list[Definition]) -> tuple[Place, ...]:
        """Return definitions of this file as places."""
        return tuple(Place(self.path, symbol_of(row)) for row in rows)

    def scopes_from(self, scope: int) -> Iterator[int]:
        """Yield a scope and those around it, outwards."""
        while scope >= 0:
            yield scope
            scope = self.facts.scopes[scope].parent

    def imports_of(self, alias: str, scope: int) -> list[Import]:
        """Return the imports that a name may stand for in a scope."""
        around = set(self.scopes_from(scope))
        return [row for row in self._aliases.get(alias, ()) if row.scope in around]

    def stars(self, scope: int) -> list[Import]:
        """Return the imports of everything that hold in a scope."""
        around = set(self.scopes_from(scope))
        return [row for row in self.facts.imports if row.name == "*" and row.scope in around]

    @cached_property
    def _aliases(self) -> dict[str, list[Import]]:
        found: dict[str, list[Import]] = {}
        for row in self.facts.imports:
            if row.alias:
                found.setdefault(row.alias, []).append(row)
        return found

    def class_around(self, scope: int) -> tuple[str, bool]:
        """Return the prefix of the members of the innermost class around a scope, and whether it has no name."""
        for at in self.scopes_from(scope):
            one = self.facts.scopes[at]
            if one.kind is ScopeKind.CLASS:
                return f"{self.space}{one.qualified}.", one.qualified.endswith(ANONYMOUS)
            if one.kind is ScopeKind.FUNCTION and one.definition >= 0:
                row = self.facts.definitions[one.definition]
                owner = row.qualified.rpartition(".")[0]
                if owner and self.facts.scopes[one.parent].kind is ScopeKind.MODULE and row.kind == "method":
                    return f"{self.space}{owner}.", False
            if one.kind is ScopeKind.MODULE and at and self.facts.language == "ruby":
                return f"{self.space}{one.qualified}.", False
        return "", False

    def module_around(self, scope: int) -> str:
        """Return the prefix of what the innermost module or namespace around a scope defines."""
        for at in self.scopes_from(scope):
            one = self.facts.scopes[at]
            if one.kind is ScopeKind.MODULE:
                return f"{self.space}{one.qualified}." if one.qualified else self.space
        return self.space

    def method_around(self, scope: int) -> Definition | None:
        """Return the innermost method around a scope."""
        for at in self.scopes_from(scope):
            one = self.facts.scopes[at]
            if one.kind is ScopeKind.FUNCTION and one.definition >= 0:
                return self.facts.definitions[one.definition]
        return None
