"""Questions to models go out of the reading process and answers come back, within bounds and without a key."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reading import asks
from bot.reading.asks import BadAsk, Told, asked_in, asking_line, reply_of, told_error, told_in
from bot.reading.broker import Bounds
from bot.reading.piped import PipedChat
from models.chat import errors
from models.chat.model import Ask, Purpose, Reply, Usage
from models.chat.scripted_chat import ScriptedChat
from models.errors import Cancelled, ModelError, OutOfMemory, OutOfTime, TooLong
from models.model import NEVER, Stop
from tests.reading.asking import ASK, FOR, SCHEMA, SOMEBODY, Endless, opened, piped, word
from tests.strategies import texts


def test_a_question_is_answered_as_if_there_were_no_pipe() -> None:
    chat = ScriptedChat([word("tree")])
    with piped(chat) as (asked, _):
        reply = asked.ask(ASK, FOR)
    assert chat.asks == [ASK]
    assert reply == replace(ScriptedChat([word("tree")]).ask(ASK, FOR), provider="scripted")
    assert reply.usage.input > 0


def test_it_is_counted_for_the_review_whatever_the_asker_says() -> None:
    chat = ScriptedChat([word("tree")])
    with piped(chat) as (asked, _):
        asked.ask(ASK, SOMEBODY)
    assert chat.purposes == [FOR]


def test_many_threads_get_their_own_answers() -> None:
    chat = ScriptedChat(lambda ask: word(ask.question))
    with piped(chat) as (asked, _), ThreadPoolExecutor(12) as pool:
        replies = pool.map(lambda at: asked.ask(replace(ASK, question=f"w{at}"), FOR).data["word"], range(60))
        assert list(replies) == [f"w{at}" for at in range(60)]


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (errors.Unauthorised("key sk-123 of https://u:p@host.example/v1 refused"), "does not accept the key"),
        (errors.BadRequest("/home/me/model"), "does not take the question"),
        (errors.RateLimited("host.example", 7.5), "takes no more calls"),
        (errors.Overloaded("529", 1.0), "cannot answer now"),
        (errors.Unreachable("10.0.0.7:8080"), "cannot be reached"),
        (errors.Refused("no"), "declined"),
        (errors.BadAnswer("x: y"), "not of the form"),
        (errors.CutOff("4096 tokens"), "cut off"),
        (errors.Open("host.example"), "failed too often"),
        (errors.NoReader("no model large enough: tiny ranks"), "no model large enough: tiny ranks"),
        (errors.OverBudget("the budget for the month does not hold this call"), "the budget for the month does"),
    ],
)
def test_an_error_arrives_as_what_it_is_and_tells_nothing_of_ours(error: errors.ChatError, says: str) -> None:
    with piped(ScriptedChat([error])) as (asked, _), pytest.raises(type(error), match=says) as caught:
        asked.ask(ASK, FOR)
    assert getattr(caught.value, "after", None) == getattr(error, "after", None)
    assert not any(part in str(caught.value) for part in ("sk-123", "example", "/home", "10.0.0.7", "u:p"))


@pytest.mark.parametrize("kind", [errors.NoReader, errors.OverBudget])
def test_texts_for_people_lose_what_looks_like_a_place(kind: type[ModelError]) -> None:
    error = kind("see /srv/models/big.gguf, https://in.example/x?key=1 and 10.1.2.3:80\nnow\x1b[2J" + "x" * 999)
    told = told_in(told_error(1, error))
    assert told.text.startswith("see ... ... and ... now\\x1b[2Jxxx")
    assert len(told.text) == 300


@pytest.mark.parametrize("error", [OutOfMemory("x"), ModelError("y"), errors.ChatError("z")])
def test_an_error_without_a_name_here_is_no_answer(error: ModelError) -> None:
    with pytest.raises(errors.ChatError):
        reply_of(told_in(told_error(1, error)))


@pytest.mark.parametrize("error", [TooLong("x"), OutOfTime("y"), Cancelled("z")])
def test_other_errors_of_models_arrive_too(error: ModelError) -> None:
    with pytest.raises(type(error)):
        reply_of(told_in(told_error(1, error)))


def test_a_bug_of_an_adapter_is_no_answer_and_no_hang(caplog: pytest.LogCaptureFixture) -> None:
    def crash(ask: Ask) -> dict[str, Any]:
        raise ZeroDivisionError("hostile text")

    with piped(ScriptedChat(crash)) as (asked, _), pytest.raises(errors.BadAnswer) as caught:
        asked.ask(ASK, FOR)
    assert "hostile" not in str(caught.value)
    assert "a question crashed" in caplog.text


def test_roles_that_are_not_configured_have_nobody() -> None:
    chat = ScriptedChat([word("tree")])
    with piped(chat, roles=("verify",)) as (asked, _), pytest.raises(errors.NoReader, match="nobody is configured"):
        asked.ask(ASK, FOR)
    assert chat.asks == []


def test_a_review_asks_only_so_often_and_who_goes_on_is_no_review_of_ours() -> None:
    chat = ScriptedChat(lambda ask: word("tree"))
    with piped(chat, bounds=Bounds(asks=3)) as (asked, _):
        for _ in range(3):
            asked.ask(ASK, FOR)
        for _ in range(3):
            with pytest.raises(errors.OverBudget):
                asked.ask(ASK, FOR)
        with pytest.raises(BadAsk, match="without end"):
            asked.ask(ASK, FOR)
    assert len(chat.asks) == 3


def test_a_review_asks_only_so_much() -> None:
    chat = ScriptedChat(lambda ask: word("tree"))
    with piped(chat, bounds=Bounds(bytes=3_000)) as (asked, _):
        asked.ask(replace(ASK, shared="x" * 2_000), FOR)
        with pytest.raises(errors.OverBudget):
            asked.ask(replace(ASK, shared="x" * 2_000), FOR)


def test_only_so_many_are_asked_at_once() -> None:
    running, most, lock = 0, 0, threading.Lock()

    def answer(ask: Ask) -> dict[str, Any]:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        with lock:
            running -= 1
        return word("tree")

    with piped(ScriptedChat(answer), bounds=Bounds(at_once=2)) as (asked, _), ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: asked.ask(ASK, FOR), range(8)))
    assert most == 2


def test_the_end_of_a_review_ends_its_calls() -> None:
    endless = Endless()
    with piped(endless) as (asked, broker), ThreadPoolExecutor(1) as pool:
        done = pool.submit(asked.ask, ASK, FOR, stop=Stop(time.monotonic() + 0.5))
        assert endless.asked.wait(5)
        began = time.monotonic()
        broker.stop()
        assert endless.stopped.wait(5)
        assert time.monotonic() - began < 1
        with pytest.raises(OutOfTime):
            done.result()


def test_a_cancelled_question_is_withdrawn_at_the_other_end() -> None:
    endless, cancelled = Endless(), threading.Event()
    with piped(endless) as (asked, _), ThreadPoolExecutor(1) as pool:
        done = pool.submit(asked.ask, ASK, FOR, stop=Stop(cancelled=cancelled.is_set))
        assert endless.asked.wait(5)
        cancelled.set()
        with pytest.raises(Cancelled):
            done.result(5)
        assert endless.stopped.wait(5)


def test_a_deadline_holds_at_both_ends() -> None:
    endless = Endless()
    with piped(endless) as (asked, _), pytest.raises(OutOfTime):
        asked.ask(ASK, FOR, stop=Stop(time.monotonic() + 0.1))
    assert endless.stopped.wait(5)


def test_after_the_answer_of_a_review_nothing_is_asked() -> None:
    chat = ScriptedChat([word("tree")])
    with opened(lambda role: chat) as (pipe, _):
        pipe._write = lambda line: None  # the answer is not for the broker
        pipe.end(b"{}")
        with pytest.raises(Cancelled):
            PipedChat(pipe, "find", "n", 100, 3.0).ask(ASK, FOR)
    assert chat.asks == []


def test_an_answer_that_is_not_what_was_asked_for_is_none() -> None:
    class Wrong(Endless):
        def ask(self, ask: Ask, purpose: Purpose, *, stop: Stop = NEVER) -> Reply:
            return Reply({"word": 7}, Usage(), "p", "m", 1)

    with piped(Wrong()) as (asked, _), pytest.raises(errors.BadAnswer, match="not of the form"):
        asked.ask(ASK, FOR)


def test_a_question_that_is_too_large_does_not_go_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.reading.piped.LARGEST_ASK", 1_000)
    with piped(ScriptedChat([word("tree")])) as (asked, _), pytest.raises(errors.BadRequest, match="too large"):
        asked.ask(replace(ASK, shared="x" * 1_000), FOR)


LINE = json.loads(asking_line(1, "find", ASK, 5.0)[1:])


@pytest.mark.parametrize(
    "changed",
    [
        {"most": 0},
        {"most": 10**6},
        {"thinking": 101},
        {"thinking": -1},
        {"temperature": 3.0},
        {"seed": -1},
        {"seconds": -1.0},
        {"seconds": 10.0**9},
        {"seconds": "soon"},
        {"role": "../find"},
        {"name": "Word"},
        {"name": ""},
        {"schema": {}},
        {"schema": {"type": "object", "properties": [], "required": [], "additionalProperties": False}},
        {"schema": {"type": [["object"]]}},
        {"schema": {**SCHEMA, "$ref": "https://in.example/schema"}},
        {"schema": {**SCHEMA, "properties": {"word": {"type": "string", "pattern": "(a+)+$"}}}},
        {"schema": {**SCHEMA, "properties": {"word": {"type": "string", "maxLength": 10**30}}}},
        {"schema": {**SCHEMA, "title": "x" * 70_000}},
        {"kind": "tell"},
        {"more": 1},
        {"id": None},
    ],
)
def test_what_no_review_asks_is_not_asked(changed: dict[str, Any]) -> None:
    with pytest.raises(BadAsk):
        asked_in(b"?" + json.dumps({**LINE, **changed}).encode() + b"\n")


@pytest.mark.parametrize(
    "line", [b"", b"?", b"{}", b"?{}", b"?[]", b"?\xff\xff", b"?" + b"[" * 90_000, b"?" + b"x" * (asks.LARGEST_ASK + 1)]
)
def test_what_is_no_question_is_none(line: bytes) -> None:
    with pytest.raises(BadAsk):
        asked_in(line)


@given(st.binary(max_size=80))
def test_garbage_is_never_a_question(data: bytes) -> None:
    with pytest.raises(BadAsk):
        asked_in(b"?" + data)


def test_two_questions_have_two_numbers() -> None:
    with opened(lambda role: Endless()) as (_, broker):
        line = asking_line(1, "find", ASK, 1.0)
        broker.hear(line, lambda told: None)
        with pytest.raises(BadAsk, match="number"):
            broker.hear(line, lambda told: None)


@given(texts, texts, texts)
def test_every_text_arrives_on_one_line(system: str, question: str, shared: str) -> None:
    line = asking_line(3, "find", replace(ASK, system=system, question=question, shared=shared), 1.0)
    assert line.count(b"\n") == 1
    asked = asked_in(line)
    assert isinstance(asked, asks.Asking)
    assert asked.schema == SCHEMA
    asks.ask_of(asked).question.encode()


@given(texts)
def test_tokens_are_never_fewer_than_by_the_ratio(text: str) -> None:
    with opened(lambda role: Endless()) as (pipe, _):
        chat = PipedChat(pipe, "find", "n", 100, 3.0)
    assert chat.tokens(text) * 3 >= len(text.encode("utf-8", "backslashreplace")) > (chat.tokens(text) - 1) * 3


def test_a_reply_arrives_whole() -> None:
    reply = Reply(word("tree"), Usage(1, 2, 3, 4), "p", "m", 12, 34, 2, True)
    assert reply_of(told_in(asks.told_reply(5, reply))) == reply
    assert told_in(asks.told_reply(5, reply)).id == 5
    assert reply_of(Told(1, data=word("a"))).usage == Usage()
