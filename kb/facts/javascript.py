"""The facts of JavaScript and TypeScript files, with JSX, ES modules and CommonJS.

What is special here: names are bound in blocks. The members of classes, interfaces, enums and of object literals that a
name at the top is set to are definitions in a scope of kind `class`, in which no name is looked up: a definition is
bound in its scope exactly if its qualified name is the scope's with its own name. `this.x = y` and the properties
that a constructor's parameters make are attributes. `implements` is written `implements=I` among the bases. An index
signature is an attribute named `[]`; an object literal or class with members that cannot be listed is VARIADIC. What
`module.exports` is set to is the export "default" without the flag DEFAULT, its names being exports as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from kb.facts.javascript_rows import Place, Rows, first_line, joined
from kb.facts.javascript_walk import read_all
from kb.facts.model import Call, Export, Facts, Flag, Import, Kind, ScopeKind, Status, Use
from kb.syntax.parse import Node, Unparsed, parse, troubles_in

LARGEST = 2_000_000  # bytes
MINIFIED = 100_000  # bytes of a file with lines so long that no person wrote it
LONG_LINE = 1_000  # bytes per line on average
_EXPORTED, _DEFAULT, _TYPING, _GUARDED = (
    flag.value for flag in (Flag.EXPORTED, Flag.DEFAULT, Flag.TYPING, Flag.GUARDED)
)
_Reference = TypeVar("_Reference", Call, Use, Import)


def extract(data: bytes, language: str) -> Facts:
    """Return the facts of one file in "javascript", "typescript" or "tsx".

    Raises Unparsed if the file is too large, minified, or nested without bound.
    """
    lines = data.count(b"\n") + (not data.endswith(b"\n") if data else 0)
    if len(data) > LARGEST:
        raise Unparsed(f"larger than {LARGEST // 1_000_000} MB")
    if len(data) > MINIFIED and len(data) > lines * LONG_LINE:
        raise Unparsed("minified")
    tree = parse(data, language)
    root = tree.root_node
    rows = Rows(data, language)
    rows.names = frozenset(_top_names(rows, root))
    rows.scope(ScopeKind.MODULE, Place(-1), root, "")
    read_all(rows, root, Place(0))
    trouble = troubles_in(tree) if root.has_error else ()
    found = Facts(language, Status.PARTIAL if trouble else Status.WHOLE, lines)
    return _filled(found, rows, f"{len(trouble)} places cannot be read" if trouble else "", _doc(rows, root))


def _top_names(rows: Rows, root: Node) -> list[str]:
    """Return the names that declarations at the top of the file bind, without those of patterns."""
    found = []
    for node in root.named_children:
        if node.type == "export_statement":
            node = node.child_by_field_name("declaration") or node
        if node.type in ("lexical_declaration", "variable_declaration"):
            names = [child.child_by_field_name("name") for child in node.named_children]
        else:
            names = [node.child_by_field_name("name")]
        found += [rows.text(name) for name in names if name is not None]
    return found


def _doc(rows: Rows, root: Node) -> str:
    for child in root.named_children[:2]:
        text = rows.data[child.start_byte : min(child.end_byte, child.start_byte + 2000)]
        if child.type == "comment" and text.startswith(b"/**"):
            return first_line(text)
    return ""


def _filled(facts: Facts, rows: Rows, trouble: str, doc: str) -> Facts:
    for index, chains in rows.raises.items():
        rows.detail(index, raises=tuple(dict.fromkeys(chains)))
    exports = [*rows.exports, *_declared_exports(rows)]
    exports.sort(key=lambda row: row.start)
    return Facts(
        language=facts.language,
        status=facts.status,
        lines=facts.lines,
        scopes=tuple(rows.scopes),
        definitions=tuple(rows.overloads()),
        bindings=tuple(sorted(rows.bindings, key=lambda row: row.start)),
        imports=tuple(sorted(_hushed(rows.imports, rows.muted), key=lambda row: row.start)),
        exports=tuple(exports),
        calls=tuple(sorted(_hushed(rows.calls, rows.muted), key=lambda row: (row.start, row.end))),
        uses=tuple(sorted(_hushed(rows.uses.values(), rows.muted), key=lambda row: (row.start, row.chain))),
        holes=tuple(sorted(rows.holes, key=lambda row: row.start)),
        doc=doc,
        exports_known=rows.is_module and not any(_is_common(row) for row in exports) and not trouble,
        dynamic=tuple(rows.dynamic),
        trouble=trouble,
    )


def _hushed(found: Iterable[_Reference], muted: set[int]) -> list[_Reference]:
    """Return references, those on a line of which a comment says `@ts-ignore` or its like as GUARDED."""
    if not muted:
        return list(found)
    return [msgspec.structs.replace(row, flags=row.flags | _GUARDED) if row.line in muted else row for row in found]


def _declared_exports(rows: Rows) -> list[Export]:
    """Return the exports made by `export` before a declaration, one for each name."""
    found = {}
    for row in rows.definitions:
        own = row.scope == 0 and row.qualified == joined("", row.name)
        if own and row.flags & _EXPORTED and not row.flags & _DEFAULT and row.name not in found:
            typing = _TYPING if row.kind in (Kind.INTERFACE, Kind.TYPE) else 0
            found[row.name] = Export(row.name, row.name_start, row.line, row.name, "", typing)
    return list(found.values())


def _is_common(row: Export) -> bool:
    return row.name == "default" and not row.flags & _DEFAULT
