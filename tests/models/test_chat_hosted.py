"""Hosted providers over a real wire: whatever happens on it is an answer that satisfies the schema, or an error."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
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
from models.errors import Cancelled, OutOfTime
from models.model import Stop
from tests.models.hosting import ANTHROPIC, ASK, FIND, GOOD, OPENAI, PRICE, Kind, calls, hosted
from tests.world.hosted.server import Answer

kinds = pytest.mark.parametrize("kind", [ANTHROPIC, OPENAI], ids=lambda kind: kind.name)
TOOK = Usage(input=100, output=33, read=40, written=7)


def fails(kind: Kind, answer: Answer, *, patience: float = 20.0, silence: float = 20.0) -> ChatError:
    """Return the error that an answer is, which holds no key and nothing of what was sent or said."""
    with (
        hosted(kind, lambda _: answer, patience=patience, silence=silence) as (chat, _),
        pytest.raises(ChatError) as found,
    ):
        chat.ask(ASK, FIND)
    said = f"{found.value} {found.value.__cause__}"
    assert "hunter2" not in said
    assert "key-1" not in said
    assert "\n" not in said
    return found.value


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


def check_cuts(kind: Kind, offsets: Callable[[int, int], Iterable[int]], *, reset: Callable[[int], bool]) -> None:
    """Ask again and again over a connection that ends after so many bytes; `offsets` knows the header's and all."""
    whole = kind.good(GOOD, size=30)
    size, now = sum(map(len, whole.parts)), [whole]
    with hosted(kind, lambda _: now[0]) as (chat, _):
        assert chat.ask(ASK, FIND).data == GOOD
        for offset in offsets(len(whole.header), size):
            if offset >= size - len("\r\n0\r\n\r\n"):
                continue  # all that was to be said was said: only HTTP's own end is missing
            now[0] = replace(whole, cut=offset, reset=reset(offset))
            with pytest.raises(Unreachable) as found:
                chat.ask(ASK, FIND)
            assert "hunter2" not in str(found.value)
        assert size > 800


@kinds
@pytest.mark.parametrize("reset", [True, False])
def test_a_connection_that_ends_at_some_bytes_is_no_answer(kind: Kind, reset: bool) -> None:
    def some(head: int, size: int) -> Iterable[int]:
        return sorted({0, 1, head - 1, head, head + 3, *range(head, size, 61), size - 9, size - 8})

    check_cuts(kind, some, reset=lambda _: reset)


@kinds
@pytest.mark.slow
def test_a_connection_that_ends_at_any_byte_is_no_answer(kind: Kind) -> None:
    check_cuts(kind, lambda _, size: range(size), reset=lambda offset: bool(offset % 2))


ODD = (
    b"data: null\n\n",
    b"data: []\n\n",
    b'event: content_block_delta\ndata: {"type":"content_block_delta","index":"x","delta":5}\n\n',
    b'event: message_delta\ndata: {"type":"message_delta","delta":null,"usage":7}\n\n',
    b'event: message_start\ndata: {"type":"message_start","message":[]}\n\n',
    b'data: {"choices":[{"index":0,"delta":{"tool_calls":{}},"finish_reason":7}]}\n\n',
    b'data: {"choices":[{"delta":"x"}],"usage":"many"}\n\n',
    b'data: {"choices":{"0":1}}\n\n',
    b"event: content_block_delta\ndata: {not json\n\n",
    b"\xff\xfe\n\n",
    b"data: " + b"[" * 3000 + b"\n\n",
    b": said\n\n",
)


@kinds
def test_events_that_are_torn_or_mixed_up_never_become_another_answer(kind: Kind) -> None:
    """A stream with events left out, swapped or put in gives the answer that was sent, or an error."""
    whole = kind.good(GOOD, size=200)
    now = [whole]
    with hosted(kind, lambda _: now[0]) as (chat, _):

        @settings(max_examples=150)
        @given(st.data())
        def check(data: st.DataObject) -> None:
            chunks = list(whole.chunks)
            for _ in range(data.draw(st.integers(1, 3))):
                at, other = (data.draw(st.integers(0, len(chunks) - 1)) for _ in range(2))
                what = data.draw(st.sampled_from(["drop", "swap", "odd"]))
                if what == "drop" and len(chunks) > 1:
                    del chunks[at]
                elif what == "swap":
                    chunks[at], chunks[other] = chunks[other], chunks[at]
                else:
                    chunks.insert(at, data.draw(st.sampled_from(ODD)))
            now[0] = Answer(tuple(chunks))
            found = None
            with suppress(ChatError):
                found = chat.ask(ASK, FIND).data
            assert found in (None, GOOD)

        check()


@kinds
def test_a_server_that_says_nothing_is_too_slow(kind: Kind) -> None:
    since = time.monotonic()
    found = fails(kind, replace(kind.good(GOOD), pause=0.6), silence=0.2)
    assert type(found) is Unreachable
    assert time.monotonic() - since < 5


@kinds
def test_a_server_that_drips_is_cut_off_in_time(kind: Kind) -> None:
    """Every byte comes before the read would time out, so only the patience ends it."""
    since = time.monotonic()
    found = fails(kind, replace(kind.good(GOOD), drip=0.01), patience=0.3, silence=10)
    assert type(found) is Unreachable
    assert "within 0.3 seconds" in str(found)
    assert time.monotonic() - since < 5


@kinds
def test_nobody_there_is_unreachable(kind: Kind) -> None:
    with hosted(kind, lambda _: kind.good(GOOD)) as (chat, server):
        pass
    del server
    with pytest.raises(ChatError) as found:
        chat.ask(ASK, FIND)
    assert isinstance(found.value, Unreachable)


@kinds
def test_a_newer_push_ends_the_wait_at_once(kind: Kind) -> None:
    """Also while nothing comes at all: the line is cut, not waited for."""
    called_off, since = threading.Event(), time.monotonic()

    def plan(_: object) -> Answer:
        called_off.set()
        return replace(kind.good(GOOD), pause=8.0)

    with hosted(kind, plan) as (chat, _), pytest.raises(Cancelled):
        chat.ask(ASK, FIND, stop=Stop(cancelled=called_off.is_set))
    assert time.monotonic() - since < 5


@kinds
def test_a_deadline_ends_the_wait(kind: Kind) -> None:
    since = time.monotonic()
    with hosted(kind, lambda _: replace(kind.good(GOOD), pause=8.0)) as (chat, server):
        with pytest.raises(OutOfTime):
            chat.ask(ASK, FIND, stop=Stop(deadline=time.monotonic() + 0.3))
        assert calls(server) == 1
        with pytest.raises(OutOfTime):
            chat.ask(ASK, FIND, stop=Stop(deadline=time.monotonic() - 1))
        assert calls(server) == 1  # nothing is sent once it is late
    assert time.monotonic() - since < 5


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
