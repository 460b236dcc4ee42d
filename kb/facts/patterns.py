"""Facts by patterns, line by line: for a file that its grammar cannot read. They are approximate, and say so.

Patterns see only how lines begin. Nesting is told by indentation. No calls, no uses: what cannot be known is left out.
"""

from __future__ import annotations

import re

from kb.facts.model import Definition, Facts, Import, Kind, Scope, ScopeKind, Status
from kb.facts.queried_imports import imports_of

MAX_LINES = 200_000
_LONGEST = 300  # characters of a line that are looked at
_MODIFIERS = (
    r"(?:(?:public|private|protected|internal|static|final|abstract|sealed|open|override|inline|export|extern|pub(?:\([^)]{0,40}\))?"
    r"|async|unsafe|const|virtual|partial|data|readonly|suspend|fileprivate|mutating|class|default|synchronized|native"
    r"|template\s*<[^<>]{0,80}>)\s+){0,8}"
)
_CLASSES = {
    "class": Kind.CLASS,
    "module": Kind.MODULE,
    "object": Kind.CLASS,
    "record": Kind.CLASS,
    "actor": Kind.CLASS,
    "interface": Kind.INTERFACE,
    "protocol": Kind.INTERFACE,
    "trait": Kind.INTERFACE,
    "enum": Kind.ENUM,
    "struct": Kind.STRUCT,
    "union": Kind.STRUCT,
    "namespace": Kind.MODULE,
}
_CLASS = re.compile(
    rf"{_MODIFIERS}(class|module|object|record|actor|interface|protocol|trait|enum|struct|union|namespace)\s+"
    r"(?:class\s+|struct\s+)?([^\W\d][\w.:]*)(.*)"
)
_NOT_DEFINED = re.compile(r"\s*[;*&(=]")  # of C: `struct a;`, `struct a *b`, `struct a f(`
_FUNCTION = re.compile(
    rf"{_MODIFIERS}(?:def|func|fun|fn|function)\s+(?:\([^()]{{0,80}}\)\s*)?(?:self\.)?([^\W\d]\w*[?!]?)"
)
_TYPED = re.compile(rf"{_MODIFIERS}[^\W\d][\w:<>,.*&\[\] ]{{0,120}}?[\s*&]([^\W\d][\w:]*)\s*\([^;]*$")
_TYPED_IN = frozenset({"c", "cpp", "csharp", "java"})  # where a function begins with the type it returns
_NO_NAME = frozenset(
    {"if", "for", "while", "switch", "return", "else", "catch", "sizeof", "new", "throw", "do", "case"}
)
_IMPORT = {
    "go": re.compile(r'(?:import\s+)?(?:[\w.]+\s+)?"[^"]+"$'),
    "c": re.compile(r"#\s*include\b"),
    "cpp": re.compile(r"#\s*include\b"),
    "csharp": re.compile(r"(?:global\s+)?using\s+[\w.= ]+;"),
    "php": re.compile(r"use\s+[\w\\{},\s]+;|(?:include|require)(?:_once)?\b"),
    "rust": re.compile(r"(?:pub(?:\([^)]{0,40}\))?\s+)?(?:use\s+[^;]+;|mod\s+\w+\s*;)"),
    "ruby": re.compile(r"(?:require|require_relative|load|autoload)\b"),
    "zig": re.compile(r".*@import\("),
}
_PLAIN_IMPORT = re.compile(r"(?:@\w+\s+)?import\s")


def by_patterns(data: bytes, language: str, trouble: str) -> Facts:
    """Return the definitions and imports that patterns find; status `approximate`, with why the grammar did not."""
    definitions: list[Definition] = []
    imports: list[Import] = []
    importing = _IMPORT.get(language, _PLAIN_IMPORT)
    open_: list[tuple[int, str, Kind]] = []  # indent, qualified name
    at = 0
    lines = data.split(b"\n")
    for number, raw in enumerate(lines[:MAX_LINES], 1):
        start, at = at, at + len(raw) + 1
        text = raw[:_LONGEST].decode("utf-8", "replace").rstrip("\r ")
        line = text.lstrip(" \t")
        if not line or line[0] in "*/}{)":
            continue
        indent = len(text) - len(line)
        begin = start + indent
        if importing.match(line):
            for one in imports_of(line, language):
                imports.append(Import(one.module, 0, begin, start + len(raw), number, one.name, one.alias))
            continue
        found = _definition(line, language)
        if found is None:
            continue
        kind, name = found
        while open_ and open_[-1][0] >= indent:
            open_.pop()
        name = name.replace("::", ".").strip(".")
        qualified = f"{open_[-1][1]}.{name}" if open_ else name
        if kind is Kind.FUNCTION and open_ and open_[-1][2] not in (Kind.FUNCTION, Kind.MODULE):
            kind = Kind.METHOD
        if not line.endswith(";"):
            open_.append((indent, qualified, kind))
        last = name.rpartition(".")[2]
        definitions.append(Definition(last, qualified, kind, 0, begin, start + len(raw), number, number, begin))
    return Facts(
        language,
        Status.APPROXIMATE,
        lines=len(lines) if data else 0,
        scopes=(Scope(ScopeKind.MODULE, -1, 0, len(data)),),
        definitions=tuple(definitions),
        imports=tuple(imports),
        trouble=trouble,
    )


def _definition(line: str, language: str) -> tuple[Kind, str] | None:
    found = _CLASS.match(line)
    if found and not (language in ("c", "cpp") and _NOT_DEFINED.match(found[3])):
        return _CLASSES[found[1]], found[2]
    found = _FUNCTION.match(line)
    if found:
        return Kind.FUNCTION, found[1]
    found = _TYPED.match(line) if language in _TYPED_IN else None
    if found and found[1] not in _NO_NAME and line.split(maxsplit=1)[0] not in _NO_NAME:
        return Kind.FUNCTION, found[1]
    return None
