"""From the rows that bind a name to what is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kb.facts.model import Binding, Definition, Facts, Import, Kind, ScopeKind
from kb.graph.model import NodeKind
from kb.source import Source
from models.constraints.names_model import Name, Origin

if TYPE_CHECKING:
    from kb.graph.code import Code
    from kb.graph.model import Node

Row = Definition | Binding | Import


def name_of(
    facts: Facts, rows: list[Row], origin: Origin, source: Source, code: Code | None, *, is_later: bool
) -> Name:
    """Return what is known of a name that is bound by `rows`; what they do not agree on is left out."""
    first = rows[0]
    starts = tuple(row.name_start if isinstance(row, Definition) else row.start for row in rows)
    if isinstance(first, Import):
        return _imported(first, starts, origin, source, code, is_later=is_later)
    if isinstance(first, Definition):
        made = _defined(first, origin)
    else:
        kind = "parameter" if first.parameter else "local"
        made = Name(first.name, kind, origin, annotation=first.annotation, value=first.value, flags=first.flags)
    alone = len(rows) == 1
    notes = {row.annotation for row in rows if not isinstance(row, Import) and row.annotation}
    return Name(
        made.name,
        made.kind if alone or _are_alike(rows) else "local",
        origin,
        signature=made.signature if alone else None,
        annotation=notes.pop() if len(notes) == 1 else "",
        value=made.value if alone else "",
        bases=made.bases if alone else (),
        flags=made.flags if alone else 0,
        starts=starts,
        is_later=is_later,
    )


def _are_alike(rows: list[Row]) -> bool:
    kinds = {row.kind if isinstance(row, Definition) else None for row in rows}
    return len(kinds) == 1 and None not in kinds


def _defined(row: Definition, origin: Origin) -> Name:
    return Name(
        row.name,
        row.kind.value,
        origin,
        signature=row.signature,
        annotation=row.annotation,
        value=row.value,
        bases=row.bases,
        flags=row.flags,
    )


def _imported(
    row: Import, starts: tuple[int, ...], origin: Origin, source: Source, code: Code | None, *, is_later: bool
) -> Name:
    module, kind, signature, flags = "." * row.level + row.module, "import", None, 0
    bases: tuple[str, ...] = ()
    node = _led_to(row, source.path, code)
    if node is not None and code is not None:
        kind = "module" if node.kind is NodeKind.FILE else "import"
        found = code.definitions(node)
        if len(found) == 1:
            target = found[0]
            kind, signature, bases, flags = target.kind.value, target.signature, target.bases, target.flags
    elif not row.name:
        kind = "module"
    return Name(
        row.alias,
        kind,
        origin,
        module=module,
        member=row.name,
        signature=signature,
        bases=bases,
        flags=flags,
        starts=starts,
        is_later=is_later,
    )


def _led_to(row: Import, path: str, code: Code | None) -> Node | None:
    """Return the one node that an import leads to, None if it leads out of the tree or is not known."""
    if code is None:
        return None
    nodes = code.resolve(path, row.start).nodes
    return nodes[0] if len(nodes) == 1 else None


def is_bound_later(facts: Facts, rows: list[Row], bound_in: int, scope: int, offset: int) -> bool:
    """Return whether all that binds a name stands after a place in the same function, or module."""
    at = scope
    while at != bound_in and at > 0 and facts.scopes[at].kind in (ScopeKind.BLOCK, ScopeKind.COMPREHENSION):
        at = facts.scopes[at].parent
    if at != bound_in or facts.scopes[at].kind is ScopeKind.COMPREHENSION:
        return False
    hoisted = facts.language != "python" and any(isinstance(r, Definition) and r.kind is Kind.FUNCTION for r in rows)
    return not hoisted and all(row.start > offset for row in rows)


def names_of_module(code: Code, path: str) -> Mapping[str, Name]:
    """Return what a file binds at its top level, by name, in order of the alphabet."""
    facts = code.facts(path)
    found: dict[str, Name] = {}
    for row in facts.definitions:
        if row.scope == 0 and "." not in row.qualified:
            found.setdefault(row.name, _defined(row, Origin.MODULE))
    for binding in facts.bindings:
        if binding.scope == 0:
            found.setdefault(binding.name, Name(binding.name, "local", Origin.MODULE, value=binding.value))
    for imported in facts.imports:
        if imported.scope == 0 and imported.alias:
            module = "." * imported.level + imported.module
            found.setdefault(
                imported.alias, Name(imported.alias, "import", Origin.MODULE, module=module, member=imported.name)
            )
    return dict(sorted(found.items()))
