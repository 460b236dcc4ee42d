"""Remembers what was worked out, together with every question that it rests on.

Linking one file asks for names of others, and their answers ask on. Each answer is worked out once per tree; whoever
uses it has thereby asked everything it asked. What lies on a circle is worked out anew each time, since its answer
depends on where the walk around began: remembered, it would make the order of linking matter.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from kb.graph.model import Asked

Value = TypeVar("Value")
MAX_DEPTH = 40  # answers within answers; more is no real code, and Python's own stack ends at a thousand calls
MAX_WORK = 50_000  # answers worked out for one file; circles in hostile code would double them at every turn


class Step:
    """One answer on its way: what it asked itself, and which answers it used."""

    __slots__ = ("asked", "questions", "steps", "used")

    def __init__(self) -> None:
        self.asked: set[Asked] = set()
        self.used: set[Step] = set()
        self.questions: tuple[Asked, ...] = ()
        self.steps: tuple[Step, ...] = ()

    def close(self) -> None:
        """Keep what was gathered in less memory: thousands of answers are remembered, most with little behind them."""
        self.questions, self.steps = tuple(self.asked), tuple(self.used)
        del self.asked, self.used


class Memo:
    """A table of answers."""

    def __init__(self) -> None:
        self.top = Step()
        self.known: dict[Hashable, tuple[Any, Step]] = {}  # who reads it himself adds the step to `top.used`
        self._open: dict[Hashable, int] = {}  # question -> depth at which it is being worked out
        self._lowest = MAX_DEPTH + 1  # the lowest open question that a circle led back to
        self._left = MAX_WORK

    def ask(self, question: Asked) -> None:
        """Note that the answer being worked out rests on this question."""
        self.top.asked.add(question)

    def get(self, key: Hashable, work: Callable[[], Value], unknown: Value) -> Value:
        """Return the answer to a question, worked out unless remembered; `unknown` in a circle or too deep."""
        known = self.known.get(key)
        if known is not None:
            self.top.used.add(known[1])
            value: Value = known[0]
            return value
        return self._work_out(key, work, unknown)

    def settle(self, key: Hashable, value: Value, question: Asked) -> Value:
        """Keep the answer to a question that rests on nothing but one other question, and return it."""
        step = Step()
        step.asked.add(question)
        step.close()
        self.known[key] = value, step
        self.top.used.add(step)
        return value

    def _work_out(self, key: Hashable, work: Callable[[], Value], unknown: Value) -> Value:
        at = self._open.get(key)
        depth = len(self._open)
        self._left -= 1
        if at is not None or depth >= MAX_DEPTH or self._left < 0:
            self._lowest = min(self._lowest, -1 if at is None else at)
            return unknown
        outer, self.top = self.top, Step()
        lowest, self._lowest = self._lowest, MAX_DEPTH + 1
        self._open[key] = depth
        try:
            value = work()
        finally:
            del self._open[key]
            step, self.top = self.top, outer
            outer.used.add(step)
            met = self._lowest
            self._lowest = min(lowest, met) if met < depth else lowest
        if met > depth:
            self.known[key] = value, step
        step.close()
        return value

    def begin(self) -> Step:
        """Begin a new file: return the step under which everything it asks is noted."""
        self.top = Step()
        self._left = MAX_WORK
        return self.top


def asked_by(step: Step) -> set[Asked]:
    """Return every question that the work under an open step rests on, directly or through others."""
    asked = set(step.asked)
    seen = {step}
    left = list(step.used)
    while left:
        one = left.pop()
        if one not in seen:
            seen.add(one)
            asked.update(one.questions)
            left += one.steps
    return asked
