"""What a learned rule says, in a closed form: written here, and held to that form again whenever it is read.

Two kinds. "ast-grep": a pattern of code and the kind of its node, as YAML (of its subset JSON). "constraint": a module
that must not be imported, as TOML. Both name a language and the paths that they are about; nothing else can be said, so
that no text of a repository becomes part of an engine's configuration.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

AST_GREP, CONSTRAINT = "ast-grep", "constraint"
LONGEST_BODY, LONGEST_PATTERN, LONGEST_MODULE, LONGEST_GLOB = 2_000, 400, 200, 400  # characters
LANGUAGES: Mapping[str, tuple[str, ...]] = {  # language of a rule -> grammars of kb.syntax that its files have
    "python": ("python",),
    "javascript": ("javascript", "tsx", "typescript"),
}
_KIND = re.compile(r"[a-z][a-z_]{0,60}")
_MODULES = {
    "python": re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII),
    "javascript": re.compile(r"(?:@[a-z0-9][\w.-]*/)?[A-Za-z0-9_][\w.-]*(?:/[\w.-]+)*", re.ASCII),
}
_HOLE = re.compile(r"\$\$\$[A-Z]|\$[A-Z]")


class BadRule(ValueError):
    """The body of a rule is not of the closed form; the text says why."""


@dataclass(frozen=True)
class Pattern:
    """Code of a shape: `pattern` with `$A` for what may differ and `$$$A` for any arguments; `kind` of its node."""

    language: str
    pattern: str
    kind: str
    folder: str = ""  # the rule is about files below it; "" for all


@dataclass(frozen=True)
class Forbidden:
    """A module that is not to be imported, nor anything in it."""

    language: str
    module: str
    folder: str = ""


Body = Pattern | Forbidden


def kind_of(body: Body) -> str:
    """Return the kind that the body is kept under."""
    return AST_GREP if isinstance(body, Pattern) else CONSTRAINT


def written(body: Body) -> str:
    """Return a body as text; raises BadRule for one that could not be read back."""
    if isinstance(body, Pattern):
        rule = {"kind": body.kind, "pattern": body.pattern}
        text = json.dumps({"language": body.language, "rule": rule, "folder": body.folder}, ensure_ascii=True)
    else:
        fields = {"language": body.language, "module": body.module, "folder": body.folder}
        text = "[forbid]\n" + "".join(f"{name} = {_toml(value)}\n" for name, value in fields.items())
    if read_body(kind_of(body), text) != body:
        raise BadRule("it does not come back as it was written")
    return text


def read_body(kind: str, text: str) -> Body:
    """Return a body from text; raises BadRule for anything but what `written` makes."""
    if len(text) > LONGEST_BODY:
        raise BadRule(f"it is longer than {LONGEST_BODY} characters")
    try:
        document = json.loads(text) if kind == AST_GREP else tomllib.loads(text)
    except (ValueError, RecursionError):
        raise BadRule("it is not in the form that it is kept in") from None
    if kind == AST_GREP:
        _demand_keys(document, "language", "rule", "folder")
        _demand_keys(document["rule"], "kind", "pattern")
        found: Body = Pattern(document["language"], **document["rule"], folder=document["folder"])
    elif kind == CONSTRAINT:
        _demand_keys(document, "forbid")
        _demand_keys(document["forbid"], "language", "module", "folder")
        found = Forbidden(**document["forbid"])
    else:
        raise BadRule("there is no such kind of rule")
    _demand_sound(found)
    return found


def _demand_keys(table: Any, *keys: str) -> None:  # noqa: ANN401 (what JSON can hold)
    if not isinstance(table, dict) or table.keys() != set(keys):
        raise BadRule(f"it must have {', '.join(keys)} and nothing else")


def _demand_sound(body: Body) -> None:
    texts = (body.language, body.folder, *((body.pattern, body.kind) if isinstance(body, Pattern) else (body.module,)))
    if not all(isinstance(text, str) and text.isprintable() for text in texts):
        raise BadRule("a value of it is no printable text")
    if body.language not in LANGUAGES:
        raise BadRule("it is about a language without rules")
    parts = body.folder.split("/") if body.folder else []
    if len(body.folder) > LONGEST_GLOB or any(part in ("", ".", "..") for part in parts):
        raise BadRule("its folder is not one of a repository")
    if isinstance(body, Forbidden):
        if len(body.module) > LONGEST_MODULE or not _MODULES[body.language].fullmatch(body.module):
            raise BadRule("its module is not a module's name")
        return
    if not _KIND.fullmatch(body.kind):
        raise BadRule("its kind is not a kind of node")
    if not body.pattern.strip() or len(body.pattern) > LONGEST_PATTERN or "$" in _HOLE.sub("", body.pattern):
        raise BadRule("its pattern is empty, too long, or has a dollar that is no hole")


def is_about(body: Body, path: str) -> bool:
    """Return whether a path lies where the rule applies."""
    return not body.folder or path.startswith(f"{body.folder}/")


def _toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # printable text: a TOML basic string is written the same
