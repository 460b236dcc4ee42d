"""From a claim to a place: the quote must stand in head once, on what changed or on what the change reaches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from checks.change import Change
from checks.inference.claims import Claim
from checks.inference.guard import lines_in, path_in
from checks.inference.quote import places_of
from checks.inference.reading import is_code
from kb.diff import FileDiff
from kb.errors import CorruptObject
from kb.graph.code import Code
from kb.graph.model import Node, NodeKind, node_id
from kb.source import Source
from kb.syntax.symbols import Definition, definitions

NEAR = 3  # lines from a changed one
NOT_THERE, SEVERAL, FAR = "quote not in head", "quote in several places", "quote not near the change"


@dataclass(frozen=True)
class Place:
    """Where a claim stands in head: whole lines, and the definition around them."""

    path: str
    line: int
    end_line: int
    symbol: str
    text: str  # what stands there, as a model is shown it: without secrets
    is_changed: bool  # whether one of the lines is new or changed
    neighbour: Node | None = None  # what of the change it refers to or is referred to by, where it lies apart from it


@dataclass(frozen=True)
class Ground:
    """Head as claims are held against it."""

    change: Change
    code: Code | None = None
    _sources: dict[str, Source] = field(default_factory=dict)

    def place_of(self, claim: Claim, *, with_comments: bool = True) -> Place | str:
        """Return where a claim stands, or why it stands nowhere.

        The quote is looked for in the file that the claim names, else in the other changed files. Of several places
        it is the one on changed lines, if there is one such.
        """
        said = self._paths.get(claim.path, claim.path)
        found = [(said, *lines) for lines in self._in(said, claim.quote, with_comments)]
        if not found:
            others = sorted(file.path for file in self.change.files if file.new is not None and file.path != said)
            found = [(path, *lines) for path in others for lines in self._in(path, claim.quote, with_comments)]
        if not found:
            return NOT_THERE
        if len(found) > 1:
            found = [one for one in found if self.is_changed(*one)]
        if len(found) != 1:
            return SEVERAL
        return self._placed(*found[0])

    def source(self, path: str) -> Source:
        """Return a head file, read once; empty if it is absent or cannot be read."""
        if path not in self._sources:
            try:
                self._sources[path] = self.change.source(path)
            except (KeyError, CorruptObject):
                self._sources[path] = Source(path, b"")
        return self._sources[path]

    def is_changed(self, path: str, first: int, last: int) -> bool:
        """Return whether one of these head lines is new or changed, or a line beside them is gone."""
        return any(line in self._touched(path) for line in range(first, last + 1))

    def is_quoted(self, quote: str, paths: tuple[str, ...]) -> bool:
        """Return whether the code of one of these head files, or of a changed one, holds a quote.

        Comments, documents and data are none: there anybody can say anything.
        """
        everywhere = dict.fromkeys([*paths, *(file.path for file in self.change.files if file.new is not None)])
        programs = (path for path in everywhere if is_code(path))
        return any(places_of(quote, self.source(path), with_comments=False) for path in programs)

    def around(self, place: Place, most: int) -> tuple[int, int]:
        """Return the first and last line of the definition around a place, or of at most `most` lines around it."""
        source = self.source(place.path)
        inner = self._definition(place.path, place.line)
        first, last = 1, source.line_count
        if inner is not None:
            first, last = source.line_of(inner.span.start), max(inner.end_line, place.end_line)
        if last - first < most:
            return first, last
        spare = max(0, most - (place.end_line - place.line)) // 2
        return max(first, place.line - spare), min(last, place.end_line + spare)

    def _in(self, path: str, quote: str, with_comments: bool) -> list[tuple[int, int]]:
        return places_of(quote, self.source(path), with_comments=with_comments)

    def _placed(self, path: str, first: int, last: int) -> Place | str:
        source = self.source(path)
        inner = self._definition(path, first)
        symbol = inner.qualified if inner is not None else ""
        text = "\n".join(line.strip() for line in lines_in(source.text)[first - 1 : last])
        is_changed = self.is_changed(path, first, last)
        neighbour = None
        if not is_changed and not self._is_near(path, first, last, inner):
            neighbour = self._neighbour(path, symbol, first, last)
            if neighbour is None:
                return FAR
        return Place(path, first, last, symbol, text, is_changed, neighbour)

    def _is_near(self, path: str, first: int, last: int, inner: Definition | None) -> bool:
        if self.is_changed(path, first - NEAR, last + NEAR):
            return True
        if inner is None or inner.kind == "class":
            return False
        return self.is_changed(path, self.source(path).line_of(inner.span.start), inner.end_line)

    def _definition(self, path: str, line: int) -> Definition | None:
        source = self.source(path)
        around = [one for one in definitions(source) if source.line_of(one.span.start) <= line <= one.end_line]
        return around[-1] if around else None

    def _neighbour(self, path: str, symbol: str, first: int, last: int) -> Node | None:
        """Return the changed thing that these lines refer to, or that refers to what they are in; None if none does."""
        if self.code is None:
            return None
        graph = self.code.graph
        here = node_id(path, symbol)
        ahead = {edge.dst for edge in graph.edges_from([here]) if symbol or first <= edge.line <= last}
        behind = {edge.src for edge in graph.edges_to([here])} if symbol else set()
        near = sorted((ahead | behind) & self._changed_nodes.keys())
        return self._changed_nodes[near[0]] if near else None

    @cached_property
    def _changed_nodes(self) -> dict[int, Node]:
        """The nodes of head whose own lines the change touched; files and classes only by what they hold."""
        if self.code is None:
            return {}
        found = {}
        for file in self.change.files:
            if file.new is None:
                continue
            nodes = self.code.graph.nodes_in(file.path)
            for node in nodes:
                whole = node.kind in (NodeKind.FILE, NodeKind.CLASS, NodeKind.MODULE)
                if node.qualified and self.is_changed(file.path, node.line, node.line if whole else node.end_line):
                    found[node.id] = node
        return found

    @cached_property
    def _paths(self) -> dict[str, str]:
        """Changed paths by what a model was shown for them."""
        return {path_in(file.path): file.path for file in self.change.files if file.new is not None}

    def _touched(self, path: str) -> frozenset[int]:
        if path not in self._lines:
            file = self.change.by_path.get(path)
            self._lines[path] = frozenset(_touched_in(file)) if file is not None else frozenset()
        return self._lines[path]

    @cached_property
    def _lines(self) -> dict[str, frozenset[int]]:
        return {}


def _touched_in(file: FileDiff) -> Iterator[int]:
    """Yield the head lines that are new or changed, and those beside lines that are gone."""
    for hunk in file.hunks:
        if hunk.new_length:
            yield from range(hunk.new_start, hunk.new_start + hunk.new_length)
        else:
            yield from (hunk.new_start, hunk.new_start + 1)
