"""One repository with a lesson in its past, and the model that it teaches: made once for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kb.graph.index import Index
from kb.history.mine import MinedHistory
from kb.repository import Repository
from kb.risk.features import Features
from kb.risk.features_graph import FileGraph, file_graph
from kb.risk.mined import Mined, mined, rows_of
from kb.risk.train import Trained, trained
from tests.risk.worlds import planted, tip


@dataclass(frozen=True)
class World:
    """The repository, what is mined of it, and where its history is kept."""

    repository: Repository
    found: Mined
    graph: FileGraph
    rows: dict[int, Features]
    history: MinedHistory


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("risk")
    repo = planted(folder / "repo")
    with Repository.open(repo.root) as repository:
        found = mined(repository, tip(repo))
        graph = graph_of(repository, found.tip)
        yield World(repository, found, graph, rows_of(found, graph, {}), MinedHistory(repository, folder / "cache"))


@pytest.fixture(scope="session")
def made(world: World) -> Trained:
    return trained(world.found, world.rows, world.graph)


def graph_of(repository: Repository, commit: str, folder: Path | None = None) -> FileGraph:
    index = Index.open(folder, repository.identity)
    try:
        return file_graph(index.code(repository.view(commit)).graph, {})
    finally:
        index.close()
