"""A name used without an import: sure only where this repository exports it and always imports it.

To a compiler without the project's packages, the globals of test runners and bundlers look the same as an
import that was forgotten. What tells them apart is how the rest of the repository treats the name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from checks.finding import Evidence
from checks.static.oxlint_bindings import bindings_of
from checks.static.oxlint_causes import CODE
from checks.static.whole_tree import texts_in
from kb.errors import CorruptObject, NotChecked
from kb.source import Source
from kb.view import View

AUTOMATIC = re.compile(rb"auto-import|\"nuxt|\"@nuxt|\"imports-loader")  # tools that write imports themselves
SHORTEST = 4  # shorter names are too common to mean one thing
BARE = rb"(?<![\w$.])%s(?![\w$])"
GLOBAL = rb"\b(?:globalThis|window|global|self)\s*(?:\.\s*%s\b|\[\s*['\"]%s['\"])"
EXPORT = (
    rb"^export\s+(?:declare\s+)?(?:default\s+)?(?:async\s+)?(?:abstract\s+)?"
    rb"(?:function\*?|const|let|var|class|enum|interface|type|namespace)\s+%s(?![\w$])"
)


@dataclass(frozen=True)
class Imports:
    """How the files of one view treat names."""

    view: View

    @cached_property
    def sources(self) -> tuple[Source, ...] | None:
        """Return the JavaScript and TypeScript of the tree; None if names may come from elsewhere."""
        found = []
        try:
            for source in texts_in(self.view, first=lambda path: 0 if path.endswith("package.json") else 1):
                if source.path.endswith("package.json") and AUTOMATIC.search(source.data):
                    return None
                if CODE.search(source.path) and "node_modules" not in source.path.split("/"):
                    found.append(source)
        except (CorruptObject, NotChecked):
            return None
        return tuple(found)

    def forgotten(self, path: str, name: str) -> Evidence | None:
        """Return the export that a file most likely meant to import; None unless all other files import it."""
        if len(name) < SHORTEST or self.sources is None:
            return None
        word = name.encode()
        bare, as_global = (re.compile(pattern.replace(b"%s", re.escape(word))) for pattern in (BARE, GLOBAL))
        export = re.compile(EXPORT % re.escape(word), re.MULTILINE)
        exported: Evidence | None = None
        for source in self.sources:
            if word not in source.data or source.path == path:
                continue
            if as_global.search(source.data) or (bare.search(source.data) and not _binds(source, name)):
                return None
            if exported is None and (found := export.search(source.data)):
                line = source.line_of(found.start())
                exported = Evidence("definition", source.path, line, source.line(line).strip())
        return exported


def _binds(source: Source, name: str) -> bool:
    return any(bound.name == name and not bound.member for bound in bindings_of(source))
