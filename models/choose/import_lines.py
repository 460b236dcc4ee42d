"""Where an import goes, and how it is written there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.source import Span
from models.choose.site import Choice, Ground, Site, bytes_of, span_of, word_of

if TYPE_CHECKING:
    from kb.syntax.parse import Node
    from models.choose.imports import Wanted

_IMPORTS = frozenset({"import_statement", "import_from_statement", "future_import_statement"})


def added_to(site: Site, wanted: Wanted, ground: Ground) -> list[Choice]:
    """Return the statement that imports from the same module already, with the name added; none if there is none."""
    if not wanted.name or wanted.name == "default":
        return []
    for node in header(site):
        names = _names_in(node, wanted.module)
        if names:
            place, text = _inserted(names, wanted)
            whole, at = bytes_of(node), place - node.start_byte
            said = f"`{wanted.alias}` imported from `{wanted.module}`"
            return [Choice(span_of(node), whole[:at] + text + whole[at:], said, ground)]
    return []


def on_its_own(site: Site, wanted: Wanted, ground: Ground) -> list[Choice]:
    """Return a line that imports the name, put where the imports of the file are."""
    data = site.task.source.data
    end = b"\r\n" if b"\r\n" in data else b"\n"
    line = _written(site, wanted).encode("utf-8", "surrogateescape")
    note = f"`{wanted.alias}` imported from `{wanted.module}`" if wanted.name else f"`{wanted.module}` imported"
    there = list(header(site))
    after = _sorted_place(there, line)
    if after is not None:
        whole = _to_line_end(data, after)
        return [Choice(whole, data[whole.start : whole.end] + end + line, note, ground)]
    follower = _first_of_form(there, line)
    if follower is not None:
        return [Choice(span_of(follower), line + end + bytes_of(follower), note, ground)]
    first = there[0] if there else _first_statement(site)
    if first is None:
        return []
    if not there and _is_text(first):
        return [Choice(span_of(first), bytes_of(first) + end + end + line, note, ground)]
    gap = end * (3 if site.is_python else 2) if not there else end
    return [Choice(span_of(first), line + gap + bytes_of(first), note, ground)]


def header(site: Site) -> Iterator[Node]:
    """Yield the imports at the top of the file, up to its first other statement."""
    for at, node in enumerate(site.tree.root_node.named_children):
        if node.type in _IMPORTS:
            yield node
        elif node.type not in ("comment", "hash_bang_line") and not (at <= 1 and _is_text(node)):
            return


def module_node(node: Node) -> Node | None:
    """Return what names the module of an import: a dotted name, or a script's quoted text."""
    return node.child_by_field_name("module_name") or node.child_by_field_name("source")


def imported_names(node: Node) -> list[Node]:
    """Return the names that an import takes from its module, with their aliases."""
    if node.type == "import_from_statement":
        return list(node.children_by_field_name("name"))
    clause = next((one for one in node.named_children if one.type == "import_clause"), None)
    named = next((one for one in clause.named_children if one.type == "named_imports"), None) if clause else None
    return [one for one in named.named_children if one.type == "import_specifier"] if named else []


def _names_in(node: Node, module: str) -> list[Node]:
    said = module_node(node)
    if said is None or word_of(said).strip("'\"") != module:
        return []
    if any(child.type == "type" for child in node.children):
        return []  # `import type` gives nothing at run time
    return imported_names(node)


def _inserted(names: list[Node], wanted: Wanted) -> tuple[int, bytes]:
    """Return where among the names the new one goes, and its text with a comma: where it sorts, if they are sorted."""
    said = [word_of(one) for one in names]
    word = wanted.name if wanted.alias == wanted.name else f"{wanted.name} as {wanted.alias}"
    is_sorted = said == sorted(said) or said == sorted(said, key=str.lower)
    at = sum(one.lower() <= word.lower() for one in said) if is_sorted else len(said)
    text = word.encode("utf-8", "surrogateescape")
    if at == 0:
        return names[0].start_byte, text + _between(names)
    return names[at - 1].end_byte, _between(names) + text


def _between(names: list[Node]) -> bytes:
    """Return what parts the names of an import: a comma and a blank, or a comma and a new line."""
    if len(names) < 2 or names[0].parent is None:
        return b", "
    parent = names[0].parent
    return bytes_of(parent)[names[0].end_byte - parent.start_byte : names[1].start_byte - parent.start_byte]


def _written(site: Site, wanted: Wanted) -> str:
    if site.is_python:
        if not wanted.name:
            return f"import {wanted.module}" + (f" as {wanted.alias}" if wanted.alias != wanted.module else "")
        same = wanted.alias == wanted.name
        return f"from {wanted.module} import {wanted.name}" + ("" if same else f" as {wanted.alias}")
    others = [bytes_of(node) for node in header(site)]
    quote = '"' if any(b'"' in one for one in others) else "'"
    semicolon = ";" if any(one.endswith(b";") for one in others) else ""
    taken = f"{{ {wanted.name} }}" if wanted.alias == wanted.name else f"{{ {wanted.name} as {wanted.alias} }}"
    taken = wanted.alias if wanted.name == "default" else taken
    taken = f"* as {wanted.alias}" if not wanted.name else taken
    return f"import {taken} from {quote}{wanted.module}{quote}{semicolon}"


def _sorted_place(there: list[Node], line: bytes) -> Node | None:
    """Return the import after which a new line goes: the last of its form that sorts before it."""
    same = _of_form(there, line)
    if not same:
        return there[-1] if there else None
    smaller = [node for node in same if bytes_of(node) < line]
    return smaller[-1] if smaller else None


def _first_of_form(there: list[Node], line: bytes) -> Node | None:
    same = _of_form(there, line)
    return same[0] if same else None


def _of_form(there: list[Node], line: bytes) -> list[Node]:
    """Return the imports that are written as a line is: `import ...` or `from ... import ...`."""
    first = line.split(b" ", 1)[0]
    return [node for node in there if bytes_of(node).startswith(first) and node.type != "future_import_statement"]


def _to_line_end(data: bytes, node: Node) -> Span:
    """Return the span of a statement with what follows on its last line: a comment there is about it."""
    at = data.find(b"\n", node.end_byte)
    line = data[node.end_byte : at if at >= 0 else len(data)]
    return Span(node.start_byte, node.end_byte + len(line.rstrip()))


def _first_statement(site: Site) -> Node | None:
    """Return the first statement of a file without imports, its docstring if it has one."""
    rest = [node for node in site.tree.root_node.named_children if node.type not in ("comment", "hash_bang_line")]
    return rest[0] if rest else None


def _is_text(node: Node) -> bool:
    """Return whether a statement is a text alone: a docstring, `"use strict"`."""
    return node.type == "expression_statement" and [one.type for one in node.named_children] == ["string"]


def span_of_module(node: Node) -> Span | None:
    """Return the span of an import's module, without a script's quotation marks."""
    said = module_node(node)
    if said is None:
        return None
    inner = next((one for one in said.named_children if one.type == "string_fragment"), None)
    return span_of(inner if inner is not None else said)
