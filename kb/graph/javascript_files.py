"""One JavaScript file as the linker looks names up in it: what each scope binds, members, exports."""

from __future__ import annotations

import re
from bisect import bisect_right
from enum import StrEnum
from typing import NamedTuple

from kb.facts.model import Binding, Definition, Export, Facts, Flag, Import, Kind, ScopeKind
from kb.graph.model import Sure

TYPED = (".ts", ".tsx", ".mts", ".cts")
DECLARATIONS = (".d.ts", ".d.mts", ".d.cts")
TYPES = frozenset({Kind.INTERFACE, Kind.TYPE})
CLASSES = frozenset({Kind.CLASS, Kind.INTERFACE, Kind.TYPE})
EVERYWHERE = frozenset(
    (
        "constructor",
        "toString",
        "toLocaleString",
        "valueOf",
        "hasOwnProperty",
        "isPrototypeOf",
        "propertyIsEnumerable",
        "__proto__",
        "__defineGetter__",
        "__defineSetter__",
        "__lookupGetter__",
        "__lookupSetter__",
    )
)  # on every object
_ADDING = frozenset({"Object.assign", "Object.defineProperty", "Object.defineProperties"})
_TOKEN = re.compile(r"\.[^.()\[\]^]+|\(\)|\[\]|\^")
_FIRMNESS = {sure: place for place, sure in enumerate(Sure)}


class What(StrEnum):
    """What an expression stands for."""

    SYMBOL = "symbol"  # a definition
    INSTANCE = "instance"  # an object of a class or interface
    SUPER = "super"  # the same, looked at from its base on
    MODULE = "module"  # all that a file exports
    EXTERNAL = "external"  # something that is not in the tree
    SHAPE = "shape"  # an object whose members a note lists; `qualified` is the scope and the note
    PROMISE = "promise"
    LIST = "list"
    LOCAL = "local"  # a parameter or local variable itself
    MISSING = "missing"  # surely not there
    UNKNOWN = "unknown"


class Thing(NamedTuple):
    """What an expression stands for: a definition, an object of one, a module; or why that is not known."""

    what: What
    path: str = ""
    qualified: str = ""
    sure: Sure = Sure.LOCAL
    reason: str = ""  # of UNKNOWN
    inner: Thing | None = None  # element of PROMISE and LIST; receiver of a member
    bound: bool = False  # reached through an object
    static: bool = False  # of SUPER: the class itself
    certain: bool = False  # of INSTANCE: `this` or `new C()`, which no test can have narrowed


def unknown(reason: str) -> Thing:
    """Return what is not known, and why."""
    return Thing(What.UNKNOWN, reason=reason)


def weaker(one: Sure, other: Sure) -> Sure:
    """Return the less firm of two grounds."""
    return max(one, other, key=_FIRMNESS.__getitem__)


def links_of(chain: str) -> tuple[str, list[str]]:
    """Return the root of a chain and its links: `.name`, `()`, `[]`, `^`."""
    first = _TOKEN.search(chain)
    return (chain, []) if first is None else (chain[: first.start()], _TOKEN.findall(chain, first.start()))


Row = Definition | Binding | Import


class JavaScriptFile:
    """The names of one file."""

    def __init__(self, path: str, facts: Facts) -> None:
        self.path, self.facts = path, facts
        self.is_typed = path.endswith(TYPED)
        self.is_declaration = path.endswith(DECLARATIONS)
        self.rows: dict[str, list[Definition]] = {}  # by qualified name
        self.inside: dict[int, list[Definition]] = {}  # by scope
        self.adds_members = any(call.chain in _ADDING for call in facts.calls)
        self.bound: list[dict[str, list[Row]]] = [{} for _ in facts.scopes]
        self.exports: dict[str, Export] = {}
        self.stars: list[Export] = []
        self._add_definitions()
        for binding in facts.bindings:
            self.bound[binding.scope].setdefault(binding.name, []).append(binding)
        for row in facts.imports:
            if row.alias:
                self.bound[row.scope].setdefault(row.alias, []).append(row)
        for export in facts.exports:
            if export.name == "*":
                self.stars.append(export)
            else:
                self.exports.setdefault(export.name, export)
        order = sorted(range(len(facts.scopes)), key=lambda at: (facts.scopes[at].start, -facts.scopes[at].end, at))
        self._order = order
        self._starts = [facts.scopes[at].start for at in order]

    def _add_definitions(self) -> None:
        scopes = self.facts.scopes
        for row in self.facts.definitions:
            self.rows.setdefault(row.qualified, []).append(row)
            self.inside.setdefault(row.scope, []).append(row)
            scope = scopes[row.scope]
            if scope.kind is ScopeKind.CLASS and row.kind is not Kind.MEMBER:
                continue
            own = f"{scope.qualified}.{row.name}" if scope.qualified else row.name
            if row.qualified == own:
                self.bound[row.scope].setdefault(row.name, []).append(row)

    @property
    def is_common(self) -> bool:
        """Return whether the whole module is what `module.exports` or `export =` was set to."""
        row = self.exports.get("default")
        return row is not None and not row.flags & _DEFAULT and not self.facts.exports_known

    def scope_at(self, offset: int) -> int:
        """Return the innermost scope around a place."""
        at = bisect_right(self._starts, offset) - 1
        scope = self._order[at] if at >= 0 else 0
        scopes = self.facts.scopes
        while scope > 0 and not scopes[scope].start <= offset < scopes[scope].end:
            scope = scopes[scope].parent
        return max(scope, 0)

    def lookup(self, scope: int, name: str, *, types: bool = False) -> Row | None:
        """Return what a name is bound to, seen from a scope; a type before a value, or the reverse."""
        while scope >= 0:
            rows = self.bound[scope].get(name)
            if rows:
                return next((row for row in rows if _is_type(row) is types), rows[0])
            scope = self.facts.scopes[scope].parent
        return None

    def owner(self, scope: int) -> tuple[int, bool]:
        """Return the class or object literal whose `this` a scope has, -1 for none, and whether it is static."""
        scopes, static = self.facts.scopes, False
        below = -1
        while scope >= 0 and scopes[scope].kind is not ScopeKind.CLASS:
            below, scope = scope, scopes[scope].parent
        if scope >= 0 and below >= 0:
            row = scopes[below].definition
            if row >= 0:
                static = bool(self.facts.definitions[row].flags & _STATIC)
            else:
                static = scopes[below].kind is ScopeKind.BLOCK
        return scope, static


_STATIC, _DEFAULT = Flag.STATIC.value, Flag.DEFAULT.value


def _is_type(row: Row) -> bool:
    return isinstance(row, Definition) and row.kind in TYPES
