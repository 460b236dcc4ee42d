"""Chains from source text: what `kb.facts.model` calls a chain, read from an expression or type of any language."""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST = 400  # characters read as a whole; of anything longer only the last name is kept
_NAME = re.compile(r"(?:r#)?[$@]{0,2}\\?[^\W\d]\w*(?:\\[^\W\d]\w*)*(?:[?!](?=\s*(?:$|\()))?|`[^`\n]+`|~\s*[^\W\d]\w*")
_SEPARATOR = re.compile(r"\s*(?:::|\?->|->|\?\.|!!\.|&\.|!\.|\.)\s*")
_LITERAL = re.compile(r"""["'][^"'\\]*["']|(?P<number>\d[\w.]*)""")
_WORDS = "new|const|mut|final|ref|readonly|struct|enum|union|class|typename|any|some|dyn|impl|inout|unsigned|try|await"
_PREFIX = re.compile(rf"(?:[\s*&^]|\b(?:{_WORDS})\s|'\w+\s|\?(?=[\w*\\]))+")
_LAST = re.compile(r"(?:\.|->|::)\s*([^\W\d]\w*[?!]?)\s*\Z")
_NUMBER = re.compile(r"\d+")
_LOST = "\0"  # the text is not understood
_PAIRS = {"(": ")", "[": "]", "<": ">", "{": "}"}


def chain_of(text: str) -> str:
    """Return the chain that an expression or a type is; "?" with its last name for what cannot be put in one.

    Type arguments are cut off, `::`, `->`, `?.` and the like become dots: `a::<T>()->b` is `a().b`.
    """
    if text.isidentifier():
        return text
    if len(text) > LONGEST:
        return _last_only(text)
    words = list(_words(text))
    return _last_only(text) if _LOST in words else "".join(words) or "?"


def dotted(name: str) -> str:
    """Return a defined name with dots for its separators, without type arguments, quotes or spaces."""
    bare = re.sub(r"<[^<>]*>|\[[^\[\]]*\]", "", name) if "operator" not in name else name
    return re.sub(r"\s*(?:::|:|->|\.|\\)\s*", ".", bare).strip(" \t\r\n.\"'`")


def one_line(text: str, longest: int = 80) -> str:
    """Return source text with its spaces joined, cut to a length."""
    return " ".join(text.split())[:longest]


def _last_only(text: str) -> str:
    found = _LAST.search(text, max(0, len(text) - LONGEST))
    return f"?.{found[1]}" if found else "?"


def _words(text: str) -> Iterator[str]:
    prefix = _PREFIX.match(text)
    at = prefix.end() if prefix else 0
    root, at = _root(text, at)
    yield root
    while at < len(text):
        separator = _SEPARATOR.match(text, at)
        if separator:
            at = separator.end()
            name = _NAME.match(text, at) or _NUMBER.match(text, at)
            if name:
                yield "." + name[0].strip("`").replace(" ", "")
                at = name.end()
            elif text[at : at + 1] != "<":  # a turbofish
                yield _LOST
                return
            continue
        mark = text[at]
        if mark in _PAIRS:
            closed = _closing(text, at)
            if closed < 0:
                yield _LOST
                return
            yield {"(": "()", "[": "[]"}.get(mark, "")
            at = closed + 1
            continue
        at += 1
        if not (mark.isspace() or mark in "?!*&"):
            return


def _root(text: str, at: int) -> tuple[str, int]:
    """Return the word for the first operand, and where it ends."""
    separator = _SEPARATOR.match(text, at)
    if separator and separator[0].strip() == "::":
        at = separator.end()
    name = _NAME.match(text, at)
    if name:
        return name[0].strip("`").replace(" ", ""), name.end()
    literal = _LITERAL.match(text, at)
    if literal:
        return "<int>" if literal["number"] else "<str>", literal.end()
    if text[at : at + 1] in _PAIRS:
        closed = _closing(text, at)
        return "?", closed + 1 if closed >= 0 else len(text)
    return "?", at + 1


def _closing(text: str, at: int) -> int:
    """Return where the bracket at `at` is closed, -1 if nowhere; brackets in strings make it wrong, not slow."""
    opened, closer = text[at], _PAIRS[text[at]]
    depth = 0
    for index in range(at, len(text)):
        if text[index] == opened:
            depth += 1
        elif text[index] == closer:
            depth -= 1
            if not depth:
                return index
    return -1
