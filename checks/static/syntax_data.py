"""JSON and TOML by full parsers: what a grammar's error is checked against."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable

# Files that their readers take as strict JSON; any other .json may turn out to hold comments.
_STRICT = re.compile(
    r"(?:^|/)(?:package|package-lock|composer|bower|manifest|component)\.json$|\.(?:webmanifest|geojson)$",
    re.IGNORECASE,
)
_STRING_OR_COMMENT = re.compile(r'("(?:[^"\\\n]|\\.)*")|//[^\n]*|/\*.*?(?:\*/|\Z)', re.DOTALL)
_STRING_OR_COMMA = re.compile(r'("(?:[^"\\\n]|\\.)*")|,(?=\s*[\]}])')
_TOML_LINE = re.compile(r"\(at line (\d+), column \d+\)")


def error_in(text: str, path: str, language: str) -> tuple[int, str] | None:
    """Return the line and the reason why a full parser refuses a JSON or TOML text; None if it takes it."""
    return _toml_error(text) if language == "toml" else _json_error(text, path)


def _json_error(text: str, path: str) -> tuple[int, str] | None:
    text = text.removeprefix("\ufeff")
    strict = _json_says(text)
    if strict is None or not text.strip():
        return None
    if not _STRICT.search(path) and _json_says(_without_comments(text)) is None:
        return None
    return strict


def _json_says(text: str) -> tuple[int, str] | None:
    try:
        json.loads(text, strict=False)
    except json.JSONDecodeError as error:
        return error.lineno, error.msg[:1].lower() + error.msg[1:]
    except (RecursionError, ValueError):
        return None  # nested too deep or a number too long for us: nothing is known
    return None


def _without_comments(text: str) -> str:
    """Return JSON text without comments and trailing commas, strings and line breaks left as they are."""
    keep: Callable[[re.Match[str]], str] = lambda match: match[1] or "\n" * match[0].count("\n")  # noqa: E731
    return _STRING_OR_COMMA.sub(keep, _STRING_OR_COMMENT.sub(keep, text))


def _toml_error(text: str) -> tuple[int, str] | None:
    try:
        tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        found = _TOML_LINE.search(str(error))
        reason = _TOML_LINE.sub("", str(error)).strip()
        return (int(found[1]) if found else text.count("\n") + 1), reason[:1].lower() + reason[1:]
    except (RecursionError, ValueError):
        return None
    return None
