"""From bytes to a syntax tree: grammars loaded on first use, and no input that hangs or crashes."""

from __future__ import annotations

import importlib
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from tree_sitter import Language, Node, Parser, Tree, TreeCursor

from kb.errors import NotChecked
from kb.source import Span
from kb.syntax.hazards import hazard_in
from kb.syntax.languages import LANGUAGES

__all__ = [
    "MAX_BYTES",
    "Node",
    "Tree",
    "Trouble",
    "Unparsed",
    "errors_in",
    "parse",
    "text_of",
    "troubles_in",
    "unbalanced_in",
    "walk",
    "widest_error",
]

MAX_BYTES = 5_000_000
SECONDS = 5.0  # of this thread's own CPU time; real files take milliseconds, only hostile nesting takes longer
_CHUNK = 1 << 16
_CLOSERS = {")": "(", "]": "[", "}": "{"}
_parsers = threading.local()  # a parser is not to be shared by threads


class Unparsed(NotChecked):
    """A file has no tree here: its language has no grammar, it is too large, or parsing took too long."""


def parse(data: bytes, language: str, *, seconds: float = SECONDS) -> Tree:
    """Return the syntax tree of `data`; raises Unparsed, and nothing else whatever the bytes are.

    Broken code gives a tree with ERROR and MISSING nodes, see `errors_in`.
    """
    if len(data) > MAX_BYTES:
        raise Unparsed(f"larger than {MAX_BYTES // 1_000_000} MB")
    if hazard := hazard_in(data, language):
        raise Unparsed(hazard)
    parser = _parser(language)
    deadline = time.thread_time() + seconds

    def chunk_at(offset: int, _point: object) -> bytes:
        return data[offset : offset + _CHUNK]

    def is_late(_offset: int, _has_error: bool) -> bool:
        return time.thread_time() > deadline

    try:
        return parser.parse(chunk_at, progress_callback=is_late)
    except ValueError as error:
        parser.reset()
        raise Unparsed(f"parsing as {language} took more than {seconds:g} s") from error


def _parser(language: str) -> Parser:
    known: dict[str, Parser] = _parsers.__dict__.setdefault("known", {})
    if language not in known:
        known[language] = Parser(grammar_of(language))
    return known[language]


@cache
def grammar_of(language: str) -> Language:
    """Return the loaded grammar of a language; raises Unparsed if there is none."""
    if language not in LANGUAGES:
        raise Unparsed(f"no grammar for {language}")
    grammar = LANGUAGES[language].grammar
    return Language(getattr(importlib.import_module(grammar.module), grammar.function)())


def walk(tree: Tree, leave_out: Collection[str] = ()) -> Iterator[Node]:
    """Yield every node, parents before children; nodes of a kind in `leave_out` are yielded, not entered."""
    cursor = tree.walk()
    node = cursor.node
    while node is not None:
        yield node
        node = _next(cursor, enter=node.type not in leave_out)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A place that the grammar cannot read: unexpected text, or an empty span where `missing` should stand."""

    span: Span
    missing: str


def troubles_in(tree: Tree) -> tuple[Trouble, ...]:
    """Return the places that the grammar cannot read, in order, none inside another; empty exactly if it reads all.

    Where only a token that leaves no node is missing (a line's end), the smallest node around it is the place.
    """
    found = []
    cursor = tree.walk()
    node = around = cursor.node
    while node is not None:
        around = node if node.has_error else around
        broken = node.is_error or node.is_missing
        if broken:
            found.append(Trouble(Span(node.start_byte, node.end_byte), node.type if node.is_missing else ""))
        node = _next(cursor, enter=node.has_error and not broken)
    if not found and around is not None and around.has_error:
        found.append(Trouble(Span(around.start_byte, around.end_byte), ""))
    return tuple(found)


def errors_in(tree: Tree) -> tuple[Span, ...]:
    """Return where the grammar found an error: unexpected text, and empty spans where something is missing."""
    return tuple(trouble.span for trouble in troubles_in(tree))


def widest_error(tree: Tree) -> int:
    """Return the number of children of the ERROR node that has most, 0 without errors."""
    widest = 0
    cursor = tree.walk()
    node = cursor.node
    while node is not None:
        widest = max(widest, node.child_count if node.is_error else 0)
        node = _next(cursor, enter=node.has_error)
    return widest


def unbalanced_in(tree: Tree) -> Mapping[str, int]:
    """Return for each kind of bracket how many more are opened than closed, outside of strings and comments.

    Kinds that balance are left out. Tokens such as `${` count by their last, `)?` by their first character.
    """
    counts = dict.fromkeys("([{", 0)
    for node in walk(tree):
        kind = node.type
        if node.child_count or node.is_named or not node.end_byte > node.start_byte:
            continue
        if kind[-1:] in counts:
            counts[kind[-1:]] += 1
        elif kind[:1] in _CLOSERS:
            counts[_CLOSERS[kind[:1]]] -= 1
    return {bracket: count for bracket, count in counts.items() if count}


def _next(cursor: TreeCursor, *, enter: bool) -> Node | None:
    if enter and cursor.goto_first_child():
        return cursor.node
    while not cursor.goto_next_sibling():
        if not cursor.goto_parent():
            return None
    return cursor.node


def text_of(node: Node) -> str:
    """Return a node's source text, each undecodable byte replaced by U+FFFD."""
    return (node.text or b"").decode("utf-8", "replace")
