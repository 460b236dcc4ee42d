"""What a hole is to a grammar: the class of node that stands in it, and how far it may go over lines."""

from __future__ import annotations

from typing import Final

from kb.source import Source
from kb.syntax.parse import Tree
from models.constraints.ir import LONGEST_TEXT, HoleSpec
from models.constraints.sanitise import text_of
from models.mask.model import Hole, Scale, Strategy

_CLASSES: Final = {
    "expression_list": "expressions",
    "pattern_list": "expressions",
    "sequence_expression": "expressions",
    "argument_list": "argument_list",
    "arguments": "argument_list",
    "keyword_argument": "argument",
    "list_splat": "argument",
    "dictionary_splat": "argument",
    "parameters": "parameters",
    "lambda_parameters": "parameters",
    "formal_parameters": "parameters",
    "default_parameter": "parameter",
    "typed_parameter": "parameter",
    "typed_default_parameter": "parameter",
    "pair": "pair",
    "import_statement": "import",
    "import_from_statement": "import",
    "future_import_statement": "import",
    "comment": "comment",
    "statement_block": "block",
    "class_body": "class_body",
    "type": "type",
    "type_annotation": "type",
}
_MEMBERS: Final = frozenset(
    {
        "method_definition",
        "field_definition",
        "public_field_definition",
        "class_static_block",
        "abstract_method_signature",
        "method_signature",
        "property_signature",
        "index_signature",
        "call_signature",
        "construct_signature",
        "decorator",
    }
)
_SCRIPTS: Final = frozenset({"javascript", "typescript", "tsx"})
_OPERATORS: Final = frozenset({"operator", "binary_operator_token"})
_BRACKETS: Final = {"(": ")", "[": "]", "{": "}", "${": "}"}


def class_of(hole: Hole, language: str) -> str:
    """Return the class of node that stands in a hole, as the grammars name it."""
    if hole.scale is not Scale.EXPRESSION:
        if hole.kind in _MEMBERS or (hole.kind.endswith("_body") and not hole.text.startswith(b"{")):
            return "members" if language in _SCRIPTS else "statements"
        if hole.kind in ("statement_block", "class_body") and hole.text.startswith(b"{"):
            return _CLASSES[hole.kind]
        return "statements" if hole.scale in (Scale.BLOCK, Scale.BODY) or language == "python" else "statement"
    if hole.strategy is Strategy.COMMENTS:
        return "comment"
    if hole.strategy is Strategy.TYPES:
        return "type"
    if hole.strategy is Strategy.IDENTIFIERS:
        return "identifier"
    if hole.kind in _OPERATORS or not hole.kind[:1].isalpha():
        return "operator"
    return _CLASSES.get(hole.kind, "expression")


def is_bracketed(tree: Tree, hole: Hole) -> bool:
    """Return whether a hole lies inside a pair of brackets."""
    node = tree.root_node.descendant_for_byte_range(hole.span.start, max(hole.span.start, hole.span.end - 1))
    while node is not None:
        if node.type in ("block", "statement_block"):
            return False  # a bracket further out holds the lambda or class, not its lines
        opened: list[str] = []
        for child in node.children:
            if child.start_byte >= hole.span.start:
                break
            if child.type in _BRACKETS:
                opened.append(_BRACKETS[child.type])
            elif opened and child.type == opened[-1]:
                opened.pop()
        if opened:
            return True
        node = node.parent
    return False


def spec_of(source: Source, language: str, hole: Hole, tree: Tree | None, *, wanted: str, is_async: bool) -> HoleSpec:
    """Return a hole as constraints name it; without a tree nothing is known about brackets around it."""
    line = source.data[source.starts[source.line_of(hole.span.start) - 1] : hole.span.start] if source.data else b""
    return HoleSpec(
        path=source.path,
        language=language,
        start=hole.span.start,
        end=hole.span.end,
        kind=hole.kind,
        scale=hole.scale.value,
        node_class=class_of(hole, language),
        indent=text_of(hole.indent, 400),
        is_inline=bool(line.strip()),
        is_bracketed=tree is not None and is_bracketed(tree, hole),
        text=text_of(hole.text, LONGEST_TEXT),
        symbol=hole.symbol,
        wanted=wanted,
        is_async=is_async,
    )
