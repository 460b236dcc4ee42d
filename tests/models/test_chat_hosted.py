"""Hosted providers over a real wire: whatever happens on it is an answer that satisfies the schema, or an error."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.chat.errors import (
    BadAnswer,
    BadRequest,
    ChatError,
    CutOff,
    Overloaded,
    RateLimited,
    Refused,
    Unauthorised,
    Unreachable,
)
from models.chat.model import Usage
from models.chat.wire import failure, seconds_of
from tests.models.hosting import ANTHROPIC, ASK, FIND, GOOD, OPENAI, PRICE, Kind, calls, fails, hosted

kinds = pytest.mark.parametrize("kind", [ANTHROPIC, OPENAI], ids=lambda kind: kind.name)
TOOK = Usage(input=100, output=33, read=40, written=7)


@kinds
def test_an_answer_comes_with_what_it_took_and_cost(kind: Kind) -> None:
    with hosted(kind, lambda _: kind.good(GOOD)) as (chat, server):
        reply = chat.ask(ASK, FIND)
    assert reply.data == GOOD
    assert reply.usage == TOOK
    assert reply.micros == PRICE.micros(TOOK) == -(-(200_000 + 330_000 + 8_000 + 17_500) // 1000)
    assert (reply.provider, f"{reply.provider}/{reply.model}", reply.attempts) == (kind.name, chat.name, 1)
    assert calls(server) == 1


@kinds
def test_the_sdk_never_retries_by_itself(kind: Kind) -> None:
    for status in (429, 500, 529):
        with hosted(kind, lambda _, status=status: kind.refused(status)) as (chat, server):
            with pytest.raises(ChatError):
                chat.ask(ASK, FIND)
            assert calls(server) == 1


@kinds
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, Unauthorised),
        (402, Unauthorised),
        (403, Unauthorised),
        (404, BadRequest),
        (413, BadRequest),
        (400, BadRequest),
        (422, BadRequest),
        (418, BadRequest),
        (408, Unreachable),
        (409, Overloaded),
        (429, RateLimited),
        (500, Overloaded),
        (502, Overloaded),
        (503, Overloaded),
        (504, Overloaded),
        (529, Overloaded),
        (301, BadRequest),
    ],
)
def test_each_status_has_its_error(kind: Kind, status: int, error: type[ChatError]) -> None:
    found = fails(kind, kind.refused(status, "your key-1 said hunter2\nand more", Location="http://127.0.0.1:1/x"))
    assert type(found).__mro__[0] is error or error in type(found).__mro__
    assert str(status) in str(found)
    assert found.usage == Usage()


@kinds
def test_how_long_to_wait_is_heeded(kind: Kind) -> None:
    def after(status: int, **headers: str) -> float | None:
        found = fails(kind, kind.refused(status, **headers))
        assert isinstance(found, RateLimited | Overloaded)
        return found.after

    assert after(429, retry_after="7") == 7.0
    assert after(529, retry_after="1.5") == 1.5
    assert after(429, retry_after_ms="250") == 0.25
    assert after(503) is None
    dates = {"retry_after": "Fri, 20 Nov 2026 20:00:30 GMT", "date": "Fri, 20 Nov 2026 20:00:00 GMT"}
    assert after(429, **dates) == 30.0


@pytest.mark.parametrize("said", ["", "soon", "-5", "1e9", "nan", "inf", "Fri, 99 Nov 2026", "9" * 40])
def test_a_wait_that_is_none_is_not_heeded(said: str) -> None:
    assert seconds_of({"retry-after": said, "date": "Fri, 20 Nov 2026 20:00:00 GMT"}) is None


@given(st.text(), st.integers(200, 599))
def test_of_what_a_provider_says_only_a_word_is_repeated(text: str, status: int) -> None:
    said = str(failure("p", status, f"{text} hunter2", {}))
    assert "hunter2" not in said
    assert said.isprintable()


@kinds
@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("overloaded_error", Overloaded),
        ("api_error", Overloaded),
        ("rate_limit_error", RateLimited),
        ("invalid_request_error", BadRequest),
        ("authentication_error", Unauthorised),
        ("something new", Unreachable),
        ("", Unreachable),
    ],
)
def test_an_error_in_the_middle_of_an_answer_is_no_answer(kind: Kind, said: str, error: type[ChatError]) -> None:
    found = fails(kind, kind.broken_by(kind.good(GOOD), said))
    assert type(found) is error
    assert found.usage.total > 0  # it was begun, and is paid for


@kinds
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"kind":"leak","lines":[3', "cut off"),
        ('{"kind":"leak","lines":["3"],"why":null}', "lines.0: int_type"),
        ('{"kind":"worm","lines":[],"why":null}', "kind: literal_error"),
        ('{"kind":"leak","lines":[1,2,3,4],"why":null}', "lines: too_long"),
        ('{"kind":"leak","lines":[],"why":"' + "x" * 21 + '"}', "string_too_long"),
        ('{"kind":"leak","lines":[],"why":null,"hunter2":1}', "answer: extra_forbidden"),
        ('{"kind":"leak","lines":{},"why":null}', "lines: list_type"),
        ("[]", "dict_type"),
        ("null", "dict_type"),
        ("It is a leak of hunter2.", "no JSON"),
        ('```json\n{"kind":"leak","lines":[],"why":null}\n```', "no JSON"),
        ("", "no JSON"),
        ("[" * 5000, "no JSON"),
    ],
)
def test_what_does_not_satisfy_the_schema_is_no_answer(kind: Kind, text: str, said: str) -> None:
    found = fails(kind, kind.good(text))
    assert type(found) is BadAnswer
    assert said in str(found)
    assert found.usage == TOOK


@kinds
def test_an_answer_that_had_no_room_is_none_even_if_it_looks_whole(kind: Kind) -> None:
    found = fails(kind, kind.good(GOOD, ended="max_tokens" if kind is ANTHROPIC else "length"))
    assert type(found) is CutOff
    assert found.usage == TOOK


@kinds
def test_a_model_that_declines_is_no_answer(kind: Kind) -> None:
    found = fails(kind, kind.good(GOOD, ended="refusal" if kind is ANTHROPIC else "content_filter"))
    assert type(found) is Refused


@kinds
def test_an_ending_that_nobody_knows_is_no_answer(kind: Kind) -> None:
    assert "did not end" in str(fails(kind, kind.good(GOOD, ended="paused")))


@kinds
def test_what_does_not_fit_is_not_sent(kind: Kind) -> None:
    with hosted(kind, lambda _: kind.good(GOOD)) as (chat, server):
        with pytest.raises(BadRequest, match="do not fit"):
            chat.ask(replace(ASK, most=chat.context), FIND)
        assert calls(server) == 0


@kinds
def test_text_that_cannot_be_sent_is_made_so(kind: Kind) -> None:
    with hosted(kind, lambda _: kind.good(GOOD)) as (chat, server):
        chat.ask(replace(ASK, question="a \ud800 path", shared="\udcff", system="s\ud800"), FIND)
    assert "a ? path" in str(server.asked[-1].body)


@kinds
def test_many_threads_ask_at_once(kind: Kind) -> None:
    answers, lock = list[object](), threading.Lock()
    with hosted(kind, lambda asked: kind.good({**GOOD, "lines": [int(str(asked.body).count("!")) + 1]})) as (chat, _):

        def run(count: int) -> None:
            reply = chat.ask(replace(ASK, question="?" + "!" * count), FIND)
            with lock:
                answers.append((count + 1, reply.data["lines"]))

        threads = [threading.Thread(target=run, args=(at,)) for at in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(answers) == [(at + 1, [at + 1]) for at in range(12)]
