"""The compiler's configuration: ours, with the few lines of the repository's own that are plain data.

Taken over from the tree's `tsconfig*.json` and `package.json` files: which names stand for which folders.
Nothing else: no plugins, no `extends`, no files, no folders outside the tree.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

CONFIG_NAME = re.compile(r"(?:^|/)(?:ts|js)config(?:[.-][\w.-]+)?\.json$")
MOST_NAMES = 2000  # of aliases and packages; a tree with more is made to exhaust us
LARGEST_CONFIG = 1_000_000
ENTRIES = ("src/index", "index", "src/main", "lib/index", "source/index", "src/mod", "mod")
SOURCES = (".ts", ".tsx", ".mts", ".cts", ".d.ts", ".js", ".jsx", ".mjs", ".cjs")
OPTIONS: Mapping[str, object] = {
    "allowImportingTsExtensions": True,
    "allowJs": True,
    "allowUmdGlobalAccess": True,
    "checkJs": True,
    "jsx": "preserve",
    "lib": ["esnext", "dom", "dom.iterable", "dom.asynciterable", "webworker.importscripts", "scripthost"],
    "module": "preserve",
    "moduleResolution": "bundler",
    "noEmit": True,
    "noImplicitAny": False,
    "preserveSymlinks": True,
    "resolveJsonModule": True,
    "skipDefaultLibCheck": True,
    "strict": False,
    "target": "esnext",
    "types": [],
}
# Each alternative can match in one way only: the text is hostile.
_COMMENTS = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/|\Z)')
_COMMAS = re.compile(r'"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])')


def is_config(path: str) -> bool:
    """Return whether a file tells which names stand for which folders."""
    return path.rsplit("/", 1)[-1] == "package.json" or CONFIG_NAME.search(path) is not None


def config_of(root: Path, tree: Sequence[str], given: Sequence[str]) -> str:
    """Return the configuration for the program `given`, read with the names that the files of `tree` define."""
    options = {**OPTIONS, "paths": paths_of(root, tree)}
    files = [str(root / path) for path in given]
    return json.dumps({"compilerOptions": options, "files": files, "include": [], "exclude": []})


def paths_of(root: Path, tree: Sequence[str]) -> dict[str, list[str]]:
    """Return the compiler's `paths`: aliases that the tree agrees on, then its own packages."""
    known = frozenset(tree)
    aliases: dict[str, list[str]] = {}
    disputed: set[str] = set()
    for path in sorted(filter(CONFIG_NAME.search, tree)):
        for name, targets in _aliases(path, _object(root / path)):
            if aliases.setdefault(name, targets) != targets:
                disputed.add(name)
    packages: dict[str, list[str]] = {}
    for path in sorted(tree, key=lambda path: (path.count("/"), path)):
        if path.rsplit("/", 1)[-1] == "package.json":
            for name, targets in _package(path, _object(root / path), known):
                packages.setdefault(name, targets)
    chosen = {**packages, **{name: targets for name, targets in aliases.items() if name not in disputed}}
    names = sorted(chosen)[:MOST_NAMES]
    return {name: [str(root / target) for target in chosen[name]] for name in names}


def jsonc(text: str) -> object:
    """Return the value of JSON with comments and trailing commas; raises ValueError if it is not that."""
    for noise in (_COMMENTS, _COMMAS):
        text = noise.sub(lambda found: found[0] if found[0].startswith('"') else " ", text)
    try:
        return json.loads(text.lstrip("\ufeff"))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _object(path: Path) -> dict[str, object]:
    """Return a configuration file's object; empty where it is not readable as one: then it says nothing."""
    try:
        data = path.read_bytes()
        value = jsonc(data.decode("utf-8", "replace")) if len(data) <= LARGEST_CONFIG else None
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _aliases(path: str, config: Mapping[str, object]) -> Iterator[tuple[str, list[str]]]:
    options = config.get("compilerOptions")
    if not isinstance(options, dict):
        return
    base = options.get("baseUrl")
    folder = posixpath.join(posixpath.dirname(path), base if isinstance(base, str) else ".")
    paths = options.get("paths")
    for name, targets in paths.items() if isinstance(paths, dict) else ():
        inside = [t for target in _texts(targets) if (t := _inside(folder, target)) is not None]
        fitting = [target for target in inside if target.count("*") <= name.count("*")]
        if fitting and name.count("*") <= 1 and name not in ("", "*"):
            yield name, fitting
    if isinstance(base, str) and (inside_base := _inside(posixpath.dirname(path), base)) is not None:
        yield "*", [posixpath.join(inside_base, "*")]


def _package(path: str, package: Mapping[str, object], known: frozenset[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield how a package of the tree is imported by name: its entry, and whatever lies below its folder."""
    name, folder = package.get("name"), posixpath.dirname(path)
    if not isinstance(name, str) or not name or "*" in name or name.startswith((".", "/")) or not folder:
        return
    named = [t for key in ("source", "types", "typings", "module", "main") for t in _texts([package.get(key)])]
    stems = [stem for target in (*named, *ENTRIES) if (stem := _inside(folder, target)) is not None]
    entry = next((stem + s for stem in stems for s in ("", *SOURCES) if stem + s in known), None)
    if entry is not None:
        yield name, [entry]
    yield f"{name}/*", [posixpath.join(folder, "*"), posixpath.join(folder, "src/*")]


def _inside(folder: str, target: str) -> str | None:
    """Return a target below the tree's root; None for one that leads out of it."""
    joined = posixpath.normpath(posixpath.join(folder, target))
    return None if joined.startswith(("..", "/")) or "\0" in joined else joined


def _texts(values: object) -> list[str]:
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []
