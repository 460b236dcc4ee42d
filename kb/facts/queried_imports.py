"""Import statements read from their text: one small function a language, for the grammar's and the patterns' use.

language   module                          name                     alias
go         the path                        "", "*" for `.`          the given one
java       package (of a static: class)    last word, or "*"        last word
kotlin     package                         last word, or "*"        the given one, or the last word
csharp     namespace, or type of `static`  "*"; "" of an alias      the given one
php        namespace                       last word                the given one, or the last word
rust       path before the last word       last word, "*" or ""     the given one, or the last word
ruby       the path; "./" before one of `require_relative`          (also `load`, `autoload`)
c, cpp     the path in its quotes: `"a.h"` or `<a.h>`
swift      module                          name of `import struct`
zig        the path                        the member read from it  the constant it is given to
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from kb.facts.model import Flag

_STATIC = Flag.STATIC.value


class Imported(NamedTuple):
    """One imported name: the fields of `kb.facts.model.Import` that the statement's text gives."""

    module: str
    name: str = ""
    alias: str = ""
    flags: int = 0


def imports_of(text: str, language: str) -> list[Imported]:
    """Return what an import statement of a language imports; nothing for text that is none."""
    return list(_READERS[language](text.strip().rstrip(";").rstrip()))


_GO = re.compile(r'(?:([\w.]+)\s+)?["`]([^"`\n]+)["`]')


def _go(text: str) -> Iterator[Imported]:
    for alias, path in _GO.findall(text):
        yield Imported(path, "*") if alias == "." else Imported(path, "", alias or _go_name(path))


def _go_name(module: str) -> str:
    """Return the name by which a package is called that is imported without giving it one."""
    words = module.split("/")
    if len(words) > 1 and _GO_VERSION.fullmatch(words[-1]):
        words.pop()
    return words[-1].partition(".")[0].removeprefix("go-")


_GO_VERSION = re.compile(r"v\d+")
_JAVA = re.compile(r"import\s+(static\s+)?([\w.\s]*[\w*])")


def _java(text: str) -> Iterator[Imported]:
    found = _JAVA.match(text)
    if found:
        module, _, name = "".join(found[2].split()).rpartition(".")
        yield Imported(module, name, "" if name == "*" else name, _STATIC if found[1] else 0)


_KOTLIN = re.compile(r"import\s+([\w.`]*[\w`*])(?:\s+as\s+(\w+))?")


def _kotlin(text: str) -> Iterator[Imported]:
    found = _KOTLIN.match(text)
    if found:
        module, _, name = found[1].replace("`", "").rpartition(".")
        yield Imported(module, name, "" if name == "*" else found[2] or name)


_CSHARP = re.compile(r"(?:global\s+)?using\s+(?:(static)\s+)?(?:(\w+)\s*=\s*)?(?:global::)?([\w.]+)")


def _csharp(text: str) -> Iterator[Imported]:
    found = _CSHARP.match(text)
    if found and found[2]:
        yield Imported(found[3], "", found[2])
    elif found:
        yield Imported(found[3], "*", "", _STATIC if found[1] else 0)


_PHP = re.compile(r"use\s+(?:(?:function|const)\s+)?([\s\S]+)")
_PHP_PATH = re.compile(r"\s*(?:(?:function|const)\s+)?\\?([\w\\]+)(?:\s+as\s+(\w+))?\s*\Z", re.IGNORECASE)
_PHP_FILE = re.compile(r"(?:include|require)(?:_once)?[\s(]+(__DIR__\s*\.\s*)?(['\"])([^'\"$]+)\2\s*\)?\s*\Z")


def _php(text: str) -> Iterator[Imported]:
    file = _PHP_FILE.match(text)
    if file:
        yield Imported(f".{file[3]}" if file[1] and file[3].startswith("/") else file[3])
        return
    found = _PHP.match(text)
    if not found:
        return
    head, brace, group = found[1].partition("{")
    for piece in (group.rstrip().rstrip("}") if brace else head).split(","):
        path = _PHP_PATH.match((head.strip() if brace else "") + piece.strip())
        if path:
            module, _, name = path[1].rpartition("\\")
            yield Imported(module, name, path[2] or name)


_RUST_WORD = re.compile(r"[{},]|\bas\s+(\w+)|(?:r#)?\w+|\*|::")
_RUST_HEAD = re.compile(r"(?:pub(?:\s*\([^)]*\))?\s+)?(use|mod|extern\s+crate)\s+(?=[\w:{*])([\s\S]+)")


def _rust(text: str) -> Iterator[Imported]:
    found = _RUST_HEAD.match(re.sub(r"//[^\n]*|/\*.*?\*/", "", text))
    if not found:
        return
    if found[1] != "use":
        words = re.findall(r"(?:r#)?\w+", found[2])
        yield Imported("self" if found[1] == "mod" else "", words[0], words[-1])
        return
    prefixes: list[list[str]] = []
    words, alias, group_ended = [], "", False
    for word in _RUST_WORD.finditer(found[2] + ","):
        mark = word[0]
        if mark == "{":
            prefixes.append(words)
            words = list(words)
        elif mark in ",}":
            if not group_ended and words and (not prefixes or words != prefixes[-1]):
                yield _rust_one(words, alias)
            group_ended = mark == "}"
            if mark == "}" and prefixes:
                prefixes.pop()
            words, alias = list(prefixes[-1]) if prefixes else [], ""
        elif word[1]:
            alias = word[1]
        elif mark != "::":
            words.append(mark)


def _rust_one(words: list[str], alias: str) -> Imported:
    if words[-1] == "self" and len(words) > 1:
        words = words[:-1]
    if words[-1] == "*":
        return Imported(".".join(words[:-1]), "*", "")
    return Imported(".".join(words[:-1]), words[-1], alias or words[-1])


_RUBY = re.compile(r"(require_relative|require|load|autoload)\b(?:\s*\(?\s*:\w+\s*,)?[\s(]*(['\"])([^'\"#\n]+)\2")


def _ruby(text: str) -> Iterator[Imported]:
    found = _RUBY.match(text)
    if found:
        yield Imported(f"./{found[3]}" if found[1] == "require_relative" else found[3])


_INCLUDE = re.compile(r"\s*#\s*(?:include|import)\s*(\"[^\"\n]+\"|<[^>\n]+>)")


def _include(text: str) -> Iterator[Imported]:
    found = _INCLUDE.match(text)
    if found:
        yield Imported(found[1], "*")


_SWIFT = re.compile(r"(?:@\w+\s+)*import\s+(?:(?:struct|class|enum|protocol|typealias|func|let|var)\s+)?([\w.]+)")


def _swift(text: str) -> Iterator[Imported]:
    found = _SWIFT.match(text)
    if found:
        module, _, name = found[1].partition(".")
        yield Imported(module, name, name)


_ZIG = re.compile(r'(?:(?:const|var)\s+(\w+)\s*(?::[^=\n]*)?=\s*)?@import\s*\(\s*"([^"\n]+)"\s*\)((?:\.\w+)*)')


def _zig(text: str) -> Iterator[Imported]:
    found = _ZIG.search(text)
    if found:
        yield Imported(found[2], found[3].lstrip("."), found[1] or "")


_READERS: dict[str, Callable[[str], Iterator[Imported]]] = {
    "go": _go,
    "java": _java,
    "kotlin": _kotlin,
    "csharp": _csharp,
    "php": _php,
    "rust": _rust,
    "ruby": _ruby,
    "c": _include,
    "cpp": _include,
    "swift": _swift,
    "zig": _zig,
}
