"""Turns what the resolver finds in one Python file into edges."""

from __future__ import annotations

from functools import cached_property

from kb.facts.model import Binding, Call, Definition, Export, Import, Kind, Role, Use
from kb.graph.build import LinkedFileBuilder
from kb.graph.model import Asked, EdgeKind, Sure, node_id
from kb.graph.python_files import CLASSES, is_trusted
from kb.graph.python_misses import Misses, is_lost
from kb.graph.python_modules import Found as PlaceKind
from kb.graph.python_resolve import Resolver
from kb.graph.python_values import (
    BOUND,
    CLASS,
    CONDITIONAL,
    FUNCTION,
    INSTANCE,
    MODULE,
    VARIADIC,
    Found,
    Founds,
    Value,
    steps_of,
)

_BUILTIN_MODULES = ("builtins.", "__builtin__.")  # what is written to them is bound everywhere
_MARKS = frozenset({"()", "[]", "^"})


class FileLinker:
    """Links one file; `run` once."""

    def __init__(self, resolver: Resolver, builder: LinkedFileBuilder) -> None:
        self._resolver, self._builder = resolver, builder
        self._file = resolver.file(builder.path)
        self._path = builder.path
        self._misses = Misses(resolver, self._file, builder)
        self._walked: dict[tuple[int, str], list[Founds]] = {}

    def run(self) -> None:
        """Write every edge, miss and unknown of the file into the builder."""
        facts = self._file.facts
        for imported in facts.imports:
            self._import(imported)
        for exported in facts.exports:
            self._export(exported)
        for row in facts.definitions:
            if row.kind in CLASSES:
                self._inherits(row)
            elif row.kind is Kind.METHOD:
                self._overrides(row)
        for call in facts.calls:
            self._call(call)
        for use in facts.uses:
            self._use(use)

    # ---- imports and exports

    def _import(self, row: Import) -> None:
        place = self._resolver.module(self._path, row)
        line, start, flags = row.line, row.start, row.flags
        if place.found is PlaceKind.OUTSIDE:
            outside = self._builder.module(row.module)
            self._builder.edge(self._builder.file, EdgeKind.IMPORTS, outside, line, start, Sure.IMPORT, "", flags)
            return
        if not place.path:
            self._misses.of_module(row, place)
            return
        self._file_edge(EdgeKind.IMPORTS, place.path, row, Sure.IMPORT)
        if not row.name or row.name == "*":
            return
        found = self._resolver.imported(self._path, row)
        if is_lost(found):
            self._misses.of_member(row, place.path, found)
            return
        again = self._file.is_init and not row.scope and self._is_offered(row.alias)
        for one in found:
            for kind in (EdgeKind.IMPORTS, EdgeKind.EXPORTS) if again else (EdgeKind.IMPORTS,):
                self._name_edge(kind, one, row)

    def _is_offered(self, name: str) -> bool:
        return name in self._file.exported if self._file.exported is not None else not name.startswith("_")

    def _file_edge(self, kind: EdgeKind, path: str, row: Import, sure: Sure) -> None:
        if path != self._path and not path.endswith("/"):
            dst = node_id(path, "")
            self._builder.edge(self._builder.file, kind, dst, row.line, row.start, sure, "", row.flags)

    def _name_edge(self, kind: EdgeKind, one: Found, row: Import) -> None:
        if not one.path or one.path.endswith("/") or (one.path == self._path and not one.name):
            return
        dst, flags = node_id(one.path, one.name), row.flags | one.flags & CONDITIONAL
        sure = one.sure if one.sure is not Sure.LOCAL else Sure.IMPORT
        self._builder.edge(self._builder.file, kind, dst, row.line, row.start, sure, "", flags)

    def _export(self, row: Export) -> None:
        found = self._resolver.member(self._path, row.local)
        if is_lost(found):
            self._misses.of_export(row, found)
            return
        for one in found:
            if one.path and not one.path.endswith("/") and (one.path != self._path or one.name):
                dst = node_id(one.path, one.name)
                self._builder.edge(
                    self._builder.file, EdgeKind.EXPORTS, dst, row.line, row.start, one.sure, "", row.flags
                )

    # ---- classes

    def _inherits(self, row: Definition) -> None:
        src, start = node_id(self._path, row.qualified), row.name_start
        for chain in row.bases:
            if "=" in chain:
                continue
            start = self._base_start(row, chain, start + 1)
            for one in self._walk(row.scope, chain)[-1]:
                if one.value.kind == CLASS:
                    same = one.path == one.value.path and one.name == one.value.name
                    sure, flags = one.sure if same else Sure.INFERRED, one.flags & CONDITIONAL
                    dst = node_id(one.value.path, one.value.name)
                    self._builder.edge(src, EdgeKind.INHERITS, dst, row.line, start, sure, "", flags)

    def _base_start(self, row: Definition, chain: str, least: int) -> int:
        """Return where a base stands; a later place than that of the one before it, since their order matters."""
        body = self._file.facts.scopes[row.inner].start if row.inner >= 0 else row.end
        found = self._reads.get((row.scope, chain), least)
        return found if least <= found < body else least

    @cached_property
    def _reads(self) -> dict[tuple[int, str], int]:
        bases = {chain for row in self._file.facts.definitions for chain in row.bases}
        reads = (use for use in self._file.facts.uses if use.chain in bases and use.role is Role.READ)
        return {(use.scope, use.chain): use.start for use in reads}

    def _overrides(self, row: Definition) -> None:
        owner, _, name = row.qualified.rpartition(".")
        found, _own = self._resolver.families.member(self._path, owner, name, after=True)
        for one in found:
            if one.value.kind == FUNCTION and one.path == one.value.path:
                src, dst = node_id(self._path, row.qualified), node_id(one.path, one.name)
                flags = row.flags | one.flags & CONDITIONAL
                self._builder.edge(src, EdgeKind.OVERRIDES, dst, row.line, row.name_start, Sure.MRO, "", flags)

    # ---- calls and uses

    def _walk(self, scope: int, chain: str) -> list[Founds]:
        known = self._walked.get((scope, chain))
        if known is None:
            steps = steps_of(chain)
            if len(steps) > 1:
                known = self._resolver.onward(self._walk(scope, steps[0])[0], steps)
            else:
                known = [self._resolver.root(self._path, scope, steps[0])]
            self._walked[scope, chain] = known
        return known

    def _call(self, row: Call) -> None:
        steps = steps_of(row.chain)
        found = self._walk(row.scope, row.chain)
        if not self._on_the_way(row, steps, found):
            return
        for one in found[-1]:
            self._called(row, one)
        if is_lost(found[-1]) and (len(steps) > 1 or found[-1][0].value.name != "type"):
            self._misses.of_step(row, steps, found, len(steps) - 1)

    def _called(self, row: Call, one: Found) -> None:
        value = one.value
        if value.kind == INSTANCE:
            value = self._resolver.step((one,), "__call__")[0].value
        if value.kind not in (FUNCTION, CLASS):
            if one.path and one.name:
                self._used(row, one)
                self._builder.unknown(row.chain, "type", row.scope, row.line, row.start, is_call=True)
            return
        same = one.path == value.path and one.name == value.name
        if one.path and one.name and not same:
            self._used(row, one)
        sure = one.sure if same else Sure.INFERRED
        flags = one.flags & (CONDITIONAL | VARIADIC) | self._how(value)
        self._builder.call(row, node_id(value.path, value.name), sure, flags)

    def _how(self, value: Value) -> int:
        """Return how a function or class takes its arguments: with its receiver, through an unknown wrapper."""
        if value.kind == FUNCTION:
            return BOUND if self._resolver.families.is_bound(value) else 0
        self._resolver.memo.ask(Asked(value.path, value.name.partition(".")[0]))
        rows = self._resolver.file(value.path).definitions.get(value.name, ())
        return BOUND if all(is_trusted(one) for one in rows) else BOUND | VARIADIC

    def _use(self, row: Use) -> None:
        steps = steps_of(row.chain)
        if len(steps) == 1 and self._is_plain_local(row):
            return
        found = self._walk(row.scope, row.chain)
        if not self._on_the_way(row, steps, found):
            return
        last = found[-1]
        if steps[-1] in _MARKS:
            return
        for one in last:
            if one.path and one.name:
                self._used(row, one)
            elif row.role is Role.WRITE and one.value.name.startswith(_BUILTIN_MODULES):
                self._misses.of_write(row)
        if is_lost(last):
            if row.role is Role.READ or row.role is Role.TYPE:
                self._misses.of_step(row, steps, found, len(steps) - 1)
            elif len(steps) > 1:
                self._misses.of_write(row)

    def _is_plain_local(self, row: Use) -> bool:
        """Return whether a name stands for a variable of a function, which is no node."""
        bound = self._file.scopes.bound(row.chain, row.scope)
        if bound is None:
            return False
        rows = bound[1]
        return type(rows[0]) is Binding and type(rows[-1]) is Binding  # definitions come first, imports last

    def _on_the_way(self, row: Call | Use, steps: tuple[str, ...], found: list[Founds]) -> bool:
        """Write down what a chain uses before its last step; return False if it is lost before that."""
        for at in range(len(steps) - 1):
            if is_lost(found[at]):
                if type(row) is Use and row.role is Role.WRITE:
                    self._misses.of_write(row)
                elif steps[at] in _MARKS or found[at][0].value.name not in ("absent", "unbound"):
                    self._lost(row, steps, found, at)
                else:
                    self._misses.of_step(row, steps, found, at)
                return False
            if steps[at] not in _MARKS and steps[at + 1] != "()":
                for one in found[at]:
                    if one.path and one.name:
                        self._used(row, one)
        return True

    def _lost(self, row: Call | Use, steps: tuple[str, ...], found: list[Founds], at: int) -> None:
        """Write down that the last step of a chain is not known, since what comes before it is not."""
        if steps[-1] not in _MARKS:
            self._misses.of_step(row, steps, [*found[:-1], found[at]], len(steps) - 1)

    def _used(self, row: Call | Use, one: Found) -> None:
        if one.value.kind == MODULE and not one.name:
            return
        src, dst = self._builder.within(row.scope), node_id(one.path, one.name)
        flags = row.flags | one.flags & CONDITIONAL
        self._builder.edge(src, EdgeKind.USES, dst, row.line, row.start, one.sure, "", flags)
