"""Imports and exports: ES modules, CommonJS, and TypeScript's mixture of both."""

from __future__ import annotations

from kb.facts.javascript_chains import chain_of
from kb.facts.javascript_classes import read_class
from kb.facts.javascript_functions import (
    CLASSES,
    DECLARATIONS,
    FUNCTIONS,
    enter_function,
    name_of,
    set_to,
    words_of,
)
from kb.facts.javascript_rows import Place, Rows
from kb.facts.javascript_signatures import leaves
from kb.facts.model import Flag, Kind
from kb.syntax.parse import Node

_TYPING, _DEFERRED, _EXPORTED, _DEFAULT = (
    flag.value for flag in (Flag.TYPING, Flag.DEFERRED, Flag.EXPORTED, Flag.DEFAULT)
)
WHOLE = "*"  # `local` of an export that is another module as a whole


def read_import(rows: Rows, node: Node, place: Place, _role: int) -> None:
    """Read an `import` statement."""
    rows.is_module = True
    source = node.child_by_field_name("source")
    flags = _TYPING if any(child.type in ("type", "typeof") for child in node.children[:2]) else 0
    module = _specifier(rows, source)
    clause = next((c for c in node.named_children if c.type in ("import_clause", "import_require_clause")), None)
    if clause is None:
        if module:
            rows.add_import(module, node, place, name="", alias="", flags=flags)
        return
    if clause.type == "import_require_clause":
        module = _specifier(rows, clause.child_by_field_name("source"))
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


def _specifier(rows: Rows, node: Node | None) -> str:
    """Return the text of a string or of a template without holes, "" for anything else."""
    if node is None or node.type not in ("string", "template_string"):
        return ""
    if any(child.type == "template_substitution" for child in node.named_children):
        return ""
    return rows.text(node)[1:-1]


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
        return _reexport(rows, node, _specifier(rows, source), _TYPING if "type" in kinds[:2] else 0)
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


def required(rows: Rows, node: Node) -> tuple[str, tuple[str, ...], bool]:
    """Return what `require("m").a.b` or `await import("m")` asks for: module, names after it, whether deferred.

    The module is "" for any other expression.
    """
    names: list[str] = []
    while node.type == "member_expression":
        name, inner = node.child_by_field_name("property"), node.child_by_field_name("object")
        if name is None or inner is None:
            return "", (), False
        names.insert(0, rows.text(name))
        node = inner
    waits = False
    while node.type in ("await_expression", "parenthesized_expression", "as_expression") and node.named_children:
        waits = waits or node.type == "await_expression"
        node = node.named_children[0]
    if node.type != "call_expression":
        return "", (), False
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or arguments is None or len(arguments.named_children) < 1:
        return "", (), False
    dynamic = function.type == "import"
    if not (dynamic and waits) and not (function.type == "identifier" and rows.text(function) == "require"):
        return "", (), False
    return _specifier(rows, arguments.named_children[0]), tuple(names), dynamic


def bind_required(rows: Rows, target: Node, value: Node, place: Place, *, hoist: bool) -> bool:
    """Add the imports of `const x = require("m")` and its like; returns whether it is one."""
    module, names, deferred = required(rows, value)
    if not module or len(names) > 1 or (not deferred and rows.is_shadowed(place.scope)):
        return False
    rows.is_common = rows.is_common or not deferred
    at = place._replace(scope=rows.hoisted(place.scope)) if hoist else place
    flags = _DEFERRED if deferred else 0
    if target.type == "identifier":
        name = names[0] if names else ""
        rows.add_import(module, target, at, name=name, alias=rows.text(target), flags=flags)
        return True
    if target.type != "object_pattern" or names:
        return False
    for node, chain, default in leaves(rows, target, "m"):
        rows.push(default, place)
        name = chain.removeprefix("m.") if default is None else rows.text(node)
        if "." in name or not name or node.type not in ("identifier", "shorthand_property_identifier_pattern"):
            rows.bind(node, at.scope)
        else:
            rows.add_import(module, node, at, name=name, alias=rows.text(node), flags=flags)
    return True


def read_required(rows: Rows, node: Node, place: Place) -> None:
    """Add the import of a `require("m")` or `import("m")` whose value nothing names."""
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or arguments is None or not arguments.named_children:
        return
    dynamic = function.type == "import"
    module = _specifier(rows, arguments.named_children[0])
    if module and (dynamic or (rows.text(function) == "require" and not rows.is_shadowed(place.scope))):
        rows.is_common = rows.is_common or not dynamic
        rows.add_import(module, node, place, name="", alias="", flags=_DEFERRED if dynamic else 0)


def assign_exports(rows: Rows, left: Node, right: Node, place: Place) -> bool:
    """Read `module.exports = x` and `exports.a = x`; returns whether it is one."""
    chain = rows.text(left) if left.end_byte - left.start_byte < 200 else ""
    prefix = next((p for p in ("module.exports", "exports") if chain == p or chain.startswith(p + ".")), "")
    name = chain[len(prefix) + 1 :]
    if not prefix or "." in name or (prefix == "exports" and not name) or left.type != "member_expression":
        return False
    rows.is_common = True
    if name:
        _export_value(rows, name, left, right, place)
    elif right.type == "object":
        _export_object(rows, left, right, place)
    elif (asked := required(rows, right))[0]:
        rows.export("default", left, local=".".join(asked[1]) or WHOLE, module=asked[0])
    else:
        _export_value(rows, "default", left, right, place)
    return True


def _export_value(rows: Rows, name: str, left: Node, right: Node, place: Place) -> None:
    module, names, _ = required(rows, right)
    if module:
        return rows.export(name, left, local=".".join(names) or WHOLE, module=module)
    qualified = "module.exports" if name == "default" else f"exports.{name}"
    local = qualified
    if right.type in FUNCTIONS or right.type == "object":
        kind = Kind.FUNCTION if right.type in FUNCTIONS else Kind.CONSTANT
        index = rows.define(name, kind, place, left, left, qualified=qualified, flags=_EXPORTED)
        set_to(rows, index, right, place)
    elif right.type in CLASSES:
        index = rows.define(name, Kind.CLASS, place, left, left, qualified=qualified, flags=_EXPORTED)
        read_class(rows, right, place, index)
    else:
        local = chain_of(rows, right, place)
        rows.push(right, place)
    return rows.export(name, left, local=local)


def _export_object(rows: Rows, left: Node, node: Node, place: Place) -> None:
    index = rows.define("default", Kind.CONSTANT, place, left, left, qualified="module.exports", flags=_EXPORTED)
    set_to(rows, index, node, place)
    for child in node.named_children:
        key = child.child_by_field_name("key" if child.type == "pair" else "name")
        if child.type == "shorthand_property_identifier":
            rows.export(rows.text(child), child, local=rows.text(child))
        elif child.type == "method_definition" and key is not None and (name := name_of(rows, key)):
            rows.export(name, child, local=f"module.exports.{name}")
        elif child.type == "pair" and key is not None and (name := name_of(rows, key)):
            value = child.child_by_field_name("value")
            module, names, _ = required(rows, value) if value is not None else ("", (), False)
            if module:
                rows.export(name, child, local=".".join(names) or WHOLE, module=module)
            elif value is not None and value.type in FUNCTIONS | {"object"}:
                rows.export(name, child, local=f"module.exports.{name}")
            else:
                rows.export(name, child, local=chain_of(rows, value, place))
    rows.export("default", left, local="module.exports")
