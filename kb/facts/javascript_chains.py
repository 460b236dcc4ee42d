"""Expressions as chains: `a.b(c)[0].d` is the chain `a.b()[].d`, the calls in it, and what is left to read."""

from __future__ import annotations

from kb.facts.javascript_rows import INHERITED, Place, Rows
from kb.facts.model import Call, Flag, Role
from kb.syntax.parse import Node

LONGEST = 24  # links of a chain; longer ones start at `?`
_AWAITED, _NEW, _OPTIONAL, _SUSPENDED = (flag.value for flag in (Flag.AWAITED, Flag.NEW, Flag.OPTIONAL, Flag.SUSPENDED))
LITERALS = {
    "string": "<str>",
    "template_string": "<str>",
    "number": "<int>",
    "true": "<bool>",
    "false": "<bool>",
    "null": "<none>",
    "undefined": "<none>",
    "array": "<list>",
    "object": "<object>",
    "regex": "<regex>",
    "function_expression": "<function>",
    "generator_function": "<function>",
    "arrow_function": "<function>",
}
_THROUGH = frozenset({"parenthesized_expression", "non_null_expression", "satisfies_expression"})
CALLS = frozenset({"call_expression", "new_expression"})
LINKS = frozenset(
    {"member_expression", "subscript_expression", "call_expression", "new_expression", "await_expression"}
)


def spine(node: Node) -> tuple[Node, list[Node]]:
    """Return the root of an expression and the links that follow it, the innermost first."""
    links = []
    while True:
        kind = node.type
        if kind == "new_expression":
            links.append(node)
            inner = node.child_by_field_name("constructor")
        elif kind in LINKS:
            links.append(node)
            inner = node.child_by_field_name("function" if kind == "call_expression" else "object")
            inner = node.named_children[0] if inner is None and node.named_child_count else inner
        elif kind in _THROUGH or kind == "instantiation_expression":
            inner = node.named_children[0] if node.named_child_count else None
        elif kind == "as_expression" and node.children[-1].type == "const":
            inner = node.named_children[0]
        else:
            return node, links[::-1]
        if inner is None:
            return node, links[::-1]
        node = inner


def chain_of(rows: Rows, node: Node | None, place: Place) -> str:
    """Return the chain of an expression, "" where its value says nothing of what it is."""
    if node is None:
        return ""
    root, links = spine(node)
    chain = root_of(rows, root, place)
    if len(links) > LONGEST:
        return ""
    for link in links:
        chain += link_of(rows, link)
    return "" if chain.startswith("?") or "[?]" in chain else chain


def root_of(rows: Rows, node: Node, place: Place) -> str:
    """Return the root of a chain."""
    kind = node.type
    if kind in ("identifier", "shorthand_property_identifier", "type_identifier"):
        return rows.text(node)
    if kind in ("this", "super"):
        return kind if place.this >= 0 else "?"
    return LITERALS.get(kind, "?")


def link_of(rows: Rows, node: Node) -> str:
    """Return what one link adds to a chain."""
    kind = node.type
    if kind == "member_expression":
        name = node.child_by_field_name("property")
        return "." + rows.text(name) if name is not None else "[]"
    if kind == "subscript_expression":
        index = node.child_by_field_name("index")
        fragment = index.named_children if index is not None and index.type == "string" else []
        named = rows.text(fragment[0]) if len(fragment) == 1 else ""
        return f".{named}" if named.isidentifier() else "[]"
    return "^" if kind == "await_expression" else "()"


def read_chain(rows: Rows, root: Node, links: list[Node], place: Place, role: int) -> None:
    """Add the calls of a spine and, if it does not end in one, its use; have the rest of it read."""
    text = root_of(rows, root, place)
    rest: list[tuple[Node, Place, int]] = []
    if text.startswith(("?", "<")) and root.type not in ("this", "super"):
        rest.append((root, place, _AWAITED if links and links[0].type == "await_expression" else 0))
    name, optional = root, 0
    for at, link in enumerate(links):
        kind = link.type
        here = _is_optional(link)
        if kind in CALLS:
            following = links[at + 1].type if at + 1 < len(links) else ""
            flags = (0 if following else role) | (_AWAITED if following == "await_expression" else 0)
            _add_call(rows, link, text, name, place, flags | optional | here)
            rest += [(child, place, 0) for child in link.named_children if child.type == "type_arguments"]
            rest += _arguments(link, place)
        elif kind == "subscript_expression" and (index := link.child_by_field_name("index")) is not None:
            rest.append((index, place, 0))
        elif kind == "member_expression":
            name = link.child_by_field_name("property") or name
        optional = here
        text = text + link_of(rows, link) if at < LONGEST else "?." + text.rpartition(".")[2]
    rows.stack.extend(reversed(rest))
    last = links[-1] if links else root
    if last.type not in CALLS and last.type != "await_expression":
        rows.use(text, last, place, Role.READ, optional)


def _arguments(link: Node, place: Place) -> list[tuple[Node, Place, int]]:
    arguments = link.child_by_field_name("arguments")
    return [(child, place, _SUSPENDED) for child in arguments.named_children] if arguments is not None else []


def _is_optional(link: Node) -> int:
    for child in link.children[1:3]:
        if child.type in ("?.", "optional_chain"):
            return _OPTIONAL
    return 0


def _add_call(rows: Rows, link: Node, chain: str, name: Node, place: Place, flags: int) -> None:
    if chain.startswith("?"):
        chain = "?." + chain.rpartition(".")[2] if "." in chain else ""
    if not chain or chain.startswith("<function>"):
        return
    arguments = link.child_by_field_name("arguments")
    kinds = [child.type for child in arguments.named_children] if arguments is not None else []
    tagged = arguments is not None and arguments.type == "template_string"
    star = tagged or "spread_element" in kinds
    count = 1 if tagged else sum(1 for kind in kinds if kind not in ("comment", "spread_element"))
    flags |= place.flags & INHERITED | (_NEW if link.type == "new_expression" else 0)
    span = (name.start_byte, link.end_byte, name.start_point[0] + 1)  # calls of one chain have places of their own
    rows.calls.append(Call(chain, place.scope, *span, count, (), star, False, flags))
