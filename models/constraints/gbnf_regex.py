"""Regular expressions of our own grammars as GBNF: groups, classes, repetitions, alternatives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

# classes of Unicode, a little wider than they are: every character beyond ASCII counts as a letter
_UNICODE: Final[Mapping[str, str]] = MappingProxyType(
    {"L": r"a-zA-Z\u0080-\U0010FFFF", "Nl": "", "Mn": "", "Mc": "", "Nd": "0-9", "Pc": "_"}
)
_ESCAPES: Final[Mapping[str, str]] = MappingProxyType({"n": r"\n", "r": r"\r", "t": r"\t", "f": r"\x0C"})
_SPECIAL: Final[Mapping[str, str]] = MappingProxyType(
    {"\\": r"\\", "]": r"\]", "[": r"\[", "^": r"\x5E", "-": r"\x2D", "\n": r"\n", "\r": r"\r"}
)
_CLASS_PART: Final = re.compile(r"\\p\{(\w+)\}|\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)|(.)", re.DOTALL)
_ATOM: Final = re.compile(
    r"\(\?s:\.\)|(?P<dot>\(\?s:)|(?P<open>\()|(?P<close>\))|(?P<class>\[(?:[^\]\\]|\\.)*\])|(?P<bar>\|)"
    r"|(?P<repeat>[*+?]|\{\d+(?:,\d*)?\})|\\(?P<escape>x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)|(?P<any>\.)|(?P<plain>.)",
    re.DOTALL,
)


def gbnf_of_regex(regex: str) -> str:
    """Return the body of a GBNF rule that matches what a regular expression matches, or a little more."""
    parts, everything = [], False
    for found in _ATOM.finditer(regex):
        kind = found.lastgroup
        if kind == "dot":
            parts.append("(")
            everything = True
        elif kind in ("open", "close", "bar"):
            parts.append({"open": "(", "close": ")", "bar": " | "}[kind])
            everything = everything and kind != "close"
        elif kind == "class":
            parts.append(f" {_class(found['class'])}")
        elif kind == "repeat":
            parts.append(found["repeat"])
        elif kind == "escape":
            parts.append(f" [{_escaped(found['escape'])}]")
        elif kind == "any":
            parts.append(r" [\x00-\U0010FFFF]" if everything else r" [^\n]")
        else:
            parts.append(f" [{_literal(found['plain'])}]")
    return "".join(parts).strip()


def _class(text: str) -> str:
    """Return a class of characters; those of Unicode are written as ranges."""
    inner = text[1:-1]
    negated = "^" if inner.startswith("^") else ""
    made = ""
    for found in _CLASS_PART.finditer(inner[len(negated) :]):
        if found[1]:
            made += _UNICODE.get(found[1], "")
        elif found[2]:
            made += _escaped(found[2])
        else:
            made += found[3] if found[3] == "-" else _literal(found[3])
    return f"[{negated}{made}]"


def _escaped(char: str) -> str:
    """Return what an escape stands for, as it stands in a class of GBNF: `n` is the end of a line."""
    if len(char) > 1:
        return f"\\{char}"
    return _ESCAPES.get(char) or _literal(char)


def _literal(char: str) -> str:
    """Return a character as it stands in a class of GBNF."""
    return _SPECIAL.get(char, char)
