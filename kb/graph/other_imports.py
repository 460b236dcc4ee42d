"""Which files and definitions of the tree an import statement names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.facts.model import Import
from kb.graph.model import Asked
from kb.graph.other_files import File
from kb.graph.other_names import Place
from kb.graph.other_roots import imported
from kb.graph.other_values import only

if TYPE_CHECKING:
    from kb.graph.other_resolve import Resolver

_RUBY_LOAD_PATHS = ("lib/", "", "app/", "spec/", "test/")


@dataclass(frozen=True)
class Targets:
    """Files of the tree that an import names, or a module outside of it, or a file that is surely missing."""

    paths: tuple[str, ...] = ()
    outside: str = ""
    missing: str = ""


def files_of(resolver: Resolver, file: File, row: Import) -> Targets:
    """Return the files that an import names as files, or what it names outside of the tree."""
    language, lookup = file.facts.language, resolver.lookup
    if language in ("c", "cpp"):
        target = lookup.include(file.path, row.module)
        return Targets((target,)) if target else Targets(outside=row.module.strip('"<>'))
    if language == "go":
        space = lookup.ask(f"go.mod|{row.module}")
        if not space:
            return Targets(outside=row.module)
        return Targets(tuple(path for path in lookup.files_in("go", space) if not path.endswith("_test.go")))
    if language == "ruby":
        return _ruby(resolver, file, row)
    if language == "zig":
        target = lookup.zig_file(file.path, row.module)
        wanted = lookup.spaces.relative(file.path, row.module) if row.module.endswith(".zig") else ""
        return Targets((target,) if target else (), "" if target or wanted else row.module, "" if target else wanted)
    if language == "php" and not row.name:
        return _php(resolver, file, row)
    return _by_name(resolver, file, row)


def names_of(resolver: Resolver, file: File, row: Import) -> tuple[Place, ...]:
    """Return the definition that an import names, if it is one."""
    if not row.name or row.name == "*" or file.facts.language == "go":
        return ()
    found = imported(resolver, file, row.scope, row)
    place = only(found.places) if found.places else ""
    return () if isinstance(place, str) else (place,)


def _by_name(resolver: Resolver, file: File, row: Import) -> Targets:
    """Return the file that defines what a package import names; what no package of the tree begins is outside."""
    lookup, language = resolver.lookup, file.facts.language
    if language == "swift":
        inside = lookup.is_space(file, f"{row.module}:")
        return Targets(outside="" if inside else row.module)
    if row.name == "*" and language != "rust":
        inside = lookup.is_space(file, f"{row.module}.") or bool(lookup.find(file, row.module))
        return Targets(outside="" if inside else row.module)
    if row.name == "*":
        words = row.module.split(".")
        row = Import(".".join(words[:-1]), row.scope, row.start, row.end, row.line, words[-1], words[-1])
        if not row.name:
            return Targets()
    found = imported(resolver, file, row.scope, row)
    if found.is_lost:
        return Targets(outside=".".join(part for part in (row.module, row.name) if part))
    if found.how == "space" and language == "rust":
        return Targets(lookup.files_in("rust", found.prefix))
    place = only(found.places) if found.places else ""
    return Targets() if isinstance(place, str) else Targets((place.path,))


def _ruby(resolver: Resolver, file: File, row: Import) -> Targets:
    lookup = resolver.lookup
    if row.module.startswith("./"):
        places = [lookup.spaces.relative(file.path, row.module)]
    else:
        places = [top + row.module for top in _RUBY_LOAD_PATHS]
    for place in places:
        for path in (place, f"{place}.rb"):
            if path.endswith(".rb"):
                lookup.asked.add(Asked(path, ""))
                if path in lookup.tree.entries:
                    return Targets((path,))
    return Targets(outside="" if row.module.startswith("./") else row.module)


def _php(resolver: Resolver, file: File, row: Import) -> Targets:
    target = resolver.lookup.spaces.relative(file.path, row.module)
    if target:
        resolver.lookup.asked.add(Asked(target, ""))
    return Targets((target,) if target in resolver.lookup.tree.entries else ())
