"""Imports of Python: one row a name."""

from __future__ import annotations

from kb.facts.model import Import
from kb.facts.python_chains import parts_of
from kb.facts.python_reading import Reading
from kb.syntax.parse import Node


def plain(reading: Reading, node: Node, flags: int) -> None:
    """Read `import a.b, c as d`."""
    for child in parts_of(node):
        start, end = child.start_byte, child.end_byte
        if child.type == "aliased_import":
            module, alias = _aliased(reading, child)
        else:
            module = _dotted(reading, child)
            alias = module.partition(".")[0]
        if module:
            _add(reading, module, "", alias, 0, start, end)


def from_(reading: Reading, node: Node, flags: int) -> None:
    """Read `from ..a import b as c, d` and `from a import *`."""
    module_node = node.child_by_field_name("module_name")
    level, module = 0, "__future__"
    if module_node is not None:
        text = _dotted(reading, module_node)
        module = text.lstrip(".")
        level = len(text) - len(module)
    for child in parts_of(node):
        start, end = child.start_byte, child.end_byte
        if module_node is not None and child.start_byte == module_node.start_byte:
            continue
        if child.type == "wildcard_import":
            _add(reading, module, "*", "", level, start, end)
        elif child.type == "aliased_import":
            name, alias = _aliased(reading, child)
            _add(reading, module, name, alias, level, start, end)
        elif child.type in ("dotted_name", "identifier"):
            name = _dotted(reading, child)
            _add(reading, module, name, name, level, start, end)


def _aliased(reading: Reading, node: Node) -> tuple[str, str]:
    name, alias = node.child_by_field_name("name"), node.child_by_field_name("alias")
    return _dotted(reading, name) if name is not None else "", reading.of(alias) if alias is not None else ""


def _dotted(reading: Reading, node: Node) -> str:
    return "".join(reading.of(node).replace("\\", "").split())


def _add(reading: Reading, module: str, name: str, alias: str, level: int, start: int, end: int) -> None:
    scope = reading.scope
    if alias and alias in reading.frame.globals:
        scope = 0
    row = Import(module, scope, start, end, reading.line(start), name, alias, level, reading.context)
    reading.imports.append(row)
