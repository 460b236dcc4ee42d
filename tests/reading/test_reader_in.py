"""Who reads in the reading process: models behind the pipe, a model that is loaded there, and one after the other."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.reading.model import Hosted, Inference, Local
from bot.reading.piped import PipedChat
from bot.reading.reader import OneOf, reader_in
from checks.inference.model import Enrichment, Reader, Role
from models.chat import errors
from models.chat.model import Chat
from models.chat.schema import answer_of
from models.chat.scripted_chat import ScriptedChat
from models.errors import Cancelled
from tests.models.weights import tiny_gguf
from tests.reading.asking import ASK, FOR, SCHEMA, opened, word


def reader(inference: Inference, chat: Chat) -> Reader:
    with opened(lambda role: chat) as (pipe, broker):
        made = reader_in(inference, pipe, None, os.environ)
        broker.stop = lambda: None  # type: ignore[method-assign]  # asked after this block
    assert made
    return made


def hosted(*roles: str) -> tuple[Hosted, ...]:
    return tuple(Hosted(role, "far/one", 32_000, 3.0) for role in roles)


def test_where_nobody_is_to_read_there_is_no_reader(tmp_path: Path) -> None:
    with opened(lambda role: ScriptedChat([])) as (pipe, _):
        assert reader_in(None, pipe, tmp_path, os.environ) is None
        assert reader_in(Inference(), None, tmp_path, os.environ) is None


def test_what_the_operator_says_holds(tmp_path: Path) -> None:
    told = Inference(seconds=7, tokens=900, is_deep=True, deep_tokens=8, enrich=("drift",), salt="0aff")
    with opened(lambda role: ScriptedChat([])) as (pipe, _):
        made = reader_in(told, pipe, tmp_path, os.environ)
    assert made
    assert (made.seconds, made.tokens, made.is_deep, made.deep_tokens) == (7, 900, True, 8)
    assert (made.enrich, made.salt) == ({Enrichment.DRIFT}, b"\x0a\xff")
    assert made.checkpoint
    made.checkpoint.put("a", b"b")
    assert made.checkpoint.get("a") == b"b"


def test_each_role_has_its_own_models() -> None:
    made = reader(Inference(hosted=hosted("find")), ScriptedChat([word("tree")]))
    chat = made.open(Role.FIND)
    assert isinstance(chat, PipedChat)
    assert (chat.name, chat.context, chat.tokens("x" * 30)) == ("far/one", 32_000, 10)
    assert chat.ask(ASK, FOR).data == word("tree")
    with pytest.raises(errors.NoReader, match="nobody is configured"):
        made.open(Role.VERIFY)


def test_why_nobody_is_there_is_what_the_worker_said() -> None:
    with pytest.raises(errors.NoReader, match="tiny ranks"):
        reader(Inference(missing="no model large enough: tiny ranks"), ScriptedChat([])).open(Role.FIND)


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a model that is far too small, and have it count as large enough."""
    for name in ("models.chat.local_chat.LEAST", "models.chat.desk.LEAST"):
        monkeypatch.setattr(name, 1, raising=False)
    return str(tiny_gguf(tmp_path / "tiny.gguf", context=2_048))


def test_a_model_of_this_machine_answers_in_this_process(tiny: str) -> None:
    made = reader(Inference(local=(Local("here", tiny, ("find",)),)), ScriptedChat([]))
    chat = made.open(Role.FIND)
    assert chat.name.startswith("here/")
    reply = chat.ask(ASK, FOR)
    assert answer_of(reply.data, SCHEMA)
    assert reply.micros == 0


def test_after_hosted_ones_it_is_asked_where_they_fail(tiny: str) -> None:
    told = Inference(hosted=hosted("find"), local=(Local("here", tiny, ("find",)),))
    chat = reader(told, ScriptedChat([word("tree"), errors.Overloaded("529")])).open(Role.FIND)
    assert (chat.name, chat.context) == ("far/one", 32_000)
    assert chat.ask(ASK, FOR).provider == "scripted"
    assert chat.ask(ASK, FOR).provider == "here"


def test_before_them_where_the_operator_says_so(tiny: str) -> None:
    told = Inference(hosted=hosted("find"), local=(Local("here", tiny, ("find",)),), local_first=("find",))
    far = ScriptedChat([word("tree")])
    chat = reader(told, far).open(Role.FIND)
    assert chat.ask(ASK, FOR).provider == "here"
    assert far.asks == []


def test_a_model_that_is_too_small_is_said_without_its_path(tmp_path: Path) -> None:
    path = tiny_gguf(tmp_path / "tiny.gguf")
    with pytest.raises(errors.NoReader) as caught:
        reader(Inference(local=(Local("here", str(path), ("find",)),)), ScriptedChat([])).open(Role.FIND)
    assert str(tmp_path) not in str(caught.value)


def test_one_after_the_other_the_first_error_is_told() -> None:
    chats = [ScriptedChat([errors.Overloaded("first"), errors.OverBudget("cap")]), ScriptedChat([errors.Refused("no")])]
    both = OneOf(chats)
    with pytest.raises(errors.Overloaded, match="first"):
        both.ask(ASK, FOR)
    with pytest.raises(errors.OverBudget):
        both.ask(ASK, FOR)
    assert len(chats[1].asks) == 1, "a cap stands against all"
    both.close()
    assert all(chat.is_closed for chat in chats)


def test_what_nobody_waits_for_is_not_asked_of_the_next() -> None:
    class Gone(ScriptedChat):
        def ask(self, *args: object, **named: object) -> None:  # type: ignore[override]
            raise Cancelled("cancelled")

    later = ScriptedChat([word("tree")])
    with pytest.raises(Cancelled):
        OneOf([Gone([]), later]).ask(ASK, FOR)
    assert later.asks == []
