"""What happens between the bytes of a hosted answer: cuts, torn events, silence, drips, and questions called off."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.chat.errors import BadAnswer, ChatError, Unreachable
from models.chat.wire import LONGEST
from models.errors import Cancelled, OutOfTime
from models.model import Stop
from tests.models.hosting import ANTHROPIC, ASK, FIND, GOOD, OPENAI, Kind, calls, fails, hosted
from tests.world.hosted.server import Answer

kinds = pytest.mark.parametrize("kind", [ANTHROPIC, OPENAI], ids=lambda kind: kind.name)


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
def test_an_answer_without_end_is_none(kind: Kind) -> None:
    since = time.monotonic()
    found = fails(kind, kind.good('{"why": "' + "hunter2" * 200_000, size=100_000))
    assert type(found) is BadAnswer
    assert f"more than {LONGEST} letters" in str(found)
    assert time.monotonic() - since < 10
