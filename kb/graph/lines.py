"""A graph as lines of text: two equal graphs give equal lines, whatever store they are in."""

from __future__ import annotations

import json
from collections.abc import Iterator

from kb.graph.model import LinkedFile
from kb.graph.store import GraphReader


def dump_of(graph: GraphReader) -> Iterator[str]:
    """Yield the lines of a whole graph, sorted."""
    lines: set[str] = set()
    for path, blob in graph.files().items():
        linked = graph.linked(path)
        if linked is not None:
            lines.update(lines_of(path, blob, linked))
    yield from sorted(lines)


def lines_of(path: str, blob: str, linked: LinkedFile) -> Iterator[str]:
    """Yield a JSON array for the file and for each node, edge, miss and unknown that linking it brought.

    A module outside the tree is named by many files: its line is the same for each, and wanted once.
    """
    yield _line("file", path, blob)
    for node in linked.nodes:
        yield _line("node", *node)
    for edge in linked.edges:
        yield _line("edge", *edge)
    for miss in linked.misses:
        yield _line("miss", path, *miss)
    for unknown in linked.unknowns:
        yield _line("unknown", path, *unknown)


def _line(*values: object) -> str:
    return json.dumps([int(v) if isinstance(v, int) and not isinstance(v, bool) else v for v in values])
