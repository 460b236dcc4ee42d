"""Which file a module specifier leads to, on the paths of one tree."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import cached_property
from typing import NamedTuple

from kb.graph.javascript_config import Configuration, Package, folders_up, joined_path
from kb.graph.javascript_packages import package_name, targets_in
from kb.graph.tree import Tree

SOURCES = (".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".d.mts", ".d.cts")
_PROBED = (*SOURCES, ".json")
_WRITTEN = {
    ".js": (".ts", ".tsx", ".d.ts", ".jsx"),
    ".jsx": (".tsx", ".d.ts"),
    ".mjs": (".mts", ".d.mts"),
    ".cjs": (".cts", ".d.cts"),
}  # extension in the specifier -> extensions of the file that is meant
# folders that builds fill
_MADE = frozenset(
    {
        "dist",
        "build",
        "lib",
        "libs",
        "out",
        "output",
        "es",
        "esm",
        "cjs",
        "umd",
        "node_modules",
        "generated",
        "__generated__",
        "gen",
        "coverage",
        "vendor",
        "target",
        "types",
        "typings",
        ".next",
        ".nuxt",
        ".svelte-kit",
        ".output",
        "tmp",
        "temp",
        "wasm",
        "pkg",
        "artifacts",
    }
)
_ENTRIES = ("source", "types", "typings", "module", "main", "browser")
_BUILT = re.compile(r"(^|/)(?:dist|build|lib|out|es|esm|cjs|types)(?=/)")
_BUILT_NAME = re.compile(
    r"(?:\.(?:d|min|prod|cjs|esm|esm-bundler|global|umd|legacy-esm|modern|development|production))*"
    r"\.(?:d\.ts|d\.mts|d\.cts|m?js|cjs)$"
)


class Place(NamedTuple):
    """Where a specifier leads: a path, or "" with whether it surely leads nowhere; `package` if it is not ours."""

    path: str = ""
    is_missing: bool = False
    package: str = ""


class Modules:
    """Answers for every specifier of one tree; each answer is worked out once."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._configuration = Configuration(tree)
        self._known: dict[str, Place] = {}

    def find(self, folder: str, specifier: str) -> Place:
        """Return where a specifier in a file of this folder leads."""
        return self.answer(f"{folder}|{specifier}")

    def answer(self, key: str) -> Place:
        """Return where a key `folder|specifier` leads."""
        if key not in self._known:
            folder, _, specifier = key.partition("|")
            self._known[key] = self._find(folder, specifier)
        return self._known[key]

    def _find(self, folder: str, specifier: str) -> Place:
        bare, mark, _ = specifier.partition("?")
        if mark or "!" in specifier or "\\" in specifier or not bare:
            return Place()
        if bare.startswith("./") or bare.startswith("../") or bare in (".", ".."):
            return self._relative(folder, bare)
        if bare.startswith("/"):
            return Place()
        if bare.startswith("#"):
            return Place(self._imported(folder, bare))
        aliased = self._aliased(folder, bare)
        if aliased is not None:
            return aliased
        ours = self._in_workspace(folder, bare)
        return Place(ours) if ours is not None else Place(package=package_name(bare))

    def _relative(self, folder: str, specifier: str) -> Place:
        target = joined_path(folder, specifier)
        if target is None:
            return Place()
        found = self.probe(target, slash=specifier.endswith("/") or specifier in (".", ".."))
        return Place(found, not found and self._is_surely_missing(target))

    def probe(self, target: str, *, slash: bool = False) -> str:
        """Return the file that a path without or with its extension means, "" if there is none."""
        if target and not slash:
            if self._is_file(target):
                return target
            for written, meant in _WRITTEN.items():
                if target.endswith(written):
                    stem = target.removesuffix(written)
                    for extension in meant:
                        if self._is_file(stem + extension):
                            return stem + extension
            for extension in _PROBED:
                if self._is_file(target + extension):
                    return target + extension
        package = self._configuration.package_at(target) if target else None
        if package is not None and (entry := self._entry(package)):
            return entry
        prefix = f"{target}/index" if target else "index"
        return next((prefix + extension for extension in _PROBED if self._is_file(prefix + extension)), "")

    def _is_file(self, path: str) -> bool:
        entry = self._tree.entries.get(path)
        return entry is not None and entry.is_file

    def _is_built(self, parts: list[str]) -> bool:
        """Return whether a path leads through a folder that a build fills; one with sources in the tree is not."""
        folders = ("/".join(parts[: at + 1]) for at, part in enumerate(parts) if part in _MADE)
        return any(not any(name.endswith(SOURCES) for name in self._names.get(folder, ())) for folder in folders)

    def _is_surely_missing(self, target: str) -> bool:
        """Return whether nothing that is not in the tree, no build and no plug-in, may stand for a path."""
        parts = target.split("/")
        if not target or self._is_built(parts) or any("generated" in part.lower() for part in parts):
            return False
        folder, _, name = target.rpartition("/")
        if name.endswith(tuple(_WRITTEN)):
            name = name.rpartition(".")[0]
        elif "." in name and not name.endswith(SOURCES):
            return False  # an asset, or a file of which nobody knows who makes it
        if any(found.startswith(f"{name}.") for found in self._names.get(folder, ())):
            return False
        if any(above in self._tree.entries for above in folders_up(target) if above):
            return False  # below a link or a submodule
        return not self._is_ignored(target)

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in self._tree.entries:
            folder, _, name = path.rpartition("/")
            found.setdefault(folder, []).append(name)
        return found

    @cached_property
    def _ignored(self) -> list[tuple[str, str]]:
        found = []
        for path in self._tree.entries:
            if path == ".gitignore" or path.endswith("/.gitignore"):
                folder = path.removesuffix(".gitignore")
                for line in self._tree.data(path).decode("utf-8", "replace").splitlines():
                    pattern = line.strip().strip("/").removeprefix("**/").removesuffix("/**")
                    if pattern and not line.startswith(("#", "!")) and pattern not in ("*", "**"):
                        found.append((folder, pattern.removesuffix("/*")))
        return found

    def _is_ignored(self, target: str) -> bool:
        """Return whether a pattern of a .gitignore may fit; it errs towards yes."""
        for folder, pattern in self._ignored:
            if not target.startswith(folder):
                continue
            below = target[len(folder) :]
            tails = [below, *(f"{below}{extension}" for extension in _PROBED)]
            for tail in tails:
                parts = tail.split("/")
                heads = ["/".join(parts[:size]) for size in range(1, len(parts) + 1)]
                if any(fnmatchcase(one, pattern) for one in (*parts, *heads)):
                    return True
        return False

    def _aliased(self, folder: str, specifier: str) -> Place | None:
        """Return what `paths` and `baseUrl` make of a specifier, None if they say nothing of it."""
        name = package_name(specifier)
        for options in self._configuration.options_for(folder):
            alias = next((one for one in options.aliases if one.targets_of(specifier)), None)
            targets = alias.targets_of(specifier) if alias is not None else ()
            for target in targets:
                if found := self.probe(target) or self._source_of(target):
                    return Place(found)
            if alias is not None and alias.before:  # nothing else may answer: what it means is not in the tree
                owned = alias.after is not None and alias.before != "@" and name not in self._configuration.packages
                is_missing = owned and all(map(self._points_inside, targets))
                return Place(is_missing=is_missing, package="" if is_missing else name)
            below = joined_path(options.root, specifier) if options.root is not None else None
            if below and not self._configuration.depends_on(folder, name) and (found := self.probe(below)):
                return Place(found)
        return None

    def _points_inside(self, target: str) -> bool:
        folder = target.rpartition("/")[0]
        return folder in self._names and self._is_surely_missing(target)

    def _imported(self, folder: str, specifier: str) -> str:
        package = self._configuration.package_of(folder)
        if package is None:
            return ""
        return self._through(package, package.data.get("imports"), specifier)

    def _in_workspace(self, folder: str, specifier: str) -> str | None:
        """Return the file of a package of this tree, "" if it is ours and has none we know; None if not ours."""
        name = package_name(specifier)
        packages = self._configuration.packages.get(name, ())
        own = self._configuration.package_of(folder)
        package = own if own is not None and own.name == name else packages[0] if len(packages) == 1 else None
        if package is None:
            return "" if packages else None
        rest = specifier[len(name) :].lstrip("/")
        exports = package.data.get("exports")
        if not rest:
            return self._through(package, exports, ".") or self._entry(package)
        found = self._through(package, exports, f"./{rest}")
        target = joined_path(package.folder, rest)
        if found or exports is not None or target is None:
            return found
        return self.probe(target) or self._source_of(target)

    def _entry(self, package: Package) -> str:
        if found := self._through(package, package.data.get("exports"), "."):
            return found
        for word in _ENTRIES:
            value = package.data.get(word)
            if isinstance(value, str) and (found := self._target(package, value)):
                return found
        for stem in ("index", "src/index", "src/main", "lib/index"):
            target = joined_path(package.folder, stem) or stem
            if found := next((target + e for e in SOURCES if self._is_file(target + e)), ""):
                return found
        return ""

    def _through(self, package: Package, table: object, key: str) -> str:
        """Return the file that `exports` or `imports` of a package gives for a key."""
        for value in targets_in(table, key):
            if found := self._target(package, value):
                return found
        return ""

    def _target(self, package: Package, value: str) -> str:
        target = joined_path(package.folder, value)
        if target is None:
            return ""
        found = self.probe(target)
        source = self._source_of(target, package.folder)
        return source if source and (not found or _BUILT.search(target)) else found

    def _source_of(self, target: str, folder: str = "") -> str:
        """Return the source that a built file was made from: `dist/a.js` is made from `src/a.ts` or `a.ts`."""
        stem = _BUILT_NAME.sub("", target)
        below = stem[len(folder) :] if folder and stem.startswith(folder) else stem
        head = stem[: len(stem) - len(below)]
        for pattern in ("\\1src", "\\1"):
            moved = (head + _BUILT.sub(pattern, below, count=1)).replace("//", "/").lstrip("/")
            if moved == target:
                continue
            for extension in (".ts", ".tsx", ".mts", ".js", ".jsx", ".mjs"):
                if self._is_file(moved + extension):
                    return moved + extension
        return ""
