"""What the worker tells a reading process of the operator's models: enough to ask them, and no key, host or price."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from bot.reading.model import Inference
from bot.workflow.inference import Models
from kb.outcomes.store import OutcomeStore, open_store
from models.chat.config import parse_config
from tests.models.weights import tiny_gguf

FAR = '[[provider]]\nkind = "anthropic"\nname = "far"\nkey = "HUSH"\nmodel = "claude-sonnet-4-6"\n'
NEAR = '[[provider]]\nkind = "openai"\nname = "near"\nurl = "http://127.0.0.1:9/v1"\nmodel = "qwen"\ncontext = 9000\n'
HERE = '[[provider]]\nkind = "local"\nname = "here"\nmodel = "{path}"\n'


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OutcomeStore]:
    with open_store(f"sqlite:///{tmp_path / 'outcomes.db'}") as opened:
        yield opened


def told(store: OutcomeStore, text: str, secret: str = "pem") -> Inference:
    environ = {"HUSH": "hush-key", "PRUDENT_MODEL": "none"}
    config = parse_config(text.encode(), environ, "test")
    models = Models(config, environ, store=store, cache="", secret=secret, now=lambda: datetime.now(UTC))
    try:
        return models.told()
    finally:
        models.close()


def test_roles_are_told_with_name_size_and_measure(store: OutcomeStore) -> None:
    found = told(store, FAR + NEAR + '[roles]\nverify = ["near"]\ndeep = []\n[read]\nseconds = 9\nenrich = ["drift"]\n')
    assert [(one.role, one.name, one.context) for one in found.hosted] == [
        ("find", "far/claude-sonnet-4-6", 200_000),
        ("verify", "near/qwen", 9_000),
        ("triage", "far/claude-sonnet-4-6", 200_000),
    ]
    assert all(1.0 <= one.bytes_per_token <= 4.0 for one in found.hosted)
    assert (found.seconds, found.enrich, found.local, found.missing) == (9.0, ("drift",), (), "")


def test_nothing_is_told_that_a_stranger_could_use(store: OutcomeStore) -> None:
    text = json.dumps(msgspec.to_builtins(told(store, FAR + NEAR, secret="hush-pem")))
    for part in ("hush", "HUSH", "127.0.0.1", "http", "price"):
        assert part not in text


def test_fences_are_those_of_the_app_on_every_worker(store: OutcomeStore) -> None:
    one, again, other = (told(store, FAR, secret).salt for secret in ("pem", "pem", "other"))
    assert one == again != other
    assert len(bytes.fromhex(one)) == 32


def test_a_local_model_is_handed_on_with_its_roles_and_its_turn(
    store: OutcomeStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.chat.local_chat.LEAST", 1)
    path = tiny_gguf(tmp_path / "tiny.gguf")
    roles = '[roles]\nfind = ["far", "here"]\nverify = ["here", "far"]\ndeep = ["far"]\ntriage = ["here"]\n'
    found = told(store, FAR + HERE.format(path=path) + roles)
    (here,) = found.local
    assert (here.name, here.path, here.roles) == ("here", str(path), ("find", "verify", "triage"))
    assert found.local_first == ("verify", "triage")
    assert [one.role for one in found.hosted] == ["find", "verify", "deep"]


@pytest.mark.parametrize("model", ["{folder}/none.gguf", "{folder}/tiny.gguf", ""])
def test_why_there_is_nobody_is_told_without_a_path(store: OutcomeStore, tmp_path: Path, model: str) -> None:
    tiny_gguf(tmp_path / "tiny.gguf")
    found = told(store, HERE.format(path=model.format(folder=tmp_path)))
    assert (found.hosted, found.local) == ((), ())
    assert found.missing
    assert str(tmp_path) not in found.missing
