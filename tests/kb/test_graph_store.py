"""The embedded graph store: the promises of every store, and those of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kb.graph.store_sqlite import SqliteStore
from kb.graph.store_sqlite_open import open_store
from tests.kb.graph_conformance import CASES, Make


@pytest.fixture(params=["file", "memory"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    stores: list[SqliteStore] = []

    def made() -> SqliteStore:
        path = tmp_path / str(len(stores)) / "graph.db" if request.param == "file" else None
        opened = open_store(path)
        assert opened.reason == ""
        stores.append(opened.store)
        return opened.store

    yield made
    for store in stores:
        store.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_conformance(case: Callable[[Make], None], make: Make) -> None:
    case(make)
