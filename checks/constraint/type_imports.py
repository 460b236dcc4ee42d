"""Imports of TypeScript that are gone when it runs: everything they bring is used as a type only."""

from __future__ import annotations

import re

from checks.constraint.places import TYPED
from kb.facts.model import Facts, Flag, Import, Kind, Role
from kb.graph.code import Code
from kb.graph.model import EdgeKind, node_id

TYPES = (Kind.INTERFACE, Kind.TYPE)
ROOT = re.compile(r"[\w$]+")


def only_types(code: Code, path: str, target: str) -> bool:
    """Return whether the compiler drops every import that a file has of another one.

    By default it drops the names that are used as types only, and then an import of which no name is left.
    """
    if not path.endswith(TYPED):
        return False
    wanted = node_id(target, "")
    edges = code.graph.edges_from([node_id(path, "")], [EdgeKind.IMPORTS])
    lines = {edge.line for edge in edges if edge.dst == wanted and not edge.flags & Flag.TYPING}
    facts, theirs = code.facts(path), _types_of(code.facts(target))
    used = _used_as_values(facts)
    for one in facts.imports:
        if one.line in lines and not one.flags & Flag.TYPING and _is_kept(one, used, theirs):
            return False
    exports = (one for one in facts.exports if one.line in lines and one.module and not one.flags & Flag.TYPING)
    return all(one.name != "*" and one.local in theirs for one in exports)


def _is_kept(one: Import, used: set[str], theirs: set[str]) -> bool:
    return not one.alias or (one.alias in used and one.name not in theirs)


def _used_as_values(facts: Facts) -> set[str]:
    """Return the first names of everything that is called, read, written or exported."""
    chains = [one.chain for one in facts.calls]
    chains += [one.chain for one in facts.uses if one.role is not Role.TYPE and not one.flags & Flag.TYPING]
    chains += [one.local for one in facts.exports if not one.module]
    return {found[0] for chain in chains if (found := ROOT.match(chain))}


def _types_of(facts: Facts) -> set[str]:
    """Return the names that a file has for types only."""
    values = {row.name for row in facts.definitions if row.kind not in TYPES}
    return {row.name for row in facts.definitions if row.kind in TYPES} - values
