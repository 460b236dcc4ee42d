"""Brings the facts of many files at once: what is not kept from an earlier run is extracted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from kb.facts.model import Facts
from kb.graph.index_tree import CodeTree, KeptFacts, Key, Progress, Shelf


class _Memory:
    def __init__(self) -> None:
        self._facts: dict[Key, Facts] = {}

    def get_many(self, keys: Collection[Key]) -> Mapping[Key, Facts]:
        return {key: self._facts[key] for key in keys if key in self._facts}

    def put_many(self, facts: Mapping[Key, Facts]) -> None:
        self._facts.update(facts)


def kept_facts(path: Path | None) -> KeptFacts:
    """Return where facts are kept: a file, or memory for None."""
    return _Memory()


def bring_facts(tree: CodeTree, shelf: Shelf, paths: Sequence[str], progress: Progress | None) -> int:
    """Extract the facts of those of the files whose facts are not kept yet, and return how many that were."""
    by_key = {tree.keys[path]: path for path in paths}
    missing = list(shelf.missing(by_key))
    for number, key in enumerate(missing):
        if progress is not None:
            progress("reading", number, len(missing))
        shelf.put(key, tree.extracted(by_key[key]))
    return len(missing)
