"""Asks for full names, and remembers what was asked: if an answer changes, the file has to be linked again."""

from __future__ import annotations

from kb.facts.model import Flag, Import, Kind
from kb.graph.model import Asked
from kb.graph.other_files import File
from kb.graph.other_names import Names, Place
from kb.graph.other_rules import RULES
from kb.graph.other_spaces import Spaces
from kb.graph.tree import Tree

MOST_INCLUDED = 2000  # headers looked through from one file
_PRIVATE, _DECLARED = Flag.PRIVATE.value, Flag.DECLARED.value
_LINKED = frozenset({Kind.FUNCTION, Kind.METHOD, Kind.VARIABLE})
_CAPITAL = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Lookup:
    """The names, files and imports of one tree; `asked` is filled by every question."""

    def __init__(self, tree: Tree) -> None:
        self.tree, self.spaces = tree, Spaces(tree)
        self.asked: set[Asked] = set()
        self._names: dict[str, Names] = {}
        self._files: dict[str, File] = {}
        self._included: dict[str, tuple[frozenset[str], frozenset[Asked]]] = {}

    def names(self, group: str) -> Names:
        """Return the full names of a group of languages."""
        if group not in self._names:
            self._names[group] = Names(self.tree, group, self.spaces)
        return self._names[group]

    def file(self, path: str) -> File:
        """Return a file of the tree."""
        if path not in self._files:
            facts = self.tree.facts(path)
            rules = RULES.get(facts.language)
            self._files[path] = File(path, facts, self.names(rules.group if rules else ""))
        return self._files[path]

    def answer(self, key: str) -> str:
        """Return where a key of `Asked("", key)` leads: text that differs whenever links through it may differ."""
        group, _, name = key.partition("|")
        if group == "go.mod":
            return self.spaces.go_package(name)
        if group == "crate":
            return self.spaces.rust_crate(name)
        if group == "ending":
            return "\n".join(self.spaces.by_ending(name))
        if group == "files":
            rules_group, _, space = name.partition("|")
            return "\n".join(self.names(rules_group).files_by_space.get(space, ()))
        if group == "space":
            rules_group, _, path = name.partition("|")
            return self.names(rules_group).spaces.get(path, "")
        return self.names(group).answer(name)

    def ask(self, key: str) -> str:
        """Return the answer to a key, and note that it was asked."""
        self.asked.add(Asked("", key))
        return self.answer(key)

    def find(self, file: File, full: str) -> tuple[Place, ...]:
        """Return where a full name is defined, as far as this file may see it."""
        names = file.names
        self.asked.add(Asked("", f"{names.group}|{full}"))
        places = names.places.get(full, ())
        for place in places:
            if place.path != file.path:
                self.asked.add(Asked(place.path, place.symbol.qualified))
        return self._visible(file, places) if places else ()

    def passed_on(self, file: File, full: str) -> tuple[tuple[str, Import], ...]:
        """Return the imports through which other files may ask for a full name: `pub use`."""
        self.asked.add(Asked("", f"{file.names.group}|{full}"))
        return file.names.passed_on.get(full, ())

    def is_space(self, file: File, prefix: str) -> bool:
        """Return whether any full name begins so."""
        self.asked.add(Asked("", f"{file.names.group}|{prefix}"))
        return prefix in file.names.prefixes

    def full_name(self, place: Place, file: File) -> str:
        """Return the full name of a place; it belongs to the same group as the file."""
        return file.names.spaces.get(place.path, "") + place.symbol.qualified

    def files_in(self, group: str, space: str) -> tuple[str, ...]:
        """Return the files whose space this is."""
        self.ask(f"files|{group}|{space}")
        return self.names(group).files_by_space.get(space, ())

    def _visible(self, file: File, places: tuple[Place, ...]) -> tuple[Place, ...]:
        language = file.facts.language
        if language == "go":
            return tuple(p for p in places if p.path == file.path or self._go_sees(file, p))
        if language not in ("c", "cpp"):
            return places
        seen = self.included(file)
        near = tuple(place for place in places if place.path in seen)
        if not near or any(not place.symbol.flags & _DECLARED for place in near):
            return near
        return tuple(place for place in places if place.path in seen or _is_linked(place))

    def _go_sees(self, file: File, place: Place) -> bool:
        if place.path.rpartition("/")[0] == file.path.rpartition("/")[0]:
            return file.path.endswith("_test.go") or not place.path.endswith("_test.go")
        return not place.path.endswith("_test.go") and place.symbol.qualified.rpartition(".")[2][:1] in _CAPITAL

    def zig_file(self, path: str, module: str) -> str:
        """Return the file that `@import` of a path means, "" if it is not in the tree."""
        target = self.spaces.relative(path, module) if module.endswith(".zig") else ""
        if target:
            self.asked.add(Asked(target, ""))
        return target if target in self.tree.entries else ""

    # ---- C

    def included(self, file: File) -> frozenset[str]:
        """Return a C file and every file of the tree that it includes, and those they include."""
        if file.path in self._included:
            seen, asked = self._included[file.path]
            self.asked |= asked
            return seen
        before, self.asked = self.asked, set()
        paths = self._closure(file.path)
        self.asked.update(Asked(path, "*") for path in paths - {file.path})
        self._included[file.path] = paths, frozenset(self.asked)
        self.asked |= before
        return paths

    def _closure(self, path: str) -> frozenset[str]:
        seen, open_ = {path}, [path]
        while open_ and len(seen) < MOST_INCLUDED:
            path = open_.pop()
            for row in self.tree.facts(path).imports:
                target = self.include(path, row.module)
                if target and target not in seen:
                    seen.add(target)
                    open_.append(target)
        return frozenset(seen)

    def include(self, path: str, module: str) -> str:
        """Return the file that an `#include` means: beside the including one, or the only one that ends so."""
        name = module.strip('"<>')
        if module.startswith('"'):
            beside = self.spaces.relative(path, name)
            if beside:
                self.asked.add(Asked(beside, ""))
            if beside in self.tree.entries:
                return beside
        found = self.ask(f"ending|{name.removeprefix('./').lstrip('/')}").split("\n") if "../" not in name else []
        return found[0] if len(found) == 1 else ""


def _is_linked(place: Place) -> bool:
    """Return whether C programs can be linked to a definition whose text they do not include."""
    return not place.symbol.flags & (_PRIVATE | _DECLARED) and place.symbol.kind in _LINKED
