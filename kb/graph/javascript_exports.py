"""What files export and import: names through chains of re-exports, CommonJS, and whole modules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kb.facts.model import Export, Import, Status
from kb.graph.javascript_files import EVERYWHERE, JavaScriptFile, Thing, What, unknown, weaker
from kb.graph.javascript_paths import Place
from kb.graph.model import Asked, Sure

if TYPE_CHECKING:
    from kb.graph.javascript_resolve import Resolver

_DEEPEST = 40  # files that re-export from one another


class Exports:
    """Answers what a name of a module is."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._known: dict[tuple[str, str], Thing] = {}
        self._tentative: dict[tuple[str, str], Thing] = {}  # worked out while something of a circle was left open
        self._working: set[tuple[str, str]] = set()
        self._is_cut = False

    def begin(self) -> None:
        """Forget what was worked out: another file is linked, which must ask for itself."""
        self._known.clear()
        self._tentative.clear()
        self._working.clear()
        self._is_cut = False

    def place(self, path: str, specifier: str) -> Place:
        """Return where a specifier in a file leads."""
        folder = path.rpartition("/")[0]
        self._resolver.asked.add(Asked("", f"{folder}|{specifier}"))
        return self._resolver.modules.find(folder, specifier)

    def module(self, path: str, specifier: str) -> Thing:
        """Return the module that a specifier in a file means."""
        place = self.place(path, specifier)
        if place.path:
            self._resolver.ask(place.path, "")
            if not self._resolver.is_readable(place.path):
                return unknown("partial")
            return Thing(What.MODULE, place.path, sure=Sure.IMPORT)
        return Thing(What.EXTERNAL, qualified=place.package or specifier, reason="external")

    def imported(self, path: str, row: Import) -> Thing:
        """Return what an imported name stands for."""
        module = self.module(path, row.module)
        if module.what is What.EXTERNAL:
            name = f"{module.qualified}.{row.name}" if row.name not in ("", "default") else module.qualified
            return module._replace(qualified=name)
        if module.what is not What.MODULE:
            return module
        if row.name:
            return self.of(module.path, row.name)
        return self.whole(module)

    def whole(self, module: Thing) -> Thing:
        """Return what `require` of a module gives: what `module.exports` was set to, or the module itself."""
        file = self._resolver.file(module.path)
        self._resolver.ask(module.path, "default")
        if not file.is_common:
            return module
        found = self.of(module.path, "default")
        rows = file.rows.get("module.exports", []) if found.qualified == "module.exports" else []
        is_object = any(row.value == "<object>" for row in rows)
        return module if found.what is What.UNKNOWN or is_object else found

    def of(self, path: str, name: str, *, starred: bool = False) -> Thing:
        """Return what a module's name stands for; MISSING if the module surely has none.

        Each question is answered once. Where modules re-export from each other in a circle, a star of a module that
        is being asked already brings nothing, as in the language.
        """
        key = (path, name)
        if key in self._known:
            return self._known[key]
        if key in self._tentative:
            return self._tentative[key]
        if key in self._working or len(self._working) > _DEEPEST:
            self._is_cut = True
            return Thing(What.MISSING, path, name) if starred and key in self._working else unknown("partial")
        self._working.add(key)
        found = self._find(path, name)
        self._working.discard(key)
        if not self._working:
            self._tentative.clear()
            self._is_cut = False
        (self._tentative if self._is_cut else self._known)[key] = found
        return found

    def _find(self, path: str, name: str) -> Thing:
        resolver = self._resolver
        resolver.ask(path, name)
        file = resolver.file(path)
        if file.facts.status is Status.UNREAD:
            return unknown("partial")
        export = file.exports.get(name)
        if export is not None:
            found = self._exported(file, export)
            return found._replace(sure=weaker(found.sure, Sure.IMPORT))
        if name == "default" and not file.facts.exports_known:
            return Thing(What.MODULE, path, sure=Sure.IMPORT) if not file.is_declaration else unknown("type")
        if file.is_common and name != "default":
            return self._member_of_whole(file, name)
        found_ = self._starred(file, name) if name != "default" else None
        if found_ is not None:
            return found_
        if file.is_declaration and name in file.bound[0]:
            return resolver.of_row(path, file.bound[0][name][0])._replace(sure=Sure.IMPORT)
        whole = file.facts.exports_known and file.facts.status is Status.WHOLE and not self._is_declared(file)
        return Thing(What.MISSING, path, name) if whole and name not in EVERYWHERE else unknown("dynamic")

    def _is_declared(self, file: JavaScriptFile) -> bool:
        """Return whether a file is a declaration, or one beside it says what it exports."""
        if file.is_typed:
            return file.is_declaration
        stem, _, extension = file.path.rpartition(".")
        beside = f"{stem}.d.{'mts' if extension == 'mjs' else 'cts' if extension == 'cjs' else 'ts'}"
        self._resolver.ask(beside, "")
        return beside in self._resolver.tree.entries

    def _exported(self, file: JavaScriptFile, export: Export) -> Thing:
        resolver = self._resolver
        if export.module:
            module = self.module(file.path, export.module)
            if module.what is not What.MODULE:
                return module
            if export.local == "*":
                found = self.whole(module) if file.is_common else module
                return found._replace(sure=weaker(found.sure, Sure.REEXPORT))
            found = self.of(module.path, export.local)
            return found._replace(sure=weaker(found.sure, Sure.REEXPORT))
        if export.local in file.rows and (export.local == "default" or "exports" in export.local):
            return Thing(What.SYMBOL, file.path, export.local)
        if not export.local:
            return unknown("dynamic")
        found = resolver.chain(file.path, 0, export.local)
        if found.what is What.EXTERNAL and not found.reason:
            return unknown("external")
        direct = found.what is What.SYMBOL and found.path == file.path
        return found if direct else found._replace(sure=weaker(found.sure, Sure.REEXPORT))

    def _member_of_whole(self, file: JavaScriptFile, name: str) -> Thing:
        whole = self.of(file.path, "default")
        if whole.what is What.SYMBOL and whole.path == file.path and whole.qualified == "module.exports":
            rows = file.rows.get(f"module.exports.{name}")
            return Thing(What.SYMBOL, file.path, f"module.exports.{name}") if rows else unknown("dynamic")
        found = self._resolver.attribute(whole, name)
        return found if found.what is not What.MISSING else unknown("dynamic")

    def _starred(self, file: JavaScriptFile, name: str) -> Thing | None:
        """Return what `export *` brings under a name: None if surely nothing."""
        found: dict[tuple[str, str], Thing] = {}
        doubt = False
        for star in file.stars:
            module = self.module(file.path, star.module)
            if module.what is not What.MODULE:
                doubt = True
                continue
            thing = self.of(module.path, name, starred=True)
            if thing.what in (What.UNKNOWN, What.EXTERNAL):
                doubt = True
            elif thing.what is not What.MISSING:
                found[thing.path, thing.qualified] = thing
        if len(found) == 1:
            thing = next(iter(found.values()))
            return thing._replace(sure=weaker(thing.sure, Sure.REEXPORT))
        return unknown("star" if not found else "ambiguous") if doubt or found else None
