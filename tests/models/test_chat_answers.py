"""Answers that were given before: kept by all of the question, and held to the schema again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kb.cache import Cache
from models.chat.answers import key_of
from models.chat.errors import Refused
from models.chat.model import Free, Purpose, Usage
from models.chat.scripted_chat import ScriptedChat
from tests.models.chaining import ASK, FIND, NO, WHETHER, YES, of


def test_a_question_that_was_answered_is_not_asked_again(tmp_path: Path) -> None:
    cache, ledger = Cache(tmp_path), Free()
    chat = ScriptedChat([YES, NO, NO, NO, NO], name="a/m")
    made = of(chat, cache=cache, ledger=ledger)
    made.ask(ASK, FIND)
    again = made.ask(ASK, Purpose("verify", "p/q"))
    assert (again.data, again.is_cached, again.usage, again.micros, again.attempts) == (YES, True, Usage(), 0, 0)
    assert (again.provider, again.model) == ("a", "m")
    assert len(chat.asks) == len(ledger.spent) == 1
    others = [
        replace(ASK, question="Is it not?"),
        replace(ASK, most=99),
        replace(ASK, shared="x"),
        replace(ASK, seed=1),
    ]
    assert [made.ask(one, FIND).data for one in others] == [NO] * 4


def test_what_a_cache_holds_is_not_believed(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for wrong in (b"{}", b'{"yes": 1}', b"\xff", b""):
        cache.put(key_of("a/m", ASK), wrong)
        assert of([YES], cache=cache).ask(ASK, FIND).is_cached is False
    assert of([NO], cache=cache).ask(ASK, FIND).data == YES


def test_a_failure_is_not_remembered(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    with pytest.raises(Refused):
        of([Refused("no")], cache=cache).ask(ASK, FIND)
    assert of([YES], cache=cache).ask(ASK, FIND).data == YES


def test_keys_tell_models_and_questions_apart() -> None:
    asks = [ASK, replace(ASK, system="Say.Is", question=" it?"), replace(ASK, schema={**WHETHER, "title": "x"})]
    keys = {key_of(name, ask) for name in ("a/m", "b/m") for ask in asks}
    assert len(keys) == 6
    assert key_of("a/m", replace(ASK, question="\ud800")) != key_of("a/m", ASK)
