"""From what was captured to the rows of facts: everything in its scope, with its qualified name."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

import msgspec

from kb.facts.model import (
    Binding,
    Call,
    Definition,
    Facts,
    Flag,
    Hole,
    Import,
    Kind,
    Role,
    Scope,
    ScopeKind,
    Signature,
    Status,
    Use,
)
from kb.facts.queried_chains import chain_of
from kb.facts.queried_imports import imports_of
from kb.facts.queried_read import Found, Place, Reading
from kb.source import Source

CLASSES = frozenset({Kind.CLASS, Kind.INTERFACE, Kind.ENUM, Kind.STRUCT})
FUNCTIONS = frozenset({Kind.FUNCTION, Kind.METHOD})
_VARIABLES = frozenset({Kind.VARIABLE, Kind.CONSTANT})
_PRIVATE, _EXPORTED, _DEFERRED = Flag.PRIVATE.value, Flag.EXPORTED.value, Flag.DEFERRED.value
_DECLARED, _STATIC = Flag.DECLARED.value, Flag.STATIC.value
_TODO = re.compile(r"\b(TODO|FIXME|XXX)\b")
_COMMENT_MARKS = re.compile(r"^[\s/*#!]+|[\s*/]+$")


def rows_of(reading: Reading, status: Status) -> Facts:
    """Return the facts of a file whose matches have all been taken in."""
    reading.finish()
    return _Rows(reading).facts(status)


class _Rows:
    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.source = Source("", reading.data)
        self.scopes = [Scope(ScopeKind.MODULE, -1, 0, len(reading.data))]
        self.definitions: list[Definition] = []
        self.bindings: list[Binding] = []
        self.docs = _docs(reading.comments, self.source)
        self.lent: dict[str, dict[int, str]] = {}  # bases of a type that are told where only its name is lent
        self._place_definitions()
        self._lend_bases()
        self._edges, self._inner = _borders(self.scopes)
        self._give_sections()
        self._place_bindings()

    def facts(self, status: Status) -> Facts:
        reading = self.reading
        return Facts(
            reading.language,
            status,
            lines=self.source.line_count,
            scopes=tuple(self.scopes),
            definitions=tuple(self.definitions),
            bindings=tuple(sorted(self.bindings, key=lambda row: row.start)),
            imports=tuple(self._imports()),
            calls=tuple(self._calls()),
            uses=tuple(self._uses()),
            holes=tuple(self._holes()),
            package=reading.package,
            trouble="" if status is Status.WHOLE else "not understood in places by its grammar",
        )

    def _place_definitions(self) -> None:
        open_: list[tuple[Found, str, int]] = []  # with its qualified name and the index of its scope
        for found in sorted(self.reading.found.values(), key=lambda f: (f.start, -f.end, f.name_start)):
            while open_ and open_[-1][0].end <= found.start:
                open_.pop()
            around = open_[-1] if open_ else None
            if found.kind is Kind.ATTRIBUTE:  # also one that a constructor's parameter list declares
                inside = (each for each in reversed(open_) if self.scopes[each[2]].kind is ScopeKind.CLASS)
                around = next(inside, around)
            if found.is_global:
                around = None
            outer, scope = (around[1], around[2]) if around else ("", 0)
            kind = self._kind(found, scope)
            is_prototype = kind is Kind.FUNCTION and found.flags & _DECLARED and self.reading.language in ("c", "cpp")
            if (kind in _VARIABLES or is_prototype) and self.scopes[scope].kind is ScopeKind.FUNCTION:
                at = found.name_start
                self.bindings.append(
                    Binding(found.name, scope, at, self._line(at), found.value, found.annotation, found.flags)
                )
                continue
            local = f"{found.receiver}.{found.name}" if found.receiver else found.name
            qualified = f"{outer}.{local}" if outer and local else outer or local
            if kind is None or kind in CLASSES or kind in FUNCTIONS or kind is Kind.MODULE:
                self._open_scope(found, kind, scope, qualified)
                open_.append((found, qualified, len(self.scopes) - 1))
            if kind is None and found.bases:
                self.lent.setdefault(qualified, {}).update(found.bases)
            if kind is not None:
                flags = around[0].flags if around and around[0].kind is None else 0
                self.definitions.append(self._definition(found, kind, scope, qualified, flags))

    def _lend_bases(self) -> None:
        for index, row in enumerate(self.definitions):
            bases = self.lent.get(row.qualified)
            if bases and row.kind in CLASSES:
                more = [text for _, text in sorted(bases.items()) if text not in row.bases]
                self.definitions[index] = msgspec.structs.replace(row, bases=(*row.bases, *more))

    def _give_sections(self) -> None:
        """Give the functions of each scope the flags of the last section above them: `private:`."""
        sections: dict[int, list[Place]] = {}
        for place in sorted(self.reading.sections, key=lambda each: each.start):
            sections.setdefault(self._scope(place.start), []).append(place)
        for index, row in enumerate(self.definitions):
            above = [place for place in sections.get(row.scope, ()) if place.start < row.start]
            if above and not row.flags & _STATIC:
                flags = row.flags | above[-1].flags
                flags &= ~_EXPORTED if flags & _PRIVATE else ~0
                self.definitions[index] = msgspec.structs.replace(row, flags=flags)

    def _open_scope(self, found: Found, kind: Kind | None, parent: int, qualified: str) -> None:
        scope_kind = ScopeKind.CLASS
        if kind in FUNCTIONS:
            scope_kind = ScopeKind.FUNCTION
        elif kind is Kind.MODULE:
            scope_kind = ScopeKind.MODULE
        index = len(self.definitions) if kind else -1
        self.scopes.append(Scope(scope_kind, parent, found.start, found.end, qualified, index))

    def _kind(self, found: Found, scope: int) -> Kind | None:
        inside_class = self.scopes[scope].kind is ScopeKind.CLASS
        dotted_name = "." in found.name and found.kind in FUNCTIONS
        if found.kind is Kind.FUNCTION and (inside_class or found.receiver or dotted_name):
            return Kind.METHOD
        if found.kind is Kind.VARIABLE and inside_class:
            return Kind.ATTRIBUTE
        return found.kind

    def _definition(self, found: Found, kind: Kind, scope: int, qualified: str, extra: int) -> Definition:
        flags = found.flags | extra
        flags &= ~_EXPORTED if flags & _PRIVATE else ~0
        has_scope = kind in CLASSES or kind in FUNCTIONS or kind is Kind.MODULE
        parameters = tuple(row for _, row in sorted(found.parameters.items()))
        if [(row.name, row.annotation) for row in parameters] == [("", "void")]:  # C's way to say none
            parameters = ()
        at = found.name_start
        start = min([found.start, *found.decorators])
        return Definition(
            found.name.rpartition(".")[2],
            qualified,
            kind,
            scope,
            start,
            found.end,
            self._line(at),
            self._line(max(found.start, found.end - 1)),
            at,
            inner=len(self.scopes) - 1 if has_scope else -1,
            flags=flags,
            decorators=tuple(text for _, text in sorted(found.decorators.items())),
            bases=tuple(text for _, text in sorted(found.bases.items())),
            signature=Signature(parameters, found.returns) if kind in FUNCTIONS else None,
            annotation=found.annotation,
            value=found.value,
            doc=self.docs.pop(self._line(start) - 1, ""),  # of the first that is defined below it
        )

    def _place_bindings(self) -> None:
        rows = [(place, True) for place in self.reading.parameters.values()]
        rows += [(place, False) for at, place in self.reading.bindings.items() if at not in self.reading.parameters]
        for place, parameter in rows:
            scope, line = self._scope(place.start), self._line(place.start)
            if place.text == "_" or (parameter and self.scopes[scope].kind is not ScopeKind.FUNCTION):
                continue
            self.bindings.append(
                Binding(place.text, scope, place.start, line, place.value, place.annotation, place.flags, parameter)
            )

    def _imports(self) -> Iterator[Import]:
        for _, place in sorted(self.reading.imports.items()):
            scope, line = self._scope(place.start), self._line(place.start)
            flags = place.flags | (_DEFERRED if self.scopes[scope].kind is ScopeKind.FUNCTION else 0)
            for one in imports_of(place.text, self.reading.language):
                yield Import(
                    one.module, scope, place.start, place.end, line, one.name, one.alias, flags=flags | one.flags
                )

    def _calls(self) -> Iterator[Call]:
        for call in sorted(self.reading.calls.values(), key=lambda c: (c.callee, c.start, c.end)):
            counted = call.arguments
            scope, line = self._scope(call.callee), self._line(call.callee)
            yield Call(call.chain, scope, call.start, call.end, line, *counted, call.flags)

    def _uses(self) -> Iterator[Use]:
        """Yield names that are read: of places within one another the widest, and none that is something else."""
        reading = self.reading
        calls = reading.calls.values()
        taken = {call.callee for call in calls} | {found.name_start for found in reading.found.values()}
        taken.update(reading.bindings, reading.parameters, reading.ignored)
        covered = [(place.start, -place.end) for place in reading.imports.values()]
        covered += [(call.callee, -call.callee_end) for call in calls if call.chain.replace(".", "").isidentifier()]
        rows = [(start, minus_end, "", Role.READ, 0) for start, minus_end in covered]
        rows += [(use.start, -use.end, use.text, Role.TYPE, use.flags) for use in reading.types]
        rows += [(use.start, -use.end, use.text, Role.READ, use.flags) for use in reading.uses]
        seen: set[tuple[str, int, Role]] = set()
        until = 0
        for start, minus_end, text, role, flags in sorted(rows, key=lambda row: row[:3]):
            if -minus_end <= until or (text and start in taken):
                continue
            until = -minus_end
            key = (text, self._scope(start), role)
            if text and key not in seen:
                seen.add(key)
                yield Use(_chain(text), key[1], start, self._line(start), role, flags)

    def _holes(self) -> Iterator[Hole]:
        found = [("unimplemented", place.start, place.end) for place in self.reading.holes]
        for comment in self.reading.comments:
            for mark in _TODO.finditer(comment.text):
                kind = "todo" if mark[1] == "TODO" else "fixme"
                at = comment.start + len(comment.text[: mark.start()].encode())
                found.append((kind, at, comment.end))
        for kind, start, end in sorted(found, key=lambda row: (row[1], row[0])):
            yield Hole(kind, self._scope(start), start, end, self._line(start))

    def _line(self, offset: int) -> int:
        return self.source.line_of(offset)

    def _scope(self, offset: int) -> int:
        return self._inner[bisect_right(self._edges, offset) - 1]


def _borders(scopes: list[Scope]) -> tuple[list[int], list[int]]:
    """Return the offsets at which the innermost scope changes, and which it is from there on."""
    edges, inner = [0], [0]
    open_ = [0]

    def close(until: int) -> None:
        while len(open_) > 1 and scopes[open_[-1]].end <= until:
            edges.append(scopes[open_.pop()].end)
            inner.append(open_[-1])

    for index in sorted(range(1, len(scopes)), key=lambda i: (scopes[i].start, -scopes[i].end, i)):
        close(scopes[index].start)
        open_.append(index)
        edges.append(scopes[index].start)
        inner.append(index)
    close(scopes[0].end)
    return edges, inner


def _docs(comments: list[Place], source: Source) -> dict[int, str]:
    """Return by its last line the first line of each block of comments."""
    found: dict[int, str] = {}
    for comment in sorted(comments, key=lambda c: c.start):
        first, last = source.line_of(comment.start), source.line_of(max(comment.start, comment.end - 1))
        lines = (_COMMENT_MARKS.sub("", line) for line in comment.text.split("\n")[:4])
        text = found.get(first - 1) or next((line for line in lines if line), "")
        found[last] = text[:200]
    return found


def _chain(text: str) -> str:
    return text if text.isidentifier() else chain_of(text)
