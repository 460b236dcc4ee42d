"""Signs that a module which is not in the tree comes into being when the project is built."""

from __future__ import annotations

import re
from functools import cached_property

from kb.graph.tree import Tree

_MADE = re.compile(
    r"_?_?version(_info|__)?|__version__|__about__|_?build_?info|_?revision|_git\w*|\w*_pb2(_grpc)?|\w*_generated"
    r"|\w*(parsetab|lextab|yacctab)|_cffi\w*|_?lib|ui_\w+|\w+_ui|\w+_rc|_build\w*|local_?settings|secrets|_?config_local"
)
# a build file speaks of a module: as a file or folder, at the end of a path or dotted name, or as an extension
_NAMED = (
    rb"(?:^|[\s/\\.\"'=\[(,])%(name)s(?:\.pyi?\b|[/\\])|[/\\.]%(name)s(?=[\"'\s,;\])]|$)"
    rb"|^/?%(name)s/?\s*$|Extension\(\s*[\"']%(name)s[\"']"
)
_NATIVE = (".pyx", ".pxd", ".c", ".cc", ".cpp", ".cxx", ".rs", ".cu", ".f90", ".f", ".so", ".pyd", ".go", ".zig")
_BUILD_FILES = frozenset(
    {
        *("setup.py", "setup.cfg", "pyproject.toml", "MANIFEST.in", ".gitignore", "meson.build", "CMakeLists.txt"),
        *("Makefile", "tox.ini", "Cargo.toml", "BUILD", "BUILD.bazel"),
    }
)


class Generated:
    """What is generated, copied or compiled into the folders of one tree, as far as its files tell."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def may_hold(self, folder: str, name: str) -> bool:
        """Return whether a module of this name might be put into a folder by a build."""
        if _MADE.fullmatch(name) or f"{folder}{name}" in self._stems:
            return True
        if name.startswith("_") and self._has_native:
            return True
        word = re.escape(name.encode("utf-8", "surrogateescape"))
        named = re.compile(_NAMED % {b"name": word}, re.MULTILINE)
        return any(named.search(text) for text in self._build_texts)

    @cached_property
    def _stems(self) -> frozenset[str]:
        """Every path up to the first dot of its last name, where the file is no Python source."""
        stems = set()
        for path in self._tree.entries:
            if not path.endswith(".py"):
                head, slash, last = path.rpartition("/")
                stems.add(head + slash + last.partition(".")[0])
        return frozenset(stems)

    @cached_property
    def _has_native(self) -> bool:
        return any(path.endswith(_NATIVE) for path in self._tree.entries)

    @cached_property
    def _build_texts(self) -> tuple[bytes, ...]:
        paths = [path for path in self._tree.entries if path.rpartition("/")[2] in _BUILD_FILES]
        return tuple(self._tree.data(path) for path in sorted(paths)[:200])
