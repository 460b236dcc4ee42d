"""What the change took away: definitions and files that base has and head has not, and where they may have gone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from checks.constraint.places import Places, is_whole, place_of, quoted
from checks.finding import Evidence
from kb.diff import FileDiff
from kb.facts.model import Definition, Facts
from kb.graph.classes import mro_of
from kb.graph.model import Node, NodeKind, node_id


@dataclass(frozen=True)
class Gone:
    """A definition that head lacks, or a whole file; `node` is what it was at base."""

    node: Node
    file: FileDiff

    @property
    def name(self) -> str:
        """Return its last name: what references to it end with."""
        if self.node.kind is not NodeKind.FILE:
            return self.node.qualified.rpartition(".")[2]
        return module_name(self.node.path)

    @property
    def line(self) -> int:
        """Return its line at base."""
        return self.node.line


@dataclass(frozen=True)
class Losses:
    """Everything that a change took away."""

    places: Places

    @cached_property
    def by_id(self) -> Mapping[int, Gone]:
        """Return what is gone by its id at base."""
        return {gone.node.id: gone for file in self.places.change.files for gone in self._of(file)}

    @cached_property
    def by_name(self) -> Mapping[str, list[Gone]]:
        """Return what is gone by its last name."""
        found: dict[str, list[Gone]] = {}
        for gone in self.by_id.values():
            found.setdefault(gone.name, []).append(gone)
        return found

    def _of(self, file: FileDiff) -> Iterator[Gone]:
        if file.old is None or not file.old.is_file or file.binary or file.unread:
            return
        code = self.places.code
        nodes = code.base.graph.nodes_in(file.old.path)
        moved = file.new is None or file.new.path != file.old.path
        if moved:
            yield from (Gone(node, file) for node in nodes if node.kind is NodeKind.FILE)
        if file.new is not None and not is_whole(code.head, file.new.path):
            return
        there = set() if file.new is None else names_bound(code.head.facts(file.new.path))
        for node in nodes:
            if node.kind not in (NodeKind.FILE, NodeKind.IMPORT) and node.qualified not in there:
                yield Gone(node, file)

    def outermost(self, gone: Gone) -> Gone:
        """Return the outermost thing that went with it: the class of a method, the file of everything in it."""
        if gone.file.new is None:
            return self.by_id.get(node_id(gone.node.path, ""), gone)
        parts = gone.node.qualified.split(".")
        for count in range(1, len(parts)):
            above = self.by_id.get(node_id(gone.node.path, ".".join(parts[:count])))
            if above is not None:
                return above
        return gone

    def definition(self, gone: Gone) -> Definition | None:
        """Return the base row of a definition; None for a file."""
        return next(iter(self.places.code.base.definitions(gone.node)), None)

    def may_be_brought_in(self, gone: Gone) -> bool:
        """Return whether the file, or a class around it, may have the name in a way that no text shows.

        A method of a class with a base that is not in the tree may be inherited now; not one that was renamed, nor one
        whose name says that it is the class's own.
        """
        head, new = self.places.code.head, gone.file.new
        if new is None:
            return False
        before, now = _openings(self.places.code.base.facts(gone.file.old_path)), _openings(head.facts(new.path))
        if "__getattr__" in now or now - before:
            return True
        owner = node_id(new.path, gone.node.qualified.rpartition(".")[0])
        around = head.graph.nodes([owner]).get(owner)
        if around is None or around.kind is not NodeKind.CLASS or mro_of(head, around).complete:
            return False
        if gone.name.startswith("_"):
            return False
        row = self.definition(gone)
        return row is None or self._heir(gone, row) is None

    def evidence(self, gone: Gone) -> Evidence:
        """Return the line of base that is gone."""
        return quoted("definition", self.places.code.base, gone.node.path, gone.line)

    def successor(self, gone: Gone) -> str:
        """Return what took its place, as words to put behind a message; "" where that is not plain."""
        row = self.definition(gone)
        if row is None:
            new = gone.file.new
            return f"; the file is now `{new.path}`" if new is not None and new.path.isprintable() else ""
        if heir := self._heir(gone, row):
            return f"; renamed to `{heir.name}`?"
        if "." not in row.qualified and (path := self._new_home(gone)):
            return f"; moved to `{path}`?"
        return ""

    def _heir(self, gone: Gone, row: Definition) -> Definition | None:
        """Return the new definition beside it that is the same but for its name."""
        if gone.file.new is None:
            return None
        head, base = self.places.code.head, self.places.code.base
        known = {one.qualified for one in base.facts(gone.file.old_path).definitions}
        around = row.qualified.rpartition(".")[0]
        rows = [
            one
            for one in head.facts(gone.file.new.path).definitions
            if one.qualified not in known and one.qualified.rpartition(".")[0] == around and one.kind is row.kind
        ]
        before = base.source(gone.file.old_path).data[row.start : row.end]
        after = head.source(gone.file.new.path).data
        same = [one for one in rows if _text(after[one.start : one.end], one.name) == _text(before, row.name)]
        if not same and row.signature is not None and row.signature.parameters:
            same = [one for one in rows if one.signature == row.signature]
        return same[0] if len(same) == 1 else None

    def _new_home(self, gone: Gone) -> str:
        """Return the changed file in which the same name is newly defined, "" if there is not just one."""
        code, homes = self.places.code, []
        for file in self.places.change.files:
            if file.new is None or file.path == gone.file.path or not file.path.isprintable():
                continue
            same = node_id(file.path, gone.node.qualified)
            was = node_id(file.old_path, gone.node.qualified)
            if code.head.graph.nodes([same]) and not code.base.graph.nodes([was]):
                homes.append(file.path)
        return homes[0] if len(homes) == 1 else ""


def module_name(path: str) -> str:
    """Return the name by which a file is imported: its stem, its folder's for a package's own file."""
    *folders, name = path.split("/")
    stem = name.partition(".")[0]
    return folders[-1] if stem in ("__init__", "index") and folders else stem


def names_bound(facts: Facts) -> set[str]:
    """Return every qualified name that a file defines, binds or imports; listing one in `__all__` does not bind it."""
    found = {row.qualified for row in facts.definitions}
    for name, scope in (
        *((row.name, row.scope) for row in facts.bindings),
        *((row.alias.partition(".")[0] or row.name, row.scope) for row in facts.imports),
    ):
        around = facts.scopes[scope].qualified
        found.add(f"{around}.{name}" if around else name)
    return found | {row.name for row in facts.exports if row.module or facts.language != "python"}


def _openings(facts: Facts) -> set[str]:
    """Return through what a file may come to names that it does not write down."""
    stars = {f"{row.module} *" for row in facts.imports if row.name == "*"}
    stars |= {f"{row.module} *" for row in facts.exports if row.name == "*"}
    return {*facts.dynamic, *stars}


def _text(data: bytes, name: str) -> bytes:
    """Return code with its own name and its white space taken out, to compare by."""
    return b" ".join(re.sub(rb"\b%s\b" % re.escape(name.encode("utf-8", "surrogateescape")), b"\0", data).split())


def described(gone: Gone) -> str:
    """Return how a message names it."""
    return gone.name if gone.node.kind is NodeKind.FILE else place_of(gone.node)
