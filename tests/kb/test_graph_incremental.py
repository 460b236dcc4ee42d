"""The law of the index: whatever was edited, going on from a known tree gives what building anew gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.graph.index import Index
from kb.graph.index_code import IndexedCode
from kb.view import Overlay
from tests.kb.graph_worlds import GO, JAVA, PYTHON, RUST, TYPESCRIPT, Kind, World

KINDS = {"python": PYTHON, "typescript": TYPESCRIPT, "go": GO, "java": JAVA, "rust": RUST}


def clean(world: World) -> list[str]:
    index = Index.open(None, "clean")
    try:
        return list(index.code(world.view()).graph.dump())
    finally:
        index.close()


def differing(before: IndexedCode, after: IndexedCode) -> set[str]:
    """Return the files that both trees have and that are linked differently."""
    common = before.tree.keys.keys() & after.tree.keys.keys()
    return {path for path in common if before.graph.linked(path) != after.graph.linked(path)}


def run(kind: Kind, seed: int, steps: int, folder: Path | None) -> None:
    """Edit a project `steps` times; each time compare an overlay, a stored graph and a patched tree with clean ones."""
    world, index = World.begin(kind, seed), Index.open(folder, "law")
    try:
        index.build(world.view())
        for _ in range(steps):
            base = world.view()
            world.edit()
            head, expected = world.view(), clean(world)
            change = index.change(base, head, {})
            assert list(change.head.graph.dump()) == expected
            assert isinstance(change.base, IndexedCode)
            assert isinstance(change.head, IndexedCode)
            assert differing(change.base, change.head) <= change.relinked
            patch = {path: data for path, data in head.files.items() if world.choose.random() < 0.2}
            world.edit()
            patch = {path: data for path, data in world.view().files.items() if path in patch}
            patched = index.change(base, Overlay(head, patch), {})
            fresh = Index.open(None, "fresh")
            assert list(patched.head.graph.dump()) == list(fresh.code(Overlay(head, patch)).graph.dump())
            assert isinstance(patched.head, IndexedCode)
            assert differing(change.base, patched.head) <= patched.relinked
            fresh.close()
            index.build(world.view())
            assert list(index.code(world.view()).graph.dump()) == clean(world)
    finally:
        index.close()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("language", KINDS)
def test_going_on_equals_building_anew(language: str, seed: int) -> None:
    run(KINDS[language], seed, 4, None)


@pytest.mark.parametrize("language", KINDS)
def test_going_on_from_a_file_equals_building_anew(language: str, tmp_path: Path) -> None:
    run(KINDS[language], 99, 3, tmp_path)


LONG = [(language, block) for language in KINDS for block in range(10 if language in ("python", "typescript") else 3)]


@pytest.mark.slow
@pytest.mark.parametrize(("language", "block"), LONG)
def test_hundreds_of_sequences(language: str, block: int) -> None:
    for seed in range(100 + 20 * block, 120 + 20 * block):
        run(KINDS[language], seed, 4, None)
