"""Where the first word of a chain leads, beyond the scopes around it: special words, imports, packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kb.facts.model import Flag, Import, Kind
from kb.graph.model import Sure
from kb.graph.other_files import File
from kb.graph.other_values import Value, lost, named

if TYPE_CHECKING:
    from kb.graph.other_resolve import Resolver

_STATIC = Flag.STATIC.value
_DELEGATING = frozenset({"super", "base", "this", "parent"})  # as callees: other constructors


def special(resolver: Resolver, file: File, scope: int, word: str, is_call: bool) -> Value | None:
    """Return what a word means that the language keeps for itself, None for any other."""
    rules, language = file.rules, file.facts.language
    if language == "rust" and word in ("crate", "self", "super"):
        if word == "self" and _has_receiver(file, scope):
            return _own(file, scope, "object")
        return Value("space", rust_prefix(file, scope, word), sure=Sure.IMPORT)
    if language == "php" and "\\" in word:
        return _php_path(resolver, file, scope, word)
    if language == "ruby" and word == "super":
        return _ruby_super(resolver, file, scope)
    if is_call and word in _DELEGATING and word in (*rules.this, *rules.parent):
        return _constructed(resolver, file, scope, word)
    if word in rules.this:
        if language == "ruby":
            method = file.method_around(scope)
            return _own(file, scope, "type" if method is None or method.flags & _STATIC else "object")
        return _own(file, scope, "object")
    if word in rules.own_type:
        return _own(file, scope, "type")
    if word in rules.parent:
        return _own(file, scope, "parent")
    if language == "zig" and word == "@This":
        prefix, anonymous = file.class_around(scope)
        return lost("type") if anonymous else Value("type", prefix or file.space)
    return None


def imported(resolver: Resolver, file: File, scope: int, row: Import) -> Value:
    """Return what an import binds to its name."""
    lookup, language = resolver.lookup, file.facts.language
    if language == "go":
        prefix = lookup.ask(f"go.mod|{row.module}")
        return Value("space", prefix, sure=Sure.IMPORT) if prefix else lost("external")
    if language == "zig":
        return _zig_import(resolver, file, row)
    if language == "rust":
        words = [*row.module.split("."), row.name] if row.module else [row.name]
        return rust_path(resolver, file, scope, [word for word in words if word])
    full = ".".join(part for part in (row.module.replace("\\", "."), row.name) if part)
    places = lookup.find(file, full)
    if places:
        return named(places, Sure.IMPORT)
    return Value("space", f"{full}.", sure=Sure.IMPORT) if lookup.is_space(file, f"{full}.") else lost("external")


def in_package(resolver: Resolver, file: File, scope: int, word: str) -> Value:
    """Return what a word means that neither the file nor its imports by name define."""
    lookup, language = resolver.lookup, file.facts.language
    if file.rules.shared:
        for prefix in _package_prefixes(file, scope):
            places = lookup.find(file, prefix + word)
            if places:
                return named(places, Sure.IMPORT)
    prefixes = [prefix for row in file.stars(scope) if (prefix := _star_prefix(resolver, file, scope, row.module))]
    found = {prefix: places for prefix in dict.fromkeys(prefixes) if (places := lookup.find(file, prefix + word))}
    if len(found) == 1:
        return named(next(iter(found.values())), Sure.REEXPORT if language == "rust" else Sure.IMPORT)
    if found:
        return lost("ambiguous")
    if language == "rust":
        prefix = file.module_around(scope) + word + "."
        if not lookup.is_space(file, prefix):
            prefix = lookup.ask(f"crate|{word}")
        return Value("space", prefix, sure=Sure.IMPORT) if prefix else lost("external")
    if language in ("java", "kotlin", "csharp", "cpp") and lookup.is_space(file, f"{word}."):
        return Value("space", f"{word}.", sure=Sure.IMPORT)
    return lost("external")


def rust_prefix(file: File, scope: int, word: str) -> str:
    """Return what the names of `crate`, `self` and `super` begin with."""
    root, colon, _ = file.space.partition(":")
    if word == "crate":
        return root + colon
    here = file.module_around(scope)
    if word == "self":
        return here
    inner = here[len(root) + 1 :].rstrip(".").rpartition(".")[0]
    return f"{root}:{inner}." if inner else f"{root}:"


def rust_path(resolver: Resolver, file: File, scope: int, words: list[str]) -> Value:
    """Return what a path of a `use` stands for."""
    first, *rest = words
    if first in ("crate", "self", "super"):
        prefix = rust_prefix(file, scope, first)
        while rest and rest[0] == "super":
            inner = prefix.partition(":")[2].rstrip(".").rpartition(".")[0]
            prefix = f"{prefix.partition(':')[0]}:{inner}." if inner else f"{prefix.partition(':')[0]}:"
            rest = rest[1:]
        value = Value("space", prefix, sure=Sure.IMPORT)
    else:
        value = resolver.in_space(Value("space", file.module_around(scope)), first, file)
        if value.is_lost:
            prefix = resolver.lookup.ask(f"crate|{first}")
            value = Value("space", prefix, sure=Sure.IMPORT) if prefix else value
    for word in rest:
        if value.is_lost:
            break
        value = resolver.member(value, word, file)
    return value


def _own(file: File, scope: int, how: str) -> Value:
    prefix, anonymous = file.class_around(scope)
    return lost("type") if anonymous or not prefix else Value(how, prefix, sure=Sure.MRO)


def _has_receiver(file: File, scope: int) -> bool:
    return any((at, "self") in file.bindings for at in file.scopes_from(scope))


def _constructed(resolver: Resolver, file: File, scope: int, word: str) -> Value:
    prefix, anonymous = file.class_around(scope)
    if anonymous or not prefix:
        return lost("type")
    if word in file.rules.this:
        return named(resolver.lookup.find(file, prefix[:-1]), Sure.LOCAL)
    found = []
    for base in resolver.members.bases(file, prefix):
        places = resolver.lookup.find(file, base.prefix[:-1]) if base.prefix else ()
        found += [places] if any(place.symbol.kind is Kind.CLASS for place in places) else []
    return named(found[0], Sure.MRO) if len(found) == 1 else lost("external")


def _ruby_super(resolver: Resolver, file: File, scope: int) -> Value:
    method, (prefix, _) = file.method_around(scope), file.class_around(scope)
    if method is None or not prefix:
        return lost("type")
    places, _ = resolver.members.of(file, prefix, method.name, after=True)
    return named((p for p in places if p.symbol.flags & _STATIC == method.flags & _STATIC), Sure.MRO)


def _php_path(resolver: Resolver, file: File, scope: int, word: str) -> Value:
    head, _, rest = word.partition("\\")
    if not head:
        return named(resolver.lookup.find(file, rest.replace("\\", ".")), Sure.IMPORT)
    for row in file.imports_of(head, scope):
        base = f"{row.module}\\{row.name}".strip("\\")
        return named(resolver.lookup.find(file, f"{base}\\{rest}".replace("\\", ".")), Sure.IMPORT)
    base = "" if head == "namespace" else f"{head}."
    return named(resolver.lookup.find(file, f"{file.space}{base}{rest}".replace("\\", ".")), Sure.IMPORT)


def _zig_import(resolver: Resolver, file: File, row: Import) -> Value:
    target = resolver.lookup.zig_file(file.path, row.module)
    if not target:
        return lost("external")
    value = Value("space", f"{target}:", sure=Sure.IMPORT)
    for word in row.name.split("."):
        if word and not value.is_lost:
            value = resolver.member(value, word, file)
    return value


def _package_prefixes(file: File, scope: int) -> list[str]:
    """Return the beginnings of full names that are visible without an import, the nearest first."""
    language = file.facts.language
    if language == "csharp" or language == "cpp" or language == "ruby":
        found, here = [], file.module_around(scope)
        while here:
            found.append(here)
            head, dot, _ = here[:-1].rpartition(".")
            here = head + dot
        return [*found, ""]
    if language == "php":
        return list(dict.fromkeys([file.module_around(scope), file.space, ""]))
    if language == "go" and "#test:" in file.space:
        return [file.space]
    return [file.space]


def _star_prefix(resolver: Resolver, file: File, scope: int, module: str) -> str:
    """Return what the names begin with that an import of everything brings, "" where that is not in the tree."""
    language = file.facts.language
    if language in ("c", "cpp", "ruby", "swift"):
        return ""
    if language == "go":
        return resolver.lookup.ask(f"go.mod|{module}")
    if language == "rust":
        value = rust_path(resolver, file, scope, module.split(".")) if module else lost("external")
        return resolver.holder(value, file).prefix
    if language == "zig":
        target = resolver.lookup.zig_file(file.path, module)
        return f"{target}:" if target else ""
    return f"{module}."
