"""The circuit breaker, on a fake clock and from many threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from models.chat.breaker import FAILURES, SECONDS, Breaker, Breakers
from models.chat.errors import Open


class Machine(RuleBasedStateMachine):
    """What the breaker says, against a model of it that is written another way."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.breaker = Breaker("p", clock=lambda: self.now)
        self.row = 0
        self.until: float | None = None
        self.trying = False

    @property
    def wanted(self) -> str:
        if self.until is None:
            return "closed"
        return "open" if self.now < self.until else "half open"

    @rule(seconds=st.sampled_from([1.0, 59.0, 60.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def somebody_asks(self) -> None:
        if self.wanted == "open" or (self.wanted == "half open" and self.trying):
            with pytest.raises(Open, match="times in a row"):
                self.breaker.admit()
            return
        self.breaker.admit()
        self.trying = self.wanted == "half open"

    @rule()
    @precondition(lambda self: self.trying or self.until is None)
    def it_fails(self) -> None:
        self.breaker.failed()
        self.row += 1
        if self.trying or self.row >= FAILURES:
            self.until = self.now + SECONDS
        self.trying = False

    @rule()
    @precondition(lambda self: self.trying or self.until is None)
    def it_answers(self) -> None:
        self.breaker.succeeded()
        self.row, self.until, self.trying = 0, None, False

    @rule()
    @precondition(lambda self: self.trying)
    def it_is_called_off(self) -> None:
        self.breaker.released()
        self.trying = False

    @invariant()
    def states_agree(self) -> None:
        assert self.breaker.state == self.wanted


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=40, stateful_step_count=30)


def test_of_many_threads_one_tries() -> None:
    now = [0.0]
    breaker = Breaker("p", clock=lambda: now[0])
    for _ in range(FAILURES):
        breaker.admit()
        breaker.failed()
    now[0] = SECONDS

    def admitted(_: int) -> bool:
        try:
            breaker.admit()
        except Open:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(admitted, range(100))) == 1


def test_it_says_when_it_is_asked_again() -> None:
    breaker = Breaker("anthropic", clock=lambda: 0.0)
    for _ in range(FAILURES):
        breaker.failed()
    with pytest.raises(Open, match="anthropic failed 3 times in a row; it is asked again in 60 s"):
        breaker.admit()


def test_it_says_what_the_last_failure_was() -> None:
    breaker = Breaker("near", clock=lambda: 0.0)
    for _ in range(FAILURES):
        breaker.failed("nobody listens there")
    with pytest.raises(Open, match=r"near failed 3 times in a row \(nobody listens there\); it is asked again in 60 s"):
        breaker.admit()


def test_there_is_one_a_provider() -> None:
    made = Breakers()
    assert made.of("a") is made.of("a")
    assert made.of("a") is not made.of("b")
