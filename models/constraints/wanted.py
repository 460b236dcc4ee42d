"""Which type a place asks for, where something written says so; and what of the names in scope has it.

Only what is written counts: annotations of parameters, variables and returns, and literals that something is compared
with. Types are compared by their text, with quotes, optionality and module prefixes taken off; nothing is inferred.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from kb.facts.model import Parameter, ParameterKind
from kb.syntax.parse import Node, Tree, text_of
from models.constraints.names_model import Name, Names
from models.mask.model import Hole

_LITERALS: Final[Mapping[str, str]] = {
    "string": "str",
    "concatenated_string": "str",
    "integer": "int",
    "float": "float",
    "true": "bool",
    "false": "bool",
    "list": "list",
    "dictionary": "dict",
    "set": "set",
    "tuple": "tuple",
}
_OF_VALUES: Final[Mapping[str, str]] = {
    f"<{word}>": word for word in ("str", "bytes", "int", "float", "bool", "list", "dict", "set", "tuple")
}
_OPTIONAL: Final = re.compile(r"(?:typing\.|t\.)?Optional\[(.*)\]")
_CALLS: Final = frozenset({"call", "call_expression", "new_expression"})
_COMPARED: Final = frozenset({"comparison_operator", "binary_expression"})
_FUNCTIONS: Final = frozenset(
    {"function_definition", "function_declaration", "method_definition", "arrow_function", "function_expression"}
)


@dataclass(frozen=True)
class Wanted:
    """The type that a place asks for as it is written, and the parameters of a call in which it is an argument."""

    type: str = ""
    why: str = ""
    parameters: tuple[str, ...] = ()  # of the function that is called around the hole, where it is known
    callee: str = ""
    target: str = ""  # the variable that is set to it, which is not set yet


def wanted_at(tree: Tree, hole: Hole, names: Names | None) -> Wanted:
    """Return what the place of a hole asks for; an empty type where nothing says it."""
    node = tree.root_node.descendant_for_byte_range(hole.span.start, max(hole.span.start, hole.span.end - 1))
    while node is not None and node.parent is not None and _fills(node.parent, hole):
        node = node.parent
    if node is None or node.parent is None or (node.start_byte, node.end_byte) != (hole.span.start, hole.span.end):
        return Wanted()
    parent = node.parent
    if parent.type in ("argument_list", "arguments", "keyword_argument"):
        return _argument(node, parent, names)
    if parent.type in ("assignment", "typed_default_parameter", "variable_declarator"):
        note = parent.child_by_field_name("type")
        target = parent.child_by_field_name("left") or parent.child_by_field_name("name")
        said = text_of(target) if target is not None else ""
        return Wanted(_bare(text_of(note)), "its annotation", target=said) if note is not None else Wanted()
    if parent.type == "return_statement":
        return _returned(parent)
    if parent.type in _COMPARED:
        return _compared(node, parent)
    return Wanted()


def _fills(node: Node, hole: Hole) -> bool:
    return node.start_byte == hole.span.start and node.end_byte == hole.span.end


def _bare(note: str) -> str:
    """Return a type's text without quotes, the colon before it, and what makes it optional."""
    text = " ".join(note.strip().lstrip(":").strip().strip("\"'").split())
    found = _OPTIONAL.fullmatch(text)
    text = found[1] if found else text
    parts = [part.strip() for part in text.split("|")] if "[" not in text else [text]
    kept = [part for part in parts if part not in ("None", "null", "undefined")]
    return kept[0] if len(kept) == 1 and len(kept[0]) <= 120 else ""


def _argument(node: Node, parent: Node, names: Names | None) -> Wanted:
    keyword = ""
    if parent.type == "keyword_argument":
        keyword = text_of(parent.children[0])
        node, parent = parent, parent.parent or parent
    call = parent.parent
    if call is None or call.type not in _CALLS or names is None:
        return Wanted()
    function = call.child_by_field_name("function") or call.child_by_field_name("constructor")
    callee = text_of(function) if function is not None and function.type == "identifier" else ""
    known = names.get(callee)
    if known is None or known.signature is None:
        return Wanted(callee=callee)
    parameters = known.signature.parameters
    words = tuple(one.name for one in parameters if one.kind is not ParameterKind.POSITIONAL_ONLY and one.name)
    at = [child for child in parent.named_children if child.type != "comment"].index(node)
    found = _parameter(parameters, at, keyword)
    return Wanted(_bare(found.annotation) if found else "", f"a parameter of {callee}", words, callee)


def _parameter(parameters: tuple[Parameter, ...], at: int, keyword: str) -> Parameter | None:
    if keyword:
        return next((one for one in parameters if one.name == keyword), None)
    placed = [one for one in parameters if one.kind in (ParameterKind.POSITIONAL_ONLY, ParameterKind.EITHER)]
    return placed[at] if at < len(placed) else None


def _returned(statement: Node) -> Wanted:
    node = statement.parent
    while node is not None and node.type not in _FUNCTIONS:
        node = node.parent
    note = node.child_by_field_name("return_type") if node is not None else None
    return Wanted(_bare(text_of(note)), "what the function returns") if note is not None else Wanted()


def _compared(node: Node, parent: Node) -> Wanted:
    others = [child for child in parent.named_children if child != node]
    kinds = {_LITERALS.get(child.type, "") for child in others}
    kind = kinds.pop() if len(kinds) == 1 else ""
    return Wanted(kind, "what it is compared with") if kind in ("str", "int", "float") else Wanted()


def inhabitants_of(wanted: Wanted, names: Names) -> Iterator[str]:
    """Yield what in scope has a type: names, `name(` for calls that give it, in order of the alphabet."""
    if not wanted.type:
        return
    for name, known in names.items():
        if known.is_later or name == wanted.target:
            continue
        if known.is_callable:
            gives = known.signature.returns if known.signature is not None and known.kind == "function" else ""
            if _agrees(gives, wanted.type) or (
                known.kind in ("class", "enum", "struct") and _agrees(name, wanted.type)
            ):
                yield f"{name}("
        elif _agrees(_type_of(known), wanted.type):
            yield name


def _type_of(known: Name) -> str:
    return known.annotation or _OF_VALUES.get(
        known.value, known.value.removesuffix("()") if "()" in known.value else ""
    )


def _agrees(note: str, wanted: str) -> bool:
    """Return whether two types are the same by their text: `a.Foo` is `Foo`, `list[int]` is `list`."""
    return bool(note) and _head(_bare(note)) == _head(wanted)


def _head(note: str) -> str:
    return note.partition("[")[0].partition("<")[0].rpartition(".")[2].strip().lower()
