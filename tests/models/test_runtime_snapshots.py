"""Snapshots of prompts: taken over whole and exactly, or not at all."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.llama import LoadOptions, load
from models.llama_model import LlamaModel
from models.llama_state import Snapshot, Snapshots
from models.model import NEVER, Stop
from tests.models.weights import tiny_gguf

PROMPT = [65 + at * at % 37 for at in range(700)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "snapshots"


def opened(tmp_path: Path, folder: Path, architecture: str = "llama", **more: Any) -> LlamaModel:
    path = tmp_path / f"{architecture}{more.get('seed', '')}.gguf"
    if not path.exists():
        tiny_gguf(path, architecture, context=2048, **more)
    return load(path, options=LoadOptions(threads=1, snapshots=folder))


def read(model: LlamaModel, prompt: list[int], *, stop: Stop = NEVER) -> tuple[Any, int]:
    """Return the logits after a prompt and after a token more, and how often work on it asked whether to stop."""
    asked: list[int] = []
    caller = threading.get_ident()

    def cancelled() -> bool:
        if threading.get_ident() != caller:  # who waits asks too: the more often the slower the machine is
            asked.append(1)
        return stop.cancelled()

    with model.branches(prompt, 2, room=4, stop=Stop(cancelled=cancelled)) as branches:
        work = len(asked)
        return np.stack((branches.logits(0), branches.advance({1: [70]})[1][0])), work


@pytest.mark.parametrize("architecture", ["llama", "qwen2", "mamba"])
def test_what_was_read_once_is_taken_over_exactly(tmp_path: Path, folder: Path, architecture: str) -> None:
    model = opened(tmp_path, folder, architecture)
    first, work = read(model, PROMPT)
    model.close()
    assert len(list(folder.iterdir())) == 1
    model = opened(tmp_path, folder, architecture)
    again, less = read(model, PROMPT)
    model.close()
    assert np.array_equal(first, again)
    assert less < work / 10


def test_of_a_prompt_that_begins_the_same_only_the_rest_is_read(tmp_path: Path, folder: Path) -> None:
    model = opened(tmp_path, folder)
    other = [*PROMPT[:600], 90, 91, 92]
    straight, work = read(model, other)
    model.close()
    for path in folder.iterdir():
        path.unlink()
    model = opened(tmp_path, folder)
    read(model, PROMPT)
    model.close()
    model = opened(tmp_path, folder)
    found, less = read(model, other)
    model.close()
    assert np.array_equal(found, straight)
    assert less < work


def test_a_short_prompt_is_not_kept(tmp_path: Path, folder: Path) -> None:
    model = opened(tmp_path, folder)
    read(model, PROMPT[:200])
    model.close()
    assert not folder.exists()


@pytest.mark.parametrize("place", [0, 5, 60, 200, 3000, -1])
def test_a_damaged_one_is_deleted_and_read_anew(tmp_path: Path, folder: Path, place: int) -> None:
    model = opened(tmp_path, folder)
    first, work = read(model, PROMPT)
    model.close()
    (path,) = folder.iterdir()
    data = bytearray(path.read_bytes())
    data[place] ^= 0xFF
    path.write_bytes(data)
    os.utime(path, (1, 1))
    model = opened(tmp_path, folder)
    again, same = read(model, PROMPT)
    model.close()
    assert np.array_equal(first, again)
    assert same == work
    assert path.stat().st_mtime > 1, "it was written anew"


def test_one_that_is_cut_short_is_read_anew(tmp_path: Path, folder: Path) -> None:
    model = opened(tmp_path, folder)
    first, work = read(model, PROMPT)
    model.close()
    (path,) = folder.iterdir()
    for length in (0, 10, 200, path.stat().st_size - 1):
        path.write_bytes(path.read_bytes()[:length])
        model = opened(tmp_path, folder)
        again, same = read(model, PROMPT)
        model.close()
        assert np.array_equal(first, again)
        assert same == work


def test_another_models_is_not_taken(tmp_path: Path, folder: Path) -> None:
    model = opened(tmp_path, folder, seed=1)
    first, work = read(model, PROMPT)
    model.close()
    model = opened(tmp_path, folder, seed=2)
    other, same = read(model, PROMPT)
    model.close()
    assert not np.allclose(first, other)
    assert same == work
    assert len(list(folder.iterdir())) == 2


def test_what_llama_cpp_does_not_take_is_deleted(tmp_path: Path, folder: Path) -> None:
    """The digest is right, and the state is still none: of another shape, or cut and signed again."""
    model = opened(tmp_path, folder)
    first, work = read(model, PROMPT)
    store = model._bounds.snapshots
    assert store is not None
    kept = store.best(tuple(PROMPT), 0, 1)
    assert kept is not None
    model.close()
    for state in (kept.state[: len(kept.state) // 2], b"\0" * len(kept.state), b"x" * 100, kept.state + b"more"):
        store.keep(Snapshot(kept.tokens, kept.row, state))
        model = opened(tmp_path, folder)
        again, same = read(model, PROMPT)
        model.close()
        assert np.array_equal(first, again)
        assert same == work


def test_guards_part_what_may_not_meet(folder: Path) -> None:
    row = np.zeros(3, np.float32)
    Snapshots(folder, 1 << 20, ["sha", "0.3.36"]).keep(Snapshot((1, 2, 3), row, b"state"))
    assert Snapshots(folder, 1 << 20, ["sha", "0.3.37"]).best((1, 2, 3), 0, 1) is None
    found = Snapshots(folder, 1 << 20, ["sha", "0.3.36"]).best((1, 2, 3), 0, 1)
    assert found is not None
    assert (found.tokens, found.state) == ((1, 2, 3), b"state")


def test_the_one_that_holds_most_is_found(folder: Path) -> None:
    store, row = Snapshots(folder, 1 << 20, ["a"]), np.zeros(1, np.float32)
    for tokens in ((1, 2, 3, 4, 9), (1, 2, 7), (5,)):
        store.keep(Snapshot(tokens, row, b"%d" % len(tokens)))
    found = store.best((1, 2, 3, 4, 5, 6), 0, 2)
    assert found is not None
    assert found.state == b"5"
    assert store.best((1, 2, 3, 4, 5, 6), 4, 2) is None
    assert store.best((8,), 0, 1) is None


def test_the_oldest_go_when_there_is_too_much(folder: Path) -> None:
    row = np.zeros(1, np.float32)
    store = Snapshots(folder, 3_500, ["a"])
    for at in range(5):
        store.keep(Snapshot((at,), row, bytes(1000)))
        for age, path in enumerate(sorted(folder.iterdir(), key=lambda one: one.stat().st_mtime_ns)):
            os.utime(path, (1000 + 10 * at + age, 1000 + 10 * at + age))
        if at == 3:
            assert store.best((1,), 0, 1) is not None  # what is used is young again
    left = [at for at in range(5) if store.best((at,), 0, 1)]
    assert len(left) < 5
    assert 4 in left
    assert 1 in left
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 3_500
    store.keep(Snapshot((9,), row, bytes(10_000)))
    assert store.best((9,), 0, 1) is None


def test_a_folder_that_cannot_be_written_to_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    model = opened(tmp_path, tmp_path / "file" / "snapshots")
    assert read(model, PROMPT)[0].shape == (2, 278)
    model.close()
