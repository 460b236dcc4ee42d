"""What a project offers to others: names that it lists, or passes on from its packages, and the version it states."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from checks.constraint.places import PYTHON, SCRIPTS
from checks.static.engine_check import is_test
from checks.static.tsc_config import ENTRIES, SOURCES
from kb.graph.code import Code
from kb.graph.model import EdgeKind, Node, NodeKind, node_id

PACKAGING = ("pyproject.toml", "setup.py", "setup.cfg")
IS_PACKAGED = re.compile(r"^\[(?:project|build-system|tool\.poetry|tool\.flit[\w.]*|metadata)\]|\bsetup\(", re.M)
NOT_OFFERED = frozenset(
    {"tests", "test", "testing", "docs", "doc", "examples", "example", "benchmarks", "benchmark", "bench", "scripts"}
    | {"tools", "ci", "contrib", "vendor", "vendored", "_vendor", "migrations", "experimental", "internal", "internals"}
)
VERSION = re.compile(r"""(?:^|\b)(?:__version__|version|VERSION)["']?\s*[:=]\s*["'](\d+)\.(\d+)([\w.+-]*)["']""", re.M)
UNRELEASED = re.compile(r"dev|a\d|b\d|rc|alpha|beta|-")


@dataclass(frozen=True)
class Version:
    """What a project says its version is."""

    major: int
    minor: int
    rest: str

    @property
    def may_break(self) -> bool:
        """Return whether anything may change in it: before 1.0, and before the first release of a new major."""
        return self.major == 0 or (self.minor == 0 and UNRELEASED.search(self.rest) is not None)


@dataclass(frozen=True)
class Public:
    """The public names of one tree."""

    code: Code

    def is_offered(self, node: Node) -> bool:
        """Return whether others are meant to use a definition: it is listed, and nothing around it is private."""
        parts = node.qualified.split(".")
        if any(part.startswith("_") and part != "__init__" for part in parts):
            return False
        if self._is_inside_a_function(node.path, parts):
            return False
        top = node_id(node.path, parts[0])
        if node.path.endswith(SCRIPTS):
            return top in self._of_packages
        if not node.path.endswith(PYTHON) or not self._is_packaged(node.path):
            return False
        facts = self.code.facts(node.path)
        listed = facts.exports_known and any(row.name == parts[0] for row in facts.exports)
        return (listed and not _is_private(node.path)) or self._is_passed_on(top, parts[0])

    def project_of(self, path: str) -> str | None:
        """Return the nearest folder above a file that says how it is packaged ("" for the top), None if none does."""
        files = ("package.json",) if path.endswith(SCRIPTS) else PACKAGING
        folder = path
        while folder:
            folder = folder.rpartition("/")[0]
            names = [f"{folder}/{name}" if folder else name for name in files]
            if any(name in self.code.view.entries for name in names):
                return folder
        return None

    def version(self, path: str) -> Version | None:
        """Return the version of the project that a file belongs to, None where no plain text says it."""
        project = self.project_of(path)
        if project is None:
            return None
        top = f"{project}/" if project else ""
        package = path.removeprefix(top).removeprefix("src/").partition("/")[0]
        names = [*PACKAGING, f"{package}/__init__.py", f"src/{package}/__init__.py", f"{package}/_version.py"]
        for name in ("package.json",) if path.endswith(SCRIPTS) else names:
            found = VERSION.search(self.code.source(top + name).text)
            if found:
                return Version(int(found[1]), int(found[2]), found[3])
        return None

    def _is_inside_a_function(self, path: str, parts: list[str]) -> bool:
        around = [node_id(path, ".".join(parts[:count])) for count in range(1, len(parts))]
        return any(node.kind is NodeKind.FUNCTION for node in self.code.graph.nodes(around).values())

    def _is_packaged(self, path: str) -> bool:
        project = self.project_of(path)
        if project is None or is_test(path):
            return False
        top = f"{project}/" if project else ""
        inner = path.removeprefix(top).removeprefix("src/")
        package = path[: len(path) - len(inner)] + inner.partition("/")[0]
        if not NOT_OFFERED.isdisjoint(inner.lower().split("/")[:-1]):
            return False
        if f"{package}/__init__.py" not in self.code.view.entries:
            return False
        return any(IS_PACKAGED.search(self.code.source(top + name).text) for name in PACKAGING)

    def _is_passed_on(self, top: int, name: str) -> bool:
        """Return whether a public package imports a top-level name into itself for others."""
        for edge in self.code.graph.edges_to([top], [EdgeKind.EXPORTS]):
            source = self.code.graph.nodes([edge.src]).get(edge.src)
            if source is None or source.kind is not NodeKind.FILE or not source.path.endswith("/__init__.py"):
                continue
            facts = self.code.facts(source.path)
            listed = not facts.exports_known or any(row.name == name for row in facts.exports)
            if listed and not _is_private(source.path) and self._is_packaged(source.path):
                return True
        return False

    @cached_property
    def _of_packages(self) -> frozenset[int]:
        """Return the ids of what the packages' entries export."""
        entries = [node_id(path, "") for path in self._entries()]
        return frozenset(edge.dst for edge in self.code.graph.edges_from(entries, [EdgeKind.EXPORTS]))

    def _entries(self) -> Iterator[str]:
        """Yield the source files that packages are entered by."""
        for path in self.code.view.entries:
            folder, _, name = path.rpartition("/")
            if name != "package.json" or "node_modules" in path or not NOT_OFFERED.isdisjoint(folder.split("/")):
                continue
            try:
                said = json.loads(self.code.source(path).text)
            except (ValueError, RecursionError):
                continue
            if not isinstance(said, dict) or said.get("private") or not isinstance(said.get("name"), str):
                continue
            places = (f"{folder}/{stem}{end}".lstrip("/") for stem in ENTRIES for end in SOURCES)
            yield from [place for place in places if place in self.code.view.entries][:1]


def _is_private(path: str) -> bool:
    """Return whether a module or a package around it says by its name that it is not for others."""
    parts = path.rpartition(".")[0].split("/")
    return any(part.startswith("_") and part != "__init__" for part in parts)
