"""What star imports bring: the names of modules of the same tree. Of other packages nobody knows here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kb.facts.model import Facts, Import, Status
from kb.graph.model import EdgeKind, node_id
from models.constraints.names_model import Name
from models.constraints.names_rows import names_of_module

if TYPE_CHECKING:
    from kb.graph.code import Code

_DEEPEST = 20  # modules that hand each other's names on


def starred(facts: Facts, path: str, code: Code | None) -> Mapping[str, Name] | None:
    """Return the names that the star imports of a file bring; None if one of them cannot be read whole."""
    found: dict[str, Name] = {}
    waiting = [(path, row) for row in facts.imports if row.name == "*"]
    seen = {path}
    while waiting:
        importer, row = waiting.pop()
        target = _target(importer, row, code)
        if code is None or target is None or len(seen) > _DEEPEST:
            return None
        if target in seen:
            continue
        seen.add(target)
        other = code.facts(target)
        if other.status is not Status.WHOLE or other.dynamic:
            return None
        stars = [one for one in other.imports if one.name == "*"]
        if stars and other.exports_known:
            return None  # which of the listed names come from where is not worked out
        waiting += [(target, one) for one in stars]
        listed = {one.name for one in other.exports} if other.exports_known else None
        for name, known in names_of_module(code, target).items():
            if name in listed if listed is not None else not name.startswith("_"):
                found.setdefault(name, known)
    return found


def _target(path: str, row: Import, code: Code | None) -> str | None:
    """Return the file of the tree from which a star import takes, None if it is not there."""
    if code is None:
        return None
    wanted = ("*", row.module, row.level)
    starts = {one.start for one in code.facts(path).imports if (one.name, one.module, one.level) == wanted}
    edges = [e for e in code.graph.edges_from((node_id(path, ""),), (EdgeKind.IMPORTS,)) if e.start in starts]
    found = {node.path for node in code.graph.nodes({edge.dst for edge in edges}).values() if node.path}
    return found.pop() if len(found) == 1 else None
