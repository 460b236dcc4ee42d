"""Imports and exports: ES modules, CommonJS, and TypeScript's mixture of both."""

from __future__ import annotations

from kb.facts.javascript_chains import chain_of
from kb.facts.javascript_classes import read_class
from kb.facts.javascript_functions import (
    CLASSES,
    DECLARATIONS,
    FUNCTIONS,
    enter_function,
    set_to,
    words_of,
)
from kb.facts.javascript_require import WHOLE, specifier_of
from kb.facts.javascript_rows import Place, Rows
from kb.facts.model import Flag, Kind
from kb.syntax.parse import Node

_TYPING, _DEFERRED, _EXPORTED, _DEFAULT = (
    flag.value for flag in (Flag.TYPING, Flag.DEFERRED, Flag.EXPORTED, Flag.DEFAULT)
)


def read_import(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read an `import` statement."""
    rows.is_module = True
    source = node.child_by_field_name("source")
    flags = _TYPING if any(child.type in ("type", "typeof") for child in node.children[:2]) else 0
    module = specifier_of(rows, source)
    clause = next((c for c in node.named_children if c.type in ("import_clause", "import_require_clause")), None)
    if clause is None:
        if module:
            rows.add_import(module, node, place, name="", alias="", flags=flags)
        return
    if clause.type == "import_require_clause":
        module = specifier_of(rows, clause.child_by_field_name("source"))
        for name in clause.named_children:
            if name.type == "identifier":
                rows.add_import(module, name, place, name="", alias=rows.text(name), flags=flags)
        return
    for child in clause.named_children:
        if child.type == "identifier":
            rows.add_import(module, child, place, name="default", alias=rows.text(child), flags=flags)
        elif child.type == "namespace_import" and child.named_children:
            alias = rows.text(child.named_children[0])
            rows.add_import(module, child, place, name="", alias=alias, flags=flags)
        elif child.type == "named_imports":
            _named(rows, child, module, place, flags)


def _named(rows: Rows, node: Node, module: str, place: Place, flags: int) -> None:
    for one in node.named_children:
        name = one.child_by_field_name("name")
        if one.type != "import_specifier" or name is None:
            continue
        alias = one.child_by_field_name("alias") or name
        typing = _TYPING if one.children[0].type in ("type", "typeof") else 0
        rows.add_import(module, one, place, name=_unquoted(rows, name), alias=rows.text(alias), flags=flags | typing)


def _unquoted(rows: Rows, node: Node) -> str:
    return rows.text(node).strip("'\"")


def read_alias(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read `import q = N.r`."""
    name = node.named_children[0] if node.named_children else None
    target = node.named_children[-1] if len(node.named_children) > 1 else None
    if name is not None and target is not None:
        flags = place.flags & _EXPORTED
        index = rows.define(rows.text(name), Kind.VARIABLE, place, node, name, flags=flags)
        rows.detail(index, value="".join(rows.text(target).split()))


def read_export(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read an `export` statement."""
    top = place.scope == 0
    rows.is_module = rows.is_module or top
    kinds = [child.type for child in node.children[:4]]
    source = node.child_by_field_name("source")
    if source is not None:
        return _reexport(rows, node, specifier_of(rows, source), _TYPING if "type" in kinds[:2] else 0)
    declaration, value = node.child_by_field_name("declaration"), node.child_by_field_name("value")
    for child in node.named_children:
        if child.type == "decorator":
            rows.push(child, place, Flag.DECORATOR.value)
        elif child.type == "export_clause":
            _clause(rows, child, place, top, _TYPING if "type" in kinds[:2] else 0)
    if "=" in kinds or "as" in kinds:
        return _assigned(rows, node, place, top) if "=" in kinds else None
    flags = _EXPORTED | (_DEFAULT if "default" in kinds else 0)
    if declaration is None and value is None:
        return None
    target = declaration if declaration is not None else value
    if "default" in kinds and target is not None:
        return _default(rows, node, target, place, top)
    if declaration is not None:
        rows.push(declaration, place._replace(flags=place.flags | flags))
    return None


def _reexport(rows: Rows, node: Node, module: str, flags: int) -> None:
    clause = next((c for c in node.named_children if c.type in ("export_clause", "namespace_export")), None)
    if clause is None:
        rows.export("*", node, module=module, flags=flags)
    elif clause.type == "namespace_export" and clause.named_children:
        rows.export(_unquoted(rows, clause.named_children[-1]), clause, local=WHOLE, module=module, flags=flags)
    else:
        for one in clause.named_children:
            name = one.child_by_field_name("name")
            if one.type == "export_specifier" and name is not None:
                alias = one.child_by_field_name("alias") or name
                made = _unquoted(rows, alias)
                default = _DEFAULT if made == "default" else 0
                rows.export(made, one, local=_unquoted(rows, name), module=module, flags=flags | default)


def _clause(rows: Rows, clause: Node, place: Place, top: bool, flags: int) -> None:
    for one in clause.named_children:
        name = one.child_by_field_name("name")
        if one.type == "export_specifier" and name is not None and top:
            alias = one.child_by_field_name("alias") or name
            made = _unquoted(rows, alias)
            default = _DEFAULT if made == "default" else 0
            rows.export(made, one, local=rows.text(name), flags=flags | default)
        elif name is not None:
            rows.push(name, place)


def _assigned(rows: Rows, node: Node, place: Place, top: bool) -> None:
    """Read TypeScript's `export = x`."""
    value = node.named_children[-1] if node.named_children else None
    if value is not None and top:
        rows.is_common = True
        rows.export("default", node, local=chain_of(rows, value, place))
    rows.push(value, place)


def _default(rows: Rows, node: Node, target: Node, place: Place, top: bool) -> None:
    flags = _EXPORTED | _DEFAULT
    named = target.child_by_field_name("name")
    declared = target.type in DECLARATIONS | CLASSES | {
        "interface_declaration",
        "enum_declaration",
        "function_signature",
    }
    if (declared and named is not None) or (target.type in FUNCTIONS and named is not None):
        local = rows.text(named)
        kind = target.type
        if kind in FUNCTIONS:
            index = rows.define(local, Kind.FUNCTION, place, target, named, flags=flags | words_of(rows, target))
            enter_function(rows, target, place, index, this=-1)
        else:
            rows.push(target, place._replace(flags=place.flags | flags))
    elif target.type in FUNCTIONS | CLASSES | DECLARATIONS | {"object"}:
        local = "default"
        _anonymous(rows, node, target, place, flags)
    else:
        local = chain_of(rows, target, place)
        rows.push(target, place)
    if top:
        rows.export("default", node, local=local, flags=_DEFAULT)


def _anonymous(rows: Rows, node: Node, target: Node, place: Place, flags: int) -> None:
    kind = Kind.CLASS if target.type in CLASSES else Kind.FUNCTION
    kind = Kind.CONSTANT if target.type == "object" else kind
    index = rows.define("default", kind, place, node, node, flags=flags | words_of(rows, target))
    if kind is Kind.CLASS:
        read_class(rows, target, place, index)
    elif target.type in DECLARATIONS:
        enter_function(rows, target, place, index, this=-1)
    else:
        set_to(rows, index, target, place)
