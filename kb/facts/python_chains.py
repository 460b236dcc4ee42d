"""Expressions of Python as chains: one word that says where a value comes from."""

from __future__ import annotations

from typing import Final

from kb.facts.python_reading import Reading
from kb.syntax.parse import Node

LINKS: Final = 40  # a longer chain has the root `?`
PLAIN: Final = 300  # bytes; a longer text is not looked at whole, so that no file costs the square of its size
STEPS: Final = 120  # links and parentheses looked at
MOST_STEPS: Final = 1_000_000  # in one file; people write thousands
_LITERALS: Final = {
    "string": "<str>",
    "concatenated_string": "<str>",
    "integer": "<int>",
    "float": "<float>",
    "true": "<bool>",
    "false": "<bool>",
    "none": "<none>",
    "list": "<list>",
    "list_comprehension": "<list>",
    "dictionary": "<dict>",
    "dictionary_comprehension": "<dict>",
    "set": "<set>",
    "set_comprehension": "<set>",
    "tuple": "<tuple>",
    "expression_list": "<tuple>",
    "lambda": "<function>",
    "not_operator": "<bool>",
}
_SILENT: Final = frozenset(
    {"binary_operator", "boolean_operator", "conditional_expression", "unary_operator", "comparison_operator", "yield"}
)
_IDENTIFIERS: Final = frozenset({"identifier", "dotted_name"})


def parts_of(node: Node) -> list[Node]:
    """Return the named children of a node without comments."""
    return [child for child in node.children if child.is_named and not child.is_extra]


def first_part(node: Node) -> Node | None:
    """Return the first named child of a node that is no comment, None without one."""
    return next((child for child in node.children if child.is_named and not child.is_extra), None)


def is_async(node: Node) -> bool:
    """Return whether a function, loop or `with` begins with `async`."""
    return any(child.type == "async" for child in node.children[:1])


def chain_of(reading: Reading, node: Node) -> str:
    """Return the chain of an expression, starting with `?` where it has no name."""
    kind = node.type
    if reading.steps > MOST_STEPS:
        return "?"
    links: list[str] = []
    at: Node | None = node
    first = node
    if kind == "call":
        links.append("()")
        at = first = node.children[0]
        kind = first.type
    if kind in ("identifier", "attribute"):
        start, end = first.start_byte, first.end_byte
        plain = reading.text[start:end] if end - start < PLAIN else ""
        if plain.replace(".", "").isidentifier() and plain.isascii():
            return plain + "()" if links else plain
    for _ in range(STEPS):
        reading.steps += 1
        if at is None or len(links) > LINKS:
            break
        kind = at.type
        if kind in _IDENTIFIERS:
            return reading.of(at) + "".join(reversed(links))
        if kind == "attribute":
            name = at.child_by_field_name("attribute")
            links.append("." + (reading.of(name) if name is not None else "?"))
            at = at.child_by_field_name("object")
        elif kind == "call":
            links.append("()")
            at = at.child_by_field_name("function")
        elif kind in ("subscript", "generic_type"):
            links.append("[]")
            at = at.child_by_field_name("value") if kind == "subscript" else first_part(at)
        elif kind == "await":
            links.append("^")
            at = first_part(at)
        elif kind in ("parenthesized_expression", "type", "list_splat"):
            at = first_part(at)
        elif kind == "named_expression":
            at = at.child_by_field_name("value")
        else:
            root = _literal(reading, at, kind)
            return root + "".join(reversed(links))
    return "?" + "".join(reversed(links[:LINKS]))


def _literal(reading: Reading, node: Node, kind: str) -> str:
    root = _LITERALS.get(kind, "?")
    if root == "<str>":
        prefix = reading.text[node.start_byte : node.start_byte + 3].lower().split("'")[0].split('"')[0]
        return "<bytes>" if "b" in prefix else root
    return root


def value_of(reading: Reading, node: Node | None) -> str:
    """Return the chain of what something is set to, "" if there is none that says anything."""
    if node is None:
        return ""
    kind = node.type
    literal = _LITERALS.get(kind)
    if literal is not None and literal not in ("<str>", "?"):
        return literal
    if kind in _SILENT:
        return ""
    chain = chain_of(reading, node)
    return "" if chain.startswith("?") else chain
