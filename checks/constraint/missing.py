"""References that lead nowhere at head and did not at base: what the change broke, and by what."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from checks.constraint.gone import Gone, Losses
from checks.constraint.places import PYTHON, Places, Spot, is_whole
from checks.finding import Side
from kb.facts.model import Facts, Flag
from kb.graph.classes import stands
from kb.graph.model import EdgeKind, Miss, Want

EXCUSED = Flag.GUARDED.value | Flag.FALLBACK.value | Flag.TYPING.value
REFERS = (EdgeKind.CALLS, EdgeKind.IMPORTS, EdgeKind.INHERITS, EdgeKind.USES, EdgeKind.EXPORTS)


@dataclass(frozen=True)
class Lost:
    """A reference of a head file that leads nowhere since the change."""

    path: str
    miss: Miss

    @property
    def spot(self) -> Spot:
        """Return its place."""
        return Spot(self.path, self.miss.line)


@dataclass(frozen=True)
class Anchor:
    """A line of the change that made a reference fail; with side LEFT a line of base, `path` then being the old one."""

    path: str
    line: int
    side: Side = Side.RIGHT


@dataclass(frozen=True)
class Missing:
    """The new misses of a change, each with what the change took away to cause it."""

    places: Places

    @cached_property
    def losses(self) -> Losses:
        """Return what the change took away."""
        return Losses(self.places)

    @cached_property
    def found(self) -> tuple[Lost, ...]:
        """Return every new miss that must work and that base does not have, in order of place."""
        code, places = self.places.code, self.places
        paths = sorted(path for path in code.relinked if not places.is_left_out(path) and is_whole(code.head, path))
        at_head = code.head.graph.misses_in(paths)
        found = []
        for path in paths:
            misses = at_head.get(path, [])
            known = _counted(code.base.graph.misses_in([places.old_path(path)]).values()) if misses else Counter()
            for miss in misses:
                if known[_key(miss)] or (path in places.change.by_path and self._in_changed_files[_key(miss)]):
                    continue
                excused = miss.flags & EXCUSED or not stands(code.head, miss)
                excused = excused or _is_standard(code.head.facts(path), miss)
                if not excused and places.must_work(path, miss.line):
                    found.append(Lost(path, miss))
        return tuple(found)

    def of(self, wants: Collection[Want]) -> Iterator[Lost]:
        """Yield the new misses of these kinds that nothing gone explains: they are their own cause, or a name's."""
        return (lost for lost in self.found if lost.miss.want in wants and self.cause(lost) is None)

    def anchor(self, lost: Lost) -> Anchor | None:
        """Return where the change made an unexplained reference fail: there, or where a name left the other file.

        None where nothing in the change explains it.
        """
        places, miss = self.places, lost.miss
        if places.is_added(lost.path, miss.line):
            return Anchor(lost.path, miss.line)
        if miss.want is Want.NAME:
            return Anchor(lost.path, miss.line) if lost.path in places.change.by_path else None
        place = miss.inside.partition("::")[0]
        file = places.change.by_path.get(place)
        if file is None or file.old is None or not is_whole(places.code.base, file.old_path):
            return None
        line = _bound_at(places.code.base.facts(file.old_path), miss.name)
        return Anchor(file.old_path, line, Side.LEFT) if line in file.removed else None

    def cause(self, lost: Lost) -> Gone | None:
        """Return what is gone and was meant by a reference; None where the reference itself is what is wrong.

        A line of TypeScript that the change wrote is its own cause, and so is a name in the file that lost it: there
        the engines speak.
        """
        miss = lost.miss
        if not lost.path.endswith(PYTHON) and self.places.is_added(lost.path, miss.line):
            return None
        for gone in self._candidates(miss):
            beside = miss.want is Want.NAME and gone.file.path == lost.path
            if not beside and self._meant(lost, gone):
                return self.losses.outermost(gone)
        return None

    def _candidates(self, miss: Miss) -> list[Gone]:
        if miss.want is not Want.MODULE:
            return self.losses.by_name.get(miss.name, [])
        return [gone for gone in self.losses.by_id.values() if not gone.node.qualified]

    def _meant(self, lost: Lost, gone: Gone) -> bool:
        """Return whether the reference led to this at base, or is sought in the file that held it."""
        if gone.node.id in self._referred(lost.path):
            return True
        if lost.miss.want is Want.MODULE:
            return bool(self._inside(gone) & self._referred(lost.path)) and _ends_with(lost.miss.name, gone.name)
        place, _, owner = lost.miss.inside.partition("::")
        around = gone.node.qualified.rpartition(".")[0]
        return bool(place) and place in (gone.file.path, gone.file.old_path) and owner == around

    def _inside(self, gone: Gone) -> set[int]:
        return {node.id for node in self.places.code.base.graph.nodes_in(gone.node.path)}

    def _referred(self, path: str) -> set[int]:
        """Return what a head file referred to at base."""
        if path not in self._known_references:
            graph = self.places.code.base.graph
            ids = [node.id for node in graph.nodes_in(self.places.old_path(path))]
            self._known_references[path] = {edge.dst for edge in graph.edges_from(ids, REFERS)}
        return self._known_references[path]

    @cached_property
    def _known_references(self) -> dict[str, set[int]]:
        return {}

    @cached_property
    def _in_changed_files(self) -> Counter[tuple[Want, str, str]]:
        """Return the misses that the changed files had at base: code may have moved from one to another."""
        paths = [file.old_path for file in self.places.change.files if file.old is not None]
        return _counted(self.places.code.base.graph.misses_in(paths).values())


def _is_standard(facts: Facts, miss: Miss) -> bool:
    """Return whether an import names a module of the standard library, which a file of that name beside it hides only
    where the folder itself is run.
    """
    if facts.language != "python" or miss.want not in (Want.MODULE, Want.MEMBER):
        return False
    rows = [row for row in facts.imports if row.line <= miss.line and row.start <= miss.start < row.end]
    return any(not row.level and row.module.partition(".")[0] in sys.stdlib_module_names for row in rows)


def _counted(groups: Iterable[Iterable[Miss]]) -> Counter[tuple[Want, str, str]]:
    return Counter(_key(miss) for misses in groups for miss in misses)


def _key(miss: Miss) -> tuple[Want, str, str]:
    return (miss.want, miss.name, miss.chain)


def _ends_with(module: str, name: str) -> bool:
    """Return whether a module as an import names it ends with a file's name."""
    last = module.rstrip("/").replace("/", ".").split(".")
    return name in last[-2:]


def _bound_at(facts: Facts, name: str) -> int:
    """Return the line at which a file imported, exported or bound a name at its top; 0 if it did not."""
    rows = [(row.alias.partition(".")[0] or row.name, row.line) for row in facts.imports if not row.scope]
    rows += [(row.name, row.line) for row in facts.exports]
    rows += [(row.name, row.line) for row in facts.bindings if not row.scope]
    rows += [(row.name, row.line) for row in facts.definitions]
    return next((line for bound, line in rows if bound == name), 0)
