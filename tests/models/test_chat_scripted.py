"""The scripted model: it says what it was told to, and is held to the schema like any other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from models.chat.errors import BadAnswer, BadRequest, RateLimited
from models.chat.model import Ask, Chat, Purpose
from models.chat.scripted_chat import ScriptedChat
from models.errors import Cancelled
from models.model import Stop

WHETHER = {
    "type": "object",
    "properties": {"yes": {"type": "boolean"}},
    "required": ["yes"],
    "additionalProperties": False,
}
ASK = Ask("Say whether.", "Is it?", WHETHER, "whether", shared="It is.", most=100)
FIND = Purpose("find", "o/r", "pull/1")


def test_it_answers_by_a_function_and_remembers_what_it_was_asked() -> None:
    chat: Chat = ScriptedChat(lambda ask: {"yes": "is" in ask.shared})
    reply = chat.ask(ASK, FIND)
    assert reply.data == {"yes": True}
    assert (reply.provider, reply.model, reply.usage.input, reply.micros) == ("scripted", "scripted", 8, 0)
    assert chat.ask(replace(ASK, shared=""), FIND).data == {"yes": False}
    assert isinstance(chat, ScriptedChat)
    assert [one.shared for one in chat.asks] == ["It is.", ""]
    assert chat.purposes == [FIND, FIND]


def test_it_answers_one_after_the_other_and_fails_where_it_is_told_to() -> None:
    chat = ScriptedChat([{"yes": True}, RateLimited("slowly", after=2.0), {"yes": False}])
    assert chat.ask(ASK, FIND).data == {"yes": True}
    with pytest.raises(RateLimited, match="slowly"):
        chat.ask(ASK, FIND)
    assert chat.ask(ASK, FIND).data == {"yes": False}
    with pytest.raises(BadAnswer, match="has ended"):
        chat.ask(ASK, FIND)


def test_a_script_is_held_to_the_schema() -> None:
    with pytest.raises(BadAnswer, match="yes: bool_type"):
        ScriptedChat([{"yes": "true"}]).ask(ASK, FIND)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(BadRequest, match="do not fit the context of 100"):
        ScriptedChat([{"yes": True}], context=100).ask(ASK, FIND)


def test_it_stops_when_asked_to() -> None:
    with pytest.raises(Cancelled):
        ScriptedChat([{"yes": True}]).ask(ASK, FIND, stop=Stop(cancelled=lambda: True))


def test_any_thread_may_ask() -> None:
    chat = ScriptedChat([{"yes": bool(at % 2)} for at in range(64)])
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: chat.ask(ASK, FIND).data["yes"], range(64)))
    assert sorted(answers) == [False] * 32 + [True] * 32


def test_it_remembers_that_it_was_closed() -> None:
    chat = ScriptedChat([])
    chat.close()
    assert chat.is_closed
