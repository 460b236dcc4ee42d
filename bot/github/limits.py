"""Keeps us within GitHub's rate limits: writes apart from each other, and silence while a limit lasts.

GitHub asks for a second between writes, and may ban an App that goes on asking while it is limited.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable
from enum import StrEnum

from bot.github.errors import Wait
from bot.github.replies import Limit

LEAST_WAIT = 60.0  # seconds, where GitHub does not say how long: its documentation, "Exceeding the rate limit"
LONGEST_WAIT = 960.0  # seconds: where the growing stops
ENOUGH = 1.0  # seconds added to what GitHub says: clocks differ


class Quota(StrEnum):
    """What is counted apart from each other at GitHub."""

    REST = "rest"
    GRAPHQL = "graphql"


class Limits:
    """The state of the rate limits of every installation (0: of the App itself)."""

    def __init__(self, *, pace: float, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]) -> None:
        self._pace = pace
        self._clock = clock
        self._sleep = sleep
        self._closed_until: dict[tuple[int, Quota], float] = {}
        self._strikes: defaultdict[int, int] = defaultdict(int)
        self._next_write: dict[int, float] = {}

    def check(self, installation: int, quota: Quota, where: str) -> None:
        """Raise Wait while an installation is limited: GitHub is not asked."""
        left = self._closed_until.get((installation, quota), 0.0) - self._clock()
        if left > 0:
            raise Wait(f"{where}: a rate limit lasts for {left:.0f} s", left)

    def close(self, installation: int, quota: Quota, limit: Limit, where: str) -> Wait:
        """Take note of a limit, and return the error for who ran into it.

        A secondary limit is on everything that an installation asks, and grows while it is run into again.
        """
        strikes = self._strikes[installation]
        self._strikes[installation] = strikes + 1
        growing = min(LEAST_WAIT * 2**strikes, LONGEST_WAIT)
        seconds = growing if limit.seconds is None else limit.seconds + ENOUGH
        for each in Quota if limit.is_secondary else (quota,):
            self._closed_until[installation, each] = self._clock() + seconds
        kind = "secondary" if limit.is_secondary else "primary"
        return Wait(f"{where}: the {kind} rate limit is reached, for {seconds:.0f} s", seconds)

    def passed(self, installation: int) -> None:
        """Take note that GitHub answered: the next limit begins small again."""
        self._strikes.pop(installation, None)

    async def turn(self, installation: int) -> None:
        """Wait for an installation's turn to write: turns are `pace` seconds apart, in the order of asking."""
        now = self._clock()
        mine = max(now, self._next_write.get(installation, now))
        self._next_write[installation] = mine + self._pace
        if mine > now:
            await self._sleep(mine - now)
