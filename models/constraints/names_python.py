"""What Python's scopes say about names beyond the facts of a file: where a header is read, and what is unbound again.

Source: The Python Language Reference, 4.2 "Naming and binding", 8.4 "The try statement", 7.5 "The del statement".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kb.source import Span
from kb.syntax.parse import Node, Tree, text_of, walk

_SCOPES = frozenset({"function_definition", "lambda", "class_definition", "module"})
_COMPREHENSIONS = frozenset(
    {"list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression"}
)
_HEADERS = frozenset({"default_parameter", "typed_default_parameter", "typed_parameter"})


@dataclass(frozen=True)
class Lost:
    """A name that is bound in `lives` only (`except ... as name`), or no more in `dead` (`del name`)."""

    name: str
    at: int
    lives: Span | None = None
    dead: Span | None = None
    everywhere: bool = False  # `del` at the top of its scope: functions that run later miss it, too


def outside_of(tree: Tree, offset: int) -> Span | None:
    """Return the span of the scope that a place looks to lie in and does not, None if it lies where it looks.

    A default value, a parameter's annotation, a `->` type and the first iterable of a comprehension belong to what is
    around their function or comprehension.
    """
    node = tree.root_node.descendant_for_byte_range(offset, offset + 1)
    found = None
    while node is not None and node.parent is not None:
        parent = node.parent
        if parent.type in _COMPREHENSIONS and node.type == "for_in_clause":
            first = next((one for one in parent.children if one.type == "for_in_clause"), None)
            iterable = node.child_by_field_name("right")
            if first == node and iterable is not None and iterable.start_byte <= offset < iterable.end_byte:
                found = Span(parent.start_byte, parent.end_byte)
        elif parent.type in _HEADERS and parent.child_by_field_name("name") != node and node != parent.children[0]:
            owner = parent.parent.parent if parent.parent is not None else None
            found = _span_of_scope(owner) or found
        elif parent.type == "function_definition" and parent.child_by_field_name("return_type") == node:
            found = _span_of_scope(parent)
        elif parent.type in ("function_definition", "class_definition") and parent.child_by_field_name("body") == node:
            return found
        node = parent
    return found


def _span_of_scope(owner: Node | None) -> Span | None:
    """Return where the facts let a function's scope begin and end: at its parameters, a lambda's at its word."""
    if owner is None or owner.type not in ("function_definition", "lambda"):
        return None
    parameters = owner.child_by_field_name("parameters")
    start = owner.start_byte if owner.type == "lambda" or parameters is None else parameters.start_byte
    return Span(start, owner.end_byte)


def lost_in(tree: Tree) -> Iterator[Lost]:
    """Yield the names that are unbound again somewhere in a file."""
    for node in walk(tree):
        if node.type == "except_clause" or node.type == "except_group_clause":
            yield from _handled(node)
        elif node.type == "delete_statement":
            yield from _deleted(node)


def _handled(clause: Node) -> Iterator[Lost]:
    for child in clause.children:
        if child.type == "as_pattern":
            for target in child.children:
                if target.type == "as_pattern_target":
                    yield Lost(text_of(target), target.start_byte, lives=Span(clause.start_byte, clause.end_byte))


def _deleted(statement: Node) -> Iterator[Lost]:
    block = statement.parent
    if block is None:
        return
    top = block.type == "module" or (block.parent is not None and block.parent.type in _SCOPES)
    waiting = list(statement.named_children)
    while waiting:
        target = waiting.pop(0)
        if target.type == "identifier":
            dead = Span(statement.end_byte, block.end_byte)
            yield Lost(text_of(target), target.start_byte, dead=dead, everywhere=top)
        elif target.type in ("expression_list", "tuple", "list", "parenthesized_expression"):
            waiting = list(target.named_children) + waiting
