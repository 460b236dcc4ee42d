"""Brings the facts of many files at once: what is not kept from an earlier run is extracted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kb.facts.many import extract_all
from kb.facts.model import Facts
from kb.facts.store import Key, decoded
from kb.graph.index_tree import CodeTree, Progress, Shelf

AT_ONCE = 200  # files handed to the store in one go
_SHORT = 300  # bytes: facts that only say that there are none are shorter


def bring_facts(tree: CodeTree, shelf: Shelf, paths: Sequence[str], progress: Progress | None = None) -> int:
    """Extract the facts of those of the files whose facts are not kept yet, and return how many that were."""
    by_key = {tree.keys[path]: path for path in paths}
    missing = set(shelf.missing(by_key))
    wanted = [path for key, path in by_key.items() if key in missing]
    found: dict[Key, Facts | bytes] = {}
    for number, (path, facts) in enumerate(extract_all(_contents(tree, wanted))):
        if progress is not None:
            progress("reading", number + 1, len(wanted))
        key = tree.keys[path]
        if len(facts) < _SHORT and not (short := decoded(facts)).language:
            shelf.give_up(key, short)  # reading it took too long, or ended the process that read it
            continue
        found[key] = facts
        if len(found) >= AT_ONCE:
            shelf.put_many(found)
            found.clear()
    shelf.put_many(found)
    return sum(tree.keys[path] in missing for path in paths)


def _contents(tree: CodeTree, paths: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    for path in paths:
        data = tree.readable(path)
        if isinstance(data, bytes):
            yield path, data
