"""The definitions of a file and which of them encloses a line: queries per language, one reading of them.

`queries/LANGUAGE.scm` captures `@function`, `@method` or `@class` with its `@name` and, where there is one, `@body`;
`@members` and `@scope` are places that lend their name without being a definition (an `impl`, a namespace), members
being methods; `@receiver` is a type named beside a method; `@outer` is what also spans the decorators.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from tree_sitter import Node, Query, QueryCursor

from kb.source import Source, Span
from kb.syntax.languages import language_of
from kb.syntax.parse import Unparsed, grammar_of, parse, text_of, widest_error

Kind = Literal["function", "method", "class"]

_KINDS = ("function", "method", "class", "members", "scope")
_WIDEST = 1000  # children of one ERROR node; what a query costs grows with their square
_SHARED = {"tsx": "typescript"}  # languages that read another one's queries


@dataclass(frozen=True, slots=True)
class Definition:
    """A function, method or class. `span` takes in its decorators, `line` is where its name stands."""

    name: str
    qualified: str  # with the names of what encloses it: "Class.method"
    kind: Kind
    span: Span
    body: Span | None
    line: int
    end_line: int
    decorators: tuple[str, ...]  # their text without the "@", in order


@dataclass(frozen=True, slots=True)
class _Found:
    kind: str
    name: str
    named_at: int
    span: Span
    body: Span | None
    decorators: tuple[tuple[int, str], ...]


def enclosing_symbol(source: Source, line: int) -> str:
    """Return the qualified name of the innermost definition around a line, "" if there is none or it is unknown."""
    best = ""
    for definition in definitions(source):
        if source.line_of(definition.span.start) <= line <= definition.end_line:
            best = definition.qualified
    return best


@lru_cache(maxsize=64)
def definitions(source: Source) -> tuple[Definition, ...]:
    """Return the definitions of a file in order of their start; none where it cannot be parsed."""
    language = language_of(source.path, source.data[:256])
    query = _query(language) if language else None
    if language is None or query is None:
        return ()
    try:
        tree = parse(source.data, language)
    except Unparsed:
        return ()
    if widest_error(tree) > _WIDEST:
        return ()
    root = tree.root_node
    found: dict[tuple[int, int], _Found] = {}
    for pattern, captures in QueryCursor(query).matches(root):
        for one in _read(captures, query.pattern_settings(pattern)):
            key = (one.named_at, one.span.end)
            found[key] = _merged(found[key], one) if key in found else one
    return tuple(_placed(source, sorted(found.values(), key=lambda f: (f.span.start, -f.span.end))))


@cache
def _query(language: str) -> Query | None:
    file = Path(__file__).parent / "queries" / f"{_SHARED.get(language, language)}.scm"
    return Query(grammar_of(language), file.read_text("utf-8")) if file.is_file() else None


def _read(captures: Mapping[str, list[Node]], settings: Mapping[str, str | None]) -> Iterator[_Found]:
    kind = next((k for k in _KINDS if k in captures), None)
    if kind is None:
        return
    node = captures[kind][0]
    name_node = captures["name"][0] if "name" in captures else None
    name = text_of(name_node) if name_node else settings.get("name") or ""
    if "receiver" in captures:
        name = f"{text_of(captures['receiver'][0])}.{name}"
    body = captures["body"][0] if "body" in captures else None
    decorators = tuple((d.start_byte, text_of(d).removeprefix("@").strip()) for d in captures.get("decorator", ()))
    start = min([node.start_byte, *(at for at, _ in decorators)])
    yield _Found(
        kind,
        _dotted(name),
        (name_node or node).start_byte,
        Span(start, node.end_byte),
        Span(body.start_byte, body.end_byte) if body else None,
        decorators,
    )


def _merged(one: _Found, other: _Found) -> _Found:
    decorators = tuple(sorted({*one.decorators, *other.decorators}))
    span = Span(min(one.span.start, other.span.start), one.span.end)
    return _Found(one.kind, one.name, one.named_at, span, one.body or other.body, decorators)


def _dotted(name: str) -> str:
    """Return a name as written in any language with dots for its separators and without type arguments or quotes."""
    bare = re.sub(r"<[^<>]*>|\[[^\[\]]*\]", "", name) if "operator" not in name else name
    return re.sub(r"\s*(?:::|:|->)\s*", ".", bare).strip(" \t\r\n.\"'`")


def _placed(source: Source, found: list[_Found]) -> Iterator[Definition]:
    open_: list[tuple[_Found, str]] = []
    for one in found:
        while open_ and open_[-1][0].span.end <= one.span.start:
            open_.pop()
        around = open_[-1] if open_ else None
        qualified = f"{around[1]}.{one.name}" if around and around[1] else one.name
        open_.append((one, qualified))
        if one.kind in ("members", "scope") or not one.name:
            continue
        inside_class = around is not None and around[0].kind in ("class", "members")
        kind: Kind = "class" if one.kind == "class" else "function"
        if one.kind == "method" or (kind == "function" and inside_class):
            kind = "method"
        last = max(one.span.start, one.span.end - 1)
        yield Definition(
            one.name.rpartition(".")[2],
            qualified,
            kind,
            one.span,
            one.body,
            source.line_of(one.named_at),
            source.line_of(last),
            tuple(text for _, text in one.decorators),
        )
