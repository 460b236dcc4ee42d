"""Whether a name is read at a place, and which names a hole's own text binds for itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kb.syntax.parse import Node, Tree, text_of
from models.mask.model import Hole

# (kind of parent, field) in which an identifier is no name that is looked up; "" stands for every field
_NOT_READ: Final = frozenset(
    {
        ("attribute", "attribute"),
        ("keyword_argument", "name"),
        ("function_definition", "name"),
        ("class_definition", "name"),
        ("assignment", "left"),
        ("augmented_assignment", "left"),
        ("named_expression", "name"),
        ("for_statement", "left"),
        ("for_in_clause", "left"),
        ("parameters", ""),
        ("lambda_parameters", ""),
        ("default_parameter", "name"),
        ("typed_parameter", ""),
        ("typed_default_parameter", "name"),
        ("global_statement", ""),
        ("nonlocal_statement", ""),
        ("aliased_import", "alias"),
        ("dotted_name", ""),
        ("as_pattern_target", ""),
        ("pattern_list", ""),
        ("tuple_pattern", ""),
        ("list_pattern", ""),
        ("list_splat_pattern", ""),
        ("dictionary_splat_pattern", ""),
        ("case_pattern", ""),
        ("keyword_pattern", ""),
        ("class_pattern", ""),
        ("splat_pattern", ""),
        ("type_parameter", ""),
        ("type_alias_statement", "left"),
        ("delete_statement", ""),
        ("variable_declarator", "name"),
        ("function_declaration", "name"),
        ("function_signature", "name"),
        ("function_expression", "name"),
        ("generator_function_declaration", "name"),
        ("class_declaration", "name"),
        ("class", "name"),
        ("formal_parameters", ""),
        ("required_parameter", "pattern"),
        ("optional_parameter", "pattern"),
        ("rest_pattern", ""),
        ("array_pattern", ""),
        ("object_pattern", ""),
        ("assignment_pattern", "left"),
        ("object_assignment_pattern", "left"),
        ("pair_pattern", "value"),
        ("arrow_function", "parameter"),
        ("catch_clause", "parameter"),
        ("for_in_statement", "left"),
        ("assignment_expression", "left"),
        ("augmented_assignment_expression", "left"),
        ("import_clause", ""),
        ("import_specifier", ""),
        ("namespace_import", ""),
        ("export_specifier", ""),
        ("namespace_export", ""),
        ("labeled_statement", ""),
        ("break_statement", ""),
        ("continue_statement", ""),
        ("enum_declaration", "name"),
        ("internal_module", "name"),
        ("module", "name"),
        ("jsx_attribute", ""),
        ("nested_identifier", ""),
    }
)
_BINDS: Final = {
    "named_expression": "name",
    "for_in_clause": "left",
    "lambda": "parameters",
    "lambda_parameters": "",
}


def is_reference(tree: Tree, hole: Hole) -> bool:
    """Return whether the identifier that stands in a hole is a name that scopes look up."""
    node = tree.root_node.descendant_for_byte_range(hole.span.start, max(hole.span.start, hole.span.end - 1))
    if node is None or node.type != "identifier" or node.parent is None:
        return False
    parent, field = node.parent, ""
    for at, child in enumerate(parent.children):
        if child == node:
            field = parent.field_name_for_child(at) or ""
    return not {(parent.type, field), (parent.type, "")} & _NOT_READ and not _is_keyed(parent)


def _is_keyed(parent: Node) -> bool:
    return parent.type.startswith("jsx_") and parent.type != "jsx_expression"


def bound_in_text(tree: Tree, hole: Hole) -> Iterator[str]:
    """Yield the names that the hole's own text binds by `:=`, loops of comprehensions and lambdas."""
    node = tree.root_node.descendant_for_byte_range(hole.span.start, max(hole.span.start, hole.span.end - 1))
    waiting = [node] if node is not None else []
    while waiting:
        at = waiting.pop()
        if at.type in _BINDS:
            field = _BINDS[at.type]
            target = at.child_by_field_name(field) if field else at
            yield from _identifiers(target) if target is not None else ()
        waiting.extend(at.children)


def _identifiers(node: Node) -> Iterator[str]:
    waiting = [node]
    while waiting:
        at = waiting.pop()
        if at.type == "identifier":
            yield text_of(at)
        waiting.extend(at.children)
