"""Every name that the files of a group of languages define for one another, by its full name.

A full name is the file's *space* and the qualified name in it: `org.x.` + `A.go`, `web/api:` + `Engine.Run`. Spaces
are packages, namespaces, folders, modules of a crate; `kb.graph.other_spaces` tells a file's.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from functools import cached_property
from threading import Lock
from typing import NamedTuple

from kb.facts.extract import language_for
from kb.facts.model import Definition, Facts, Flag, Import, Kind, ParameterKind, ScopeKind, Status
from kb.graph.other_rules import RULES
from kb.graph.other_spaces import Spaces
from kb.graph.tree import Tree

REMEMBERED = 50_000  # files whose summaries are kept, over all trees
_EXPORTED = Flag.EXPORTED.value
_RECEIVERS = frozenset({"self"})


class Symbol(NamedTuple):
    """One definition, as far as other files can see it. `most` is -1 where any number of arguments fits."""

    qualified: str
    kind: Kind
    flags: int
    scope: int
    least: int
    most: int
    has_self: bool
    bases: tuple[str, ...]
    type: str  # source text of what a variable holds or a function returns
    value: str


class Place(NamedTuple):
    """A symbol and the file that defines it."""

    path: str
    symbol: Symbol
    approximate: bool = False


class Summary(NamedTuple):
    """What a group needs to know of one file."""

    package: str
    approximate: bool
    symbols: tuple[Symbol, ...]
    passed_on: tuple[Import, ...]  # imports that others can ask this file for


class Names:
    """The full names of one group of languages in one tree."""

    def __init__(self, tree: Tree, group: str, spaces: Spaces) -> None:
        self._tree, self.group, self._spaces = tree, group, spaces

    @cached_property
    def files(self) -> Mapping[str, Summary]:
        """The summaries of the group's files by path."""
        found = {}
        for path, entry in self._tree.entries.items():
            language = language_for(path, b"") if entry.is_file else None
            if language and language in RULES and RULES[language].group == self.group:
                found[path] = summary_of(self._tree, path, entry.oid)
        return found

    @cached_property
    def spaces(self) -> Mapping[str, str]:
        """The space of every file of the group."""
        return {path: self._spaces.of(path, self.group, one.package) for path, one in self.files.items()}

    @cached_property
    def files_by_space(self) -> Mapping[str, tuple[str, ...]]:
        """The files of every space."""
        found: dict[str, list[str]] = {}
        for path, space in self.spaces.items():
            found.setdefault(space, []).append(path)
        return {space: tuple(paths) for space, paths in found.items()}

    @cached_property
    def places(self) -> Mapping[str, tuple[Place, ...]]:
        """Where each full name is defined, in order of path."""
        found: dict[str, list[Place]] = {}
        for path, summary in self.files.items():
            space = self.spaces[path]
            for symbol in summary.symbols:
                found.setdefault(space + symbol.qualified, []).append(Place(path, symbol, summary.approximate))
        return {name: tuple(rows) for name, rows in found.items()}

    @cached_property
    def passed_on(self) -> Mapping[str, tuple[tuple[str, Import], ...]]:
        """Where a full name is not defined but imported for others: `pub use`. Stars under the space and "*"."""
        found: dict[str, list[tuple[str, Import]]] = {}
        for path, summary in self.files.items():
            for row in summary.passed_on:
                found.setdefault(self.spaces[path] + (row.alias or "*"), []).append((path, row))
        return {name: tuple(rows) for name, rows in found.items()}

    @cached_property
    def prefixes(self) -> frozenset[str]:
        """Every beginning of a full name that ends with its dot or colon."""
        found = set()
        for space in {*self.spaces.values()}:
            while space:
                found.add(space)
                head, dot, _ = space[:-1].rpartition(".")
                space = head + dot
        return frozenset(found)

    def answer(self, name: str) -> str:
        """Return where a full name, or a prefix that ends with a dot or colon, leads: text that differs if it does."""
        if name.endswith((".", ":")):
            return "space" if name in self.prefixes else ""
        rows = [f"{place.path}:{place.symbol.qualified}" for place in self.places.get(name, ())]
        rows += [f"{path}>{row.module}.{row.name}" for path, row in self.passed_on.get(name, ())]
        return "\n".join(rows)


_summaries: OrderedDict[str, Summary] = OrderedDict()  # by content: shared by all trees
_lock = Lock()


def summary_of(tree: Tree, path: str, oid: str) -> Summary:
    """Return what a group needs to know of a file; read once for each content."""
    key = f"{oid}:{path.rpartition('.')[2]}"
    with _lock:
        if key in _summaries:
            _summaries.move_to_end(key)
            return _summaries[key]
    made = _summary(tree.facts(path))
    with _lock:
        _summaries[key] = made
        while len(_summaries) > REMEMBERED:
            _summaries.popitem(last=False)
    return made


def _summary(facts: Facts) -> Summary:
    inside = [False] * len(facts.scopes)  # of a function
    for index, scope in enumerate(facts.scopes):
        inside[index] = scope.kind is ScopeKind.FUNCTION or (scope.parent >= 0 and inside[scope.parent])
    symbols = tuple(symbol_of(row) for row in facts.definitions if not inside[row.scope])
    passed_on = tuple(row for row in facts.imports if row.flags & _EXPORTED and not inside[row.scope])
    return Summary(facts.package.replace("\\", "."), is_approximate(facts), symbols, passed_on)


def is_approximate(facts: Facts) -> bool:
    """Return whether the nesting of a file's definitions is uncertain: read by patterns, or C++ full of macros."""
    return facts.status is Status.APPROXIMATE or (facts.status is Status.PARTIAL and facts.language == "cpp")


def symbol_of(row: Definition) -> Symbol:
    """Return what other files can see of a definition."""
    least, most, has_self = 0, 0, False
    parameters = row.signature.parameters if row.signature else ()
    for parameter in parameters:
        if parameter.kind in (ParameterKind.REST, ParameterKind.KEYWORDS):
            most = -1
            continue
        least += not parameter.optional
        most += most >= 0
    if parameters and parameters[0].name in _RECEIVERS:
        least, most, has_self = least - 1, most - (most > 0), True
    if row.flags & Flag.VARIADIC.value or row.signature is None:
        least, most = 0, -1
    returns = row.signature.returns if row.signature else row.annotation
    return Symbol(row.qualified, row.kind, row.flags, row.scope, least, most, has_self, row.bases, returns, row.value)
