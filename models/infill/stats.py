"""What constraints cost while a hole was written: counted and timed per token."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Stats:
    """Counts over all branches of one or several writings."""

    tokens: int = 0  # written, of every kind
    chosen: int = 0  # of these, chosen while constraints were on
    forced: int = 0  # of these, the only possible ones: written without asking the model
    checks: int = 0  # single tokens that grammars were asked about
    masks: int = 0  # masks of the vocabulary that were computed, one per grammar
    skipped_masks: int = 0  # left out because the token's time was up: asked about single tokens instead
    skipped_soft: int = 0  # places where preferences were left out because they take longer than there is
    over: int = 0  # tokens whose constraints took longer than the budget all the same
    drafted: int = 0  # tokens guessed from the old text
    kept: int = 0  # of these, those that were right
    us: tuple[float, ...] = ()  # of constraints, per token in `chosen`

    @property
    def us_p50(self) -> float:
        """Return the median time that constraints took per token, in microseconds; 0 without any."""
        return self._quantile(0.5)

    @property
    def us_p99(self) -> float:
        """Return the time that 99 of 100 tokens stayed within, in microseconds; 0 without any."""
        return self._quantile(0.99)

    @property
    def masks_per_token(self) -> float:
        """Return how many masks were computed per token chosen under constraints."""
        return self.masks / self.chosen if self.chosen else 0.0

    def __add__(self, other: Stats) -> Stats:
        return Stats(*(mine + theirs for mine, theirs in zip(self._fields(), other._fields(), strict=True)))  # type: ignore[operator]

    def _fields(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__dataclass_fields__)

    def _quantile(self, part: float) -> float:
        times = sorted(self.us)
        return times[min(len(times) - 1, int(part * len(times)))] if times else 0.0


@dataclass
class Meter:
    """Collects `Stats`. `clock` gives nanoseconds; `costs` is what each dear step took when it was last done."""

    budget_us: float
    clock: Callable[[], int] = time.perf_counter_ns
    counts: dict[str, int] = field(default_factory=dict)
    costs: dict[str, float] = field(default_factory=dict)
    us: list[float] = field(default_factory=list)
    _spent: int = 0  # nanoseconds of this token's constraints
    _since: int | None = None

    def count(self, name: str, by: int = 1) -> None:
        """Count something that `Stats` has a field for."""
        self.counts[name] = self.counts.get(name, 0) + by

    def begin(self) -> None:
        """Begin a token."""
        self._spent, self._since = 0, None

    @contextmanager
    def working(self) -> Iterator[None]:
        """Count the time inside as spent on the token's constraints."""
        self._since = self.clock()
        try:
            yield
        finally:
            self._spent += self.clock() - self._since
            self._since = None

    def end(self) -> None:
        """End a token."""
        self.us.append(self.spent)
        self.count("chosen")
        self.count("over", int(self.us[-1] > self.budget_us))

    @property
    def spent(self) -> float:
        """Return the microseconds that constraints took for this token so far."""
        running = 0 if self._since is None else self.clock() - self._since
        return (self._spent + running) / 1000

    def affords(self, step: str) -> bool:
        """Return whether a step that costs what it cost last time still fits into the token's time."""
        return self.spent + self.costs.get(step, 0.0) <= self.budget_us

    def timed(self, step: str, since: int) -> None:
        """Remember what a step cost that began at `since`, in nanoseconds: the mean of this time and the times before.

        One slow time (another process had the processor) does not switch a step off for good: it is halved each time.
        """
        now = (self.clock() - since) / 1000
        self.costs[step] = (self.costs.get(step, now) + now) / 2

    def forgive(self, step: str) -> None:
        """Halve what a step is thought to cost, so that one that was left out is tried again."""
        self.costs[step] = self.costs.get(step, 0.0) / 2

    def stats(self) -> Stats:
        """Return what was collected."""
        return Stats(**self.counts, us=tuple(self.us))
