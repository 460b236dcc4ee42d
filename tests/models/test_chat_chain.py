"""Providers in order: what is retried, for how long, what is counted and capped, and what is remembered."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from models.chat.breaker import Breaker
from models.chat.chain import ATTEMPTS, Link, chain
from models.chat.errors import (
    BadAnswer,
    BadRequest,
    ChatError,
    CutOff,
    NoReader,
    Open,
    OverBudget,
    Overloaded,
    RateLimited,
    Refused,
    Unauthorised,
    Unreachable,
)
from models.chat.model import Ask, Free, Price, Purpose, Reply, Spent, Usage
from models.chat.scripted_chat import ScriptedChat
from models.errors import Cancelled, OutOfTime
from models.model import NEVER, Stop
from tests.models.chaining import ASK, FIND, NO, WHETHER, YES, Clock, of, told


def test_the_first_that_answers_is_heard() -> None:
    first, second = ScriptedChat([YES], name="a/m"), ScriptedChat([NO], name="b/m")
    made = of(first, second)
    reply = made.ask(ASK, FIND)
    assert (reply.data, reply.attempts, reply.is_cached) == (YES, 1, False)
    assert second.asks == []
    assert (made.name, made.context, made.tokens("abcd")) == ("a/m", 32_000, 2)
    made.close()
    assert first.is_closed
    assert second.is_closed


def test_there_is_no_chain_of_nobody() -> None:
    with pytest.raises(ValueError, match="at least one"):
        chain([], ledger=Free())


@pytest.mark.parametrize("error", [Overloaded("o"), RateLimited("r"), Unreachable("u")])
def test_what_may_pass_is_tried_three_times_with_twice_the_wait(error: ChatError) -> None:
    clock = Clock()
    chat = ScriptedChat([error, error, YES], name="a/m")
    reply = of(chat, clock=clock).ask(ASK, FIND)
    assert (reply.data, reply.attempts) == (YES, 3)
    assert clock.now - 1000 == pytest.approx(2 / 3 + 4 / 3)
    assert max(clock.slept) <= 0.5  # so that whoever does not want it any more waits no longer
    with pytest.raises(type(error)):
        of([error] * 9).ask(ASK, FIND)
    assert reply.ms == 2000


def test_waits_have_some_chance_in_them() -> None:
    clock = Clock()
    of([Overloaded("o"), YES], clock=clock, random=0.99).ask(ASK, FIND)
    assert 0.99 < clock.now - 1000 < 1.0


@pytest.mark.parametrize("error", [Unauthorised("no"), BadRequest("no"), Refused("no"), CutOff("no"), NoReader("no")])
def test_what_does_not_pass_is_not_tried_again(error: ChatError) -> None:
    chat, clock = ScriptedChat([error] * 5, name="a/m"), Clock()
    with pytest.raises(type(error)):
        of(chat, clock=clock).ask(ASK, FIND)
    assert len(chat.asks) == 1
    assert clock.slept == []


def test_a_bad_answer_is_asked_for_once_more_and_told_why() -> None:
    chat = ScriptedChat([{"yes": "hunter2"}, {"no": 1}, YES], name="a/m")
    with pytest.raises(BadAnswer):
        of(chat).ask(replace(ASK, seed=7), FIND)
    assert [ask.seed for ask in chat.asks] == [7, 8]
    first, second = (ask.question for ask in chat.asks)
    assert first == ASK.question
    assert second.startswith(first)
    assert "yes: bool_type" in second  # what was wrong, and not what was answered
    assert "hunter2" not in second
    mixed = ScriptedChat([Overloaded("o"), BadAnswer("no"), Overloaded("o"), YES], name="a/m")
    with pytest.raises(Overloaded):
        of(mixed).ask(ASK, FIND)
    assert len(mixed.asks) == ATTEMPTS  # in all, whatever they failed by


def test_who_says_how_long_to_wait_is_heeded() -> None:
    clock = Clock()
    of([RateLimited("r", after=20.0), YES], clock=clock).ask(ASK, FIND)
    assert clock.now - 1000 == pytest.approx(20)
    clock = Clock()
    assert of([RateLimited("r", after=0.0), YES], clock=clock, random=0.5).ask(ASK, FIND).data == YES
    assert 0 < clock.now - 1000 < 1


def test_who_wants_too_long_a_wait_is_passed_over() -> None:
    clock, first = Clock(), ScriptedChat([RateLimited("r", after=3600.0), YES], name="a/m")
    assert of(first, [NO], clock=clock).ask(ASK, FIND).data == NO
    assert clock.slept == []
    assert len(first.asks) == 1


def test_no_wait_goes_beyond_the_deadline() -> None:
    clock = Clock()
    stop = Stop(deadline=1005.0, clock=clock)
    first = ScriptedChat([RateLimited("r", after=6.0), YES], name="a/m")
    assert of(first, [NO], clock=clock).ask(ASK, FIND, stop=stop).data == NO
    assert clock.slept == []
    clock.now = 1005.0
    with pytest.raises(OutOfTime):
        of(first, clock=clock).ask(ASK, FIND, stop=stop)


def test_a_newer_push_ends_the_wait() -> None:
    clock = Clock()
    stop = Stop(cancelled=lambda: clock.now > 1001)
    chat = ScriptedChat([Overloaded("o", after=30.0), YES], name="a/m")
    with pytest.raises(Cancelled):
        of(chat, clock=clock).ask(ASK, FIND, stop=stop)
    assert clock.now < 1003


def test_the_next_is_asked_and_all_is_counted() -> None:
    price = Price(1000, 1000)
    first = Link(
        ScriptedChat([told(Usage(10, 1), Overloaded("o")), told(Usage(20, 2), Refused("no"))], name="a/m"), price
    )
    ledger = Free()
    reply = of(first, Link(ScriptedChat([YES], name="b/n"), Price(2000, 2000)), ledger=ledger).ask(ASK, FIND)
    answered = Usage(4, 5)
    assert reply.usage == Usage(30, 3) + answered
    assert reply.micros == 11 + 22 + 18
    assert (reply.attempts, reply.data) == (3, YES)
    assert ledger.spent == [
        Spent(FIND, "a", "m", Usage(10, 1), 11, 5e9, 0, "Overloaded"),
        Spent(FIND, "a", "m", Usage(20, 2), 22, 5e9, 0, "Refused"),
        Spent(FIND, "b", "n", answered, 18, 5e9, 0, "answered"),
    ]


def test_when_all_fail_the_first_ones_error_says_how() -> None:
    with pytest.raises(Unauthorised, match="bad key; b/m: no; c/m: gone") as found:
        of([told(Usage(1), Unauthorised("bad key"))], [told(Usage(2), Refused("no"))], [Unreachable("gone")] * 3).ask(
            ASK, FIND
        )
    assert found.value.usage == Usage(3)


@dataclass(frozen=True)
class Capped(Free):
    """A ledger that has room for so many calls."""

    calls: int = 0
    asked: list[tuple[Usage, int]] = field(default_factory=list)

    def room(self, purpose: Purpose, worst: Usage, worst_micros: int) -> str:
        self.asked.append((worst, worst_micros))
        return "" if len(self.asked) <= self.calls else "the month's cap is reached"


def test_nothing_is_asked_that_there_is_no_room_for_in_the_worst_case() -> None:
    chat, ledger = ScriptedChat([Overloaded("o"), YES], name="a/m"), Capped(calls=1)
    with pytest.raises(OverBudget, match="the month's cap is reached"):
        of(Link(chat, Price(1000, 2000, 10, 5000)), [YES], ledger=ledger).ask(ASK, FIND)
    assert len(chat.asks) == 1  # a retry is a call too, and no other provider is asked
    worst, micros = ledger.asked[0]
    assert worst.output == ASK.most
    assert worst.input >= 4 + chat.tokens(str(WHETHER))
    assert micros == 5 * worst.input + 2 * worst.output  # it might all be written to the provider's cache
    assert len(ledger.spent) == 1


def test_what_was_called_off_is_counted_as_far_as_it_is_known() -> None:
    ledger, breaker = Free(), Breaker("a")

    def called_off(_: Ask) -> dict[str, Any]:
        raise Cancelled("cancelled")

    with pytest.raises(Cancelled):
        of(Link(ScriptedChat(called_off, name="a/m"), Price(1000), breaker), ledger=ledger).ask(ASK, FIND)
    assert [(one.ended, one.usage.output) for one in ledger.spent] == [("Cancelled", 0)]
    assert ledger.spent[0].usage.input > 0
    assert breaker.state == "closed"


def test_a_bug_is_not_taken_for_a_failure_of_a_provider() -> None:
    def bug(_: Ask) -> dict[str, Any]:
        raise KeyError("bug")

    clock = Clock()
    breaker = Breaker("a", clock=clock)
    for _ in range(3):
        breaker.failed()
    clock.now += 61
    with pytest.raises(KeyError):
        of(Link(ScriptedChat(bug, name="a/m"), breaker=breaker), [YES], clock=clock).ask(ASK, FIND)
    assert breaker.state == "half open"
    breaker.admit()  # the trial was given back


def test_who_failed_three_times_is_left_alone_for_a_minute() -> None:
    clock = Clock()
    breaker = Breaker("a", clock=clock)
    first = ScriptedChat([Unreachable("u")] * 4 + [YES, YES], name="a/m")
    second = ScriptedChat(lambda _: NO, name="b/m")
    made = of(Link(first, breaker=breaker), second, clock=clock)
    assert made.ask(ASK, FIND).data == NO
    assert (len(first.asks), breaker.state) == (3, "open")
    with pytest.raises(Open, match=r"a failed 3 times in a row \(u\)"):
        breaker.admit()
    assert made.ask(ASK, FIND).data == NO
    assert len(first.asks) == 3
    clock.now += 61
    assert made.ask(ASK, FIND).data == NO  # one trial fails, and it is left alone again
    assert (len(first.asks), breaker.state) == (4, "open")
    clock.now += 61
    assert made.ask(ASK, FIND).data == YES
    assert breaker.state == "closed"


def test_a_model_that_thinks_is_given_room_for_it() -> None:
    chat, ledger = ScriptedChat([YES, YES], name="a/m"), Capped(calls=5)
    made = of(Link(chat, thinking=500), ledger=ledger)
    made.ask(ASK, FIND)
    made.ask(replace(ASK, thinking=7), FIND)
    assert [(ask.thinking, ask.most) for ask in chat.asks] == [(500, 600), (7, 100)]
    assert [worst.output for worst, _ in ledger.asked] == [600, 100]


def test_a_chain_can_be_a_link() -> None:
    inner = of([Refused("no")], [YES])
    reply: Reply = chain([inner], ledger=Free()).ask(ASK, FIND, stop=NEVER)
    assert reply.data == YES
