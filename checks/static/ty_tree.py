"""What a tree's Python modules are called and what they define: enough to check what ty says."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from checks.static.python_context import is_in_function
from checks.static.ty_bindings import bound_somehow
from checks.static.ty_roots import modules_of, roots_of
from kb.errors import CorruptObject
from kb.source import Source
from kb.syntax.symbols import Definition, definitions
from kb.view import View

BUILT = re.compile(
    r"^_*(version|about|generated|build_?info|git_?version)\w*$|_pb2(_grpc)?$|^_\w*(ext|speedups|native)$"
)
SAY_WHAT_IS_BUILT = (
    ".gitignore",
    "setup.py",
    "setup.cfg",
    "pyproject.toml",
    "meson.build",
    "CMakeLists.txt",
    "Makefile",
)
ANSWERS_FOR_ANY = re.compile(rb"^def __getattr__\b|\bsys\.modules\b", re.M)
WRITES_NAMES = re.compile(
    rb"\bglobals\(\)\s*(\[[^\]\n]*\]\s*=[^=]|\.update\b|\.setdefault\b)|=\s*globals\(\)"
    rb"|\bsetattr\(\s*sys\.modules|\bsys\.modules\[[^\]\n]*\]\.__dict__"
)
WRITES_HERE = re.compile(
    rb"\b(vars|locals)\(\)\s*(\[[^\]\n]*\]\s*=[^=]|\.update\b|\.setdefault\b)|=\s*(vars|locals)\(\)"
    rb"|\bexec(file)?\s*\(|^[ \t]*exec\s+[\w\"']",
    re.M,
)
STAR = re.compile(rb"^[ \t]*from[ \t]+([.\w]+)[ \t]+import[ \t]*\(?[ \t]*\*", re.M)
KNOWN_STARS = frozenset({"tkinter", "ctypes", "ctypes.wintypes", "math", "typing", "struct", "turtle"})
DEPTH = 6  # star imports of star imports
MAKES_MODULE = re.compile(
    r"\.(pyx|pxd|c|cc|cpp|cxx|h|rs|go|f|f90|pyf|so|pyd|dll|proto|thrift|capnp|g4?|y|lark|asdl|ui|qrc|idl|in|tmpl|tpl"
    r"|template|j2|jinja2?|mako|zip)$"
)
NAMED_FILE = re.compile(r"([\w/.]*\w)\.(?:py|pyx|pyi|c|cc|cpp|so|pyd|in|h)\b|Extension\(\s*['\"]([\w.]+)")
OPEN_PACKAGE = re.compile(rb"\b__path__\b|\bpkgutil\b|\bpkg_resources\b")


@dataclass(frozen=True)
class Place:
    """A definition in a tree; `signature` is its text up to the body, decorators included."""

    path: str
    line: int
    name: str
    text: str
    signature: str = ""
    last: int = 0  # the line on which the signature ends


@dataclass(frozen=True)
class Tree:
    """The Python files of one view."""

    view: View
    _sources: dict[str, Source] = field(default_factory=dict, compare=False)
    _packages: dict[str, tuple[str, ...]] = field(default_factory=dict, compare=False)

    @cached_property
    def files(self) -> frozenset[str]:
        """Return the paths of all Python files."""
        return frozenset(p for p, e in self.view.entries.items() if e.is_file and p.endswith((".py", ".pyi")))

    @cached_property
    def modules(self) -> Mapping[str, frozenset[str]]:
        """Return the files that each module name may stand for."""
        return modules_of(self.files, roots_of(self.files))

    def module(self, name: str) -> frozenset[str]:
        """Return the files that a module name may stand for, none if the tree has no such module."""
        return self.modules.get(name, frozenset())

    def packages(self, path: str) -> tuple[str, ...]:
        """Return the `__init__` files of the packages that a file lies in, outermost first, itself not."""
        folder, _, name = path.rpartition("/")
        if name == "__init__.py":
            folder = folder.rpartition("/")[0]
        return self._packages_down_to(folder)

    def _packages_down_to(self, folder: str) -> tuple[str, ...]:
        if folder not in self._packages:
            package = f"{folder}/__init__.py" if folder else "__init__.py"
            above = self._packages_down_to(folder.rpartition("/")[0]) if folder else ()
            self._packages[folder] = (*above, package) if package in self.files else ()
        return self._packages[folder]

    def absolute(self, name: str, path: str) -> str:
        """Return a module name as written in a file as one that starts at the top of the tree or at a root."""
        dots = len(name) - len(name.lstrip("."))
        if not dots:
            return name
        package = PurePosixPath(path).parts[:-dots]
        return ".".join([*package, *(part for part in name[dots:].split(".") if part)])

    def is_ours(self, name: str) -> bool:
        """Return whether a missing module would have to lie in a package that this tree has whole."""
        parent = name.rpartition(".")[0]
        while parent and not self.module(parent):
            parent = parent.rpartition(".")[0]
        found = self.module(parent)
        if len(found) != 1:
            return False
        path = next(iter(found))
        return path.endswith("/__init__.py") and not OPEN_PACKAGE.search(self.source(path).data)

    def is_built(self, name: str) -> bool:
        """Return whether a module is, or may be, made when the project is built: nothing to miss in the tree."""
        last = name.rpartition(".")[2]
        return bool(BUILT.search(last)) or last in self._other_stems or last in self._said_to_be_built

    def surely_lacks(self, name: str, member: str) -> bool:
        """Return whether a module is one plain file of the tree that binds a name in no way."""
        found = self.module(name)
        if len(found) != 1:
            return False
        source = self.source(next(iter(found)))
        if ANSWERS_FOR_ANY.search(source.data) or self.is_open(source, member):
            return False
        return not bound_somehow(source, member)

    def is_open(self, source: Source, name: str, depth: int = DEPTH, seen: Collection[str] = ()) -> bool:
        """Return whether a module may get a name that no text shows: by writing to its namespace, or from a star.

        A star import from beside the file, as in Python 2, is looked into, which ty does not do.
        """
        if not depth or WRITES_NAMES.search(source.data) or _writes_names_here(source):
            return True
        for star in STAR.findall(source.data):
            module = self.absolute(star.decode(), source.path)
            if module in KNOWN_STARS or module in seen:
                continue
            beside = PurePosixPath(source.path).with_name(f"{module}.py").as_posix()
            known = self.module(module)
            found = [self.source(path) for path in known or {beside} & self.files]
            if not found or any(self.is_open(other, name, depth - 1, (*seen, module)) for other in found):
                return True
            if not known and bound_somehow(found[0], name):
                return True
        return False

    def definitions(self, name: str, near: str) -> list[Place]:
        """Return the functions and methods of this name ("f", "Class.method"), those in the file `near` first."""
        wanted = name.split(".")[-2:]
        needle = re.compile(rb"\bdef\s+%s\b" % re.escape(wanted[-1]).encode())
        places = []
        for path in sorted(self.files, key=lambda path: (path != near, path)):
            source = self.source(path)
            if needle.search(source.data):
                places += [_place(source, one) for one in definitions(source) if _is_called(one, wanted)]
        return places

    def sources_with(self, word: str) -> Iterator[Source]:
        """Yield the files in which a word occurs."""
        needle = re.compile(rb"\b%s\b" % re.escape(word).encode())
        return (source for source in map(self.source, sorted(self.files)) if needle.search(source.data))

    def source(self, path: str) -> Source:
        """Return a file, empty where it cannot be read."""
        if path not in self._sources:
            try:
                self._sources[path] = Source(path, self.view.read(path))
            except (KeyError, CorruptObject):
                self._sources[path] = Source(path, b"")
        return self._sources[path]

    @cached_property
    def _other_stems(self) -> frozenset[str]:
        """Return the names of files that modules are made from: sources of extension modules, and templates."""
        return frozenset(
            PurePosixPath(path).name.split(".")[0] for path in self.view.entries if MAKES_MODULE.search(path)
        )

    @cached_property
    def _said_to_be_built(self) -> frozenset[str]:
        """Return the names of files, and of extension modules, that the build's own files speak of."""
        found = set()
        for path, entry in self.view.entries.items():
            name = path.rsplit("/", 1)[-1]
            if entry.is_file and name in SAY_WHAT_IS_BUILT and path.count("/") < 3:
                text = self.source(path).text
                named = text.split() if name == ".gitignore" else ["".join(one) for one in NAMED_FILE.findall(text)]
                found |= {re.split(r"[./]", one.strip("/").rpartition("/")[2])[0] for one in named}
                found |= {one.rpartition(".")[2] for one in named}
        return frozenset(found)


def _writes_names_here(source: Source) -> bool:
    """Return whether code outside of functions writes to its own namespace."""
    lines = (source.line_of(found.start()) for found in WRITES_HERE.finditer(source.data))
    return any(not is_in_function(source, line) for line in lines)


def _is_called(definition: Definition, wanted: list[str]) -> bool:
    parts = definition.qualified.split(".")
    if len(wanted) == 1:
        return definition.kind == "function" and parts[-1] == wanted[0]
    return parts[-2:] == wanted


def _place(source: Source, definition: Definition) -> Place:
    end = definition.body.start if definition.body else definition.span.end
    signature = source.data[definition.span.start : end].decode("utf-8", "replace")
    line = definition.line
    return Place(
        source.path, line, definition.qualified, source.line(line), " ".join(signature.split()), source.line_of(end)
    )
