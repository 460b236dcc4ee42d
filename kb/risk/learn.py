"""Learns a repository's risk model from the repository: the one way, for the command line and for the App's clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kb.repository import Repository
from kb.risk.features_graph import FileGraph
from kb.risk.train import Trained

if TYPE_CHECKING:
    from kb.graph.index_tree import Progress

GRAPH, SALIENCE = "graph", "salience"  # folders below the cache folder, the same as a review's


def learnt(
    repository: Repository,
    tip: str,
    cache: Path,
    *,
    accepted: Mapping[str, Sequence[float]],
    also_bad: Sequence[str] = (),
    progress: Progress | None = None,
    seed: int = 0,
) -> Trained:
    """Return the model that the past up to a commit teaches; raises NotEnough, GitFailed.

    Args:
        repository: An open one.
        tip: The commit's id.
        cache: The cache folder: graphs and histories that reviews have made are used, and the other way round.
        accepted: By path when findings were accepted there, seconds since 1970.
        also_bad: Ids of changes that outcomes say were bad: merged, and taken back later.
        progress: Told how far the graph is made.
        seed: Of what is drawn by lot.
    """
    from kb.risk.mined import mined, rows_of
    from kb.risk.train import trained

    found = mined(repository, tip)
    graph = _graph(repository, tip, cache, progress)
    return trained(found, rows_of(found, graph, accepted), graph, also_bad=also_bad, seed=seed)


def _graph(repository: Repository, tip: str, cache: Path, progress: Progress | None) -> FileGraph:
    from kb.cache import Cache
    from kb.graph.index import Index
    from kb.graph.salience import kept_salience
    from kb.history.mine import MinedHistory
    from kb.risk.features_graph import file_graph

    index = Index.open(cache / GRAPH, repository.identity)
    try:
        code = index.code(repository.view(tip), progress)
        past = MinedHistory(repository, cache).history(tip)
        salience = kept_salience(Cache(cache / SALIENCE), code.graph, past, past.known.newest)
        return _storable(file_graph(code.graph, {one: value.score for one, value in salience.items()}))
    finally:
        index.close()


def _storable(graph: FileGraph) -> FileGraph:
    """Return the graph without files whose names are no text: a store, and a file of memory, keep text alone."""
    names = {path for path in graph.nodes if _is_text(path)}
    if len(names) == len(graph.nodes):
        return graph
    kept = {path: node for path, node in graph.nodes.items() if path in names}
    return FileGraph(
        {path: node._replace(near=tuple(filter(names.__contains__, node.near))) for path, node in kept.items()}
    )


def _is_text(path: str) -> bool:
    return path.isascii() or not any("\ud800" <= character <= "\udfff" for character in path)
