"""Any other language as a grammar: words, strings and comments between balanced brackets.

It knows how strings and comments are written, so that a bracket in them does not count, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_DOUBLE: Final = r"\"([^\"\\\r\n]|\\(\r\n|[^\r]))*\""
_SINGLE: Final = r"'([^'\\\r\n]|\\(\r\n|[^\r]))*'"
_CHARACTER: Final = r"'([^'\\\r\n]|\\[^\r\n]{1,10})'"
_RAW: Final = r"`[^`]*`"
_LONG: Final = r"\"\"\"(\"{0,2}[^\"])*\"\"\""
_SLASHES: Final = r"\/\/[^\r\n]*|\/\*([^*]|\*+[^*\/])*\*+\/"
_HASH: Final = r"#[^\r\n]*"
_C: Final = (_SLASHES, _DOUBLE, _CHARACTER)
_LEXEMES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        **dict.fromkeys(("c", "cpp", "objc", "java", "scala", "zig", "dart"), _C),
        "csharp": (*_C, r"\$?@\$?\"([^\"]|\"\")*\"", _LONG),
        "go": (*_C, _RAW),
        "java": (*_C, _LONG),
        "kotlin": (*_C, _LONG),
        "scala": (*_C, _LONG),
        "swift": (_SLASHES, _DOUBLE, _LONG),
        "rust": (*_C, r"'[\p{L}_][\p{L}\p{Nd}_]*", r"r(#\"([^\"]|\"+[^\"#])*\"+#|\"[^\"]*\")"),
        "php": (_SLASHES, _HASH, r"\"([^\"\\]|\\.)*\"", r"'([^'\\]|\\.)*'"),
        "ruby": (_HASH, r"\"([^\"\\]|\\.)*\"", r"'([^'\\]|\\.)*'", _RAW),
        "lua": (r"--[^\r\n]*", _DOUBLE, _SINGLE),
        "bash": (r"\"([^\"\\]|\\(.|\n))*\"", r"'[^']*'"),
        "css": (_SLASHES, _DOUBLE, _SINGLE),
    }
)


def balanced_grammar(language: str) -> str:
    """Return the Lark grammar of text whose brackets balance; of any text where it is not known how strings look."""
    lexemes = _LEXEMES.get(language)
    if lexemes is None:
        return "start: /(?s:.+)/\n"
    quotes = "".join(quote for quote in "\"'`" if any(one.lstrip("\\").startswith(quote) for one in lexemes))
    escaped = quotes.replace('"', '\\"')
    return (
        "start: items\n"
        "items: item | items item\n"
        'item: KNOWN | OTHER | "(" items? ")" | "[" items? "]" | "{" items? "}"\n'
        f"KNOWN: /{'|'.join(lexemes)}/\n"
        f"OTHER: /[^()\\[\\]{{}}{escaped}]/\n"
    )


def comment_grammar(language: str) -> str:
    """Return the Lark grammar of one comment."""
    styles = _LEXEMES.get(language, ())
    found = [one for one in styles if one in (_SLASHES, _HASH) or one.startswith("--")]
    return f"start: /{'|'.join(found) or '(?s:.+)'}/\n"
