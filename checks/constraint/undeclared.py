"""Packages that a change begins to use and that the project does not declare among its dependencies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checks.constraint.places import PYTHON, Places, Spot
from checks.static.engine_check import is_test
from kb.facts.model import Facts, Flag
from kb.graph.code import Code
from kb.graph.python_origins import UNDECLARED, Origins
from kb.view import Entry

ASIDE = frozenset(
    {"docs", "doc", "examples", "example", "benchmarks", "benchmark", "bench", "scripts", "tools", "ci", "contrib"}
)
UNSURE = Flag.GUARDED.value | Flag.FALLBACK.value | Flag.TYPING.value | Flag.CONDITIONAL.value | Flag.DEFERRED.value


@dataclass(frozen=True)
class _Files:
    """The files of a tree as the linkers read them."""

    code: Code

    @property
    def entries(self) -> Mapping[str, Entry]:
        return self.code.view.entries

    def facts(self, path: str) -> Facts:
        return self.code.facts(path)

    def data(self, path: str) -> bytes:
        return self.code.source(path).data


def undeclared_in(places: Places) -> Iterator[tuple[Spot, str]]:
    """Yield the first new import of each package that nothing declares and that base imports nowhere."""
    rows = [(path, row) for path in sorted(places.change.by_path) for row in _new_imports(places, path)]
    if not rows:
        return
    origins = Origins(_Files(places.code.head))
    known: set[str] = set()
    for path, (module, line) in rows:
        top = module.partition(".")[0]
        if top in known or origins.origin_of(module, path) != UNDECLARED:
            continue
        known.add(top)
        if not _is_imported(places.code.base, top):
            yield Spot(path, line), top


def _new_imports(places: Places, path: str) -> Iterator[tuple[str, int]]:
    """Yield (module, line) of the imports that a file of the product itself makes for certain, and did not before."""
    aside = is_test(path) or not ASIDE.isdisjoint(path.split("/")) or "/" not in path
    if aside or not path.endswith(PYTHON) or places.is_left_out(path):
        return
    for row in places.code.head.facts(path).imports:
        if row.level or row.scope or row.flags & UNSURE or not places.is_added(path, row.line):
            continue
        if places.must_work(path, row.line):
            yield row.module, row.line


def _is_imported(code: Code, top: str) -> bool:
    """Return whether any file of a tree imports a package, or a part of it. Reads them all: a last resort."""
    imported = re.compile(
        rb"^[ \t]*(?:from|import)[ \t]+%s\b" % re.escape(top.encode("utf-8", "surrogateescape")), re.M
    )
    paths = [path for path in code.graph.files() if path.endswith(PYTHON)]
    return any(imported.search(code.source(path).data) for path in paths)
