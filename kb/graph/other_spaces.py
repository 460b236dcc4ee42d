"""Which space a file's names live in, and where imports lead: from paths and the projects' own configuration."""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Mapping
from functools import cached_property

from kb.graph.tree import Tree

_GO_MODULE = re.compile(rb"^\s*module\s+\"?([^\s\"]+)", re.MULTILINE)
_SWIFT_TARGET = re.compile(rb"\.(?:target|testTarget|executableTarget|macro|plugin)\s*\(([^()]*(?:\([^()]*\)[^()]*)*)")
_SWIFT_WORD = re.compile(rb'\b(name|path)\s*:\s*"([^"\n]*)"')
_RUST_ROOTS = ("lib.rs", "main.rs")
_RUST_PROGRAMS = frozenset({"tests", "benches", "examples", "bin"})  # folders each of whose files is a crate


class Spaces:
    """Spaces and import paths of one tree."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def of(self, path: str, group: str, package: str) -> str:
        """Return the space of a file, its last dot or colon included; "" for the nameless one."""
        folder = path.rpartition("/")[0]
        if group == "go":
            return f"{folder}{'#test' if package.endswith('_test') and path.endswith('_test.go') else ''}:"
        if group == "rust":
            return self._rust(path)
        if group == "swift":
            return f"{self._swift(path)}:"
        if group == "zig":
            return f"{path}:"
        return f"{package}." if package else ""

    # ---- Go

    def go_package(self, module: str) -> str:
        """Return the space of an imported Go package, "" if it is not in the tree."""
        for prefix, root in self._go_modules.items():
            if module == prefix or module.startswith(prefix + "/"):
                folder = posixpath.join(root, module[len(prefix) + 1 :]).rstrip("/")
                if folder in self._folders:
                    return f"{folder}:"
        return ""

    @cached_property
    def _go_modules(self) -> Mapping[str, str]:
        """The folders of the tree's Go modules by module path, longest first."""
        found = {}
        for path in self._named("go.mod"):
            name = _GO_MODULE.search(self._tree.data(path))
            if name:
                found[name[1].decode("utf-8", "replace")] = path.rpartition("/")[0]
        return dict(sorted(found.items(), key=lambda each: -len(each[0])))

    @cached_property
    def _folders(self) -> frozenset[str]:
        return frozenset(path.rpartition("/")[0] for path in self._tree.entries if path.endswith(".go"))

    # ---- Rust

    def _rust(self, path: str) -> str:
        """Return `crate:module.` of a file; each file that is no module of a crate is a crate of its own."""
        root = self._rust_root(path)
        if not root:
            return f"{path}:"
        inner = path[len(root.rpartition("/")[0]) :].strip("/").removesuffix(".rs")
        words = [word for word in inner.split("/") if word] if path != root else []
        if words and words[-1] == "mod":
            words.pop()
        return f"{root}:{''.join(word + '.' for word in words)}"

    def _rust_root(self, path: str) -> str:
        """Return the root file of the crate that a file is a module of, "" if there is none."""
        folder, _, name = path.rpartition("/")
        parts = folder.split("/") if folder else []
        if name in _RUST_ROOTS or (parts and parts[-1] in _RUST_PROGRAMS):
            return path
        for depth in range(len(parts), -1, -1):
            here = "".join(f"{part}/" for part in parts[:depth])
            for root in _RUST_ROOTS:
                if here + root in self._tree.entries:
                    return here + root
            if f"{here}Cargo.toml" in self._tree.entries:
                return ""
        return ""

    def rust_crate(self, name: str) -> str:
        """Return the space of the root of a crate of the tree, by the name it is used by; "" if there is none."""
        root = self._crates.get(name, "")
        return f"{root}:" if root else ""

    @cached_property
    def _crates(self) -> Mapping[str, str]:
        found = {}
        for path in self._named("Cargo.toml"):
            try:
                told = tomllib.loads(self._tree.data(path).decode("utf-8", "replace"))
            except (tomllib.TOMLDecodeError, RecursionError):
                continue
            package, library = told.get("package"), told.get("lib")
            name = package.get("name") if isinstance(package, dict) else None
            inner = "src/lib.rs"
            if isinstance(library, dict):
                name, inner = library.get("name", name), library.get("path", inner)
            root = posixpath.normpath(posixpath.join(path.rpartition("/")[0], str(inner)))
            if isinstance(name, str) and root in self._tree.entries:
                found[name.replace("-", "_")] = root
        return found

    # ---- Swift

    def _swift(self, path: str) -> str:
        """Return the name of the module that a Swift file is part of; its first folder where nothing tells."""
        best = ""
        for folder in self._swift_targets:
            if path.startswith(folder + "/") and len(folder) > len(best):
                best = folder
        return best or path.partition("/")[0]

    @cached_property
    def _swift_targets(self) -> Mapping[str, str]:
        """The names of Swift modules by their folder."""
        found = {}
        for path in self._named("Package.swift"):
            root = path.rpartition("/")[0]
            for target in _SWIFT_TARGET.findall(self._tree.data(path)):
                words = {key: text.decode("utf-8", "replace") for key, text in reversed(_SWIFT_WORD.findall(target))}
                name = words.get(b"name", "")
                places = [words[b"path"]] if b"path" in words else [f"{top}/{name}" for top in ("Sources", "Tests")]
                for place in places:
                    found[posixpath.normpath(posixpath.join(root, place))] = name
        return found

    # ---- files named by imports

    def relative(self, path: str, target: str) -> str:
        """Return the path that a relative import of a file means, "" if it leads out of the tree."""
        joined = posixpath.normpath(posixpath.join(path.rpartition("/")[0], target))
        return "" if joined.startswith(("../", "/")) or joined == ".." else joined

    def by_ending(self, ending: str) -> tuple[str, ...]:
        """Return the files whose path is this, or ends with `/` and this."""
        last = ending.rpartition("/")[2]
        return tuple(path for path in self._by_name.get(last, ()) if path == ending or path.endswith(f"/{ending}"))

    def _named(self, name: str) -> tuple[str, ...]:
        return self._by_name.get(name, ())

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for path in self._tree.entries:
            found.setdefault(path.rpartition("/")[2], []).append(path)
        return {name: tuple(paths) for name, paths in found.items()}
