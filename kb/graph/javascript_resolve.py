"""What chains of JavaScript stand for: scopes, imports and exports, members of classes, types that are written."""

from __future__ import annotations

from kb.facts.model import Binding, Definition, Flag, Import, Kind, Status
from kb.graph.javascript_exports import Exports
from kb.graph.javascript_files import (
    CLASSES,
    JavaScriptFile,
    Thing,
    What,
    links_of,
    unknown,
    weaker,
)
from kb.graph.javascript_members import Members
from kb.graph.javascript_paths import Modules
from kb.graph.javascript_types import of_shape, typed
from kb.graph.model import Asked, Sure
from kb.graph.tree import Tree

_STATIC, _PROPERTY, _ASYNC, _TYPING = (flag.value for flag in (Flag.STATIC, Flag.PROPERTY, Flag.ASYNC, Flag.TYPING))
_DEEPEST = 16  # resolutions inside one another
_EXTERNAL = Thing(What.EXTERNAL, reason="external")
_VARIABLES = frozenset({Kind.VARIABLE, Kind.CONSTANT, Kind.ATTRIBUTE})
_PREDICATES = (" is ", "asserts ")


class Resolver:
    """Resolves in one tree, noting in `asked` what was looked up; answers are kept while one file is linked."""

    def __init__(self, tree: Tree, modules: Modules) -> None:
        self.tree, self.modules = tree, modules
        self.asked: set[Asked] = set()
        self._files: dict[str, JavaScriptFile] = {}
        self._chains: dict[tuple[str, int, str, bool], tuple[Thing, ...]] = {}
        self._working: set[object] = set()
        self._depth = 0
        self.exports = Exports(self)
        self.members = Members(self)

    def begin(self, asked: set[Asked]) -> None:
        """Start on another file, whose questions go into `asked`."""
        self.asked = asked
        self._chains.clear()
        self.exports.begin()
        self._working.clear()
        self._depth = 0

    def file(self, path: str) -> JavaScriptFile:
        """Return the names of a file."""
        if path not in self._files:
            self._files[path] = JavaScriptFile(path, self.tree.facts(path))
        return self._files[path]

    def ask(self, path: str, name: str) -> None:
        """Note that what another file binds to a name was looked up."""
        self.asked.add(Asked(path, name))

    def chain(self, path: str, scope: int, chain: str, *, types: bool = False) -> Thing:
        """Return what a chain stands for in a scope of a file."""
        return self.steps(path, scope, chain, types=types)[-1]

    def steps(self, path: str, scope: int, chain: str, *, types: bool = False) -> tuple[Thing, ...]:
        """Return what a chain's root stands for, and what it is after each link, as far as that is known."""
        key = (path, scope, chain, types)
        if key in self._chains:
            return self._chains[key]
        if key in self._working or self._depth > _DEEPEST:
            return (unknown("type"),)
        self._working.add(key)
        self._depth += 1
        found = tuple(self._steps(path, scope, chain, types))
        self._depth -= 1
        self._working.discard(key)
        self._chains[key] = found
        return found

    def _steps(self, path: str, scope: int, chain: str, types: bool) -> list[Thing]:
        root, links = links_of(chain)
        found = [self._root(path, scope, root, types and not links)]
        for link in links:
            thing = found[-1]
            if thing.what in (What.UNKNOWN, What.MISSING):
                break
            found.append(self._link(thing, link))
        while len(found) <= len(links):
            last = found[-1]
            found.append(unknown("type") if last.what is What.MISSING else last)
        return found

    def _link(self, thing: Thing, link: str) -> Thing:
        if link == "()":
            return self.called(thing)
        value = self.value(thing)
        if link == "[]":
            return value.inner or unknown("dynamic") if value.what is What.LIST else unknown("dynamic")
        if link == "^":
            return value.inner or unknown("type") if value.what is What.PROMISE else value
        return self.attribute(thing, link[1:])

    def _root(self, path: str, scope: int, root: str, types: bool) -> Thing:
        if root in ("this", "super"):
            return self._receiver(path, scope, root)
        if root.startswith(("<", "?")):
            return _EXTERNAL if root != "?" else unknown("type")
        row = self.file(path).lookup(scope, root, types=types)
        return self.of_row(path, row) if row is not None else Thing(What.EXTERNAL, qualified=root, reason="external")

    def of_row(self, path: str, row: Definition | Binding | Import) -> Thing:
        """Return what a name that is bound by a row of a file stands for."""
        if isinstance(row, Definition):
            return Thing(What.SYMBOL, path, row.qualified)
        if isinstance(row, Import):
            return self.exports.imported(path, row)
        return Thing(What.LOCAL, path, f"{row.scope}.{row.name}", reason="type", inner=None)

    def _receiver(self, path: str, scope: int, root: str) -> Thing:
        file = self.file(path)
        owner, static = file.owner(scope)
        index = file.facts.scopes[owner].definition if owner >= 0 else -1
        if index < 0:
            return unknown("type")
        row = file.facts.definitions[index]
        if root == "super":
            return Thing(What.SUPER, path, row.qualified, Sure.MRO, static=static)
        if row.kind not in CLASSES or static:
            return Thing(What.SYMBOL, path, row.qualified, Sure.MRO)
        return Thing(What.INSTANCE, path, row.qualified, Sure.MRO, certain=True)

    def value(self, thing: Thing) -> Thing:
        """Return what is behind a variable: an object of its type, a class, a function."""
        if thing.what is What.LOCAL:
            return self._local(thing)
        if thing.what is not What.SYMBOL:
            return thing
        key = ("value", thing.path, thing.qualified)
        if key in self._working or self._depth > _DEEPEST:
            return unknown("type")
        self._working.add(key)
        self._depth += 1
        found = self._value(thing)
        self._depth -= 1
        self._working.discard(key)
        return found

    def _value(self, thing: Thing) -> Thing:
        file = self.file(thing.path)
        rows = file.rows.get(thing.qualified, [])
        first = rows[0] if rows else None
        if first is None or (first.kind not in _VARIABLES and not first.flags & _PROPERTY):
            return thing
        for row in rows:
            note = row.annotation
            if row.flags & _PROPERTY and row.signature is not None:
                note = row.signature.returns
            if note and row.kind is not Kind.TYPE:
                return typed(self, note, thing.path, file.scope_at(row.name_start), thing.inner)
        if first.inner >= 0:
            return thing
        values = {row.value: row for row in rows if row.value and row.value not in ("<none>", "undefined")}
        if not values or any(not row.value for row in rows):
            return unknown("type")
        return _agreed([self._set_to(file, row) for row in values.values()])

    def _set_to(self, file: JavaScriptFile, row: Definition) -> Thing:
        found = self.value(self.chain(file.path, file.scope_at(row.start), row.value))
        return found._replace(sure=weaker(found.sure, Sure.INFERRED), certain=False, bound=False)

    def _local(self, thing: Thing) -> Thing:
        file = self.file(thing.path)
        scope, _, name = thing.qualified.partition(".")
        rows = file.bound[int(scope)].get(name, [])
        return _agreed([self._bound_to(file, row) for row in rows if isinstance(row, Binding)])

    def _bound_to(self, file: JavaScriptFile, row: Binding) -> Thing:
        certain = bool(row.flags & Flag.READONLY.value) and row.value.endswith("()") and not row.annotation
        if row.annotation:
            found = typed(self, row.annotation, file.path, row.scope, None)
        elif row.value.startswith("for "):
            over = self.value(self.chain(file.path, row.scope, row.value[4:]))
            found = over.inner or unknown("type") if over.what is What.LIST else unknown("type")
        elif not row.value or row.flags & _TYPING:
            found = unknown("type")
        else:
            found = self.value(self.chain(file.path, row.scope, row.value))
        certain = certain and found.certain
        return found._replace(sure=weaker(found.sure, Sure.INFERRED), certain=certain, bound=False)

    def attribute(self, thing: Thing, name: str) -> Thing:
        """Return what an attribute of something stands for."""
        what = thing.what
        if what is What.MODULE:
            found = self.exports.of(thing.path, name)
            return found._replace(sure=weaker(found.sure, thing.sure))
        if what in (What.INSTANCE, What.SUPER):
            return self.members.of_instance(thing, name)
        if what is What.SYMBOL:
            member = self.members.of_symbol(thing, name)
            if member is not None:
                return member
            value = self.value(thing)
            return self.attribute(value, name) if value != thing else unknown("type")
        if what is What.SHAPE:
            return of_shape(self, thing, name)
        if what is What.LOCAL:
            value = self.value(thing)
            return self.attribute(value, name) if value.what is not What.LOCAL else unknown("type")
        if what is What.EXTERNAL:
            return Thing(What.EXTERNAL, qualified=f"{thing.qualified}.{name}", reason="external")
        return _EXTERNAL if what in (What.LIST, What.PROMISE) else thing

    def called(self, thing: Thing) -> Thing:
        """Return what a call of something gives."""
        if thing.what is What.MODULE:
            thing = self.exports.whole(thing)
        if thing.what is What.LOCAL:
            thing = self.value(thing)
        if thing.what is not What.SYMBOL:
            return thing if thing.what in (What.EXTERNAL, What.UNKNOWN) else unknown("type")
        file = self.file(thing.path)
        rows = file.rows.get(thing.qualified, [])
        if not rows:
            return unknown("type")
        if rows[0].kind is Kind.CLASS or any(row.kind is Kind.CLASS for row in rows):
            return Thing(What.INSTANCE, thing.path, thing.qualified, weaker(thing.sure, Sure.INFERRED), certain=True)
        if rows[0].kind not in (Kind.FUNCTION, Kind.METHOD):
            value = self.value(thing)
            return self.called(value) if value.what is What.SYMBOL and value != thing else unknown("type")
        return self._returned(file, thing, rows)

    def _returned(self, file: JavaScriptFile, thing: Thing, rows: list[Definition]) -> Thing:
        if any(row.flags & _PROPERTY for row in rows):
            return unknown("type")
        said = {row.signature.returns: row for row in rows if row.signature is not None}
        if len(rows) > 1:
            said.pop("", None)  # an implementation behind overloads need not repeat them
        found = [self._noted(file, thing, row, note) for note, row in said.items()]
        return _agreed(found)

    def _noted(self, file: JavaScriptFile, thing: Thing, row: Definition, note: str) -> Thing:
        if not note or any(word in f" {note}" for word in _PREDICATES):
            return unknown("type")
        scope = row.inner if row.inner >= 0 else file.scope_at(row.name_start)
        return typed(self, note, thing.path, scope, thing.inner)

    def is_readable(self, path: str) -> bool:
        """Return whether a file has facts."""
        return self.tree.facts(path).status is not Status.UNREAD


def _agreed(things: list[Thing]) -> Thing:
    """Return what several values have in common: one of them if they are the same, else that it is not known."""
    if len({(one.what, one.path, one.qualified) for one in things}) == 1:
        return things[0]
    return unknown("ambiguous" if things else "type")
