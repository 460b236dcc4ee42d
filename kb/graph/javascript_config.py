"""What configuration says about where JavaScript modules are: tsconfig.json, jsconfig.json and package.json."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from kb.graph.tree import Tree

_PIECES = re.compile(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
_TRAILING = re.compile(r'("(?:\\.|[^"\\\n])*")|,(?=\s*[}\]])')
_CONFIG = re.compile(r"(?:tsconfig|jsconfig)(?:\.[\w-]+)*\.json")
_LARGEST = 500_000  # bytes of a configuration file
_DEPENDENCIES = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
_DEEPEST = 8  # files that extend one another


def read_json(data: bytes) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Return the value of JSON with comments and trailing commas; None if it cannot be read."""
    if not data or len(data) > _LARGEST:
        return None
    text = _PIECES.sub(lambda m: m[0] if m[0].startswith('"') else " ", data.decode("utf-8-sig", "replace"))
    try:
        return json.loads(_TRAILING.sub(lambda m: m[1] or "", text))
    except (ValueError, RecursionError):
        return None


def joined_path(folder: str, path: str) -> str | None:
    """Return a path below the root of the tree, "" for the root; None if it leads out of it."""
    found = posixpath.normpath(posixpath.join(folder, path))
    if found == ".." or found.startswith(("../", "/")):
        return None
    return "" if found == "." else found


@dataclass(frozen=True)
class Alias:
    """A pattern of `paths`: what stands before and after its `*`, and the paths it may lead to, with their `*`."""

    before: str
    after: str | None  # None for a pattern without a `*`
    targets: tuple[str, ...]

    def targets_of(self, specifier: str) -> tuple[str, ...]:
        """Return the paths that a specifier may mean, none if the pattern does not fit."""
        if self.after is None:
            return self.targets if specifier == self.before else ()
        size = len(self.before) + len(self.after)
        if len(specifier) < size or not specifier.startswith(self.before) or not specifier.endswith(self.after):
            return ()
        middle = specifier[len(self.before) : len(specifier) - len(self.after)]
        return tuple(target.replace("*", middle, 1) for target in self.targets)


@dataclass(frozen=True)
class Options:
    """The compiler options of one configuration file that bear on modules. `root` is "" too for the root folder."""

    aliases: tuple[Alias, ...] = ()
    root: str | None = None  # baseUrl


@dataclass(frozen=True)
class Package:
    """One package.json: its folder and what it says."""

    folder: str
    name: str
    data: Mapping[str, Any] = field(compare=False, hash=False)


class Configuration:
    """The configuration files of one tree, each read once."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._options: dict[str, Options] = {}

    @cached_property
    def _configs(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for path in self._tree.entries:
            folder, _, name = path.rpartition("/")
            if _CONFIG.fullmatch(name):
                found.setdefault(folder, []).append(path)
        plain = ("tsconfig.json", "jsconfig.json")
        return {
            folder: tuple(sorted(paths, key=lambda p: (not p.endswith(plain), p))) for folder, paths in found.items()
        }

    @cached_property
    def packages(self) -> Mapping[str, tuple[Package, ...]]:
        """The packages of the tree by name."""
        found: dict[str, list[Package]] = {}
        for package in self._by_folder.values():
            if package.name:
                found.setdefault(package.name, []).append(package)
        return {name: tuple(packages) for name, packages in found.items()}

    @cached_property
    def _by_folder(self) -> Mapping[str, Package]:
        found = {}
        for path, entry in self._tree.entries.items():
            if (path == "package.json" or path.endswith("/package.json")) and entry.is_file:
                data = read_json(self._tree.data(path))
                if isinstance(data, dict) and "node_modules/" not in path:
                    folder = path.removesuffix("package.json").rstrip("/")
                    name = data.get("name")
                    found[folder] = Package(folder, name if isinstance(name, str) else "", data)
        return found

    def package_at(self, folder: str) -> Package | None:
        """Return the package whose package.json lies in a folder."""
        return self._by_folder.get(folder)

    def package_of(self, folder: str) -> Package | None:
        """Return the package that a folder belongs to: the nearest package.json above."""
        for above in folders_up(folder):
            if above in self._by_folder:
                return self._by_folder[above]
        return None

    def depends_on(self, folder: str, name: str) -> bool:
        """Return whether a package above a folder says that it depends on another one."""
        for above in folders_up(folder):
            package = self._by_folder.get(above)
            for word in _DEPENDENCIES if package is not None else ():
                table = package.data.get(word) if package is not None else None
                if isinstance(table, dict) and name in table:
                    return True
        return False

    def options_for(self, folder: str) -> list[Options]:
        """Return the options that may hold for a folder, those of the nearest configuration first."""
        return [self._read(path, 0) for above in folders_up(folder) for path in self._configs.get(above, ())]

    def _read(self, path: str, depth: int) -> Options:
        if path not in self._options:
            self._options[path] = Options()  # a file that extends itself says nothing more
            self._options[path] = self._parse(path, depth)
        return self._options[path]

    def _parse(self, path: str, depth: int) -> Options:
        data = read_json(self._tree.data(path))
        if not isinstance(data, dict) or depth > _DEEPEST:
            return Options()
        folder = path.rpartition("/")[0]
        inherited = Options()
        extends = data.get("extends")
        for one in extends if isinstance(extends, list) else [extends]:
            base = self._extended(folder, one) if isinstance(one, str) else None
            if base is not None:
                below = self._read(base, depth + 1)
                root = below.root if below.root is not None else inherited.root
                inherited = Options(below.aliases or inherited.aliases, root)
        options = data.get("compilerOptions")
        if not isinstance(options, dict):
            return inherited
        root = inherited.root
        if isinstance(options.get("baseUrl"), str):
            root = joined_path(folder, options["baseUrl"])
        aliases = _aliases(options.get("paths"), root if root is not None else folder)
        return Options(aliases if aliases is not None else inherited.aliases, root)

    def _extended(self, folder: str, specifier: str) -> str | None:
        if not specifier.startswith("."):
            return None
        found = joined_path(folder, specifier)
        for candidate in (found, f"{found}.json", f"{found}/tsconfig.json"):
            entry = self._tree.entries.get(candidate) if candidate else None
            if entry is not None and entry.is_file:
                return candidate
        return None


def _aliases(paths: object, root: str) -> tuple[Alias, ...] | None:
    if not isinstance(paths, dict):
        return None
    found = []
    for pattern, targets in paths.items():
        texts = [one for one in targets if isinstance(one, str)] if isinstance(targets, list) else []
        places = [place for text in texts if (place := joined_path(root, text)) is not None]
        before, star, after = pattern.partition("*")
        found.append(Alias(before, after if star else None, tuple(places)))
    return tuple(sorted(found, key=lambda alias: (alias.after is not None, -len(alias.before))))


def folders_up(folder: str) -> list[str]:
    """Return a folder and those around it, the root "" last."""
    found = [folder]
    while folder:
        folder = folder.rpartition("/")[0]
        found.append(folder)
    return found
