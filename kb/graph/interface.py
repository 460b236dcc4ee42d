"""What other files can see of a file: a digest for each top-level name, free of positions.

If two facts have equal digests, every other file's links are the same with either. So a file is linked again only if
its own content changed, or the digest of a name that it asked for did. Too wide a digest costs time, too narrow a
one gives wrong links: in doubt, something belongs in it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from kb.facts.model import Definition, Facts, Kind, Role

STAR, PRESENCE = "*", ""  # of `Asked.name`: all names; whether the file is there, and what bears on all its names
_WHOLE_NAMES = frozenset({"python", "javascript", "typescript", "tsx"})  # linkers of others may ask for a member alone
_OWN = frozenset({"self", "cls", "this", "super"})
# calls that give names to what they are handed, or run what nobody can read
_TRICKS = frozenset({"object.__setattr__", "setattr", "delattr", "vars", "locals", "globals", "exec", "eval"})
_TRICK_ENDS = ("initpkg", ".assign", ".defineProperty", ".defineProperties", ".setPrototypeOf", ".__dict__.update")
_encode = msgspec.msgpack.Encoder().encode

_Row = tuple[object, ...]
_Rows = dict[str, list[tuple[int, _Row]]]  # name -> (place, what is seen): the place only puts them in order


def interface_of(facts: Facts) -> Mapping[str, bytes]:
    """Return a digest for each name that others may ask this file for.

    The key "" stands for what bears on every name (how far the facts can be trusted, stars, dynamic names): where it
    changes, everybody who asked this file anything has to ask again. The key "*" changes with any other.
    """
    rows: _Rows = defaultdict(list)
    rows[PRESENCE] += ((0, row) for row in _general(facts))
    _add_definitions(facts, rows)
    _add_bindings(facts, rows)
    _add_changes(facts, rows)
    digests = {name: _digest(row for _, row in sorted(found, key=_place)) for name, found in rows.items()}
    for export in facts.exports:  # who asks for an export asks for what it stands for
        behind = digests.get(_root(export.local), b"")
        row = (export.local, export.module, export.flags, behind)
        digests[export.name] = _digest([row, (digests.get(export.name, b""),)])
    digests[STAR] = _digest((name, digests[name]) for name in sorted(digests))
    return digests


def changed_names(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> set[str]:
    """Return the names whose digests differ, or that only one of the two has."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def _general(facts: Facts) -> Iterator[_Row]:
    yield facts.language, facts.status, facts.exports_known, facts.package, tuple(sorted(facts.dynamic))
    for row in facts.imports:
        if row.name == STAR:
            yield "import", row.module, row.level, row.flags, row.scope == 0
    for export in facts.exports:
        if export.name == STAR:
            yield "export", export.module, export.local, export.flags


def _add_definitions(facts: Facts, rows: _Rows) -> None:
    whole = facts.language in _WHOLE_NAMES
    for row in facts.definitions:
        seen = _seen(row)
        top, _, inner = row.qualified.partition(".")
        for name in {top} if whole else {top, *inner.split("."), row.qualified} - {""}:
            rows[name].append((row.start, seen))


def _seen(row: Definition) -> _Row:
    how = (row.signature, row.annotation, row.value)
    return row.qualified, row.kind, row.flags, row.decorators, row.bases, *how


def _add_bindings(facts: Facts, rows: _Rows) -> None:
    """Add what is bound at the top of the file, and the local variables that attributes of its classes are set from."""
    owners = [scope.qualified.partition(".")[0] for scope in facts.scopes]
    for named in facts.imports:
        if named.scope:  # in a class it is a member; in a function, attributes may be set from it
            owner, seen = owners[named.scope], (named.alias, named.module, named.name, named.level, named.flags)
            rows[owner].append((named.start, seen))
        elif named.alias:
            rows[named.alias].append((named.start, (named.module, named.name, named.level, named.flags)))
    for scope in facts.scopes:
        for words in scope.outer:
            rows[words.rpartition(" ")[2]].append((scope.start, (words,)))
    behind = _behind_attributes(facts, owners)
    for one in facts.bindings:
        owner = owners[one.scope]
        if one.scope == 0 or (owner, one.name) in behind:
            seen_binding = (one.name, one.value, one.annotation, one.flags, one.parameter)
            rows[owner if one.scope else one.name].append((one.start, seen_binding))


def _behind_attributes(facts: Facts, owners: list[str]) -> set[tuple[str, str]]:
    """Return (top-level name, local variable) for all variables that an attribute's value leads back to."""
    left = [
        (row.qualified.partition(".")[0], _root(row.value))
        for row in facts.definitions
        if row.kind is Kind.ATTRIBUTE and row.value
    ]
    sources: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in facts.bindings if left else ():
        if one.scope and one.value:
            sources[owners[one.scope], one.name].add(_root(one.value))
    found = set(left)
    while left:
        owner, name = left.pop()
        new = {(owner, source) for source in sources.get((owner, name), ())} - found
        found |= new
        left += new
    return found


def _add_changes(facts: Facts, rows: _Rows) -> None:
    """Add, each once, what is done to a name from elsewhere in the file: assigned, deleted, handed to a trick."""
    changes = set()
    for use in facts.uses:
        root = _root(use.chain)
        if use.role in (Role.WRITE, Role.DELETE) and root not in _OWN:
            changes.add((root, (use.chain, str(use.role), use.scope == 0)))
    chains = {use.chain for use in facts.uses} | {call.chain for call in facts.calls}
    if any("__dict__" in chain or "__setattr__" in chain for chain in chains):
        changes.add((PRESENCE, ("__dict__", "", False)))
    classes = {row.name for row in facts.definitions if row.kind is Kind.CLASS and not row.scope}
    handed = {use.chain for use in facts.uses if not use.scope and use.role is Role.READ} & classes
    handed -= {base for row in facts.definitions for base in row.bases}
    changes |= {(name, ("handed", "", True)) for name in handed}  # a mapper may give it more than it says
    for call in facts.calls:
        if call.chain in _TRICKS or call.chain.endswith(_TRICK_ENDS):
            changes.add((PRESENCE, ("trick", "", False)))  # it may give names to anything in the file
            changes.add((facts.scopes[call.scope].qualified.partition(".")[0], (call.chain, "", False)))
    for name, row in sorted(changes):
        rows[name].append((1 << 62, row))


def _root(chain: str) -> str:
    """Return the name that a chain starts with."""
    chain = chain.rpartition(" ")[2]  # "for x" is an element of x
    for at, sign in enumerate(chain):
        if sign in ".()[]^":
            return chain[:at]
    return chain


def _place(entry: tuple[int, _Row]) -> int:
    return entry[0]


def _digest(rows: Iterable[object]) -> bytes:
    return hashlib.blake2b(_encode(list(rows)), digest_size=8).digest()
