"""Another number, text or truth value: one off, one that stands near by, or the other of two."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from models.choose.site import Choice, Ground, Site, below, bytes_of, content_of, field_of, function_around, word_of
from models.choose.spelling import by_likeness, is_slip

if TYPE_CHECKING:
    from kb.syntax.parse import Node

MOST = 8  # literals of one sort from near by
_NUMBERS = frozenset({"integer", "number", "float"})
_TYPEOF = ("undefined", "object", "boolean", "number", "bigint", "string", "symbol", "function")
_FLIPS = {"True": "False", "False": "True", "true": "false", "false": "true"}
_UNQUOTABLE = frozenset("'\"\\\r\n`${}")
_LONGEST = 60  # characters of a text that is compared with others


def literals(site: Site) -> Iterator[Choice]:
    """Yield for each literal in the hole those that may be meant."""
    if not (site.is_python or site.is_script):
        return
    for node in site.nodes:
        said = word_of(node)
        if node.type in ("true", "false") and said in _FLIPS:
            yield site.choice(node, _FLIPS[said], f"`{_FLIPS[said]}` instead of `{said}`")
        elif node.type in _NUMBERS:
            yield from _numbers(site, node, said)
        elif node.type == "string" and site.is_meant(content_of(node)):
            yield from _texts(site, node)


def _numbers(site: Site, node: Node, said: str) -> Iterator[Choice]:
    signed = node.parent is not None and node.parent.type in ("unary_operator", "unary_expression")
    close = []
    if said.isdigit() and len(said) <= 15:
        value = int(said)
        close = [str(value + 1), *([str(value - 1)] if value else []), "0", "1"]
        if signed is False and value:
            yield site.choice(node, f"-{said}", f"`-{said}` instead of `{said}`")
    near = [word_of(one) for one in below(_surroundings(site, node)) if one.type in _NUMBERS]
    for other in dict.fromkeys([*close, *near[:MOST]]):
        if other != said:
            yield site.choice(node, other, f"`{other}` instead of `{said}`")


def _texts(site: Site, node: Node) -> Iterator[Choice]:
    said = content_of(node)
    if len(said) > _LONGEST or field_of(node) == "source" or _quote(node) is None:
        return
    if _is_typeof(node):
        for word in by_likeness(said, _TYPEOF):
            near = Ground.NEAR if is_slip(said, word) else Ground.POSSIBLE
            yield _quoted(site, node, word, near)
        return
    words = site.texts if not _is_export(node) else {row.name for row in site.facts.definitions if row.scope == 0}
    meant = [word for word in words if is_slip(said, word) and not _UNQUOTABLE.intersection(word)]
    for word in by_likeness(said, meant)[:MOST]:
        yield _quoted(site, node, word, Ground.NEAR if said in site.suspects else Ground.POSSIBLE)


def _quoted(site: Site, node: Node, word: str, ground: Ground) -> Choice:
    quote = _quote(node) or "'"
    return site.choice(node, f"{quote}{word}{quote}", f'"{word}" instead of "{content_of(node)}"', ground)


def _quote(node: Node) -> str | None:
    """Return the quotation mark of a plain text, None for one with a prefix, an interpolation or an escape."""
    said = word_of(node)
    plain = (
        len(said) >= 2 and said[0] in "'\"" and said[-1] == said[0] and "\\" not in said and not said.startswith('"""')
    )
    return (
        said[0]
        if plain
        and all(
            child.type in ("string_start", "string_content", "string_end", "string_fragment") or not child.is_named
            for child in node.children
        )
        else None
    )


def _is_typeof(node: Node) -> bool:
    parent = node.parent
    if parent is None or parent.type != "binary_expression":
        return False
    return any(one.type == "unary_expression" and bytes_of(one).startswith(b"typeof") for one in parent.children)


def _is_export(node: Node) -> bool:
    """Return whether a text stands in a list that is given to `__all__`."""
    holder = node.parent
    statement = holder.parent if holder is not None and holder.type in ("list", "tuple") else None
    left = statement.child_by_field_name("left") if statement is not None else None
    return left is not None and word_of(left) == "__all__"


def _surroundings(site: Site, node: Node) -> Node:
    return function_around(node) or site.tree.root_node
