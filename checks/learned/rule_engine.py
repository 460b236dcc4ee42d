"""Learned rules for the engine ast-grep: their config is written by us, from a body that is read anew each time.

Nothing of a rule's message or examples reaches the engine. A pattern is text of the closed form of
`kb.memory.promote_body`, quoted as JSON, which is YAML; it can hold no key, no reference and no transformation.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from checks.knowledge import Limits
from checks.static.ast_grep_engine import GRAMMAR, RULE_BREAK, TWIN, AstGrep, is_dense
from checks.static.engine import Diagnostic, Installed
from kb.memory.promote_body import LANGUAGES, Body, Forbidden, Pattern
from kb.source import Source

_ENGINE_LANGUAGE = {"py": "Python", "tsx": "Tsx", "ts": "TypeScript"}  # grammar -> what ast-grep calls it
_GRAMMARS = {"python": ("py",), "javascript": ("tsx", "ts")}
FORM = "1"  # changes with how rules are written for the engine


@dataclass(frozen=True)
class RuleEngine(AstGrep):
    """ast-grep with learned rules: `bodies` by the slug that findings get."""

    bodies: tuple[tuple[str, Body], ...] = ()

    @cached_property
    def config_id(self) -> str:
        """Return a digest of every rule and of how it is written."""
        said = "\0".join(f"{name}\0{text}" for name, text in sorted(self.files(_ENGINE_LANGUAGE).items()))
        return "learned " + hashlib.sha256(f"{FORM}\0{said}".encode()).hexdigest()[:16]

    def run(
        self, installed: Installed, folder: Path, files: Sequence[str], *, home: Path, limits: Limits
    ) -> tuple[Diagnostic, ...]:
        """Return every match of every rule in the files that people wrote; a bundle has no reviewers."""
        sources = [Source(path, (folder / path).read_bytes()) for path in files]
        named = {grammar for _, body in self.bodies for grammar in _GRAMMARS[body.language]}
        plain = [
            one
            for one in sources
            if not is_dense(one.data) and GRAMMAR[PurePosixPath(one.path).suffix.lower()] in named
        ]
        (home / "plain" / "shared").mkdir(parents=True, exist_ok=True)  # the config that is shared names it
        said = {*self._scan(installed, plain, home / "plain", limits, self.files)}
        return tuple(sorted(said, key=lambda d: (d.path, d.line, d.column, d.code, d.end_line)))

    def files(self, grammars: Collection[str]) -> dict[str, str]:
        """Return the rule files for these grammars by their path below the engine's home."""
        return {
            f"rules/{grammar}-learned.yml": RULE_BREAK.join(texts)
            for grammar in sorted(grammars)
            if (texts := [_written(slug, body, grammar) for slug, body in self.bodies if _is_for(body, grammar)])
        }


def _is_for(body: Body, grammar: str) -> bool:
    return body.language in LANGUAGES and grammar in _GRAMMARS[body.language]


def _written(slug: str, body: Body, grammar: str) -> str:
    rule = {
        "id": f"{slug}{TWIN}{grammar}",
        "language": _ENGINE_LANGUAGE[grammar],
        "message": slug,
        "severity": "warning",
        "rule": _rule_of(body),
    }
    return json.dumps(rule) + "\n"


def _rule_of(body: Body) -> Mapping[str, Any]:
    if isinstance(body, Pattern):
        return {"all": [{"kind": body.kind}, {"pattern": body.pattern}]}
    return {"any": _python_imports(body) if body.language == "python" else _script_imports(body)}


def _python_imports(body: Forbidden) -> list[dict[str, Any]]:
    module = {"regex": rf"^{re.escape(body.module)}(\.|$)"}
    renamed = {"kind": "aliased_import", "has": {"field": "name", **module}}
    named = {"has": {"any": [{"kind": "dotted_name", **module}, renamed]}}
    return [
        {"kind": "import_from_statement", "has": {"field": "module_name", **module}},
        {"kind": "import_statement", **named},
    ]


def _script_imports(body: Forbidden) -> list[dict[str, Any]]:
    module = {"regex": rf"""^["']{_escaped(body.module)}(/|["']$)"""}
    required = {"field": "function", "regex": "^(require|import)$"}
    return [
        {"kind": "import_statement", "has": {"field": "source", **module}},
        {
            "kind": "call_expression",
            "all": [{"has": required}, {"has": {"field": "arguments", "has": {"kind": "string", **module}}}],
        },
    ]


def _escaped(text: str) -> str:
    """Return a module's name for Rust's regular expressions, which refuse needless escapes."""
    return re.sub(r"[.@/-]", lambda found: rf"\{found[0]}" if found[0] in ".-" else found[0], text)
