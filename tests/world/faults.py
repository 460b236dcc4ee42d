"""What can go wrong on the way, switched on by tests."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False)
class Fault:
    """One thing that goes wrong, `times` times, for requests of a method whose path matches a pattern.

    With `status`, that is answered and nothing is done. `after`: the request is done first. `drop`: the connection
    ends without an answer. `truncate`: only so many bytes of the answer arrive. `delay`: seconds before the answer.
    `lag`: seconds before anything is done.
    `then`: called when the request is done and nobody was told yet (to kill a process, say).
    """

    method: str
    path: re.Pattern[str]
    times: int = 1
    status: int | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    after: bool = False
    drop: bool = False
    truncate: int | None = None
    delay: float = 0.0
    lag: float = 0.0
    then: Callable[[], None] | None = None
    skip: int = 0  # so many matching requests go through first
    within: str = ""  # only requests whose body has this text: every GraphQL request has the same path
    met: int = 0  # how often it struck

    def strikes(self, method: str, path: str, body: str) -> bool:
        """Return whether this fault meets a request now, and count it."""
        if self.met >= self.times or self.method not in ("*", method) or not self.path.search(path):
            return False
        if self.within not in body:
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.met += 1
        return True


class Faults:
    """All that is switched on."""

    def __init__(self) -> None:
        self._active: list[Fault] = []

    def add(self, method: str, path: str, **what: Any) -> Fault:
        """Switch a fault on: `path` is a regular expression sought in the request's path."""
        made = Fault(method, re.compile(path), **what)
        self._active.append(made)
        return made

    def clear(self) -> None:
        """Switch everything off."""
        self._active.clear()

    def meet(self, method: str, path: str, body: str = "") -> Fault | None:
        """Return the first fault that strikes a request."""
        return next((fault for fault in self._active if fault.strikes(method, path, body)), None)
