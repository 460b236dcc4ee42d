"""From what was seen in a Python file to its rows, in order of their place."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence, Set
from operator import attrgetter
from typing import Final, TypeVar

from msgspec.structs import replace

from kb.facts.model import Binding, Call, Definition, Facts, Hole, Import, Scope, ScopeKind, Status, Use
from kb.facts.python_drafts import Draft
from kb.facts.python_reading import Reading

_Row = TypeVar("_Row", Binding, Call, Hole, Import, Use)
_place: Final = attrgetter("start")


def facts_from(reading: Reading, language: str, status: Status, trouble: str, lines: int, doc: str) -> Facts:
    """Return the facts that a finished reading found."""
    starts = reading.starts
    order = _order(reading)
    reading.drafts.sort(key=lambda draft: (draft.start, -draft.end, draft.name_start))
    index = {id(draft): number for number, draft in enumerate(reading.drafts)}
    uses = [
        Use(chain, scope, start, bisect_right(starts, start), role, flags)
        for (chain, scope, role, flags), start in reading.uses.items()
    ]
    if reading.outers:
        bound = {(row.scope, row.name) for row in reading.bindings}
        reading.bindings = [_outward(reading, row, bound) for row in reading.bindings]
    return Facts(
        language,
        status,
        lines,
        _scopes(reading, index, order),
        tuple([_definition(reading, draft, order) for draft in reading.drafts]),
        _in_order(reading.bindings, order),
        _in_order(reading.imports, order),
        tuple(sorted(reading.exports, key=_place)),
        _in_order(reading.calls, order),
        _in_order(uses, order),
        _in_order(reading.holes, order),
        doc,
        reading.all_seen and reading.all_known,
        "",
        tuple(sorted(reading.dynamic)),
        trouble,
    )


def _order(reading: Reading) -> Mapping[int, int]:
    """Return where each scope belongs, if what was read last for lying deep stands before others; else nothing."""
    places = [(start, -end, number) for number, (_, start, end) in enumerate(reading.scopes)]
    wanted = sorted(places)
    return {} if wanted == places else {number: place for place, (_, _, number) in enumerate(wanted)}


def _in_order(rows: list[_Row], order: Mapping[int, int]) -> tuple[_Row, ...]:
    if order:
        rows = [replace(row, scope=order[row.scope]) for row in rows]
    rows.sort(key=_place)
    return tuple(rows)


def _outward(reading: Reading, row: Binding, bound: Set[tuple[int, str]]) -> Binding:
    """Return a binding of a `nonlocal` name as one of the function around that has the name."""
    if f"nonlocal {row.name}" not in reading.outers.get(row.scope, ()):
        return row
    scope = reading.scopes[row.scope][0]
    while scope > 0:
        if reading.scope_kinds[scope] is ScopeKind.FUNCTION:
            outer = f"nonlocal {row.name}" in reading.outers.get(scope, ())
            if not outer and (scope, row.name) in bound:
                return replace(row, scope=scope)
        scope = reading.scopes[scope][0]
    return row


def _scopes(reading: Reading, index: Mapping[int, int], order: Mapping[int, int]) -> tuple[Scope, ...]:
    rows: list[Scope] = []
    numbers: Sequence[int] = sorted(order, key=order.__getitem__) if order else range(len(reading.scopes))
    for number in numbers:
        parent, start, end = reading.scopes[number]
        owner = reading.owners[number]
        own = owner is not None and owner.inner == number
        rows.append(
            Scope(
                reading.scope_kinds[number],
                order.get(parent, parent),
                start,
                end,
                owner.qualified if owner is not None else "",
                index[id(owner)] if own else -1,
                tuple(reading.outers.get(number, ())),
            )
        )
    return tuple(rows)


def _definition(reading: Reading, draft: Draft, order: Mapping[int, int]) -> Definition:
    frame = draft.frame
    return Definition(
        draft.name,
        draft.qualified,
        draft.kind,
        order.get(draft.scope, draft.scope),
        draft.start,
        draft.end,
        bisect_right(reading.starts, draft.name_start),
        bisect_right(reading.starts, max(draft.start, draft.end - 1)),
        draft.name_start,
        order.get(draft.inner, draft.inner),
        draft.flags | (frame.flags if frame is not None else 0),
        draft.decorators,
        draft.bases,
        draft.signature,
        draft.annotation,
        draft.value,
        draft.doc,
        tuple(frame.raises) if frame is not None else (),
    )
