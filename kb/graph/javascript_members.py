"""Members of classes, interfaces, enums, namespaces and object literals, own and inherited."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kb.facts.model import Definition, Flag, Kind, ScopeKind, Status
from kb.graph.javascript_files import CLASSES, EVERYWHERE, JavaScriptFile, Thing, What, unknown, weaker
from kb.graph.model import Sure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kb.graph.javascript_resolve import Resolver

DEEPEST = 10  # bases above one another
_VARIABLES = frozenset({Kind.VARIABLE, Kind.CONSTANT, Kind.ATTRIBUTE})
_STATIC, _VARIADIC, _PROPERTY = Flag.STATIC.value, Flag.VARIADIC.value, Flag.PROPERTY.value
IMPLEMENTS = "implements="
_ON_FUNCTIONS = frozenset({"name", "length", "prototype", "call", "apply", "bind", "caller", "arguments"})


class Sought(NamedTuple):
    """A member that was looked for: its owner, or why there is none; `absent` if that is certain."""

    path: str = ""
    qualified: str = ""
    inherited: bool = False
    absent: bool = False


class Members:
    """Looks members up, through bases in other files."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def of_instance(self, thing: Thing, name: str) -> Thing:
        """Return a member of an object."""
        skip = thing.what is What.SUPER
        found = self.sought(thing.path, thing.qualified, name, static=thing.static, skip=skip)
        if found.qualified:
            receiver = thing._replace(what=What.INSTANCE) if skip and not thing.static else thing
            sure: Sure = thing.sure if thing.sure is not Sure.LOCAL else Sure.INFERRED
            if found.inherited:
                sure = weaker(sure, Sure.MRO)
            return Thing(
                What.SYMBOL, found.path, f"{found.qualified}.{name}", sure, inner=receiver, bound=not thing.static
            )
        if found.absent and thing.certain and name not in EVERYWHERE and not skip:
            return Thing(What.MISSING, thing.path, thing.qualified, reason="attribute")
        return unknown("type")

    def of_symbol(self, thing: Thing, name: str) -> Thing | None:
        """Return a member of a class itself, of an enum, a namespace or an object literal; None if it is neither."""
        file = self._resolver.file(thing.path)
        rows = file.rows.get(thing.qualified, [])
        kinds = {row.kind for row in rows}
        if any((row.annotation and row.kind in _VARIABLES) or row.flags & _PROPERTY for row in rows):
            return None  # what it may be used as is what it was declared to be
        own = [row for row in file.rows.get(f"{thing.qualified}.{name}", []) if self._is_static(file, row)]
        if own:
            bound = not kinds & (CLASSES | {Kind.MODULE, Kind.ENUM, Kind.FUNCTION})
            return Thing(What.SYMBOL, thing.path, f"{thing.qualified}.{name}", thing.sure, inner=thing, bound=bound)
        if Kind.CLASS in kinds:
            if name == "prototype":
                return Thing(What.INSTANCE, thing.path, thing.qualified, thing.sure)
            found = self.sought(thing.path, thing.qualified, name, static=True)
            if found.qualified:
                sure = weaker(thing.sure, Sure.MRO)
                return Thing(What.SYMBOL, found.path, f"{found.qualified}.{name}", sure, inner=thing)
            missing = found.absent and name not in EVERYWHERE | _ON_FUNCTIONS
            return Thing(What.MISSING, thing.path, thing.qualified, reason="attribute") if missing else unknown("type")
        if kinds == {Kind.ENUM}:
            missing = self._is_whole(file, rows) and name not in EVERYWHERE and len(rows) == 1
            return (
                Thing(What.MISSING, thing.path, thing.qualified, reason="attribute") if missing else unknown("dynamic")
            )
        if kinds & {Kind.MODULE, Kind.FUNCTION, Kind.METHOD}:
            return unknown("external" if name in _ON_FUNCTIONS else "dynamic")
        has_members = any(row.inner >= 0 and not row.annotation for row in rows)
        return unknown("dynamic") if has_members and not kinds & CLASSES else None

    def _is_static(self, file: JavaScriptFile, row: Definition) -> bool:
        """Return whether a member belongs to the thing itself, not to objects of it."""
        scope = file.facts.scopes[row.scope]
        owner = file.facts.definitions[scope.definition] if scope.definition >= 0 else None
        if scope.kind is ScopeKind.CLASS and owner is not None and owner.kind in CLASSES:
            return bool(row.flags & _STATIC)
        return row.kind is not Kind.METHOD or bool(row.flags & _STATIC) or scope.kind is ScopeKind.CLASS

    def sought(
        self, path: str, qualified: str, name: str, *, static: bool = False, skip: bool = False, depth: int = 0
    ) -> Sought:
        """Look for a member of a class or interface and then of its bases, `skip` leaving its own out."""
        file = self._resolver.file(path)
        self._resolver.ask(path, qualified.partition(".")[0])
        rows = file.rows.get(qualified, [])
        own = [row for row in file.rows.get(f"{qualified}.{name}", []) if bool(row.flags & _STATIC) is static]
        if own and not skip:
            return Sought(path, qualified)
        absent = self._is_whole(file, rows) and f"{qualified}.[]" not in file.rows and len(rows) == 1
        if depth >= DEEPEST:
            return Sought()
        for base in self.bases(path, qualified, interfaces=False):
            if base is None:
                absent = False
                continue
            found = self.sought(base.path, base.qualified, name, static=static, depth=depth + 1)
            if found.qualified:
                return found._replace(inherited=True)
            absent = absent and found.absent
        return Sought(absent=absent)

    def _is_whole(self, file: JavaScriptFile, rows: list[Definition]) -> bool:
        """Return whether a class shows all it has: nothing adds members from outside or while it runs."""
        if not file.is_typed or file.facts.status is not Status.WHOLE or file.facts.dynamic:
            return False
        if any(row.decorators or row.flags & _VARIADIC for row in rows):
            return False
        return not file.adds_members

    def bases(self, path: str, qualified: str, *, interfaces: bool) -> Iterator[Thing | None]:
        """Yield the classes and interfaces that something extends, with `interfaces` also those it implements.

        None stands for one that is not known.
        """
        file = self._resolver.file(path)
        for row in file.rows.get(qualified, []):
            for base in row.bases:
                chain = base.removeprefix(IMPLEMENTS)
                if chain == base or interfaces:
                    yield self.base(file, row, chain)

    def base(self, file: JavaScriptFile, row: Definition, chain: str) -> Thing | None:
        """Return the class or interface that a base's chain means, None if that is not known."""
        types = row.kind is not Kind.CLASS
        scope = file.facts.scopes[row.inner].parent if row.inner >= 0 else row.scope
        thing = self._resolver.chain(file.path, scope, chain, types=types) if chain != "?" else unknown("type")
        if thing.what is What.MODULE:
            thing = self._resolver.exports.whole(thing)
        if thing.what is not What.SYMBOL:
            return None
        rows = self._resolver.file(thing.path).rows.get(thing.qualified, [])
        if (thing.path, thing.qualified) == (file.path, row.qualified) or not any(one.kind in CLASSES for one in rows):
            return None
        return thing
