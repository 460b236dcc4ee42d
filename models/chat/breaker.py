"""A circuit breaker: who failed too often lately is left alone for a while, and then asked once.

    closed -- three failures in a row --> open -- a minute --> half open -- one trial --> closed, or open again

No library in use has one whose clock can be set.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from models.chat.errors import Open, Overloaded, RateLimited, Unauthorised, Unreachable

FAILURES = 3  # in a row, that open it
SECONDS = 60.0  # that it stays open
COUNTED = (Overloaded, RateLimited, Unreachable, Unauthorised)  # failures of the provider, not of one question


class Breaker:
    """The breaker of one provider; any thread may use it. Whoever is admitted says how it ended."""

    def __init__(self, name: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._name, self._clock = name, clock
        self._lock = threading.Lock()
        self._failures, self._why = 0, ""
        self._opened: float | None = None
        self._is_trying = False

    @property
    def state(self) -> str:
        """Return "closed", "open" or "half open"."""
        with self._lock:
            if self._opened is None:
                return "closed"
            return "open" if self._left() > 0 else "half open"

    def admit(self) -> None:
        """Return if the provider may be asked; raises Open if not: it is open, or somebody else tries already."""
        with self._lock:
            if self._opened is None:
                return
            if (left := self._left()) > 0:
                raise Open(f"{self._told()}; it is asked again in {left:.0f} s")
            if self._is_trying:
                raise Open(f"{self._told()}; whether it is back is being tried")
            self._is_trying = True

    def succeeded(self) -> None:
        """Close it: the provider answered, if only that it does not take the question."""
        with self._lock:
            self._failures, self._opened, self._is_trying = 0, None, False

    def failed(self, why: str = "") -> None:
        """Count a failure; `why` is told to those who are not admitted because of it."""
        with self._lock:
            self._failures, self._why = self._failures + 1, why
            if self._is_trying or self._failures >= FAILURES:
                self._opened = self._clock()
            self._is_trying = False

    def released(self) -> None:
        """Say that nothing came of it: the question was called off before there was an answer."""
        with self._lock:
            self._is_trying = False

    def _told(self) -> str:
        return f"{self._name} failed {self._failures} times in a row" + (f" ({self._why})" if self._why else "")

    def _left(self) -> float:
        return 0.0 if self._opened is None else self._opened + SECONDS - self._clock()


class Breakers:
    """One breaker a provider, for all chains of a process."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._made: dict[str, Breaker] = {}

    def of(self, name: str) -> Breaker:
        """Return the breaker of a provider, always the same."""
        with self._lock:
            return self._made.setdefault(name, Breaker(name, clock=self._clock))
