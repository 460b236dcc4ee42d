"""What the syntax tree of a file says about its lines: where it may be cut, which must stay together, its comments."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import accumulate
from typing import NamedTuple

from kb.source import Source
from kb.syntax.languages import LANGUAGES, language_of
from kb.syntax.parse import Node, Tree, Unparsed, grammar_of, parse
from kb.syntax.query import Query, QueryCursor

# kinds of node between whose children there may be text that has no node of its own
_TEXTUAL = ("string", "heredoc", "template_literal", "raw_text", "regex", "jsx_text", "block_scalar", "quoted_template")


class Rows(NamedTuple):
    """The first and the last line of a node, 1-based."""

    first: int
    last: int


@lru_cache(maxsize=64)
def tree_of(source: Source) -> tuple[str, Tree] | None:
    """Return the language and the tree of a file; None where no grammar reads it."""
    language = language_of(source.path, source.data[:256])
    if language is None:
        return None
    try:
        return language, parse(source.data, language)
    except Unparsed:
        return None


def rows_of(node: Node) -> Rows:
    """Return the lines of a node; a line end that it takes in does not count as the next line."""
    (first, _), (last, column) = node.start_point, node.end_point
    return Rows(first + 1, last + (1 if column > 0 or last == first else 0))


@lru_cache(maxsize=64)
def wide_nodes(source: Source) -> tuple[tuple[Rows, bool], ...]:
    """Return the lines of every node that has several, and whether its text must stay as it is (a string)."""
    parsed = tree_of(source)
    if parsed is None:
        return ()
    every = Rows(1, parsed[1].root_node.end_point.row + 1)
    return tuple(_wide(parsed[1].root_node, LANGUAGES[parsed[0]].comments, every))


def _wide(root: Node, comments: tuple[str, ...], among: Rows) -> Iterator[tuple[Rows, bool]]:
    left = [root]
    while left:
        node = left.pop()
        rows = rows_of(node)
        if rows.last == rows.first or rows.last < among.first or rows.first > among.last or node.type in comments:
            continue
        is_solid = node.child_count == 0 or _is_textual(node.type)
        yield rows, is_solid
        if not is_solid:
            left += node.children


@cache
def _is_textual(kind: str) -> bool:
    return any(word in kind for word in _TEXTUAL)


def solid_lines(source: Source, among: Rows) -> frozenset[int]:
    """Return the lines of which nothing may be dropped: those of texts that go over several, if they meet `among`."""
    parsed = tree_of(source)
    if parsed is None:
        return frozenset()
    found = _wide(parsed[1].root_node, LANGUAGES[parsed[0]].comments, among)
    return frozenset(line for rows, solid in found if solid for line in range(rows.first, rows.last + 1))


@lru_cache(maxsize=64)
def cuts_of(source: Source) -> tuple[int, ...]:
    """Return for each line (index 0 is line 1) how many nodes a cut before it would go through; one more at the end.

    The least numbers are between definitions, the next between statements; inside of a string or of a call it is
    more. Where no grammar reads the file a line counts by how far it is indented.
    """
    if tree_of(source) is None:
        return (*(_indented(source.line(number)) for number in range(1, source.line_count + 1)), 0)
    steps = [0] * (source.line_count + 2)
    for rows, _ in wide_nodes(source):
        steps[rows.first] += 1  # a cut before the first line goes around it
        steps[min(rows.last, source.line_count)] -= 1
    return tuple(accumulate(steps))[: source.line_count + 1]


def _indented(line: str) -> int:
    return len(line) - len(line.lstrip()) if line.strip() else 0


def comments_of(source: Source, among: Rows | None = None) -> tuple[Node, ...]:
    """Return the comments of a file, or those that meet some of its lines, in order; none where no grammar reads it.

    A comment in a place that the grammar cannot read is left out: it may well be code.
    """
    parsed = tree_of(source)
    if parsed is None:
        return ()
    language, tree = parsed
    cursor = QueryCursor(_query(language))
    if among is not None:
        cursor.set_point_range((among.first - 1, 0), (among.last, 0))
    found = cursor.captures(tree.root_node).get("comment", [])
    nodes = sorted(found, key=lambda node: node.start_byte)
    return tuple(node for node in nodes if not _is_doubtful(node)) if tree.root_node.has_error else tuple(nodes)


def _is_doubtful(node: Node) -> bool:
    above = node.parent
    while above is not None:
        if above.is_error:
            return True
        above = above.parent
    return False


@cache
def _query(language: str) -> Query:
    kinds = " ".join(f"({kind})" for kind in LANGUAGES[language].comments)
    return Query(grammar_of(language), f"[{kinds}] @comment")
