"""CommonJS: what `require` asks for, what `module.exports` and `exports.a` are set to; and `import()`."""

from __future__ import annotations

from kb.facts.javascript_chains import chain_of
from kb.facts.javascript_classes import read_class
from kb.facts.javascript_functions import CLASSES, FUNCTIONS, name_of, set_to
from kb.facts.javascript_rows import Place, Rows
from kb.facts.javascript_signatures import leaves
from kb.facts.model import Flag, Kind
from kb.syntax.parse import Node

_DEFERRED, _EXPORTED = Flag.DEFERRED.value, Flag.EXPORTED.value
WHOLE = "*"  # `local` of an export that is another module as a whole


def specifier_of(rows: Rows, node: Node | None) -> str:
    """Return the text of a string or of a template without holes, "" for anything else."""
    if node is None or node.type not in ("string", "template_string"):
        return ""
    if any(child.type == "template_substitution" for child in node.named_children):
        return ""
    return rows.text(node)[1:-1]


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
    return specifier_of(rows, arguments.named_children[0]), tuple(names), dynamic


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
    module = specifier_of(rows, arguments.named_children[0])
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
