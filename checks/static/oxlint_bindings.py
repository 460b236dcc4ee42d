"""The names that a JavaScript or TypeScript file binds, and those that a change took away.

A name that an engine cannot find is only the change's fault if the change removed what bound it: globals
of test runners, bundlers and browsers are unknown to every engine, at base as at head.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.diff import FileDiff
from kb.errors import CorruptObject
from kb.source import Source
from kb.view import View, source_at

if TYPE_CHECKING:
    from kb.syntax.parse import Node

# Node kind -> the fields whose identifiers it binds.
NAMES = {
    "variable_declarator": ("name",),
    "function_declaration": ("name",),
    "generator_function_declaration": ("name",),
    "function_expression": ("name",),
    "function_signature": ("name",),
    "class_declaration": ("name",),
    "abstract_class_declaration": ("name",),
    "class": ("name",),
    "interface_declaration": ("name",),
    "type_alias_declaration": ("name",),
    "enum_declaration": ("name",),
    "internal_module": ("name",),
    "module": ("name",),
    "type_parameter": ("name",),
    "arrow_function": ("parameter",),
    "catch_clause": ("parameter",),
    "for_in_statement": ("left",),
}
MEMBERS = {
    "method_definition": ("name",),
    "method_signature": ("name",),
    "abstract_method_signature": ("name",),
    "public_field_definition": ("name",),
    "field_definition": ("property",),
    "property_signature": ("name",),
    "enum_assignment": ("name",),
    "pair": ("key",),
}
WHOLE = frozenset({"formal_parameters", "import_clause", "namespace_import", "import_require_clause"})
PATTERNS = frozenset(
    {"object_pattern", "array_pattern", "rest_pattern", "assignment_pattern", "object_assignment_pattern"}
    | {"pair_pattern", "required_parameter", "optional_parameter"}
)
IDENTIFIERS = frozenset({"identifier", "type_identifier", "shorthand_property_identifier_pattern"})
KEYS = frozenset({"property_identifier", "private_property_identifier", "string", "shorthand_property_identifier"})


@dataclass(frozen=True, slots=True)
class Binding:
    """One place where a file gives something a name. A `member` is reached through an object or a type."""

    name: str
    line: int
    member: bool = False


def bindings_of(source: Source) -> tuple[Binding, ...]:
    """Return every binding of a file in order; none where it is no JavaScript or TypeScript, or broken."""
    from kb.syntax.languages import language_of  # lazily: loads the grammars
    from kb.syntax.parse import Unparsed, parse

    language = language_of(source.path)
    if language not in ("javascript", "typescript", "tsx"):
        return ()
    try:
        root = parse(source.data, language).root_node
    except Unparsed:
        return ()
    return tuple(_below(root))


def lost_bindings(base: View, head: View, file: FileDiff) -> tuple[Binding, ...]:
    """Return the base bindings of a changed file that its head no longer has, as a multiset of names."""
    if file.old is None:
        return ()
    before = _read(base, file.old.path)
    after = Counter((b.name, b.member) for b in _read(head, file.new.path)) if file.new is not None else Counter()
    lost = []
    for binding in before:
        key = (binding.name, binding.member)
        if after[key] > 0:
            after[key] -= 1
        else:
            lost.append(binding)
    return tuple(lost)


def _read(view: View, path: str) -> tuple[Binding, ...]:
    entry = view.entries.get(path)
    if entry is None or not entry.is_file:
        return ()
    try:
        return bindings_of(source_at(view, path))
    except CorruptObject:
        return ()


def _below(root: Node) -> Iterator[Binding]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield from _bound_by(node)
        waiting += reversed(node.named_children)


def _bound_by(node: Node) -> Iterator[Binding]:
    kind = node.type
    if kind in NAMES:
        yield from (_binding(leaf) for part in _fields(node, NAMES[kind]) for leaf in _leaves(part))
    elif kind in MEMBERS:
        yield from (_binding(part, member=True) for part in _fields(node, MEMBERS[kind]) if part.type in KEYS)
    elif kind in WHOLE:
        yield from (_binding(leaf) for part in node.named_children for leaf in _leaves(part))
    elif kind == "import_specifier":
        yield from (_binding(part) for part in _fields(node, ("alias",)) or _fields(node, ("name",)))
    elif kind == "export_specifier":
        named = _fields(node, ("alias",)) or _fields(node, ("name",))
        yield from (_binding(part, member=True) for part in named)
    elif kind == "export_statement" and any(part.type == "default" for part in node.children):
        yield Binding("default", node.start_point.row + 1, member=True)
    elif kind in ("enum_body", "object"):
        yield from (_binding(part, member=True) for part in node.named_children if part.type in KEYS)


def _fields(node: Node, names: tuple[str, ...]) -> list[Node]:
    return [part for name in names for part in node.children_by_field_name(name)]


def _leaves(node: Node) -> Iterator[Node]:
    """Yield the identifiers that a pattern binds; default values are not part of it."""
    if node.type in IDENTIFIERS:
        yield node
    elif node.type in PATTERNS:
        for at, part in enumerate(node.children):
            if part.is_named and node.field_name_for_child(at) not in ("right", "value", "type", "key", "decorator"):
                yield from _leaves(part)
        if node.type == "pair_pattern":
            yield from (leaf for part in _fields(node, ("value",)) for leaf in _leaves(part))


def _binding(node: Node, *, member: bool = False) -> Binding:
    name = (node.text or b"").decode("utf-8", "replace").strip("\"'")
    return Binding(name, node.start_point.row + 1, member)
