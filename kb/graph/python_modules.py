"""Which file a Python module name leads to, worked out from the paths of a tree and the texts of its project files.

Python's own answer depends on `sys.path`, which nobody can know without running the project. What can be known is
where a name would be found from where it stands, nearest first:

1. beside the file, if its folder is no package (a script finds its neighbours);
2. in the folder that holds the file's top package;
3. in every folder above, and in `src`, `lib`, `python` and the folders that its project files name;
4. in any other project of the tree, if exactly one has it.

Folders are written with a slash at the end, the tree's own as "".
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from kb.graph.python_generated import Generated
from kb.graph.python_projects import PROJECT_FILES, declared_modules, source_folders
from kb.graph.python_standard import EVER_STANDARD
from kb.graph.tree import Tree

MAX_PARTS = 30  # of a dotted name; nobody nests packages deeper


class Found(StrEnum):
    """What is known about a module name."""

    FILE = "file"
    FOLDER = "folder"  # a package without `__init__.py`
    OUTSIDE = "outside"  # not in this tree: standard library, a dependency, or never heard of
    MISSING = "missing"  # surely ours, and surely not there
    UNKNOWN = "unknown"  # several answers, or something generates it


class Place(NamedTuple):
    """Where a module name leads: the path of a file or folder, "" if it leads to none."""

    found: Found
    path: str = ""
    root: str = ""  # the folder from which it was found


OUTSIDE = Place(Found.OUTSIDE)
UNKNOWN = Place(Found.UNKNOWN)
MISSING = Place(Found.MISSING)


def folder_of(path: str) -> str:
    """Return the folder of a file, or the folder above a folder."""
    head, slash, _ = path.rstrip("/").rpartition("/")
    return head + slash


class PythonModules:
    """The Python modules of one tree. Answers depend on its paths and its project files only, never on code."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.files = {path for path, entry in tree.entries.items() if path.endswith((".py", ".pyi")) and entry.is_file}
        self.folders = {""}
        for folder in {folder_of(path) for path in self.files}:
            while folder not in self.folders:
                self.folders.add(folder)
                folder = folder_of(folder)
        self._near: dict[str, tuple[str, ...]] = {}
        self._places: dict[tuple[str, str], Place] = {}
        self._generated = Generated(tree)

    @staticmethod
    def key(module: str, importer: str) -> str:
        """Return the question for a module name, relative with leading dots, as the file `importer` asks it."""
        return f"{module}@{folder_of(importer)}"

    def answer(self, key: str) -> str:
        """Return the path that the module of a key leads to; "" for none, "?missing" if it is surely missing."""
        module, at, folder = key.partition("@")
        if not at:
            return ""
        place = self.place(module, folder)
        return place.path if place.path or place.found is Found.OUTSIDE else f"?{place.found}"

    def place(self, module: str, folder: str) -> Place:
        """Return where a module name leads that stands in a file of this folder."""
        known = self._places.get((module, folder))
        if known is None:
            known = self._places[module, folder] = self._find(module, folder)
        return known

    def is_package(self, folder: str) -> bool:
        """Return whether a folder has an `__init__` file."""
        return f"{folder}__init__.py" in self.files or f"{folder}__init__.pyi" in self.files

    def child(self, folder: str, name: str) -> str:
        """Return the file or folder of a module directly in a folder, "" if there is none."""
        stem = folder + name
        for path in (f"{stem}/__init__.py", f"{stem}.py", f"{stem}/__init__.pyi", f"{stem}.pyi"):
            if path in self.files:
                return path
        return f"{stem}/" if f"{stem}/" in self.folders else ""

    def _find(self, module: str, folder: str) -> Place:
        name = module.lstrip(".")
        level = len(module) - len(name)
        parts = name.split(".") if name else []
        if not module or len(parts) > MAX_PARTS or not all(parts) or any("/" in part for part in parts):
            return UNKNOWN
        return self._relative(parts, level, folder) if level else self._absolute(parts, folder)

    def _relative(self, parts: list[str], level: int, folder: str) -> Place:
        for _ in range(level - 1):
            if not folder:
                return UNKNOWN
            folder = folder_of(folder)
        if not parts:
            path = next((p for p in (f"{folder}__init__.py", f"{folder}__init__.pyi") if p in self.files), folder)
            return Place(Found.FILE if path != folder else Found.FOLDER, path, folder) if path else UNKNOWN
        path, stuck, left = self._walk(folder, parts)
        if not left:
            return Place(Found.FOLDER if path.endswith("/") else Found.FILE, path, folder)
        return self._missing(stuck, left[0])

    def _absolute(self, parts: list[str], folder: str) -> Place:
        standard, declared = parts[0] in EVER_STANDARD, parts[0] in self.declared
        partial = ""
        stuck_at: tuple[str, str] | None = None
        near = self._own(folder) if standard or declared else self.near(folder)
        for root in near:
            if standard and not {f"{root}os.py", f"{root}typing.py"} <= self.files:
                continue  # a neighbour of that name is no reason to doubt, unless this is the standard library
            path, stuck, left = self._walk(root, parts)
            if path and not left:
                if declared and not standard:
                    return UNKNOWN  # ours, or the dependency of that name
                return Place(Found.FOLDER if path.endswith("/") else Found.FILE, path, root)
            if len(left) < len(parts) and not partial:
                partial, stuck_at = root, (stuck, left[0]) if left else None
        if standard:
            return OUTSIDE
        other = self._elsewhere(parts)
        if other is not None:
            return other
        if stuck_at is None:
            return self._beside(parts, folder)
        top = f"{partial}{parts[0]}/"
        certain = self.is_package(top) and len(self._named.get(parts[0], ())) == 1 and parts[0] not in self.declared
        return self._missing(*stuck_at) if certain else UNKNOWN

    def _walk(self, folder: str, parts: list[str]) -> tuple[str, str, list[str]]:
        """Return (path of the deepest part, folder in which the next is missing, the parts that are left)."""
        path = ""
        for at, part in enumerate(parts):
            found = self.child(folder, part)
            if not found:
                return path, folder, parts[at:]
            path = found
            if path.endswith((".py", ".pyi")) and not path.endswith(("/__init__.py", "/__init__.pyi")):
                return path, "", parts[at + 1 :]
            folder = f"{folder}{part}/"
        return path, folder, []

    def _missing(self, folder: str, name: str) -> Place:
        """Return MISSING if a module is surely not in a folder; "" for a folder means inside a plain module."""
        base = folder.rstrip("/").rpartition("/")[2]
        if not folder or (not self.is_package(folder) and len(self._named.get(base, ())) != 1):
            return UNKNOWN
        return UNKNOWN if self._generated.may_hold(folder, name) else MISSING

    def _own(self, folder: str) -> Iterator[str]:
        """Yield the folders of the nearest two kinds: beside a script, above a package."""
        if not self.is_package(folder):
            yield folder
            return
        while self.is_package(folder) and folder:
            folder = folder_of(folder)
        yield folder

    def near(self, folder: str) -> tuple[str, ...]:
        """Return the folders in which a file of `folder` would look for a module, nearest first."""
        known = self._near.get(folder)
        if known is None:
            roots: dict[str, None] = dict.fromkeys(self._own(folder))
            above = next(iter(roots))
            while True:
                roots[above] = None
                roots.update(dict.fromkeys(f for f in self._sources(above) if f in self.folders))
                if not above:
                    break
                above = folder_of(above)
            known = self._near[folder] = tuple(root for root in roots if not self.is_package(root) or root == "")
        return known

    def _sources(self, folder: str) -> Iterator[str]:
        yield from (f"{folder}{name}/" for name in ("src", "lib", "python"))
        for name in PROJECT_FILES:
            if folder + name in self._tree.entries:
                yield from source_folders(folder, self._tree.data(folder + name))

    def _elsewhere(self, parts: list[str]) -> Place | None:
        """Return what exactly one other project of the tree has under this name; None if none has."""
        if parts[0] in self.declared:
            return None
        found = set()
        for root in self._projects:
            path, _stuck, left = self._walk(root, parts)
            if path and not left and not path.endswith("/"):
                found.add(Place(Found.FILE, path, root))
        return None if not found else next(iter(found)) if len(found) == 1 else UNKNOWN

    def _beside(self, parts: list[str], folder: str) -> Place:
        """Return UNKNOWN if a neighbour inside a package has the name: a script, or Python 2, would find it."""
        is_ours = self.is_package(folder) and parts[0] not in self.declared and self.child(folder, parts[0])
        return UNKNOWN if is_ours else OUTSIDE

    @cached_property
    def _projects(self) -> tuple[str, ...]:
        """The source folders of every project: where its project file lies, and what hangs below."""
        homes = {folder_of(path) for path in self._tree.entries if path.rpartition("/")[2] in PROJECT_FILES}
        roots = {root for home in homes for root in (home, *self._sources(home))}
        return tuple(sorted(root for root in roots if root in self.folders and not self.is_package(root)))

    @cached_property
    def declared(self) -> frozenset[str]:
        """The top modules that the declared dependencies bring, the tree's own packages left out."""
        own = {
            path.removesuffix("/__init__.py").rpartition("/") for path in self.files if path.endswith("/__init__.py")
        }
        return declared_modules(self._tree) - {name for head, slash, name in own if head + slash in self._projects}

    @cached_property
    def _named(self) -> dict[str, list[str]]:
        """Every folder with Python code by its last name."""
        named: dict[str, list[str]] = {}
        for folder in self.folders:
            named.setdefault(folder.rstrip("/").rpartition("/")[2], []).append(folder)
        return named
