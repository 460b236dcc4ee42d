"""The facts of Python files, read from their syntax trees in one pass."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from functools import cache
from typing import Final

from kb.facts import python_annotations as types
from kb.facts import python_assignments as assignments
from kb.facts import python_definitions as definitions
from kb.facts import python_expressions as expressions
from kb.facts import python_imports as imports
from kb.facts import python_inner as inner
from kb.facts import python_statements as statements
from kb.facts import python_targets as targets
from kb.facts.model import Facts, Hole, Status
from kb.facts.python_bodies import doc_of
from kb.facts.python_chains import MOST_STEPS
from kb.facts.python_reading import DOUBLE_SPLAT, KEYWORD, NAMED, SPLAT, Handler, Reading
from kb.facts.python_rows import facts_from
from kb.syntax.parse import Node, grammar_of, parse, troubles_in

_NOTE: Final = re.compile(rb"\b(TODO|FIXME)\b")
_COMMENTS: Final = 500  # notes read in one file
_KINDS: Final = 1 << 16
_SHAPES: Final = {
    "keyword_argument": KEYWORD,
    "list_splat": SPLAT,
    "dictionary_splat": DOUBLE_SPLAT,
    "comment": 0,
    "line_continuation": 0,
}
_HANDLERS: Final[Mapping[str, Handler]] = {
    "identifier": expressions.name,
    "attribute": expressions.attribute,
    "call": expressions.call,
    "await": expressions.awaited,
    "yield": expressions.yielded,
    "lambda": inner.function,
    "named_expression": expressions.named,
    "keyword_argument": expressions.keyword,
    "string": types.string,
    "type": types.annotation,
    "subscript": types.subscript,
    "generic_type": types.subscript,
    **dict.fromkeys(
        ("list_comprehension", "dictionary_comprehension", "set_comprehension", "generator_expression"),
        inner.comprehension,
    ),
    **dict.fromkeys(("boolean_operator", "conditional_expression"), expressions.probing),
    **dict.fromkeys(("parenthesized_expression",), expressions.through),
    **dict.fromkeys(
        ("list", "set", "tuple", "dictionary", "pair", "expression_list", "argument_list"), expressions.passed
    ),
    **dict.fromkeys(
        (
            "not_operator", "binary_operator", "unary_operator", "comparison_operator", "slice", "list_splat",
            "dictionary_splat", "parenthesized_list_splat", "concatenated_string", "interpolation", "format_specifier",
            "format_expression", "if_clause", "chevron", "as_pattern_target", "union_type",
            "constrained_type", "member_type", "splat_type", "type_parameter", "list_splat_pattern", "pattern_list",
            "tuple_pattern", "list_pattern", "dictionary_splat_pattern", "module", "assert_statement",
            "print_statement", "finally_clause", "except_group_clause", "else_clause", "ERROR",
            "default_parameter", "typed_parameter", "typed_default_parameter", "parameters", "decorator",
        ),
        expressions.parts,
    ),
    "block": statements.block,
    "expression_statement": statements.expression,
    "assignment": assignments.assignment,
    "augmented_assignment": assignments.augmented,
    "return_statement": statements.returned,
    "raise_statement": statements.raised,
    "if_statement": statements.if_,
    "elif_clause": statements.if_,
    "while_statement": statements.loop,
    "for_statement": statements.for_,
    "try_statement": statements.try_,
    "except_clause": statements.except_,
    "with_statement": statements.with_,
    "as_pattern": statements.entered,
    "match_statement": statements.match,
    "case_clause": statements.case,
    "global_statement": statements.declared,
    "nonlocal_statement": statements.declared,
    "exec_statement": statements.execute,
    "type_alias_statement": assignments.alias,
    "delete_statement": targets.delete,
    "case_pattern": targets.pattern,
    "decorated_definition": definitions.decorated,
    "function_definition": definitions.function,
    "class_definition": definitions.class_,
    "import_statement": imports.plain,
    "import_from_statement": imports.from_,
    "future_import_statement": imports.from_,
}  # fmt: skip


@cache
def _tables() -> tuple[tuple[Handler | None, ...], tuple[int, ...]]:
    """Return handlers and shapes by number of kind: those of the grammar, and the last of all for ERROR."""
    grammar = grammar_of("python")
    found: list[Handler | None] = [None] * _KINDS
    shapes = [0] * _KINDS
    for number in range(grammar.node_kind_count):
        if grammar.node_kind_is_named(number):
            name = grammar.node_kind_for_id(number) or ""
            found[number] = _HANDLERS.get(name)
            shapes[number] = _SHAPES.get(name, NAMED)
    found[-1] = _HANDLERS["ERROR"]
    return tuple(found), tuple(shapes)


def extract(data: bytes, language: str) -> Facts:
    """Return the facts of a Python file; raises Unparsed where there is no tree, and nothing else.

    `language` is "python". A pure function of the bytes. With syntax errors the status is `partial`, and what the
    grammar can still read is there.
    """
    tree = parse(data, language)
    reading = Reading(data, *_tables())
    reading.identifier = grammar_of(language).id_for_node_kind("identifier", True) or -1
    reading.probes = expressions.probes_in(reading.text)
    root = tree.root_node
    reading.visit(root)
    reading.finish()
    status, trouble = Status.WHOLE, ""
    if root.has_error:
        first = next(iter(troubles_in(tree)), None)
        line = reading.line(first.span.start) if first is not None else 1
        status, trouble = Status.PARTIAL, f"syntax error on line {line}"
    if reading.steps > MOST_STEPS:
        status, trouble = Status.PARTIAL, trouble or "chains of calls too long to follow"
    _notes(reading, root)
    return facts_from(reading, language, status, trouble, _count(data), doc_of(reading, root))


def _count(data: bytes) -> int:
    return data.count(b"\n") + (bool(data) and not data.endswith(b"\n"))


def _notes(reading: Reading, root: Node) -> None:
    if b"TODO" not in reading.data and b"FIXME" not in reading.data:
        return
    starts = [start for _, start, _ in reading.scopes]
    if starts != sorted(starts):
        return  # nested as nobody writes it
    for number, found in enumerate(_NOTE.finditer(reading.data)):
        if number >= _COMMENTS:
            return
        at = found.start()
        node = root.descendant_for_byte_range(at, at)
        if node is None or node.type != "comment":
            continue
        scope = bisect_right(starts, at) - 1
        while scope > 0 and reading.scopes[scope][2] <= at:
            scope = reading.scopes[scope][0]
        scope = max(scope, 0)
        end_of = node.end_byte
        reading.holes.append(Hole(found[1].decode().lower(), scope, at, end_of, reading.line(at)))
