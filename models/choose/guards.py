"""A statement or a condition that first asks whether something is there, or within bounds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from models.choose.negation import is_tested
from models.choose.site import Choice, Ground, Site, below, bytes_of, span_of, word_of

if TYPE_CHECKING:
    from kb.syntax.parse import Node

_SIMPLE = frozenset({"expression_statement", "return_statement"})
_PLAIN = frozenset({"identifier", "attribute", "member_expression"})
_VALUES = frozenset({"attribute", "subscript", "member_expression", "subscript_expression"})
_MOST = 3  # values of one statement that are asked after


def guards(site: Site) -> Iterator[Choice]:
    """Yield conditions made exact (`is None`, `!== -1`), statements below a test, and optional chains."""
    for node in site.nodes:
        if not node.is_named:
            continue
        if node.type in _PLAIN and is_tested(node) and site.is_python:
            said = word_of(node)
            yield site.choice(node, f"{said} is not None", f"asks whether `{said}` is None")
            yield site.choice(node, f"{said} is None", f"asks whether `{said}` is None")
        elif site.is_script and node.type == "call_expression" and is_tested(node):
            yield from _found(site, node)
        elif node.type in _SIMPLE and not _binds(node):
            yield from _below_a_test(site, node)
        elif site.is_script and node.type in ("member_expression", "subscript_expression"):
            yield from _optional(site, node)


def _found(site: Site, node: Node) -> Iterator[Choice]:
    function = node.child_by_field_name("function")
    name = function.child_by_field_name("property") if function is not None else None
    if name is not None and word_of(name) in ("indexOf", "lastIndexOf", "search", "findIndex"):
        yield site.choice(node, bytes_of(node) + b" !== -1", "asks whether it was found", Ground.KNOWN)
        yield site.choice(node, bytes_of(node) + b" === -1", "asks whether it was not found", Ground.NEAR)


def _binds(node: Node) -> bool:
    """Return whether a statement gives a name its value: below a test it would only sometimes."""
    return any("assignment" in child.type for child in node.named_children)


def _below_a_test(site: Site, node: Node) -> Iterator[Choice]:
    """Yield a simple statement below `if`: its values are there, its index is within bounds."""
    tests: dict[str, None] = {}
    for one in below(node):
        holder = one.child_by_field_name("object") or one.child_by_field_name("value")
        if one.type not in _VALUES or holder is None or holder.type != "identifier":
            continue
        name = word_of(holder)
        if name not in ("self", "cls", "this") and not name[:1].isupper():
            tests[f"{name} is not None" if site.is_python else name] = None
        tests |= dict.fromkeys(_bounds(site, one, name))
    for test in list(tests)[:_MOST]:
        yield Choice(span_of(node), _guarded(site, node, test), f"only if `{test}`")


def _bounds(site: Site, node: Node, name: str) -> Iterator[str]:
    index = node.child_by_field_name("subscript") or node.child_by_field_name("index")
    if index is None or index.type != "identifier" or node.type not in ("subscript", "subscript_expression"):
        return
    said = word_of(index)
    if site.is_python:
        yield f"{said} < len({name})"
        yield f"{said} in {name}"
    else:
        yield f"{said} < {name}.length"


def _guarded(site: Site, node: Node, test: str) -> bytes:
    data = site.task.source.data
    line = data.rfind(b"\n", 0, node.start_byte) + 1
    indent = data[line : node.start_byte]
    indent = indent if not indent.strip() else indent[: len(indent) - len(indent.lstrip())]
    end = b"\r\n" if data[max(0, line - 2) : line] == b"\r\n" else b"\n"
    step = b"\t" if indent.startswith(b"\t") else site.indent_step
    inner = bytes_of(node).replace(end, end + step)
    if site.is_python:
        return b"if " + test.encode() + b":" + end + indent + step + inner
    return b"if (" + test.encode() + b") {" + end + indent + step + inner + end + indent + b"}"


def _optional(site: Site, node: Node) -> Iterator[Choice]:
    """Yield `a?.b` for `a.b`."""
    holder = node.child_by_field_name("object")
    if holder is None or any(child.type == "optional_chain" for child in node.children):
        return
    parent = node.parent
    if parent is not None and parent.type == "assignment_expression" and parent.child_by_field_name("left") == node:
        return
    rest = site.task.source.data[holder.end_byte : node.end_byte]
    if rest.startswith(b".") or rest.startswith(b"["):
        dot = b"?" if rest.startswith(b".") else b"?."
        yield site.choice(node, bytes_of(holder) + dot + rest, "nothing if it is not there")
