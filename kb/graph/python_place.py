"""What the name at a place of a Python file leads to."""

from __future__ import annotations

import re

from kb.facts.model import Import
from kb.graph.build import NODE_KINDS
from kb.graph.code import Resolved
from kb.graph.model import Node, NodeKind, node_id
from kb.graph.python_resolve import Resolver
from kb.graph.python_values import Found, steps_of

_WORD = re.compile(rb"[A-Za-z0-9_\x80-\xff]+")
_BEFORE = re.compile(rb"([A-Za-z0-9_\x80-\xff]+)\s*\.\s*\Z")
_FROM = re.compile(rb"(?m:^)[ \t]*from[ \t]+[^\s()=]*\Z")
_MAX_LENGTH = 2000  # of a line's part that is looked at on either side


def resolved_at(resolver: Resolver, data: bytes, path: str, offset: int) -> Resolved:
    """Return what the name at a byte offset leads to."""
    file = resolver.file(path)
    span = _word_at(data, offset)
    if span is None or not file.facts.scopes:
        return Resolved("", (), "no name stands here" if file.facts.scopes else "the file was not read")
    start, end = span
    for row in file.facts.definitions:
        if row.name_start == start:
            return Resolved(row.name, (_node(resolver, path, row.qualified),))
    for imported in file.facts.imports:
        if imported.start <= start < imported.end:
            return _of_import(resolver, path, imported, data[start:end].decode("utf-8", "replace"))
    if _FROM.search(data, max(0, start - _MAX_LENGTH), start):
        following = [row for row in file.facts.imports if row.start > start and row.name]
        return _of_import(resolver, path, following[0], "") if following else Resolved("", (), "no import stands here")
    chain, root = _chain(data, start, end)
    scope = file.scopes.scope_at(root)
    if not chain.startswith(".") and _is_keyword(data, start, end):
        return Resolved(chain, (), "a keyword argument")
    if chain.startswith("."):
        chain = _longer_chain(resolver, path, scope, chain, start)
        if not chain:
            return Resolved("", (), "type")
    found = resolver.walk(path, scope, chain)[-1]
    nodes = tuple(dict.fromkeys(_node(resolver, *place) for one in found if (place := _target(one))))
    return Resolved(chain, nodes, "" if nodes else found[0].value.name or found[0].value.kind)


def _word_at(data: bytes, offset: int) -> tuple[int, int] | None:
    begin = max(0, offset - _MAX_LENGTH)
    for match in _WORD.finditer(data, begin, offset + _MAX_LENGTH):
        if match.start() <= offset < match.end():
            return match.span()
        if match.start() > offset:
            return None
    return None


def _chain(data: bytes, start: int, end: int) -> tuple[str, int]:
    """Return the dotted names up to a word and where they start; with a dot in front if more comes before."""
    words, at = [data[start:end]], start
    while match := _BEFORE.search(data, max(0, at - _MAX_LENGTH), at):
        words.append(match.group(1))
        at = match.start()
    before = data[max(0, at - _MAX_LENGTH) : at].rstrip()
    chain = b".".join(reversed(words)).decode("utf-8", "replace")
    return ("." + chain if before.endswith(b".") else chain), at


def _is_keyword(data: bytes, start: int, end: int) -> bool:
    after, before = data[end : end + 20].lstrip(), data[max(0, start - 200) : start].rstrip()
    return after.startswith(b"=") and not after.startswith(b"==") and before.endswith((b"(", b","))


def _longer_chain(resolver: Resolver, path: str, scope: int, tail: str, start: int) -> str:
    """Return the chain of the file's own facts that ends like this and spans the place, "" if they do not agree."""
    facts = resolver.file(path).facts
    chains = {row.chain for row in facts.calls if row.start <= start < row.end and row.chain.endswith(tail)}
    if not chains:
        chains = {row.chain for row in facts.uses if row.scope == scope and row.chain.endswith(tail)}
    return chains.pop() if len(chains) == 1 and len(steps_of(tail)) else ""


def _of_import(resolver: Resolver, path: str, row: Import, word: str) -> Resolved:
    name = row.name if row.name not in ("", "*") and word in (row.name, row.alias) else ""
    if name:
        found = resolver.imported(path, row)
    else:
        place = resolver.module(path, row)
        if place.path and not place.path.endswith("/"):
            return Resolved(row.module, (_node(resolver, place.path, ""),))
        return Resolved(row.module, (), str(place.found))
    nodes = tuple(dict.fromkeys(_node(resolver, *where) for one in found if (where := _target(one))))
    return Resolved(name, nodes, "" if nodes else found[0].value.name or found[0].value.kind)


def _target(one: Found) -> tuple[str, str] | None:
    if one.path and not one.path.endswith("/"):
        return one.path, one.name
    return None


def _node(resolver: Resolver, path: str, qualified: str) -> Node:
    facts = resolver.file(path).facts
    if not qualified:
        return Node(node_id(path, ""), path, "", NodeKind.FILE, 1, max(1, facts.lines))
    row = resolver.file(path).definitions[qualified][0]
    kind = NODE_KINDS.get(row.kind, NodeKind.VARIABLE)
    return Node(node_id(path, qualified), path, qualified, kind, row.line, row.end_line, row.flags)
