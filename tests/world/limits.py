"""Rate limits as GitHub keeps them (github-contract, C3). The secondary ones are off until a test asks for them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from tests.world.clock import Clock

HOUR = 3600
POINTS = 900  # a minute: a read costs 1, a write 5
CONTENT = 80  # a minute: requests that make content
SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
    "If you reach out to GitHub Support for help, please include the request ID."
)


@dataclass(eq=False)
class Window:
    """One hour of one asker."""

    ends: datetime
    used: int = 0


@dataclass(frozen=True)
class Refusal:
    """A request that is over a limit."""

    status: int
    message: str
    headers: dict[str, str]
    is_primary: bool = False


@dataclass(eq=False)
class Limits:
    """Counts requests by asker; `primary` is how many each has in an hour."""

    clock: Clock
    primary: int = 5000
    keeps_secondary: bool = False
    status: int = 403  # GitHub sends 403 or 429
    _windows: dict[str, Window] = field(default_factory=dict)
    _out_until: datetime | None = None
    _points: deque[tuple[float, int]] = field(default_factory=deque)
    _content: deque[float] = field(default_factory=deque)
    _said: list[tuple[int, int | None]] = field(default_factory=list)

    def exhaust(self, seconds: float = HOUR) -> None:
        """Let every asker have used up its hour, which ends in so many seconds."""
        now = self.clock.now()
        self._windows.clear()
        self._out_until = datetime.fromtimestamp(now.timestamp() + seconds, now.tzinfo)

    def slow_down(self, times: int = 1, *, status: int = 403, retry_after: int | None = None) -> None:
        """Answer the next requests with the secondary limit, with or without a `retry-after`."""
        self._said += [(status, retry_after)] * times

    def headers(self, who: str, resource: str = "core") -> dict[str, str]:
        """Return the headers that tell an asker where it stands."""
        window = self._window(who)
        return {
            "x-ratelimit-limit": str(self.primary),
            "x-ratelimit-remaining": str(max(0, self.primary - window.used)),
            "x-ratelimit-used": str(window.used),
            "x-ratelimit-reset": str(int(window.ends.timestamp())),
            "x-ratelimit-resource": resource,
        }

    def refusal(self, who: str, method: str, *, makes_content: bool) -> Refusal | None:
        """Return why a request is refused now, or None."""
        if self._said:
            status, after = self._said.pop(0)
            return Refusal(status, SECONDARY, {} if after is None else {"retry-after": str(after)})
        window = self._window(who)
        if window.used >= self.primary:
            told = f"API rate limit exceeded for {who}."
            return Refusal(self.status, told, self.headers(who), is_primary=True)
        if self.keeps_secondary and self._is_too_fast(method, makes_content):
            return Refusal(self.status, SECONDARY, {**self.headers(who), "retry-after": "60"})
        return None

    def spend(self, who: str) -> None:
        """Count a request; a 304 is not counted."""
        self._window(who).used += 1

    def _window(self, who: str) -> Window:
        now = self.clock.now()
        window = self._windows.get(who)
        if window is None or window.ends <= now:
            ends = datetime.fromtimestamp(int(now.timestamp()) + HOUR, now.tzinfo)
            window = self._windows[who] = Window(ends)
            if self._out_until and now < self._out_until:
                window.ends, window.used = self._out_until, self.primary
        return window

    def _is_too_fast(self, method: str, makes_content: bool) -> bool:
        now = self.clock.now().timestamp()
        while self._points and self._points[0][0] < now - 60:
            self._points.popleft()
        while self._content and self._content[0] < now - 60:
            self._content.popleft()
        self._points.append((now, 1 if method in ("GET", "HEAD") else 5))
        if makes_content:
            self._content.append(now)
        return sum(cost for _, cost in self._points) > POINTS or len(self._content) > CONTENT
