"""Follows names and chains of Python through scopes, imports, re-exports and stars, across the files of one tree."""

from __future__ import annotations

from kb.facts.model import Binding, Facts, Import
from kb.graph.model import Asked, Sure
from kb.graph.python_builtins import BUILTINS
from kb.graph.python_family import Families
from kb.graph.python_files import PythonFile
from kb.graph.python_memo import Memo
from kb.graph.python_modules import Found as PlaceKind
from kb.graph.python_modules import Place, PythonModules, folder_of
from kb.graph.python_rows import MAX_CANDIDATES, Rows
from kb.graph.python_types import Types
from kb.graph.python_values import (
    MODULE,
    OUTSIDE,
    SUPER,
    UNKNOWN,
    Found,
    Founds,
    Value,
    outside,
    steps_of,
    unknown,
)
from kb.graph.tree import Tree

_LOST = frozenset({"absent", "missing", "unbound"})  # said of a name; what comes after it is merely not known


class Resolver:
    """What every name and chain of one tree leads to. `families` answers for classes, `types` for what calls give."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.modules = PythonModules(tree)
        self.memo = Memo()
        self.rows = Rows(self)
        self.families = Families(self)
        self.types = Types(self)
        self._files: dict[str, PythonFile] = {}
        self._places: dict[tuple[str, int, str], tuple[Asked, Place]] = {}

    def file(self, path: str) -> PythonFile:
        """Return a file's facts, arranged for looking up."""
        known = self._files.get(path)
        if known is None:
            facts: Facts = self._tree.facts(path)
            known = self._files[path] = PythonFile(path, facts)
        return known

    def forget(self) -> None:
        """Let go of everything that was worked out; to be called last."""
        for table in (self._files, self._places, self.memo.known):
            table.clear()

    # ---- chains

    def walk(self, path: str, scope: int, chain: str) -> list[Founds]:
        """Return what each step of a chain leads to, the root first."""
        steps = steps_of(chain)
        return self.onward(self.root(path, scope, steps[0]), steps)

    def onward(self, at: Founds, steps: tuple[str, ...]) -> list[Founds]:
        """Return what each step leads to, given what the first of them, a root, leads to."""
        found = [at]
        firm = 2 if steps[0] == "super" else 1  # up to here a class is known by `self` or `super()`
        for number, step in enumerate(steps[1:], 1):
            if number > firm and at[0].sure is Sure.MRO:
                at = tuple([Found(one.value, one.path, one.name, Sure.INFERRED, one.flags) for one in at])
            at = self.step(at, step)
            found.append(at)
            if len(at) == 1 and at[0].value.kind is UNKNOWN:  # and so is all that follows
                at = self.step(at, step)
                return found + [at] * (len(steps) - len(found))
        return found

    def value(self, path: str, scope: int, chain: str) -> Value:
        """Return what a chain is worth; unknown if there is more than one answer."""
        return only(self.walk(path, scope, chain)[-1])

    def step(self, at: Founds, step: str) -> Founds:
        """Return where one step of a chain leads."""
        if len(at) > 1:
            found = tuple(dict.fromkeys(one for each in at for one in self.step((each,), step)))
            return found if len(found) <= MAX_CANDIDATES else unknown("ambiguous")
        value = at[0].value
        if value.kind is UNKNOWN:
            return unknown("type" if value.name in _LOST else value.name)
        if step == "()":
            return (Found(self.types.called(value), sure=at[0].sure),)
        if step == "^":
            return (Found(self.types.awaited(value), sure=at[0].sure),)
        if step == "[]":
            return (Found(self.types.element(value), sure=at[0].sure),)
        return self.attribute(at[0], step)

    def attribute(self, of: Found, name: str) -> Founds:
        """Return what an attribute of something leads to."""
        value = of.value
        if value.kind is OUTSIDE:
            return outside(f"{value.name}.{name}") if len(value.name) < 200 else unknown("external")
        if value.kind is MODULE:
            return imported(self.member(value.path, name), value.path)
        return self.types.attribute(of, name)

    def root(self, path: str, scope: int, name: str) -> Founds:
        """Return what the root of a chain leads to, as seen from a scope of a file."""
        if name[0] == "<":
            return outside(f"builtins.{name}")
        if name == "?":
            return unknown("type")
        file = self.file(path)
        bound = file.scopes.bound(name, scope)
        if bound is None:
            if name == "super":
                return self._super(file, scope)
            found = self.member(path, name)
            if found[0].value.kind is UNKNOWN and found[0].value.name in ("absent", "dynamic", "star"):
                if name in BUILTINS:
                    return outside(f"builtins.{name}")
                return unknown("unbound") if found[0].value.name == "absent" else found
            return found
        at, rows = bound
        if at == 0:
            return self.member(path, name)
        first = rows[0]
        if len(rows) == 1 and type(first) is Binding and not first.annotation:
            if first.parameter:
                return file.receivers.get(at, {}).get(name) or unknown("type")
            if not first.value:
                return unknown("type")
        known = self.memo.known.get(("name", path, at, name))
        if known is not None:
            self.memo.top.used.add(known[1])
            local: Founds = known[0]
            return local
        return self.memo.get(("name", path, at, name), lambda: self.rows.of(file, rows), unknown("type"))

    def _super(self, file: PythonFile, scope: int) -> Founds:
        at = file.scopes.enclosing_class(scope)
        if at < 0 or scope in file.other_supers:
            return unknown("dynamic")
        return (Found(Value(SUPER, file.path, file.facts.scopes[at].qualified), sure=Sure.MRO),)

    # ---- modules

    def member(self, path: str, name: str) -> Founds:
        """Return what a top-level name of a file leads to, or a submodule of a package; "absent" if there is none."""
        known = self.memo.known.get(("member", path, name))
        if known is not None:
            self.memo.top.used.add(known[1])
            found: Founds = known[0]
            return found
        if not path.endswith("/"):
            file = self.file(path)
            rows = file.scopes.tables[0].get(name) if file.facts.scopes else None
            if rows and (plain := self.rows.plain(file, rows)):
                return self.memo.settle(("member", path, name), plain, Asked(path, name))
        return self.memo.get(("member", path, name), lambda: self._member(path, name), unknown("ambiguous"))

    def _member(self, path: str, name: str) -> Founds:
        if path.endswith("/"):
            self.memo.ask(Asked(f"{path}__init__.py", name))  # what would come before the folder's own modules
            self.memo.ask(Asked(f"{path}__init__.pyi", name))
            return self._submodule(path, name) or unknown("absent")
        self.memo.ask(Asked(path, name))
        file = self.file(path)
        rows = file.scopes.tables[0].get(name) if file.facts.scopes else None
        if rows:
            return self.rows.of(file, rows)
        starred = self._starred(file, name) if file.stars else ()
        if starred and starred[0].value.kind is not UNKNOWN:
            return starred
        below = self._submodule(path, name) if file.is_init else ()
        if below:
            return below
        if starred:
            return starred
        if not file.whole:
            return unknown("partial")
        return unknown("dynamic") if file.dynamic else unknown("absent")

    def _submodule(self, path: str, name: str) -> Founds:
        folder = folder_of(path) if not path.endswith("/") else path
        self.memo.ask(Asked("", f".{name}@{folder}"))
        found = self.modules.child(folder, name)
        return (Found(Value(MODULE, found), found, "", Sure.IMPORT),) if found else ()

    def _starred(self, file: PythonFile, name: str) -> Founds:
        """Return what star imports bring under a name: () if surely nothing, unknown if some star cannot be read."""
        found: dict[Found, None] = {}
        doubt = False
        left, seen = [file], {file.path}
        for one in left:  # grows: stars of starred modules
            for star in one.stars:
                place = self.module(one.path, star)
                if place.found is not PlaceKind.FILE:
                    doubt = True
                    continue
                if place.path in seen:
                    continue
                seen.add(place.path)
                self.memo.ask(Asked(place.path, name))
                other = self.file(place.path)
                rows = other.scopes.tables[0].get(name) if other.facts.scopes else None
                hidden = name not in other.exported if other.exported is not None else name.startswith("_")
                doubt = doubt or not other.whole or other.dynamic
                if hidden:
                    continue
                if rows:
                    found.update(dict.fromkeys(self.member(place.path, name)))
                elif other.is_init and other.exported is not None and (below := self._submodule(place.path, name)):
                    found.update(dict.fromkeys(below))
                elif not rows:
                    left.append(other)
        if found:
            return tuple(reexported(one) for one in list(found)[-MAX_CANDIDATES:])
        return unknown("star") if doubt else ()

    def module(self, path: str, row: Import) -> Place:
        """Return where the module of an import leads."""
        key = (path, row.level, row.module)
        known = self._places.get(key)
        if known is None:
            name, folder = "." * row.level + row.module, folder_of(path)
            known = self._places[key] = Asked("", f"{name}@{folder}"), self.modules.place(name, folder)
        self.memo.ask(known[0])
        return known[1]

    def imported(self, path: str, row: Import) -> Founds:
        """Return what one imported name leads to."""
        place = self.module(path, row)
        if place.found is PlaceKind.OUTSIDE:
            top = row.module if row.name or row.alias != row.module.partition(".")[0] else row.alias
            return outside(f"{top}.{row.name}" if row.name else top)
        if not place.path:
            return unknown("missing" if place.found is PlaceKind.MISSING else "ambiguous")
        if not row.name:
            return self._whole_module(row, place)
        if place.path == path:  # `from . import x` in the package's own file
            return self._submodule(path, row.name) or unknown("absent")
        return imported(self.member(place.path, row.name), place.path)

    def _whole_module(self, row: Import, place: Place) -> Founds:
        path = place.path
        if not row.level and "." in row.module and row.alias == row.module.partition(".")[0]:
            path = self.modules.child(place.root, row.alias)
        return (Found(Value(MODULE, path), path, "", Sure.IMPORT),)


def only(found: Founds) -> Value:
    """Return the one value that all of these have, unknown if they differ."""
    first = found[0].value
    if len(found) == 1 or all(one.value == first for one in found[1:]):
        return first
    return Value(UNKNOWN, "", "ambiguous")


def imported(found: Founds, path: str) -> Founds:
    """Return what was found in the file `path` as another file sees it that imports it from there."""
    return tuple([_imported(one, path) for one in found])


def _imported(one: Found, path: str) -> Found:
    if not one.path:
        return one
    sure = Sure.IMPORT if one.path == path or not one.name else Sure.REEXPORT
    return Found(one.value, one.path, one.name, sure, one.flags)


def reexported(one: Found) -> Found:
    """Return what was found through a star."""
    return one._replace(sure=Sure.REEXPORT) if one.path else one
