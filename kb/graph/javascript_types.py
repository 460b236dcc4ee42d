"""From the text of a TypeScript annotation to what a value of that type is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kb.facts.model import Binding, Flag, Kind
from kb.graph.javascript_files import Thing, What, unknown, weaker
from kb.graph.model import Sure

if TYPE_CHECKING:
    from kb.graph.javascript_resolve import Resolver

_NAME = re.compile(r"([\w$]+(?:\s*\.\s*[\w$]+)*)\s*(?:<(.*)>)?", re.DOTALL)
_PART = re.compile(r"(.+)\['([\w$]+)'\]", re.DOTALL)
_MEMBER = re.compile(r"(?:readonly )?([\w$]+)\??\s*:\s*(.+)", re.DOTALL)
_EMPTY = frozenset({"null", "undefined", "void", "never"})
_PROMISES = frozenset({"Promise", "PromiseLike"})
_LISTS = frozenset(
    {"Array", "ReadonlyArray", "Iterable", "IterableIterator", "Set", "ReadonlySet", "Iterator", "Generator"}
)
_SAME = frozenset({"Readonly", "Required", "Partial", "NonNullable", "Awaited", "DeepReadonly"})
_PLAIN = frozenset(
    (
        "string",
        "number",
        "boolean",
        "bigint",
        "symbol",
        "object",
        "any",
        "unknown",
        "never",
        "void",
        "null",
        "undefined",
    )
)
_TYPING = Flag.TYPING.value


def typed(resolver: Resolver, note: str, path: str, scope: int, receiver: Thing | None) -> Thing:
    """Return what a value is whose type a note says, seen from a scope; `receiver` is what `this` would be."""
    for _ in range(8):
        note = _stripped(note)
        if not note or note in _PLAIN:
            return Thing(What.EXTERNAL, reason="external") if note in _PLAIN - {"any", "unknown"} else unknown("type")
        if note == "this":
            return receiver or unknown("type")
        if note.startswith("typeof "):
            return resolver.value(resolver.chain(path, scope, note[7:].strip()))
        if note.endswith("[]"):
            return Thing(What.LIST, inner=typed(resolver, note[:-2], path, scope, receiver))
        if note.startswith("{") and note.endswith("}"):
            return Thing(What.SHAPE, path, f"{scope}|{note[1:-1]}")
        if (part := _PART.fullmatch(note)) is not None:
            whole = typed(resolver, part[1], path, scope, receiver)
            return resolver.value(resolver.attribute(whole, part[2]))
        found = _NAME.fullmatch(note)
        if found is None or _closes_early(note):
            return unknown("type")
        name, arguments = "".join(found[1].split()), split_at(found[2] or "", ",")
        if arguments and name in _PROMISES:
            return Thing(What.PROMISE, inner=typed(resolver, arguments[0], path, scope, receiver))
        if arguments and name in _LISTS:
            return Thing(What.LIST, inner=typed(resolver, arguments[0], path, scope, receiver))
        if not arguments or name not in _SAME:
            return _named(resolver, name, path, scope)
        note = arguments[0]
    return unknown("type")


def _named(resolver: Resolver, name: str, path: str, scope: int) -> Thing:
    row = resolver.file(path).lookup(scope, name, types=True) if "." not in name else None
    if isinstance(row, Binding):
        if not row.flags & _TYPING or not row.annotation:
            return unknown("type")
        return typed(resolver, row.annotation, path, resolver.file(path).facts.scopes[row.scope].parent, None)
    thing = resolver.chain(path, scope, name, types=True)
    if thing.what is not What.SYMBOL:
        return thing if thing.what is What.EXTERNAL else unknown("type")
    rows = resolver.file(thing.path).rows.get(thing.qualified, [])
    kinds = {one.kind for one in rows}
    if kinds & {Kind.CLASS, Kind.INTERFACE, Kind.TYPE}:
        alias = rows[0] if kinds == {Kind.TYPE} else None
        if alias is not None and _is_plain_alias(alias.annotation):
            return typed(resolver, alias.annotation, thing.path, max(alias.inner, 0), None)
        return Thing(What.INSTANCE, thing.path, thing.qualified, weaker(thing.sure, Sure.INFERRED))
    return Thing(What.EXTERNAL, reason="external") if Kind.ENUM in kinds else unknown("type")


def of_shape(resolver: Resolver, thing: Thing, name: str) -> Thing:
    """Return what a member of an object is whose members a note lists."""
    scope, _, members = thing.qualified.partition("|")
    for several in split_at(members, ";"):
        for one in split_at(several, ","):
            found = _MEMBER.fullmatch(one)
            if found is not None and found[1] == name and len(split_at(found[2], ":")) == 1:
                return typed(resolver, found[2], thing.path, int(scope), None)
    return unknown("type")


def _is_plain_alias(note: str) -> bool:
    return "{" not in note and "&" not in note and "=>" not in note


def _stripped(note: str) -> str:
    """Return a note without parentheses around it, and without null and undefined among its alternatives."""
    note = note.strip().removeprefix("readonly ").strip()
    while note.startswith("(") and note.endswith(")") and not _closes_early(note):
        note = note[1:-1].strip()
    parts = [part for part in split_at(note, "|") if part not in _EMPTY and part]
    return parts[0] if len(parts) == 1 else note


def _closes_early(note: str) -> bool:
    depth = 0
    for at, sign in enumerate(note):
        if sign in "<([{":
            depth += 1
        elif sign in ">)]}" and (sign != ">" or note[at - 1 : at] != "="):
            depth -= 1
            if depth == 0 and at < len(note) - 1 and sign == ")":
                return True
    return depth != 0


def split_at(text: str, sign: str) -> list[str]:
    """Return the parts of a note between signs that stand in no bracket; nothing for no text."""
    parts, depth, start = [], 0, 0
    for at, one in enumerate(text):
        if one in "<([{":
            depth += 1
        elif one in ">)]}" and (one != ">" or text[at - 1 : at] != "="):
            depth -= 1
        elif one == sign and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
    last = text[start:].strip()
    return [*parts, last] if last or parts else []
