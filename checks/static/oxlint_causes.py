"""Why a name or a module is missing at head: what the change removed, and what it never brought.

Engines see the repository without its dependencies and without what a build writes. So a complaint counts
only where the cause is in the repository: a binding or a file that the change removed, or a new import of
a name that a wholly visible module does not have.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from checks.change import Change
from checks.static.oxlint_bindings import Binding, lost_bindings
from kb.diff import FileDiff
from kb.errors import CorruptObject
from kb.source import Source
from kb.view import View

SUFFIXES = (".ts", ".tsx", ".d.ts", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".d.mts", ".d.cts", ".vue", ".json")
SWAPPED = {".js": (".ts", ".tsx", ".d.ts"), ".jsx": (".tsx",), ".mjs": (".mts", ".d.mts"), ".cjs": (".cts", ".d.cts")}
CODE = re.compile(r"\.(?:[cm]?[jt]sx?|vue)$")
BUILT = frozenset(
    {"dist", "build", "out", "output", "lib", "es", "esm", "cjs", "umd", "gen", "generated", "__generated__", "codegen"}
    | {"target", "release", "coverage", "tmp", "temp", "artifacts", "pkg", "bin", "compiled", "wasm"}
)
PASSED_ON = re.compile(rb"""^\s*export\s*(?:type\s*)?\*\s*(?:as\s+\w+\s+)?from\s*['"]([^'"\n]+)['"]""", re.MULTILINE)
COMMONJS = re.compile(rb"\bmodule\.exports\b|\bexports\s*[.\[=]|\brequire\s*\(|\bexport\s*=")
# A line of an import or an export, or one that may stand inside the braces of one.
EXCHANGE = re.compile(r"\b(?:import|export|from)\b|^\s*(?:type\s+)?[\w$]+(?:\s+as\s+[\w$]+)?\s*,?\s*$")
IDENTIFIER = rb"(?<![\w$])%s(?![\w$])"


@dataclass(frozen=True)
class Cause:
    """What the change did that made a name go missing: the file, the line, and the side it counts on."""

    file: FileDiff
    line: int
    removed: bool


@dataclass(frozen=True)
class Causes:
    """What one change removed from its JavaScript and TypeScript files, looked up by name."""

    change: Change

    @cached_property
    def lost(self) -> dict[str, list[tuple[FileDiff, Binding]]]:
        """Return every binding that the change took away, by name."""
        found: dict[str, list[tuple[FileDiff, Binding]]] = {}
        for file in self.change.files:
            if CODE.search(file.old_path) and not file.binary and not file.unread:
                for binding in lost_bindings(self.change.base, self.change.head, file):
                    found.setdefault(binding.name, []).append((file, binding))
        return found

    def may_break_imports(self) -> bool:
        """Return whether the change touches an import or an export, or the place of a file: else none can break."""
        return any(self._touches_exchange(file) for file in self.change.files if CODE.search(file.old_path))

    def _touches_exchange(self, file: FileDiff) -> bool:
        if file.old is None or file.new is None or file.old.path != file.new.path:
            return True
        sides = ((self.change.base, file.old.path, file.removed), (self.change.head, file.new.path, file.added))
        for view, path, lines in sides:
            source = Source(path, _bytes(view, path) or b"")
            if any(EXCHANGE.search(source.line(line)) for line in lines):
                return True
        return False

    def is_new_line(self, path: str, line: int) -> bool:
        """Return whether the change wrote this head line."""
        file = self.change.by_path.get(path)
        return file is not None and line in file.added

    def lost_here(self, path: str, name: str) -> bool:
        """Return whether the change removed what bound a name in this very file."""
        return any(file.path == path and not bound.member for file, bound in self.lost.get(name, ()))

    def loss_of(self, name: str, *, at: str | None = None) -> Cause | None:
        """Return where the change removed a name, in the file `at` if it was there."""
        losses = sorted(self.lost.get(name, ()), key=lambda loss: (loss[0].path != at, loss[1].member))
        return Cause(losses[0][0], losses[0][1].line, removed=True) if losses else None

    def lacks_export(self, path: str, line: int, specifier: str, name: str) -> bool:
        """Return whether it is sure that a module of this repository does not export what a file imports.

        The engine has said so already. An import that stood at base has lost its target to this change; a
        new one is believed only where the module hides nothing.
        """
        if not is_relative(specifier):
            return name in self.lost
        target = resolved(self.change.head, path, specifier)
        if target is None:
            return False
        if name in self.lost or not self.is_new_line(path, line):
            return True
        return shows_all(self.change.head, target, name)

    def lacks_module(self, path: str, line: int, specifier: str) -> bool:
        """Return whether it is sure that a relative import names no file, and none that a build makes."""
        if not is_relative(specifier) or "?" in specifier or resolved(self.change.head, path, specifier) is not None:
            return False
        if self.removed_module(path, specifier) is not None:
            return True
        target = _joined(path, specifier)
        if target is None or not _names_code(specifier):
            return False
        folders = target.split("/")
        if any(part in BUILT or part.startswith((".", "$", "+", "_")) or "gen" in part for part in folders):
            return False
        return self.is_new_line(path, line) and not _is_git_ignored(self.change.head, target)

    def removed_module(self, path: str, specifier: str) -> FileDiff | None:
        """Return the changed file that a relative import named at base and that is not there any more."""
        file = self.change.by_path.get(path)
        places = [path] if file is None or file.old is None else [path, file.old.path]
        for place in places:
            target = resolved(self.change.base, place, specifier)
            if target is not None and target not in self.change.head.entries:
                return next((f for f in self.change.files if f.old is not None and f.old.path == target), None)
        return None


def is_relative(specifier: str) -> bool:
    """Return whether an import names a file by its place, not a package."""
    return specifier in (".", "..") or specifier.startswith(("./", "../"))


def resolved(view: View, importer: str, specifier: str) -> str | None:
    """Return the path that a relative import finds in a view, None if it finds nothing."""
    target = _joined(importer, specifier)
    if target is None:
        return None
    stem, suffix = posixpath.splitext(target)
    tries = [target, *(target + s for s in SUFFIXES), *(stem + s for s in SWAPPED.get(suffix, ()))]
    tries += [posixpath.normpath(f"{target}/index{s}") for s in SUFFIXES]
    tries.append(posixpath.normpath(f"{target}/package.json"))
    return next((path for path in tries if path in view.entries), None)


def shows_all(view: View, path: str, name: str) -> bool:
    """Return whether all that a module exports can be seen here, and `name` is nowhere among it."""
    word = re.compile(IDENTIFIER % re.escape(name).encode())
    seen, waiting = set(), [path]
    while waiting:
        at = waiting.pop()
        if at in seen:
            continue
        seen.add(at)
        data = _bytes(view, at)
        if data is None or not CODE.search(at) or at.endswith(".vue") or COMMONJS.search(data) or word.search(data):
            return False
        for found in PASSED_ON.findall(data):
            further = found.decode("utf-8", "replace")
            target = resolved(view, at, further) if is_relative(further) else None
            if target is None:
                return False
            waiting.append(target)
    return True


def _joined(importer: str, specifier: str) -> str | None:
    target = posixpath.normpath(posixpath.join(posixpath.dirname(importer), specifier))
    return None if target.startswith(("..", "/")) else target


def _names_code(specifier: str) -> bool:
    last = specifier.rsplit("/", 1)[-1]
    return "." not in last.strip(".") or CODE.search(last) is not None


def _is_git_ignored(view: View, path: str) -> bool:
    from checks.settings import matches

    for folder in _parents(path):
        data = _bytes(view, posixpath.join(folder, ".gitignore"))
        if data is None:
            continue
        globs = tuple(data.decode("utf-8", "replace").splitlines())
        inside = posixpath.relpath(path, folder) if folder else path
        try:
            if any(matches(globs, inside + suffix) for suffix in ("", "/x", *SUFFIXES)):
                return True
        except ValueError:
            return True  # a .gitignore that cannot be read hides anything
    return False


def _parents(path: str) -> Iterator[str]:
    while path:
        path = posixpath.dirname(path)
        yield path


def _bytes(view: View, path: str) -> bytes | None:
    entry = view.entries.get(path)
    if entry is None or not entry.is_file:
        return None
    try:
        return view.read(path)
    except CorruptObject:
        return None
