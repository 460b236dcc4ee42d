"""Another name that is bound there, in place of one that is misspelt or mistaken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING

from kb.source import Span
from models.choose.site import Choice, Ground, Site, around, field_of, span_of, word_of
from models.choose.spelling import comparable, is_slip, likeness

if TYPE_CHECKING:
    from kb.syntax.parse import Node
    from models.constraints.names import Name, Names

MOST = 24  # names for one place
_PLACES = 6  # names in one hole that are looked at, where no finding says which
_IDENTIFIERS = frozenset({"identifier", "type_identifier", "shorthand_property_identifier"})
_BINDS = frozenset(  # parents whose field of this name holds a name that is bound, not used
    {
        ("function_definition", "name"),
        ("class_definition", "name"),
        ("keyword_argument", "name"),
        ("attribute", "attribute"),
        ("default_parameter", "name"),
        ("typed_default_parameter", "name"),
        ("aliased_import", "alias"),
        ("aliased_import", "name"),
        ("named_expression", "name"),
        ("function_declaration", "name"),
        ("function_expression", "name"),
        ("generator_function_declaration", "name"),
        ("class_declaration", "name"),
        ("class", "name"),
        ("method_definition", "name"),
        ("variable_declarator", "name"),
        ("required_parameter", "pattern"),
        ("optional_parameter", "pattern"),
        ("arrow_function", "parameter"),
        ("import_specifier", "name"),
        ("import_specifier", "alias"),
        ("catch_clause", "parameter"),
        ("interface_declaration", "name"),
        ("type_alias_declaration", "name"),
        ("enum_declaration", "name"),
        ("labeled_statement", "label"),
        ("break_statement", "label"),
        ("continue_statement", "label"),
        ("type_parameter", "name"),
        ("assignment_pattern", "left"),
        ("object_assignment_pattern", "left"),
        ("pair_pattern", "value"),
    }
)
_BINDING_PARENTS = frozenset(
    {"parameters", "lambda_parameters", "global_statement", "nonlocal_statement", "import_clause", "namespace_import"}
    | {"formal_parameters", "dotted_name", "typed_parameter", "as_pattern_target", "statement_identifier"}
    | {"rest_pattern", "import_alias", "import_require_clause", "infer_type", "mapped_type_clause"}
)
_VALUES = frozenset({"function", "method", "parameter", "local", "variable", "constant", "attribute"})
_OWN = frozenset({"self", "cls", "this", "super"})
_FOREIGN: Mapping[tuple[bool, str], str] = MappingProxyType(  # what other languages call it: (is Python, word)
    {
        (True, "true"): "True",
        (True, "false"): "False",
        (True, "null"): "None",
        (True, "none"): "None",
        (True, "nil"): "None",
        (True, "undefined"): "None",
        (True, "this"): "self",
        (True, "NotImplemented"): "NotImplementedError",
        (False, "None"): "null",
        (False, "nil"): "null",
        (False, "True"): "true",
        (False, "False"): "false",
        (False, "print"): "console.log",
    }
)


def names(site: Site) -> Iterator[Choice]:
    """Yield for the names used in the hole others that are bound there, the most alike first, at most MOST a place."""
    if not (site.is_python or site.is_script):
        return
    used = [node for node in site.nodes if is_use(node) and site.is_meant(word_of(node))]
    used = [node for node in used if word_of(node) in site.suspects or word_of(node) not in _OWN]
    if site.wrong("slug") == "undefined-name":
        used = [node for node in used if is_unbound(site, node)]
    for node in used[: None if site.suspects else _PLACES]:
        same = [one for one in used if word_of(one) == word_of(node)] if word_of(node) in site.suspects else []
        yield from _everywhere(site, node, same, [*_foreign(site, node), *_named(site, node)])


def _named(site: Site, node: Node) -> Iterator[Choice]:
    known = site.names_at(node.start_byte)
    if known is not None:
        yield from _others(site, node, known.outside(_statement(node)))


def _everywhere(site: Site, node: Node, same: list[Node], choices: list[Choice]) -> Iterator[Choice]:
    """Yield choices for a name that leads nowhere at all its places in the hole: mending one leaves the others."""
    if len(same) < 2:
        yield from choices
        return
    if same[0].id == node.id:
        for choice in choices:
            yield replace(
                choice, span=Span(same[0].start_byte, same[-1].end_byte), text=_joined(site, same, choice.text)
            )


def _joined(site: Site, places: list[Node], text: bytes) -> bytes:
    """Return what stands from the first of some places to the last, with a text in each of them."""
    data = site.task.source.data
    gaps = [data[one.end_byte : other.start_byte] for one, other in pairwise(places)]
    return text + b"".join(gap + text for gap in gaps)


def is_unbound(site: Site, node: Node) -> bool:
    """Return whether nothing binds the name that stands in a node, as far as is known."""
    known = site.names_at(node.start_byte)
    row = known.get(word_of(node)) if known is not None else None
    return row is None or row.origin == "ambient"


def _statement(node: Node) -> Span:
    """Return the span of the assignment that a node lies in: the names that it binds are not there yet."""
    for one in around(node):
        if one.type in ("assignment", "variable_declarator", "assignment_expression"):
            return span_of(one)
        if one.type in ("block", "statement_block", "module", "program"):
            break
    return span_of(node)


def is_use(node: Node) -> bool:
    """Return whether a node is a name that is used, not bound, and no member of something else."""
    parent = node.parent
    if node.type not in _IDENTIFIERS or parent is None or parent.type in _BINDING_PARENTS:
        return False
    field = field_of(node)
    if (parent.type, field) in _BINDS:
        return False
    if parent.type in ("assignment", "assignment_expression", "for_statement", "for_in_clause", "for_in_statement"):
        return field != "left"
    return parent.type not in ("pattern_list", "tuple_pattern", "list_pattern", "array_pattern", "object_pattern")


def is_only_imported(site: Site, name: str) -> bool:
    """Return whether the file binds a name by an import and never uses it: then the slip may as well be there."""
    used = (chain.partition(".")[0].partition("(")[0] for chain in site.chains)
    return name not in used


def _foreign(site: Site, node: Node) -> Iterator[Choice]:
    said = word_of(node)
    meant = _FOREIGN.get((site.is_python, said))
    if meant is None:
        return
    if meant == "self":
        known = site.names_at(node.start_byte)
        if known is None or "self" not in known:
            return
    raised = node.parent is not None and ("raise" in node.parent.type or node.parent.type in ("call", "except_clause"))
    if said != "NotImplemented" or raised:
        yield site.choice(node, meant, f"`{meant}` is what this language calls `{said}`", Ground.KNOWN)


def _others(site: Site, node: Node, known: Names) -> Iterator[Choice]:
    said = word_of(node)
    is_called = node.parent is not None and field_of(node) == "function"
    is_bound = said in known
    ranked = []
    rows = dict(known.items())
    for name in comparable(said, rows):
        row = rows[name]
        if name in (said, "default") or name.startswith("__") or row.is_later or row.origin == "ambient":
            continue
        slip = is_slip(said, name)
        if node.type == "type_identifier" and row.kind in _VALUES:
            continue
        if row.origin == "builtin" and not (slip and not is_bound):
            continue
        ranked.append((not slip, _misfit(row, is_called), _distance(row), -likeness(said, name), name))
    for not_slip, _, _, _, name in sorted(ranked)[:MOST]:
        near = not not_slip and not is_bound
        text = f"{said}: {name}" if node.type == "shorthand_property_identifier" else name
        yield site.choice(node, text, f"`{name}` instead of `{said}`", Ground.NEAR if near else Ground.POSSIBLE)


def _misfit(row: Name, is_called: bool) -> int:
    """Return how badly what is known of a name fits its use: 0 it fits, 1 not known, 2 it does not."""
    if row.is_callable == is_called:
        return 0
    if is_called:
        return 1 if row.kind in ("import", "builtin", "parameter", "local") else 2
    return 1 if row.kind in ("class", "enum", "struct", "import") else 2


def _distance(row: Name) -> int:
    order = ("local", "enclosing", "module")
    return order.index(row.origin) if row.origin in order else len(order)
